"""Everybody in town who is not a subscriber with a life of their own: callers by trade, shops, firms, payment firms."""

from random import Random
from typing import NamedTuple

from interdict.city.town.chance import Zipf
from interdict.city.town.numbers import BANK_LINES, BANKS, Numbers
from interdict.city.town.people import Contact, Payee, Person
from interdict.city.town.plan import Params
from interdict.city.town.words.slots import WORDS


class Trade(NamedTuple):
    """People who call others because it is their work."""

    name: str
    lines: tuple[str, ...]
    """What lines they call from, equally often."""
    outsiders_per_1000: float
    """Numbers outside the town's own people, a thousand inhabitants."""
    weight: float
    """Share of all calls from outside one's circle, relative."""
    line_s: tuple[float, float]
    """Median length of their calls in seconds, and its spread (log)."""
    hours: str
    text: str = ""
    """Subject of what they write."""


# fmt: off
TRADES = (
    Trade("courier",    ("mobile",),                    6, 34, (22, 0.5),  "errand",  "courier"),
    Trade("driver",     ("mobile",),                   10,  9, (28, 0.6),  "private", "leader"),
    Trade("sales",      ("voip", "voip", "fixed", "mobile"), 8, 20, (18, 0.9), "office", "shop.ad"),
    Trade("loans",      ("voip", "mobile"),             3,  8, (20, 0.9),  "office",  "loan.ad"),
    Trade("agent",      ("mobile",),                    3,  6, (70, 0.9),  "errand",  "agent"),
    Trade("headhunter", ("mobile", "fixed"),            1,  1.5, (240, 0.9), "office", "headhunter"),
    Trade("doctor",     ("fixed", "mobile"),            1,  2, (80, 0.7),  "office",  "doctor"),
    Trade("school",     ("mobile", "fixed"),            2,  4, (90, 0.8),  "office",  "school"),
    Trade("repair",     ("mobile",),                    3,  4, (60, 0.7),  "errand",  "repair"),
    Trade("secondhand", ("mobile",),                   12,  2, (80, 0.8),  "private", "secondhand"),
    Trade("survey",     ("voip", "fixed"),              1,  3, (40, 0.9),  "office",  "job.ad"),
    Trade("aftersales", ("voip", "voip", "fixed"),      2,  3, (90, 0.9),  "office",  "shop.ad"),
    Trade("insurer",    ("service",),                   0,  3, (120, 0.9), "office",  "office"),
    Trade("bank",       ("service",),                   0,  2.5, (110, 0.8), "office", "bank.news"),
    Trade("operator",   ("service",),                   0,  3, (60, 0.8),  "office",  "operator"),
    Trade("public",     ("fixed", "service"),           1,  2, (80, 0.8),  "office",  "office"),
    Trade("police",     ("service", "fixed"),         0.3,  0.7, (100, 0.7), "office", "police"),
    Trade("wrong",      ("mobile", "fixed", "foreign"), 20, 3, (9, 0.6),   "private"),
)
# fmt: on
BY_NAME = {trade.name: trade for trade in TRADES}
SERVICE_LINES = {
    "insurer": ("95518", "95519", "95511", "95500", "95522"),
    "bank": BANK_LINES,
    "operator": ("10086", "10010", "10000", "10099"),
    "public": ("12345", "12315", "12333", "12366", "12329", "95598"),
    "police": ("96110", "110", "12389"),
}
"""Lines that really are whose they say."""

OWNED = ("leader", "driver", "dealer", "landlord")
"""Kinds of townspeople who are paid by many."""
SHOPS_PER_1000 = 60
FIRMS_PER_1000 = 12
PAYMENT_FIRMS = ("财付通", "支付宝", "云闪付商户", "收钱吧", "拉卡拉", "美团支付", "京东支付", "抖音支付")
NEW_GATEWAY_SHARE = 0.08
"""Share of firms' texts whose sender is new to the town: campaigns rent numbers and drop them."""
SHARED_ACCOUNTS = 24
"""Accounts of payment firms that stand for thousands of shops each."""
FIRM_NAMES = (
    "商贸有限公司",
    "科技有限公司",
    "建材经营部",
    "餐饮管理有限公司",
    "物流有限公司",
    "装饰工程有限公司",
    "贸易行",
    "教育咨询有限公司",
)


