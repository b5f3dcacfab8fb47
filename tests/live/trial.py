"""A feed, what replaying it says must come of it, and what did come of it on a broker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import structs

from agents.desk.limits import Limits
from agents.victims.duty import VictimsDuty
from interdict.city.rehearsal import Rehearsal
from interdict.city.simulate import Plan, Record
from interdict.replay.player import Replay
from interdict.topology import load_pipelines
from schemas.fields import LEVELS
from schemas.topics import (
    ACCOUNT,
    CALLS,
    CASES,
    DISSUASION,
    OUTCOME_TOPICS,
    POLICIES,
    SMS,
    TOPICS,
    TRANSACTIONS,
    changelog,
    dead_letter,
)
from streams.core.changes import change_of
from streams.core.deadletters import REASON
from streams.core.identity import BYTES
from streams.core.partitioner import partition_of
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from streams.kafka.clients import new_consumer
from streams.kafka.producer import open_producer
from streams.kafka.recovery import new_reader, read_to_end, readable_end
from streams.runtime.app import in_its_group
from streams.settings import Settings
from tests.kit.patience import until

PIPELINES = load_pipelines()
PERSONS, DESK, ACCOUNTS = PIPELINES
STATES = changelog(PERSONS.name)
"""The changelog of persons."""
INPUTS = tuple(topic.name for topic in (*PERSONS.inputs, *DESK.inputs))
PRODUCED = tuple(
    [topic.name for topic in TOPICS if topic.kind not in ("input", "reference")]
    + [dead_letter(topic.name) for pipeline in PIPELINES for topic in pipeline.inputs]
)
STORED = {changelog(pipeline.name): pipeline for pipeline in PIPELINES}
"""The pipeline of each changelog."""
EVENTS = tuple(topic.name for topic in VictimsDuty.inputs if topic not in OUTCOME_TOPICS)
NOTHING = (0, 0)
"""Left: see `left_of`."""

FED = tuple(topic.name for topic in PERSONS.inputs if topic.kind != "internal")
LATER_MS = 100 * 3_600_000
"""From the end of the traffic to the last word: longer than any deadline after it."""
ALWAYS: Any = {"starts": "00:00", "ends": "00:00"}
ROSTER: Any = {
    "policy_version": "trial", "time_zone": "UTC", "centre": "centre", "overflow": dict.fromkeys(LEVELS, "queue"),
    "teams": [{"name": "centre", "channels": ["call", "visit", "desk"], "areas": "*", "shifts": [ALWAYS],
               "units": {"count": 100, "capacity": 10}}],
}  # fmt: skip
LIMITS: Any = Limits.load().model_dump(mode="json") | {"policy_version": "trial", "limited": []}
LIMITS["gentle"] |= {"measures": []}
"""Lanes work off a feed each at its own pace, and so the desk hears of a day's events in another order each time. What
depends on that order, who has a shift and what happened within a minute, is left out of a comparison."""
POLICIES_FIRST = tuple(
    Record(POLICIES.name, name, {"name": name, "body": body, "schema_version": 1}, 0)
    for name, body in (("roster", ROSTER), ("limits", LIMITS))
)
ASSIGNED = ("team", "unit")
"""Fields of a command that say who was free, which differs from run to run."""


class Row(NamedTuple):
    """One record to publish."""

    topic: str
    key: bytes | None
    value: bytes


Decided = dict[str, Counter[tuple[bytes | None, bytes | None]]]
"""Records produced, by topic: key and value, and how often."""


@dataclass
class Trial:
    """A feed and its oracle."""

    rows: list[Row]
    folder: Path
    wrongly_keyed: int = 0
    unasked: set[bytes] = field(default_factory=set)
    """Accounts of which nobody can say what must be known of them."""

    @cached_property
    def _oracle(self) -> tuple[Decided, dict[bytes, Any]]:
        path = self.folder / "feed.ndjson"
        path.write_bytes(b"".join(map(_as_line, self.rows)))
        settings = Settings()
        replay = Replay(load_pipelines(), settings.late_ms_max, settings.idle_ms)
        decided: Decided = {}
        for sent in replay.run([path]):
            decided.setdefault(sent.topic, Counter())[sent.key, sent.value] += 1
        return decided, _together(replay.stores.values())

    @property
    def must_come(self) -> Decided:
        """What a worker must produce: commands, alerts, dead letters."""
        return self._oracle[0]

    @property
    def must_remain(self) -> dict[bytes, Any]:
        """What a worker must know of each person and each account in the end; offsets are those of the recording."""
        return self._oracle[1]

    async def publish(self, producer: AIOKafkaProducer, rows: Iterable[Row], settings: Settings) -> None:
        """Produce rows; one without a key goes to some partition that is not the right one."""
        sent = []
        for row in rows:
            lane = None
            if row.key is None:
                subject = orjson.loads(row.value)["subscriber"].encode()
                lane = (partition_of(subject, settings.partitions) + 1) % settings.partitions
            sent.append(await producer.send(row.topic, row.value, row.key, partition=lane))
        await asyncio.gather(*sent)

    @property
    def records_to_commit(self) -> int:
        """Input records once everything is decided: those sent on come twice."""
        return sum(row.topic in FED for row in self.rows) + self.wrongly_keyed


def hostile(at: int) -> list[Row]:
    """Bad input of every kind, among it what a careless program prints or chokes on; where it is dated at all, `at`."""
    good = {"event_id": "h", "occurred_at": at, "subscriber": "+8613800000001", "peer": "1",
            "direction": "in", "text": "x"}  # fmt: skip
    key = b"+8613800000001"
    values: list[dict[str, Any]] = [
        {**good, "occurred_at": "noon"}, {**good, "occurred_at": at * 1000}, {**good, "direction": "up"},
        {**good, "text": "\0"}, {**good, "text": "x" * 50_000}, {**good, "subscriber": 5}, {"event_id": "h"},
    ]  # fmt: skip
    rows = [Row(SMS.name, key, orjson.dumps(value)) for value in values]
    rows += [Row(SMS.name, key, raw) for raw in (b"{", b"", b"null", b"[1,2]", "“引号”".encode())]
    rows += [Row(CALLS.name, key, b'{"phase":"levitating"}'), Row(TRANSACTIONS.name, key, b'{"phase":"melted"}')]
    rows += [Row(SMS.name, b"+8613800000009", orjson.dumps(good))]
    return rows


def simulated(folder: Path, plan: Plan, wrongly_keyed: int = 5) -> Trial:
    """A feed of the simulated city, whose officers and executors answer, with bad input and wrongly keyed records
    among it; in the end so much time passes that every case is closed and forgotten."""
    city = Rehearsal(plan, load_pipelines(), POLICIES_FIRST)
    rows = [_row(record) for record in city.records(to_the_end=True)]
    for place, row in enumerate(hostile(plan.start_at)):
        rows.insert(len(rows) * (place + 1) // 20, row)
    for number in range(wrongly_keyed):
        place = len(rows) * (number + 1) // (wrongly_keyed + 1)
        # Dated as its neighbour: one dated ahead would let its whole lane run ahead (see Lanes).
        value = {"event_id": f"astray-{number}", "occurred_at": time_before(rows, place),
                 "subscriber": f"+86197{number:08d}", "peer": "10086", "direction": "in",
                 "text": "您本月话费账单55元"}  # fmt: skip
        rows.insert(place, Row(SMS.name, None, orjson.dumps(value)))
    rows += [_last_word(lane, plan.end_at + LATER_MS) for lane in range(Settings().partitions)]
    return Trial(rows, folder, wrongly_keyed)


def _last_word(lane: int, at: int) -> Row:
    """A text to somebody of this lane, dated so late that all its timers fire."""
    phones = (f"+86198{number:08d}" for number in range(1_000))
    phone = next(phone for phone in phones if partition_of(phone.encode(), Settings().partitions) == lane)
    value = {"event_id": f"last-{lane}", "occurred_at": at, "subscriber": phone, "peer": "10086", "direction": "in",
             "text": "您本月话费账单55元"}  # fmt: skip
    return Row(SMS.name, phone.encode(), orjson.dumps(value))


def time_before(rows: list[Row], place: int) -> int:
    """Event time of the nearest row of simulated traffic before a place: no hostile row is keyed in that range."""
    for row in reversed(rows[:place]):
        if is_traffic(row):
            at: int = orjson.loads(row.value)["occurred_at"]
            return at
    raise AssertionError("no traffic before this place")


def is_traffic(row: Row) -> bool:
    """Whether a row is an event of the simulated city."""
    return row.topic in (CALLS.name, SMS.name, TRANSACTIONS.name) and (row.key or b"").startswith(b"+86199")


def _row(record: Record) -> Row:
    return Row(record.topic, record.key.encode(), orjson.dumps(record.value))


def _as_line(row: Row) -> bytes:
    """What a reader of JSON would not write again byte for byte stands as a text."""
    value = orjson.Fragment(row.value) if _reads_back(row.value) else row.value.decode()
    key = None if row.key is None else row.key.decode()
    return orjson.dumps({"topic": row.topic, "key": key, "value": value}) + b"\n"


def _reads_back(value: bytes) -> bool:
    try:
        read = orjson.loads(value)
        return isinstance(read, dict) and orjson.dumps(read) == value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


@dataclass
class Outcome:
    """What a broker holds after a trial."""

    decided: Decided = field(default_factory=dict)
    states: dict[bytes, Any] = field(default_factory=dict)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    """Why there are letters, by their topic."""


async def outcome(settings: Settings) -> Outcome:
    """Read everything that was produced: states as a worker would read them back."""
    found = Outcome()
    stores = {topic: Store(pipeline, settings.idle_ms) for topic, pipeline in STORED.items()}
    async with reading(settings) as consumer:
        tps = [TopicPartition(t, p) for t in (*PRODUCED, *STORED) for p in await _partitions(consumer, t)]
        async for run in read_to_end(consumer, tps):
            for record in run:
                if record.topic in stores:
                    stores[record.topic].recover(record.partition, record.key, change_of(record))
                else:
                    found.decided.setdefault(record.topic, Counter())[record.key, record.value] += 1
                    if reason := dict(record.headers).get(REASON):
                        found.refused.setdefault(record.topic, Counter())[reason.decode()] += 1
    found.states = _together(stores.values())
    return found


def _together(stores: Iterable[Store]) -> dict[bytes, Any]:
    """Every state: what is a person's key is no account's."""
    return {key: state for store in stores for key, state in store.snapshot().items()}


def _facts(state: Any) -> Any:
    """A state without offsets: a recording has other ones than a broker. Ids of one moment have no order where some of
    their records were sent on. The desk's own is who has what in hand."""
    if getattr(state.slots, "desk", None) is None:
        ids = sorted(state.recent[at : at + BYTES] for at in range(0, len(state.recent), BYTES))
        return structs.replace(state, fence={}, rebased=0, recent=b"".join(ids))
    return sorted((hold.action, hold.target) for hold in state.slots.desk.taken.values())


