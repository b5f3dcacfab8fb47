"""A city for a soak: the same people live the same day again and again, with other scams each time.

Everybody is met on the first day, and after a few days every list of a state is as full as it gets. What a worker's
memory does after that is not the city's doing.
"""

from collections.abc import Iterator
from heapq import merge
from itertools import chain, count, takewhile
from operator import attrgetter, itemgetter

import orjson

from interdict.bench.throughput import Packed
from interdict.city.simulate import Plan, Record
from interdict.city.simulate.habits import ordinary
from interdict.city.simulate.scams import scripts
from schemas.spans import DAY_MS
from streams.core.partitioner import partition_of

DAY_S = DAY_MS / 1000
PEOPLE = 2_000
EVENTS_A_PERSON = 50
EVENTS_A_DAY = PEOPLE * EVENTS_A_PERSON
"""About: scams come on top, and what a day's end cuts off is missing."""
VICTIMS = 200
"""The people whom scams are tried on: few, so that their states too are soon full."""
SCAMS_PER_TYPOLOGY = 5


class Days:
    """Records to send, a day after the other.

    Args:
        seed: chooses everything.
        partitions: of the input topics.
        first_at: event time of the first day's beginning, Unix ms.
    """

    def __init__(self, seed: int, partitions: int, first_at: int) -> None:
        self._seed = seed
        self._partitions = partitions
        self._first_at = first_at
        rate = EVENTS_A_DAY / DAY_S
        plan = Plan(seed=seed, population=PEOPLE, start_at=first_at, duration_s=DAY_S, rate=rate)
        self._ordinary = list(ordinary(plan))
        self._lanes: dict[str, int] = {}
        self._scams: dict[int, list[Record]] = {}
        self.sent = 0
        """Records handed out so far."""
        self.over = False
        """Set to hand out no more."""

    def until(self, number: int) -> Iterator[Packed]:
        """The first so many days."""
        return chain.from_iterable(map(self._day, range(number)))

    def since(self, number: int) -> Iterator[Packed]:
        """This day and every one after it, until it is over."""
        return chain.from_iterable(map(self._day, takewhile(lambda _: not self.over, count(number))))

    def write_scams(self, days: int) -> None:
        """Write the scams of so many days now: later it would cost time that a sender does not have."""
        for number in range(days):
            self._scams_of(number)

    def _day(self, number: int) -> Iterator[Packed]:
        habits = ((record.at + number * DAY_MS, record, f".{number}") for record in self._ordinary)
        scams = ((record.at, record, "") for record in self._scams_of(number))
        for at, record, mark in merge(habits, scams, key=itemgetter(0)):
            if self.over:
                return
            self.sent += 1
            yield self._packed(record, at, mark)

    def _scams_of(self, number: int) -> list[Record]:
        if number not in self._scams:
            plan = Plan(
                seed=self._seed + 1 + number, population=VICTIMS, start_at=self._first_at + number * DAY_MS,
                duration_s=DAY_S, scams_per_typology=SCAMS_PER_TYPOLOGY,
            )  # fmt: skip
            records = (record for _, script in scripts(plan) for record in script.records)
            self._scams[number] = sorted(records, key=attrgetter("at"))
        return self._scams[number]

    def _packed(self, record: Record, at: int, mark: str) -> Packed:
        """The record as of this day: what names an event or a call is another one's name every day."""
        value = {**record.value, "occurred_at": at}
        for name in ("event_id", "call_id"):
            if name in value:
                value[name] += mark
        key = record.key.encode()
        if record.key not in self._lanes:
            self._lanes[record.key] = partition_of(key, self._partitions)
        return record.topic, self._lanes[record.key], key, orjson.dumps(value)
