"""Who lives in the town: families, their circles, their accounts, and what the centre knows of them."""

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from interdict.city.town.chance import Zipf
from interdict.city.town.kinds import KINDS, Kind
from interdict.city.town.numbers import BANKS, Numbers
from interdict.city.town.plan import Params, Plan
from schemas.reference import AgeBand, Subscriber

AREAS = 24
HOME_SIZES = (1, 2, 2, 3, 3, 3, 4, 4, 5)
"""People of a household, equally often."""
CIRCLE = (6, 22)
"""Least and most contacts outside one's family."""
STRANGER_SHARE = 0.45
"""Share of a circle that lives in other cities: their side of a call is in no feed."""
SMALLEST_BALANCE_MINOR = 20_000
CHILDS_WAGE_SHARE = 0.15
"""What those without income live on, as a share of the median wage: pocket money, an allowance."""


class Payee(NamedTuple):
    """An account one can pay."""

    account: str
    name: str | None = None
    owner: int = -1
    """The townsperson whose account it is; -1 where it is nobody's of the town."""


class Contact(NamedTuple):
    """Somebody one calls."""

    peer: str
    kind: str = "mobile"
    """The line, as the network tells it."""
    person: int = -1
    """The townsperson it is; -1 for somebody elsewhere."""
    payee: Payee | None = None


@dataclass(slots=True, eq=False)
class Purse:
    """An account of a townsperson, and what its bank tells of it."""

    account: str
    bank: int
    balance_minor: int
    tells_balance: bool
    tells_newness: bool
    is_firms: bool = False
    """A firm's account in this person's hands: paid from at work, and never mistaken for one's own money."""


@dataclass(slots=True, eq=False)
class Person:
    """A townsperson."""

    number: int
    kind: Kind
    phone: str
    age_band: AgeBand
    home: int
    area: int
    activity: float
    """How much this person does of everything, relative to the kind; lognormal."""
    wage_minor: int
    """What comes in a month, by whatever way, fen."""
    means: float
    """How much larger this person's larger sums are than the median's: the root of the income's ratio."""
    pay_day: int
    """Day of the month, 1 to 28."""
    purses: list[Purse]
    has_notices: bool
    is_tenant: bool
    texts_told: bool
    """Whether this person's network shows the centre any texts."""
    family: list[Contact] = field(default_factory=list)
    circle: list[Contact] = field(default_factory=list)
    """The most frequent first."""
    shops: list[Payee] = field(default_factory=list)
    """Where this person buys, the most frequent first; bounded by `SHOPS_MAX`."""
    friends: list[Payee] = field(default_factory=list)
    """Persons who are paid again and again; bounded by `FRIENDS_MAX`."""
    paid: dict[str, None] = field(default_factory=dict)
    """Accounts that were paid, the latest last; bounded by `PAID_MAX`, as a bank's memory is."""
    busy: list[tuple[int, int]] = field(default_factory=list)
    """Begin and end of the day's calls, Unix ms: whoever calls in between finds the line engaged."""
    hushed_until: int = 0
    """Until then, Unix ms, a scammer has this person answer nobody."""
    trials: int = 0
    """How often scammers tried in vain."""
    incoming_minor: int = 0
    """Money that arrived and is not yet booked, fen."""

    def is_on_line(self, at: int) -> bool:
        """Whether somebody who calls now finds the line engaged."""
        return any(begin <= at < end for begin, end in self.busy)

    @property
    def own(self) -> list[Purse]:
        """The accounts that hold this person's own money."""
        return [purse for purse in self.purses if not purse.is_firms]

    @property
    def payee(self) -> Payee:
        """This person's first account, as one that is paid."""
        return Payee(self.purses[0].account, None, self.number)


SHOPS_MAX = 24
FRIENDS_MAX = 16
PAID_MAX = 96


def settle(plan: Plan, params: Params, numbers: Numbers) -> list[Person]:
    """The townspeople, with families and circles. The same plan gives the same people."""
    rng = Random(f"{plan.seed}/people")
    people: list[Person] = []
    home = 0
    while len(people) < plan.people:
        size = min(rng.choice(HOME_SIZES), plan.people - len(people))
        people += [_person(rng, params, numbers, len(people) + n, home, size) for n in range(size)]
        home += 1
    for person in people:
        _acquaint(rng, params, numbers, person, people)
    return people


