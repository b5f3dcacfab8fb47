"""The `relay` reducer: a signal, an outcome or a deadline in, the case moved on, and what follows from it.

    signal, outcome, deadline ─► trigger ─► the row of the table ─► its actions ─► commands, and the case record

Pure: time is an argument. What is read here is in three tables: `table` (the relay), `takings` (what is taken and given
back) and the playbook (deadlines and measures). Here, what comes is given the name of a trigger; what it leads to, the
tables say. A state and how a case closes are written in `_follow` only, a measure's status in `_befalls` only.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import structs

from agents.relay import commands
from agents.relay.case import PAYMENTS_MAX, SENT_MAX, CaseFile, Moment, Step, Taking, Why
from agents.relay.playbook import Playbook
from agents.relay.record import case_record
from agents.relay.table import DEADLINES, LAST_WORDS, RISE, TALKING, USED_UP, WORDS, Action, Row, Trigger, arrow
from agents.relay.takings import BY_ITSELF, MEASURES, TOLD, TOLD_OF_RETURN, FollowUp, Happening
from schemas.cases import TAKEN_MAX, TakenStatus
from schemas.events import Outcome
from schemas.fields import LEVELS, Level
from schemas.orders import Signal
from schemas.spans import HOUR_MS
from schemas.topics import CASES, Output
from streams.core.duty import Count, Decision, Sample

Decided = list[Decision]


class Relay:
    """Runs one person's case at a time.

    Args:
        playbook: deadlines and measures; may be replaced while this runs.
    """

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook

    def signal(self, case: CaseFile | None, key: str, signal: Signal) -> tuple[CaseFile | None, Decided]:
        """What `victims` thinks of the person now."""
        decisions: Decided = []
        if case is None or case.case_id != signal.case_id:
            if self._level_of(signal) in (None, "blue"):
                return case, []
            if case is not None:
                decisions = _Turn(self.playbook, case, key, max(signal.at, case.updated_at)).end()
            case = CaseFile(signal.case_id, signal.at, signal.at, before=_given_back(case))
        turn = _Turn(self.playbook, case, key, max(signal.at, case.updated_at))
        decisions += turn.signal(signal, self._level_of(signal))
        return case, [*decisions, *turn.recorded(bool(decisions))]

    def outcome(self, case: CaseFile | None, key: str, outcome: Outcome, now: int) -> tuple[CaseFile | None, Decided]:
        """What became of a command. `now` is when it is heard of: word of long ago sets no deadline in the past."""
        if case is None:
            return None, [_taken_as(outcome, "unknown")]
        turn = _Turn(self.playbook, case, key, max(outcome.occurred_at, case.updated_at, now))
        decisions = turn.outcome(outcome)
        return case, [*decisions, *turn.recorded(_heard(decisions))]

    def on_timer(self, case: CaseFile, key: str, now: int) -> tuple[CaseFile | None, Decided]:
        """Every deadline that is over."""
        turn = _Turn(self.playbook, case, key, now)
        decisions = turn.on_timer()
        return case, [*decisions, *turn.recorded(bool(decisions))]

    def _level_of(self, signal: Signal) -> Level | None:
        """A call in progress with money leaving is red, whatever the score says."""
        on_line = any(reason.code in self.playbook.on_line_is_red for reason in signal.reasons)
        return "red" if on_line and signal.level not in (None, "blue") else signal.level


class _Turn(commands.Turn):
    """One step, and what the tables' words stand for."""

    # -- signals ---------------------------------------------------------------------------------------------

    def signal(self, signal: Signal, level: Level | None) -> Decided:
        """What `victims` thinks of the person now, and how urgent that is."""
        decisions: Decided = []
        row = self._arrow(self._trigger(signal, level))
        self._take_in(signal)
        if level is not None and level != "blue" and (self.case.state == "opened" or _above(level, self.case.level)):
            self.case.level = level
        if row is not None:
            self.case.note(Moment(self.now, "evidence", _in_words(self.case, signal), event_id=signal.event_id))
            decisions += self._follow(row)
        if any(taking.run == self.case.run for taking in self.case.taken):
            decisions += self._walk("further_mule")
        return decisions

    def _trigger(self, signal: Signal, level: Level | None) -> Trigger | None:
        """What a signal means for the case as it stands; None where it says nothing new."""
        if level is None or level == "blue":
            return None
        if self.case.state == "opened" or _above(level, self.case.level):
            return RISE[level]
        known = {payment.event_id for payment in self.case.payments}
        pays = any(payment.event_id == signal.event_id for payment in signal.payments)
        return "transfer" if pays and signal.event_id not in known else None

    def _take_in(self, signal: Signal) -> None:
        """Keep what commands are made from."""
        self.case.typology, self.case.score, self.case.script = signal.typology, signal.score, signal.script
        self.case.judged_by, self.case.caused_by, self.case.area = signal.policy_version, signal.event_id, signal.area
        self.case.handles = list(signal.handles)
        self.case.shared = list(signal.shared)
        self.case.reasons = [Why(r.code, r.weight, r.text, r.text_zh, list(r.event_ids)) for r in signal.reasons]
        known = {payment.event_id for payment in self.case.payments}
        self.case.payments += [payment for payment in signal.payments if payment.event_id not in known]
        del self.case.payments[:-PAYMENTS_MAX]

    # -- outcomes --------------------------------------------------------------------------------------------

    def outcome(self, outcome: Outcome) -> Decided:
        """Find out what a word is about."""
        about = outcome.command_id
        for taking in self.case.takings():
            if taking.command_id == about:
                return self._told_of_taking(taking, outcome)
            if taking.return_id == about:
                return self._told_of_return(taking, outcome)
        for step in self.case.steps:
            if step.command_id == about:
                return self._told(step, outcome)
        return [_taken_as(outcome, "unknown")]

    def _told(self, step: Step, outcome: Outcome) -> Decided:
        """Word of an attempt to talk to the person."""
        told, word = outcome.outcome, WORDS[outcome.outcome]
        if step.told == told:
            return [_taken_as(outcome, "repeated")]
        is_on = self.case.state in TALKING and step is self.case.steps[-1]
        if self.case.state == "closed" or not (is_on or word.of_person):
            return [_taken_as(outcome, "late")]
        if step.told in LAST_WORDS and not is_on:
            return [_taken_as(outcome, "contradictory")]
        step.told = told
        self._note_outcome(outcome)
        row = self._arrow(word.on)
        if row is None:
            return [_taken_as(outcome, "contradictory")]
        freed = [commands.done(self, step.command_id)] if step.at_desk and word.last else []
        step.at_desk &= not freed
        return [_taken_as(outcome, "taken"), *freed, *self._follow(row)]

    def _told_of_taking(self, taking: Taking, outcome: Outcome) -> Decided:
        """Word of a measure."""
        found = TOLD.get((taking.status, outcome.outcome))
        if found is not None and found[1] == "approve" and (taking.approved or taking.until <= self.now):
            found = None  # a yes counts once, and not when the time is over
        if found is None:
            return [_taken_as(outcome, "repeated" if taking.status == "held" else "late")]
        self._note_outcome(outcome)
        return [_taken_as(outcome, "taken"), *self._befalls(taking, *found)]

    def _told_of_return(self, taking: Taking, outcome: Outcome) -> Decided:
        """Word of something given back."""
        follows = TOLD_OF_RETURN.get(outcome.outcome)
        if follows is None:
            return [_taken_as(outcome, "contradictory")]
        self._note_outcome(outcome)
        return [_taken_as(outcome, "taken"), *self._befalls(taking, taking.status, follows)]

    def _note_outcome(self, outcome: Outcome) -> None:
        words = outcome.outcome.replace("_", " ")
        self.case.note(Moment(self.now, "outcome", words, outcome.actor, outcome.command_id, note=outcome.note))

    # -- deadlines -------------------------------------------------------------------------------------------

    def on_timer(self) -> Decided:
        """Every deadline that is over."""
        if 0 < self.case.forget_due <= self.now:
            return self._walk("kept_long_enough")
        decisions: Decided = []
        for taking in self.case.takings():
            if 0 < taking.retry_at <= self.now:
                taking.retry_at = 0
                decisions += self._happens(taking, "retry_due")
            if taking.until <= self.now:
                decisions += self._happens(taking, "time_over")
        for due, trigger in DEADLINES:
            if 0 < getattr(self.case, due) <= self.now:
                setattr(self.case, due, 0)
                decisions += self._overdue(trigger)
        return decisions

    def _overdue(self, trigger: Trigger) -> Decided:
        row = self._arrow(trigger)
        if row is None:
            return []
        self.case.note(Moment(self.now, "timer", trigger.replace("_", " ")))
        counted = [Count("overdue", (self.case.state, self.case.level))] if trigger != "quiet" else []
        return [*counted, *self._follow(row)]

    def end(self) -> Decided:
        """The episode is over for `victims`: close what is still open before the next case begins."""
        decisions = self._walk("next_episode")
        return [*decisions, *self.recorded(bool(decisions))]

    # -- the relay's table -----------------------------------------------------------------------------------

    def _arrow(self, trigger: Trigger | None) -> Row | None:
        return arrow(self.case.state, self.case.closed_as, trigger)

    def _walk(self, trigger: Trigger) -> Decided:
        """Follow the arrow, if there is one."""
        row = self._arrow(trigger)
        return self._follow(row) if row is not None else []

    def _follow(self, row: Row) -> Decided:
        """Nowhere else does a case come to another state, or to how it closes."""
        decisions: Decided = []
        for action in row.first:
            decisions.extend(self._do(action))
        if row.to != row.state:
            decisions.append(Count("case_steps", (row.to,)))
            self.case.state, self.case.closed_as = row.to, row.closed_as
        for action in row.then:
            decisions.extend(self._do(action))
        return decisions

    def _do(self, action: Action) -> Iterator[Decision]:
        return _DO[action](self) if action in _DO else self._talk(action)

    def _open(self) -> Iterator[Decision]:
        yield Count("cases_opened", (self.case.typology, _area(self.case)))

    def _open_again(self) -> Iterator[Decision]:
        """Another run: its steps may be tried as often as those of the first."""
        yield from self._open()
        self.case.run += 1
        self.case.tries.clear()
        self.case.closed_at = self.case.forget_due = 0

    def _talk(self, action: Action) -> Iterator[Decision]:
        """The next step takes over from the one that was on; one that was tried often enough is passed over."""
        yield from self._drop_step()
        attempt = self.case.tries.get(action, 0) + 1
        if attempt > self.playbook.attempts[action]:  # type: ignore[index]
            self.case.note(Moment(self.now, "state", f"{_STEP_WORDS[action]}: tried often enough"))
            yield from self._walk(USED_UP[action])
            return
        self.case.tries[action] = attempt
        step = Step(
            commands.step_id(self.case, action, attempt, self.key), action, attempt, at_desk=action in commands.DESKED
        )
        self.case.steps.append(step)
        del self.case.steps[:-SENT_MAX]
        level: Any = self.case.level
        self.case.ack_due = self.now + 1000 * self.playbook.ack_s[level]
        self.case.reach_due = self.now + 1000 * self.playbook.reach_s[level]
        self.case.note(
            Moment(self.now, "command", _STEP_WORDS[action], command_id=step.command_id, event_id=self.case.caused_by)
        )
        yield commands.talk(self, step)

    def _drop_step(self) -> Iterator[Output]:
        for step in self.case.steps:
            if step.at_desk:
                step.at_desk = False
                yield commands.done(self, step.command_id)

    def _again(self) -> Iterator[Decision]:
        """The step that is on, by somebody else. Whoever had it is free, and at a shift's end is so already."""
        yield from self._talk(self.case.steps[-1].action)  # type: ignore[arg-type]

    def _ack(self) -> Iterator[Decision]:
        self.case.ack_due = 0
        yield from ()

    def _contact(self) -> Iterator[Decision]:
        """Somebody speaks to the person: from here on the word is awaited."""
        self.case.ack_due = 0
        self.case.reach_due = self.now + 1000 * self.playbook.word_s
        yield from _first_contact(self.case, self.now)

    def _calm(self) -> Iterator[Decision]:
        self.case.quiet_due = self.after(self.playbook.quiet_h.calm)
        yield from ()

    def _wait(self) -> Iterator[Decision]:
        """There is no step left that could be late."""
        self.case.ack_due = self.case.reach_due = 0
        yield from ()

    def _watch(self) -> Iterator[Decision]:
        """Persuaded: whether it lasts is seen in the next hours."""
        yield from _first_contact(self.case, self.now)
        self.case.ack_due = self.case.reach_due = 0
        self.case.quiet_due = self.after(self.playbook.quiet_h.persuaded)
        yield from self._drop_step()

    def _close(self) -> Iterator[Decision]:
        """Give everything back."""
        closed_as = self.case.closed_as
        assert closed_as is not None, "every arrow that closes says how"
        self.case.closed_at = self.now
        self.case.ack_due = self.case.reach_due = self.case.quiet_due = 0
        self.case.forget_due = self.after(self.playbook.keep_closed_h)
        yield from self._drop_step()
        for taking in self.case.taken:
            yield from self._happens(taking, "case_over")
        self.case.note(Moment(self.now, "state", f"closed: {closed_as.replace('_', ' ')}"))
        yield Count("cases_closed", (closed_as, self.case.typology))

    def _forget(self) -> Iterator[Decision]:
        self.case.strip()
        yield from ()

    # -- taking and giving back ------------------------------------------------------------------------------

    def _cut(self) -> Iterator[Decision]:
        """Everything that the level takes and that is not taken yet. What the desk may have held back at a lower level
        is ordered once more, under its own id: the desk lets it pass if it has not."""
        level: Any = self.case.level
        for measure in self.playbook.measures[level]:
            for target in self._targets(measure):
                held = self._held(measure, target)
                if held is None:
                    yield from self._take(measure, target)
                elif _may_wait(held, self.case, self.now):
                    yield from self._happens(held, "raised")

    def _take(self, measure: str, target: str) -> Iterator[Decision]:
        """Order it; where the case holds as much as it can, say so once, to a human."""
        if len(self.case.taken) < TAKEN_MAX:
            yield self._first_order(measure, target)
        elif self.case.full_told < self.case.run:
            self.case.full_told = self.case.run
            self.case.note(
                Moment(self.now, "command", "no more measures fit: the command centre is asked to see to the rest")
            )
            yield Count("full_cases", (self.case.level,))
            yield commands.full(self)

    def _targets(self, measure: str) -> list[str]:
        if measure == "force_login":
            return self.case.handles
        if measure == "stop_payment":
            return list(
                dict.fromkeys(payment.payee for payment in self.case.payments if payment.payee not in self.case.shared)
            )
        if measure == "freeze":
            return list(dict.fromkeys(payment.payer for payment in self.case.payments))
        return [self.key]

    def _held(self, measure: str, target: str) -> Taking | None:
        """What is taken, or about to be. A suspended phone need not be suspended for incoming calls too."""
        wider = {measure, "suspend"} if MEASURES[measure].action == "suspend" else {measure}
        found = [t for t in self.case.taken if t.target == target and t.run == self.case.run and t.measure in wider]
        return found[-1] if found else None

    def _first_order(self, measure: str, target: str) -> Output:
        action = MEASURES[measure].action
        until = self.after(getattr(self.playbook.expires_h, action))
        amount = (
            sum(p.amount_minor for p in self.case.payments if p.payee == target) if measure == "stop_payment" else 0
        )
        taking = Taking(
            commands.taking_id(self.case, measure, target, 1), measure, target, until, amount, run=self.case.run,
            level=self.case.level,
        )  # fmt: skip
        self.case.taken.append(taking)
        words = _MEASURE_WORDS[measure]
        self.case.note(Moment(self.now, "command", words, command_id=taking.command_id, event_id=self.case.caused_by))
        return commands.take(self, taking)

    # -- the takings' tables ---------------------------------------------------------------------------------

    def _happens(self, taking: Taking, happening: Happening) -> Decided:
        """Follow the row, if there is one."""
        found = BY_ITSELF.get((taking.status, happening))
        return self._befalls(taking, *found) if found is not None else []

    def _befalls(self, taking: Taking, status: TakenStatus, follows: FollowUp) -> Decided:
        """Nowhere else does a measure come to another status."""
        taking.status = status
        return list(_FOLLOWS[follows](self, taking))

    def _settle(self, taking: Taking) -> Iterator[Decision]:
        """It is done: no attempt is due any more."""
        taking.retry_at = 0
        yield from ()

    def _hold(self, taking: Taking) -> Iterator[Decision]:
        taking.retry_at = 0
        yield from _intercepted(self.case, taking)

    def _approve(self, taking: Taking) -> Iterator[Decision]:
        taking.approved = True
        yield commands.take(self, taking, approved=True)

    def _decline(self, taking: Taking) -> Iterator[Decision]:
        yield commands.done(self, taking.command_id)

    def _retry(self, taking: Taking) -> Iterator[Decision]:
        """Try it again after a while, each time after a longer one."""
        attempt = taking.return_attempt if taking.return_id else taking.attempt
        if attempt > self.playbook.retries:
            yield from self._happens(taking, "tried_enough")
            return
        taking.retry_at = self.now + 1000 * self.playbook.retry_s * 2 ** (attempt - 1)
        if self.case.state == "closed":  # what is still to be given back keeps it from being forgotten
            keep = int(self.playbook.keep_closed_h * HOUR_MS)
            self.case.forget_due = max(self.case.forget_due, taking.retry_at + keep)

    def _order(self, taking: Taking) -> Iterator[Decision]:
        """What is still on its way, under its own id."""
        taking.level = self.case.level
        yield commands.take(self, taking)

    def _order_again(self, taking: Taking) -> Iterator[Decision]:
        """Another attempt, once. The one that failed stays on the list: it may have worked."""
        attempt = taking.attempt + 1
        again = commands.taking_id(self.case, taking.measure, taking.target, attempt)
        if any(other.command_id == again for other in self.case.taken):
            return
        if taking.until <= self.now or len(self.case.taken) >= TAKEN_MAX:
            yield from self._happens(taking, "no_room")
            return
        fresh = structs.replace(taking, attempt=attempt, status="ordered", command_id=again, approved=False)
        self.case.taken.append(fresh)
        yield commands.take(self, fresh)

    def _give_back(self, taking: Taking) -> Iterator[Decision]:
        """Give it back. What was perhaps never taken is asked back too: the desk knows what went out."""
        taking.retry_at = 0
        if MEASURES[taking.measure].undo is None:
            return
        taking.return_attempt += 1
        taking.by_hand = False
        taking.return_id = commands.return_id(self.case, taking)
        words = f"{_MEASURE_WORDS[taking.measure]}: given back"
        self.case.note(Moment(self.now, "taken_back", words, command_id=taking.return_id))
        yield commands.give_back(self, taking)

    def _by_hand(self, taking: Taking) -> Iterator[Decision]:
        """Leave it to a human, once."""
        if not taking.by_hand:
            taking.by_hand = True
            self.case.note(Moment(self.now, "command", f"{_MEASURE_WORDS[taking.measure]}: to be seen to by hand"))
            yield commands.by_hand(self, taking)

    def _nothing(self, taking: Taking) -> Iterator[Decision]:
        yield from ()

    # -- the record ------------------------------------------------------------------------------------------

    def recorded(self, changed: bool) -> Decided:
        if not changed:
            return []
        self.case.updated_at = self.now
        return [Output(CASES, self.case.case_id, case_record(self.case, self.key, commands.versions(self)))]


