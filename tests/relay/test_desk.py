"""The desk's tasks: who gets one, who waits for one, and what becomes of an order that makes no sense."""

from typing import Any

import pytest

from agents.desk import reducer as d
from agents.desk.limits import PASSED_MAX
from schemas.events import Outcome
from schemas.fields import LEVELS
from schemas.orders import Order
from schemas.spans import HOUR_MS, MINUTE_MS
from schemas.topics import DISSUASION, OFFICER_OUTCOMES, Output
from streams.core.duty import Count
from tests.kit.centre import NOON, Centre, command, counted, one_officer, person, sent, told, uuid
from tests.kit.rosters import AREAS, at, small, team

# -- tasks ---------------------------------------------------------------------------------------------------------


def test_a_call_goes_to_an_officer_of_the_shift_and_a_visit_to_one_of_the_area() -> None:
    centre = Centre()
    (call,) = centre.do(command("dissuade", 1))
    (visit,) = centre.do(command("dissuade", 2, channel="visit"), area="district-07")
    assert (call.topic, call.key) == (DISSUASION, person(1))
    assert (call.value.team, call.value.unit) == ("early-warning-1", "early-warning-1-01")
    assert visit.value.team in ("station-07", "patrol-07-day")
    assert call.value.policy_version == "v1/p1/2026-11-01/2026-11-01"
    assert call.value.command_id == uuid("dissuade", 1)


def test_calls_are_spread_over_the_officers() -> None:
    centre = Centre()
    units = [sent(centre.do(command("dissuade", n)))[0].unit for n in range(24)]
    assert len(set(units)) == 24


def test_a_task_for_which_nobody_is_free_waits_until_one_is_done() -> None:
    centre = one_officer()
    assert len(sent(centre.do(command("dissuade", 1, level="yellow")))) == 1
    assert centre.do(command("dissuade", 2, level="yellow")) == [Count("waiting_tasks", ("yellow",))]
    (call,) = sent(centre.done(uuid("dissuade", 1), NOON + MINUTE_MS))
    expected = command("dissuade", 2, level="yellow", team="day", unit="day-01", policy_version="v1/p1/2026-11-01/r1")
    assert call == expected


def test_what_waits_goes_out_by_level_and_then_by_time() -> None:
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    levels = ["red", "yellow", "orange", "red", "orange", "red"]
    for number, level in enumerate(levels):
        centre.do(command("dissuade", number, level=level), NOON + number)
    order, current = [], 0
    for _ in levels[1:]:
        (call,) = sent(centre.done(uuid("dissuade", current), NOON + MINUTE_MS))
        current = next(n for n in range(6) if uuid("dissuade", n) == call.command_id)
        order.append(current)
    assert order == [3, 5, 2, 4, 1]


def test_red_with_money_takes_an_officer_from_a_lesser_task_which_is_ordered_anew() -> None:
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    centre.do(command("dissuade", 1, level="orange"))
    said = centre.do(command("dissuade", 2))
    assert told(said) == [(uuid("dissuade", 1), "handed_over")]
    assert [(task.command_id, task.unit) for task in sent(said)] == [(uuid("dissuade", 2), "day-01")]
    assert list(centre.state.tasks) == [uuid("dissuade", 2)]


@pytest.mark.parametrize(
    ("had", "comes"), [({}, {}), ({"level": "orange"}, {"money": False}), ({"level": "orange"}, {"level": "orange"})]
)
def test_nothing_else_takes_an_officer_from_a_task(had: dict[str, Any], comes: dict[str, Any]) -> None:
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    centre.do(command("dissuade", 1, **had))
    money = comes.pop("money", True)
    assert sent(centre.do(command("dissuade", 2, **comes), money=money)) == []
    assert list(centre.state.tasks) == [uuid("dissuade", 1)]


