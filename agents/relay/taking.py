"""What a case takes and gives back: the measures that its level allows, against whom they are aimed, and what becomes
of each along the rows of `takings`.

    level ─► its measures ─► targets: suspect payments ─► the sum of harms ─► orders

Pure. A measure's status is written in `_befalls` only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import structs

from agents.relay import commands
from agents.relay.case import CaseFile, Moment, Taking
from agents.relay.harm import Sum, weigh, without
from agents.relay.suspicion import is_shared, suspects
from agents.relay.table import Trigger
from agents.relay.takings import BY_ITSELF, MEASURES, FollowUp, Happening, row_of
from schemas.cases import TAKEN_MAX, TakenStatus
from schemas.fields import above
from schemas.orders import Payment
from schemas.spans import HOUR_MS
from schemas.topics import Output
from streams.core.duty import Count, Decision

Decided = list[Decision]

OF_PAYMENT = frozenset({"hold", "stop_payment"})
"""Measures against one payment; all others take something from the person."""

NOT_OWN = "not_own"
"""Why an officer is asked before an account is frozen that nobody says is the person's."""


class Target(NamedTuple):
    """What one measure is aimed at."""

    name: str
    """The phone, the account or the handle."""
    stake_minor: int
    """The money that it may save, minor units."""
    amount_minor: int = 0
    """How much is to be held; 0 for all there is."""
    payee: str = ""
    transaction_id: str = ""
    """Of a hold, with the payee and the amount: the transfer."""
    part: str = ""
    """See `Taking`."""
    ask: str = ""
    """Why an officer is to be asked first; empty for no reason."""


