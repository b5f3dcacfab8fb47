"""Policies at the console: what holds is shown, a file is looked at before it is pushed, nobody's number is told."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

from agents.desk.roster import Roster
from agents.victims.policy import Policy
from agents.victims.rules import RULES
from interdict.centre.policies import FILE_BYTES_MAX, NAMES, PolicyError, changes, laid_out, packaged, read_policy
from interdict.city.feed import as_line
from interdict.city.simulate import Plan, population, traffic
from interdict.topology import POLICY_MODELS, load_persons
from schemas.topics import ACCEPTED, POLICIES, Topic
from streams.kafka.children import free_port
from streams.kafka.producer import new_producer
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.console.program import interdict

COMMANDS = ("show", "diff", "push", "drop", "test")
NUMBER = "+8613800138000"
NOWHERE = {"INTERDICT_BOOTSTRAP": f"127.0.0.1:{free_port()}"}
QUIET = Console(quiet=True)
PLAN = Plan(seed=9, population=300, duration_s=7_200, rate=0.5)
Plain = dict[str, Any]


def plain(name: str, **fields: Any) -> Plain:
    """The packaged policy as data, with other fields."""
    return {**POLICY_MODELS[name].load().model_dump(mode="json"), **fields}


def stricter(version: str = "2026-12-01") -> Plain:
    """Rules under which nobody is ever warned."""
    return plain("victims", policy_version=version, prior=-15, weights=dict.fromkeys(sorted(RULES), 0.0))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(content: Any, name: str = "policy.json") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
        return path

    return written


# -- a file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", POLICY_MODELS)
def test_a_policy_as_it_is_shown_is_known_again_and_the_same(name: str, write: Any) -> None:
    shown = laid_out(plain(name)).encode()
    given = read_policy(write(shown), None, QUIET)
    assert given.name == name
    assert changes(POLICY_MODELS[name].load(), given.policy) == []
    assert max(map(len, shown.decode().splitlines())) <= 120


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prior": 5}, "prior: Input should be less than or equal to 0"),
        ({"quiet_h": NUMBER * 9}, "quiet_h: Input should be a valid number"),
        ({NUMBER: 1}, "···: Extra inputs are not permitted"),
        ({"weights": {NUMBER: -1}}, "weights.···: Input should be greater than or equal to 0"),
        ({"weights": {"call.levitating": 1}}, "the policy: no such rule: call.levitating"),
        ({"levels": {"purple": {"score": 0.5}}}, "levels.purple as a name: Input should be 'red', 'orange', 'yellow'"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named_with_the_rule_and_without_its_value(
    fields: Plain, told: str, write: Any
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(write(plain("victims", **fields)), None, QUIET)
    first, *lines = str(refused.value).splitlines()
    assert first.endswith("is no `victims` policy:")
    assert any(line.strip().startswith(told.lstrip("+")) for line in lines)
    assert NUMBER not in str(refused.value)


def test_every_problem_of_a_file_has_one_line(write: Any) -> None:
    policy = plain("victims", prior=5, hysteresis=9, quiet_h=-1)
    del policy["local_offset_min"]
    told = interdict("policy", "diff", str(write(policy)), code=1, **NOWHERE)
    assert told.stdout == ""
    assert [line.split(":")[0].strip() for line in told.stderr.splitlines()[1:]] == [
        "prior", "hysteresis", "quiet_h", "local_offset_min",
    ]  # fmt: skip


def test_a_whole_is_not_blamed_for_its_parts(write: Any) -> None:
    roster = plain("roster")
    roster["teams"][0]["shifts"][0]["starts"] = "8 o'clock"
    with pytest.raises(PolicyError) as refused:
        read_policy(write(roster), None, QUIET)
    (line,) = str(refused.value).splitlines()[1:]
    assert line.strip().startswith("teams.0.shifts.0.starts: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"prior": -8,\n "prior": -9}', "a field is named twice: prior"),
        (b'{"prior": NaN}', "NaN"),
        (b'{"prior": ', "no JSON at line 1, column 11"),
        (b"[" * 100_000, "recursion"),
        (b"[1]", "a JSON object"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b" " * (FILE_BYTES_MAX + 1), "bytes are no policy"),
        (b'{"policy_version": "1", "nonsense": 1}', "none of victims, relay, roster, limits"),
    ],
)
def test_what_is_no_policy_at_all_is_told_in_one_line(content: bytes, told: str, write: Any) -> None:
    with pytest.raises(PolicyError, match=told) as refused:
        read_policy(write(content), None, QUIET)
    assert "\n" not in str(refused.value)


# -- two policies --------------------------------------------------------------------------------------------


def test_a_change_has_its_path_and_both_values() -> None:
    held = plain("victims", policy_version="1", prior=-8, weights={})
    old = Policy.model_validate(held)
    new = Policy.model_validate({**held, "policy_version": "2", "prior": -9, "weights": {"call.listed": 0.5}})
    assert [(c.path, c.old, c.new) for c in changes(old, new)] == [
        ("policy_version", "1", "2"), ("prior", -8.0, -9.0), ("weights", {}, {"call.listed": 0.5}),
    ]  # fmt: skip


def test_a_team_goes_by_its_name_wherever_it_stands() -> None:
    roster = plain("roster")
    roster["teams"].reverse()
    assert changes(Roster.load(), Roster.model_validate(roster)) == []
    gone = next(team for team in roster["teams"] if team["name"] == "station-00")
    roster["teams"].remove(gone)
    (change,) = changes(Roster.load(), Roster.model_validate(roster))
    assert (change.path, change.old) == ("teams.station-00", gone)


def test_a_policy_given_to_the_duties_is_the_one_that_decides() -> None:
    duties = load_persons({"victims": Policy.model_validate(stricter())})
    assert duties.first.policy.policy_version == "2026-12-01"  # type: ignore[attr-defined]
    duties.on_broadcast(POLICIES, "victims", None)
    assert duties.first.policy.policy_version == "2026-12-01", "the last good one"  # type: ignore[attr-defined]


# -- without a broker ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"interdict policy {command}" in interdict("policy", command, "--help").stdout.partition("Example:")[2]


def test_without_a_broker_the_packaged_policies_are_shown_and_that_is_said() -> None:
    told = interdict("policy", "show", **NOWHERE)
    rows = [line for line in told.stdout.splitlines() if "packaged" in line]
    assert [row.split("│")[1].strip() for row in rows] == list(packaged())
    assert "no broker answers" in told.stderr
    assert interdict("policy", "show", "--packaged", **NOWHERE).stderr == ""


def test_a_policy_is_shown_as_json_and_nothing_else() -> None:
    assert json.loads(interdict("policy", "show", "relay", "--packaged").stdout) == plain("relay")


@pytest.mark.parametrize(
    "words",
    [("show", "weather"), ("diff", "/no/such/file"), ("drop", "victims"), ("drop", "weather", "--yes"), ("test",)],
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert interdict("policy", *words, code=2, **NOWHERE).stderr


def test_a_difference_ends_with_one_as_diffs_do(write: Any) -> None:
    told = interdict("policy", "diff", str(write(stricter())), code=1, **NOWHERE).stdout
    assert re.search(rf"prior +│ {Policy.load().prior} +│ -15\.0", told)
    assert "no field differs" in interdict("policy", "diff", str(write(plain("victims"))), **NOWHERE).stdout


def test_a_dry_run_needs_no_broker_and_a_push_does(write: Any) -> None:
    path = str(write(stricter()))
    assert "dry run" in interdict("policy", "push", path, "--dry-run", **NOWHERE).stdout
    assert "no broker answers" in interdict("policy", "push", path, code=1, **NOWHERE).stderr


def test_what_people_share_has_no_shadow(write: Any) -> None:
    path = str(write(plain("limits", policy_version="2")))
    assert "cannot run in the shadow" in interdict("policy", "push", path, "--shadow", "--dry-run", code=1).stderr
    assert "limits.shadow" not in NAMES


def test_a_version_is_one_content(write: Any) -> None:
    path = str(write(plain("victims", prior=-9)))
    for more in ((), ("--shadow",)):
        told = interdict("policy", "push", path, "--dry-run", *more, code=1, **NOWHERE).stderr
        assert f"version {Policy.load().policy_version} is taken by another content" in told


# -- what would change ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city's hours, and a policy among the records, which a test of policies leaves out."""
    path = tmp_path_factory.mktemp("recording") / "feed.ndjson"
    record = {"name": "victims", "body": stricter("recorded")}
    lines = [orjson.dumps({"topic": POLICIES.name, "key": "victims", "value": record}) + b"\n"]
    path.write_bytes(b"".join([*lines, *map(as_line, population(PLAN)), *map(as_line, traffic(PLAN))]))
    return path