def test_red_calls_overflow_to_the_command_centre_and_yellow_ones_do_not() -> None:
    centre = one_officer()
    for number, level in enumerate(("red", "red", "yellow")):
        centre.do(command("dissuade", number, level=level))
    assert [call.team for call in sent(centre.said)] == ["day", "centre"]
    assert [waiting.level for waiting in centre.state.queue.in_turn()] == ["yellow"]


def test_what_waits_takes_over_when_the_next_shift_begins() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    said = centre.wait(at("22:00"))
    assert told(said) == [(uuid("dissuade", 1), "handed_over")]
    assert counted(said) == [("handed_over",)]
    assert [call.unit for call in sent(said)] == ["night-01"]


def test_a_task_that_waited_too_long_is_told_to_have_expired() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1))
    centre.do(command("dissuade", 2, level="yellow", hours=1))
    (outcome,) = centre.wait(NOON + HOUR_MS)
    assert outcome == Output(
        OFFICER_OUTCOMES, person(2),
        Outcome(command_id=uuid("dissuade", 2), occurred_at=NOON + HOUR_MS, subscriber=person(2), outcome="expired",
                actor="desk"),
    )  # fmt: skip
    assert not centre.state.queue


def test_when_more_come_on_duty_those_who_wait_are_not_overtaken() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    centre.desk.roster = small(team("day", "call", count=2))
    centre.do(command("dissuade", 3, level="yellow"))
    assert [call.command_id for call in sent(centre.said)] == [uuid("dissuade", 1), uuid("dissuade", 2)]


def test_a_task_that_is_withdrawn_while_it_waits_never_goes_out() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    assert centre.done(uuid("dissuade", 2)) == []
    assert centre.done(uuid("dissuade", 1)) == []
    assert centre.desk.timer_at(centre.state) == 0


def test_a_task_ordered_twice_is_given_once() -> None:
    centre = one_officer()
    for number in (1, 2, 1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    assert len(sent(centre.said)) == 1
    assert len(centre.state.queue) == 1


def test_the_end_of_an_unknown_task_changes_nothing() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1))
    before = dict(centre.state.tasks)
    assert centre.done(uuid("dissuade", 9)) == []
    assert dict(centre.state.tasks) == before
    centre.done(uuid("dissuade", 1))
    assert centre.done(uuid("dissuade", 1)) == []


def test_an_officer_who_never_tells_the_end_is_free_when_the_task_expires() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1, level="yellow", hours=1))
    centre.do(command("dissuade", 2, level="yellow"))
    assert [call.command_id for call in sent(centre.wait(NOON + HOUR_MS))] == [uuid("dissuade", 2)]


def test_a_full_queue_drops_nothing_the_oldest_of_the_lowest_level_becomes_the_centres(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(d, "QUEUE_MAX", 40)
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    centre.do(command("dissuade", 0))
    for number in range(1, 41):
        centre.do(command("dissuade", number, level="yellow" if number % 2 else "orange"))
    (waits, call) = centre.do(command("dissuade", 1_000, level="red"))
    assert waits == Count("waiting_tasks", ("red",))
    assert (call.value.command_id, call.value.team, call.value.unit) == (uuid("dissuade", 1), "centre", None)
    assert len(centre.state.queue) == 40


def test_a_task_that_names_its_team_is_that_teams_even_when_all_are_busy() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, team="centre", level="yellow"))
    centre.do(command("dissuade", 3, team="long gone", level="yellow"))
    assert [(call.team, call.unit) for call in sent(centre.said)] == [
        ("centre", "centre-01"), ("centre", None), ("centre", None),
    ]  # fmt: skip


@pytest.mark.parametrize("channel", ["sms", "app", "bot", "desk"])
def test_what_takes_no_officers_time_passes(channel: str) -> None:
    centre = Centre()
    (task,) = sent(centre.do(command("dissuade", 1, channel=channel)))
    assert (task.unit, len(centre.state.tasks)) == (None, 0)