class Takings(commands.Turn):
    """The half of a step that takes and gives back."""

    def walk(self, trigger: Trigger) -> Decided:
        """Follow the relay's table; see `agents.relay.reducer`."""
        raise NotImplementedError

    # -- what is to be taken ---------------------------------------------------------------------------------

    def cut(self) -> Iterator[Decision]:
        """Everything that the level takes and that is not taken yet. What the desk may have held back at a lower level
        is ordered once more, under its own id: the desk lets it pass if it has not."""
        level: Any = self.case.level
        yield from self._ordered(self.playbook.measures[level])

    def hold_back(self) -> Iterator[Decision]:
        """Of that the gentlest only: payments that are not posted yet. An officer speaks to the person meanwhile."""
        level: Any = self.case.level
        ordered = list(self._ordered(one for one in self.playbook.measures[level] if one == "hold"))
        yield from ordered
        if ordered:
            yield from self.walk("held_back")

    def _ordered(self, measures: Iterable[str]) -> Iterator[Decision]:
        """Of these measures; nothing at all without a payment that is suspect itself: what strangers do to a person
        never suffices."""
        suspect = suspects(self.case, self.playbook.tied_min)
        for measure in measures if suspect else ():
            for target in self._targets(measure, suspect):
                held = self._held(measure, target)
                if held is None:
                    yield from self._take(measure, target)
                elif _may_wait(held, self.case, self.now):
                    yield from self.happens(held, "raised")

    def _take(self, measure: str, target: Target) -> Iterator[Decision]:
        """Order it, where it is expected to save more than it harms; where the case holds as much as it can, say so
        once, to a human."""
        weighed = self._weighed(measure, target)
        if not weighed.is_for_it:
            return
        if len(self.case.taken) < TAKEN_MAX:
            yield self._first_order(measure, target, weighed)
        elif self.case.full_told < self.case.run:
            self.case.full_told = self.case.run
            self.case.note(
                Moment(self.now, "command", "no more measures fit: the command centre is asked to see to the rest")
            )
            yield Count("full_cases", (self.case.level,))
            yield commands.full(self)

    def _weighed(self, measure: str, target: Target) -> Sum:
        harm = self.playbook.harm[measure]  # type: ignore[index]
        return weigh(self._probability(measure), target.stake_minor, harm.saves, harm.costs_yuan, harm.costs_share)

    def _probability(self, measure: str) -> float:
        """That the person is being defrauded. A payment may be acted upon for what is known of its payee; what is the
        person's own may not."""
        if measure in OF_PAYMENT:
            return self.case.score
        of_payee = (reason.weight for reason in self.case.reasons if reason.code in self.playbook.of_payee)
        return without(self.case.score, sum(of_payee))

    def _targets(self, measure: str, suspect: list[Payment]) -> list[Target]:
        if measure == "hold":
            return [self._transfer(one) for one in suspect if not self.case.detail(one.event_id).posted]
        if measure == "stop_payment":
            return self._payees(suspect)
        stake = max(sum(one.amount_minor for one in suspect), self.playbook.stake_min_yuan * 100)
        if measure == "freeze":
            return [self._payer(name, suspect, stake) for name in dict.fromkeys(one.payer for one in suspect)]
        names = self.case.handles if measure == "force_login" else [self.key]
        return [Target(name, stake) for name in names]

    def _transfer(self, payment: Payment) -> Target:
        """With it is held what would follow: somebody speaks to the person meanwhile."""
        known, amount = self.case.detail(payment.event_id), payment.amount_minor
        stake = max(amount, self.playbook.stake_min_yuan * 100)
        part = f"{payment.payee}/{amount}/{known.transaction_id}"
        return Target(payment.payer, stake, amount, payment.payee, known.transaction_id, part=part)

    def _payees(self, suspect: list[Payment]) -> list[Target]:
        """Accounts that many pay are nobody's to stop: what a scammer takes there, holding the transfer must save."""
        paid: dict[str, int] = {}
        for payment in suspect:
            known = self.case.detail(payment.event_id)
            if not known.shared and not is_shared(payment.payee, self.playbook.shared_payees):
                paid[payment.payee] = paid.get(payment.payee, 0) + payment.amount_minor
        return [self._rest(payee, amount) for payee, amount in paid.items()]

    def _rest(self, payee: str, amount: int) -> Target:
        """What is not stopped yet of all that a payee was paid: a second payment is a further amount."""
        mine = [t for t in self.case.taken if (t.run, t.measure, t.target) == (self.case.run, "stop_payment", payee)]
        stopped = sum(t.amount_minor for t in mine if t.attempt == 1)
        if not mine:
            return Target(payee, amount, amount)
        return Target(
            payee, amount - stopped, amount - stopped, part=str(stopped) if stopped < amount else mine[-1].part
        )

    def _payer(self, account: str, suspect: list[Payment], stake: int) -> Target:
        own = any(self.case.detail(one.event_id).own for one in suspect if one.payer == account)
        return Target(account, stake, ask="" if own else NOT_OWN)

    def _held(self, measure: str, target: Target) -> Taking | None:
        """What is taken, or about to be. A suspended phone need not be suspended for incoming calls too."""
        wider = {measure, "suspend"} if MEASURES[measure].action == "suspend" else {measure}
        there = (t for t in self.case.taken if (t.run, t.target, t.part) == (self.case.run, target.name, target.part))
        found = [taking for taking in there if taking.measure in wider]
        return found[-1] if found else None

    def _first_order(self, measure: str, target: Target, weighed: Sum) -> Output:
        until = self.after(getattr(self.playbook.expires_h, MEASURES[measure].action))
        taking = Taking(
            commands.taking_id(self.case, measure, target.name, 1, target.part), measure, target.name, until,
            target.amount_minor, run=self.case.run, level=self.case.level, payee=target.payee,
            transaction_id=target.transaction_id, ask=target.ask, part=target.part,
        )  # fmt: skip
        self.case.taken.append(taking)
        words = f"{MEASURE_WORDS[measure]}: {weighed.in_words}"
        self.case.note(Moment(self.now, "command", words, command_id=taking.command_id, event_id=self.case.caused_by))
        return commands.take(self, taking)

    # -- the takings' tables ---------------------------------------------------------------------------------

    def told_of_taking(self, taking: Taking, word: str) -> Decided | None:
        """Word of a measure; None where it says nothing that counts."""
        found = row_of(taking.measure, taking.status, word)
        if found is not None and found[1] == "approve" and (taking.approved or taking.until <= self.now):
            found = None  # a yes counts once, and not when the time is over
        return None if found is None else self._befalls(taking, *found)

    def told_of_return(self, taking: Taking, follows: FollowUp) -> Decided:
        """Word of something given back."""
        return self._befalls(taking, taking.status, follows)

    def happens(self, taking: Taking, happening: Happening) -> Decided:
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

    def _is_held(self, taking: Taking) -> Iterator[Decision]:
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
            yield from self.happens(taking, "tried_enough")
            return
        taking.retry_at = self.now + 1000 * self.playbook.retry_s * 2 ** (attempt - 1)
        if self.case.state == "closed":  # what is still to be given back keeps it from being forgotten
            keep = int(self.playbook.keep_closed_h * HOUR_MS)
            self.case.forget_due = max(self.case.forget_due, taking.retry_at + keep)

    def _go_on(self, taking: Taking) -> Iterator[Decision]:
        """Who was to hold it cannot: the next harder measures, as far as the level asks for them."""
        taking.retry_at = 0
        yield from self.walk("cannot_hold")

    def _order(self, taking: Taking) -> Iterator[Decision]:
        """What is still on its way, under its own id."""
        taking.level = self.case.level
        yield commands.take(self, taking)

    def _order_again(self, taking: Taking) -> Iterator[Decision]:
        """Another attempt, once. The one that failed stays on the list: it may have worked."""
        attempt = taking.attempt + 1
        again = commands.taking_id(self.case, taking.measure, taking.target, attempt, taking.part)
        if any(other.command_id == again for other in self.case.taken):
            return
        if taking.until <= self.now or len(self.case.taken) >= TAKEN_MAX:
            yield from self.happens(taking, "no_room")
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
        words = f"{MEASURE_WORDS[taking.measure]}: given back"
        self.case.note(Moment(self.now, "taken_back", words, command_id=taking.return_id))
        yield commands.give_back(self, taking)

    def _by_hand(self, taking: Taking) -> Iterator[Decision]:
        """Leave it to a human, once."""
        if not taking.by_hand:
            taking.by_hand = True
            self.case.note(Moment(self.now, "command", f"{MEASURE_WORDS[taking.measure]}: to be seen to by hand"))
            yield commands.by_hand(self, taking)

    def _nothing(self, taking: Taking) -> Iterator[Decision]:
        yield from ()


