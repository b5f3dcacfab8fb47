"""The truth's format is published: a JSON Schema that every line of both cities meets, and a command that checks."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from interdict.city.feed import Feed
from interdict.city.simulate import Plan as HoursPlan
from interdict.city.simulate import ground_truth, population, traffic
from interdict.city.simulate.truth import truth
from interdict.city.town.truth import MuleTruth, NumberTruth, PersonTruth, RunTruth, VictimTruth, read, schema_json
from interdict.judge.known import read_truth
from schemas.topics import SUBSCRIBERS, WATCHLIST
from tests.city.towns import TINY, written
from tests.console.program import interdict

GOLDEN = Path(__file__).parent / "golden" / "truth.schema.json"
REGENERATE = "interdict truth --schema > tests/city/golden/truth.schema.json"
HOURS = HoursPlan(seed=3, population=300, duration_s=7_200, rate=0.5)


@cache
def told() -> list[Any]:
    return list(truth(HOURS))


def of(kind: type) -> list[Any]:
    return [line for line in told() if isinstance(line, kind)]


# -- the schema ----------------------------------------------------------------------------------------------------


def test_the_schema_is_the_golden_one() -> None:
    same = GOLDEN.read_bytes() == schema_json()
    assert same, f"The format of truths changed. If that is meant, say so in CHANGELOG.md and run: {REGENERATE}"


def test_the_schema_is_one_by_its_own_standard() -> None:
    Draft202012Validator.check_schema(json.loads(schema_json()))


@pytest.mark.parametrize("lines", [lambda: written(TINY).truth, told], ids=["town", "simulate"])
def test_every_line_of_both_cities_meets_it_and_reads_back_the_same(lines: Any) -> None:
    validator = Draft202012Validator(json.loads(schema_json()))
    for line in lines():
        content = line.model_dump_json()
        assert list(validator.iter_errors(json.loads(content))) == []
        assert read(content) == line


@pytest.mark.parametrize("wrong", [{}, {"record": "victim"}, {"record": "person", "subscriber": "110"}, []])
def test_what_is_no_line_does_not_meet_it(wrong: Any) -> None:
    assert not Draft202012Validator(json.loads(schema_json())).is_valid(wrong)


def test_every_field_is_described() -> None:
    models = json.loads(schema_json())["$defs"]
    undescribed = [
        f"{model}.{name}"
        for model, described in models.items()
        for name, field in described.get("properties", {}).items()
        if "description" not in field and name not in ("record", "schema_version")
    ]
    assert undescribed == []


def test_the_command_prints_the_schema_or_counts_a_file(tmp_path: Path) -> None:
    assert interdict("truth", "--schema").stdout == schema_json().decode()
    Feed(HOURS).write_truth(tmp_path / "a.truth")
    counted = interdict("truth", str(tmp_path / "a.truth")).stdout
    assert "person" in counted
    assert "300" in counted
    (tmp_path / "b.truth").write_text("{}")
    assert "b.truth:1" in interdict("truth", str(tmp_path / "b.truth"), code=1).stderr
    assert interdict("truth", code=2).stderr


# -- of the simulated city -----------------------------------------------------------------------------------------


def test_the_simulated_city_tells_each_planted_scam_with_its_payments() -> None:
    planted = {scam["scam_id"]: scam for scam in ground_truth(HOURS)}
    assert [victim.scam_id for victim in of(VictimTruth)] == list(planted)
    for victim in of(VictimTruth):
        scam = planted[victim.scam_id]
        assert [payment.event_id for payment in victim.payments] == scam["money_event_ids"]
        assert [payment.posted_at for payment in victim.payments] == scam["posted_at"]
        assert victim.first_contact_at == scam["first_event_at"]


def test_its_evidence_and_its_payments_are_in_the_recording() -> None:
    records = {record.value["event_id"]: record for record in traffic(HOURS)}
    for victim in of(VictimTruth):
        assert all(records[event].key == victim.subscriber for event in victim.event_ids)
        for payment in victim.payments:
            phases = (records[payment.event_id].value, records[payment.posted_event_id].value)
            assert {phase["transaction_id"] for phase in phases} == {payment.transaction_id}


def test_what_banks_send_meanwhile_is_neither_evidence_nor_a_number_of_a_gang() -> None:
    records = {record.value["event_id"]: record for record in traffic(HOURS)}
    peers = {records[event].value.get("peer") for victim in of(VictimTruth) for event in victim.event_ids}
    assert "95555" not in peers | {number.peer for number in of(NumberTruth)}


def test_who_is_known_and_what_is_listed_is_what_the_reference_has() -> None:
    reference = list(population(HOURS))
    known = {record.key for record in reference if record.topic == SUBSCRIBERS.name}
    listed = {record.key for record in reference if record.topic == WATCHLIST.name}
    assert {person.subscriber for person in of(PersonTruth) if person.is_known} == known
    assert len(of(PersonTruth)) == HOURS.population
    served = [(mule.account, mule.is_listed) for mule in of(MuleTruth)]
    served += [(number.peer, number.is_listed) for number in of(NumberTruth)]
    assert {value for value, is_listed in served if is_listed} == listed & {value for value, _ in served}


def test_the_run_is_told_by_chinas_midnights_and_belongs_to_no_split(tmp_path: Path) -> None:
    (run,) = of(RunTruth)
    assert (run.split, run.set) == ("free", None)
    assert run.starts_at <= HOURS.start_at < HOURS.end_at <= run.ends_at
    Feed(HOURS).write_truth(tmp_path / "hours.truth")
    known = read_truth(tmp_path / "hours.truth")
    assert all(known.day_of(payment.occurred_at) is not None for victim in known.victims for payment in victim.payments)
    assert orjson.loads((tmp_path / "hours.truth").read_bytes().splitlines()[0])["record"] == "run"
