"""The roster: who is on duty, who takes a task, who is asked next; and what is refused before anybody relies on it."""

from collections import Counter
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.desk.roster import (
    Channel,
    Loads,
    Roster,
    Unit,
    assign,
    choose,
    manned,
    next_boundary,
    on_duty,
    on_team,
)  # fmt: skip
from schemas.fields import LEVELS, Level
from schemas.spans import DAY_MS, HOUR_MS
from tests.kit.rosters import AREAS, at, small, team


def changed(**fields: Any) -> dict[str, Any]:
    return {**Roster.load().model_dump(mode="json"), **fields}


def teams_of(units: list[Unit]) -> set[str]:
    return {unit.team for unit in units}


def busy(units: list[Unit]) -> Loads:
    return {(unit.team, unit.name): unit.capacity for unit in units}


# -- the district centre that comes with the package ---------------------------------------------------------------

DISTRICT = Roster.load()


def headcount(prefix: str) -> int:
    return sum(len(team.members) for team in DISTRICT.teams if team.name.startswith(prefix))


def test_the_roster_that_comes_with_the_package_is_the_district_centre_s() -> None:
    assert Roster.model_validate(changed()) == DISTRICT
    assert (headcount("early-warning"), headcount("station"), headcount("patrol")) == (47, 72, 272)
    assert [len(on_team(DISTRICT, at("10:00"), "visit", f"station-{n:02d}")) for n in range(24)] == [3] * 24


@pytest.mark.parametrize(
    ("wall", "teams"),
    [
        ("07:59", {"command-centre"}),
        ("08:00", {"early-warning-1"}),
        ("14:59", {"early-warning-1"}),
        ("15:00", {"early-warning-2"}),
        ("21:59", {"early-warning-2"}),
        ("22:00", {"command-centre"}),
        ("02:00", {"command-centre"}),
    ],
)
def test_calls_go_to_the_shift_that_is_on_and_at_night_to_the_command_centre(wall: str, teams: set[str]) -> None:
    for area in (*AREAS, None):
        assert teams_of(on_duty(DISTRICT, at(wall), "call", area)) == teams


@pytest.mark.parametrize("hour", range(24))
def test_at_any_hour_somebody_decides_and_somebody_visits_every_area(hour: int) -> None:
    moment = at(f"{hour:02d}:30")
    assert teams_of(on_duty(DISTRICT, moment, "desk", None)) == {"command-centre"}
    assert all(on_duty(DISTRICT, moment, "visit", area) for area in AREAS)


def test_visits_are_for_the_area_s_own_station_and_patrol() -> None:
    assert teams_of(on_duty(DISTRICT, at("12:00"), "visit", "district-07")) == {"station-07", "patrol-07-day"}
    assert teams_of(on_duty(DISTRICT, at("23:00"), "visit", "district-07")) == {"patrol-07-night"}
    assert on_duty(DISTRICT, at("12:00"), "visit", None) == []


# -- overflow ------------------------------------------------------------------------------------------------------


def taken_by(level: Level, channel: Channel, area: str | None, wall: str, *full: str) -> str | None:
    """The team that takes a task while some teams have their hands full."""
    loads = busy([unit for team in DISTRICT.teams if team.name.startswith(full) for unit in team.members])
    unit = assign(DISTRICT, loads, at(wall), channel, area, level)
    return unit.team if unit is not None else None


def test_red_goes_to_other_areas_and_then_to_the_command_centre() -> None:
    own = ("station-03", "patrol-03")
    assert taken_by("red", "visit", "district-03", "12:00") in ("station-03", "patrol-03-day")
    assert taken_by("red", "visit", "district-03", "12:00", *own) == "patrol-00-day"
    assert taken_by("red", "visit", "district-03", "12:00", "station", "patrol") == "command-centre"
    assert taken_by("red", "call", "district-03", "12:00", "early") == "command-centre"
    assert taken_by("red", "call", "district-03", "12:00", "early", "command") is None