def _remembered(states: dict[bytes, Any]) -> dict[bytes, Any]:
    """Of each person what must be known of them. When those whom nobody named are forgotten depends on when
    housekeeping passes by; that it reads the same is tested elsewhere."""
    forgotten = max((state.seen_at for state in states.values()), default=0) - Settings().unnamed_idle_ms
    kept = {key: s for key, s in states.items() if s.named or s.timer_at or s.seen_at >= forgotten}
    return {key: _facts(state) for key, state in kept.items()}


def _unlike(one: Any, other: Any) -> list[str]:
    """Fields in which two states differ: names only, never what is in them."""
    if one is None or other is None:
        return ["existence"]
    if isinstance(one, list):
        return ["the desk's holds"]
    where = ""
    if one.slots != other.slots:
        one, other, where = one.slots, other.slots, "slots."
    return [where + name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]


def differences(trial: Trial, found: Outcome, *, repeats: bool = False) -> list[str]:
    """How the outcome differs from what must come; empty where it does not.

    Args:
        trial: says what must come.
        found: what came.
        repeats: whether a record may have come more than once, as after a crash. Each must be the same then.
    """
    told = [f"{number} commands with more than one content" for number in [_ambiguous(found)] if number]
    shared = _shared_accounts(trial.must_come)
    for topic in sorted(trial.must_come.keys() | found.decided.keys()):
        wanted, came = (_unassigned(topic, d.get(topic, Counter()), shared) for d in (trial.must_come, found.decided))
        if repeats:
            wanted, came = Counter(set(wanted)), Counter(set(came))
        if topic == CASES.name:
            wanted = _kept(trial.must_come[topic], wanted, came)
        if wanted != came:
            told.append(f"{topic}: {sum((wanted - came).values())} missing, {sum((came - wanted).values())} too many")
            told += [f"  missing: {', '.join(words)}" for words in [_words_of(wanted - came)] if words]
            told += [f"  letters by reason: {dict(reasons)}" for reasons in [found.refused.get(topic)] if reasons]
    wanted_states, came_states = (
        {key: state for key, state in _remembered(states).items() if key not in trial.unasked}
        for states in (trial.must_remain, found.states)
    )
    wrong = [key for key in wanted_states.keys() | came_states.keys() if wanted_states.get(key) != came_states.get(key)]
    if wrong:
        fields = sorted({name for key in wrong for name in _unlike(wanted_states.get(key), came_states.get(key))})
        told.append(f"states: {len(wrong)} of {len(wanted_states)} differ in {', '.join(fields)}")
        told += [f"  only in the replay: {_looks(state)}" for state in _alone(trial.must_remain, wrong, came_states)]
        told += [f"  only in the run: {_looks(state)}" for state in _alone(found.states, wrong, wanted_states)]
    return told