def _totals(told: str) -> list[list[int]]:
    """The sums under each table."""
    return [
        [int(cell.replace(",", "")) for cell in line.split("│") if cell.strip().replace(",", "").isdigit()]
        for line in told.splitlines()
        if "total" in line
    ]


def test_rules_that_warn_nobody_leave_every_command_to_the_old(recording: Path, write: Any, tmp_path: Path) -> None:
    told = interdict(
        "policy", "test", str(write(stricter())), str(recording), "--out", str(tmp_path / "out"), **NOWHERE
    )
    before = [line for f in (tmp_path / "out/old").glob("actions.*") for line in f.read_bytes().splitlines()]
    commands, alerts, cases = _totals(told.stdout)
    assert commands == [len(before), 0, 0]
    assert len(before) > 20
    assert alerts == [len((tmp_path / "out/old/alerts.victims.ndjson").read_bytes().splitlines()), 0]
    assert cases[0] > 0 == cases[1]
    assert not list((tmp_path / "out/new").glob("actions.*"))
    people = {orjson.loads(line)["value"]["subscriber"] for line in before}
    affected, of, only_new, only_old = map(int, re.findall(r"\d+", told.stdout.splitlines()[-1]))
    assert affected == of == only_old >= len(people)
    assert only_new == 0
    assert not re.search(r"\d{10,}", told.stdout + told.stderr), "no phone and no account number is told"


