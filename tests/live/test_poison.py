"""Poison of every kind on a live worker: each record is accounted for, and a plain scam on somebody else, and on the
very person that the poison is about, is answered as if there had been none."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from interdict.run.processes import WorkerProcess
from schemas.topics import ACCOUNT, DISSUASION, PHONE, SESSION
from streams.core.partitioner import partition_of
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.conftest import STARTED
from tests.kit.patience import PATIENCE_S, until
from tests.live.dosing import Doser, letters_of
from tests.live.plain_scam import before, produce, scam
from tests.live.poison import KINDS, REFUSABLE, Aim, Kind, scam_ids
from tests.live.trial import behind, offsets, producing, reading

ACTIONS = (DISSUASION.name, PHONE.name, ACCOUNT.name, SESSION.name)
PEAK_BYTES_MAX = 700 << 20
"""Of the worker's memory, whatever is sent to it: a bomb of 300 MiB that is unpacked and copied takes more."""
LOOK_S = 0.5
SAME = "a plain scam on the SAME PERSON"
LANES_MAX = 3
"""Of the lanes that a kind lies in, in so many somebody else is scammed."""


@dataclass
class Listener:
    """Hears every command, and by which event each was caused."""

    consumer: AIOKafkaConsumer
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    came: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    """By person: whether a command was caused by an event of the plain scam on them."""

    async def listen(self) -> None:
        """Listen until cancelled."""
        while True:
            record = await self.consumer.getone()
            command = orjson.loads(record.value)
            self.heard[command["caused_by"]].append(command)
            who = command["subscriber"]
            if who is not None and command["caused_by"] in scam_ids(who):
                self.came[who].set()

    async def heard_of(self, who: str, alive: Callable[[], bool]) -> bool:
        """Wait until a command answers the scam on somebody, while a worker is there; whether one did.

        Of two feeds that are read at once, either may be read first: the last event to be decided is not always the
        payment.
        """
        until = time.monotonic() + PATIENCE_S
        while alive() and time.monotonic() < until:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.came[who].wait(), LOOK_S)
                return True
        return self.came[who].is_set()


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[Listener]:
    """A listener to all actions."""
    async with reading(settings) as consumer:
        consumer.assign([TopicPartition(topic, lane) for topic in ACTIONS for lane in range(settings.partitions)])
        await consumer.seek_to_beginning()
        listener = Listener(consumer)
        task = asyncio.ensure_future(listener.listen())
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@dataclass
class Ward:
    """A broker, one worker, and what is given to it."""

    settings: Settings
    producer: AIOKafkaProducer
    worker: WorkerProcess
    listener: Listener
    doser: Doser
    people: Iterator[int]
    command: tuple[str, str] = ("", "")
    _is_well: bool = True

    async def warm(self) -> None:
        """A scam before any poison: it must be answered too, and lends the poison a command that was really given."""
        await produce(self.producer, before(_now()))
        who = await self._scam(self._somebody(None))
        assert await self._is_answered(who), "a plain scam is not answered even without poison"
        first = next(command for name in scam_ids(who) for command in self.listener.heard.get(name, ()))
        self.command = (first["command_id"], who)

    async def suffer(self, kind: Kind, number: int) -> str | None:
        """Give a kind, then scam somebody else in its lanes, and then the person itself; what went wrong."""
        now, one = _now(), self._somebody(None)
        aim = Aim(one, now, now, self.settings.partitions, f"k{number}-", self.command)
        lanes = {aim.lane, *(parcel.lane for parcel in kind.make(aim))}
        await self.doser.give(kind, aim)
        others = [await self._scam(self._somebody(lane)) for lane in sorted(lanes)[:LANES_MAX]]
        for other in others:
            if not await self._is_answered(other):
                return f"{kind.name}: {self._state()}a plain scam on SOMEBODY ELSE is not answered"
        if not await self._is_answered(await self._scam(one)):
            return f"{kind.name}: {self._state()}{SAME} is not answered"
        if kind.is_nothing and any(cause.startswith(aim.tag) for cause in self.listener.heard):
            return f"{kind.name}: what never was has been acted upon"
        return None

    def _state(self) -> str:
        return "" if self.worker.alive else "the worker ENDED, "

    async def _scam(self, who: str) -> str:
        await produce(self.producer, scam(_now(), who))
        return who

    async def _is_answered(self, who: str) -> bool:
        return await self.listener.heard_of(who, lambda: self.worker.alive)

    def _somebody(self, lane: int | None) -> str:
        while True:
            who = f"+86188{next(self.people):08}"
            if lane in (None, partition_of(who.encode(), self.settings.partitions)):
                return who

    async def at_the_end(self) -> list[str]:
        """What is wrong once all kinds are given: poison not accounted for, a worker that is not well."""
        wrong = [] if self.worker.alive else ["the worker ended"]
        wrong += await self._uncommitted()
        if self.worker.alive:
            peak = self.worker.peak_bytes()
            wrong += [f"the worker took {peak >> 20} MiB"] if peak > PEAK_BYTES_MAX else []
            ready = await asyncio.to_thread(_page, self.worker, "/readyz")
            wrong += [] if ready.get("ready") else [f"the worker is not ready: {ready}"]
        wrong += [f"{name}: the broker took none of it" for name in sorted(self.doser.untaken) if name not in REFUSABLE]
        return [*wrong, *self.doser.unaccounted(await letters_of(self.settings))]

    async def try_out(self, kind: Kind, number: int) -> list[str]:
        """Suffer a kind; what went wrong, with what is wrong of all before it where this ended the worker's work."""
        try:
            failure = await self.suffer(kind, number)
        except (KafkaError, TimeoutError) as problem:
            failure = f"{kind.name}: the BROKER takes nothing any more, {type(problem).__name__}"
        if failure is None:
            return []
        self._is_well = SAME in failure and self.worker.alive
        if self._is_well:
            return [failure]
        wrong = self.doser.unaccounted(await letters_of(self.settings))
        return [f"{failure}; its log is {self.worker.log}", *(one for one in wrong if not one.startswith(kind.name))]

    def is_well(self) -> bool:
        """Whether what failed was about one person only, so that more kinds can be given."""
        return self._is_well

    async def _uncommitted(self) -> list[str]:
        """Inputs whose end is not committed, though nothing moves any more: what cases lead to has its turn."""
        left: set[TopicPartition] = set()

        async def standing() -> tuple[int, int]:
            nonlocal left
            at = await offsets(self.settings)
            left = await behind(self.settings, at)
            return len(left) if self.worker.alive else 0, sum(at.values())

        with suppress(TimeoutError):
            await until(standing, lambda found: not found[0], 0.3)
        return [f"{tp.topic} {tp.partition}: not all is committed" for tp in sorted(left)]


