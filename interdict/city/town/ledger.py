"""Moves money: what a transfer leaves behind in the bank's feed, in the payer's messages and on both accounts.

Everybody pays through here, honest people and victims alike, so that the one's records look like the other's.
"""

from functools import partial
from math import exp
from random import Random
from typing import NamedTuple

from interdict.city.town.numbers import BANK_LINES, BANKS
from interdict.city.town.people import PAID_MAX, Payee, Person, Purse
from interdict.city.town.plan import Params
from interdict.city.town.scribe import Scribe
from interdict.city.town.steps import Channel
from interdict.city.town.words import Phrases
from schemas.spans import MINUTE_MS, SECOND_MS

POST_S = (8, 150)
"""Least and most from `initiated` to `posted`."""
POST_SIGMA = 0.4
PASSED_ON: tuple[Channel, ...] = ("mobile", "qr")
"""How people and stalls are paid."""
PASSED_ON_FROM_MINOR = 20_000
PASSED_ON_AFTER_MIN = 60
"""Median; the quickest take minutes."""
REFUND_S = (600, 172_800)
CODED_FROM_MINOR = 200_000
"""From here on a code is asked for with familiar payees too."""
NOTICED_FROM_MINOR = 5_000
"""Smaller payments are not worth a text to the bank."""


class Paid(NamedTuple):
    """A transfer that went through."""

    event_id: str
    """Of its `initiated`."""
    posted_event_id: str
    transfer_id: str
    at: int
    """Of its `initiated`, Unix ms."""
    posted_at: int
    amount_minor: int
    account: str
    payee: Payee


