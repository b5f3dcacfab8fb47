"""A cheap city for measuring: hundreds of thousands of records, quickly, with habits that repeat."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter

from interdict.city.simulate.habits import ordinary
from interdict.city.simulate.plan import Plan, Record
from interdict.city.simulate.scams import scripts

EVENTS_A_SCAM = 8.0
ONE_IN = 2000
DAY_S = 86_400.0


def synthetic_load(seed: int, subscribers: int, count: int, start_at: int) -> Iterator[Record]:
    """`count` events of a city of `subscribers` over one day of event time; about one in 2,000 belongs to a scam."""
    scams = max(1, int(count / ONE_IN / EVENTS_A_SCAM / 10))
    plan = Plan(
        seed=seed, population=subscribers, start_at=start_at, duration_s=DAY_S, rate=count / DAY_S * 1.02,
        scams_per_typology=scams,
    )  # fmt: skip
    planted = sorted((r for _, script in scripts(plan) for r in script.records), key=attrgetter("at"))
    return islice(merge(ordinary(plan), planted, key=attrgetter("at")), count)