def _words_of(records: Iterable[Any]) -> list[str]:
    """What a few commands ask for: never of whom. A letter's bytes may look like a command's and be none."""
    words = []
    for _, value in records:
        with suppress(orjson.JSONDecodeError, AttributeError):
            words.append(str(orjson.loads(value or b"").get("action")))
    return words[:5]


def _alone(states: dict[bytes, Any], wrong: list[bytes], others: dict[bytes, Any]) -> list[Any]:
    """States that the other side has not: a few of them."""
    return [states[key] for key in wrong if key in states and key not in others][:3]


def _looks(state: Any) -> str:
    """What can be said of a state without saying whose it is."""
    slots = [name for name in state.slots.__struct_fields__ if getattr(state.slots, name) is not None]
    return (
        f"slots {slots}, {len(state.recent) // BYTES} events, seen at {state.seen_at}, named {state.named}, timer "
        f"{state.timer_at}, fired {state.fired}, fences of {sorted(key >> 32 for key in state.fence)}"
    )


def _kept(in_order: Iterable[Any], wanted: Counter[Any], came: Counter[Any]) -> Counter[Any]:
    """What must be there of a compacted topic: the last record of each key; earlier ones may be."""
    last = set(dict(in_order).items())
    return Counter({record: count for record, count in wanted.items() if record in last or record in came})


