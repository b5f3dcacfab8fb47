"""What the soak calls flat, what it does not, and where it says that it cannot tell."""

import random
from collections.abc import Callable
from itertools import islice
from typing import Any

import orjson
import pytest

from interdict.bench.throughput import Packed
from schemas.spans import DAY_MS
from tests.chaos.days import EVENTS_A_DAY, Days
from tests.chaos.drift import POINTS_MAX, Drift, Point, Verdict, slope_of, thinned

TEN_MINUTES = 200
"""Looks, one every three seconds."""
NOON = 1_790_000_000_000


def series(value: Callable[[float, random.Random], float], looks: int = TEN_MINUTES) -> list[Point]:
    rng = random.Random(7)
    return [(at, value(at, rng)) for at in (look * 0.05 for look in range(looks))]


def verdict(points: list[Point], floor: float = 16.0) -> Verdict:
    return Drift(points, floor).verdict


def test_a_flat_noisy_series_is_flat() -> None:
    assert verdict(series(lambda _, rng: rng.gauss(120, 3))) is Verdict.FLAT


def test_what_is_always_the_same_is_flat_however_short() -> None:
    assert verdict(series(lambda *_: 14.0, looks=20), floor=3.0) is Verdict.FLAT


def test_a_leak_is_not_flat_though_the_noise_is_larger_than_what_a_minute_adds() -> None:
    assert verdict(series(lambda at, rng: rng.gauss(120 + 2 * at, 5))) is Verdict.GROWS


def test_a_few_descriptors_more_after_each_restart_are_a_leak() -> None:
    assert verdict(series(lambda at, _: 14.0 + 2 * int(at)), floor=3.0) is Verdict.GROWS


def test_a_few_wild_windows_are_no_trend() -> None:
    assert verdict(series(lambda at, rng: rng.gauss(60, 5) + 900 * (at > 9.8)), floor=30.0) is Verdict.FLAT


def test_what_shrinks_is_flat() -> None:
    assert verdict(series(lambda at, rng: rng.gauss(120 - 2 * at, 1))) is Verdict.FLAT


def test_a_sure_slope_too_small_to_matter_is_flat() -> None:
    points = series(lambda at, rng: rng.gauss(120 + 0.1 * at, 0.1))
    assert slope_of(points).low > 0
    assert verdict(points, floor=0.0) is Verdict.FLAT, "six an hour is a twentieth"


def test_growth_below_the_floor_is_flat() -> None:
    points = series(lambda at, rng: rng.gauss(120 + at, 0.1))
    assert (verdict(points, floor=5.0), verdict(points, floor=16.0)) == (Verdict.GROWS, Verdict.FLAT)


@pytest.mark.parametrize("looks", [2, 5, 11])
def test_a_handful_of_points_cannot_tell(looks: int) -> None:
    assert verdict(series(lambda at, _: 100 * at, looks)) is Verdict.UNKNOWN


def test_growth_over_a_minute_or_two_cannot_tell() -> None:
    assert verdict(series(lambda at, rng: rng.gauss(120 + 20 * at, 1), looks=40)) is Verdict.UNKNOWN


def test_noise_that_could_hide_a_doubling_cannot_tell() -> None:
    assert verdict(series(lambda _, rng: rng.gauss(100, 60), looks=40)) is Verdict.UNKNOWN


def test_the_interval_holds_the_true_slope_in_nineteen_of_twenty_series() -> None:
    held = 0
    for seed in range(200):
        rng = random.Random(seed)
        slope = slope_of([(at, rng.gauss(100 + 3 * at, 10)) for at in range(30)])
        held += slope.low <= 3 <= slope.high
    assert 180 <= held <= 199


def test_a_long_series_is_cut_into_medians_and_keeps_its_slope() -> None:
    points = series(lambda at, rng: rng.gauss(120 + 2 * at, 5), looks=12 * TEN_MINUTES)
    assert len(thinned(points)) <= POINTS_MAX
    assert slope_of(thinned(points)).fitted == pytest.approx(2, rel=0.05)


def values_of(rows: list[Packed]) -> list[dict[str, Any]]:
    return [orjson.loads(value) for *_, value in rows]


def test_a_second_day_has_the_same_people_in_the_same_lanes_and_no_event_of_the_first() -> None:
    rows = list(Days(seed=7, partitions=2, first_at=NOON).until(2))
    events: tuple[set[str], set[str]] = (set(), set())
    lanes: tuple[dict[bytes, int], dict[bytes, int]] = ({}, {})
    for (_, lane, key, _), value in zip(rows, values_of(rows), strict=True):
        day = (value["occurred_at"] - NOON) // DAY_MS
        events[day].add(value["event_id"])
        lanes[day][key] = lane
    assert len(events[0]) > 0.9 * EVENTS_A_DAY
    assert events[0].isdisjoint(events[1])
    assert lanes[0] == lanes[1]


def test_days_come_in_the_order_of_event_time_with_scams_among_them_until_they_are_over() -> None:
    days = Days(seed=7, partitions=2, first_at=NOON)
    rows = list(islice(days.since(3), EVENTS_A_DAY))
    days.over = True
    assert list(days.since(4)) == []
    assert days.sent == len(rows)
    values = values_of(rows)
    times = [value["occurred_at"] for value in values]
    assert times == sorted(times)
    assert times[0] >= NOON + 3 * DAY_MS
    assert 0.001 < sum(value["event_id"].startswith("scam-") for value in values) / len(values) < 0.02
