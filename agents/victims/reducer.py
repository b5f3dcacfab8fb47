"""The `victims` reducer: one event in, this person's state moved on, and what follows from it.

    event ─► facts ─► rules that fire ─► evidence ─► score, level, typology ─► alert, and a signal to the relay

Pure: time is an argument. The benign majority leaves early, before anything is scored.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol
from zlib import crc32

from agents.victims import coached, familiar, series
from agents.victims import facts as f
from agents.victims.graded import Graded
from agents.victims.numbers import is_gateway, standing
from agents.victims.policy import Policy
from agents.victims.rules import (
    CALL_RULES,
    COACHED_RULES,
    GATHERED_SHARE,
    STRANGERS,
    TEXT_RULES,
    TIME_ON_LINE,
    TIMING,
    TRANSFER_RULES,
    WORDED,
    Rule,
)
from agents.victims.score import FORGOTTEN, Score, left_of, level_of, reasons, score
from agents.victims.state import (
    ACCOUNTS_MAX,
    CUT_MAX,
    DIVERTED_MAX,
    EVIDENCE_MAX,
    MISSED_MAX,
    MOVED_MAX,
    REFUSED_MAX,
    RETURNS_MAX,
    STRANGERS_MAX,
    TALKS_MAX,
    TRANSFERS_MAX,
    Account,
    Case,
    Evidence,
    Moved,
    Profile,
    Refused,
    Talk,
    Transfer,
    Victim,
    remember,
    renew,
)  # fmt: skip
from agents.victims.text.links import links
from agents.victims.text.scorer import FRAUD_AT, TextScore
from agents.victims.text.senders import Sender, sender_of
from agents.victims.typology import name
from agents.watchlist import Watchlist, above
from schemas.alerts import VictimAlert
from schemas.events import Call, Outcome, Sms, Transaction
from schemas.fields import LEVELS, Level
from schemas.ids import alert_id, case_id
from schemas.money import HOME, fen
from schemas.orders import Particulars, Payment, Signal
from schemas.reference import Subscriber
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.spelling import other_spellings
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
PLAIN_MINUTES = 20
"""Minutes of an hour with plain strangers below which no rule of calls has anything to say."""
SUSPICIOUS_KINDS = frozenset({"foreign", "voip", "unknown"})
SUSPECTING = frozenset(
    rule.code for rule in (*CALL_RULES, *TEXT_RULES) if rule.family not in ("peer", "strangers", "code")
)
"""Codes under which nobody becomes known. Who has called from abroad once does not keep a person's family strange."""
CODE_GAP_MIN = 5
"""Minutes after a call within which a one-time code still belongs to it."""
PLAIN_SHADOW_MIN = 60
"""Minutes after a stranger's call, of whom nothing more is known, that a payment may have been talked into."""
UNUSUAL = 2.0
"""Standard deviations above a person's mean from which an amount is out of the ordinary, and ends a run that grows."""
SUM_UNUSUAL = 4.0
"""The same of the sum of two weeks' payments to new payees."""
CASH_CHANNELS = frozenset({"atm", "counter"})
TILL_CHANNELS = frozenset({"pos", "qr"})
SHARED_CHANNELS = frozenset({"atm", "pos"})
"""Where the payee is a machine or a merchant, who is paid by everybody."""
ACCOUNT_DIGITS_MIN = 8
PAYMENT_FIRMS = (
    "财付通",
    "支付宝",
    "微信支付",
    "银联",
    "网联",
    "拉卡拉",
    "备付金",
    "清算",
    "抖音支付",
    "美团",
    "京东支付",
)
"""In the names of accounts that stand for thousands of shops."""
ESCROW = ("监管专户", "监管账户", "资金监管", "存管专户")
"""In the names of accounts that a bank opens for an office or a court to watch: deposits for houses lie there. Whose an
account is said to be, the bank that pays compares with whose it is."""
GOLD = ("黄金", "珠宝", "金店", "金行", "金条", "周大福", "周生生", "六福", "老凤祥", "老庙")
"""In the names of those who sell gold, which a courier then fetches."""
CENTRES = frozenset({"96110", "12381"})
"""Lines from which anti-fraud centres (police; Ministry of Industry and Information Technology) text whom they take for
a victim."""
PATTERNS: tuple[Callable[[f.TransferFacts], bool], ...] = (
    lambda found: found.listed,
    lambda found: found.payee_grade > 0,
    lambda found: found.growth >= 4 and found.small_start,
    lambda found: found.split,
    lambda found: found.borrowed,
    lambda found: found.parts >= f.RUN and found.parts_yuan >= f.PARTS_YUAN_MIN,
    lambda found: found.parts > 1 and found.parts_drained >= 0.5,
    lambda found: found.second_account or found.accounts >= f.RUN,
    lambda found: found.retry.split or found.retry.elsewhere,
    lambda found: found.gathered >= GATHERED_SHARE and found.surprise > 0,
    lambda found: found.fortnight >= f.RUN and found.fortnight_surprise >= SUM_UNUSUAL,
)
"""What makes a payment suspect whoever was on the line: its payee, and what it is a part of."""
CODE = f.TextFacts("none", False, True, False, False, False, False, 0.0, None)
"""A one-time code, of which nothing is asked but who was on the line."""
PAYMENT = f.TransferFacts(
    False, True, False, f.QUIET, f.QUIET, f.NEVER, 0.0, 0.0, 0.0, 1, False, 1.0, 0.0, False, 0, False, False, False
)
"""A payment of which nothing is asked but what came before it."""
ON_LINE = f.CallFacts(False, False, None, 0, False, False, False, 0.0, 0.0, 0.0, 0.0, 0)
"""A call in progress, of which nothing is asked but how long it has lasted."""
HIDDEN_KIND = "unknown"
"""The kind of a line that shows no number, unless the network tells one. No short code hides."""
NOTHING: tuple[Output, ...] = ()


