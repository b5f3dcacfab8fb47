"""What comes once a month: wages and pensions, rents, instalments, allowances, money moved to oneself."""

from datetime import date
from random import Random

from interdict.city.town.chance import DAYTIME, OFFICE, money
from interdict.city.town.habits import Action
from interdict.city.town.ledger import Ledger
from interdict.city.town.people import Payee, Person
from interdict.city.town.plan import Params
from interdict.city.town.roles import Roles
from schemas.spans import HOUR_MS

PAYS_WAGES_AT = (9, 16)
"""A firm pays all of its people within the same hour."""
RENT_AFTER_DAYS = 2
CARD_AFTER_DAYS = 6
WAGE_SIGMA = 0.08
"""Overtime and sick days, log."""


class Months:
    """Monthly payments of one run.

    Args:
        params: the run's numbers.
        people: the townspeople.
        roles: employers and landlords.
        ledger: moves money.
        rng: draws who has what, and each amount.
    """

    def __init__(self, params: Params, people: list[Person], roles: Roles, ledger: Ledger, rng: Random) -> None:
        self._p = params
        self._ledger = ledger
        self._rng = rng
        self._roles = roles
        self._people = people
        self._pay_days: dict[int, list[Person]] = {}
        for person in people:
            self._pay_days.setdefault(person.pay_day, []).append(person)
        self._landlords = {p.number: roles.owned("landlord") for p in people if p.is_tenant}
        self._mortgages = {
            p.number: roles.shared()
            for p in people
            if not p.is_tenant and p.kind.wage and rng.random() < params["mortgage.share"]
        }
        self._cards = {p.number: roles.shared() for p in people if p.kind.wage and rng.random() < params["card.share"]}
        self._parents = {p.number: self._parent(p) for p in people if not p.kind.wage}

    def of(self, day: date, day_at: int) -> dict[int, list[Action]]:
        """What is due on a day, by person."""
        found: dict[int, list[Action]] = {}
        for person in self._pay_days.get(day.day, ()):
            found.setdefault(person.number, []).extend(self._pay_day(person, day_at))
        for person in self._pay_days.get(day.day - RENT_AFTER_DAYS, ()):
            if person.number in self._landlords:
                at = day_at + DAYTIME.moment(self._rng, True)
                found.setdefault(person.number, []).append(
                    (at, self._fixed, (person, self._landlords[person.number], "rent.cny"))
                )
        for person in self._pay_days.get(day.day - CARD_AFTER_DAYS, ()):
            for table, name in ((self._cards, "card.cny"), (self._mortgages, "mortgage.cny")):
                if person.number in table:
                    at = day_at + OFFICE.moment(self._rng, True)
                    found.setdefault(person.number, []).append((at, self._fixed, (person, table[person.number], name)))
        return found

    def _pay_day(self, person: Person, day_at: int) -> list[Action]:
        rng = self._rng
        first, last = PAYS_WAGES_AT
        firm = person.number % len(self._roles.firms)
        hour = first + firm % (last - first)
        at = day_at + hour * HOUR_MS + int(rng.random() * HOUR_MS)
        actions: list[Action] = [(at, self._wage, (person, self._roles.firms[firm].account))]
        if len(person.own) > 1 and rng.random() < self._p["own_move.share"]:
            actions.append((at + int(rng.uniform(0.1, 8) * HOUR_MS), self._own_move, (person,)))
        return actions

    def _wage(self, at: int, person: Person, employer: str) -> None:
        """A wage or pension; children and students are sent an allowance by somebody who has one."""
        rng = self._rng
        parent = self._parents.get(person.number)
        if parent is None:
            self._ledger.receive(person, at, employer, int(person.wage_minor * rng.lognormvariate(0, WAGE_SIGMA)))
            return
        amount = money(rng, self._p["allowance.cny"], 0.3)
        if parent.number == person.number:
            self._ledger.receive(person, at, employer, amount)
        else:
            self._ledger.pay(parent, at, person.payee, amount)

    def _parent(self, person: Person) -> Person:
        """Who sends an allowance: somebody of the household with a wage; oneself stands for nobody of the town."""
        return next(
            (self._people[c.person] for c in person.family if c.person >= 0 and self._people[c.person].kind.wage),
            person,
        )

    def _fixed(self, at: int, person: Person, payee: Payee, name: str) -> None:
        """What is the same each month but for a little."""
        amount = round(self._p[name] * person.means / 10) * 1_000
        purse = max(person.own, key=lambda purse: purse.balance_minor)
        self._ledger.pay(person, at, payee, amount, purse=purse)

    def _own_move(self, at: int, person: Person) -> None:
        """Part of the wage to one's other bank, right after it came."""
        self._ledger.book(person)
        first, second = person.own[:2]
        amount = int(first.balance_minor * self._p["own_move.left"]) // 10_000 * 10_000
        paid = self._ledger.pay(person, at, Payee(second.account, "本人"), amount, purse=first)
        if paid:
            second.balance_minor += amount
