"""The `relay` reducer: a signal, an outcome or a deadline in, the case moved on, and what follows from it.

    signal, outcome, deadline ─► trigger ─► the row of the table ─► its actions ─► commands, and the case record

Pure: time is an argument. What is read here is in three tables: `table` (the relay), `takings` (what is taken and given
back) and the playbook (deadlines and measures).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import structs

from agents.relay import commands
from agents.relay.case import PAYMENTS_MAX, SENT_MAX, CaseFile, Moment, Step, Taking, Why
from agents.relay.playbook import Playbook
from agents.relay.record import case_record
from agents.relay.table import RISE, ROWS, TALKING, Action, Row, Trigger
from agents.relay.takings import MEASURES, TOLD, TOLD_OF_RETURN
from schemas.cases import TAKEN_MAX, ClosedAs
from schemas.events import Outcome
from schemas.fields import LEVELS, Level
from schemas.orders import Signal
from schemas.spans import HOUR_MS
from schemas.topics import CASES, Output
from streams.core.duty import Count, Decision, Sample

ABOUT_THE_PERSON = frozenset({"reached", "persuaded", "false_alarm"})
"""Word of the person counts whichever step it is told of; the rest only of the step that is on."""
FIRST_WORDS = frozenset({"acknowledged", "executed"})
LAST_WORDS = frozenset({"persuaded", "refused", "unreachable", "failed", "rejected", "expired", "false_alarm"})
"""After one of these an officer is free again."""
Decided = list[Decision]


class Relay:
    """Runs one person's case at a time.

    Args:
        playbook: deadlines and measures; may be replaced while this runs.
    """

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self._do: dict[Action, Callable[[CaseFile, str, int], Iterator[Decision]]] = {
            **{action: partial(self._talk, action) for action in ("text", "bot", "call", "visit", "centre")},
            "cut": self._cut, "again": self._again, "ack": self._ack, "contact": self._contact, "watch": self._watch,
            "close": self._close,
        }  # type: ignore[arg-type]  # fmt: skip

    # -- signals ---------------------------------------------------------------------------------------------

    def signal(self, case: CaseFile | None, key: str, signal: Signal) -> tuple[CaseFile | None, Decided]:
        """What `victims` thinks of the person now."""
        level = self._level_of(signal)
        if case is None or case.case_id != signal.case_id:
            if level is None or level == "blue":
                return case, []
            decisions = self._end(case, key, signal.at) if case is not None and case.state != "closed" else []
            case = CaseFile(signal.case_id, signal.at, signal.at, before=_given_back(case))
        else:
            decisions = []
        now = max(signal.at, case.updated_at)
        trigger = self._trigger(case, signal, level)
        self._take_in(case, signal)
        if case.state in ("opened", "closed") and (case.state, trigger) in ROWS:
            decisions.append(Count("cases_opened", (case.typology, _area(case))))
        if level is not None and level != "blue" and (case.state == "opened" or _above(level, case.level)):
            case.level = level
        if trigger is not None:
            case.note(Moment(now, "evidence", _in_words(case, signal), event_id=signal.event_id))
            decisions += self._walk(case, key, now, trigger)
            if case.state in TALKING:
                case.quiet_due = now + self._hours(self.playbook.quiet_h.calm)
        decisions += self._widen(case, key, now)
        return case, [*decisions, *self._recorded(case, key, now, bool(decisions))]

    def _level_of(self, signal: Signal) -> Level | None:
        """A call in progress with money leaving is red, whatever the score says."""
        on_line = any(reason.code in self.playbook.on_line_is_red for reason in signal.reasons)
        return "red" if on_line and signal.level not in (None, "blue") else signal.level

    def _trigger(self, case: CaseFile, signal: Signal, level: Level | None) -> Trigger | None:
        """What a signal means for the case as it stands; None where it changes nothing."""
        if level is None or level == "blue":
            return None
        if case.state == "opened" or _above(level, case.level):
            return RISE[level]
        if case.state == "closed" and case.closed_as == "false_alarm":
            return None  # what was looked at and found harmless must get worse before anybody is bothered again
        known = {payment.event_id for payment in case.payments}
        pays = any(payment.event_id == signal.event_id for payment in signal.payments)
        return "transfer" if pays and signal.event_id not in known else None

    def _take_in(self, case: CaseFile, signal: Signal) -> None:
        """Keep what commands are made from."""
        case.typology, case.score, case.script = signal.typology, signal.score, signal.script
        case.judged_by, case.caused_by, case.area = signal.policy_version, signal.event_id, signal.area
        case.handles = list(signal.handles)
        case.reasons = [Why(r.code, r.weight, r.text, r.text_zh, list(r.event_ids)) for r in signal.reasons]
        known = {payment.event_id for payment in case.payments}
        case.payments += [payment for payment in signal.payments if payment.event_id not in known]
        del case.payments[:-PAYMENTS_MAX]

    def _widen(self, case: CaseFile, key: str, now: int) -> Decided:
        """A further mule of a case whose measures are taken is stopped too."""
        if case.state in ("opened", "watching", "closed") or not any(t.run == case.run for t in case.taken):
            return []
        return list(self._cut(case, key, now))

    # -- outcomes --------------------------------------------------------------------------------------------

    def outcome(self, case: CaseFile | None, key: str, outcome: Outcome, now: int) -> tuple[CaseFile | None, Decided]:
        """What became of a command. `now` is when it is heard of: word of long ago sets no deadline in the past."""
        if case is None:
            return None, [_taken_as(outcome, "unknown")]
        now = max(outcome.occurred_at, case.updated_at, now)
        decisions = self._told_of(case, key, outcome, now)
        return case, [*decisions, *self._recorded(case, key, now, _heard(decisions))]

    def _told_of(self, case: CaseFile, key: str, outcome: Outcome, now: int) -> Decided:
        """Find out what a word is about."""
        about = outcome.command_id
        for taking in case.takings():
            if taking.command_id == about:
                return self._told_of_taking(case, taking, key, outcome, now)
            if taking.return_id == about:
                return self._told_of_return(case, taking, key, outcome, now)
        for step in case.steps:
            if step.command_id == about:
                return self._told(case, step, key, outcome, now)
        return [_taken_as(outcome, "unknown")]

    def _told(self, case: CaseFile, step: Step, key: str, outcome: Outcome, now: int) -> Decided:
        """Word of an attempt to talk to the person."""
        told = outcome.outcome
        if step.told == told:
            return [_taken_as(outcome, "repeated")]
        is_on = case.state in TALKING and step is case.steps[-1]
        if case.state == "closed" or not (is_on or told in ABOUT_THE_PERSON):
            return [_taken_as(outcome, "late")]
        if step.told in LAST_WORDS and not is_on:
            return [_taken_as(outcome, "contradictory")]
        step.told = told
        self._note_outcome(case, outcome, now)
        trigger: Any = "acknowledged" if told in FIRST_WORDS else told
        if (case.state, trigger) not in ROWS:
            return [_taken_as(outcome, "contradictory")]
        freed = [commands.done(case, step.command_id, now)] if step.at_desk and told in LAST_WORDS else []
        step.at_desk &= not freed
        return [_taken_as(outcome, "taken"), *freed, *self._walk(case, key, now, trigger)]

    def _told_of_taking(self, case: CaseFile, taking: Taking, key: str, outcome: Outcome, now: int) -> Decided:
        """Word of a measure."""
        found = TOLD.get((taking.status, outcome.outcome))
        if found is not None and found[1] == "approve" and (taking.approved or taking.until <= now):
            found = None  # a yes counts once, and not when the time is over
        if found is None:
            return [_taken_as(outcome, "repeated" if taking.status == "held" else "late")]
        status, deed = found
        self._note_outcome(case, outcome, now)
        taking.status = status
        decisions: Decided = [_taken_as(outcome, "taken")]
        if status == "held":
            taking.retry_at = 0
            decisions += _intercepted(case, taking) if outcome.outcome == "executed" else []
        if deed == "retry":
            decisions += self._try_again(case, taking, key, now, taking.attempt)
        elif deed == "approve":
            taking.approved = True
            decisions.append(commands.take(case, taking, key, now, self.playbook, approved=True))
        elif deed == "decline":
            decisions.append(commands.done(case, taking.command_id, now))
        elif deed == "give_back":
            decisions += self._return(case, taking, key, now)
        return decisions

    def _told_of_return(self, case: CaseFile, taking: Taking, key: str, outcome: Outcome, now: int) -> Decided:
        """Word of something given back."""
        deed = TOLD_OF_RETURN.get(outcome.outcome)
        if deed is None:
            return [_taken_as(outcome, "contradictory")]
        self._note_outcome(case, outcome, now)
        if outcome.outcome == "executed":
            taking.retry_at = 0
        again = self._try_again(case, taking, key, now, taking.return_attempt) if deed == "retry" else []
        return [_taken_as(outcome, "taken"), *again]

    def _try_again(self, case: CaseFile, taking: Taking, key: str, now: int, attempt: int) -> Decided:
        if attempt <= self.playbook.retries:
            taking.retry_at = now + 1000 * self.playbook.retry_s * 2 ** (attempt - 1)
            if case.state == "closed":  # what is still to be given back keeps it from being forgotten
                keep = self._hours(self.playbook.keep_closed_h)
                case.forget_due = max(case.forget_due, taking.retry_at + keep)
            return []
        return self._leave(case, taking, key, now)

    def _leave(self, case: CaseFile, taking: Taking, key: str, now: int) -> Decided:
        """Leave it to a human, once."""
        if taking.by_hand:
            return []
        taking.by_hand = True
        case.note(Moment(now, "command", f"{_MEASURE_WORDS[taking.measure]}: to be seen to by hand"))
        return [commands.by_hand(case, taking, key, now, self.playbook)]

    def _note_outcome(self, case: CaseFile, outcome: Outcome, now: int) -> None:
        words = outcome.outcome.replace("_", " ")
        case.note(Moment(now, "outcome", words, outcome.actor, outcome.command_id, note=outcome.note))

    # -- deadlines -------------------------------------------------------------------------------------------

    def on_timer(self, case: CaseFile, key: str, now: int) -> tuple[CaseFile | None, Decided]:
        """Every deadline that is over."""
        if 0 < case.forget_due <= now:
            case.strip()
            return case, []
        decisions: Decided = []
        for taking in case.takings():
            if 0 < taking.retry_at <= now:
                decisions += self._retry(case, taking, key, now)
            if taking.status in ("ordered", "held") and taking.until <= now:
                decisions += self._return(case, taking, key, now)
        for due, trigger in (("quiet_due", "quiet"), ("ack_due", "ack_overdue"), ("reach_due", "reach_overdue")):
            if 0 < getattr(case, due) <= now:
                setattr(case, due, 0)
                decisions += self._overdue(case, key, now, trigger)
        return case, [*decisions, *self._recorded(case, key, now, bool(decisions))]

    def _overdue(self, case: CaseFile, key: str, now: int, trigger: Any) -> Decided:
        if (case.state, trigger) not in ROWS:
            return []
        case.note(Moment(now, "timer", trigger.replace("_", " ")))
        counted = [Count("overdue", (case.state, case.level))] if trigger != "quiet" else []
        return [*counted, *self._walk(case, key, now, trigger)]

    def _retry(self, case: CaseFile, taking: Taking, key: str, now: int) -> Decided:
        """Order it again, or give it back again. An attempt that failed stays on the list: it may have worked."""
        taking.retry_at = 0
        if taking.return_id:
            return self._give_back(case, taking, key, now)
        attempt = taking.attempt + 1
        again = commands.taking_id(case, taking.measure, taking.target, attempt)
        if any(other.command_id == again for other in case.taken):
            return []
        if taking.until <= now or len(case.taken) >= TAKEN_MAX:
            return self._leave(case, taking, key, now)
        fresh = structs.replace(taking, attempt=attempt, status="ordered", command_id=again, approved=False)
        case.taken.append(fresh)
        return [commands.take(case, fresh, key, now, self.playbook)]

    # -- the table's actions ---------------------------------------------------------------------------------

    def _walk(self, case: CaseFile, key: str, now: int, trigger: Trigger) -> Decided:
        """Follow the arrow, if there is one."""
        row: Row | None = ROWS.get((case.state, trigger))
        if row is None:
            return []
        decisions: Decided = []
        if row.state == "closed":
            self._open_again(case)
        if row.to != case.state:
            decisions.append(Count("case_steps", (row.to,)))
        case.state = row.to
        if trigger == "false_alarm":
            case.closed_as = "false_alarm"
        for action in row.do:
            decisions.extend(self._do[action](case, key, now))
        return decisions

    def _open_again(self, case: CaseFile) -> None:
        case.run += 1
        case.tries.clear()
        case.closed_at, case.closed_as, case.forget_due = 0, None, 0

    def _talk(self, action: Action, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        """The next step takes over from the one that was on."""
        yield from self._drop_step(case, now)
        case.closed_as = None
        attempt = case.tries.get(action, 0) + 1
        if attempt > self.playbook.attempts[action]:  # type: ignore[index]
            case.ack_due = case.reach_due = 0
            yield from self._pass_over(case, action, key, now)
            return
        case.tries[action] = attempt
        step = Step(commands.step_id(case, action, attempt, key), action, attempt, at_desk=action in commands.DESKED)
        case.steps.append(step)
        del case.steps[:-SENT_MAX]
        level: Any = case.level
        case.ack_due = now + 1000 * self.playbook.ack_s[level]
        case.reach_due = now + 1000 * self.playbook.reach_s[level]
        case.note(Moment(now, "command", _STEP_WORDS[action], command_id=step.command_id, event_id=case.caused_by))
        yield commands.talk(case, step, key, now, self.playbook)

    def _pass_over(self, case: CaseFile, action: Action, key: str, now: int) -> Iterator[Decision]:
        """A step that was tried often enough is as good as one that did not help; after the last one, wait."""
        case.note(Moment(now, "state", f"{_STEP_WORDS[action]}: tried often enough"))
        if action != "centre":
            yield from self._walk(case, key, now, "failed")

    def _drop_step(self, case: CaseFile, now: int) -> Iterator[Output]:
        for step in case.steps:
            if step.at_desk:
                step.at_desk = False
                yield commands.done(case, step.command_id, now)

    def _again(self, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        """The step that is on, by somebody else. Whoever had it is free, and at a shift's end is so already."""
        yield from self._talk(case.steps[-1].action, case, key, now)  # type: ignore[arg-type]

    def _ack(self, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        case.ack_due = 0
        yield from ()

    def _contact(self, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        """Somebody speaks to the person: from here on the word is awaited."""
        case.ack_due = 0
        case.reach_due = now + 1000 * self.playbook.word_s
        yield from _first_contact(case, now)

    def _watch(self, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        """Persuaded: whether it lasts is seen in the next hours."""
        yield from _first_contact(case, now)
        case.ack_due = case.reach_due = 0
        case.quiet_due = now + self._hours(self.playbook.quiet_h.persuaded)
        case.closed_as = "safe"
        yield from self._drop_step(case, now)

    def _close(self, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        """Give everything back."""
        closed_as: ClosedAs = case.closed_as or "quiet"
        case.closed_as, case.closed_at = closed_as, now
        case.ack_due = case.reach_due = case.quiet_due = 0
        case.forget_due = now + self._hours(self.playbook.keep_closed_h)
        yield from self._drop_step(case, now)
        for taking in case.taken:
            yield from self._return(case, taking, key, now)
        case.note(Moment(now, "state", f"closed: {closed_as.replace('_', ' ')}"))
        yield Count("cases_closed", (closed_as, case.typology))

    def _end(self, case: CaseFile, key: str, now: int) -> Decided:
        """The episode is over for `victims`: close what is still open before the next case begins."""
        now = max(now, case.updated_at)
        case.state = "closed"
        decisions: Decided = [Count("case_steps", ("closed",)), *self._close(case, key, now)]
        return [*decisions, *self._recorded(case, key, now, changed=True)]

    # -- taking and giving back ------------------------------------------------------------------------------

    def _cut(self, case: CaseFile, key: str, now: int) -> Iterator[Decision]:
        """Everything that the level takes and that is not taken yet. What the desk may have held back at a lower level
        is ordered once more, under its own id: the desk lets it pass if it has not."""
        level: Any = case.level
        for measure in self.playbook.measures[level]:
            for target in self._targets(case, measure, key):
                held = self._held(case, measure, target)
                if held is None:
                    yield from self._take(case, measure, target, key, now)
                elif _may_wait(held, case, now):
                    held.level = case.level
                    yield commands.take(case, held, key, now, self.playbook)

    def _take(self, case: CaseFile, measure: str, target: str, key: str, now: int) -> Iterator[Decision]:
        """Order it; where the case holds as much as it can, say so once, to a human."""
        if len(case.taken) < TAKEN_MAX:
            yield self._order(case, measure, target, key, now)
        elif case.full_told < case.run:
            case.full_told = case.run
            case.note(Moment(now, "command", "no more measures fit: the command centre is asked to see to the rest"))
            yield Count("full_cases", (case.level,))
            yield commands.full(case, key, now, self.playbook)

    def _targets(self, case: CaseFile, measure: str, key: str) -> list[str]:
        if measure == "force_login":
            return case.handles
        if measure == "stop_payment":
            return list(dict.fromkeys(payment.payee for payment in case.payments))
        if measure == "freeze":
            return list(dict.fromkeys(payment.payer for payment in case.payments))
        return [key]

    def _held(self, case: CaseFile, measure: str, target: str) -> Taking | None:
        """What is taken, or about to be. A suspended phone need not be suspended for incoming calls too."""
        wider = {measure, "suspend"} if MEASURES[measure].action == "suspend" else {measure}
        found = [t for t in case.taken if t.target == target and t.run == case.run and t.measure in wider]
        return found[-1] if found else None

    def _order(self, case: CaseFile, measure: str, target: str, key: str, now: int) -> Output:
        action = MEASURES[measure].action
        until = now + self._hours(getattr(self.playbook.expires_h, action))
        amount = sum(p.amount_minor for p in case.payments if p.payee == target) if measure == "stop_payment" else 0
        taking = Taking(
            commands.taking_id(case, measure, target, 1), measure, target, until, amount, run=case.run, level=case.level
        )  # fmt: skip
        case.taken.append(taking)
        words = _MEASURE_WORDS[measure]
        case.note(Moment(now, "command", words, command_id=taking.command_id, event_id=case.caused_by))
        return commands.take(case, taking, key, now, self.playbook)

    def _return(self, case: CaseFile, taking: Taking, key: str, now: int) -> Decided:
        """Give one thing back, once. What was perhaps never taken is asked back too: the desk knows what went out."""
        if taking.status == "given_back":
            return []
        taking.status, taking.retry_at = "given_back", 0
        return self._give_back(case, taking, key, now) if MEASURES[taking.measure].undo is not None else []

    def _give_back(self, case: CaseFile, taking: Taking, key: str, now: int) -> Decided:
        taking.return_attempt += 1
        taking.by_hand = False
        taking.return_id = commands.return_id(case, taking)
        words = f"{_MEASURE_WORDS[taking.measure]}: given back"
        case.note(Moment(now, "taken_back", words, command_id=taking.return_id))
        return [commands.give_back(case, taking, key, now, self.playbook)]

    # -- the record ------------------------------------------------------------------------------------------

    def _recorded(self, case: CaseFile, key: str, now: int, changed: bool) -> Decided:
        if not changed:
            return []
        case.updated_at = now
        return [Output(CASES, case.case_id, case_record(case, key, commands.versions(case, self.playbook)))]

    def _hours(self, hours: float) -> int:
        return int(hours * HOUR_MS)


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
