"""The `victims` reducer: one event in, this person's state moved on, and what follows from it.

    event ─► facts ─► rules that fire ─► evidence ─► score, level, typology ─► alert, and a signal to the relay

Pure: time is an argument. The benign majority leaves early, before anything is scored.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from agents.victims import facts as f
from agents.victims.numbers import is_lookalike, is_short_code
from agents.victims.policy import Policy
from agents.victims.rules import CALL_RULES, TEXT_RULES, TRANSFER_RULES, WORDED, Rule
from agents.victims.score import FORGOTTEN, Score, left_of, level_of, reasons, score
from agents.victims.state import (
    EVIDENCE_MAX,
    PAYEES_MAX,
    PEERS_MAX,
    STRANGERS_MAX,
    TALKS_MAX,
    TRANSFERS_MAX,
    Case,
    Evidence,
    Profile,
    Talk,
    Transfer,
    Victim,
    remember,
    renew,
)  # fmt: skip
from agents.victims.text.scorer import FRAUD_AT, TextScore
from agents.victims.typology import name
from agents.victims.watchlist import Watchlist
from schemas.alerts import VictimAlert
from schemas.events import Call, Sms, Transaction
from schemas.fields import Level
from schemas.ids import alert_id, case_id
from schemas.orders import Payment, Signal
from schemas.reference import Subscriber
from schemas.spans import DAY_MS, HOUR_MS
from schemas.topics import SHADOW, SHADOW_SIGNALS, SIGNALS, VICTIM_ALERTS, Output, Topic
from schemas.withheld import is_withheld

PROMPT_MS = 60_000
"""An event decided within this of its own time came in time."""
SURE = 0.8
"""From this probability on a text's wording counts in full."""
HALF_SURE_STRENGTH = 0.6
SHORT_CODE_STRENGTH = 0.7
"""A fake base station can forge a short code, but most texts from short codes are honest."""
EVENTS_KEPT = 5
"""Event ids kept with a piece of evidence."""
SPEND_COUNT_MAX = 50.0
"""Transfers after which a person's history forgets the oldest as fast as it learns."""
TIME_ON_LINE = tuple(rule for rule in CALL_RULES if rule.family == "time_on_line")
PLAIN_MINUTES = 20
"""Minutes of an hour with plain strangers below which no rule of calls has anything to say."""
SUSPICIOUS_KINDS = frozenset({"foreign", "voip", "unknown"})
HIDDEN_KIND = "unknown"
"""The kind of a line that shows no number, unless the network tells one. No short code hides."""
NOTHING: tuple[Output, ...] = ()


class Scorer(Protocol):
    """Reads a text for fraud."""

    def score(self, text: str) -> TextScore:
        """See `agents.victims.text.scorer.TextScorer`."""


