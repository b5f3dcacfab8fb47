"""The simulated city: the same seed the same city, in order, readable, at the rate asked for."""

from collections import Counter

import orjson
import pytest

from interdict.city.feed import people_of, start_of
from interdict.city.simulate import TYPOLOGIES, Plan, Record, ground_truth, population, synthetic_load, traffic
from schemas.codec import decoder
from schemas.topics import BY_NAME, CALLS, SMS, SUBSCRIBERS, TRANSACTIONS, WATCHLIST
from tests.console.program import ASCII_ONLY, interdict

PLAN = Plan(seed=3, population=300, duration_s=7200, rate=2.0)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return list(traffic(PLAN))


def test_the_same_seed_gives_the_same_city(records: list[Record]) -> None:
    assert list(traffic(PLAN)) == records
    assert list(population(PLAN)) == list(population(PLAN))


def test_another_seed_gives_another(records: list[Record]) -> None:
    assert list(traffic(Plan(seed=4, population=300, duration_s=7200, rate=2.0))) != records


def test_events_come_in_the_order_of_their_times(records: list[Record]) -> None:
    assert [r.at for r in records] == sorted(r.at for r in records)
    assert all(r.value["occurred_at"] == r.at for r in records)


def test_every_record_is_one_that_a_worker_reads(records: list[Record]) -> None:
    for record in [*population(PLAN), *records]:
        assert decoder(BY_NAME[record.topic])(orjson.dumps(record.value)) is not None


def test_every_feed_has_its_part(records: list[Record]) -> None:
    counts = Counter(record.topic for record in records)
    assert set(counts) == {CALLS.name, SMS.name, TRANSACTIONS.name}
    assert min(counts.values()) > len(records) / 20
    assert {r.topic for r in population(PLAN)} <= {SUBSCRIBERS.name, WATCHLIST.name}


def test_the_rate_asked_for_is_kept(records: list[Record]) -> None:
    assert len(records) == pytest.approx(PLAN.rate * PLAN.duration_s, rel=0.1)


def test_no_event_id_comes_twice_unless_asked_for(records: list[Record]) -> None:
    assert len({r.value["event_id"] for r in records}) == len(records)
    doubled = list(traffic(Plan(seed=3, population=300, duration_s=7200, rate=2.0, duplicate_fraction=0.1)))
    repeats = len(doubled) - len({r.value["event_id"] for r in doubled})
    assert repeats == pytest.approx(0.1 * len(doubled) / 1.1, rel=0.3)


def test_late_events_come_late_but_tell_their_time() -> None:
    late = list(traffic(Plan(seed=3, population=300, duration_s=3600, rate=2.0, late_fraction=0.2)))
    times = [r.value["occurred_at"] for r in late]
    behind = [max(times[: i + 1]) - at for i, at in enumerate(times)]
    assert any(behind)
    assert max(behind) <= 5_000


def test_every_class_of_scam_is_planted_and_told(records: list[Record]) -> None:
    truth = ground_truth(PLAN)
    assert [scam["typology"] for scam in truth] == list(TYPOLOGIES)
    told = {record.value["event_id"]: record for record in records}
    for scam in truth:
        assert scam["money_event_ids"]
        assert all(amount > 0 for amount in scam["amounts_minor"])
        for started, posted in zip(scam["money_event_ids"], scam["posted_event_ids"], strict=True):
            assert told[started].value["phase"] == "initiated"
            assert told[posted].value["phase"] == "posted"
            assert told[posted].at > told[started].at
        assert all(told[event].key == scam["subscriber"] for event in scam["money_event_ids"])


def test_each_victim_is_somebody_else() -> None:
    truth = ground_truth(Plan(seed=3, population=500, duration_s=86_400, scams_per_typology=5))
    assert len({scam["subscriber"] for scam in truth}) == len(truth) == 5 * len(TYPOLOGIES)


def test_too_few_people_for_so_many_scams_is_said() -> None:
    with pytest.raises(ValueError, match="too few"):
        list(traffic(Plan(seed=3, population=4, duration_s=600, rate=1)))


def test_a_measurements_load_has_the_size_asked_for() -> None:
    load = list(synthetic_load(1, 500, 5_000, PLAN.start_at))
    assert len(load) == 5_000
    assert [r.at for r in load] == sorted(r.at for r in load)


def test_a_recording_is_of_one_and_the_same_day_and_what_goes_to_a_worker_ends_now() -> None:
    now = PLAN.start_at + 90 * 86_400_000
    assert start_of(None, 600, None) == Plan.start_at
    assert start_of(None, 600, now) == now - 600_000, "nothing lies in the future"
    assert start_of("2026-01-01T15:00:00+08:00", 600, now) == start_of("2026-01-01T07:00:00Z", 600, None)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_same_seed_makes_the_same_bytes_in_whatever_zone_and_locale(zone: str) -> None:
    words = ("simulate", "--seconds", "60", "--rate", "5", "--population", "200")
    assert interdict(*words, TZ=zone, **ASCII_ONLY).stdout == interdict(*words).stdout


@pytest.mark.parametrize("said", ["2026-01-01T15:00:00", "2026-01-01", "noon"])
def test_a_start_that_would_mean_another_time_in_another_zone_is_wrong_usage(said: str) -> None:
    assert "--start" in interdict("simulate", "--start", said, code=2).stderr


def test_a_live_city_has_the_more_people_the_more_happens() -> None:
    assert people_of(100) == 10 * people_of(10) == 100_000
    assert people_of(0.1) == 2_000, "as many as a recording has, at least"
