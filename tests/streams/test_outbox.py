"""The outbox writes outputs, then states, and only then calls a batch done."""

import asyncio
from collections.abc import Callable
from hashlib import sha256

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.codec import Rejected
from schemas.topics import CALLS, PHONE, VICTIM_ALERTS, Output, changelog, dead_letter
from streams.core.changes import Change, Tombstone, change_of
from streams.core.deadletters import BYTES, PREFIX, REASON, SHA256, place_headers
from streams.core.engine import Effects, Headers, Outgoing
from streams.kafka.recovery import read_to_end
from streams.kafka.topics import LETTER_BYTES_MAX, ensure_topics
from streams.runtime.outbox import Changes, KafkaSink, Outbox, StateTooLargeError, stub
from streams.runtime.signing import Signer
from streams.runtime.watchdog import AwayTooLongError
from streams.settings import Settings
from tests.batches import lower
from tests.kit.patience import PATIENCE_S
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

    async def outputs(self, records: list[Outgoing]) -> list[Outgoing]:
        await self._answer("outputs", [record.value for record in records])
        return []

    async def changelog(self, changes: Changes) -> None:
        await self._answer("changelog", [(*place, blob) for place, blob in changes.items()])

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
    await asyncio.wait_for(done.wait(), PATIENCE_S)
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
    await asyncio.wait_for(retried.wait(), PATIENCE_S)
    assert not done.is_set()
    broker.breaks_at = None
    await asyncio.wait_for(done.wait(), PATIENCE_S)
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
    await asyncio.wait_for(last.wait(), PATIENCE_S)
    assert order == ["first", "second", "third"]
    assert broker.log[-2:] == [
        ("outputs", [b"two", b"three"]),
        ("changelog", [(0, b"b", b"2"), (0, b"a", b"3")]),
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
    await asyncio.wait_for(asyncio.gather(*puts), PATIENCE_S)
    await outbox.stop()


async def test_a_batch_without_effects_is_done_all_the_same() -> None:
    broker = Broker()
    outbox = outbox_on(broker)
    outbox.start()
    done = asyncio.Event()
    await outbox.put(effects(), done.set)
    await asyncio.wait_for(done.wait(), PATIENCE_S)
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


@pytest.mark.broker
async def test_the_changelog_gives_back_states_and_how_far_the_forgotten_ones_had_come(lone_broker: str) -> None:
    settings = Settings(bootstrap=lone_broker, partitions=1)
    await ensure_topics(settings)
    changes: dict[tuple[int, bytes], Change] = {
        (0, b"k"): b"state",
        (0, b"l"): Tombstone(b"far"),
        (0, b"m"): Tombstone(),
    }
    sink = KafkaSink(settings, changelog("victims"))
    await sink.open()
    await sink.changelog(changes)
    await sink.close()
    async with reading(settings) as consumer:
        runs = [run async for run in read_to_end(consumer, [TopicPartition(changelog("victims"), 0)])]
    assert {(0, record.key): change_of(record) for run in runs for record in run} == changes


REFUSED = Rejected("not_json", "the value")


class Small(Broker):
    """A broker whose topics take no record, and no batch, of more than ten bytes."""

    async def outputs(self, records: list[Outgoing]) -> list[Outgoing]:
        if sum(len(record.value or b"") for record in records) > 10:
            return records
        await self._answer("outputs", [(record.topic, record.value) for record in records])
        return []


LETTER = Outgoing("calls.dead-letter", b"k", b"x" * 11, [("h", b"v"), *place_headers("calls", 2, 7, REFUSED)])
COMMAND = Outgoing("actions", b"k", b"x" * 11, [], Output(PHONE, "k", None))
ASTRAY = Outgoing("calls", b"k", b"x" * 11, [("h", b"v"), ("interdict_forwarded", b"1")], origin=("calls", 3, 9))
COPY = Outgoing("accounts", b"k", b"x" * 11, [("h", b"v")], origin=("calls", 3, 9))


async def written_by(
    outgoing: list[Outgoing], in_place: Callable[[Outgoing], Outgoing | None] = lambda _: None
) -> tuple[Small, list[str], list[Outgoing]]:
    """What a small broker took, what is told to be too large, and what is told to be written."""
    broker, told, written, done = Small(), [], [], asyncio.Event()
    outbox = Outbox(
        broker, lambda sent, *_: written.extend(sent), pytest.fail, on_too_large=told.append, in_place=in_place
    )
    outbox.start()
    made = effects()
    made.outgoing.extend(outgoing)
    await outbox.put(made, done.set)
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    await outbox.stop()
    return broker, told, written


async def test_a_batch_that_is_too_large_as_a_whole_leaves_one_by_one() -> None:
    small = [Outgoing("actions", b"k", b"x" * 8, [], Output(PHONE, "k", None)) for _ in range(3)]
    broker, told, written = await written_by(small)
    assert [what for _, what in broker.log] == [[("actions", b"x" * 8)]] * 3
    assert (told, written) == ([], small)


@pytest.mark.parametrize(
    ("record", "place"),
    [(LETTER, (b"calls", b"2", b"7")), (ASTRAY, (b"calls", b"3", b"9")), (COPY, (b"calls", b"3", b"9"))],
)
async def test_a_letter_and_a_record_sent_on_or_copied_that_are_too_large_become_stubs(
    record: Outgoing, place: object
) -> None:
    broker, told, _ = await written_by([record])
    assert [what for _, what in broker.log] == [[("calls.dead-letter", b"")]]
    assert told == ["letter"]
    headers = dict(stub(record).headers)
    assert tuple(headers[PREFIX + name] for name in ("topic", "partition", "offset")) == place
    assert (headers[BYTES], headers[SHA256]) == (b"11", sha256(b"x" * 11).hexdigest().encode())
    assert headers[REASON] == (b"not_json" if record is LETTER else b"too_large")
    assert "h" not in headers, "what the record says may be what is too large"


async def test_a_stub_believes_our_own_headers_and_not_the_records() -> None:
    forged = msgspec.structs.replace(LETTER, headers=[(PREFIX + "offset", b"0"), (REASON, b"?"), *LETTER.headers])
    assert stub(forged) == stub(LETTER)


async def test_an_output_that_is_too_large_is_told_and_not_counted_as_written_and_the_batch_is_done() -> None:
    broker, told, written = await written_by([COMMAND])
    assert (broker.log, told, written) == ([], ["output"], [])


async def test_in_place_of_an_output_that_is_too_large_leaves_what_says_so() -> None:
    task = Outgoing("tasks", b"k", b"see", [], Output(PHONE, "k", None))
    broker, told, written = await written_by([COMMAND], lambda record: task if record is COMMAND else None)
    assert (broker.log, told, written) == ([("outputs", [("tasks", b"see")])], ["output"], [])


async def test_where_what_says_so_is_too_large_too_the_batch_is_done() -> None:
    broker, told, _ = await written_by([COMMAND], lambda record: record)
    assert (broker.log, told) == ([], ["output"])


async def test_one_that_is_too_large_among_others_costs_itself_alone() -> None:
    small = Outgoing("actions", b"k", b"x", [], Output(PHONE, "k", None))
    broker, told, written = await written_by([small, COMMAND, LETTER, small])
    assert [what for _, what in broker.log] == [[("actions", b"x")], [("calls.dead-letter", b"")], [("actions", b"x")]]
    assert (told, written) == (["output", "letter"], [small, LETTER, small])


async def test_a_state_that_is_too_large_is_told_and_stops_the_worker() -> None:
    broker, told, failures, done = Broker(), [], [], []
    broker.breaks_at, broker.problem = "changelog", StateTooLargeError("a state of 11 bytes")
    outbox = Outbox(broker, lambda *_: None, failures.append, on_too_large=told.append)
    outbox.start()
    await outbox.put(effects(a=b"1"), lambda: done.append(1))
    while not failures:
        await asyncio.sleep(0)
    assert (told, done, failures) == (["state"], [], [broker.problem])
    await outbox.stop()


@pytest.mark.broker
async def test_a_broker_that_refuses_is_understood_whether_it_or_the_producer_does(lone_broker: str) -> None:
    settings = Settings(bootstrap=lone_broker, partitions=1)
    await ensure_topics(settings)
    topic, huge = dead_letter(CALLS.name), b"x" * (LETTER_BYTES_MAX + 1)
    sink = KafkaSink(settings, changelog("victims"))
    await sink.open()
    try:
        small, large = Outgoing(topic, b"k", b"v", []), Outgoing(topic, b"k", huge, [])
        assert await sink.outputs([small, large, small]) == [large]
        await sink.changelog({(0, b"k"): b"v", (0, b"l"): b"w"})
        if await lower(settings, topic, 2000) and await lower(settings, changelog("victims"), 2000):
            halves = [Outgoing(topic, b"k", b"x" * 1500, []) for _ in range(2)]
            assert (await sink.outputs([large, *halves]))[0] == large
            assert [await sink.outputs([half]) for half in halves] == [[], []], "alone each fits"
            await sink.changelog({(0, b"%d" % number): b"x" * 1500 for number in range(4)})
            with pytest.raises(StateTooLargeError, match=r"a state of 3000 bytes .* interdict.victims.changelog"):
                await sink.changelog({(0, b"k"): b"v", (0, b"l"): b"x" * 3000})
            await sink.changelog({(0, b"k"): b"after"})
            assert await sink.outputs([small]) == []
    finally:
        await sink.close()


@pytest.mark.broker
async def test_letters_that_are_too_large_hold_up_none_that_lies_between_them(lone_broker: str) -> None:
    settings = Settings(bootstrap=lone_broker, partitions=1)
    await ensure_topics(settings)
    topic = dead_letter(CALLS.name)
    too_large = 3000 if await lower(settings, topic, 2000) else LETTER_BYTES_MAX
    letters = [
        msgspec.structs.replace(LETTER, topic=topic, value=b"x" * size) for size in (1, too_large, 2, too_large, 3)
    ]
    sink, done, retried = KafkaSink(settings, changelog("victims")), asyncio.Event(), []
    await sink.open()
    outbox = Outbox(sink, lambda *_: None, pytest.fail, on_retry=retried.append)
    outbox.start()
    made = effects()
    made.outgoing.extend(letters)
    await outbox.put(made, done.set)
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    await outbox.stop()
    await sink.close()
    assert retried == []
    async with reading(settings) as consumer:
        found = [record.value async for run in read_to_end(consumer, [TopicPartition(topic, 0)]) for record in run]
    assert {b"x", b"xx", b"xxx", b""} <= set(found)
    assert b"x" * too_large not in found
    assert found.count(b"") == 2