def _ambiguous(found: Outcome) -> int:
    """Commands that came with one id and different content."""
    contents: dict[str, set[bytes | None]] = {}
    for topic, records in found.decided.items():
        if topic.startswith("actions."):
            for _, value in records:
                contents.setdefault(orjson.loads(value or b"")["command_id"], set()).add(value)
    return sum(len(values) > 1 for values in contents.values())


def _shared_accounts(decided: Decided) -> set[bytes | None]:
    """Accounts that more than one person's case took."""
    takers: dict[bytes | None, set[str]] = {}
    for key, value in decided.get(ACCOUNT.name, ()):
        takers.setdefault(key, set()).add(orjson.loads(value or b"")["subscriber"])
    return {account for account, persons in takers.items() if len(persons) > 1}


def _unassigned(
    topic: str, records: Counter[tuple[bytes | None, bytes | None]], shared: set[bytes | None]
) -> Counter[Any]:
    """The records without what depends on the order in which the desk heard of different persons: who was free, and
    which of the cases that shared an account was the last to let go. That somebody was, the desk's state says: what it
    still holds is compared, and so is that the account was given back at all."""
    if topic == ACCOUNT.name:
        return Counter(dict(_last_to_let_go(records.items(), shared)))
    if topic != DISSUASION.name:
        return records
    without: Counter[Any] = Counter()
    for (key, value), count in records.items():
        fields = orjson.loads(value or b"")
        without[key, orjson.dumps({name: fields[name] for name in fields if name not in ASSIGNED})] += count
    return without