def test_orange_skips_other_areas_and_yellow_waits() -> None:
    own = ("station-03", "patrol-03")
    assert taken_by("orange", "visit", "district-03", "12:00", *own) == "command-centre"
    assert taken_by("yellow", "visit", "district-03", "12:00", *own) is None
    assert taken_by("yellow", "call", "district-03", "12:00", "early") is None


def test_at_night_calls_of_every_level_have_somebody() -> None:
    assert {taken_by(level, "call", "district-03", "03:00") for level in LEVELS} == {"command-centre"}


@pytest.mark.parametrize("area", [None, "nowhere"])
def test_what_no_team_ever_does_is_the_centre_s(area: str | None) -> None:
    for level in LEVELS:
        expected = "patrol-00-day" if level == "red" else "command-centre"
        assert taken_by(level, "visit", area, "12:00") == expected


def test_an_overflow_does_not_call_in_those_who_are_at_home() -> None:
    roster = small(
        team("day", "call", shift="08:00-20:00"), team("night", "call", shift="20:00-08:00"),
        overflow={"red": ["night"], "orange": "queue", "yellow": "queue", "blue": "queue"},
    )  # fmt: skip
    full = busy(on_duty(roster, at("12:00"), "call", None))
    assert assign(roster, full, at("12:00"), "call", None, "red") is None


# -- choosing ------------------------------------------------------------------------------------------------------

UNITS = st.lists(
    st.builds(Unit, st.sampled_from("ab"), st.sampled_from(["1", "2", "3"]), st.integers(1, 4)), max_size=6
)
LOADS = st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2", "3"])), st.integers(0, 5))


@given(UNITS, LOADS)
def test_nobody_gets_more_than_they_can_carry_and_whoever_has_least_gets_it(units: list[Unit], loads: Loads) -> None:
    chosen = choose(units, loads)
    share = {unit: loads.get((unit.team, unit.name), 0) / unit.capacity for unit in units}
    if chosen is None:
        assert all(part >= 1 for part in share.values())
    else:
        assert share[chosen] < 1
        assert share[chosen] == min(share.values())


def test_between_two_with_as_much_in_hand_the_name_decides() -> None:
    units = [Unit("z", "officer-1", 2), Unit("a", "officer-2", 2), Unit("a", "officer-3", 4)]
    assert choose(units, {}) == units[0]
    assert choose(units, {("z", "officer-1"): 1, ("a", "officer-2"): 1, ("a", "officer-3"): 2}) == units[0]


# -- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "then"),
    [("07:00", "08:00"), ("08:00", "15:00"), ("14:59", "15:00"), ("15:00", "20:00"), ("20:00", "22:00")],
)
def test_the_next_boundary_is_later_the_same_day(now: str, then: str) -> None:
    assert next_boundary(DISTRICT, at(now)) == at(then)


def test_after_the_last_boundary_comes_the_first_of_tomorrow() -> None:
    assert next_boundary(DISTRICT, at("22:00", day=20)) == at("08:00", day=21)


@given(st.integers(at("00:00"), at("00:00") + 7 * DAY_MS), st.floats(0, 1, exclude_max=True))
def test_until_the_next_boundary_nobody_comes_or_goes(now: int, part: float) -> None:
    then = next_boundary(DISTRICT, now)
    between = now + int(part * (then - now))
    assert manned(DISTRICT, between) == manned(DISTRICT, now)
    for channel in get_args(Channel):
        assert on_duty(DISTRICT, between, channel, "district-00") == on_duty(DISTRICT, now, channel, "district-00")


@given(
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"]),
    st.integers(1_420_070_400_000, 4_102_444_799_999),
)
def test_wherever_the_clock_hangs_there_is_a_next_boundary_within_a_day_or_so(zone: str, now: int) -> None:
    roster = small(team("day", "call", shift="02:30-14:00"), time_zone=zone)
    assert now < next_boundary(roster, now) <= now + DAY_MS + HOUR_MS