class Reducer:
    """Decides for one person at a time.

    Args:
        policy: thresholds, weights and times.
        watchlist: what is known to be bad; it may learn while this runs.
        scorer: reads texts.
        stand_in: of a peer, a payee, a call: see `streams.core.identity`.
    """

    def __init__(self, policy: Policy, watchlist: Watchlist, scorer: Scorer, stand_in: Callable[[str], int]) -> None:
        self.policy = policy
        """May be replaced by another one while this runs."""
        self.shadow: Policy | None = None
        """A policy that judges beside it, and is recorded only."""
        self._watch = watchlist
        self._scorer = scorer
        self._stand_in = stand_in

    def _named(self, state: Victim, name: str) -> int:
        """What stands for a peer or a payee in this state."""
        fresh = self._stand_in(name)
        if state.old_marks:
            renew(state, name, fresh)
        return fresh

    # -- reference -------------------------------------------------------------------------------------------

    def profile(self, state: Victim, _: str, record: Subscriber, __: int) -> Sequence[Output]:
        """Who this person is."""
        accounts, peers, payees = (
            [self._stand_in(name) for name in names]
            for names in (record.accounts, record.trusted_peers, record.trusted_payees)
        )
        state.profile = Profile(
            record.age_band, record.occupation, list(record.handles), accounts, peers, payees, record.area
        )
        return NOTHING

    # -- calls -----------------------------------------------------------------------------------------------

    def call(self, state: Victim, key: str, event: Call, now: int) -> Sequence[Output]:
        """One phase of a call. Facts are those of its own time, however late it comes; the decision is of `now`."""
        at = event.occurred_at
        span = _span(event)
        if span is None:
            if event.phase == "ended":
                _hang_up(state, self._stand_in(event.call_id), event.occurred_at)
            return NOTHING
        withheld = is_withheld(event.peer)
        peer = self._named(state, event.call_id if withheld else event.peer)  # two who hide are not the same one
        listed = not withheld and self._watch.peer(event.peer, at)
        lookalike = event.direction == "in" and is_lookalike(event.peer, event.peer_type == "service")
        if not (listed or lookalike or withheld) and _is_familiar(state, peer, event):
            return NOTHING
        inward = event.direction == "in"
        suspicious = listed or lookalike or _is_suspicious(event) or (withheld and inward)
        talk = _note_talk(state, event, self._stand_in(event.call_id), peer, span, suspicious=suspicious)
        minutes_1h = f.minutes_on_line(state.talks, at, HOUR_MS)
        fired = False
        if talk.suspicious or minutes_1h >= PLAIN_MINUTES:
            kind = HIDDEN_KIND if withheld and event.peer_type in (None, "service") else event.peer_type
            found = f.CallFacts(
                listed, lookalike, kind if inward else None, bool(event.forwarded) and inward,
                event.medium == "video", talk.suspicious, minutes_1h, f.minutes_on_line(state.talks, at, DAY_MS),
                sum(at - met <= DAY_MS for met in state.strangers),
            )  # fmt: skip
            fired = self._fire(state, CALL_RULES, found, at, (event.event_id,))
        if state.transfers or state.code_at:
            fired |= self._look_back(state, talk, at)
        return self._assess(state, key, event.event_id, at, now) if fired or state.case is not None else NOTHING

    def _look_back(self, state: Victim, talk: Talk, at: int) -> bool:
        """A call's record may come after the payment made under it, or the code: then they are judged again."""
        fired = False
        if state.code_at < at and f.line_at((talk,), state.code_at).state != "quiet":
            fired = self._add(state, "text.code_on_line", state.code_at, 1.0, (state.code_id, talk.event_id))
        for transfer in state.transfers:
            if talk.answered_at <= transfer.at < at and f.line_at((talk,), transfer.at).state != "quiet":
                line = f.line_at(state.talks, transfer.at)
                code = _timing_code(line)
                fired |= self._add(state, code, transfer.at, 1.0, (transfer.event_id, talk.event_id))
        return fired

    # -- texts -----------------------------------------------------------------------------------------------

    def text(self, state: Victim, key: str, event: Sms, now: int) -> Sequence[Output]:
        """One text. Those that the person sends, and those of people known, are nobody's business."""
        at = event.occurred_at
        if event.direction == "out":
            return NOTHING
        withheld = is_withheld(event.peer)
        listed = not withheld and self._watch.peer(event.peer, at)
        if not (listed or withheld) and _is_known(state, self._named(state, event.peer), at):
            return NOTHING
        read = self._scorer.score(event.text)
        fraud = read.fraud >= FRAUD_AT
        if not (fraud or listed or read.is_code or read.has_link):
            return NOTHING
        line = f.line_at(state.talks, at)
        short = not withheld and is_short_code(event.peer)
        found = f.TextFacts(
            read.wording if fraud else "none", read.has_link, read.is_code, self._watch.domain(read.domain, at),
            listed, not short, line.state, state.profile.occupation if state.profile is not None else None,
        )  # fmt: skip
        strength = (1.0 if read.fraud >= SURE else HALF_SURE_STRENGTH) * (SHORT_CODE_STRENGTH if short else 1.0)
        about = (event.event_id,) if line.event_id is None else (event.event_id, line.event_id)
        if read.is_code and at > state.code_at:
            state.code_at, state.code_id = at, event.event_id
        fired = self._fire(state, TEXT_RULES, found, at, about, strength)
        if fired and state.transfers and any(r.code in WORDED and r.when(found) for r in TEXT_RULES):
            self._look_ahead(state, event.event_id, at)
        return self._assess(state, key, event.event_id, at, now) if fired else NOTHING

    def _look_ahead(self, state: Victim, event_id: str, at: int) -> None:
        """A text's record may come after the payments that followed it."""
        for transfer in state.transfers:
            if 0 < transfer.at - at <= DAY_MS:
                self._add(state, "pay.after_text", transfer.at, 1.0, (transfer.event_id, event_id))

    # -- transfers -------------------------------------------------------------------------------------------

    def transfer(self, state: Victim, key: str, event: Transaction, now: int) -> Sequence[Output]:
        """One phase of a transfer."""
        at = event.occurred_at
        if event.phase in ("declined", "reversed"):
            _forget_transfer(state, event)
            return NOTHING
        payee = self._named(state, event.payee_account)
        listed = self._watch.account(event.payee_account, at)
        outputs: Sequence[Output] = NOTHING
        if listed or _is_tracked(state, event, payee, at):
            outputs = self._judge(state, key, event, now, listed=listed)
        if event.phase == "posted":
            _learn_spending(state, event, payee, at)
        return outputs

    def _judge(self, state: Victim, key: str, event: Transaction, now: int, *, listed: bool) -> Sequence[Output]:
        at = event.occurred_at
        _note_transfer(state, event)
        found, about = self._transfer_facts(state, event, at, listed)
        self._fire(state, TRANSFER_RULES, found, at, about)
        if found.line == "open":
            on_line = f.CallFacts(
                False, False, None, False, False, found.line_suspicious,
                f.minutes_on_line(state.talks, at, HOUR_MS), f.minutes_on_line(state.talks, at, DAY_MS), 0,
            )  # fmt: skip
            self._fire(state, TIME_ON_LINE, on_line, at, about)
        return self._assess(state, key, event.event_id, at, now)

    def _transfer_facts(
        self, state: Victim, event: Transaction, at: int, listed: bool
    ) -> tuple[f.TransferFacts, tuple[str, ...]]:
        line = f.line_at(state.talks, at)
        marked = event.amount_minor >= f.MARKED_MINOR_MIN
        recent = [t for t in state.transfers if 0 <= at - t.at <= DAY_MS]
        found = f.TransferFacts(
            listed=listed, new_payee=True, line=line.state if marked else "quiet", line_suspicious=line.suspicious,
            after_text=any(e.code in WORDED and 0 <= at - e.at <= DAY_MS for e in state.evidence),
            surprise=f.surprise(state.spend, event.amount_minor), drained=f.drained(event),
            new_payees_24h=len({t.payee for t in recent}), split=f.is_split(state.transfers, at),
            growing=f.is_growing(state.transfers, at),
            small_returns=len(state.inflow) > 2 and state.inflow[2] >= 2,  # time, amount, small ones
            borrowed=f.is_borrowed(state, event, at),
            night=marked and f.is_night(at, self.policy.local_offset_min),
        )  # fmt: skip
        about = [t.event_id for t in state.transfers[-EVENTS_KEPT + 1 :]]
        return found, tuple(
            dict.fromkeys([event.event_id, *reversed(about), *([line.event_id] if line.event_id else [])])
        )

    # -- evidence and decision -------------------------------------------------------------------------------

    def _fire(
        self, state: Victim, rules: Iterable[Rule], found: Any, at: int, about: Sequence[str], strength: float = 1.0
    ) -> bool:
        fired = False
        for rule in rules:
            if rule.when(found):
                fired |= self._add(state, rule.code, at, strength if rule.family == "wording" else 1.0, about)
        return fired

    def _add(self, state: Victim, code: str, at: int, strength: float, about: Sequence[str]) -> bool:
        """Note evidence. Of one code the heavier instance stays; whether anything changed is returned."""
        fresh = Evidence(code, at, strength, list(about[:EVENTS_KEPT]))
        for place, held in enumerate(state.evidence):
            if held.code == code:
                later = max(at, held.at)
                if left_of(held, later) > left_of(fresh, later):
                    return False
                fresh.event_ids = list(dict.fromkeys([*about, *held.event_ids]))[:EVENTS_KEPT]
                state.evidence[place] = fresh
                return True
        remember(state.evidence, fresh, EVIDENCE_MAX)
        return True

    def _assess(self, state: Victim, key: str, event_id: str, at: int, now: int) -> Sequence[Output]:
        """Score the evidence; say what changed, and to the relay how things stand.

        What comes late is judged as it would have been in its own time too: what it was a part of has faded since, and
        the money may still be held.
        """
        times = (now,) if now - at <= PROMPT_MS else (now, at)
        state.evidence = [e for e in state.evidence if any(left_of(e, t) >= FORGOTTEN for t in times)]
        state.case, outputs = _judged(state, state.case, self.policy, LIVE, key, event_id, times)
        if self.shadow is not None:
            state.shadow, shadowed = _judged(state, state.shadow, self.shadow, SHADOWED, key, event_id, times)
            outputs += shadowed
        return outputs


