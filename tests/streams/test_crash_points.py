"""A worker in one process on a broker in memory, which dies at every point at which it could, and starts again."""

import asyncio
from collections.abc import Iterable
from itertools import count, product

import pytest

from streams.engine import Engine, Outgoing
from streams.lanes import Entry
from streams.outbox import Change, Outbox
from streams.reader import Reader
from streams.store import Store
from tests.streams.counting import DAY_MS, NOON, CountingDuty, person, record, text_value

IDLE_MS = 90 * DAY_MS
GRACE_MS = 60_000


class PowerCutError(Exception):
    """The worker is gone from here on."""


class Broker:
    """What outlives the worker: outputs, changelog, committed offset. Each record written is a point to die at."""

    def __init__(self) -> None:
        self.written: list[Outgoing] = []
        self.states: list[Change] = []
        self.committed = 0
        self.dies_at: int | None = None
        self._points = count()

    def point(self) -> None:
        if next(self._points) == self.dies_at:
            raise PowerCutError

    def rise(self, dies_at: int | None = None) -> None:
        self.dies_at, self._points = dies_at, count()

    async def outputs(self, records: list[Outgoing]) -> None:
        for sent in records:
            self.point()
            self.written.append(sent)
        await asyncio.sleep(0)
        self.point()

    async def changelog(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.point()
            self.states.append(change)
        await asyncio.sleep(0)
        self.point()

    async def reopen(self) -> None:
        raise AssertionError("a power cut is not tried again")


def feed() -> list[object]:
    records = [record(text_value(person(n % 3), f"e-{n}"), person(n % 3), n) for n in range(16)]
    records.append(record(text_value(person(1), "e-13"), person(1), 16))  # repeated
    records.append(record(b"{", person(1), 17))
    records += [record(text_value(person(n % 2), f"f-{n}", NOON + n), person(n % 2), 18 + n) for n in range(8)]
    return records


async def life(broker: Broker, batch: int) -> bool:
    """One life of a worker: recover, work on from what is committed. Whether it lived to the end of the feed."""
    store = Store(duty := CountingDuty(every=3), IDLE_MS)
    for change in broker.states:
        store.recover(*change)
    engine, read = Engine(duty, store, GRACE_MS), Reader(duty.inputs)
    over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    end = len(feed())

    def die(problem: BaseException) -> None:
        assert isinstance(problem, PowerCutError), problem
        over.set_result(False)

    def commit(offset: int) -> None:
        broker.point()
        broker.committed = offset
        if offset == end:
            over.set_result(True)

    outbox = Outbox(broker, lambda *_: None, die)
    outbox.start()
    todo = feed()[broker.committed :]
    for begin in range(0, len(todo), batch):
        run: list[Entry] = [read(one) for one in todo[begin : begin + batch]]
        offset = run[-1].record.offset + 1
        put = asyncio.ensure_future(outbox.put(engine.apply(run), lambda offset=offset: commit(offset)))
        await asyncio.wait({put, over}, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            put.cancel()
            break
    lived = await over if todo else True
    await outbox.stop()
    return lived


def left(broker: Broker) -> tuple[set[tuple[str, bytes | None, bytes | None]], dict[bytes, object]]:
    store = Store(CountingDuty(), IDLE_MS)
    for change in broker.states:
        store.recover(*change)
    return {(sent.topic, sent.key, sent.value) for sent in broker.written}, store.snapshot()


async def undisturbed() -> Broker:
    broker = Broker()
    assert await life(broker, 4)
    return broker


@pytest.mark.parametrize(("batch", "next_batch"), product((1, 4, 7), (3, 30)))
async def test_wherever_a_worker_dies_its_heir_leaves_what_an_undisturbed_one_leaves(
    batch: int, next_batch: int
) -> None:
    wanted = left(await undisturbed())
    deaths = 0
    for dies_at in count():
        broker = Broker()
        broker.rise(dies_at)
        if await life(broker, batch):
            break
        deaths += 1
        broker.rise()
        assert await life(broker, next_batch)
        assert left(broker) == wanted, f"died at point {dies_at}"
    assert deaths > 15


async def test_wherever_a_worker_and_its_heir_die_the_third_leaves_the_same() -> None:
    wanted = left(await undisturbed())
    for first in count():
        broker = Broker()
        broker.rise(first)
        if await life(broker, 5):
            break
        for second in range(0, 40, 3):
            again = Broker()
            again.rise(first)
            assert not await life(again, 5)
            again.rise(second)
            if not await life(again, 2):
                again.rise()
                assert await life(again, 9)
            assert left(again) == wanted, f"died at points {first} and {second}"


async def test_a_zombies_late_writes_do_not_turn_the_state_back() -> None:
    wanted = await undisturbed()
    zombie = Broker()
    zombie.rise(12)
    assert not await life(zombie, 4)
    stale = list(zombie.states)
    zombie.rise()
    assert await life(zombie, 4)
    zombie.states += stale
    assert left(zombie) == left(wanted)
