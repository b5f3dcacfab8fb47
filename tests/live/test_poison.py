"""Poison of every kind on a live worker: each record is accounted for, and a plain scam on somebody else, and on the
very person that the poison is about, is answered as if there had been none."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from interdict.duties import load_duties
from interdict.processes import WorkerProcess
from interdict.replay import Replay
from schemas.topics import ACCOUNT, CALLS, DISSUASION, PHONE, SESSION, TRANSACTIONS, WATCHLIST
from streams.engine import partition_of
from streams.settings import Settings
from streams.topics import ensure_topics
from tests.conftest import STARTED
from tests.live.dosing import Doser, letters_of
from tests.live.poison import KINDS, MINUTE, SCAM_PARTS, Aim, Kind, account_of
from tests.live.trial import INPUTS, Row, offsets, producing, reading

MULE = "6222999900000001"
STRANGER = "+8617012345678"
ACTIONS = (DISSUASION.name, PHONE.name, ACCOUNT.name, SESSION.name)
RESIDENT_GROWTH_MAX = 400 << 20
COMMITTED_S = 60.0
LOOK_S = 0.5
HOURS = range(0, 7 * 24, 1)
MONDAY = 1_790_553_600_000


def plain_scam(who: str, tag: str, now: int) -> list[Row]:
    """A stranger keeps somebody on the phone and has a large amount paid to a listed account: red at any hour."""
    call = {"subscriber": who, "peer": STRANGER, "direction": "in", "call_id": f"{tag}call", "peer_type": "voip"}
    said = [
        {**call, "event_id": f"{tag}ringing", "occurred_at": now - 5 * MINUTE - 5_000, "phase": "ringing"},
        {**call, "event_id": f"{tag}answered", "occurred_at": now - 5 * MINUTE, "phase": "answered"},
        {**call, "event_id": f"{tag}ongoing", "occurred_at": now - 1_000, "phase": "ongoing", "duration_s": 299},
    ]
    paid = {
        "event_id": f"{tag}paid", "occurred_at": now, "subscriber": who, "payer_account": account_of(who),
        "payee_account": MULE, "amount_minor": 5_000_000, "balance_minor": 100_000, "channel": "mobile",
        "phase": "initiated", "payee_is_new": True,
    }  # fmt: skip
    rows = [Row(CALLS.name, who.encode(), orjson.dumps(value)) for value in said]
    return [*rows, Row(TRANSACTIONS.name, who.encode(), orjson.dumps(paid))]


def listed(now: int) -> Row:
    """The entry of the watchlist that makes the scam plain."""
    entry = {"value": MULE, "kind": "account", "category": "mule", "source": "test", "added_at": now}
    return Row(WATCHLIST.name, MULE.encode(), orjson.dumps(entry))


def test_a_plain_scam_is_answered_at_any_hour_of_any_day(tmp_path: Path) -> None:
    unanswered = []
    for hour in HOURS:
        now = MONDAY + hour * 3_600_000
        file = tmp_path / f"{hour}.ndjson"
        rows = [listed(now), *plain_scam("+8619900000001", "s-", now)]
        lines = [{"topic": r.topic, "key": (r.key or b"").decode(), "value": orjson.loads(r.value)} for r in rows]
        file.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        settings = Settings()
        sent = list(Replay(load_duties(), settings.late_ms_max, settings.idle_ms).run([file]))
        if not any(one.topic == ACCOUNT.name and _caused_by(one.value) == "s-paid" for one in sent):
            unanswered.append(hour)
    assert not unanswered


def _caused_by(value: bytes | None) -> str:
    return str(orjson.loads(value or b"{}").get("caused_by"))


def _tag_of(event_id: str) -> str:
    """What the names of a scam's events begin with; nothing where it is none of them."""
    tag, dash, part = event_id.partition("-")
    return tag + dash if part in SCAM_PARTS else ""