class _OutputTopics(NamedTuple):
    """Where a policy's judgement goes."""

    alerts: Topic
    signals: Topic


LIVE = _OutputTopics(VICTIM_ALERTS, SIGNALS)
SHADOWED = _OutputTopics(SHADOW, SHADOW_SIGNALS)
"""Recorded, and heard by nobody who commands."""


def _judged(
    state: Victim,
    case: Case | None,
    policy: Policy,
    voice: _OutputTopics,
    key: str,
    event_id: str,
    times: Sequence[int],
) -> tuple[Case | None, list[Output]]:
    """How the person stands under a policy: the episode, and what is to be said of it.

    Args:
        times: now, and the times at which the evidence is weighed besides; the worst of them counts.
    """
    now = times[0]
    if case is not None and now - case.active_at > policy.quiet_h * HOUR_MS:
        case = None
    found = max((score(state.evidence, state.profile, policy, t) for t in times), key=attrgetter("value"))
    level = level_of(found, policy, case.level if case is not None else None)
    if case is None:
        if level is None:
            return None, []
        case = Case(case_id(key, event_id), None, now)
    case.active_at = max([case.active_at, *(e.at for e in state.evidence)])
    outputs: list[Output] = []
    if level != case.level:
        outputs.append(_alert(voice.alerts, policy, key, event_id, now, case, level, found))
        case.level = level
    outputs.append(_signal(voice.signals, policy, state, case, key, event_id, now, found))
    return case, outputs


