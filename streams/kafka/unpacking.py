"""From a fetch's bytes to records, whatever the bytes: the place where aiokafka would raise, and stop for good.

A broker hands out batches as producers wrote them. aiokafka raises at the first that it cannot take apart, a header's
name that is not UTF-8 is enough, and loses what it had unpacked before it; asked again it meets the same bytes again.
Here everything that can be read is handed out, and for what cannot an `Unreadable` is, in its place:

    fetched   ┌─ batch ──────────┐┌─ batch ─┐┌─ batch, compressed ─┐
              │ 17 │ 18 ✗ │ 19   ││ 20 │ 21 ││ 22 ... 90    ✗      │
    handed out  17  ⟨18⟩   19       20   21     ⟨22..90⟩

One record, where its neighbours can be told from it; else what is left of its batch. An offset that a record claims is
looked at too: one beyond its batch would be committed, and what others write there later would never be read.

aiokafka's fetcher makes two things of a fetch, by name: `MemoryRecords` of the bytes and `PartitionRecords` of those.
Importing this module puts ours there. A consumer that `unpack_safely` was not called for is served by aiokafka's own.
"""

import time
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.record.memory_records import MemoryRecords

from schemas.codec import Rejected
from streams.core.deadletters import Unreadable
from streams.kafka.codecs import NotCompressedError, TooLargeError, UnknownCodecError, unpack

PLACE = Struct(">qi")
"""How every batch of every format begins: its offset, and its length from here on."""
OFFSET = Struct(">q")
MAGIC_AT = 16
FLAGS_AT, CODEC_BITS, HIDING = 22, 0x07, 0x30
"""Format 2: how it is compressed, and whether it is part of a transaction or a marker of one."""
DELTA = Struct(">i")
DELTA_AT, COUNT_AT, RECORDS_AT = 23, 57, 61
"""Format 2: the last record's offset less the batch's, the number of records, and the records."""
OLD_FORMATS = {0: Struct(">qiIbb"), 1: Struct(">qiIbbq")}
"""Formats 0 and 1: offset, length, checksum, format, attributes; and in 1 the time."""
OLD_APPEND_TIME = 0x08
NO_END = 1 << 63
NO_TIME = -1
"""A record's time where it has none."""
VARINT_BYTES_MAX = 10


class Record(msgspec.Struct, gc=False):
    """What is read of aiokafka's `ConsumerRecord`, made in less than half the time."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Unix ms; -1 where it has none."""
    timestamp_type: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class UnreadableError(Exception):
    """A record that must not be skipped cannot be unpacked. Says where, in one line."""


class Unpacking:
    """How one consumer's fetches are unpacked. Travels where aiokafka has a value's deserialiser.

    Args:
        bytes_max: the most bytes that a compressed batch may become.
        end_of: where a partition ends as far as the broker has told; None while unknown.
        skip: whether what cannot be read is handed out as `Unreadable`; an error otherwise.
    """

    def __init__(self, bytes_max: int, end_of: Callable[[TopicPartition], int | None], *, skip: bool) -> None:
        self.bytes_max = bytes_max
        self.end_of = end_of
        self.skip = skip
        self._suspect: dict[TopicPartition, int] = {}

    def is_first_sight(self, tp: TopicPartition, offset: int) -> bool:
        """Whether a batch is met for the first time. Asking again cures two things: a wrong checksum may be the
        network's fault, and a broker notes a partition's end before it reads, so that what is written meanwhile lies
        behind it."""
        is_first = self._suspect.get(tp) != offset
        self._suspect[tp] = offset
        return is_first


def unpack_safely(consumer: AIOKafkaConsumer, bytes_max: int, *, skip: bool) -> None:
    """Have a consumer that was not started yet unpack with care: see `Unpacking`.

    Raises, where `skip` is not set, out of the consumer's `getmany`:
        UnreadableError: there is what cannot be unpacked.
    """
    consumer._value_deserializer = Unpacking(bytes_max, consumer.highwater, skip=skip)


