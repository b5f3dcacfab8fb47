"""`interdict acls`: each role's least rights, out of the topics."""

import shlex

import pytest

from interdict.access.acls import ROLES, commands
from interdict.topology import load_persons
from schemas.topics import (
    ACCEPTED,
    ACCOUNT_TRANSFERS,
    BY_NAME,
    GRADED,
    INTERNAL,
    POLICIES,
    TOPICS,
    WATCHLIST,
    changelog,
    dead_letter,
)
from streams.kafka.rights import Right
from streams.kafka.topics import wanted_topics
from streams.settings import Settings
from tests.console.program import interdict
from tests.live.trial import EVENTS, PRODUCED

SETTINGS = Settings()
WANTED = {topic.name for topic in wanted_topics(SETTINGS)}


def rights_of(role: str) -> set[Right]:
    return set(ROLES[role].rights(SETTINGS, role))


def writers_of(topic: str) -> set[str]:
    return {role for role in ROLES if Right("Topic", topic, "Write") in rights_of(role)}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_names_topics_that_exist_each_right_once(role: str) -> None:
    rights = list(ROLES[role].rights(SETTINGS, role))
    assert len(rights) == len(set(rights)) > 0
    assert {right.name for right in rights if right.resource == "Topic"} <= WANTED


def test_a_worker_may_write_what_it_produces_and_read_what_it_decides_upon() -> None:
    rights, duty = rights_of("worker"), load_persons()
    written = {right.name for right in rights if right.operation == "Write"}
    assert set(PRODUCED) <= written
    assert set(EVENTS) <= {right.name for right in rights if right.operation == "Read"}
    assert {dead_letter(topic.name) for topic in (*duty.inputs, *duty.broadcasts)} <= written
    assert written.isdisjoint(topic.name for topic in duty.broadcasts if topic.kind == "reference")


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS if topic.kind in ("action", "alert", "case")])
def test_nobody_but_a_worker_may_command_warn_or_keep_cases(topic: str) -> None:
    assert writers_of(topic) <= {"worker"}


@pytest.mark.parametrize("topic", [changelog("victims"), *[topic.name for topic in INTERNAL]])
def test_nobody_but_a_worker_writes_what_is_internal_or_sees_it_but_for_who_looks_things_up(topic: str) -> None:
    seen_by = {role for role in ROLES if Right("Topic", topic, "Read") in rights_of(role)}
    besides = {
        ACCEPTED.name: {"console", "policy-editor"},
        ACCOUNT_TRANSFERS.name: {"console"},
        GRADED.name: {"console"},
    }
    assert seen_by <= {"worker"} | besides.get(topic, set())
    assert writers_of(topic) == {"worker"}


def test_whoever_asks_which_policies_hold_may_read_all_that_says_so() -> None:
    for role in ("worker", "console", "policy-editor"):
        assert {Right("Topic", topic.name, "Read") for topic in (POLICIES, ACCEPTED)} <= rights_of(role)


def test_every_input_is_fed_by_one_role_and_outcomes_by_those_who_act() -> None:
    for topic in TOPICS:
        if topic.kind in ("input", "reference"):
            others = writers_of(topic.name) - {"worker"} - ({"watchlist-editor"} if topic is WATCHLIST else set())
            assert len(others) == 1 or all(role.endswith("-executor") for role in others)
            assert others


def test_an_executor_sees_its_own_commands_only() -> None:
    for role in (role for role in ROLES if role.endswith("-executor")):
        (seen,) = [r.name for r in rights_of(role) if r.resource == "Topic" and r.operation == "Read"]
        assert BY_NAME[seen].kind == "action"


def test_whoever_only_looks_may_change_nothing() -> None:
    for role in ("console", "command-centre", "verifier", "scaler"):
        assert {right.operation for right in rights_of(role)} <= {"Read", "Describe"}


def test_the_lines_grant_what_the_table_shows_and_keep_odd_names_whole() -> None:
    user = "User:CN=worker 1,O=centre"
    found = set()
    for line in commands(ROLES["worker"].rights(SETTINGS, ""), user, "h:1", "admin file"):
        tool, *words = shlex.split(line)
        assert tool == "kafka-acls.sh"
        pairs = list(zip(words[:4:2], words[1:4:2], strict=True)) + list(zip(words[5::2], words[6::2], strict=True))
        assert ("--allow-principal", user) in pairs
        assert ("--command-config", "admin file") in pairs
        operations = [value for name, value in pairs if name == "--operation"]
        found |= {
            (name, value, operation) for name, value in pairs for operation in operations
            if name in ("--topic", "--group")
        }  # fmt: skip
    assert found == {(f"--{r.resource.lower()}", r.name, r.operation) for r in rights_of("worker")}


def test_the_command_prints_a_table_or_lines_with_the_settings_of_the_environment() -> None:
    told = interdict("acls", "--user", "night-shift", INTERDICT_GROUP_ID="night").stdout
    assert "User:night-shift" in told
    assert "night" in told
    lines = interdict("acls", "--for", "scaler", "--format", "kafka-acls", INTERDICT_GROUP_ID="night").stdout
    assert "--group night" in lines
    assert "--allow-principal User:interdict" in lines


def test_a_role_that_does_not_exist_is_wrong_usage_and_the_roles_are_told() -> None:
    assert "bank-feed" in interdict("acls", "--for", "emperor", code=2).stderr


def test_settings_that_contradict_one_another_give_one_line_without_the_secret() -> None:
    told = interdict(
        "check", code=1, INTERDICT_SECURITY_PROTOCOL="SASL_SSL", INTERDICT_SASL_PASSWORD="hush-hush"
    ).stderr.strip().splitlines()  # fmt: skip
    assert len(told) == 1
    assert "needs INTERDICT_SASL_USERNAME" in told[0]
    assert "hush-hush" not in told[0]