def _alert(
    topic: Topic, policy: Policy, key: str, event_id: str, now: int, case: Case, level: Level | None, found: Score
) -> Output:
    alert = VictimAlert(
        alert_id=alert_id(case.case_id, event_id, level), case_id=case.case_id, occurred_at=now, subscriber=key,
        level=level, previous_level=case.level, score=found.value, typology=name(found.parts).typology,
        reasons=reasons(found), policy_version=policy.policy_version, caused_by=event_id,
    )  # fmt: skip
    return Output(topic, key, alert)


def _signal(
    topic: Topic, policy: Policy, state: Victim, case: Case, key: str, event_id: str, now: int, found: Score
) -> Output:
    told = {event for part in found.parts for event in part.evidence.event_ids}
    payments = tuple(
        Payment(t.event_id, t.payer, t.payee, t.amount_minor)
        for t in state.transfers
        if t.event_id in told or t.event_id == event_id
    )
    pattern, profile = name(found.parts), state.profile
    signal = Signal(
        case.case_id, key, event_id, now, case.level, found.value, pattern.typology, reasons(found), pattern.script_zh,
        policy.policy_version, payments, tuple(profile.handles) if profile is not None else (),
        profile.area if profile is not None else None,
    )  # fmt: skip
    return Output(topic, key, signal)


def _span(event: Call) -> tuple[int, int] | None:
    """When the talk of a call's phase began and ended (0 while it goes on), by that phase alone; None where nobody has
    spoken. A length beyond what a call without an end is given says nothing: it may be milliseconds."""
    if event.phase == "answered":
        return event.occurred_at, 0
    spoken_ms = (event.duration_s or 0) * 1000
    begun = event.occurred_at - spoken_ms if spoken_ms <= f.CALL_MAX_MS else event.occurred_at
    if event.phase == "ongoing":
        return begun, 0
    if event.phase == "ended" and spoken_ms:
        return begun, event.occurred_at
    return None


def _hang_up(state: Victim, call: int, at: int) -> None:
    """A call that was answered has ended, though not told after how long."""
    for talk in state.talks:
        if talk.call == call:
            talk.ended_at = max(talk.ended_at, at)


def _is_known(state: Victim, peer: int, now: int) -> bool:
    """Trusted, or first met on an earlier day."""
    if state.profile is not None and peer in state.profile.trusted_peers:
        return True
    met = state.peers.get(peer)
    return met is not None and met < now // DAY_MS