class Roles:
    """The town's trades, shops and firms of one run.

    Args:
        people: the townspeople; some of them have a trade.
        params: the run's numbers.
        numbers: gives out phones and accounts.
        rng: draws who calls, where one buys.
        zipf: how unevenly shops are visited.
    """

    def __init__(self, people: list[Person], params: Params, numbers: Numbers, rng: Random, zipf: Zipf) -> None:
        self._phone_share = params["money.outside_phone_share"]
        self._rng = rng
        self._numbers = numbers
        self._zipf = zipf
        self._callers = {trade.name: _callers(trade, people, numbers, rng) for trade in TRADES}
        scale = len(people) / 1000
        self._shops = [self.firm(shop=True) for _ in range(int(SHOPS_PER_1000 * scale) + 20)]
        self.firms = [self.firm() for _ in range(int(FIRMS_PER_1000 * scale) + 5)]
        self._shared = [self._payment_firm(n) for n in range(SHARED_ACCOUNTS)]
        self._owned = {kind: [p.payee for p in people if p.kind.name == kind] for kind in OWNED}
        self.gateways = [numbers.gateway() for _ in range(int(30 * scale) + 12)]
        self.cash_desks = [Payee(numbers.account(bank), "现金支取") for bank in range(len(BANKS))]
        """Where cash goes out, by bank."""

    def caller(self, trade: str) -> Contact:
        """Somebody of a trade; the busiest call most."""
        callers = self._callers[trade]
        return callers[self._zipf.index(self._rng, len(callers))]

    def shop(self) -> Payee:
        """A shop of the town; the biggest come up most."""
        return self._shops[self._zipf.index(self._rng, len(self._shops))]

    def shared(self) -> Payee:
        """An account of a payment firm."""
        return self._shared[self._zipf.index(self._rng, SHARED_ACCOUNTS)]

    def owned(self, kind: str) -> Payee:
        """An account of a townsperson of a kind; a stranger's where the town has none."""
        owned = self._owned.get(kind)
        return owned[self._zipf.index(self._rng, len(owned))] if owned else self.stranger()

    def stranger(self) -> Payee:
        """A person's account that nobody has paid yet."""
        rng = self._rng
        name = rng.choice(WORDS["surname"]) + rng.choice(WORDS["given"])
        return Payee(self._numbers.account(rng.randrange(len(BANKS))), name)

    def firm(self, shop: bool = False) -> Payee:
        """A firm's account that nobody has paid yet."""
        rng = self._rng
        name = (
            rng.choice(WORDS["shop"])
            if shop
            else rng.choice(WORDS["surname"]) + rng.choice(WORDS["given"]) + rng.choice(FIRM_NAMES)
        )
        return Payee(self._numbers.account(rng.randrange(len(BANKS))), name)

    def gateway(self) -> str:
        """Who sends a firm's text: one of the town's known senders, or one that sends here for the first time."""
        if self._rng.random() < NEW_GATEWAY_SHARE:
            return self._numbers.gateway()
        return self.gateways[self._zipf.index(self._rng, len(self.gateways))]

    def told_phone(self) -> str | None:
        """The phone of a payer elsewhere, where the bank tells it."""
        return self._numbers.phone() if self._rng.random() < self._phone_share else None

    def phone(self) -> Contact:
        """A mobile number that nobody has yet."""
        return Contact(self._numbers.phone())

    def _payment_firm(self, number: int) -> Payee:
        return Payee(self._numbers.account(number % len(BANKS)), PAYMENT_FIRMS[number % len(PAYMENT_FIRMS)])


def _callers(trade: Trade, people: list[Person], numbers: Numbers, rng: Random) -> list[Contact]:
    own = [Contact(p.phone, "mobile", p.number, p.payee) for p in people if p.kind.role == trade.name]
    others = max(4, int(trade.outsiders_per_1000 * len(people) / 1000))
    callers = own + [_outsider(rng.choice(trade.lines), trade, numbers, rng) for _ in range(others)]
    rng.shuffle(callers)
    return callers


def _outsider(line: str, trade: Trade, numbers: Numbers, rng: Random) -> Contact:
    if line == "service":
        return Contact(rng.choice(SERVICE_LINES[trade.name]), "service")
    made = {"mobile": numbers.phone, "fixed": numbers.fixed, "voip": numbers.voip, "foreign": numbers.foreign}
    return Contact(made[line](), line)
