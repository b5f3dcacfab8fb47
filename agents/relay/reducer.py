"""The `relay` reducer: a signal, an outcome or a deadline in, the case moved on, and what follows from it.

    signal, outcome, deadline ─► trigger ─► the row of the table ─► its actions ─► commands, and the case record

Pure: time is an argument. What is read here is in three tables: `table` (the relay), `takings` (what is taken and
given back, walked in `taking`) and the playbook (deadlines and measures). Here, what comes is given the name of a
trigger; what it leads to, the tables say. A state and how a case closes are written in `_follow` only.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import structs

from agents.relay import commands
from agents.relay.case import PAYMENTS_MAX, SENT_MAX, CaseFile, Detail, Moment, Step, Taking, Why
from agents.relay.playbook import Playbook
from agents.relay.record import case_record
from agents.relay.suspicion import suspects, tied
from agents.relay.table import (
    CHANNEL,
    DEADLINES,
    LAST_WORDS,
    MACHINES,
    RISE,
    TALKING,
    USED_UP,
    WORDS,
    Action,
    Row,
    Trigger,
    Word,
    arrow,
)
from agents.relay.taking import Takings, area_of
from agents.relay.takings import TOLD_OF_RETURN
from schemas.cases import TAKEN_MAX
from schemas.events import Outcome
from schemas.fields import Level, above
from schemas.orders import Particulars, Payment, Signal
from schemas.spans import HOUR_MS
from schemas.topics import CASES, Output, Topic, outcomes_of
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

    def outcome(
        self, case: CaseFile | None, key: str, outcome: Outcome, now: int, topic: Topic
    ) -> tuple[CaseFile | None, Decided]:
        """What became of a command.

        Args:
            now: when it is heard of: word of long ago sets no deadline in the past.
            topic: on which it was said: whose word it is.
        """
        if case is None:
            return None, [_taken_as(outcome, "unknown")]
        turn = _Turn(self.playbook, case, key, max(outcome.occurred_at, case.updated_at, now))
        decisions = turn.outcome(outcome, topic)
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


class _Turn(Takings):
    """One step, and what the tables' words stand for."""

    # -- signals ---------------------------------------------------------------------------------------------

    def signal(self, signal: Signal, level: Level | None) -> Decided:
        """What `victims` thinks of the person now, and how urgent that is."""
        decisions: Decided = []
        fresh = self._fresh_payment(signal)
        known = {payment.payee for payment in self.case.payments}
        suspect = len(suspects(self.case, self.playbook.tied_min))
        self._take_in(signal)
        row = self._arrow(self._trigger(level, fresh, known))
        anew = self.case.state == "opened" or (row is not None and self.case.state == "closed")
        if level is not None and level != "blue" and (anew or above(level, self.case.level)):
            self.case.level = level
        if row is not None:
            self.case.note(Moment(self.now, "evidence", _in_words(self.case, signal), event_id=signal.event_id))
            decisions += self._follow(row)
        more = len(suspects(self.case, self.playbook.tied_min)) > suspect
        if more or any(taking.run == self.case.run for taking in self.case.taken):
            decisions += self.walk("further_mule")
        return decisions

    def _fresh_payment(self, signal: Signal) -> Payment | None:
        """The payment that the signal is upon, where it is not known yet."""
        known = {payment.event_id for payment in self.case.payments}
        new = (payment for payment in signal.payments if payment.event_id not in known)
        return next((payment for payment in new if payment.event_id == signal.event_id), None)

    def _trigger(self, level: Level | None, fresh: Payment | None, known: set[str]) -> Trigger | None:
        """What a signal means for the case as it stands; None where it says nothing new."""
        if level is None or level == "blue":
            return None
        if self.case.state == "opened" or above(level, self.case.level):
            return RISE[level]
        if fresh is None:
            return None
        return "fresh_money" if self.case.state == "closed" and self._is_news(fresh, known) else "transfer"

    def _is_news(self, payment: Payment, known: set[str]) -> bool:
        """Whether what was said when the case was closed does not speak for a suspect payment: it goes to somebody
        else, or hours have passed in which the person may have been talked round."""
        believed_until = self.case.closed_at + int(self.playbook.believed_h * HOUR_MS)
        suspect = self.case.detail(payment.event_id).against >= self.playbook.tied_min
        return suspect and (payment.payee not in known or self.now >= believed_until)

    def _take_in(self, signal: Signal) -> None:
        """Keep what commands are made from."""
        self.case.typology, self.case.score, self.case.script = signal.typology, signal.score, signal.script
        self.case.judged_by, self.case.caused_by, self.case.area = signal.policy_version, signal.event_id, signal.area
        self.case.handles = list(signal.handles)
        self.case.reasons = [Why(r.code, r.weight, r.text, r.text_zh, list(r.event_ids)) for r in signal.reasons]
        known = {payment.event_id for payment in self.case.payments}
        new = [payment for payment in signal.payments if payment.event_id not in known]
        if new:  # whoever said that it was a false alarm did not speak of these
            self.case.alarm_step = self.case.alarm_actor = ""
        self.case.payments += new
        del self.case.payments[:-PAYMENTS_MAX]
        self._take_in_details(signal)

    def _take_in_details(self, signal: Signal) -> None:
        against = tied(signal, self.playbook.tied)
        told = {payment.event_id: signal.particulars.get(payment.event_id, _NO_WORD) for payment in signal.payments}
        details = {}
        for event in (payment.event_id for payment in self.case.payments):
            held = self.case.detail(event)
            transaction_id, posted, own, shared = told.get(event, _NO_WORD)
            details[event] = Detail(
                transaction_id or held.transaction_id, posted or held.posted, own or held.own,
                max(held.against, against.get(event, 0.0)), held.cleared, shared or held.shared,
            )  # fmt: skip
        self.case.details = details

    # -- outcomes --------------------------------------------------------------------------------------------

    def outcome(self, outcome: Outcome, topic: Topic) -> Decided:
        """Find out what a word is about. It counts from those only to whom the command went."""
        found = self._asked(outcome)
        if found is None:
            return [_taken_as(outcome, "unknown")]
        theirs, told = found
        return told(outcome) if topic is theirs else [_taken_as(outcome, "not_theirs")]

    def _asked(self, outcome: Outcome) -> tuple[Topic, Callable[[Outcome], Decided]] | None:
        """Who has a say in what a word is about, by their topic, and what follows from their word."""
        about, word = outcome.command_id, outcome.outcome
        for taking in self.case.takings():
            if taking.command_id == about:
                return outcomes_of(word, taking.measure), partial(self._told_of_taking, taking)
            if taking.return_id == about:
                return outcomes_of(word, "release"), partial(self._told_of_return, taking)
        for step in self.case.steps:
            if step.command_id == about:
                return outcomes_of(word, "dissuade", CHANNEL.get(step.action)), partial(self._told, step)
        return None

    def _told(self, step: Step, outcome: Outcome) -> Decided:
        """Word of an attempt to talk to the person."""
        told, word = outcome.outcome, WORDS[outcome.outcome]
        if step.told == told:
            return [_taken_as(outcome, "repeated")]
        is_on = self.case.state in TALKING and step is self.case.steps[-1]
        if self.case.state == "closed" or not (is_on or (word.of_person and step.action not in MACHINES)):
            return [_taken_as(outcome, "late")]
        if step.told in LAST_WORDS and not is_on:
            return [_taken_as(outcome, "contradictory")]
        step.told = told
        self._note_outcome(outcome)
        row = self._arrow(self._meant(word, step, outcome))
        if row is None:
            return [_taken_as(outcome, "contradictory")]
        freed = [commands.done(self, step.command_id)] if step.at_desk and word.last else []
        step.at_desk &= not freed
        return [_taken_as(outcome, "taken"), *freed, *self._follow(row)]

    def _meant(self, word: Word, step: Step, outcome: Outcome) -> Trigger | None:
        """What a word is worth: where money is in it, a false alarm takes two officers. They are told apart by the
        steps that they were given, and by their names where they give them."""
        if word.on != "false_alarm" or not (self.case.level == "red" and suspects(self.case, self.playbook.tied_min)):
            return word.on
        first, name = self.case.alarm_step, self.case.alarm_actor
        self.case.alarm_step, self.case.alarm_actor = step.command_id, outcome.actor or ""
        another = first not in ("", step.command_id) and not (name and name == outcome.actor)
        return "false_alarm" if another else "one_false_alarm"

    def _told_of_taking(self, taking: Taking, outcome: Outcome) -> Decided:
        """Word of a measure."""
        stood = taking.status
        decisions = self.told_of_taking(taking, outcome.outcome)
        if decisions is None:
            return [_taken_as(outcome, "repeated" if stood == "held" else "late")]
        self._note_outcome(outcome)
        return [_taken_as(outcome, "taken"), *decisions]

    def _told_of_return(self, taking: Taking, outcome: Outcome) -> Decided:
        """Word of something given back."""
        follows = TOLD_OF_RETURN.get(outcome.outcome)
        if follows is None:
            return [_taken_as(outcome, "contradictory")]
        self._note_outcome(outcome)
        return [_taken_as(outcome, "taken"), *self.told_of_return(taking, follows)]

    def _note_outcome(self, outcome: Outcome) -> None:
        words = outcome.outcome.replace("_", " ")
        self.case.note(Moment(self.now, "outcome", words, outcome.actor, outcome.command_id, note=outcome.note))

    # -- deadlines -------------------------------------------------------------------------------------------

    def on_timer(self) -> Decided:
        """Every deadline that is over."""
        if 0 < self.case.forget_due <= self.now:
            return self.walk("kept_long_enough")
        decisions: Decided = []
        for taking in self.case.takings():
            if 0 < taking.retry_at <= self.now:
                taking.retry_at = 0
                decisions += self.happens(taking, "retry_due")
            if taking.until <= self.now:
                decisions += self.happens(taking, "time_over")
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
        decisions = self.walk("next_episode")
        return [*decisions, *self.recorded(bool(decisions))]

    # -- the relay's table -----------------------------------------------------------------------------------

    def _arrow(self, trigger: Trigger | None) -> Row | None:
        return arrow(self.case.state, self.case.closed_as, trigger)

    def walk(self, trigger: Trigger) -> Decided:
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
        yield Count("cases_opened", (self.case.typology, area_of(self.case)))

    def _open_again(self) -> Iterator[Decision]:
        """Another run: its steps may be tried as often as those of the first."""
        yield from self._open()
        self.case.run += 1
        self.case.tries.clear()
        self.case.alarm_step = self.case.alarm_actor = ""
        self.case.closed_at = self.case.forget_due = 0

    def _talk(self, action: Action) -> Iterator[Decision]:
        """The next step takes over from the one that was on; one that was tried often enough is passed over."""
        yield from self._drop_step()
        attempt = self.case.tries.get(action, 0) + 1
        if attempt > self.playbook.attempts[action]:  # type: ignore[index]
            self.case.note(Moment(self.now, "state", f"{_STEP_WORDS[action]}: tried often enough"))
            yield from self.walk(USED_UP[action])
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
        if closed_as == "false_alarm":
            self.case.details = {event: structs.replace(d, cleared=True) for event, d in self.case.details.items()}
        for taking in self.case.taken:
            yield from self.happens(taking, "case_over")
        self.case.note(Moment(self.now, "state", f"closed: {closed_as.replace('_', ' ')}"))
        yield Count("cases_closed", (closed_as, self.case.typology))

    def _forget(self) -> Iterator[Decision]:
        self.case.strip()
        yield from ()

    # -- the record ------------------------------------------------------------------------------------------

    def recorded(self, changed: bool) -> Decided:
        if not changed:
            return []
        self.case.updated_at = self.now
        return [Output(CASES, self.case.case_id, case_record(self.case, self.key, commands.versions(self)))]