@dataclass
class Listener:
    """Hears every command, and by which event each was caused."""

    consumer: AIOKafkaConsumer
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    came: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def listen(self) -> None:
        """Listen until cancelled."""
        while True:
            record = await self.consumer.getone()
            command = orjson.loads(record.value)
            self.heard[command["caused_by"]].append(command)
            self.came[_tag_of(command["caused_by"])].set()

    async def heard_of(self, tag: str, limit_s: float, alive: Callable[[], bool]) -> bool:
        """Wait until a command says that an event of a scam caused it, while a worker is there; whether one did.

        Of two feeds that are read at once, either may be read first: the last event to be decided is not always the
        payment.
        """
        until = time.monotonic() + limit_s
        while alive() and time.monotonic() < until:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.came[tag].wait(), LOOK_S)
                return True
        return self.came[tag].is_set()


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

    async def warm(self) -> None:
        """A scam before any poison: it must be answered too, and lends the poison a command that was really given."""
        who, tag = self._somebody(None), "before-"
        await self._publish([listed(_now())])
        await self._publish(plain_scam(who, tag, _now()))
        assert await self._answered(tag, 30.0), "a plain scam is not answered even without poison"
        self.command = (
            next(c for cause, cs in self.listener.heard.items() for c in cs if _tag_of(cause) == tag)["command_id"],
            who,
        )

    async def suffer(self, kind: Kind, number: int) -> str | None:
        """Give a kind, then scam somebody else in each of its lanes and the person itself; what went wrong."""
        one = self._somebody(None)
        now = _now()
        aim = Aim(one, now, now, self.settings.partitions, f"k{number}-", MULE, self.command)
        lanes = {parcel.lane for parcel in kind.make(aim)} | {aim.lane}
        others = [self._somebody(lane) for lane in sorted(lanes)[:3]]
        await self.doser.give(kind, aim)
        tags = {f"k{number}b{place}-": other for place, other in enumerate(others)}
        for tag, other in tags.items():
            await self._publish(plain_scam(other, tag, _now()))
        for tag in tags:
            if not await self._answered(tag, kind.answer_s):
                return f"{kind.name}: {self._state()}a plain scam on SOMEBODY ELSE is not answered"
        await self._publish(plain_scam(one, aim.tag, _now()))
        if not await self._answered(aim.tag, kind.answer_s):
            return f"{kind.name}: {self._state()}a plain scam on the SAME PERSON is not answered"
        if any(f"{aim.tag}poison" in cause for cause in self.listener.heard) and "aborted" in kind.name:
            return f"{kind.name}: what was aborted has been acted upon"
        return None

    def _state(self) -> str:
        return "" if self.worker.alive else "the worker ENDED, "

    async def _answered(self, tag: str, limit_s: float) -> bool:
        return await self.listener.heard_of(tag, limit_s, lambda: self.worker.alive)

    async def _publish(self, rows: list[Row]) -> None:
        sent = [await self.producer.send(row.topic, row.value, row.key) for row in rows]
        await asyncio.gather(*sent)

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
            ready = await asyncio.to_thread(_page, self.worker, "/readyz")
            wrong += [] if ready.get("ready") else [f"the worker is not ready: {ready}"]
        return [*wrong, *self.doser.unaccounted(await letters_of(self.settings))]

    async def so_far(self, last: Kind) -> list[str]:
        """What is wrong with what became of the poison before this kind, which ended it all."""
        wrong = self.doser.unaccounted(await letters_of(self.settings))
        return [one for one in wrong if not one.startswith(last.name)]

    async def _uncommitted(self) -> list[str]:
        """Inputs whose end is not committed in time."""
        until = time.monotonic() + COMMITTED_S
        while True:
            done, ends = await offsets(self.settings), await _ends(self.settings)
            left = {tp: end - done.get(tp, 0) for tp, end in ends.items() if end > done.get(tp, 0)}
            if not left:
                return []
            if time.monotonic() > until or not self.worker.alive:
                return [f"{tp.topic} {tp.partition}: {n} records not committed" for tp, n in sorted(left.items())]
            await asyncio.sleep(0.3)


async def _ends(settings: Settings) -> dict[TopicPartition, int]:
    async with reading(settings) as consumer:
        tps = [TopicPartition(topic, lane) for topic in INPUTS for lane in range(settings.partitions)]
        return dict(await consumer.end_offsets(tps))


def _page(worker: WorkerProcess, path: str) -> Any:
    try:
        with urlopen(worker.address + path, timeout=5) as answer:
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
        worker = await stack.enter_async_context(WorkerProcess(settings, keep_log=True))
        made = Ward(settings, producer, worker, listener, doser, people)
        await made.warm()
        yield made


async def survey(broker: str, kinds: list[Kind], tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Give every kind to one worker; after a failure that may stand in the way of others, to a fresh one."""
    people, failures, left = count(1), [], list(enumerate(kinds))
    while left:
        async with ward(broker, people) as here:
            while left:
                number, kind = left.pop(0)
                try:
                    failure = await here.suffer(kind, number)
                except (KafkaError, TimeoutError) as problem:
                    failure = f"{kind.name}: the BROKER takes nothing any more, {type(problem).__name__}"
                if failure is not None:
                    failures.append(failure)
                    tell(failure)
                    if "SAME PERSON" not in failure or not here.worker.alive:
                        tell(f"  log: {here.worker.log}")
                        failures += await here.so_far(kind)
                        break
            else:
                end = await here.at_the_end()
                failures += end
                for one in end:
                    tell(one)
            tell(f"refused: { ({k: dict(v) for k, v in here.doser.refused.items()}) }")
    return failures


def kinds_on(broker: str) -> list[Kind]:
    """The kinds that a broker can be given."""
    return [kind for kind in KINDS if kind.is_for(broker)]


@pytest.mark.broker
@pytest.mark.timeout(1_200)
async def test_no_kind_of_poison_silences_the_line(request: pytest.FixtureRequest) -> None:
    broker = request.config.getoption("--broker")
    if broker not in STARTED:
        pytest.skip("needs a broker of its own, and will not empty yours")
    failures = await survey(broker, kinds_on(broker))
    assert not failures, "\n" + "\n".join(failures)