def _is_familiar(state: Victim, peer: int, event: Call) -> bool:
    """Whether a call is of no interest: with someone known, or a service's own short code. Notes the meeting."""
    if event.peer_type == "service" and event.direction == "out":
        return True
    known = _is_known(state, peer, event.occurred_at)
    if not known and event.peer_type == "service":
        return True
    met = state.peers.pop(peer, event.occurred_at // DAY_MS)
    state.peers[peer] = met
    if len(state.peers) > PEERS_MAX:
        del state.peers[next(iter(state.peers))]
    return known


def _is_suspicious(event: Call) -> bool:
    inward = event.direction == "in"
    return event.medium == "video" or (inward and (event.peer_type in SUSPICIOUS_KINDS or bool(event.forwarded)))


def _note_talk(state: Victim, event: Call, call: int, peer: int, span: tuple[int, int], *, suspicious: bool) -> Talk:
    is_new = True
    for talk in state.talks:
        is_new = is_new and talk.peer != peer
        if talk.call == call:
            if event.phase == "answered":  # what was seen; a length that is told does not reach behind it
                talk.answered_at = span[0]
            talk.ended_at = max(talk.ended_at, span[1])
            talk.suspicious |= suspicious
            return talk
    if is_new:
        remember(state.strangers, span[0], STRANGERS_MAX)
    talk = Talk(call, peer, suspicious, span[0], span[1], event.event_id)
    remember(state.talks, talk, TALKS_MAX)
    return talk


def _timing_code(line: f.Line) -> str:
    if not line.suspicious:
        return "pay.on_line_plain"
    return "pay.on_line" if line.state == "open" else "pay.after_call"


def _is_tracked(state: Victim, event: Transaction, payee: int, now: int) -> bool:
    """Whether a transfer is worth a look: to someone new, and more than a coffee."""
    if event.amount_minor < f.TRACKED_MINOR_MIN:
        return False
    profile = state.profile
    if profile is not None and (payee in profile.trusted_payees or payee in profile.accounts):
        return False
    for transfer in state.transfers:
        if transfer.payee == event.payee_account and now - transfer.at <= f.NEW_FOR_MS:
            return True
    return event.payee_is_new is not False and payee not in state.payees


def _note_transfer(state: Victim, event: Transaction) -> None:
    """Remember a transfer; its `posted` joins its `initiated`."""
    if event.phase == "posted":
        for transfer in state.transfers:
            if _same(transfer, event) and not transfer.posted:
                transfer.posted = True
                return
    elif any(_same(t, event) and (t.at, t.payer) == (event.occurred_at, event.payer_account) for t in state.transfers):
        return  # the same order sent again under a new id
    fresh = Transfer(
        event.occurred_at, event.amount_minor, event.payee_account, event.payer_account, event.event_id,
        event.phase == "posted",
    )  # fmt: skip
    remember(state.transfers, fresh, TRANSFERS_MAX)
    state.transfers.sort(key=lambda t: t.at)


def _same(transfer: Transfer, event: Transaction) -> bool:
    return transfer.payee == event.payee_account and transfer.amount_minor == event.amount_minor


def _forget_transfer(state: Victim, event: Transaction) -> None:
    """Money that did not leave, or came back, is no payment; that it was tried stays as evidence."""
    for transfer in state.transfers:
        if _same(transfer, event):
            state.transfers.remove(transfer)
            return


def _learn_spending(state: Victim, event: Transaction, payee: int, now: int) -> None:
    """What this person pays, to whom, and what comes in between."""
    if payee in state.payees:
        state.payees.remove(payee)
    remember(state.payees, payee, PAYEES_MAX)
    _learn_inflow(state, event, now)
    count, mean, variance = state.spend[:3] if state.spend else (0.0, 0.0, 0.0)
    if event.amount_minor > 0:
        count = min(count + 1.0, SPEND_COUNT_MAX)
        gap = math.log(event.amount_minor) - mean
        mean += gap / count
        variance += (gap * gap * (1.0 - 1.0 / count) - variance) / count
    told = event.balance_minor is not None and not _is_outdated(state, now)
    balance = [float(event.balance_minor or 0), float(now)] if told else state.spend[3:]
    state.spend = [count, round(mean, 4), round(variance, 4), *balance]


def _is_outdated(state: Victim, now: int) -> bool:
    """Whether a later balance is known: what comes late says nothing of money that came in since."""
    return len(state.spend) > 4 and now < state.spend[4]


def _learn_inflow(state: Victim, event: Transaction, now: int) -> None:
    came = f.inflow_before(state.spend, event)
    if not came or _is_outdated(state, now):
        return
    small = state.inflow[2] if state.inflow else 0
    paid = [t for t in state.transfers if t.amount_minor <= f.SMALL_RETURN_MINOR_MAX and 0 < now - t.at <= 2 * DAY_MS]
    if paid and came <= 2 * f.SMALL_RETURN_MINOR_MAX:
        small += 1
    state.inflow = [now, came, small]