_DO: Mapping[Action, Callable[[_Turn], Iterator[Decision]]] = {
    "cut": _Turn._cut, "again": _Turn._again, "ack": _Turn._ack, "contact": _Turn._contact, "calm": _Turn._calm,
    "watch": _Turn._watch, "wait": _Turn._wait, "open": _Turn._open, "open_again": _Turn._open_again,
    "close": _Turn._close, "forget": _Turn._forget,
}  # fmt: skip
"""The others talk to the person."""

_FOLLOWS: Mapping[FollowUp, Callable[[_Turn, Taking], Iterator[Decision]]] = {
    "hold": _Turn._hold, "settle": _Turn._settle, "approve": _Turn._approve, "decline": _Turn._decline,
    "retry": _Turn._retry, "order": _Turn._order, "order_again": _Turn._order_again, "give_back": _Turn._give_back,
    "by_hand": _Turn._by_hand, "nothing": _Turn._nothing,
}  # fmt: skip

_STEP_WORDS = {
    "text": "warning text", "bot": "call by the voice bot", "call": "call by an officer",
    "visit": "visit by the station or the area squad", "centre": "the command centre takes over",
}  # fmt: skip
_MEASURE_WORDS = {
    "stop_payment": "stop the payment at the payee's", "freeze": "freeze the account", "suspend": "suspend the phone",
    "suspend_incoming": "bar incoming calls", "force_login": "force a new login",
}  # fmt: skip


