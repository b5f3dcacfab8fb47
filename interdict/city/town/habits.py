"""What a townsperson does on an ordinary day: calls, texts, purchases, gifts, business."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from math import exp
from random import Random
from typing import Any, NamedTuple

from interdict.city.town.chance import ERRAND, MACHINE, OFFICE, PRIVATE, PROFILES, SHOPPING, Hours, Zipf, count, money
from interdict.city.town.ledger import Ledger
from interdict.city.town.numbers import BANK_LINES
from interdict.city.town.people import FRIENDS_MAX, SHOPS_MAX, Contact, Person
from interdict.city.town.plan import Params
from interdict.city.town.roles import TRADES, Roles
from interdict.city.town.stage import Stage
from interdict.city.town.steps import Channel
from schemas.spans import HOUR_MS

Action = tuple[int, Callable[..., Any], tuple[Any, ...]]
"""When, ms after midnight; what; and with what."""

TAKINGS_A_WAGE = 20
"""Takings that make up a month's income, for those whom customers pay."""
SWEEP_AT_MS = 20 * HOUR_MS
SWEPT_FROM_MINOR = 20_000
VENDOR_SHARE = 0.3
"""Share of new shops that are a person with a code on a stall."""
FORGETFUL_RANK = 0.6
"""New shops and friends enter the lists behind this share of them: most are met once."""


class Post(NamedTuple):
    """A kind of text from outside one's circle."""

    subject: str
    weight: float
    sender: str
    """`gateway`, `bank`, `operator`, or a trade."""
    kinds: frozenset[str] = frozenset()
    """To whom besides; to everybody if empty."""


POSTS = (
    Post("code", 30, "gateway"),
    Post("courier", 22, "gateway"),
    Post("shop.ad", 14, "gateway"),
    Post("operator", 8, "operator"),
    Post("bank.news", 8, "bank"),
    Post("loan.ad", 7, "gateway"),
    Post("office", 6, "gateway"),
    Post("courier", 4, "courier"),
    Post("fund.ad", 3, "gateway"),
    Post("police", 2.5, "gateway"),
    Post("job.ad", 1.5, "gateway"),
    Post("hospital", 1.5, "gateway"),
    Post("estate.ad", 1.2, "agent"),
    Post("leader", 1.5, "driver"),
    Post("court", 0.3, "gateway"),
    Post("repair", 0.5, "repair"),
    Post("school", 5, "gateway", frozenset(("parent", "homemaker", "teacher"))),
    Post("lesson", 2, "school", frozenset(("parent", "homemaker"))),
    Post("elder.ad", 4, "gateway", frozenset(("elder",))),
    Post("dealer", 4, "sales", frozenset(("owner", "finance", "dealer"))),
    Post("work", 4, "headhunter", frozenset(("owner", "finance", "agent", "seller"))),
)
_POST_TOTALS = list(accumulate(post.weight for post in POSTS))
_TRADE_TOTALS = list(accumulate(trade.weight for trade in TRADES))
_PRIVATE_TEXTS = ("family", "friend", "friend", "work", "reply")


