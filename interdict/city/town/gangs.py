"""Gangs: the numbers they call from, the accounts they are paid on, and how fast the money leaves those."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, exp
from random import Random
from typing import Literal

from interdict.city.town.chance import DAYTIME, count, money
from interdict.city.town.ledger import Ledger
from interdict.city.town.numbers import BANKS, Numbers
from interdict.city.town.people import Contact, Payee, Person
from interdict.city.town.plan import Params
from interdict.city.town.roles import FIRM_NAMES, Roles
from interdict.city.town.steps import Channel
from interdict.city.town.words.slots import WORDS
from schemas.fields import Typology
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS

CAMPAIGNS_MAX = 3
"""How many of its mean lengths a campaign lasts."""
CASH_MAX_MINOR = 2_000_000
"""More is not drawn from a machine."""
LEVELS_MAX = 7
PARTS_MAX = 6
TOLD_SIGMA = 1.0
"""Of the log of how long a victim is told the same account, between gangs."""
SMALLEST_PART_MINOR = 10_000
LENDERS = ("student", "jobless", "courier", "seller")
"""The kinds of townspeople who lend their cards."""


@dataclass(slots=True, eq=False)
class Mule:
    """An account in a gang's hands."""

    payee: Payee
    level: int
    phone: str | None
    is_local: bool
    is_seen: bool
    expires_at: int
    is_listed: bool = False
    first_used_at: int | None = None
    victims: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Line:
    """A number in a gang's hands."""

    contact: Contact
    expires_at: int
    is_listed: bool = False
    first_used_at: int | None = None