def test_shifts_follow_the_clock_on_the_wall_when_it_is_put_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    roster = small(team("day", "call", shift="08:00-20:00"), time_zone="Europe/Berlin")
    for day in (28, 29):  # of March 2026: the night between them has 23 hours
        eight = int(datetime(2026, 3, day, 8, tzinfo=berlin).timestamp()) * 1000
        assert next_boundary(roster, eight - 1) == eight
        assert (on_duty(roster, eight - 1, "call", None), len(on_duty(roster, eight, "call", None))) == ([], 1)


def test_a_team_may_have_two_shifts_a_day() -> None:
    split = team("split", "call", count=2)
    split["shifts"] = [{"starts": "08:00", "ends": "12:00"}, {"starts": "22:00", "ends": "02:00"}]
    roster = small(split)
    hours = [hour for hour in range(24) if on_duty(roster, at(f"{hour:02d}:00"), "call", None)]
    assert hours == [0, 1, 8, 9, 10, 11, 22, 23]
    assert Counter(u.team for u in on_duty(roster, at("23:00"), "call", None)) == {"split": 2}


# -- what is refused -----------------------------------------------------------------------------------------------

CENTRE = team("centre", "call visit desk")


@pytest.mark.parametrize(
    "fields",
    [
        {"policy_version": "a/b"},
        {"policy_version": "with space"},
        {"policy_version": "longer-than-15-c"},
        {"time_zone": "Asia/Nowhere"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": "Asia"},
        {"time_zone": ""},
        {"centre": "nobody"},
        {"centre": "station-00"},
        {"teams": []},
        {"teams": [CENTRE, CENTRE], "centre": "centre"},
        {"overflow": {"red": ["*"], "orange": "queue", "yellow": "queue"}},
        {"overflow": dict.fromkeys(LEVELS, ("nobody",))},
        {"overflow": dict.fromkeys(LEVELS, "wait")},
        {"unheard_of": 1},
    ],
    ids=str,
)
def test_a_roster_that_could_do_harm_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Roster.model_validate(changed(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "*"},
        {"name": ""},
        {"name": "x" * 41},
        {"channels": []},
        {"channels": ["sms"]},
        {"areas": []},
        {"areas": "district-00"},
        {"shifts": []},
        {"shifts": [{"starts": "8:00", "ends": "22:00"}]},
        {"shifts": [{"starts": "08:00", "ends": "24:00"}]},
        {"shifts": [{"starts": "08:00", "ends": "22:00", "channels": ["visit"]}]},
        {"shifts": [{"starts": "08:00", "ends": "22:00"}] * 9},
        {"units": []},
        {"units": {"count": 0}},
        {"units": {"count": 501}},
        {"units": {"count": 1, "capacity": 0}},
        {"units": [{"name": "li", "capacity": 21}]},
        {"units": [{"name": "li"}, {"name": "li"}]},
        {"lunch": "12:00"},
    ],
    ids=str,
)
def test_a_team_that_cannot_work_is_refused(fields: dict[str, Any]) -> None:
    small(team("day", "call"))
    with pytest.raises(ValidationError):
        small({**team("day", "call"), **fields})


def test_more_units_than_can_be_looked_through_are_refused() -> None:
    with pytest.raises(ValidationError):
        small(*(team(f"team-{n}", "call", count=500) for n in range(10)))


def test_a_refusal_does_not_show_what_was_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        Roster.model_validate(changed(time_zone="+8613800138000"))
    assert "13800138000" not in str(refused.value)


def test_units_may_have_names_of_their_own() -> None:
    roster = small({**team("day", "call"), "units": [{"name": "王警官", "capacity": 2}, {"name": "李警官"}]})
    assert on_duty(roster, at("12:00"), "call", None) == [Unit("day", "王警官", 2), Unit("day", "李警官", 1)]
