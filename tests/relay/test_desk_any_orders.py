"""Whatever orders come: nobody has too much to do, no task is dropped, the limits hold, and all is given back once."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.desk import reducer as d
from agents.desk.limits import WINDOW_MS
from agents.desk.roster import manned
from schemas.codec import encode
from schemas.fields import LEVELS
from schemas.spans import HOUR_MS, MINUTE_MS
from schemas.topics import OUTCOME_TOPICS, Output
from tests.kit.centre import NOON, Centre, command, limits, person, proposals, sent, told, uuid
from tests.kit.examples import examples
from tests.kit.rosters import AREAS, small, team

PEOPLE = st.integers(0, 5)
STEP_MS = st.integers(-10 * MINUTE_MS, 90 * MINUTE_MS)
TASK = st.tuples(st.just("task"), st.integers(0, 40), st.sampled_from(["call", "visit"]), st.sampled_from(LEVELS))
DONE = st.tuples(st.just("done"), st.integers(0, 40))
TAKE = st.tuples(
    st.just("take"), st.sampled_from(["suspend", "freeze", "stop_payment"]), PEOPLE, st.integers(0, 2), st.booleans()
)
GIVE = st.tuples(st.just("give"), st.sampled_from(["suspend", "freeze", "stop_payment"]), PEOPLE, st.integers(0, 2))


def moves(*kinds: Any) -> Any:
    return st.lists(st.tuples(STEP_MS, st.sampled_from([*AREAS[:2], None, "nowhere"]), st.one_of(*kinds)), max_size=60)


SMALL = small(
    team("calls", "call", shift="08:00-22:00", count=2, capacity=2),
    team("nights", "call", shift="22:00-08:00"),
    team("visits-0", "visit", [AREAS[0]]),
    team("visits-1", "visit", [AREAS[1]], shift="06:00-18:00", count=2),
)
CAPACITY = {(unit.team, unit.name): unit.capacity for team_ in SMALL.teams for unit in team_.members}


class Played(Centre):
    """A centre to which drawn orders come."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(SMALL, limits(**fields))
        self.now = NOON
        self.asked: dict[str, Any] = {}

    def play(self, step_ms: int, area: str | None, move: Any) -> list[Any]:
        self.now = max(self.now + step_ms, NOON)
        kind, *what = move
        return getattr(self, f"_{kind}")(area, *what)  # type: ignore[no-any-return]

    def _task(self, area: str | None, number: int, channel: str, level: str) -> list[Any]:
        task = command("dissuade", number, self.now, hours=4, channel=channel, level=level)
        if task.command_id in self.asked:
            return []
        self.asked[task.command_id] = task
        return self.do(task, self.now, area)

    def _done(self, _: str | None, number: int) -> list[Any]:
        return self.done(uuid("dissuade", number), self.now)

    def _take(self, area: str | None, action: str, who: int, target: int, approved: bool) -> list[Any]:
        return self.do(self.taking(action, who, target), self.now, area, approved=approved)

    def _give(self, _: str | None, action: str, who: int, target: int) -> list[Any]:
        undo = "restore" if action == "suspend" else "release"
        taking = self.taking(action, who, target)
        fields = {"subscriber": taking.subscriber}
        if undo == "release":
            fields["account"] = taking.account
        return self.do(command(undo, who, self.now, **fields), self.now, None, of=taking.command_id)

    def taking(self, action: str, who: int, target: int) -> Any:
        """One case's measure against one target: cases share targets."""
        fields = {"subscriber": person(target)} if action == "suspend" else {"account": f"acct-{target}"}
        return command(action, who * 10 + target, self.now, hours=5, **fields)


@examples(120)
@given(moves(TASK, DONE))
def test_nobody_ever_has_more_than_they_can_carry_and_only_those_on_duty_are_given_tasks(drawn: Any) -> None:
    centre = Played()
    for move in drawn:
        centre.play(*move)
        assert all(load <= CAPACITY[unit] for unit, load in centre.loads.items())
    for moment, task in centre.given:
        assert task.unit is None or (task.team, task.unit) in manned(SMALL, moment)