class Scorer(Protocol):
    """Reads a text for fraud."""

    def score(self, text: str, sender: Sender = "unknown") -> TextScore:
        """See `agents.victims.text.scorer.TextScorer`."""


class Reducer:
    """Decides for one person at a time.

    Args:
        policy: thresholds, weights and times.
        watchlist: what is known to be bad; it may learn while this runs.
        graded: how money went through accounts; it may learn too.
        scorer: reads texts.
        stand_in: of a peer, a payee, a call: see `streams.core.identity`.
    """

    def __init__(
        self, policy: Policy, watchlist: Watchlist, graded: Graded, scorer: Scorer, stand_in: Callable[[str], int]
    ) -> None:
        self.policy = policy
        """May be replaced by another one while this runs."""
        self.shadow: Policy | None = None
        """A policy that judges beside it, and is recorded only."""
        self._watch = watchlist
        self._graded = graded
        self._scorer = scorer
        self._stand_in = stand_in

    def _named(self, state: Victim, name: str) -> int:
        """What stands for a peer or a payee in this state."""
        fresh = self._stand_in(name)
        if state.old_marks or not state.spelt:
            renew(state, self._former(state, name), fresh)
        return fresh

    def _former(self, state: Victim, name: str) -> Iterator[int]:
        """What stood for a name in earlier releases."""
        for spelt in (name, *other_spellings(name)):
            if state.old_marks:
                yield crc32(spelt.encode())
            if not state.spelt and spelt != name:
                yield self._stand_in(spelt)

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
        if event.forwarded_to is not None:  # whoever answers is not the person
            return self._divert(state, key, event, event.forwarded_to, now)
        span = _span(event)
        if span is None:
            return self._unanswered(state, key, event, now)
        if event.phase == "answered":
            state.ringing = []
        withheld = is_withheld(event.peer)
        peer = self._named(state, event.call_id if withheld else event.peer)  # two who hide are not the same one
        listed = not withheld and self._watch.peer(event.peer, at)
        stands = "other" if withheld else standing(event.peer, event.peer_type)
        lookalike = event.direction == "in" and stands == "lookalike"
        is_service = stands == "service" or event.peer_type == "service"
        is_suspicious = listed or lookalike or _is_suspicious(event) or (withheld and event.direction == "in")
        if listed or lookalike:
            familiar.distrust(state, peer)
        elif not withheld and self._is_familiar(state, peer, event, span, is_service=is_service):
            return NOTHING
        talk = _note_talk(
            state, event, self._stand_in(event.call_id), peer, span, suspicious=is_suspicious, listed=listed
        )
        fired = self._fire_call(state, event, talk, listed=listed, lookalike=lookalike, withheld=withheld)
        if state.transfers or state.code_at:
            fired |= self._look_back(state, talk, now)
        if state.cut or state.missed:
            fired |= self._fire_coached(state, at, (event.event_id,))
        return self._assess(state, key, event.event_id, at, now) if fired or state.case is not None else NOTHING

    def _unanswered(self, state: Victim, key: str, event: Call, now: int) -> Sequence[Output]:
        """A call rings, or ends and nothing is told of a talk: cut off within seconds of its ringing, it is noted."""
        at, call = event.occurred_at, self._stand_in(event.call_id)
        if event.phase == "ringing":
            latest = not state.ringing or (at, call) > (state.ringing[1], state.ringing[0])
            if event.direction == "in" and latest:  # of two that ring in one moment the same one, however they come
                state.ringing = [call, at]
            return NOTHING
        _hang_up(state, call, at)
        if not state.ringing or state.ringing[0] != call:
            return NOTHING
        rang_ms, state.ringing = at - state.ringing[1], []
        if not 0 <= rang_ms <= coached.RANG_MS_MAX:
            return NOTHING
        remember(state.cut, at, CUT_MAX)
        fired = self._fire_coached(state, at, (event.event_id,))
        return self._assess(state, key, event.event_id, at, now) if fired else NOTHING

    def _divert(self, state: Victim, key: str, event: Call, to: str, now: int) -> Sequence[Output]:
        """The person's own forwarding sent a call on. To voicemail, to somebody known, or as for days, it is theirs."""
        at = event.occurred_at
        if event.direction == "out" or is_withheld(to) or standing(to, None) == "service":
            return NOTHING
        peer = self._stand_in(to)
        since = state.diverted.setdefault(peer, at)
        if len(state.diverted) > DIVERTED_MAX:
            del state.diverted[next(iter(state.diverted))]
        if familiar.is_known(state, peer) or abs(at - since) > f.NEW_FOR_MS:
            return NOTHING
        found = coached.CoachedFacts(diverted=True, after_call=coached.is_after_call(state.talks, at))
        fired = self._fire(state, COACHED_RULES, found, at, (event.event_id,))
        return self._assess(state, key, event.event_id, at, now) if fired else NOTHING

    def outcome(self, state: Victim, key: str, event: Outcome, now: int) -> Sequence[Output]:
        """Word of an order of ours. Of a person whom nobody suspects nothing is ordered."""
        if event.outcome != "unreachable" or state.case is None:
            return NOTHING
        state.missed.setdefault(self._stand_in(event.command_id), event.occurred_at)
        if len(state.missed) > MISSED_MAX:
            del state.missed[next(iter(state.missed))]
        fired = self._fire_coached(state, event.occurred_at, (event.command_id,))
        return self._assess(state, key, event.command_id, event.occurred_at, now) if fired else NOTHING

    def _fire_coached(self, state: Victim, at: int, about: Sequence[str]) -> bool:
        found = coached.seen(state.talks, state.missed.values(), state.cut, at)
        return found != coached.UNSEEN and self._fire(state, COACHED_RULES, found, at, about)

    def _is_familiar(self, state: Victim, peer: int, event: Call, span: tuple[int, int], *, is_service: bool) -> bool:
        """Whether a call is of no interest: with someone known, or a service's own line. Notes the meeting when it is
        over. A call that was of interest when it began is so to its end, whatever day that is."""
        trusted = familiar.is_trusted(state, peer)
        if is_service and not trusted:
            return True
        odd = _is_odd(event)
        known = trusted or (not odd and familiar.is_earned(state, peer))
        if known and state.talks:
            call = self._stand_in(event.call_id)
            known = all(talk.call != call for talk in state.talks)
        if event.phase == "ended" and not trusted and not self._is_suspected(state, span[0]):
            day = familiar.day_of(span[0], self.policy.local_offset_min)
            familiar.meet(state, peer, day, (span[1] - span[0]) // 1000, dialled=event.direction == "out", odd=odd)
        return known

    def _is_suspected(self, state: Victim, at: int) -> bool:
        """Whether there is evidence that strangers are at work: while there is, nobody becomes known."""
        return any(e.code in SUSPECTING and abs(at - e.at) <= DAY_MS for e in state.evidence)

    def _fire_call(
        self, state: Victim, event: Call, talk: Talk, *, listed: bool, lookalike: bool, withheld: bool
    ) -> bool:
        at = event.occurred_at
        minutes_1h = f.minutes_on_line(state.talks, at, HOUR_MS)
        if not talk.suspicious and minutes_1h < PLAIN_MINUTES and not f.dialled_after(state.talks, at):
            return False
        inward = event.direction == "in"
        kind = HIDDEN_KIND if withheld and event.peer_type in (None, "service") else event.peer_type
        found = f.CallFacts(
            listed, lookalike, kind if inward else None, familiar.odd_days(state, talk.peer),
            bool(event.forwarded) and inward, event.medium == "video", talk.suspicious, minutes_1h,
            f.minutes_on_line(state.talks, at, DAY_MS), f.longest_call(state.talks, at),
            f.dialled_after(state.talks, at), sum(at - met <= DAY_MS for met in state.strangers),
            (at - talk.answered_at) / MINUTE_MS if listed else 0.0,
        )  # fmt: skip
        return self._fire(state, CALL_RULES, found, at, (event.event_id,))

    def _look_back(self, state: Victim, talk: Talk, now: int) -> bool:
        """A call's record may come after the payment made under it, or the code: then they are judged again."""
        fired = False
        if talk.answered_at <= state.code_at < now:
            line = _line_of_code(f.lines_at((talk,), state.code_at))
            if line is not None:
                found = CODE._replace(line_suspicious=line[0], line_minutes=line[1])
                fired = self._fire(state, TEXT_RULES, found, state.code_at, (state.code_id, talk.event_id))
        for transfer in state.transfers:
            if transfer.amount_minor < f.MARKED_MINOR_MIN or _is_undated(transfer, self.policy.local_offset_min):
                continue
            if talk.answered_at <= transfer.at < now and f.is_with_stranger((talk,), transfer.at):
                lines = f.lines_at(state.talks, transfer.at)
                found_then = PAYMENT._replace(
                    tells=transfer.tells > 0, suspicious=lines.suspicious, plain=lines.plain, listed_line=lines.listed
                )
                fired |= self._fire(state, TIMING, found_then, transfer.at, (transfer.event_id, talk.event_id))
        return fired

    # -- texts -----------------------------------------------------------------------------------------------

    def text(self, state: Victim, key: str, event: Sms, now: int) -> Sequence[Output]:
        """One text. Those that the person sends, and those of people known, are nobody's business."""
        at = event.occurred_at
        if event.direction == "out":
            return NOTHING
        if event.peer in CENTRES:
            state.warned_at = max(state.warned_at, at)
        withheld = is_withheld(event.peer)
        listed = not withheld and self._watch.peer(event.peer, at)
        peer = self._named(state, event.peer)
        if not (listed or withheld) and familiar.is_known(state, peer):
            return NOTHING
        read = self._scorer.score(event.text, "unknown" if withheld else sender_of(event.peer))
        fraud = read.fraud >= FRAUD_AT
        listed_domain = self._watch.has_domains and self._watch.domain(links(event.text), at)
        short = not withheld and is_gateway(event.peer)
        has_link = listed_domain or (read.has_link and not short and not self._leads_home(event.text))  # of a stranger
        if not (fraud or listed or read.is_code or has_link):
            return NOTHING
        lines = f.lines_at(state.talks, at)
        line_suspicious, line_minutes = _line_of_code(lines) or (False, 0.0)
        found = f.TextFacts(
            read.wording if fraud else "none", has_link, read.is_code, listed_domain,
            listed, not short, line_suspicious, line_minutes,
            state.profile.occupation if state.profile is not None else None,
        )  # fmt: skip
        strength = (1.0 if read.fraud >= SURE else HALF_SURE_STRENGTH) * (SHORT_CODE_STRENGTH if short else 1.0)
        on_line = lines.event_id() if line_minutes else None
        about = (event.event_id,) if on_line is None else (event.event_id, on_line)
        if fraud or listed:
            familiar.distrust(state, peer)
        if read.is_code and at > state.code_at:
            state.code_at, state.code_id = at, event.event_id
        fired = self._fire(state, TEXT_RULES, found, at, about, strength)
        if fired and state.transfers and any(r.code in WORDED and r.when(found) for r in TEXT_RULES):
            self._look_ahead(state, event.event_id, at)
        return self._assess(state, key, event.event_id, at, now) if fired else NOTHING

    def _leads_home(self, text: str) -> bool:
        """Whether a text's links are all to sites where nobody but their makers can put a page."""
        known, found = self.policy.sites, links(text)
        return bool(found) and all(any(name in known for name in above(link)) for link in found)

    def _look_ahead(self, state: Victim, event_id: str, at: int) -> None:
        """A text's record may come after the payments that followed it."""
        for transfer in state.transfers:
            if 0 < transfer.at - at <= DAY_MS and transfer.amount_minor >= f.MARKED_MINOR_MIN:
                found = PAYMENT._replace(text_gap_h=(transfer.at - at) / HOUR_MS)
                self._fire(state, TIMING, found, transfer.at, (transfer.event_id, event_id))

    # -- transfers -------------------------------------------------------------------------------------------

    def transfer(self, state: Victim, key: str, event: Transaction, now: int) -> Sequence[Output]:
        """One phase of a transfer. Amounts are compared in one money, whatever they were paid in."""
        event = _in_home_money(event)
        offset_min = self.policy.local_offset_min
        undated = event.phase == "posted" and f.is_of_a_day(event.occurred_at, offset_min)
        if undated and (ordered_at := _ordered_at(state, event, offset_min)):
            event, undated = event.model_copy(update={"occurred_at": ordered_at}), False
        at = event.occurred_at
        if event.phase in ("declined", "reversed"):
            self._not_paid(state, event)
            return NOTHING
        payee = self._named(state, event.payee_account)
        listed = self._watch.account(event.payee_account, at)
        outputs: Sequence[Output] = NOTHING
        if listed or self._is_new(state, event, payee):
            if listed or event.amount_minor >= f.TRACKED_MINOR_MIN:
                outputs = self._judge(state, key, event, now, listed=listed, undated=undated)
            elif _opens(event):
                _note_transfer(state, event, offset_min, own=self._is_own(state, event))
        if event.phase == "posted":
            self._learn(state, event, payee, undated=undated)
        return outputs

    def _not_paid(self, state: Victim, event: Transaction) -> None:
        """Money that did not leave, or came back, is no payment; that it was tried stays as evidence, and what is paid
        in its place is looked at."""
        was_new = _forget_transfer(state, event)
        if event.phase == "reversed" or event.amount_minor < f.MARKED_MINOR_MIN:
            return
        if was_new or self._is_new(state, event, self._named(state, event.payee_account)):
            refused = Refused(event.occurred_at, event.amount_minor, event.payee_account)
            remember(state.refused, refused, REFUSED_MAX)

    def _is_new(self, state: Victim, event: Transaction, payee: int) -> bool:
        """Whether a transfer is worth a look: to someone new, and more than a coffee."""
        if event.amount_minor < f.OPENER_MINOR_MIN or _is_persons(state, payee) or _bears(event, ESCROW):
            return False
        if state.profile is not None and payee in state.profile.trusted_payees:
            return False
        ordered = (t for t in state.transfers if t.payee == event.payee_account)
        if payee not in state.paid and any(event.occurred_at - t.at <= f.NEW_FOR_MS for t in ordered):
            return True  # the first order is not even posted
        day = familiar.day_of(event.occurred_at, self.policy.local_offset_min)
        return not familiar.is_settled(state, payee, event.amount_minor, day, told_new=event.payee_is_new)

    def _is_own(self, state: Victim, event: Transaction) -> bool:
        """Whether the account that pays is the person's: by the bank's word or by the profile."""
        if event.payer_is_subscriber or state.profile is None:
            return bool(event.payer_is_subscriber)
        return self._stand_in(event.payer_account) in state.profile.accounts

    def _judge(
        self, state: Victim, key: str, event: Transaction, now: int, *, listed: bool, undated: bool
    ) -> Sequence[Output]:
        at = event.occurred_at
        _note_transfer(state, event, self.policy.local_offset_min, own=self._is_own(state, event))
        found, about = self._transfer_facts(state, event, listed=listed, undated=undated)
        self._fire(state, TRANSFER_RULES, found, at, about)
        if not (found.suspicious.gap_min and found.plain.gap_min):
            on_line = ON_LINE._replace(
                suspicious=not found.suspicious.gap_min, minutes_1h=f.minutes_on_line(state.talks, at, HOUR_MS),
                minutes_24h=f.minutes_on_line(state.talks, at, DAY_MS), minutes_call=f.longest_call(state.talks, at),
                dialled_after=f.dialled_after(state.talks, at),
                minutes_listed=0.0 if found.listed_line.gap_min else found.listed_line.minutes,
            )  # fmt: skip
            self._fire(state, TIME_ON_LINE, on_line, at, about)
        return self._assess(state, key, event.event_id, at, now)

    def _transfer_facts(
        self, state: Victim, event: Transaction, *, listed: bool, undated: bool
    ) -> tuple[f.TransferFacts, tuple[str, ...]]:
        at = event.occurred_at
        marked = event.amount_minor >= f.MARKED_MINOR_MIN
        timed = marked and not undated  # else nobody knows who was on the line then, and whether it was night
        lines = f.lines_at(state.talks, at) if timed else f.NO_LINES
        surprise = f.surprise(state.spend, event.amount_minor)
        payer = self._stand_in(event.payer_account)
        account = state.accounts.get(payer)
        run = f.growing(state.transfers, at) if surprise >= UNUSUAL and not _is_shared(event) else f.NO_RUN
        came_back = f.is_return(state.transfers[:-1], f.inflow_before(account, event), at)
        found = f.TransferFacts(
            listed=listed, new_payee=True, tells=False, suspicious=lines.suspicious, plain=lines.plain,
            text_gap_h=_hours_since_text(state, at) if marked else f.NEVER,
            yuan=event.amount_minor / 100, surprise=surprise, drained=f.drained(event),
            new_payees_24h=f.new_payees(state.transfers, at), split=f.is_split(state.transfers, at),
            growth=run.growth, growth_days=run.days, small_start=run.small_start,
            returns=came_back + sum(0 <= at - came <= f.RETURNS_COUNT_MS for came in state.returns),
            borrowed=f.is_borrowed(state.spend, account, event, at), cash=event.channel in CASH_CHANNELS,
            night=timed and f.is_night(at, self.policy.local_offset_min),
            listed_line=lines.listed, run=run.payments, run_payees=run.payees,
            payee_grade=self._payee_grade(event),
        )  # fmt: skip
        found = _in_context(state, event, payer, _with_parts(state, event, found))
        tells = _note_what_tells(state, event, found)
        about = [t.event_id for t in state.transfers[-EVENTS_KEPT + 1 :]]
        on_line = lines.event_id()
        return found._replace(tells=tells), tuple(
            dict.fromkeys([event.event_id, *reversed(about), *([on_line] if on_line else [])])
        )

    def _payee_grade(self, event: Transaction) -> int:
        """What the payee's account was graded. Of one that everybody pays it says nothing, and what a human says of it
        stands above it."""
        step = self._graded.step(event.payee_account, event.occurred_at)
        if step and (_is_shared(event) or self._watch.honest(event.payee_account, event.occurred_at)):
            return 0
        return step

    def _learn(self, state: Victim, event: Transaction, payee: int, *, undated: bool) -> None:
        """What this person pays, to whom, and what comes in between. Whom one pays with a stranger on the line, or on a
        day with one if only the day is told, does not become known by it."""
        at = event.occurred_at
        alone = not (f.is_day_with_talk(state.talks, at) if undated else f.is_with_stranger(state.talks, at))
        day = familiar.day_of(at, self.policy.local_offset_min)
        familiar.pay(state, payee, event.amount_minor, day, told_new=event.payee_is_new, alone=alone)
        if event.amount_minor >= f.MARKED_MINOR_MIN and _is_persons(state, payee):
            remember(state.moved, Moved(at, event.amount_minor, payee), MOVED_MAX)
        _learn_balance(state, event, self._stand_in(event.payer_account), payee, undated=undated)
        _learn_spending(state, event)

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
    targets = _targets(state, now, policy)
    level = _founded(level_of(found, policy, case.level if case is not None else None), policy, targets)
    if case is None:
        if level is None:
            return None, []
        case = Case(case_id(key, event_id), None, now)
    case.active_at = max([case.active_at, *(e.at for e in state.evidence)])
    outputs: list[Output] = []
    if level != case.level:
        outputs.append(_alert(voice.alerts, policy, key, event_id, now, case, level, found))
        case.level = level
    outputs.append(_signal(voice.signals, policy, state, case, key, event_id, now, found, targets))
    return case, outputs


def _targets(state: Victim, now: int, policy: Policy) -> list[Transfer]:
    """The payments that suspicion is tied to: by their payee, by who was on the line, by an amount out of the ordinary
    after something suspicious. Others are nobody's business, whatever strangers do to a person."""
    since = now - int(policy.quiet_h * HOUR_MS)
    return [
        t for t in state.transfers if t.at >= since and (t.tells > 1 or (t.tells and _is_under_influence(state, t)))
    ]


def _is_under_influence(state: Victim, transfer: Transfer) -> bool:
    """Whether strangers were at work on the person when a payment was made."""
    lines = f.lines_at(state.talks, transfer.at)
    if lines.suspicious.gap_min < f.NEVER or lines.plain.gap_min <= PLAIN_SHADOW_MIN:
        return True
    return any(e.code in STRANGERS and 0 <= transfer.at - e.at <= DAY_MS for e in state.evidence)


def _founded(level: Level | None, policy: Policy, targets: list[Transfer]) -> Level | None:
    """A level that needs money leaving needs a payment that suspicion is tied to; else it is the next one below."""
    if level is None or targets or "money" not in policy.levels[level].needs:
        return level
    below = LEVELS[LEVELS.index(level) + 1 :]
    return next((lower for lower in below if "money" not in policy.levels[lower].needs), None)


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
    topic: Topic,
    policy: Policy,
    state: Victim,
    case: Case,
    key: str,
    event_id: str,
    now: int,
    found: Score,
    targets: list[Transfer],
) -> Output:
    payments = tuple(Payment(t.event_id, t.payer, t.payee, t.amount_minor) for t in targets)
    pattern, profile = name(found.parts), state.profile
    signal = Signal(
        case.case_id, key, event_id, now, case.level, found.value, pattern.typology, reasons(found), pattern.script_zh,
        policy.policy_version, payments, tuple(profile.handles) if profile is not None else (),
        profile.area if profile is not None else None,
        {t.event_id: Particulars(t.transaction_id, t.posted, t.own, t.shared) for t in targets},
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


def _is_suspicious(event: Call) -> bool:
    inward = event.direction == "in"
    return event.medium == "video" or (inward and _is_odd(event))


def _is_odd(event: Call) -> bool:
    """Whether a call comes over a line that says nothing of who calls, or that anybody can make say anything."""
    return event.peer_type in SUSPICIOUS_KINDS or bool(event.forwarded)


def _note_talk(
    state: Victim, event: Call, call: int, peer: int, span: tuple[int, int], *, suspicious: bool, listed: bool
) -> Talk:
    is_new = True
    for talk in state.talks:
        is_new = is_new and talk.peer != peer
        if talk.call == call:
            if event.phase == "answered":  # what was seen; a length that is told does not reach behind it
                talk.answered_at = span[0]
            talk.ended_at = max(talk.ended_at, span[1])
            talk.suspicious |= suspicious
            talk.listed |= listed
            return talk
    if is_new:
        remember(state.strangers, span[0], STRANGERS_MAX)
    talk = Talk(call, peer, suspicious, span[0], span[1], event.event_id, event.direction == "out", listed)
    if len(state.talks) >= TALKS_MAX:
        state.talks.remove(min(state.talks, key=_telling))
    state.talks.append(talk)
    return talk


def _in_home_money(event: Transaction) -> Transaction:
    if event.currency == HOME:
        return event
    balance = event.balance_minor
    worth = {
        "amount_minor": fen(event.amount_minor, event.currency),
        "balance_minor": None if balance is None else fen(balance, event.currency),
        "currency": HOME,
    }
    return event.model_copy(update=worth)


def _telling(talk: Talk) -> tuple[bool, bool, bool, int]:
    """How much a call is worth remembering: one in progress, with somebody suspicious, for minutes, of late. Couriers
    push no scammer off the line."""
    lasted = f.end_of(talk) - talk.answered_at
    return (not talk.ended_at, talk.suspicious, lasted >= f.REAL_TALK_MS, talk.answered_at)


def _line_of_code(lines: f.Lines) -> tuple[bool, float] | None:
    """Whether the stranger on the line when a code came is suspicious, and for how many minutes he had been there; None
    where nobody was within five minutes."""
    near = [line for line in lines if line.gap_min <= CODE_GAP_MIN]
    if not near:
        return None
    return lines.suspicious in near, max(line.minutes for line in near)


def _hours_since_text(state: Victim, at: int) -> float:
    """Since the latest text worded like a fraud; `NEVER` where none came within a day."""
    gaps = [at - e.at for e in state.evidence if e.code in WORDED and 0 <= at - e.at <= DAY_MS]
    return min(gaps) / HOUR_MS if gaps else f.NEVER


def _is_persons(state: Victim, account: int) -> bool:
    """Whether an account is one of the person's: it paid before, or the reference record names it."""
    return account in state.accounts or (state.profile is not None and account in state.profile.accounts)


def _opens(event: Transaction) -> bool:
    """Whether a small payment may open a series: to a person, not over a shop's till."""
    return event.channel not in TILL_CHANNELS


def _with_parts(state: Victim, event: Transaction, found: f.TransferFacts) -> f.TransferFacts:
    """What a payment is together with those before it. Of one alone nothing is asked."""
    if len(state.transfers) < 2 and not state.refused:
        return found
    posts = bool(state.spend) and state.spend[0] >= f.HISTORY_MIN
    parts = series.parts(state.transfers, event)
    several = parts.number > 1
    return found._replace(
        parts=parts.number, parts_yuan=parts.minor / 100,
        parts_surprise=f.surprise(state.spend, parts.minor) if several else 0.0,
        parts_drained=parts.drained if several else 0.0,
        accounts=series.accounts(state.transfers, event.occurred_at),
        second_account=series.is_second_account(state.transfers, state.talks, event),
        retry=series.retry(state.refused, state.transfers, event, posts=posts),
    )  # fmt: skip


def _in_context(state: Victim, event: Transaction, payer: int, found: f.TransferFacts) -> f.TransferFacts:
    """What the hours and days before say of a payment. Of a small one nothing is asked."""
    at = event.occurred_at
    if event.amount_minor < f.MARKED_MINOR_MIN:
        return found
    number, minor = series.fortnight(state.transfers, at)
    since_warning = at - state.warned_at
    return found._replace(
        gathered=series.gathered(state.moved, payer, event),
        fortnight=number, fortnight_surprise=f.surprise(state.spend, minor),
        call_24h=series.longest_ended_call(state.talks, at),
        warned_h=since_warning / HOUR_MS if since_warning >= 0 else f.NEVER,
        gold=_bears(event, GOLD),
    )  # fmt: skip


def _note_what_tells(state: Victim, event: Transaction, found: f.TransferFacts) -> bool:
    """Remember with a transfer what of itself speaks for a fraud; whether anything does."""
    tells = 2 if any(is_so(found) for is_so in PATTERNS) else int(found.surprise >= UNUSUAL or found.drained >= 0.5)
    for transfer in state.transfers:
        if _same(transfer, event) and transfer.at >= event.occurred_at - DAY_MS:
            transfer.tells = max(transfer.tells, tells)
            transfer.shared |= _is_shared(event)
    return tells > 0


def _is_shared(event: Transaction) -> bool:
    """Whether a payee is paid by everybody. What has hardly a digit is a desk's or a machine's name and no account."""
    if event.channel in SHARED_CHANNELS or sum(map(str.isdigit, event.payee_account)) < ACCOUNT_DIGITS_MIN:
        return True
    return _bears(event, PAYMENT_FIRMS)


def _bears(event: Transaction, words: Iterable[str]) -> bool:
    """Whether one of these is in the payee's name."""
    return event.payee_name is not None and any(word in event.payee_name for word in words)


def _ordered_at(state: Victim, event: Transaction, offset_min: int) -> int:
    """When the transfer was ordered that an undated posting is of, by the id they share, or else as the latest of that
    day that fits; 0 for none."""
    day = range(event.occurred_at, event.occurred_at + DAY_MS)
    fitting = (t for t in state.transfers if _same(t, event) and _is_told_again(t, event))
    return max(
        (t.at for t in fitting if (t.at in day or _have_ids(t, event)) and not _is_undated(t, offset_min)), default=0
    )


def _note_transfer(state: Victim, event: Transaction, offset_min: int, *, own: bool) -> None:
    """Remember a transfer; its `posted` joins its `initiated`, and an `initiated` a posting that is dated before it."""
    is_posted = event.phase == "posted"
    told = next((t for t in state.transfers if _same(t, event) and _is_told_again(t, event)), None)
    if told is None and not is_posted:
        told = _posting_of(state, event, offset_min)
    if told is not None:
        if not is_posted and _is_undated(told, offset_min):
            told.at, told.event_id = event.occurred_at, event.event_id
            state.transfers.sort(key=lambda t: t.at)
        told.posted |= is_posted
        return
    fresh = Transfer(
        event.occurred_at, event.amount_minor, event.payee_account, event.payer_account, event.event_id, is_posted,
        event.transaction_id or "", shared=_is_shared(event), own=own,
    )  # fmt: skip
    if len(state.transfers) >= TRANSFERS_MAX:
        state.transfers.remove(min(state.transfers, key=lambda t: (t.amount_minor >= f.TRACKED_MINOR_MIN, t.at)))
    state.transfers.append(fresh)
    state.transfers.sort(key=lambda t: t.at)


def _posting_of(state: Victim, order: Transaction, offset_min: int) -> Transfer | None:
    """The posting of an order, where it is dated to the order's day and so came before it."""
    for transfer in state.transfers:
        is_of_that_day = 0 < order.occurred_at - transfer.at < DAY_MS and _is_undated(transfer, offset_min)
        if is_of_that_day and _same(transfer, order) and transfer.payer == order.payer_account:
            return transfer
    return None


def _is_undated(transfer: Transfer, offset_min: int) -> bool:
    """Whether of a transfer only its posting is known, and of that the day."""
    return transfer.posted and f.is_of_a_day(transfer.at, offset_min)


def _same(transfer: Transfer, event: Transaction) -> bool:
    """Whether an event tells of a transfer, by its id; by payee and amount where either was told without one."""
    if _have_ids(transfer, event):
        return transfer.transaction_id == event.transaction_id
    return transfer.payee == event.payee_account and transfer.amount_minor == event.amount_minor


def _have_ids(transfer: Transfer, event: Transaction) -> bool:
    return bool(transfer.transaction_id and event.transaction_id)


def _is_told_again(transfer: Transfer, event: Transaction) -> bool:
    """Whether an event that fits is of this transfer and not of another one like it: by the id they share it always is;
    without one a `posted` is of an order not yet posted, and an order of one given at the same moment."""
    if _have_ids(transfer, event):
        return True
    if event.phase == "posted":
        return not transfer.posted
    return (transfer.at, transfer.payer) == (event.occurred_at, event.payer_account)


def _forget_transfer(state: Victim, event: Transaction) -> bool:
    """Take a transfer out of those that were made; whether it was among them."""
    for transfer in state.transfers:
        if _same(transfer, event):
            state.transfers.remove(transfer)
            return True
    return False


def _learn_spending(state: Victim, event: Transaction) -> None:
    """What this person pays."""
    if event.amount_minor <= 0:
        return
    count, mean, variance = state.spend[:3] if state.spend else (0.0, 0.0, 0.0)
    count = min(count + 1.0, SPEND_COUNT_MAX)
    gap = math.log(event.amount_minor) - mean
    mean += gap / count
    variance += (gap * gap * (1.0 - 1.0 / count) - variance) / count
    state.spend = [count, round(mean, 4), round(variance, 4)]


def _learn_balance(state: Victim, event: Transaction, payer: int, payee: int, *, undated: bool) -> None:
    """What is on the account paid from, and what came in there since. A transfer between a person's own accounts is
    nobody's money coming in. Where a later balance is known, one that comes late says nothing; nor does an undated
    one."""
    own = state.accounts.get(payee)
    if own is not None:
        own.balance_minor += event.amount_minor
    if undated:
        return
    account = state.accounts.pop(payer, None)
    if event.balance_minor is None:
        if account is not None:
            account.balance_minor -= event.amount_minor
            state.accounts[payer] = account
        return
    came = f.inflow_before(account, event)
    if account is None:
        account = Account(event.balance_minor, event.occurred_at)
    elif event.occurred_at >= account.at:
        account.balance_minor, account.at = event.balance_minor, event.occurred_at
    if came:
        account.came_minor, account.came_at = came, event.occurred_at
        if f.is_return(state.transfers, came, event.occurred_at):
            remember(state.returns, event.occurred_at, RETURNS_MAX)
    state.accounts[payer] = account
    if len(state.accounts) > ACCOUNTS_MAX:
        del state.accounts[next(iter(state.accounts))]
