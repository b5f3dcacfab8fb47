"""Plays the beats of stories: each act as what it leaves behind in the feeds."""

from collections.abc import Callable
from math import exp
from random import Random
from typing import Literal

from interdict.city.town.cast import Cast
from interdict.city.town.chance import money
from interdict.city.town.ledger import Ledger, Paid
from interdict.city.town.numbers import BANKS
from interdict.city.town.people import Contact, Person, Purse
from interdict.city.town.plan import Params
from interdict.city.town.roles import Roles
from interdict.city.town.scribe import Scribe, Told
from interdict.city.town.steps import Beat, Channel, Step
from interdict.city.town.truth import PaymentTruth
from interdict.city.town.words import HOOKS, Phrases, disguised
from schemas.events import Report
from schemas.fields import LIST_ITEMS_MAX
from schemas.reference import WatchlistEntry
from schemas.spans import HOUR_MS, SECOND_MS
from schemas.topics import REPORTS, WATCHLIST

DISGUISED = frozenset((*HOOKS, "shop.ad", "loan.ad", "fund.ad", "job.ad"))
"""What filters look for, and what is spelt so that they find less."""
THRESHOLDS_MINOR = (100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 20_000_000)
"""Round sums that banks look at; scammers stay just under."""
LEAST_MINOR = 500
KEPT_MINOR_MAX = 8_000
"""The most that somebody who pays all there is leaves behind."""
WORTHWHILE_MINOR = 3_000
"""Where there is less, nobody asks for it any more."""
CASH_LEAST_MINOR = 10_000
ATM_MAX_MINOR = 2_000_000
"""A day's limit at a machine; more is paid out at the counter."""


