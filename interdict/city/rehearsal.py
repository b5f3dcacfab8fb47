"""A simulated city whose officers and executors answer: traffic, and the words that its own commands lead to.

    traffic ─► replay ─► commands ─► actors ─► outcomes, each in its time ─► replay ...

The result is a recording like any other: the words stand in it in event-time order.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import count

import orjson

from interdict.city.simulate import Plan, Record, ground_truth, population, traffic
from interdict.city.simulate.actors import words_of
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from schemas.topics import ACTIONS
from streams.core.engine import Outgoing
from streams.core.pipeline import Pipeline
from streams.core.store import FOREVER
from streams.settings import Settings

COMMANDS = frozenset(topic.name for topic in ACTIONS)


class Rehearsal:
    """Plays a plan in event time, as fast as it goes.

    Args:
        plan: the city.
        pipelines: what decides.
        first: reference records that come before those of the plan.
    """

    def __init__(self, plan: Plan, pipelines: Iterable[Pipeline], first: tuple[Record, ...] = ()) -> None:
        settings = Settings()
        self._plan = plan
        self._first = first
        self._replay = Replay(pipelines, settings.late_ms_max, settings.idle_ms)
        self._victims = frozenset(scam["subscriber"] for scam in ground_truth(plan))
        self._words: list[tuple[int, int, Record]] = []
        self._numbers = count()

    def records(self, *, to_the_end: bool = False) -> Iterator[Record]:
        """The plan's records with the words among them.

        Args:
            to_the_end: whether the cases go on after the last of the traffic, until everything is said.
        """
        for record in (*self._first, *population(self._plan)):
            yield self._play(record)
        for record in traffic(self._plan):
            yield from self._until(record.at)
            yield self._play(record)
        if to_the_end:
            yield from self._until(FOREVER)

    def _until(self, at: int) -> Iterator[Record]:
        """Deadlines and words, in turn, up to this time: either may lead to more of the other."""
        while True:
            due = self._replay.next_due()
            said = self._words[0][0] if self._words else None
            first = min((time for time in (due, said) if time is not None), default=FOREVER)
            if first > at or first == FOREVER:
                return
            if first == due:
                self._hear(self._replay.advance(first))
            else:
                yield self._play(heappop(self._words)[2])

    def _play(self, record: Record) -> Record:
        raw = Recorded(record.topic, record.key.encode(), orjson.dumps(record.value), 0)
        self._hear(self._replay.take(self._replay.read(raw)))
        return record

    def _hear(self, produced: Iterator[Outgoing]) -> None:
        for sent in produced:
            if sent.topic in COMMANDS:
                assert sent.value is not None
                for word in words_of(orjson.loads(sent.value), self._victims):
                    heappush(self._words, (word.at, next(self._numbers), word))
