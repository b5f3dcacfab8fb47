"""The limits: how much passes in a minute, from how many people; and what is refused before it can do harm."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.desk.limits import PASSED_MAX, WINDOW_MS, Limits, RecentMeasure, note, reached, too_many
from schemas.fields import LEVELS

START = 1_789_963_200_000


def changed(**fields: Any) -> dict[str, Any]:
    return {**Limits.load().model_dump(mode="json"), **fields}


def limits(**fields: Any) -> Limits:
    return Limits.model_validate(changed(**fields))


def test_the_limits_that_come_with_the_package_are_valid_and_a_district_s() -> None:
    district = Limits.load()
    assert Limits.model_validate(changed()) == district
    assert district.people_max == 2_250
    assert not district.kill_switch
    assert "stop_payment" in district.limited
    assert "stop_payment" not in district.kill_switch_stops


@pytest.mark.parametrize(
    "fields",
    [
        {"policy_version": "a/b"},
        {"policy_version": ""},
        {"limited": ["restore"]},
        {"per_minute": 0},
        {"per_minute": PASSED_MAX + 1},
        {"per_minute_area": 0},
        {"per_minute_rule": -1},
        {"population": 0},
        {"population": 1_000},
        {"share": 0},
        {"share": 0.06},
        {"four_eyes": {"dissuade": ["red"]}},
        {"four_eyes": {"freeze": ["purple"]}},
        {"kill_switch": "perhaps"},
        {"kill_switch_stops": ["dissuade"]},
        {"decide_s": {"red": 120, "orange": 300, "yellow": 900}},
        {"decide_s": dict.fromkeys(LEVELS, 0)},
        {"decide_s": dict.fromkeys(LEVELS, 86_401)},
        {"unheard_of": 1},
    ],
    ids=str,
)
def test_limits_that_could_do_harm_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(changed(**fields))


def full(count: int, area: str | None = "a", rule: str = "r", ms: int = 0) -> list[RecentMeasure]:
    return [RecentMeasure(START + ms, area, rule)] * count


@pytest.mark.parametrize(
    ("passed", "asked", "limit"),
    [
        ([], RecentMeasure(START, "a", "r"), None),
        (full(7), RecentMeasure(START, "a", "r"), None),
        (full(8), RecentMeasure(START, "a", "r"), "area"),
        (full(8), RecentMeasure(START, "b", "r"), None),
        (full(8, None), RecentMeasure(START, None, "r"), "area"),
        ([*full(8), *full(8, "b"), *full(8, "c"), *full(4, "d")], RecentMeasure(START, "e", "r"), "rule"),
        ([*full(8), *full(8, "b"), *full(8, "c"), *full(4, "d")], RecentMeasure(START, "e", "other"), None),
        ([*full(20, "a", "r"), *full(20, "b", "s")], RecentMeasure(START, "c", "t"), "total"),
        (full(8), RecentMeasure(START + WINDOW_MS - 1, "a", "r"), "area"),
        (full(8), RecentMeasure(START + WINDOW_MS, "a", "r"), None),
        (full(3), RecentMeasure(START, "a", "r", urgent=False), None),
        (full(4), RecentMeasure(START, "a", "r", urgent=False), "area"),
        (full(4), RecentMeasure(START, "a", "r"), None),
        (full(8), RecentMeasure(START, "a", "r", gentle=True), None),
        ([RecentMeasure(START, "a", "r", gentle=True)] * 12, RecentMeasure(START, "a", "r", gentle=True), "area"),
        ([RecentMeasure(START, "a", "r", gentle=True)] * 12, RecentMeasure(START, "a", "r"), None),
        (
            [RecentMeasure(START, "a", "r", "p", "force_login")] * 4,
            RecentMeasure(START, "b", "s", "p", "force_login"),
            "person",
        ),
        ([RecentMeasure(START, "a", "r", "p", "force_login")] * 4, RecentMeasure(START, "b", "s", "p", "freeze"), None),
        (
            [RecentMeasure(START, "a", "r", "p", "force_login")] * 4,
            RecentMeasure(START, "b", "s", "q", "force_login"),
            None,
        ),
    ],
)
def test_a_limit_is_reached_when_a_minute_holds_as_many(
    passed: list[RecentMeasure], asked: RecentMeasure, limit: str | None
) -> None:
    assert reached(Limits.load(), passed, asked) == limit


def test_people_from_whom_something_is_taken_already_are_not_one_more() -> None:
    two = limits(population=20, share=0.05)
    assert two.people_max == 1
    assert not too_many(two, set(), "+8613800000001")
    assert not too_many(two, {"+8613800000001"}, "+8613800000001")
    assert too_many(two, {"+8613800000001"}, "+8613800000002")


def test_half_of_the_share_is_kept_for_red_with_money() -> None:
    four = limits(population=80, share=0.05)
    two = {"+8613800000001", "+8613800000002"}
    assert too_many(four, two, "+8613800000003", urgent=False)
    assert not too_many(four, two, "+8613800000003", urgent=True)


def test_limits_of_an_earlier_release_are_still_read() -> None:
    added = ("per_minute_person", "gentle", "reserved")
    assert Limits.model_validate({k: v for k, v in changed().items() if k not in added}) == Limits.load()


MEASURES = st.lists(
    st.tuples(st.integers(0, 20_000), st.sampled_from(["a", "b", None]), st.sampled_from(["r", "s"]), st.booleans()),
    max_size=60,
)


@given(MEASURES, st.integers(1, 8), st.integers(1, 5), st.integers(1, 5))
def test_in_no_minute_more_passes_than_is_allowed_unless_approved(
    measures: list[tuple[int, str | None, str, bool]], total: int, area: int, rule: int
) -> None:
    most = limits(per_minute=total, per_minute_area=area, per_minute_rule=rule)
    passed: list[RecentMeasure] = []
    remembered: dict[bytes, RecentMeasure] = {}
    now = START
    for step_ms, where, why, approved in measures:
        now += step_ms
        asked = RecentMeasure(now, where, why)
        minute = [one for one in passed if one.at > now - WINDOW_MS]
        room = (
            len(minute) < total
            and sum(one.area == where for one in minute) < area
            and sum(one.rule == why for one in minute) < rule
        )
        assert (reached(most, remembered.values(), asked) is None) == room, "what is forgotten must not matter"
        if room or approved:
            passed.append(asked)
            note(remembered, len(passed).to_bytes(16), asked)


def test_what_is_remembered_is_bounded_and_what_is_forgotten_lets_nothing_through() -> None:
    most = limits(per_minute=PASSED_MAX, per_minute_area=PASSED_MAX, per_minute_rule=PASSED_MAX)
    passed: dict[bytes, RecentMeasure] = {}
    for ms in range(PASSED_MAX + 50):
        note(passed, ms.to_bytes(16), RecentMeasure(START + ms, "a", "r"))
    assert len(passed) == PASSED_MAX
    assert reached(most, passed.values(), RecentMeasure(START + PASSED_MAX + 50, "b", "s")) == "total"
    assert reached(most, passed.values(), RecentMeasure(START + WINDOW_MS + PASSED_MAX + 50, "b", "s")) is None