def test_the_policy_that_holds_changes_nothing(recording: Path, write: Any) -> None:
    told = interdict("policy", "test", str(write(plain("victims"))), str(recording), **NOWHERE).stdout
    (only_old, only_new, both), (old, new), _ = _totals(told)
    assert (only_old, only_new) == (0, 0)
    assert both > 20
    assert old == new
    assert "persons affected: 0 of" in told


def test_what_a_test_writes_is_what_a_replay_writes(recording: Path, write: Any, tmp_path: Path) -> None:
    interdict("policy", "test", str(write(plain("victims"))), str(recording), "--out", str(tmp_path / "out"), **NOWHERE)
    bare = tmp_path / "bare.ndjson"
    bare.write_bytes(b"".join(recording.read_bytes().splitlines(keepends=True)[1:]))
    interdict("replay", str(bare), "--out", str(tmp_path / "replayed"))
    for which in ("old", "new"):
        assert _files(tmp_path / "out" / which) == _files(tmp_path / "replayed")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- with a broker -------------------------------------------------------------------------------------------


@pytest.fixture
async def place(lone_broker: str) -> str:
    await ensure_topics(Settings(bootstrap=lone_broker))
    return lone_broker


async def policy(place: str, *words: str, code: int = 0) -> Any:
    return await asyncio.to_thread(interdict, "policy", *words, "--bootstrap", place, code=code)


async def _produce(place: str, value: bytes | None, name: str = "victims", topic: Topic = POLICIES) -> None:
    producer = new_producer(Settings(bootstrap=place))
    await producer.start()
    try:
        await producer.send_and_wait(topic.name, value, name.encode())
    finally:
        await producer.stop()


async def _version(place: str, name: str = "victims") -> str:
    return str(json.loads((await policy(place, "show", name)).stdout)["policy_version"])