@examples(120)
@given(moves(TASK, DONE), st.integers(0, 3))
def test_no_task_is_dropped(drawn: Any, queue_max: int) -> None:
    """Every task ordered is out, waits, was withdrawn, or is told to have expired; and never two of these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(d, "QUEUE_MAX", queue_max)
        centre = Played()
        withdrawn: set[str] = set()
        for move in drawn:
            before = {waiting.command_id for waiting in centre.state.queue.values()}
            centre.play(*move)
            if move[2][0] == "done":
                withdrawn |= before & {uuid("dissuade", move[2][1])}
    out = Counter(task.command_id for task in sent(centre.said))
    waits = {waiting.command_id for waiting in centre.state.queue.values()}
    expired = Counter(command_id for command_id, outcome in told(centre.said) if outcome == "expired")
    assert all(count == 1 for count in (*out.values(), *expired.values()))
    ended_waiting = withdrawn - set(out) - set(expired)
    assert sorted(centre.asked) == sorted([*out, *waits, *expired, *ended_waiting])
    centre.wait(centre.now + 5 * HOUR_MS)
    assert not centre.state.queue
    assert centre.desk.timer_at(centre.state) == 0


@examples(150)
@given(moves(TAKE, GIVE))
def test_whatever_is_taken_is_given_back_once_by_the_last_who_holds_it(drawn: Any) -> None:
    centre = Played()
    holders: dict[tuple[str, str], dict[str, int]] = {}
    for step_ms, area, move in drawn:
        said = sent(centre.play(step_ms, area, move))
        now = centre.state.at
        kind, action, who, target = move[:4]
        taking = centre.taking(action, who, target)
        thing = ("phone", taking.subscriber) if action == "suspend" else ("account", taking.account)
        held = holders.setdefault(thing, {})
        for mark in [mark for mark, until in held.items() if until + d.FORGET_AFTER_MS <= now]:
            del held[mark]
        if kind == "take":
            goes_out = [task.command_id for task in said if task.action == action]
            assert not set(goes_out) & set(held), "what holds is not taken twice"
            held.update((task.command_id, task.expires_at) for task in said if task.action == action)
            continue
        was_held = held.pop(taking.command_id, None) is not None
        is_last = not any(until > now for until in held.values())
        assert len(said) == int(was_held and is_last)
        if said:
            held.clear()


@examples(100)
@given(moves(TAKE, GIVE), st.integers(1, 6), st.integers(1, 3))
def test_the_limits_hold_in_every_minute_unless_an_officer_said_yes(drawn: Any, total: int, area_most: int) -> None:
    centre = Played(per_minute=total, per_minute_area=area_most, per_minute_rule=5, population=60, share=0.05)
    passed: list[tuple[int, str | None]] = []
    for step_ms, area, move in drawn:
        said = sent(centre.play(step_ms // 100, area, move))
        now = centre.state.at
        for task in said:
            if task.action not in ("suspend", "freeze"):
                continue
            minute = [where for moment, where in passed if moment > now - WINDOW_MS]
            if not move[4]:
                assert len(minute) < min(total, 5)
                assert minute.count(area) < area_most
                assert len(taken_from(centre)) <= 3 or was_taken_from(centre, task)
            passed.append((now, area))


def taken_from(centre: Centre) -> set[str]:
    now = centre.state.at
    return {h.subscriber for h in centre.state.taken.values() if h.action in d.SHARED and h.until > now}


def was_taken_from(centre: Centre, task: Any) -> bool:
    now = centre.state.at
    holds = [h.subscriber for h in centre.state.taken.values() if h.action in d.SHARED and h.until > now]
    return holds.count(task.subscriber) > 1


@examples(80)
@given(moves(TASK, DONE, TAKE, GIVE))
def test_time_never_runs_backwards(drawn: Any) -> None:
    centre = Played(kill_switch=True)
    before = 0
    for move in drawn:
        said = centre.play(*move)
        assert centre.state.at >= before
        moments = [item.value.occurred_at for item in said if isinstance(item, Output) and item.topic in OUTCOME_TOPICS]
        moments += [task.issued_at for task in proposals(said)]
        assert moments == sorted(moments)
        assert all(before <= moment <= centre.state.at for moment in moments)
        assert all(one.at <= centre.state.at for one in centre.state.recent.values())
        before = centre.state.at


@examples(60)
@given(moves(TASK, DONE, TAKE, GIVE))
def test_the_same_orders_lead_to_the_same_commands_and_every_one_can_be_read(drawn: Any) -> None:
    first, second = Played(), Played()
    for move in drawn:
        assert first.play(*move) == second.play(*move)
    assert first.changelog.records == second.changelog.records
    for output in (item for item in first.said if isinstance(item, Output)):
        assert output.topic.model is not None
        assert output.topic.model.model_validate_json(encode(output.value)) == output.value
        assert output.key == getattr(output.value, output.topic.key)
