"""A simulated city: people with habits, and scams planted among them. Seeded; no clock, no network."""

from collections.abc import Iterator
from heapq import merge
from operator import attrgetter

from interdict.city.simulate.habits import ordinary
from interdict.city.simulate.load import synthetic_load
from interdict.city.simulate.people import reference
from interdict.city.simulate.plan import TYPOLOGIES, Plan, Planted, Record
from interdict.city.simulate.scams import scripts
from schemas.topics import WATCHLIST

__all__ = ["TYPOLOGIES", "Plan", "Planted", "Record", "ground_truth", "population", "synthetic_load", "traffic"]


def population(plan: Plan) -> Iterator[Record]:
    """Reference records: who is protected, and the part of the scammers' numbers and accounts that is known."""
    yield from _watchlist(plan)
    yield from reference(plan)


def traffic(plan: Plan) -> Iterator[Record]:
    """Every event of the plan, in event-time order but for those that the plan wants late."""
    planted = sorted((r for _, script in scripts(plan) for r in script.records), key=attrgetter("at"))
    return merge(ordinary(plan), planted, key=attrgetter("at"))


def ground_truth(plan: Plan) -> list[Planted]:
    """What was planted."""
    return [script.planted(typology) for typology, script in scripts(plan)]


def _watchlist(plan: Plan) -> list[Record]:
    known = {value: kind for _, script in scripts(plan) for value, kind in script.listed}
    return [
        Record(
            WATCHLIST.name, value,
            {"value": value, "kind": kind, "category": "scam", "source": "simulated", "added_at": plan.start_at,
             "expires_at": None, "schema_version": 1}, plan.start_at,
        )
        for value, kind in known.items()
    ]  # fmt: skip