class Stage:
    """Where stories are played.

    Args:
        params: the run's numbers.
        people: the townspeople, by number.
        roles: everybody else.
        scribe: writes calls and texts down.
        ledger: moves money.
        phrases: what is written.
    """

    def __init__(
        self, params: Params, people: list[Person], roles: Roles, scribe: Scribe, ledger: Ledger, phrases: Phrases
    ) -> None:
        self._params = params
        self._people = people
        self._roles = roles
        self._scribe = scribe
        self._ledger = ledger
        self._phrases = phrases
        self._acts: dict[str, Callable[[Cast, Beat], None]] = {
            "call": self._call, "dial": self._call, "miss": self._call, "text": self._text, "reply": self._text,
            "code": self._code, "app": _unseen, "pay": self._pay, "back": self._back,
            "gather": self._gather, "loan": self._loan, "cash": self._pay, "report": self._report,
        }  # fmt: skip

    def play(self, cast: Cast, beat: Beat) -> None:
        """Let one beat happen."""
        self._acts[beat.step.act](cast, beat)

    def talk(
        self, who: Person, at: int, contact: Contact, seconds: int, *, out: bool = False, medium: str = "voice",
        forwarded: bool = False, is_sure: bool = False,
    ) -> Told:  # fmt: skip
        """A call, on both sides where both are of the town.

        Args:
            who: the townsperson.
            at: when it begins to ring, Unix ms.
            contact: the other end.
            seconds: on the line; 0 if it is not answered.
            out: whether the townsperson calls.
            medium: voice or video.
            forwarded: whether it came by call forwarding.
            is_sure: whether a story hangs on it; any other call does not get through an engaged line.
        """
        other = self._people[contact.person] if contact.person >= 0 else None
        if not is_sure and (who.is_on_line(at) or (other is not None and other.is_on_line(at))):
            seconds = 0
        told = self._scribe.call(
            who, at, contact.peer, contact.kind, seconds, out=out, medium=medium, forwarded=forwarded
        )
        if other is not None:
            self._scribe.call(other, at, who.phone, "mobile", seconds, out=not out, medium=medium)
        return told

    def write(self, who: Person, at: int, contact: Contact, text: str, *, out: bool = False) -> Told:
        """A text, on both sides where both are of the town."""
        if contact.person >= 0:
            self._scribe.text(self._people[contact.person], at, who.phone, text, out=not out)
        return self._scribe.text(who, at, contact.peer, text, out=out)

    def spelt(self, subject: str, rng: Random) -> str:
        """A sentence of a subject, spelt to slip through filters where its writers would."""
        text = self._phrases.text(subject, rng)
        if subject in DISGUISED and rng.random() < self._params["texts.disguise_share"]:
            return disguised(text, rng)
        return text

    def _call(self, cast: Cast, beat: Beat) -> None:
        step = beat.step
        contact = cast.contact(step.by, beat.at)
        told = self.talk(
            cast.person, beat.at, contact, beat.seconds, out=step.act == "dial", medium=step.medium, is_sure=True
        )
        self._note(cast, told, step.by)

    def _text(self, cast: Cast, beat: Beat) -> None:
        step = beat.step
        contact = cast.contact(step.by, beat.at)
        if cast.gang and step.act == "text" and step.by.startswith("gang"):
            contact = cast.gang.sender(contact, beat.at)
        text = self.spelt(step.text or "reply", cast.rng)
        told = self.write(cast.person, beat.at, contact, text, out=step.act == "reply")
        self._note(cast, told, step.by)

    def _code(self, cast: Cast, beat: Beat) -> None:
        text = self._phrases.text("code", cast.rng)
        self._note(cast, self._scribe.text(cast.person, beat.at, self._roles.gateway(), text), "gang")

    def _note(self, cast: Cast, told: Told, by: str) -> None:
        """Evidence is what the scammers did or brought about; a relative who calls in between is none."""
        if cast.case and by.startswith("gang"):
            cast.case.note(told.event_ids)

    def _pay(self, cast: Cast, beat: Beat) -> None:
        step, person = beat.step, cast.person
        self._ledger.book(person)
        amount = self._amount(cast, beat)
        is_cash = step.act == "cash"
        at = beat.at
        for purse, part in _parts(_purses(person, step), amount):
            if cast.gang and step.to == "gang":
                self._lose(cast, at, purse, part, step.via)
            elif is_cash:
                self._withdraw(cast, at, purse, part)
            else:
                cast.last_minor = amount
                self._lost(cast, self._ledger.pay(person, at, cast.payee(step.to), part, channel=step.via, purse=purse))
            at += cast.rng.randint(50, 200) * SECOND_MS

    def _lose(self, cast: Cast, at: int, purse: Purse, amount_minor: int, channel: Channel) -> None:
        """A payment to a gang's account, and what becomes of the money there."""
        assert cast.gang is not None
        mule = cast.mule(at)
        paid = self._ledger.pay(cast.person, at, mule.payee, amount_minor, channel=channel, purse=purse, is_kept=True)
        cast.last_minor = amount_minor
        self._lost(cast, paid)
        if paid is None or cast.case is None:
            return
        if cast.case.scam_id not in mule.victims:
            mule.victims.append(cast.case.scam_id)
        cast.gang.forward(self._ledger, self._roles, mule, paid.posted_at, amount_minor)

    def _withdraw(self, cast: Cast, at: int, purse: Purse, amount_minor: int) -> None:
        amount = amount_minor // CASH_LEAST_MINOR * CASH_LEAST_MINOR
        channel: Channel = "atm" if amount <= ATM_MAX_MINOR else "counter"
        desk = self._roles.cash_desks[purse.bank]
        paid = self._ledger.pay(cast.person, at, desk, amount, channel=channel, purse=purse)
        cast.last_minor = amount
        self._lost(cast, paid)

    def _lost(self, cast: Cast, paid: Paid | None) -> None:
        """What a victim pays is lost, whoever is paid: cash, gold and coins are handed on where no feed sees it."""
        if paid and cast.case:
            cast.case.note((paid.event_id, paid.posted_event_id))
            cast.case.payments.append(_payment(paid))

    def _amount(self, cast: Cast, beat: Beat) -> int:
        """What is paid, fen: a sum of its own, the last one grown, or a share of all there is."""
        step, params, rng = beat.step, self._params, cast.rng
        funds = sum(p.balance_minor for p in _purses(cast.person, step)) - rng.randint(0, KEPT_MINOR_MAX)
        left = int(funds * min(1.0, params[step.of_left] * rng.uniform(0.8, 1.15))) if step.of_left else funds
        if step.grow and cast.last_minor:
            amount = int(cast.last_minor * params[step.grow] * rng.uniform(0.8, 1.3))
        elif step.size:
            spread = params["crime.spread" if cast.gang else "occasion.spread"]
            amount = money(rng, params[step.size] * cast.person.means, spread)
        else:
            amount = left
        if left < min(amount, WORTHWHILE_MINOR):
            return 0
        amount = min(amount, left)
        if cast.gang:
            return max(0, _shaped(amount, rng, params))
        return max(0, amount // 100 * 100 if amount == left else amount)

    def _back(self, cast: Cast, beat: Beat) -> None:
        """Money that comes back: a scammer's bait, a stranger's refund, what one lent."""
        step, params, rng = beat.step, self._params, cast.rng
        if step.size:
            amount = money(rng, params[step.size], 0.5)
        else:
            amount = int(cast.last_minor * (params[step.grow] if step.grow else 1))
        if amount < LEAST_MINOR:
            return
        if cast.gang is None:
            self._ledger.receive(
                cast.person, beat.at, cast.payee(step.to).account, amount, phone=self._roles.told_phone()
            )
            return
        mule = cast.gang.mule(beat.at)
        ids = self._ledger.receive(
            cast.person, beat.at, mule.payee.account, amount, phone=mule.phone, is_told=mule.is_seen
        )
        if cast.case:
            cast.case.note(ids)
            cast.case.returned_minor += amount

    def _gather(self, cast: Cast, beat: Beat) -> None:
        person = cast.person
        to = max(person.own, key=lambda purse: purse.balance_minor)
        for paid in self._ledger.gather(person, beat.at, to):
            if cast.case:
                cast.case.note((paid.event_id, paid.posted_event_id))

    def _loan(self, cast: Cast, beat: Beat) -> None:
        step, person, rng = beat.step, cast.person, cast.rng
        amount = money(rng, self._params[step.size] * person.means, 0.4) // 10_000 * 10_000 + 100_000
        told = {
            "paid": f"{amount / 100:,.0f}",
            "tail": person.purses[0].account[-4:],
            "bank": BANKS[person.purses[0].bank],
        }
        gateway = cast.contact("gateway", beat.at)
        self.write(person, beat.at, gateway, self._phrases.text("lender.code", rng, **told))
        paid_at = beat.at + rng.randint(40, 400) * SECOND_MS
        lender = self._roles.firms[rng.randrange(min(5, len(self._roles.firms)))]
        ids = self._ledger.receive(person, paid_at, lender.account, amount)
        self.write(person, paid_at + 60 * SECOND_MS, gateway, self._phrases.text("lender.paid", rng, **told))
        cast.last_minor = amount
        if cast.case:
            cast.case.note(ids)

    def _report(self, cast: Cast, beat: Beat) -> None:
        """The victim tells the police, and some hours later the list knows the accounts."""
        case = cast.case
        if case is None or not case.payments:
            return
        case.reported_at = beat.at
        payments = case.payments[-LIST_ITEMS_MAX:]
        accounts = tuple(dict.fromkeys(p.payee_account for p in payments))
        self._scribe.record(REPORTS, beat.at, cast.person.phone, Report(
            report_id=self._scribe.event_id(), occurred_at=beat.at, subscriber=cast.person.phone,
            account=payments[0].account, amount_minor=sum(p.amount_minor for p in case.payments),
            transaction_ids=tuple(p.posted_event_id for p in payments), payee_accounts=accounts,
            typology=case.typology if cast.rng.random() < 0.8 else None,
        ))  # fmt: skip
        delay = self._params["watch.after_report_h"] * exp(cast.rng.gauss(0, 0.5))
        listed_at = beat.at + int(delay * HOUR_MS)
        desks = {desk.account for desk in self._roles.cash_desks}
        for account in accounts:
            if account not in desks:
                self._scribe.record(
                    WATCHLIST, listed_at, account, entry(account, "account", "mule", "report", listed_at)
                )


def entry(value: str, kind: Literal["peer", "account"], category: str, source: str, at: int) -> WatchlistEntry:
    """A line of the watchlist."""
    return WatchlistEntry(value=value, kind=kind, category=category, source=source, added_at=at, expires_at=None)


def _unseen(_: Cast, __: Beat) -> None:
    """What happens in an app."""


def _payment(paid: Paid) -> PaymentTruth:
    return PaymentTruth(
        event_id=paid.event_id, posted_event_id=paid.posted_event_id, transaction_id=paid.transfer_id,
        occurred_at=paid.at, posted_at=paid.posted_at, amount_minor=paid.amount_minor,
        payee_account=paid.payee.account, account=paid.account,
    )  # fmt: skip


def _purses(person: Person, step: Step) -> list[Purse]:
    """The accounts that a step draws on: a firm's where it is the firm's business, else one's own."""
    firms = [purse for purse in person.purses if purse.is_firms] if step.of_firm else []
    return firms or person.own


def _parts(purses: list[Purse], amount_minor: int) -> list[tuple[Purse, int]]:
    """From which accounts an amount is paid: the fullest first, and as few as it takes."""
    parts: list[tuple[Purse, int]] = []
    for purse in sorted(purses, key=lambda p: -p.balance_minor):
        part = min(amount_minor, purse.balance_minor)
        if part < LEAST_MINOR:
            break
        parts.append((purse, part))
        amount_minor -= part
    return parts


def _shaped(amount_minor: int, rng: Random, params: Params) -> int:
    """A sum as scammers ask for it: round, or just under where a bank would look twice."""
    draw = rng.random()
    if draw < params["crime.under_share"]:
        under = [t for t in THRESHOLDS_MINOR if t <= amount_minor * 1.3]
        return min(amount_minor, under[-1] - rng.choice((100, 1_000, 10_000, 20_000))) if under else amount_minor
    if draw < params["crime.under_share"] + params["crime.round_share"]:
        unit = 10 ** max(2, len(str(amount_minor)) - 2)
        return int(amount_minor // unit * unit)
    return amount_minor