def _person(rng: Random, params: Params, numbers: Numbers, number: int, home: int, size: int) -> Person:
    kind = rng.choices(KINDS, _WEIGHTS)[0]
    median = params["money.wage_median_cny"] * 100
    wage = int(median * (kind.wage or CHILDS_WAGE_SHARE) * rng.lognormvariate(0, params["money.wage_sigma"]))
    savings = wage * params["money.savings_months"] * kind.savings
    sigma = params["money.savings_sigma"]
    purses = [
        _purse(rng, params, numbers, max(SMALLEST_BALANCE_MINOR, int(savings * rng.lognormvariate(0, sigma))))
        for _ in range(_accounts(rng, params, kind))
    ]
    if kind.firm_months:
        till = _purse(rng, params, numbers, int(wage * kind.firm_months * rng.lognormvariate(0, sigma)))
        till.is_firms = True
        purses.append(till)
    return Person(
        number,
        kind,
        numbers.phone(),
        rng.choice(kind.ages),
        home,
        home % AREAS,
        rng.lognormvariate(-(params["people.activity_sigma"] ** 2) / 2, params["people.activity_sigma"]),
        wage,
        (wage / median) ** 0.5,
        rng.choice((5, 8, 10, 10, 15, 15, 20, 25, 28)),
        purses,
        rng.random() < params["people.notices_share"],
        rng.random() < params["people.tenant_share"] and kind.wage > 0,
        rng.random() < params["people.texts_told_share"],
    )


_WEIGHTS = [kind.weight for kind in KINDS]


def _accounts(rng: Random, params: Params, kind: Kind) -> int:
    if kind.name == "child" or rng.random() > params["people.second_bank_share"]:
        return 1
    return 2 + (rng.random() < params["people.third_bank_share"])


def _purse(rng: Random, params: Params, numbers: Numbers, balance_minor: int) -> Purse:
    bank = rng.randrange(len(BANKS))
    return Purse(
        numbers.account(bank),
        bank,
        balance_minor,
        rng.random() >= params["money.balance_untold_share"],
        rng.random() >= params["money.newness_untold_share"],
    )


def _acquaint(rng: Random, params: Params, numbers: Numbers, person: Person, people: list[Person]) -> None:
    """Give somebody a family, a circle and people who were paid before."""
    near = range(max(0, person.number - 5), min(len(people), person.number + 6))
    person.family = [_known(people[n]) for n in near if n != person.number and people[n].home == person.home]
    while len(person.family) < 2:
        person.family.append(_stranger(rng, numbers))
    if rng.random() < params["people.kin_abroad_share"]:
        person.family.append(Contact(numbers.foreign(), "foreign"))
    for _ in range(rng.randint(*CIRCLE)):
        if rng.random() < STRANGER_SHARE:
            person.circle.append(_stranger(rng, numbers))
            continue
        other = people[min(int(len(people) * rng.random() ** 1.5), len(people) - 1)]
        if other is not person:
            person.circle.append(_known(other))
    known = [c.payee for c in (*person.family, *person.circle) if c.payee is not None]
    person.friends = known[: rng.randint(3, FRIENDS_MAX)]
    person.paid.update(dict.fromkeys(p.account for p in person.friends))
    person.paid.update(dict.fromkeys(purse.account for purse in person.purses))


def _known(other: Person) -> Contact:
    return Contact(other.phone, "mobile", other.number, other.payee)


def _stranger(rng: Random, numbers: Numbers) -> Contact:
    if rng.random() < 0.06:
        return Contact(numbers.fixed(), "fixed")
    return Contact(numbers.phone(), "mobile", -1, Payee(numbers.account(rng.randrange(len(BANKS)))))


def circle_of(params: Params) -> Zipf:
    """How unevenly the people of a circle, and the shops of a town, are visited."""
    return Zipf(params["people.contacts_zipf"], 4_096)


def profile(rng: Random, params: Params, person: Person) -> Subscriber:
    """What the centre's record says of somebody; parts of it are missing, as they are."""
    trusted = [c.peer for c in person.family if rng.random() < params["people.trusted_share"]]
    payees = [p.account for p in person.friends[:2] if rng.random() < params["people.trusted_share"] / 2]
    return Subscriber(
        subscriber=person.phone,
        age_band=person.age_band,
        area=f"district-{person.area:02d}",
        occupation=person.kind.occupation if rng.random() < 0.8 else None,
        accounts=tuple(purse.account for purse in person.purses),
        handles=(f"wx_{person.phone[-9:]}",),
        trusted_peers=tuple(trusted),
        trusted_payees=tuple(payees),
    )