_FOLLOWS: Mapping[FollowUp, Callable[[Takings, Taking], Iterator[Decision]]] = {
    "held": Takings._is_held, "settle": Takings._settle, "approve": Takings._approve, "decline": Takings._decline,
    "retry": Takings._retry, "go_on": Takings._go_on, "order": Takings._order, "order_again": Takings._order_again,
    "give_back": Takings._give_back, "by_hand": Takings._by_hand, "nothing": Takings._nothing,
}  # fmt: skip

MEASURE_WORDS = {
    "hold": "hold the transfer", "stop_payment": "stop the payment at the payee's", "freeze": "freeze the account",
    "suspend": "suspend the phone", "suspend_incoming": "bar incoming calls", "force_login": "force a new login",
}  # fmt: skip


def area_of(case: CaseFile) -> str:
    """The label of a case's area."""
    return case.area or "unknown"


def _may_wait(taking: Taking, case: CaseFile, now: int) -> bool:
    """Whether nobody has done it yet, it was ordered at a lower level, and its time is not over."""
    raised = taking.status == "ordered" and above(case.level, taking.level)
    return raised and not taking.approved and taking.until > now and MEASURES[taking.measure].undo is not None


def _intercepted(case: CaseFile, taking: Taking) -> Iterator[Count]:
    """Count what is held now. Of several attempts at the same thing only one counts while it holds."""
    alike = (taking.measure, taking.target, taking.part, taking.run)
    held = [t for t in case.taken if t is not taking and t.status == "held"]
    if any((t.measure, t.target, t.part, t.run) == alike for t in held):
        return
    about = (case.typology, area_of(case))
    yield Count("interceptions", (MEASURES[taking.measure].action, *about))
    if taking.amount_minor and taking.measure == "stop_payment":  # a hold is for minutes, and often the same money
        yield Count("money_held", about, taking.amount_minor)