@pytest.mark.broker
async def test_what_is_pushed_holds_until_it_is_dropped(place: str, write: Any) -> None:
    path = str(write(stricter()))
    pushed = await policy(place, "push", path)
    assert "is a `victims` policy" in pushed.stderr
    assert f"`victims` 2026-12-01 is pushed; before it held {Policy.load().policy_version} (packaged)" in pushed.stdout
    assert json.loads((await policy(place, "show", "victims")).stdout) == stricter()
    assert "holds already" in (await policy(place, "push", path)).stdout
    assert "no field differs from what holds (broker)" in (await policy(place, "diff", path)).stdout
    other = str(write(plain("victims", policy_version="2026-12-01"), "other.json"))
    assert "is taken by another content" in (await policy(place, "push", other, code=1)).stderr
    packaged_one = Policy.load().policy_version
    assert f"packaged one, {packaged_one}, holds" in (await policy(place, "drop", "victims", "--yes")).stdout
    assert await _version(place) == packaged_one


@pytest.mark.broker
async def test_a_shadow_stands_beside_the_live_policy(place: str, write: Any) -> None:
    await policy(place, "push", str(write(stricter())), "--shadow")
    assert await _version(place, "victims.shadow") == "2026-12-01"
    assert await _version(place) == Policy.load().policy_version
    (row,) = [line for line in (await policy(place, "show")).stdout.splitlines() if "victims.shadow" in line]
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["2026-12-01", "broker", "yes"]
    await policy(place, "drop", "victims.shadow", "--yes")
    assert "no `victims.shadow` policy holds" in (await policy(place, "show", "victims.shadow", code=1)).stderr


@pytest.mark.broker
async def test_the_last_good_record_holds_and_why_a_newer_one_does_not_is_shown(place: str, write: Any) -> None:
    await policy(place, "push", str(write(stricter())))
    await _produce(place, orjson.dumps({"name": "victims", "body": stricter("3") | {"prior": 5}}))
    assert await _version(place) == "2026-12-01"
    assert "prior: Input should be less than" in (await policy(place, "show")).stdout
    await _produce(place, b"{")
    assert await _version(place) == "2026-12-01"
    await policy(place, "push", str(write(stricter())))
    assert "prior" not in (await policy(place, "show")).stdout, "the same policy again buries the bad record"


@pytest.mark.broker
async def test_limits_in_doubt_are_shown_as_they_are_in_force_and_the_same_file_ends_the_doubt(
    place: str, write: Any
) -> None:
    path = str(write(plain("limits", policy_version="2")))
    await policy(place, "push", path)
    await _produce(place, None, "limits")
    told = await policy(place, "show", "limits")
    shown = json.loads(told.stdout)
    assert (shown["policy_version"], shown["kill_switch"], len(shown["kill_switch_stops"])) == ("2", True, 5)
    assert "the record was deleted" in told.stderr
    assert "nothing is taken without an officer's yes" in told.stderr
    assert "`limits` 2 is pushed" in (await policy(place, "push", path)).stdout
    told = await policy(place, "show", "limits")
    assert json.loads(told.stdout) == plain("limits", policy_version="2")
    assert told.stderr == ""


@pytest.mark.broker
async def test_a_policy_that_compaction_took_is_shown_as_it_was_kept(place: str) -> None:
    record = {"name": "roster", "body": plain("roster", policy_version="kept")}
    await _produce(place, orjson.dumps(record), "roster", ACCEPTED)
    await _produce(place, b"{", "roster")
    told = await policy(place, "show", "roster")
    assert json.loads(told.stdout)["policy_version"] == "kept"
    assert "a newer record is refused" in told.stderr


@pytest.mark.broker
async def test_a_broker_without_the_topic_is_told_and_gets_none(lone_broker: str, write: Any) -> None:
    path = str(write(stricter()))
    for _ in range(2):
        told = (await policy(lone_broker, "push", path, code=1)).stderr
        assert "shows no topic reference.policies: `interdict topics` makes it" in told
    assert "packaged policies stand for" in (await policy(lone_broker, "show")).stderr
