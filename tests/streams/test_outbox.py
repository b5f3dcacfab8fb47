"""The outbox writes outputs, then states, and only then calls a batch done."""

import asyncio
from collections.abc import Iterable

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.topics import PHONE, VICTIM_ALERTS
from streams.engine import Effects, Headers, Outgoing
from streams.outbox import Change, KafkaSink, Outbox
from streams.pulse import AwayTooLongError
from streams.recovery import read_to_end
from streams.settings import Settings
from streams.signing import Signer
from streams.topics import ensure_topics
from tests.live.trial import reading


class Broker:
    """A broker in memory: keeps a log of what was acknowledged, and can be told to break or to wait."""

    def __init__(self) -> None:
        self.log: list[tuple[str, object]] = []
        self.breaks_at: str | None = None
        self.problem: Exception = RuntimeError("unforeseen")
        self.reopened = 0
        self.open = asyncio.Event()
        self.open.set()

    async def outputs(self, records: list[Outgoing]) -> None:
        await self._answer("outputs", [record.value for record in records])

    async def changelog(self, changes: Iterable[Change]) -> None:
        await self._answer("changelog", list(changes))

    async def reopen(self) -> None:
        self.reopened += 1

    async def _answer(self, stage: str, what: object) -> None:
        await self.open.wait()
        if self.breaks_at == stage:
            raise self.problem
        self.log.append((stage, what))


def effects(value: bytes | None = None, **states: bytes) -> Effects:
    made = Effects()
    if value is not None:
        made.outgoing.append(Outgoing("actions", b"k", value, []))
    made.changes = {(0, key.encode()): state for key, state in states.items()}
    return made


def outbox_on(broker: Broker, failures: list[BaseException] | None = None) -> Outbox:
    return Outbox(broker, lambda *_: None, (failures if failures is not None else []).append)


async def test_outputs_are_acknowledged_before_states_and_states_before_the_batch() -> None:
    broker = Broker()
    outbox = outbox_on(broker)
    outbox.start()
    done = asyncio.Event()
    await outbox.put(effects(b"freeze", a=b"1"), lambda: (broker.log.append(("done", None)), done.set()))
    await asyncio.wait_for(done.wait(), 5)
    assert [stage for stage, _ in broker.log] == ["outputs", "changelog", "done"]
    await outbox.stop()


@pytest.mark.parametrize("stage", ["outputs", "changelog"])
async def test_a_batch_is_never_done_when_a_stage_fails(stage: str) -> None:
    broker, failures, done = Broker(), [], []
    broker.breaks_at = stage
    outbox = outbox_on(broker, failures)
    outbox.start()
    await outbox.put(effects(b"freeze", a=b"1"), lambda: done.append(1))
    while not failures:
        await asyncio.sleep(0)
    assert done == []
    assert isinstance(failures[0], RuntimeError)
    await outbox.stop()


@pytest.mark.parametrize("stage", ["outputs", "changelog"])
@pytest.mark.parametrize("problem", [ConnectionError(), KafkaTimeoutError(), OutOfOrderSequenceNumber()])
async def test_a_broker_that_is_gone_for_a_while_loses_nothing(stage: str, problem: Exception) -> None:
    broker, failures, retried = Broker(), [], asyncio.Event()
    broker.breaks_at, broker.problem = stage, problem
    outbox = Outbox(broker, lambda *_: None, failures.append, on_retry=lambda _: retried.set())
    outbox.start()
    done = asyncio.Event()
    await outbox.put(effects(b"freeze", a=b"1"), done.set)
    await asyncio.wait_for(retried.wait(), 5)
    assert not done.is_set()
    broker.breaks_at = None
    await asyncio.wait_for(done.wait(), 5)
    assert [written for written, _ in broker.log] == ["outputs", "changelog"]
    assert broker.reopened == 1
    assert failures == []
    await outbox.stop()


async def test_a_worker_that_may_not_write_any_more_writes_nothing() -> None:
    broker, failures, done = Broker(), [], []

    def refuse() -> None:
        raise AwayTooLongError("away")

    outbox = Outbox(broker, lambda *_: None, failures.append, may_write=refuse)
    outbox.start()
    await outbox.put(effects(b"freeze", a=b"1"), lambda: done.append(1))
    while not failures:
        await asyncio.sleep(0)
    assert isinstance(failures[0], AwayTooLongError)
    assert broker.log == done == []
    await outbox.stop()