class Habits:
    """Ordinary days of one run.

    Args:
        params: the run's numbers.
        people: the townspeople, by number.
        roles: everybody else.
        stage: where calls and texts are played.
        ledger: moves money.
        zipf: how unevenly contacts are called.
        rng: draws everything here.
    """

    def __init__(
        self, params: Params, people: list[Person], roles: Roles, stage: Stage, ledger: Ledger, zipf: Zipf, rng: Random
    ) -> None:
        self._p = params
        self._people = people
        self._roles = roles
        self._stage = stage
        self._ledger = ledger
        self._zipf = zipf
        self._rng = rng
        for person in people:
            person.shops = [roles.shared() if rng.random() < params["money.shared_account_share"] else roles.shop()
                            for _ in range(rng.randint(5, SHOPS_MAX))]  # fmt: skip
            for shop in person.shops:
                person.paid[shop.account] = None

    def of(self, who: Person, day_at: int, is_free: bool) -> list[Action]:
        """What somebody does of a day, in no order.

        Args:
            who: the townsperson.
            day_at: midnight, Unix ms.
            is_free: whether nobody works that day.
        """
        rng = self._rng
        actions: list[Action] = [
            (day_at + hours.moment(rng, is_free), act, (who,))
            for often, hours, act in self._routine(who, is_free)
            for _ in range(count(rng, often))
        ]
        for _ in range(count(rng, self._p["calls.in_a_day"] * who.kind.calls_in * who.activity)):
            trade = rng.choices(TRADES, cum_weights=_TRADE_TOTALS)[0]
            actions.append((day_at + PROFILES[trade.hours].moment(rng, is_free), self._outside_call, (who, trade)))
        if who.kind.sweep:
            actions.append((day_at + SWEEP_AT_MS + int(rng.random() * 3 * HOUR_MS), self._sweep, (who,)))
        return actions

    def _routine(self, who: Person, is_free: bool) -> Iterator[tuple[float, Hours, Callable[..., Any]]]:
        """How often a day somebody does what, and at what hours."""
        p, kind, much = self._p, who.kind, who.activity
        calls, buys = (p["calls.weekend_factor"], p["money.weekend_factor"]) if is_free else (1.0, 1.0)
        yield p["calls.out_a_day"] * kind.calls_out * much * calls, PRIVATE, self._private_call
        yield p["texts.in_a_day"] * much, MACHINE, self._post
        yield p["texts.private_a_day"] * much, PRIVATE, self._private_text
        yield p["money.buys_a_day"] * kind.buys * much * buys, SHOPPING, self._buy
        yield p["money.gives_a_week"] / 7 * kind.gives * much, PRIVATE, self._give
        yield p["money.gets_a_week"] / 7 * kind.gives * much, PRIVATE, self._get
        if kind.suppliers_a_day and not is_free:
            yield kind.suppliers_a_day * much, OFFICE, self._supply
            yield kind.suppliers_a_day * much, OFFICE, self._sell
        if kind.takings_a_day_wages:
            yield kind.takings_a_day_wages * TAKINGS_A_WAGE * much, ERRAND, self._take

    def _private_call(self, at: int, who: Person) -> None:
        p, rng = self._p, self._rng
        contacts = who.family if rng.random() < 0.45 or not who.circle else who.circle
        contact = contacts[self._zipf.index(rng, len(contacts))]
        out = contact.person >= 0 or rng.random() < 0.5
        medium = "video" if rng.random() < p["calls.video_share"] else "voice"
        seconds = 0
        if rng.random() >= p["calls.unanswered_share"] and (out or not self._is_hushed(who, at)):
            seconds = max(3, int(p["calls.private_median_s"] * exp(rng.gauss(0, p["calls.private_sigma"]))))
        self._stage.talk(who, at, contact, min(seconds, 3 * 3600), out=out, medium=medium)

    def _outside_call(self, at: int, who: Person, trade: Any) -> None:
        p, rng = self._p, self._rng
        contact = self._roles.caller(trade.name)
        if contact.person == who.number:
            return
        seconds = 0
        if rng.random() >= p["calls.unanswered_share"] and not self._is_hushed(who, at):
            median, sigma = trade.line_s
            seconds = max(2, int(median * exp(rng.gauss(0, sigma))))
        if rng.random() < p["calls.hidden_share"]:
            contact = Contact(rng.choice(("unknown", "anonymous", "未知号码")), "unknown")
        forwarded = rng.random() < p["calls.forwarded_share"]
        self._stage.talk(who, at, contact, seconds, forwarded=forwarded)

    def _is_hushed(self, who: Person, at: int) -> bool:
        """Whether somebody was told to answer nobody, and keeps to it."""
        return at < who.hushed_until and self._rng.random() < self._p["crime.hushed_share"]

    def _post(self, at: int, who: Person) -> None:
        rng = self._rng
        post = rng.choices(POSTS, cum_weights=_POST_TOTALS)[0]
        if post.kinds and who.kind.name not in post.kinds:
            post = POSTS[0]
        self._stage.write(who, at, self._sender(post.sender, who), self._stage.spelt(post.subject, rng))

    def _sender(self, sender: str, who: Person) -> Contact:
        if sender == "gateway":
            return Contact(self._roles.gateway(), "service")
        if sender == "bank":
            return Contact(BANK_LINES[self._rng.choice(who.purses).bank], "service")
        contact = self._roles.caller(sender)
        return contact if contact.person != who.number else self._roles.phone()

    def _private_text(self, at: int, who: Person) -> None:
        rng = self._rng
        contacts = who.family if rng.random() < 0.5 or not who.circle else who.circle
        contact = contacts[self._zipf.index(rng, len(contacts))]
        out = contact.person >= 0 or rng.random() < 0.5
        self._stage.write(who, at, contact, self._stage.spelt(rng.choice(_PRIVATE_TEXTS), rng), out=out)

    def _buy(self, at: int, who: Person) -> None:
        p, rng = self._p, self._rng
        if rng.random() < p["money.new_shop_share"] * who.kind.novelty:
            shop = self._roles.stranger() if rng.random() < VENDOR_SHARE else self._roles.shop()
            _meet(who.shops, shop, SHOPS_MAX, rng)
        else:
            shop = who.shops[self._zipf.index(rng, len(who.shops))]
        amount = money(rng, p["money.buy_median_cny"], p["money.buy_sigma"])
        channel: Channel = rng.choice(("qr", "qr", "mobile", "pos", "web"))
        paid = self._ledger.pay(who, at, shop, amount, channel=channel, purse=rng.choice(who.own[:2]))
        if paid and rng.random() < p["money.reversed_share"]:
            self._ledger.refund(who, paid)

    def _give(self, at: int, who: Person) -> None:
        p, rng = self._p, self._rng
        if not who.friends or rng.random() < p["money.new_person_share"] * who.kind.novelty:
            friend = self._roles.stranger()
            _meet(who.friends, friend, FRIENDS_MAX, rng)
        else:
            friend = who.friends[self._zipf.index(rng, len(who.friends))]
        at_counter = who.kind.name == "elder" and rng.random() < p["money.counter_share"]
        amount = money(rng, p["money.give_median_cny"], p["money.give_sigma"])
        self._ledger.pay(who, at, friend, amount, channel="counter" if at_counter else "mobile")

    def _get(self, at: int, who: Person) -> None:
        """Somebody elsewhere pays: a share of dinner, a debt, a present, something sold."""
        p, rng = self._p, self._rng
        outside = [friend for friend in who.friends if friend.owner < 0]
        payer = rng.choice(outside) if outside and rng.random() < 0.4 else self._roles.stranger()
        amount = money(rng, p["money.give_median_cny"], p["money.give_sigma"])
        self._ledger.receive(who, at, payer.account, amount, phone=self._roles.told_phone())

    def _supply(self, at: int, who: Person) -> None:
        p, rng = self._p, self._rng
        is_new = not who.friends or rng.random() < p["supplier_new.share"] * who.kind.novelty
        if is_new:
            partner = self._roles.firm() if rng.random() < 0.6 else self._roles.stranger()
            _meet(who.friends, partner, FRIENDS_MAX, rng)
        else:
            partner = who.friends[self._zipf.index(rng, len(who.friends))]
        purse = max(who.purses, key=lambda purse: (purse.is_firms, purse.balance_minor))
        self._ledger.pay(who, at, partner, money(rng, p["supplier.cny"], p["occasion.spread"]), purse=purse)

    def _sell(self, at: int, who: Person) -> None:
        """A firm's customer pays: what a firm pays its suppliers it has from them."""
        p, rng = self._p, self._rng
        till = max(who.purses, key=lambda purse: (purse.is_firms, purse.balance_minor))
        amount = money(rng, p["supplier.cny"], p["occasion.spread"])
        payer = self._roles.firms[self._zipf.index(rng, len(self._roles.firms))]
        self._ledger.receive(who, at, payer.account, amount, phone=self._roles.told_phone(), purse=till)

    def _take(self, at: int, who: Person) -> None:
        """A customer from elsewhere pays."""
        rng = self._rng
        amount = money(rng, who.wage_minor / 100 / TAKINGS_A_WAGE, 0.7)
        self._ledger.receive(who, at, self._roles.stranger().account, amount, phone=self._roles.told_phone())

    def _sweep(self, at: int, who: Person) -> None:
        """Who buys for others pays most of the takings on in the evening."""
        self._ledger.book(who)
        takings = who.purses[0].balance_minor - who.wage_minor  # a month's income stays one's own
        amount = int(takings * self._p["money.sweep_share"]) // 100 * 100
        if amount >= SWEPT_FROM_MINOR and who.friends:
            self._ledger.pay(who, at, who.friends[0], amount)


def _meet(known: list[Any], new: Any, most: int, rng: Random) -> None:
    """Put a new acquaintance into a list by rank, behind the best known ones; the last is forgotten."""
    known.insert(rng.randint(int(len(known) * FORGETFUL_RANK), len(known)), new)
    del known[most:]
