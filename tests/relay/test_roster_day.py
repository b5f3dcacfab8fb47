"""A day of shifts: who has a call when a shift ends, and who gets those of the night."""

from typing import Any

import pytest

from schemas.spans import MINUTE_MS
from schemas.topics import OUTCOME_TOPICS, Output
from tests.kit.story import ABROAD, MIDDAY, MULE, POLICE_TEXT, STRANGER
from tests.kit.town import PLAYBOOK, Person, Town, actions, commands

THREE, TEN = 3 * 60, 10 * 60
"""15:00 and 22:00, in minutes from midday: the shifts of those who call end."""


def robbed(town: Town, minute: float, number: int = 1) -> Person:
    """Somebody who sends most of their savings to a stranger at this minute, on the phone."""
    person = Person(town, number)
    person.habits()
    person.call(minute - 40, ABROAD, peer_type="foreign")
    person.text(minute - 30, STRANGER, POLICE_TEXT)
    person.pay(minute, f"{MULE[:-1]}{number}", 50_000, 10_000)
    return person


def on_the_line(town: Town, minute: float) -> tuple[Person, Any]:
    """A call that an officer has taken up a minute before a shift ends."""
    person = robbed(town, minute - 1)
    call = person.last("call")
    person.tell(minute - 1 / 2, call, "acknowledged", actor=call.unit)
    return person, call


def in_hand(town: Town) -> dict[str, str]:
    """Who has which task."""
    return {task.command_id: task.unit for task in town.desk.tasks.values()}


def handed_over(outputs: list[Output]) -> list[str]:
    return [output.value.command_id for output in outputs if output.topic in OUTCOME_TOPICS]


@pytest.mark.parametrize(
    ("shift_ends", "before", "after"),
    [(THREE, "early-warning-1", "early-warning-2"), (TEN, "early-warning-2", "command-centre")],
)
def test_a_call_that_is_open_when_the_shift_ends_goes_to_the_next(shift_ends: int, before: str, after: str) -> None:
    town = Town()
    _, call = on_the_line(town, shift_ends)
    assert call.team == before
    assert in_hand(town) == {call.command_id: call.unit}
    led_to = town.wait(shift_ends)
    assert handed_over(led_to) == [call.command_id]
    (again,) = commands(led_to)
    assert (again.channel, again.team, again.attempt) == ("call", after, 2)
    assert again.command_id != call.command_id
    assert again.issued_at == MIDDAY + shift_ends * MINUTE_MS
    assert in_hand(town) == {again.command_id: again.unit}, "whoever went home is free"


def test_the_one_who_takes_over_has_the_full_time_to_reach_the_person() -> None:
    town = Town()
    on_the_line(town, THREE)
    (again,) = commands(town.wait(THREE))
    assert again.deadline_at == again.issued_at + 1000 * PLAYBOOK.reach_s["red"]
    assert actions(town.wait(THREE + 0.9)) == []
    assert actions(town.wait(THREE + 1.1)) == ["visit"], "nobody acknowledged it"


def test_what_the_one_who_went_home_says_of_the_old_call_counts_only_if_it_is_about_the_person() -> None:
    town = Town()
    person, call = on_the_line(town, THREE)
    town.wait(THREE)
    assert actions(person.tell(THREE + 0.1, call, "unreachable")) == []
    person.tell(THREE + 0.2, call, "persuaded")
    assert person.slots.relay.state == "watching"
    assert in_hand(town) == {}, "nobody need call any more"


def test_a_call_that_is_over_is_not_handed_over() -> None:
    town = Town()
    person, call = on_the_line(town, THREE)
    person.tell(THREE - 0.2, call, "persuaded")
    assert town.wait(THREE + 1) == []


def test_an_officer_who_hands_over_in_the_middle_of_a_shift_is_free_for_others() -> None:
    town = Town()
    person, call = on_the_line(town, THREE - 60)
    (again,) = commands(person.tell(THREE - 60 - 0.4, call, "handed_over"))
    assert (again.team, again.attempt) == ("early-warning-1", 2)
    assert in_hand(town) == {again.command_id: again.unit}


def test_after_ten_in_the_evening_calls_go_to_the_command_centre() -> None:
    town = Town()
    teams = [robbed(town, minute, n).last("call").team for n, minute in enumerate((TEN - 5, TEN + 5, TEN + 300), 1)]
    assert teams == ["early-warning-2", "command-centre", "command-centre"]


def test_a_visit_at_eight_in_the_evening_goes_to_the_patrol_of_the_night() -> None:
    town = Town()
    person = robbed(town, 8 * 60 - 1)
    person.tell(8 * 60 - 0.8, person.last("call"), "unreachable")
    visit = person.last("visit")
    person.tell(8 * 60 - 0.5, visit, "acknowledged")
    (again,) = commands(town.wait(8 * 60))
    assert (visit.team in ("station-00", "patrol-00-day"), again.team) == (True, "patrol-00-night")