def test_whoever_is_struck_off_the_roster_hands_over_at_the_next_wake() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1))
    centre.desk.roster = small(team("other", "call", shift="08:00-22:00"))
    said = centre.wait(at("22:00"))
    assert told(said) == [(uuid("dissuade", 1), "handed_over")]


def test_those_who_stay_on_keep_what_they_have() -> None:
    centre = Centre()
    centre.do(command("dissuade", 1, issued_at=at("07:50")), at("07:50"))
    assert centre.wait(at("11:00")) == [], "the seat at the command centre is manned round the clock"


# -- orders that make no sense, and time ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "do"},
        {"kind": "done"},
        {"kind": "do", "command": command("release", 1)},
        {"kind": "do", "command": command("restore", 1), "approved": True},
    ],
    ids=str,
)
def test_an_order_that_makes_no_sense_does_nothing(fields: dict[str, Any]) -> None:
    centre = Centre()
    assert centre.order(NOON, **fields) == []
    assert centre.desk.timer_at(centre.state) == 0


def test_an_idle_desk_sets_no_timer() -> None:
    centre = Centre()
    assert centre.desk.timer_at(centre.state) == 0
    centre.do(command("force_login", 1))
    assert centre.desk.timer_at(centre.state) == 0
    centre.do(command("dissuade", 1))
    assert centre.desk.timer_at(centre.state) == at("15:00")
    centre.done(uuid("dissuade", 1))
    assert centre.desk.timer_at(centre.state) == 0


def test_an_order_from_earlier_is_decided_by_the_latest_time_known() -> None:
    centre = Centre()
    centre.do(command("dissuade", 1), at("15:00"))
    (call,) = sent(centre.do(command("dissuade", 2), at("14:00")))
    assert call.team == "early-warning-2"
    assert centre.state.at == at("15:00")


# -- size ----------------------------------------------------------------------------------------------------------


def test_an_order_writes_what_it_changed_and_no_more() -> None:
    centre = Centre()
    for number in range(30):
        area = AREAS[number % 24]
        centre.do(command("dissuade", number), area=area)
        centre.do(command("dissuade", 100 + number, channel="visit"), area=area)
        centre.do(command("freeze", number), area=area, approved=True)
    assert (len(centre.state.tasks), len(centre.state.taken), len(centre.state.recent)) == (60, 30, 30)
    before = dict(centre.changelog.records)
    centre.do(command("freeze", 31), area=AREAS[0], approved=True)
    changed = [key for key, record in centre.changelog.records.items() if before.get(key) != record]
    assert len(changed) == 3, "a hold, a measure of the last minute, and the state without its pieces"
    assert sum(len(centre.changelog.records[key]) for key in changed) < 400


def test_a_flood_does_not_make_any_record_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(d, "TASKS_MAX", 100)
    monkeypatch.setattr(d, "QUEUE_MAX", 50)
    monkeypatch.setattr(d, "TAKEN_MAX", 200)
    centre = Centre(small(team("calls", "call", count=200, capacity=20)))
    for number in range(170):
        centre.desk.order(centre.state, Order(event_id="e", occurred_at=NOON, kind="do", area=AREAS[0],
                          command=command("dissuade", number)), NOON)  # fmt: skip
    for number in range(400):
        centre.desk.order(centre.state, Order(event_id="e", occurred_at=NOON, kind="do", area=AREAS[0], approved=True,
                          command=command("freeze", number)), NOON)  # fmt: skip
    state = centre.state
    assert (len(state.tasks), len(state.queue), len(state.taken)) == (100, 50, 200)
    assert len(state.recent) == PASSED_MAX
    centre.changelog.write(state)
    assert max(len(record) for record in centre.changelog.records.values() if isinstance(record, bytes)) < 2_000
    again = centre.changelog.read()
    assert again is not None
    assert (again.tasks, again.queue, again.recent, again.taken) == (
        state.tasks,
        state.queue,
        state.recent,
        state.taken,
    )