_DO: Mapping[Action, Callable[[_Turn], Iterator[Decision]]] = {
    "cut": _Turn.cut, "hold": _Turn.hold_back,
    "again": _Turn._again, "ack": _Turn._ack, "contact": _Turn._contact, "calm": _Turn._calm,
    "watch": _Turn._watch, "wait": _Turn._wait, "open": _Turn._open, "open_again": _Turn._open_again,
    "close": _Turn._close, "forget": _Turn._forget,
}  # fmt: skip
"""The others talk to the person."""

_STEP_WORDS = {
    "text": "warning text", "bot": "call by the voice bot", "call": "call by an officer",
    "visit": "visit by the station or the area squad", "centre": "the command centre takes over",
    "family": "call to somebody close to the person", "station": "the police station of their home is asked",
}  # fmt: skip

_NO_WORD = Particulars()


def _given_back(case: CaseFile | None) -> list[Taking]:
    """What a case that is over has given back; the latest, where that is much."""
    return [taking for taking in case.takings() if taking.return_id][-TAKEN_MAX:] if case is not None else []


def _in_words(case: CaseFile, signal: Signal) -> str:
    first = signal.reasons[0].text if signal.reasons else "no single reason"
    return f"{case.level}, {signal.typology}, score {signal.score:.2g}: {first}"


def _taken_as(outcome: Outcome, taken: str) -> Count:
    return Count("outcomes", (outcome.outcome, taken))


def _first_contact(case: CaseFile, now: int) -> Iterator[Sample]:
    """Note that somebody speaks to the person; how long it took counts the first time."""
    if not case.contacted_at:
        case.contacted_at = now
        yield Sample("first_contact", (case.level,), (now - case.opened_at) / 1000)


def _heard(decisions: Decided) -> bool:
    return any(isinstance(s, Count) and s.metric == "outcomes" and s.labels[1] == "taken" for s in decisions)