class Ledger:
    """The banks of a run.

    Args:
        people: the townspeople, by number: their accounts can be paid.
        params: the run's numbers.
        rng: draws delays and refusals.
        scribe: writes down.
        phrases: what banks text.
    """

    def __init__(self, people: list[Person], params: Params, rng: Random, scribe: Scribe, phrases: Phrases) -> None:
        self._people = people
        self._rng = rng
        self._scribe = scribe
        self._phrases = phrases
        self._params = params
        self._untold = params["money.name_untold_share"]
        self._declined = params["money.declined_share"]
        self._coded = params["money.code_share"]
        self._passed_on = params["money.passed_on_share"]
        self._post_s = params["money.post_median_s"]

    def pay(
        self, who: Person, at: int, payee: Payee, amount_minor: int, *, channel: Channel = "mobile",
        purse: Purse | None = None, is_kept: bool = False,
    ) -> Paid | None:  # fmt: skip
        """A transfer by a townsperson.

        Args:
            who: pays.
            at: when it is ordered, Unix ms.
            payee: is paid; a townsperson's account has it at once, another may pay it on.
            amount_minor: how much, fen.
            channel: how it is ordered.
            purse: from which account; the first if not given.
            is_kept: whether what the payee does with it is somebody else's to say.

        Returns:
            None if the bank declines it or there is too little.
        """
        purse = purse or who.purses[0]
        self.book(who)
        if amount_minor > purse.balance_minor or amount_minor <= 0:
            return None
        is_new = payee.account not in who.paid
        if channel in ("mobile", "web") and (is_new or amount_minor >= CODED_FROM_MINOR):
            self._code(who, at, purse, amount_minor)
        paid = self._ordered(who, at, payee, amount_minor, channel, purse, is_new)
        if paid is None:
            return None
        purse.balance_minor -= amount_minor
        _remember(who, payee.account)
        if payee.owner >= 0:
            self._people[payee.owner].incoming_minor += amount_minor
        elif is_new and not is_kept and channel in PASSED_ON and amount_minor >= PASSED_ON_FROM_MINOR:
            self._pass_on(paid.posted_at, payee.account, amount_minor)
        if who.has_notices and amount_minor >= NOTICED_FROM_MINOR:
            noticed_at = paid.posted_at + self._rng.randint(1, 20) * SECOND_MS
            self.notice(who, noticed_at, purse, "bank.spent", amount_minor)
        return paid

    def _ordered(
        self, who: Person, at: int, payee: Payee, amount_minor: int, channel: Channel, purse: Purse, is_new: bool
    ) -> Paid | None:
        """What the bank's feed tells of a transfer."""
        transfer_id = self._scribe.event_id()
        tell = partial(
            self._scribe.transfer,
            phone=who.phone,
            account=purse.account,
            payee=payee.account,
            amount_minor=amount_minor,
            transfer_id=transfer_id,
            name=None if self._rng.random() < self._untold else payee.name,
            balance_minor=purse.balance_minor - amount_minor if purse.tells_balance else None,
            channel=channel,
            is_new=is_new if purse.tells_newness else None,
        )
        posted_at = at + self._delay_ms()
        first = tell(at, phase="initiated")
        if self._rng.random() < self._declined:
            tell(posted_at, phase="declined")
            return None
        second = tell(posted_at, phase="posted")
        return Paid(first, second, transfer_id, at, posted_at, amount_minor, purse.account, payee)

    def _pass_on(self, at: int, account: str, amount_minor: int) -> None:
        """Sometimes an honest payee pays somebody in turn, soon: the craftsman his supplier, the seller her rent."""
        rng = self._rng
        if rng.random() >= self._passed_on:
            return
        at += int(PASSED_ON_AFTER_MIN * exp(rng.gauss(0, 1.2)) * MINUTE_MS)
        part = int(amount_minor * rng.uniform(0.5, 1.0)) // 100 * 100
        payee = self._people[rng.randrange(len(self._people))].payee.account
        self.between(at, account, payee, part, phone=None, balance_minor=amount_minor - part)

    def refund(self, who: Person, paid: Paid) -> None:
        """Give a payment back: the shop had none left."""
        at = paid.posted_at + self._rng.randint(*REFUND_S) * SECOND_MS
        self._scribe.transfer(
            at, who.phone, paid.account, paid.payee.account, paid.amount_minor, "reversed", paid.transfer_id
        )
        who.incoming_minor += paid.amount_minor

    def receive(
        self,
        who: Person,
        at: int,
        account: str,
        amount_minor: int,
        *,
        phone: str | None = None,
        is_told: bool = True,
        purse: Purse | None = None,
    ) -> tuple[str, ...]:
        """A transfer to a townsperson from an account of elsewhere; the ids of what the feed tells of it.

        Args:
            who: receives.
            at: when it is ordered, Unix ms.
            account: pays.
            amount_minor: how much.
            phone: of the payer, where the bank knows it.
            is_told: whether the payer's bank is in the feed.
            purse: which account is paid; the first if not given.
        """
        scribe = self._scribe
        posted_at = at + self._delay_ms()
        if purse is None:
            purse = who.purses[0]
            who.incoming_minor += amount_minor
        else:
            purse.balance_minor += amount_minor
        if who.has_notices and amount_minor >= NOTICED_FROM_MINOR:
            self.notice(who, posted_at + 3 * SECOND_MS, purse, "bank.got", amount_minor, amount_minor)
        if not is_told:
            return ()
        told = (phone, account, purse.account, amount_minor)
        transfer_id = scribe.event_id()
        return (
            scribe.transfer(at, *told, "initiated", transfer_id),
            scribe.transfer(posted_at, *told, "posted", transfer_id),
        )

    def between(
        self, at: int, account: str, payee: str, amount_minor: int, *, phone: str | None = None,
        balance_minor: int | None = None, channel: Channel = "mobile",
    ) -> int:  # fmt: skip
        """A transfer between two accounts of which neither is a townsperson's; when it was posted, Unix ms."""
        transfer_id, posted_at = self._scribe.event_id(), at + self._delay_ms()
        for moment, phase in ((at, "initiated"), (posted_at, "posted")):
            self._scribe.transfer(
                moment,
                phone,
                account,
                payee,
                amount_minor,
                phase,
                transfer_id,
                balance_minor=balance_minor,
                channel=channel,
            )
        return posted_at

    def gather(self, who: Person, at: int, to: Purse) -> list[Paid]:
        """Move all that somebody's other accounts hold to one of them, a minute or two apart."""
        moves = []
        for purse in who.own:
            if purse is to or purse.balance_minor < NOTICED_FROM_MINOR:
                continue
            amount = purse.balance_minor // 10_000 * 10_000 or purse.balance_minor
            paid = self.pay(who, at, Payee(to.account, "本人", -1), amount, purse=purse)
            if paid:
                to.balance_minor += amount
                moves.append(paid)
                at += self._rng.randint(60, 240) * SECOND_MS
        return moves

    def book(self, who: Person) -> None:
        """Put what arrived on the first account of its owner."""
        purse = who.purses[0]
        purse.balance_minor += who.incoming_minor
        who.incoming_minor = 0

    def notice(self, who: Person, at: int, purse: Purse, subject: str, amount_minor: int, more_minor: int = 0) -> None:
        """What the bank texts about a payment."""
        text = self._phrases.text(
            subject, self._rng, bank=BANKS[purse.bank], tail=purse.account[-4:], paid=_cny(amount_minor),
            left=_cny(purse.balance_minor + more_minor),
        )  # fmt: skip
        self._scribe.text(who, at, BANK_LINES[purse.bank], text)

    def _code(self, who: Person, at: int, purse: Purse, amount_minor: int) -> None:
        if self._rng.random() < self._coded:
            text = self._phrases.text("bank.code", self._rng, bank=BANKS[purse.bank], tail=purse.account[-4:],
                                      paid=_cny(amount_minor))  # fmt: skip
            self._scribe.text(who, at - self._rng.randint(8, 50) * SECOND_MS, BANK_LINES[purse.bank], text)

    def _delay_ms(self) -> int:
        least, most = POST_S
        seconds = self._post_s * exp(self._rng.gauss(0, POST_SIGMA))
        return int(min(max(seconds, least), most) * SECOND_MS)


def _remember(who: Person, account: str) -> None:
    """Note that an account was paid; the one paid longest ago is forgotten, as banks forget."""
    paid = who.paid
    paid.pop(account, None)
    paid[account] = None
    if len(paid) > PAID_MAX:
        del paid[next(iter(paid))]


def _cny(minor: int) -> str:
    return f"{minor / 100:,.2f}"