class _Fetched:
    """The bytes of one partition in a fetch."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def has_next(self) -> bool:
        """Whether there is anything: whatever there is, `_Records` knows what to do with it."""
        return bool(self.data)

    def size_in_bytes(self) -> int:
        """How much there is."""
        return len(self.data)


class _Records(fetcher.PartitionRecords):
    """Records of one partition in a fetch, one after another."""

    _records: Any
    next_fetch_offset: int
    _end: int = NO_END
    """The partition's, as the broker told it with these bytes: at least what it was before they were read."""

    def _unpack_records(self) -> Iterator[Any]:
        how = self._value_deserializer
        if isinstance(how, Unpacking):
            return self._unpack_safely(how)
        self._records = MemoryRecords(self._records.data)
        return iter(super()._unpack_records())

    def _unpack_safely(self, how: Unpacking) -> Iterator[Any]:
        (topic, partition), asked = self._tp, self.next_fetch_offset
        self._end = how.end_of(self._tp) or NO_END
        for begin, raw in _batches(self._records.data):
            try:
                batch, plain = self._opened(raw, how)
                base, end = self._in_place(batch, raw, how)
            except _AskAgainError:
                return
            except Exception as problem:
                yield self._instead(how, raw, *self._span(begin, raw), _why(problem))
                continue
            done, top, at = 0, NO_END, max(base, self.next_fetch_offset)
            try:
                for record in () if raw[FLAGS_AT] & HIDING and self._is_hidden(batch) else batch:
                    offset = record.offset
                    if offset != at or at >= end:
                        top = min(top, self._last(end - 1, begin, raw))
                        if _was_before(offset, base, asked, at, top):
                            done += 1
                            continue
                    self.next_fetch_offset = at = offset + 1
                    yield Record(
                        topic, partition, offset, record.timestamp, record.timestamp_type, record.key, record.value,
                        tuple(record.headers),
                    )  # fmt: skip
                    done += 1
            except Exception as problem:
                yield from self._picked(how, batch, plain, done, asked, self._last(end - 1, begin, raw), _why(problem))
            if end > self.next_fetch_offset:  # compaction took the last record, or the batch's header lies
                self.next_fetch_offset = max(self.next_fetch_offset, self._last(end - 1, begin, raw) + 1)

    def _opened(self, raw: memoryview, how: Unpacking) -> tuple[Any, memoryview]:
        """A batch of aiokafka's over these bytes, checked and uncompressed; and its bytes as they are then."""
        if len(raw) < RECORDS_AT or raw[MAGIC_AT] != 2:
            return self._opened_old(raw, how)
        batch = DefaultRecordBatch(raw)
        if self._check_crcs and not batch.validate_crc():
            self._disbelieve(raw, how, "its checksum is wrong")
        codec = raw[FLAGS_AT] & CODEC_BITS
        if not codec:
            return batch, raw
        head = bytearray(raw[:RECORDS_AT])
        head[FLAGS_AT] &= ~CODEC_BITS
        plain = memoryview(bytes(head) + unpack(codec, bytes(raw[RECORDS_AT:]), how.bytes_max))
        return DefaultRecordBatch(plain), plain

    def _in_place(self, batch: Any, raw: memoryview, how: Unpacking) -> tuple[int, int]:
        """The offsets from which and up to which a batch is said to reach."""
        base, end = batch.base_offset, batch.next_offset
        if end <= base:
            raise Rejected("batch_corrupt", "a batch: ends before it begins")
        if base >= self._end:
            self._disbelieve(raw, how, "begins behind the end")
        return base, end

    def _opened_old(self, raw: memoryview, how: Unpacking) -> tuple[Any, memoryview]:
        if len(raw) <= MAGIC_AT or PLACE.unpack_from(raw)[1] != len(raw) - PLACE.size:
            raise Rejected("batch_corrupt", "a batch: cut off")
        magic = raw[MAGIC_AT]
        if magic not in OLD_FORMATS or len(raw) < OLD_FORMATS[magic].size + 2 * DELTA.size:
            raise Rejected("format_unknown", f"a batch: of format {magic}, {len(raw)} bytes")
        if self._check_crcs and not LegacyRecordBatch(raw, magic).validate_crc():
            self._disbelieve(raw, how, "its checksum is wrong")
        return _OldBatch(raw, magic, how.bytes_max), raw

    def _disbelieve(self, raw: memoryview, how: Unpacking, why: str) -> None:
        """Ask once more before a batch is taken for a bad one."""
        if how.is_first_sight(self._tp, OFFSET.unpack_from(raw)[0]):
            raise _AskAgainError
        raise Rejected("batch_corrupt", f"a batch: {why}")

    def _is_hidden(self, batch: Any) -> bool:
        """Whether a batch is a marker of a transaction, or part of one that was given up. As aiokafka has it."""
        if self._isolation_level == fetcher.READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)

    # -- what cannot be read -----------------------------------------------------------------------------------

    def _instead(self, how: Unpacking, raw: Any, first: int, last: int, problem: Rejected) -> Unreadable:
        """What stands for these offsets. The position is behind them from now on."""
        found = Unreadable(self._tp.topic, self._tp.partition, first, last, problem, raw, int(time.time() * 1000))
        if not how.skip:
            raise UnreadableError(f"{found}. It must not be skipped: see docs/operations.md") from None
        self.next_fetch_offset = max(self.next_fetch_offset, last + 1)
        return found

    def _span(self, begin: int, raw: memoryview) -> tuple[int, int]:
        """The first and last offset of a batch that cannot be opened."""
        first = self.next_fetch_offset
        base = OFFSET.unpack_from(raw)[0] if len(raw) >= OFFSET.size else first
        is_new = len(raw) >= RECORDS_AT and raw[MAGIC_AT] >= 2
        last = base + DELTA.unpack_from(raw, DELTA_AT)[0] if is_new else base
        data, behind = self._records.data, begin + len(raw)
        if len(data) - behind >= OFFSET.size:
            last = max(last, OFFSET.unpack_from(data, behind)[0] - 1)
        first = base if first < base < self._end else first
        return first, max(first, self._last(last, begin, raw))

    def _last(self, told: int, begin: int, raw: memoryview) -> int:
        """A batch's last offset: its own word counts as far as the batch behind it and the partition's end allow. A
        position beyond the end would be taken back to the beginning."""
        data, behind = self._records.data, begin + len(raw)
        following = OFFSET.unpack_from(data, behind)[0] if len(data) - behind >= OFFSET.size else NO_END
        return int(min(told, following - 1, self._end - 1))

    def _picked(
        self, how: Unpacking, batch: Any, plain: memoryview, done: int, asked: int, last: int, problem: Rejected
    ) -> Iterator[Any]:
        """What is left of a batch behind its first `done` records, one by one, as far as one can be told from another:
        each begins with its length."""
        begin = RECORDS_AT
        if plain[MAGIC_AT] == 2:
            for index in range(*DELTA.unpack_from(plain, COUNT_AT)):
                try:
                    start, stop = _frame(plain, begin)
                except Rejected:
                    break
                if index >= done:
                    yield from self._one(how, batch, plain[start:stop], batch.base_offset + index, asked, last)
                begin = stop
            else:
                if begin == len(plain):
                    return
        left = plain[begin:] or plain  # a count may be of records that are not there
        yield self._instead(how, left, min(self.next_fetch_offset, last), last, problem)

    def _one(self, how: Unpacking, batch: Any, body: memoryview, place: int, asked: int, last: int) -> Iterator[Any]:
        """One record; or, where it cannot be read, what stands for it, at its own offset where that can be believed."""
        try:
            delta, begin = _varint(body, _varint(body, 1)[1])
            if not batch.base_offset <= batch.base_offset + delta <= last:
                raise Rejected("offset_implausible", "a record's offset: not in its batch")
            place = batch.base_offset + delta
            if place < asked:
                return
            if place < self.next_fetch_offset:
                raise Rejected("offset_implausible", "a record's offset: not behind the one before")
            record = self._record(batch, place, body, begin)
        except Rejected as problem:
            if place >= asked:
                place = min(max(place, self.next_fetch_offset), last)
                yield self._instead(how, body, place, place, problem)
        else:
            self.next_fetch_offset = place + 1
            yield record

    def _record(self, batch: Any, offset: int, body: memoryview, begin: int) -> Any:
        key, at = _counted(body, begin)
        value, at = _counted(body, at)
        count, at = _varint(body, at)
        headers = []
        for _ in range(count):
            name, at = _counted(body, at)
            data, at = _counted(body, at)
            headers.append((_text(name), data))
        if at != len(body) or count < 0:
            raise Rejected("record_corrupt", "a record: longer than what is in it")
        later_ms, _ = _varint(body, 1)
        time_ms = batch.max_timestamp if batch.timestamp_type else batch.first_timestamp + later_ms
        topic, partition = self._tp
        return Record(topic, partition, offset, time_ms, batch.timestamp_type, key, value, tuple(headers))


