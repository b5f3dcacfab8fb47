"""A worker in one process on a broker in memory, which dies at every point at which it could, and starts again.

The records of one flush go to several partitions at once, and acknowledgements come in any order. So a flush can be cut
off anywhere: of each partition its first so many records are there. Every such cut is tried.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache, partial
from itertools import product
from types import SimpleNamespace
from typing import TypeVar

import pytest
from aiokafka.errors import KafkaTimeoutError

from streams.core.changes import Change
from streams.core.engine import Engine, Outgoing
from streams.core.lanes import Entry
from streams.core.partitioner import partition_of
from streams.core.pipeline import Pipeline
from streams.core.reader import Reader
from streams.core.store import Store
from streams.runtime.outbox import Changes, Outbox
from tests.streams.counting import DAY_MS, NOON, PERSONS, CountingDuty, person, record, text_value

IDLE_MS = 90 * DAY_MS
LATE_MS = 3_600_000
LANES = 3
REMEMBERED = 16
"""Events remembered in these tests: fewer, since each record more is many points more to die at."""


@pytest.fixture(autouse=True)
def _few_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.core.engine.RECENT_MAX", REMEMBERED)


Written = tuple[int, bytes, Change]
Sent = TypeVar("Sent", Outgoing, Written)


class PowerCutError(Exception):
    """The worker is gone from here on."""


class Broker:
    """What outlives the worker: outputs, changelog, committed position. Each cut of a flush is a point to break at.

    The first cut is nothing at all, the last is everything: then only the acknowledgement is missing.
    """

    def __init__(self, dies_at: int | None = None, times_out_at: int | None = None) -> None:
        self.written: list[Outgoing] = []
        self.states: list[Written] = []
        self.committed = 0
        self._late: list[Callable[[], None]] = []
        self.rise(dies_at, times_out_at)

    def rise(self, dies_at: int | None = None, times_out_at: int | None = None) -> None:
        """Another life begins; what timed out in the last one arrives in full after all."""
        self.dies_at, self.times_out_at, self.points = dies_at, times_out_at, 0
        while self._late:
            self._late.pop()()

    def commit(self, position: int) -> None:
        if self._point() == self.dies_at:
            raise PowerCutError
        self.committed = position

    async def outputs(self, records: list[Outgoing]) -> list[Outgoing]:
        await self._flush(self.written, records, lambda sent: (sent.topic, partition_of(sent.key or b"", LANES)))
        return []

    async def changelog(self, changes: Changes) -> None:
        await self._flush(self.states, [(*place, blob) for place, blob in changes.items()], lambda change: change[0])

    async def reopen(self) -> None:
        """A new producer on the same broker."""

    async def _flush(self, log: list[Sent], records: list[Sent], place: Callable[[Sent], Hashable]) -> None:
        lanes: dict[Hashable, list[Sent]] = {}
        for one in records:
            lanes.setdefault(place(one), []).append(one)
        for cut in cuts(list(lanes.values())):
            point = self._point()
            if point in (self.dies_at, self.times_out_at):
                log += cut
                if point == self.dies_at:
                    raise PowerCutError
                self._late.append(partial(log.extend, records))
                raise KafkaTimeoutError
        log += records
        await asyncio.sleep(0)

    def _point(self) -> int:
        self.points += 1
        return self.points - 1


def cuts(lanes: Sequence[Sequence[Sent]]) -> Iterator[list[Sent]]:
    """Whatever of these lanes can be there when writing them all at once breaks off: nothing first, all last."""
    for lengths in product(*(range(len(lane) + 1) for lane in lanes)):
        yield [one for lane, length in zip(lanes, lengths, strict=True) for one in lane[:length]]


@cache
def feed() -> list[SimpleNamespace]:
    """Texts of five people in three lanes, with a repeated and an unreadable one.

    One person gets more than are remembered by their ids: only the fence can tell that the first were applied before.
    """
    texts = [(person(n % 5), text_value(person(n % 5), f"e-{n}")) for n in range(12)]
    texts += [(person(1), text_value(person(1), "e-11")), (person(1), b"{")]
    texts += [(person(1), text_value(person(1), f"f-{n}", NOON + n)) for n in range(REMEMBERED)]
    texts += [(person(n), text_value(person(n), f"g-{n}", NOON + n)) for n in range(4)]
    ends: Counter[int] = Counter()
    records = []
    for key, value in texts:
        lane = partition_of(key.encode(), LANES)
        records.append(record(value, key, ends[lane], partition=lane))
        ends[lane] += 1
    return records


async def life(broker: Broker, batch: int) -> bool:
    """One life of a worker: recover, work on from what is committed. Whether it lived to the end of the feed."""
    store = Store(duty := Pipeline(PERSONS, [CountingDuty(every=3)]), IDLE_MS)
    for change in broker.states:
        store.recover(*change)
    engine, read = Engine(duty, store, LATE_MS), Reader(duty.inputs)
    over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def die(problem: BaseException) -> None:
        assert isinstance(problem, PowerCutError), problem
        over.set_result(False)

    def commit(position: int) -> None:
        broker.commit(position)
        if position == len(feed()):
            over.set_result(True)

    outbox = Outbox(broker, lambda *_: None, die)
    outbox.start()
    records = feed()
    for begin in range(start := broker.committed, len(records), batch):
        run: list[Entry] = [read(one) for one in records[begin : begin + batch]]
        end = begin + len(run)
        put = asyncio.ensure_future(outbox.put(engine.apply(run), lambda end=end: commit(end)))
        await asyncio.wait({put, over}, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            put.cancel()
            break
    lived = await over if start < len(records) else True
    await outbox.stop()
    return lived


def left(broker: Broker) -> tuple[set[tuple[str, bytes | None, bytes | None]], dict[bytes, object]]:
    store = Store(Pipeline(PERSONS, [CountingDuty()]), IDLE_MS)
    for change in broker.states:
        store.recover(*change)
    return {(sent.topic, sent.key, sent.value) for sent in broker.written}, store.snapshot()


async def undisturbed(batch: int = 4) -> Broker:
    broker = Broker()
    assert await life(broker, batch)
    return broker


def test_a_flush_breaks_off_in_every_way_that_keeps_each_lanes_order() -> None:
    a, b, c = ((0, name, b"") for name in (b"a", b"b", b"c"))
    assert list(cuts([[a, b], [c]])) == [[], [c], [a], [a, c], [a, b], [a, b, c]]


@pytest.mark.parametrize(("batch", "next_batch"), product((1, 4, 7, 40), (3, 40)))
async def test_wherever_a_worker_dies_its_heir_leaves_what_an_undisturbed_one_leaves(
    batch: int, next_batch: int
) -> None:
    quiet = await undisturbed(batch)
    wanted = left(quiet)
    assert quiet.points > 70
    for dies_at in range(quiet.points):
        broker = Broker(dies_at)
        assert not await life(broker, batch)
        broker.rise()
        assert await life(broker, next_batch)
        assert left(broker) == wanted, f"died at point {dies_at}"


async def test_wherever_a_worker_and_its_heir_die_the_third_leaves_the_same() -> None:
    quiet = await undisturbed(5)
    wanted = left(quiet)
    for first in range(quiet.points):
        for second in range(first % 9, quiet.points, 9):
            broker = Broker(first)
            assert not await life(broker, 5)
            broker.rise(second)
            if not await life(broker, 2):
                broker.rise()
                assert await life(broker, 9)
            assert left(broker) == wanted, f"died at points {first} and {second}"


@pytest.mark.slow
@pytest.mark.parametrize("batch", [4, 40])
async def test_wherever_a_write_times_out_and_wherever_the_worker_dies_after_it_wrote_again_the_heir_leaves_the_same(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.runtime.outbox.RETRY_S_MIN", 0.0)
    quiet = await undisturbed(batch)
    wanted = left(quiet)
    for times_out_at in range(quiet.points):
        for dies_at in range(times_out_at + 1 + times_out_at % 7, times_out_at + 60, 7):
            broker = Broker(dies_at, times_out_at)
            await life(broker, batch)
            broker.rise()
            assert await life(broker, 5)
            assert left(broker) == wanted, f"timed out at point {times_out_at}, died at {dies_at}"


async def test_wherever_a_write_times_out_writing_again_leaves_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.outbox.RETRY_S_MIN", 0.0)
    quiet = await undisturbed()
    wanted = left(quiet)
    for times_out_at in range(quiet.points):
        broker = Broker(times_out_at=times_out_at)
        assert await life(broker, 4)
        broker.rise()
        assert left(broker) == wanted, f"timed out at point {times_out_at}"


async def test_a_zombies_late_writes_do_not_turn_the_state_back() -> None:
    quiet = await undisturbed()
    wanted = left(quiet)
    for dies_at in range(quiet.points):
        zombie = Broker(dies_at)
        assert not await life(zombie, 4)
        stale = list(zombie.states)
        zombie.rise()
        assert await life(zombie, 4)
        zombie.states += stale
        assert left(zombie) == wanted, f"died at point {dies_at}"
