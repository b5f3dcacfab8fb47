"""The table of `interdict evaluate` beside what other commands do: `replay --truth`, and `policy test --truth`."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from interdict.judge.causes import Group
from interdict.judge.flips import flips
from schemas.spans import HOUR_MS, MINUTE_MS
from tests.console.program import interdict
from tests.judge.day import NUMBERS, write
from tests.judge.small import (
    HONEST,
    HONEST_ACCOUNT,
    PAID_AT,
    SISTERS_ACCOUNT,
    VICTIM,
    VICTIMS_ACCOUNT,
    counted,
    freeze,
    talk,
    truth,
)

NOWHERE = {"INTERDICT_BOOTSTRAP": "127.0.0.1:1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write(tmp_path_factory.mktemp("beside"))
    policy = orjson.loads(interdict("policy", "show", "victims", "--packaged").stdout)
    (made / "victims.json").write_bytes(orjson.dumps(policy))
    blind = policy | {"policy_version": "blind", "prior": -15, "weights": {"pay.listed_payee": 0}}
    (made / "blind.json").write_bytes(orjson.dumps(blind))
    return made


def asked(folder: Path, *words: str) -> tuple[str, ...]:
    return (*words, str(folder / "day.ndjson"), "--truth", str(folder / "day.truth"))


def without_spaces(told: str) -> str:
    return "".join(told.split())


# -- replay --truth ------------------------------------------------------------------------------------------------


def test_a_replay_with_truth_prints_what_evaluate_prints(folder: Path, tmp_path: Path) -> None:
    judged = interdict(*asked(folder, "replay"), "--out", str(tmp_path / "out")).stdout
    assert judged == interdict(*asked(folder, "evaluate")).stdout
    assert "victims: first payment stopped" in judged


def test_the_records_stay_alone_where_they_go_to_standard_output(folder: Path) -> None:
    done = interdict(*asked(folder, "replay"))
    assert all(set(orjson.loads(line)) == {"topic", "key", "value"} for line in done.stdout.splitlines())
    assert "victims: first payment stopped" in done.stderr
    assert not any(number in done.stderr for number in NUMBERS)


def test_a_truth_changes_nothing_that_is_decided_before_anybody_could_answer(folder: Path) -> None:
    plainly = interdict("replay", str(folder / "day.ndjson")).stdout.splitlines()
    judged = interdict(*asked(folder, "replay"), "--latency", "86400").stdout.splitlines()
    assert judged == plainly


def test_a_truth_that_is_none_is_said_before_anything_is_replayed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.truth").write_text("{}\n")
    words = ("replay", str(folder / "day.ndjson"), "--out", str(tmp_path / "out"), "--truth")
    assert "bad.truth:1" in interdict(*words, str(tmp_path / "bad.truth"), code=1).stderr
    assert not (tmp_path / "out").exists()


# -- policy test --truth -------------------------------------------------------------------------------------------


def compared(folder: Path, policy: str) -> Any:
    words = asked(folder, "policy", "test", str(folder / policy))
    return orjson.loads(interdict(*words, "--json", "-", **NOWHERE).stdout)


def test_before_and_after_are_what_evaluate_finds_under_each(folder: Path) -> None:
    found = compared(folder, "blind.json")
    assert found["before"] == orjson.loads(interdict(*asked(folder, "evaluate"), "--json", "-").stdout)
    assert found["after"]["stopped"]["any"]["hits"] == 0 < found["before"]["stopped"]["any"]["hits"]


def test_who_is_missed_under_a_policy_that_sees_nothing_is_listed_with_the_cause(folder: Path) -> None:
    flipped = compared(folder, "blind.json")["flips"]
    (group,) = flipped["missed_now"]
    assert (group["cause"], group["places"]) == ("no alert", [1])
    assert flipped["stopped_now"] == []


def test_the_policy_that_holds_flips_nobody(folder: Path) -> None:
    found = compared(folder, "victims.json")
    assert found["before"] == found["after"]
    assert not any(found["flips"].values())


def test_the_comparison_is_printed_and_names_nobody(folder: Path) -> None:
    done = interdict(*asked(folder, "policy", "test", str(folder / "blind.json")), **NOWHERE)
    told = without_spaces(done.stdout)
    assert "before" in told
    assert "stoppedbefore,missednow" in told
    assert not any(number in done.stdout + done.stderr for number in NUMBERS)


def test_figures_without_truth_are_wrong_usage(folder: Path) -> None:
    words = ("policy", "test", str(folder / "blind.json"), str(folder / "day.ndjson"), "--json", "-")
    assert "--truth" in interdict(*words, code=2, **NOWHERE).stderr


# -- the flips themselves ------------------------------------------------------------------------------------------


def test_of_two_judged_replays_each_flip_is_listed_with_who_and_why() -> None:
    in_time = PAID_AT - MINUTE_MS
    before = counted(truth(), [freeze(VICTIMS_ACCOUNT, in_time), freeze(SISTERS_ACCOUNT, PAID_AT)])
    after = counted(truth(), [talk("call", VICTIM, in_time), freeze(HONEST_ACCOUNT, PAID_AT)])
    there, back = flips(before, after), flips(after, before)
    assert [(group.cause, group.places) for group in there.missed_now] == [("no alert", (1,))]
    assert [(group.cause, group.places) for group in there.wronged_now] == [("freeze", (3,))]
    assert [(group.cause, group.places) for group in there.spared_now] == [("freeze", (2,))]
    assert (back.stopped_now, back.wronged_now) == (there.missed_now, there.spared_now)


def test_who_is_wronged_by_another_measure_than_before_is_wronged_anew() -> None:
    before = counted(truth(), [talk("sms", HONEST, PAID_AT)])
    after = counted(truth(), [talk("sms", HONEST, PAID_AT + HOUR_MS), talk("call", HONEST, PAID_AT)])
    (group,) = flips(before, after).wronged_now
    assert isinstance(group, Group)
    assert (group.cause, group.places) == ("call", (3,))
    assert flips(before, after).spared_now == ()