class _AskAgainError(Exception):
    """These bytes are not to be believed yet."""


def _was_before(offset: int, base: int, asked: int, at: int, last: int) -> bool:
    """Of a record that is not the next: whether it lies before what was asked for. Behind a gap it may lie."""
    if base <= offset < asked:
        return True
    if at < offset <= last:
        return False
    raise Rejected("offset_implausible", "a record's offset: not in its batch, or there before")


def _why(problem: Exception) -> Rejected:
    """Why a batch cannot be read, of whatever was raised meanwhile."""
    if isinstance(problem, Rejected):
        return problem
    if isinstance(problem, TooLargeError):
        return Rejected("unpacked_too_large", "a batch: unpacks to more than is allowed")
    if isinstance(problem, UnknownCodecError):
        return Rejected("codec_unknown", f"a batch: {problem}")
    return Rejected("batch_corrupt", f"a batch: {type(problem).__name__}")


def _batches(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """The batches of a fetch, and where each begins. A broker may cut off the last, which is not handed out then unless
    it is the only one; and it may give one over again, as the embedded broker does where there is a gap at the end."""
    view, begin, size = memoryview(data), 0, len(data)
    while (start := begin + PLACE.size) <= size:
        end = start + PLACE.unpack_from(data, begin)[1]
        if not start <= end <= size:
            break
        if view[end : end + end - begin] != view[begin:end]:
            yield begin, view[begin:end]
        begin = end
    if 0 == begin < size or (start <= size and end < start):
        yield begin, view[begin:]


# -- records of format 2, one by one: only where aiokafka found something wrong -------------------------------------


def _frame(plain: memoryview, begin: int) -> tuple[int, int]:
    """Where the record that begins here has its body, and where that ends."""
    length, start = _varint(plain, begin)
    if length < 0 or start + length > len(plain):
        raise Rejected("batch_corrupt", "a record's length: does not fit its batch")
    return start, start + length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number and where it ends: zigzag, seven bits a byte, the lowest first."""
    number = 0
    for place in range(VARINT_BYTES_MAX):
        if at + place >= len(data):
            break
        byte = data[at + place]
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number >> 1 ^ -(number & 1), at + place + 1
    raise Rejected("record_corrupt", "a number: cut off, or too long")


def _counted(data: memoryview, at: int) -> tuple[bytes | None, int]:
    """Bytes behind their number, which is negative for none at all; and where they end."""
    size, start = _varint(data, at)
    if size < 0:
        return None, start
    if start + size > len(data):
        raise Rejected("record_corrupt", "a length: more than there is")
    return bytes(data[start : start + size]), start + size


def _text(name: bytes | None) -> str:
    if name is None:
        raise Rejected("record_corrupt", "a header: without a name")
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise Rejected("header_not_utf8", "a header's name: not UTF-8") from None


# -- formats 0 and 1 ------------------------------------------------------------------------------------------------


class _OldRecord(NamedTuple):
    """A record as aiokafka's are, with a time where format 0 has none."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    checksum: int | None
    headers: tuple[Any, ...] = ()


class _OldBatch:
    """A message of format 0 or 1, or a compressed set of them: one message around others."""

    is_control_batch = is_transactional = False
    producer_id = None
    base_offset = 0
    """Of a compressed set only the last offset is told."""

    def __init__(self, raw: memoryview, magic: int, bytes_max: int) -> None:
        self._raw = raw
        self._magic = magic
        self._bytes_max = bytes_max
        fields = OLD_FORMATS[magic].unpack_from(raw)
        self._attributes: int = fields[4]
        self._time_ms: int = fields[5] if magic else NO_TIME
        self.next_offset: int = fields[0] + 1

    def __iter__(self) -> Iterator[_OldRecord]:
        codec = self._attributes & CODEC_BITS
        if not codec:
            return self._records(self._raw, 0)
        _, at = _sized(self._raw, OLD_FORMATS[self._magic].size)
        packed, _ = _sized(self._raw, at)
        if packed is None:
            raise NotCompressedError("nothing")
        return self._inner(unpack(codec, packed, self._bytes_max))

    def _inner(self, plain: bytes) -> Iterator[_OldRecord]:
        messages = [raw for _, raw in _batches(plain)]
        last: int = OFFSET.unpack_from(messages[-1])[0]
        for raw in messages:
            yield from self._records(raw, self.next_offset - 1 - last if self._magic else 0)

    def _records(self, raw: memoryview, shift: int) -> Iterator[_OldRecord]:
        form = OLD_FORMATS[self._magic]
        offset, _, checksum, magic, attributes, *time_ms = form.unpack_from(raw)
        if magic != self._magic or (attributes & CODEC_BITS and raw is not self._raw):
            raise NotCompressedError("messages of another format, or compressed twice")
        key, at = _sized(raw, form.size)
        value, _ = _sized(raw, at)
        appended = self._attributes & OLD_APPEND_TIME
        at_ms = self._time_ms if appended or not time_ms else time_ms[0]
        yield _OldRecord(offset + shift, at_ms, int(bool(appended)), key, value, checksum)


def _sized(raw: memoryview, at: int) -> tuple[bytes | None, int]:
    """Bytes behind their size in four, which is -1 for none at all; and where they end."""
    start = at + DELTA.size
    size = DELTA.unpack_from(raw, at)[0]
    if size == -1:
        return None, start
    if size < 0 or start + size > len(raw):
        raise Rejected("record_corrupt", "a length: more than there is")
    return bytes(raw[start : start + size]), start + size


fetcher.MemoryRecords = _Fetched
fetcher.PartitionRecords = _Records