class Gang:
    """One gang of a run.

    Args:
        index: its name.
        rng: its own chance.
        params: the run's numbers.
        numbers: gives out phones and accounts.
        people: among them are those who lend cards.
        start_at: when the run begins, Unix ms; before it, some of its numbers and accounts were seen already.
        first_day: of its campaign in this town, counted from the run's first.
        typologies: what it lives by.
    """

    def __init__(
        self,
        index: int,
        rng: Random,
        params: Params,
        numbers: Numbers,
        people: list[Person],
        start_at: int,
        first_day: int,
        typologies: frozenset[Typology],
    ) -> None:
        self.index = index
        self.first_day = first_day
        self.typologies = typologies
        self._rng = rng
        self._params = params
        self._numbers = numbers
        self.told_h = params["gang.told_h"] * exp(rng.gauss(0, TOLD_SIGMA))
        """Hours for which it tells a victim the same account, mean: some gangs another one at each payment."""
        self._lenders = [p for p in people if p.kind.name in LENDERS]
        self.mules: list[Mule] = []
        """Every account so far."""
        self.lines: list[Line] = []
        """Every number so far."""
        self._now_mules: dict[int, list[Mule]] = {}
        self._now_lines: list[Line] = []
        self._gateway: Line | None = None
        self._to_list: list[tuple[str, Literal["peer", "account"]]] = []
        self._renew(start_at)

    def prepare(self, day: int, at: int, ledger: Ledger, roles: Roles) -> None:
        """Replace, as a day begins, what is burnt; some of the new accounts are tried with a small sum.

        While its campaign lasts, victims of other towns pay in too, as far as their banks are in the feed.
        """
        for mule in self._renew(at):
            if mule.is_seen and self._rng.random() < self._params["mule.tested_share"]:
                tried_at = at + int(self._rng.uniform(6, 11) * HOUR_MS)
                ledger.between(
                    tried_at, mule.payee.account, self._account(), self._rng.randint(1, 20) * 100, phone=mule.phone
                )

        if self.first_day <= day <= self.first_day + CAMPAIGNS_MAX * self._params["gang.campaign_days"]:
            for mule in self._now_mules[1]:
                self._take_elsewhere(mule, at, ledger, roles)

    def _take_elsewhere(self, mule: Mule, day_at: int, ledger: Ledger, roles: Roles) -> None:
        rng, params = self._rng, self._params
        for _ in range(count(rng, params["mule.elsewhere_a_day"])):
            at = day_at + DAYTIME.moment(rng, is_free=False)
            if at >= mule.expires_at:
                continue
            mule.first_used_at = mule.first_used_at or at
            amount = money(rng, params["mule.elsewhere_cny"], params["crime.spread"])
            arrives = ledger.between(at, self._account(), mule.payee.account, amount, phone=roles.told_phone())
            self.forward(ledger, roles, mule, arrives, amount)

    def newly_listed(self) -> list[tuple[str, Literal["peer", "account"]]]:
        """What other towns' centres have listed since this was last asked: each value with its kind."""
        listed, self._to_list = self._to_list, []
        return listed

    def line(self, at: int) -> Contact:
        """A number that the gang uses now."""
        line = self._rng.choice(self._now_lines)
        line.first_used_at = line.first_used_at or at
        return line.contact

    def sender(self, line: Contact, at: int) -> Contact:
        """Who a text of the gang's comes from: the line that also calls, or a firm's kind of number."""
        if self._rng.random() >= self._params["gang.gateway_share"]:
            return line
        if self._gateway is None or self._gateway.expires_at <= at:
            self._gateway = self._new_line(at, "gateway")
        self._gateway.first_used_at = self._gateway.first_used_at or at
        return self._gateway.contact

    def mule(self, at: int, level: int = 1) -> Mule:
        """An account that the gang uses now, for what comes from victims (1) or from its own accounts (2 and more)."""
        mules = self._now_mules.setdefault(level, [])
        if not mules or mules[0].expires_at <= at:
            mules[:] = self._new_mules(at, level)
        mule = self._rng.choice(mules)
        mule.first_used_at = mule.first_used_at or at
        return mule

    def forward(self, ledger: Ledger, roles: Roles, mule: Mule, at: int, amount_minor: int) -> None:
        """Send on what an account got, level by level, until it leaves as cash, coins or gold.

        Args:
            ledger: writes the transfers, as far as the banks are in the feed.
            roles: where it leaves.
            mule: holds the money.
            at: when it arrived, Unix ms.
            amount_minor: how much arrived.
        """
        left = [(mule, at, amount_minor)]
        while left:
            holder, at, amount = left.pop()
            rest = int(amount * self._params["mule.emptied_share"])
            for part in self._parts(rest):
                at += self._wait_ms()
                amount -= part
                to, channel, account = self._next_stop(holder, roles, at, part)
                arrives = at + MINUTE_MS
                if holder.is_seen:
                    arrives = ledger.between(
                        at,
                        holder.payee.account,
                        account,
                        part,
                        phone=holder.phone,
                        balance_minor=amount,
                        channel=channel,
                    )
                if to is not None:
                    left.append((to, arrives, part))

    def _next_stop(self, holder: Mule, roles: Roles, at: int, amount_minor: int) -> tuple[Mule | None, Channel, str]:
        """Where a part goes: the next account, or an exit with how it is taken and the account that is paid."""
        rng = self._rng
        is_last = holder.level >= min(LEVELS_MAX, round(self._params["mule.levels"] + rng.gauss(0, 0.7)))
        if is_last or rng.random() < self._params["mule.exit_share"]:
            if amount_minor <= CASH_MAX_MINOR and rng.random() < 0.5:
                return None, "atm", rng.choice(roles.cash_desks).account
            if rng.random() < 0.5:
                return None, "pos", roles.shop().account
            return None, "mobile", roles.owned("dealer").account
        mule = self.mule(at, holder.level + 1)
        return mule, "mobile", mule.payee.account

    def _parts(self, amount_minor: int) -> list[int]:
        number = min(
            PARTS_MAX, 1 + count(self._rng, self._params["mule.ways"] - 1), amount_minor // SMALLEST_PART_MINOR or 1
        )
        cuts = sorted(self._rng.uniform(0.1, 0.9) for _ in range(number - 1))
        bounds = [0, *(int(amount_minor * cut) // 10_000 * 10_000 for cut in cuts), amount_minor]
        return [b - a for a, b in pairwise(bounds) if b > a]

    def _wait_ms(self) -> int:
        sigma = self._params["mule.empty_sigma"]
        return int(self._params["mule.empty_median_min"] * exp(self._rng.gauss(0, sigma)) * MINUTE_MS)

    def _renew(self, at: int) -> list[Mule]:
        """Replace what is burnt, and forget what was never used: the truth needs only the rest."""
        self.mules = [m for m in self.mules if m.first_used_at is not None or m.expires_at > at]
        self.lines = [line for line in self.lines if line.first_used_at is not None or line.expires_at > at]
        mules = self._now_mules.setdefault(1, [])
        if any(m.expires_at <= at for m in mules) or not mules:
            mules[:] = self._new_mules(at, 1)
            fresh = list(mules)
        else:
            fresh = []
        wanted = max(2, ceil(2 / self._params["gang.number_days"]))
        self._now_lines = [line for line in self._now_lines if line.expires_at > at]
        while len(self._now_lines) < wanted:
            self._now_lines.append(self._new_line(at, self._kind()))
        return fresh

    def _new_mules(self, at: int, level: int) -> list[Mule]:
        rng, params = self._rng, self._params
        mules = []
        for _ in range(1 + count(rng, params["gang.mules_at_once"] - 1)):
            lender = (
                rng.choice(self._lenders) if self._lenders and rng.random() < params["gang.local_mule_share"] else None
            )
            tells = rng.random() < params["mule.phone_share"]
            mules.append(
                Mule(
                    Payee(self._account(), self._name()),
                    level,
                    (lender.phone if lender else self._numbers.phone()) if tells else None,
                    lender is not None,
                    rng.random() < params["mule.seen_share"],
                    at + int(rng.expovariate(1 / params["gang.mule_days"]) * DAY_MS) + HOUR_MS,
                    rng.random() < params["watch.mules_share"],
                )
            )
        self._to_list += [(mule.payee.account, "account") for mule in mules if mule.is_listed]
        self.mules += mules
        return mules

    def _kind(self) -> str:
        draw = self._rng.random()
        for kind in ("foreign", "voip", "fixed"):
            draw -= self._params[f"gang.{kind}_share"]
            if draw < 0:
                return kind
        return "mobile"

    def _name(self) -> str:
        """Whose name an account bears: of the one who lent it, or of a firm that exists on paper."""
        rng = self._rng
        name = rng.choice(WORDS["surname"]) + rng.choice(WORDS["given"])
        return name + rng.choice(FIRM_NAMES) if rng.random() < self._params["gang.firm_mule_share"] else name

    def _new_line(self, at: int, kind: str) -> Line:
        rng, params = self._rng, self._params
        line = Line(
            Contact(self._number(kind), kind),
            at + int(rng.expovariate(1 / params["gang.number_days"]) * DAY_MS) + HOUR_MS,
            rng.random() < params["watch.numbers_share"],
        )
        self._to_list += [(line.contact.peer, "peer")] * line.is_listed
        self.lines.append(line)
        return line

    def _number(self, kind: str) -> str:
        if kind == "mobile":
            resold = self._rng.random() < self._params["gang.resold_share"]
            return self._numbers.resold() if resold else self._numbers.phone()
        numbers = self._numbers
        return {"foreign": numbers.foreign, "voip": numbers.voip, "fixed": numbers.fixed, "gateway": numbers.gateway}[
            kind
        ]()

    def _account(self) -> str:
        return self._numbers.account(self._rng.randrange(len(BANKS)))