def _given_back(case: CaseFile | None) -> list[Taking]:
    """What a case that is over has given back; the latest, where that is much."""
    return [taking for taking in case.takings() if taking.return_id][-TAKEN_MAX:] if case is not None else []


def _may_wait(taking: Taking, case: CaseFile, now: int) -> bool:
    """Whether nobody has done it yet, it was ordered at a lower level, and its time is not over."""
    raised = taking.status == "ordered" and _above(case.level, taking.level)
    return raised and not taking.approved and taking.until > now and MEASURES[taking.measure].undo is not None


def _above(level: Level, other: Level) -> bool:
    return LEVELS.index(level) < LEVELS.index(other)


def _in_words(case: CaseFile, signal: Signal) -> str:
    first = signal.reasons[0].text if signal.reasons else "no single reason"
    return f"{case.level}, {signal.typology}, score {signal.score:.2f}: {first}"


def _taken_as(outcome: Outcome, taken: str) -> Count:
    return Count("outcomes", (outcome.outcome, taken))


def _first_contact(case: CaseFile, now: int) -> Iterator[Sample]:
    """Note that somebody speaks to the person; how long it took counts the first time."""
    if not case.contacted_at:
        case.contacted_at = now
        yield Sample("first_contact", (case.level,), (now - case.opened_at) / 1000)


def _intercepted(case: CaseFile, taking: Taking) -> Iterator[Count]:
    """Count what is held now. Of several attempts at the same thing only one counts while it holds."""
    alike = (taking.measure, taking.target, taking.run)
    if any(t is not taking and t.status == "held" and (t.measure, t.target, t.run) == alike for t in case.taken):
        return
    about = (case.typology, _area(case))
    yield Count("interceptions", (MEASURES[taking.measure].action, *about))
    if taking.amount_minor:
        yield Count("money_held", about, taking.amount_minor)


def _area(case: CaseFile) -> str:
    return case.area or "unknown"


def _heard(decisions: Decided) -> bool:
    return any(isinstance(s, Count) and s.metric == "outcomes" and s.labels[1] == "taken" for s in decisions)