async def test_batches_that_wait_together_leave_together_with_the_last_state_of_each_key() -> None:
    broker = Broker()
    broker.open.clear()
    outbox = outbox_on(broker)
    outbox.start()
    order: list[str] = []
    await outbox.put(effects(b"one", a=b"1"), lambda: order.append("first"))
    await asyncio.sleep(0)
    last = asyncio.Event()
    await outbox.put(effects(b"two", a=b"2", b=b"2"), lambda: order.append("second"))
    await outbox.put(effects(b"three", a=b"3"), lambda: (order.append("third"), last.set()))
    broker.open.set()
    await asyncio.wait_for(last.wait(), 5)
    assert order == ["first", "second", "third"]
    assert broker.log[-2:] == [
        ("outputs", [b"two", b"three"]),
        ("changelog", [(0, b"a", b"3"), (0, b"b", b"2")]),
    ]
    await outbox.stop()


async def test_a_slow_broker_makes_the_next_batch_wait() -> None:
    broker = Broker()
    broker.open.clear()
    outbox = outbox_on(broker)
    outbox.start()
    puts = [asyncio.create_task(outbox.put(effects(b"x"), lambda: None)) for _ in range(5)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert sum(put.done() for put in puts) == 4, "two leave together and two wait"
    broker.open.set()
    await asyncio.wait_for(asyncio.gather(*puts), 5)
    await outbox.stop()


async def test_a_batch_without_effects_is_done_all_the_same() -> None:
    broker = Broker()
    outbox = outbox_on(broker)
    outbox.start()
    done = asyncio.Event()
    await outbox.put(effects(), done.set)
    await asyncio.wait_for(done.wait(), 5)
    assert broker.log == []
    await outbox.stop()


# -- signatures ----------------------------------------------------------------------------------------------

ALERT = Outgoing(VICTIM_ALERTS.name, b"+8613800138000", b'{"alert_id":"1"}', [("ce_id", b"1")])
SUSPEND = Outgoing(PHONE.name, b"+8613800138000", b'{"command_id":"2"}', [("ce_id", b"2")])


async def written(settings: Settings, topic: str) -> list[tuple[bytes, bytes, Headers]]:
    """Every record of a topic: key, value, headers."""
    async with reading(settings) as consumer:
        runs = read_to_end(consumer, [TopicPartition(topic, lane) for lane in range(settings.partitions)])
        return [(record.key, record.value, list(record.headers)) async for run in runs for record in run]


@pytest.mark.broker
async def test_commands_leave_signed_and_nothing_else_does(lone_broker: str) -> None:
    settings = Settings(bootstrap=lone_broker)
    await ensure_topics(settings)
    signer, counted = Signer(Ed25519PrivateKey.generate(), "test"), []
    sink = KafkaSink(settings, "interdict.test.changelog", signer, lambda *told: counted.append(told))
    await sink.open()
    await sink.outputs([SUSPEND, ALERT, SUSPEND])
    await sink.outputs([ALERT])
    await sink.reopen()
    await sink.outputs([SUSPEND])
    await sink.close()
    headers = [("ce_id", b"2"), *signer.headers(PHONE.name, b"+8613800138000", b'{"command_id":"2"}')]
    assert await written(settings, PHONE.name) == [(SUSPEND.key, SUSPEND.value, headers)] * 3, "each time the same"
    assert [headers for _, _, headers in await written(settings, VICTIM_ALERTS.name)] == [ALERT.headers] * 2
    assert counted == [(signer.key_id, 2), (signer.key_id, 1)]
    assert SUSPEND.headers == [("ce_id", b"2")], "the decision itself stays as it was"


@pytest.mark.broker
async def test_without_a_key_commands_leave_as_they_are(lone_broker: str) -> None:
    settings = Settings(bootstrap=lone_broker)
    await ensure_topics(settings)
    sink = KafkaSink(settings, "interdict.test.changelog")
    await sink.open()
    await sink.outputs([SUSPEND])
    await sink.close()
    assert await written(settings, PHONE.name) == [(SUSPEND.key, SUSPEND.value, SUSPEND.headers)]
