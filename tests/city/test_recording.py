"""What a town writes is a recording: the same for the same plan, in order, and every record as the contract has it."""

import hashlib
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import orjson
import pytest

from interdict.city.town.ledger import POST_S
from interdict.city.town.plan import Plan
from interdict.city.town.recording import params_path, write
from interdict.city.town.town import Town
from interdict.city.town.truth import read
from interdict.replay.recordings import Recordings, record_of
from schemas.codec import decoder, encode
from schemas.spans import DAY_MS, SECOND_MS
from schemas.topics import BY_NAME
from tests.city.towns import HARSH, PLAIN, TINY, event_at, raw, written
from tests.schemas.records import in_one_spelling

BOTH = pytest.mark.parametrize("plan", [PLAIN, HARSH], ids=["plain", "harsh"])


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert raw(TINY) == raw(TINY)


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    code = "import hashlib; from tests.city.towns import TINY, raw; print(hashlib.sha256(raw(TINY)).hexdigest())"
    env = {**os.environ, "PYTHONHASHSEED": "4711"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert told.stdout.strip() == digest(raw(TINY))


def test_another_seed_gives_another_town() -> None:
    assert raw(TINY) != raw(Plan(seed=4, people=200, days=3, victims=10))


@BOTH
def test_time_never_goes_back(plan: Plan) -> None:
    times = [event_at(line) for line in written(plan).lines if event_at(line)]
    assert times == sorted(times)


@BOTH
def test_reference_records_of_people_come_first(plan: Plan) -> None:
    topics = [line.topic for line in written(plan).lines]
    known = topics.count("reference.subscribers")
    assert set(topics[:known]) <= {"reference.subscribers", "reference.watchlist"}
    assert "reference.subscribers" not in topics[topics.index("telecom.calls") :]


@BOTH
def test_every_value_is_taken_by_its_topics_decoder_and_comes_back_the_same(plan: Plan) -> None:
    decode = {name: decoder(topic) for name, topic in BY_NAME.items() if topic.model is not None}
    for line in written(plan).lines:
        again = orjson.loads(encode(decode[line.topic](orjson.dumps(line.value))))
        told = {name: value for name, value in again.items() if value is not None or name in line.value}
        assert told == in_one_spelling(line.value)


@BOTH
def test_every_key_is_the_field_that_its_topic_names(plan: Plan) -> None:
    for line in written(plan).lines:
        field = BY_NAME[line.topic].key
        assert line.key == (line.value[field] or line.value["payer_account"])


@BOTH
def test_no_two_events_share_an_id(plan: Plan) -> None:
    ids = [line.value["event_id"] for line in written(plan).lines if "event_id" in line.value]
    assert len(ids) == len(set(ids))


@BOTH
def test_a_transfer_is_initiated_some_seconds_before_it_is_posted_or_declined(plan: Plan) -> None:
    least, most = POST_S
    for phases in written(plan).transfers().values():
        first, second, *more = phases
        assert first["phase"] == "initiated"
        assert second["phase"] in ("posted", "declined")
        assert least * SECOND_MS <= second["occurred_at"] - first["occurred_at"] <= most * SECOND_MS
        assert [phase["phase"] for phase in more] in ([], ["reversed"])
        assert len({(p["payer_account"], p["payee_account"], p["amount_minor"]) for p in phases}) == 1


@BOTH
def test_a_call_rings_before_it_ends_and_its_length_is_told(plan: Plan) -> None:
    calls: dict[tuple[str, str], list[dict[str, object]]] = {}
    for value in written(plan).of("telecom.calls"):
        calls.setdefault((value["subscriber"], value["call_id"]), []).append(value)
    for phases in calls.values():
        names = [phase["phase"] for phase in phases]
        assert names[0] == "ringing"
        assert names[-1] == "ended"
        assert (phases[-1]["duration_s"] is None) == ("answered" not in names)


def test_nothing_begins_after_the_last_day() -> None:
    town = written()
    assert town.run.ends_at - town.run.starts_at == PLAIN.days * DAY_MS
    late = [
        line
        for line in town.lines
        if line.topic == "telecom.calls" and line.value["phase"] == "ringing" and event_at(line) >= town.run.ends_at
    ]
    assert not late


def test_the_files_are_a_recording_its_truth_and_the_runs_numbers(tmp_path: Path) -> None:
    out, truth = tmp_path / "town.ndjson", tmp_path / "town.truth"
    seen: list[tuple[int, int]] = []
    count = write(TINY, out, truth, lambda day, lines: seen.append((day, lines)))
    with Recordings([out]) as recordings:
        found = [record_of(line, "town", number) for number, line in recordings.all[0].lines()]
    assert len(found) == count == seen[-1][1]
    assert {record.topic for record in found} >= {"telecom.calls", "telecom.sms", "bank.transactions"}
    assert [read(line).record for line in truth.read_bytes().splitlines()][:2] == ["run", "person"]
    described = orjson.loads(params_path(truth).read_bytes())
    assert described["params"] == dict(Town(TINY).params)
    assert described["split"] == "fit"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_days() -> None:
    town = Town(Plan(seed=5, people=200, days=26, victims=12))
    days = town.lines()
    tracemalloc.start()
    try:
        held = []
        for day, lines in enumerate(days):
            del lines
            if day in (9, 25):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    early, late = held
    assert late - early < 1.2e6, "what two weeks of two hundred people leave behind, bytes"