def _page(worker: WorkerProcess, path: str) -> Any:
    try:
        with urlopen(worker.address + path, timeout=PATIENCE_S) as answer:
            return orjson.loads(answer.read())
    except HTTPError as problem:
        return orjson.loads(problem.read())


def _now() -> int:
    return int(time.time() * 1000)


@asynccontextmanager
async def ward(broker: str, people: Iterator[int]) -> AsyncIterator[Ward]:
    """A fresh broker and worker."""
    async with AsyncExitStack() as stack:
        started = await stack.enter_async_context(STARTED[broker]())
        settings = Settings(bootstrap=started.bootstrap, session_timeout_s=6.0)
        await ensure_topics(settings)
        producer = await stack.enter_async_context(producing(settings))
        doser = Doser(producer, settings)
        stack.push_async_callback(doser.close)
        listener = await stack.enter_async_context(listening(settings))
        worker = await stack.enter_async_context(WorkerProcess(settings))
        made = Ward(settings, producer, worker, listener, doser, people)
        await made.warm()
        yield made


async def survey(broker: str, kinds: list[Kind], tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Give every kind to one worker; after a failure that may stand in the way of others, to a fresh one.

    Args:
        broker: which broker to start.
        kinds: what to give, in order.
        tell: told of each failure as it comes.

    Returns:
        What failed, each by its kind.
    """
    people, failures, left = count(1), [], list(enumerate(kinds))
    while left:
        async with ward(broker, people) as here:
            wrong: list[str] = []
            while left and (not wrong or here.is_well()):
                number, kind = left.pop(0)
                wrong = await here.try_out(kind, number)
                failures += wrong
                for one in wrong:
                    tell(one)
            if not left and not wrong:
                failures += await here.at_the_end()
    return failures


@pytest.mark.broker
@pytest.mark.timeout(1_200)
async def test_no_kind_of_poison_silences_the_line(request: pytest.FixtureRequest) -> None:
    """All kinds on one worker, a minute or so; a kind that fails costs its time limit and a new worker."""
    broker = request.config.getoption("--broker")
    if broker not in STARTED:
        pytest.skip("needs a broker of its own, and will not empty yours")
    failures = await survey(broker, [kind for kind in KINDS if kind.is_for(broker)])
    assert not failures, "\n" + "\n".join(failures)
