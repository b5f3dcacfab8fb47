"""Who lives in the city: phones, accounts, ages, families, habits. All numbers are from blocks nobody has."""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from interdict.city.simulate.plan import Plan, Record
from schemas.topics import SUBSCRIBERS

FAMILY = 4
"""People of one household, who trust and call one another."""
PROFILED_SHARE = 0.85
"""The rest has no reference record: a centre never knows everybody."""
AGES = (("0-17", 4), ("18-24", 14), ("25-34", 22), ("35-44", 20), ("45-54", 16), ("55-64", 12), ("65+", 12))
JOBS = {"18-24": (("student", 55), (None, 45)), "0-17": (("student", 100),)}
WORK = ((None, 80), ("finance", 5), ("teacher", 5), ("sales", 10))


class Person(NamedTuple):
    """One inhabitant."""

    number: int
    phone: str
    account: str
    landlord: str
    age_band: str
    occupation: str | None
    handle: str
    balance_minor: int
    usual_minor: int
    """The middle of what this person spends at a time."""


def phone_of(number: int) -> str:
    """An inhabitant's phone."""
    return f"+86199{number:08d}"


def stranger_of(number: int) -> str:
    """A phone of somebody outside the city's book."""
    return f"+86198{number % 100_000_000:08d}"


def account_of(number: int, kind: int = 1) -> str:
    """A bank account of nobody."""
    return f"6299{kind}{number:014d}"


def person(seed: int, number: int) -> Person:
    """The inhabitant of this number; the same for the same seed, whenever asked."""
    rng = Random(f"{seed}/{number}")
    age = _pick(rng, AGES)
    job = _pick(rng, JOBS.get(age, WORK))
    usual = int(rng.lognormvariate(4.2, 0.6) * 100)
    return Person(
        number, phone_of(number), account_of(number), account_of(number // 7, 3), age, job, f"wx_{number:08d}",
        int(rng.lognormvariate(10.2, 0.8) * 100), usual,
    )  # fmt: skip


def family_of(number: int) -> list[int]:
    """The others of a household."""
    home = number // FAMILY * FAMILY
    return [other for other in range(home, home + FAMILY) if other != number]


def households(plan: Plan) -> Iterator[tuple[Person, bool]]:
    """Everybody, and whether the centre knows them."""
    rng = Random(f"{plan.seed}/reference")
    for number in range(plan.population):
        yield person(plan.seed, number), rng.random() < PROFILED_SHARE


def reference(plan: Plan) -> Iterator[Record]:
    """Reference records of those whom the centre knows."""
    return (_profile(plan, who) for who, is_known in households(plan) if is_known)


def _profile(plan: Plan, who: Person) -> Record:
    value: dict[str, Any] = {
        "subscriber": who.phone, "age_band": who.age_band, "area": f"district-{who.number % 24:02d}",
        "occupation": who.occupation, "accounts": [who.account], "handles": [who.handle],
        "trusted_peers": [phone_of(n) for n in family_of(who.number)], "trusted_payees": [who.landlord],
        "schema_version": 1,
    }  # fmt: skip
    return Record(SUBSCRIBERS.name, who.phone, value, plan.start_at)


def _pick(rng: Random, weighted: Any) -> Any:
    values, weights = zip(*weighted, strict=True)
    return rng.choices(values, weights)[0]