def _last_to_let_go(records: Iterable[Any], shared: set[bytes | None]) -> Iterator[tuple[Any, int]]:
    for (key, value), count in records:
        if key in shared and orjson.loads(value or b"")["action"] == "release":
            yield (key, b"released"), 1
        else:
            yield (key, value), count


async def all_committed(trial: Trial, settings: Settings) -> None:
    """Wait until every input record is committed: those of the feed, those sent on, and what the desk was asked."""
    await until(lambda: left_of(trial, settings), lambda left: left == NOTHING, 0.2)


async def left_of(trial: Trial, settings: Settings) -> tuple[int, int]:
    """Records of the feed that are not committed, and, once all are, partitions with more behind that."""
    committed = await offsets(settings)
    left = trial.records_to_commit - sum(offset for tp, offset in committed.items() if tp.topic in FED)
    return (left, 0) if left > 0 else (0, len(await behind(settings, committed)))


async def behind(settings: Settings, offsets: dict[TopicPartition, int]) -> set[TopicPartition]:
    """The partitions that hold a record at these offsets or behind them, as somebody sees who reads what is committed:
    records of a transaction that was given up are none, though they count."""
    left: set[TopicPartition] = set(offsets)
    found: set[TopicPartition] = set()
    async with reading(settings, skip=True) as consumer:
        consumer.assign(list(offsets))
        for tp, offset in offsets.items():
            consumer.seek(tp, offset)
        while left:
            found |= (await consumer.getmany(timeout_ms=100)).keys()
            left -= {*found, *[tp for tp in left if await _is_at_end(consumer, tp)]}
    return found


async def _is_at_end(consumer: AIOKafkaConsumer, tp: TopicPartition) -> bool:
    highwater, stable = consumer.highwater(tp), consumer.last_stable_offset(tp)
    if highwater is None:
        return False
    return bool(await consumer.position(tp) >= readable_end(highwater, stable, consumer._isolation_level))


async def committed(settings: Settings) -> int:
    """Records that the group has committed of the feeds from outside: persons, calls, texts, transfers."""
    return sum(offset for tp, offset in (await offsets(settings)).items() if tp.topic in EVENTS)


async def offsets(settings: Settings) -> dict[TopicPartition, int]:
    """What the groups have committed of each input partition."""
    return {tp: at for pipeline in PIPELINES for tp, at in (await _offsets(settings, pipeline)).items()}


async def _offsets(settings: Settings, pipeline: Pipeline) -> dict[TopicPartition, int]:
    group = in_its_group(settings, pipeline).group_id
    consumer = new_consumer(settings, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [
            TopicPartition(topic.name, lane)
            for topic in pipeline.inputs
            for lane in range(settings.lanes(pipeline.space.name))
        ]
        return {tp: await consumer.committed(tp) or 0 for tp in tps}
    finally:
        await consumer.stop()


@asynccontextmanager
async def reading(settings: Settings, *, skip: bool = False) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group, started; one that may skip goes on past what cannot be unpacked."""
    consumer = new_reader(settings, skip=skip)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> Iterable[int]:
    await consumer._client._wait_on_metadata(topic)
    return consumer.partitions_for_topic(topic) or ()


@asynccontextmanager
async def producing(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that keeps the feed's order: where the broker can, a retry does not overtake what came after it."""
    producer = await open_producer(settings)
    try:
        yield producer
    finally:
        await producer.stop()
