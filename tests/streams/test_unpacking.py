"""A fetch's bytes become records, whatever the bytes; what cannot be read is stood for, in its place, and nothing else
is lost by it."""

import inspect
import random
import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.consumer import fetcher
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import UNPACK_REASONS
from streams.core.deadletters import Unreadable
from streams.kafka.unpacking import Record, Unpacking, UnreadableError
from tests.batches import GZIP, LZ4, NONE, NOW, SNAPPY, ZSTD, batch, record, varint

TP = TopicPartition("telecom.calls", 3)
FAR = 1 << 40
MOST = 1 << 20
WRITERS = {NONE: bytes, GZIP: gzip_encode, SNAPPY: snappy_encode, LZ4: lz4_encode, ZSTD: zstd_encode}
NOT_UTF8 = [(b"\xff\xfe", b"1")]
BAD_NAME = record(b"x", headers=NOT_UTF8)


def records_of(
    data: bytes,
    asked: int = 0,
    end: int = FAR,
    how: Unpacking | None = None,
    committed: bool = False,
    aborted: Any = None,
) -> Any:
    """What aiokafka's fetcher makes of the bytes of one partition, made as it makes it."""
    how = how or Unpacking(MOST, lambda _: end, skip=True)
    isolation = fetcher.READ_COMMITTED if committed else fetcher.READ_UNCOMMITTED
    fetched = fetcher.MemoryRecords(data)
    assert fetched.has_next() == bool(data)
    return fetcher.PartitionRecords(TP, fetched, aborted, asked, None, how, True, isolation)


def read(data: bytes, asked: int = 0, **more: Any) -> list[tuple[int, Any]]:
    """Offset and value of each record; of what stands for several the first and last offset, and why."""
    told: list[tuple[int, Any]] = []
    for one in records_of(data, asked, **more):
        if isinstance(one, Unreadable):
            told.append((one.first, (one.offset, one.problem.reason)))
        else:
            told.append((one.offset, one.value))
    return told


def read_twice(data: bytes, asked: int = 0, end: int = FAR) -> list[tuple[int, Any]]:
    """The same, where a batch is not believed to be bad at first sight."""
    how = Unpacking(MOST, lambda _: end, skip=True)
    first = records_of(data, asked, how=how)
    told = [(one.offset, one.value) for one in first]
    return told if first.next_fetch_offset > asked else read(data, asked, how=how)


def three(middle: bytes, codec: int = NONE, base: int = 0) -> bytes:
    inside = record(b"a" * 200) + middle + record(b"c" * 200, offset=2)
    return batch(bytes(WRITERS[codec](inside)), 3, codec=codec, base=base)


@pytest.mark.parametrize("codec", WRITERS)
def test_every_codec_is_read(codec: int) -> None:
    data = three(record(b"b", offset=1), codec) + three(record(b"b", offset=1), codec, base=3)
    assert read(data) == [(0, b"a" * 200), (1, b"b"), (2, b"c" * 200), (3, b"a" * 200), (4, b"b"), (5, b"c" * 200)]


def as_aiokafka_makes_it(data: bytes) -> list[Record]:
    """What the client itself makes of bytes that it can read."""
    theirs = fetcher.PartitionRecords(TP, fetcher.MemoryRecords(data), None, 0, None, None, True, 0)
    return [Record(*[getattr(one, name) for name in Record.__struct_fields__]) for one in theirs]


def test_a_record_is_what_aiokafka_makes_of_it() -> None:
    data = batch(record(b"v", None, [(b"n", b"1"), (b"n", None)], later_ms=5) + record(None, b"k", offset=1), 2)
    theirs = as_aiokafka_makes_it(data)
    assert list(records_of(data)) == theirs
    assert theirs[0].timestamp == NOW + 5
    bad = data + batch(BAD_NAME, base=2)
    assert list(records_of(bad))[:2] == theirs


def test_records_beside_a_bad_one_are_what_aiokafka_makes_of_them() -> None:
    good = [record(b"v", b"k", [(b"n", b"1"), (b"n", None)], later_ms=5), record(None, None, offset=2, later_ms=-3)]
    for attributes in (0, 8):  # the producer's time, the broker's
        data = batch(good[0] + record(b"b", offset=1) + good[1], 3, attributes=attributes)
        bad = batch(good[0] + record(b"b", headers=NOT_UTF8, offset=1) + good[1], 3, attributes=attributes)
        first, _, last = as_aiokafka_makes_it(data)
        assert [one for one in records_of(bad) if not isinstance(one, Unreadable)] == [first, last]


@pytest.mark.parametrize("codec", WRITERS)
def test_a_header_name_that_is_not_utf8_costs_its_record_and_no_other(codec: int) -> None:
    data = three(record(b"b", headers=NOT_UTF8, offset=1), codec, base=10) + batch(record(b"d"), base=13)
    assert read(data, 10) == [(10, b"a" * 200), (11, (11, "header_not_utf8")), (12, b"c" * 200), (13, b"d")]


def test_a_stub_knows_the_hash_and_size_of_the_records_bytes() -> None:
    (stub,) = records_of(batch(BAD_NAME, base=7), 7)
    body = BAD_NAME[1:]  # behind its length
    assert (stub.topic, stub.partition, stub.first, stub.offset) == (*TP, 7, 7)
    assert (stub.size, stub.sha256) == (len(body), sha256(body).hexdigest())
    assert (stub.key, stub.value, stub.headers) == (None, None, ())


@pytest.mark.parametrize(
    ("middle", "why"),
    [
        (record(b"b", headers=NOT_UTF8, offset=1), "header_not_utf8"),
        (varint(8) + b"\0" + varint(0) + varint(1) + varint(60) + b"kkkk", "record_corrupt"),
        (varint(2) + b"\0\0", "record_corrupt"),
        (varint(0), "record_corrupt"),
        (record(b"b", offset=-9), "offset_implausible"),
        (record(b"b", offset=0), "offset_implausible"),
        (record(b"b", offset=500), "offset_implausible"),
    ],
)
def test_a_bad_record_whose_end_is_known_costs_itself_alone(middle: bytes, why: str) -> None:
    assert read(three(middle)) == [(0, b"a" * 200), (1, (1, why)), (2, b"c" * 200)]


@pytest.mark.parametrize("length", [5000, -1, -5000])
def test_a_record_whose_end_is_not_known_costs_what_is_left_of_its_batch(length: int) -> None:
    data = three(varint(length) + b"abc") + batch(record(b"d"), base=3)
    assert read(data) == [(0, b"a" * 200), (1, (2, "batch_corrupt")), (3, b"d")]


@pytest.mark.parametrize("count", [0, -1, 1, 2, 4, 2**31 - 1])
def test_a_count_of_records_that_is_not_theirs_loses_none_that_was_counted(count: int) -> None:
    inside = record(b"a") + record(b"b", offset=1) + record(b"c", offset=2)
    told = read(batch(inside, count, last=2) + batch(record(b"d"), base=3))
    readable = [(0, b"a"), (1, b"b"), (2, b"c")][: max(0, min(count, 3))]
    assert told[: len(readable)] == readable
    assert told[len(readable)][1] == (2, "batch_corrupt")
    assert told[-1] == (3, b"d")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (batch(b"garbage", codec=GZIP, base=5), "batch_corrupt"),
        (batch(gzip_encode(record(b"v"))[:-6], codec=GZIP, base=5), "batch_corrupt"),
        (batch(b"garbage", codec=SNAPPY, base=5), "batch_corrupt"),
        (batch(b"garbage", codec=LZ4, base=5), "batch_corrupt"),
        (batch(b"garbage", codec=ZSTD, base=5), "batch_corrupt"),
        (batch(gzip_encode(b"garbage inside"), codec=GZIP, base=5), "batch_corrupt"),
        (batch(zstd_encode(b"\xff" * 50), codec=ZSTD, base=5), "batch_corrupt"),
        (batch(record(b"v"), codec=5, base=5), "codec_unknown"),
        (batch(record(b"v"), codec=7, base=5), "codec_unknown"),
        (batch(record(b"v"), magic=3, base=5), "format_unknown"),
        (batch(record(b"v"), magic=-1, base=5), "format_unknown"),
        (batch(record(b"v"), last=-4, base=5), "batch_corrupt"),
        (struct.pack(">qi", 5, 0), "batch_corrupt"),
        (struct.pack(">qiib", 5, 5, 0, 2), "format_unknown"),
        (struct.pack(">qiib", 5, 5, 0, 0), "format_unknown"),
        *[(batch(bytes(write(record(b"0" * 2 * MOST))), codec=codec, base=5), "unpacked_too_large")
          for codec, write in WRITERS.items() if codec],
    ],
    ids=lambda given: given if isinstance(given, str) else f"{len(given)} bytes",
)  # fmt: skip
def test_a_batch_that_cannot_be_opened_costs_itself_alone(bad: bytes, why: str) -> None:
    data = batch(record(b"a"), base=4) + bad + batch(record(b"d"), base=6)
    assert read(data, 4) == [(4, b"a"), (5, (5, why)), (6, b"d")]
    assert read(bad, 5, end=6) == [(5, (5, why))]


def test_a_bound_is_for_a_batch_and_what_is_just_within_is_read() -> None:
    inside = record(b"0" * (MOST - 20))
    assert len(inside) <= MOST
    assert read(batch(gzip_encode(inside), codec=GZIP)) == [(0, b"0" * (MOST - 20))]


def test_a_batch_that_cannot_be_opened_is_stood_for_by_one_stub_of_all_its_offsets() -> None:
    bad = batch(b"garbage", 40, codec=LZ4, base=5)
    (stub,) = records_of(bad, 5)
    assert (stub.first, stub.offset) == (5, 44)
    assert (stub.size, stub.sha256) == (len(bad), sha256(bad).hexdigest())
    assert read(bad, 20) == [(20, (44, "batch_corrupt"))], "a restart in the middle"


def test_a_wrong_checksum_is_asked_for_again_once_and_then_stood_for() -> None:
    before, bad, behind = batch(record(b"a")), batch(record(b"b"), base=1, crc=1), batch(record(b"c"), base=2)
    how = Unpacking(MOST, lambda _: FAR, skip=True)
    first = records_of(before + bad + behind, how=how)
    assert [one.value for one in first] == [b"a"]
    assert first.next_fetch_offset == 1
    assert read(bad + behind, 1, how=how) == [(1, (1, "batch_corrupt")), (2, b"c")]


def test_a_checksum_that_was_the_networks_fault_costs_nothing() -> None:
    how = Unpacking(MOST, lambda _: FAR, skip=True)
    assert read(batch(record(b"b"), crc=1), how=how) == []
    assert read(batch(record(b"b")), how=how) == [(0, b"b")]


@given(st.lists(st.integers(1, 3), min_size=1, max_size=6), st.data())
def test_what_is_written_while_the_broker_reads_lies_behind_the_end_it_tells_and_costs_nothing(
    sizes: list[int], drawn: st.DataObject
) -> None:
    """Apache Kafka notes the end before it reads, and reads on to what was written since: a good record was skipped
    with a letter. The next answer tells at least the end that these bytes had."""
    bases = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    data = [
        batch(b"".join(record(b"%d" % (base + n), offset=n) for n in range(size)), size, base=base)
        for base, size in zip(bases, sizes, strict=False)
    ]
    told = drawn.draw(st.sampled_from(bases), "end at the first answer")
    ends = iter([told, bases[-1]])
    how = Unpacking(MOST, lambda _: next(ends), skip=drawn.draw(st.booleans(), "skip"))
    first = records_of(b"".join(data), how=how)
    taken = [one.offset for one in first]
    left = [raw for base, raw in zip(bases, data, strict=False) if base >= first.next_fetch_offset]
    assert taken + [one.offset for one in records_of(b"".join(left), len(taken), how=how)] == list(range(bases[-1]))


def test_a_batch_that_begins_behind_the_end_at_every_answer_is_stood_for() -> None:
    assert read_twice(batch(record(b"d"), base=9), 5, end=9) == [(5, (8, "batch_corrupt"))]


@pytest.mark.parametrize("last", [1000, 2**31 - 1])
def test_a_bad_batch_does_not_move_the_position_beyond_the_partitions_end(last: int) -> None:
    """There the client would be sent back to the beginning."""
    bad = batch(b"garbage", codec=GZIP, last=last, base=5)
    assert read(bad, 5, end=9) == [(5, (8, "batch_corrupt"))]
    assert read(bad + batch(record(b"d"), base=6), 5, end=9) == [(5, (5, "batch_corrupt")), (6, b"d")]


def test_a_record_that_claims_an_offset_beyond_its_batch_moves_no_position() -> None:
    """It would be committed, and what others write up to there would never be read."""
    records = records_of(batch(record(b"a", offset=500) + record(b"b", offset=501), 2))
    positions = [(one.offset, records.next_fetch_offset) for one in records]
    assert positions == [(0, 1), (1, 2)]


def test_a_restart_in_the_middle_of_a_batch_tells_each_record_once() -> None:
    data = three(record(b"b", headers=NOT_UTF8, offset=1))
    whole = read(data)
    assert [read(data, asked) for asked in range(4)] == [whole, whole[1:], whole[2:], []]


def test_gaps_that_compaction_left_are_no_fault() -> None:
    data = batch(record(b"a", offset=2) + record(b"b", offset=7), 2, last=9) + batch(record(b"c"), base=10)
    records = records_of(data)
    assert [(one.offset, one.value) for one in records] == [(2, b"a"), (7, b"b"), (10, b"c")]
    emptied = records_of(batch(b"", 0, last=9))
    assert (list(emptied), emptied.next_fetch_offset) == ([], 10)


@pytest.mark.parametrize("times", [1, 2, 1_000])
def test_a_batch_that_a_broker_gives_over_and_over_counts_once(times: int) -> None:
    """The embedded broker does, where the last batch claims offsets that nothing lies at."""
    data = batch(record(b"a") + record(b"b", offset=1), 2, last=50) * times
    records = records_of(data, end=51)
    assert [(one.offset, one.value) for one in records] == [(0, b"a"), (1, b"b")]
    assert records.next_fetch_offset == 51
    assert read(data, 2, end=51) == []
    assert read(data + batch(record(b"c"), base=51)) == [(0, b"a"), (1, b"b"), (51, b"c")]


def test_bytes_that_a_broker_cut_off_are_left_for_the_next_fetch_unless_they_are_all() -> None:
    one, other = batch(record(b"a")), batch(record(b"b"), base=1)
    for end in range(1, len(other)):
        assert read(one + other[:end]) == [(0, b"a")]
        assert [offset for offset, _ in read_twice(other[:end], 1, end=2)] == [1]


def test_a_reader_that_must_not_skip_says_where_it_stopped_in_one_line() -> None:
    strict = Unpacking(MOST, lambda _: FAR, skip=False)
    with pytest.raises(
        UnreadableError,
        match=r"^telecom.calls, partition 3, offset 1: header_not_utf8: .*UTF-8. It must not be skipped.*$",
    ):
        list(records_of(three(record(b"b", headers=NOT_UTF8, offset=1)), how=strict))


def old(magic: Any, codec: int = NONE, last: int | None = None) -> bytes:
    """Two messages of an old format; compressed ones as one, with the last one's offset as brokers have it."""
    builder = LegacyRecordBatchBuilder(magic, codec, 1 << 20)
    for offset, value in enumerate((b"a" * 200, b"b" * 200)):
        builder.append(offset, NOW + offset, b"k", value)
    raw = bytes(builder.build())
    return raw if last is None else struct.pack(">q", last) + raw[8:]


@pytest.mark.parametrize("magic", [0, 1])
def test_old_formats_are_read(magic: int) -> None:
    records = list(records_of(old(magic) + batch(record(b"c"), base=2)))
    assert [one.value for one in records] == [b"a" * 200, b"b" * 200, b"c"]
    assert [one.timestamp for one in records[:2]] == ([NOW, NOW + 1] if magic else [-1, -1])


@pytest.mark.parametrize(("magic", "codec"), [(0, GZIP), (0, SNAPPY), (1, GZIP), (1, SNAPPY), (1, LZ4)])
def test_compressed_sets_of_old_formats_are_read(magic: int, codec: int) -> None:
    shift = 10 if magic else 0  # format 1 counts inside from nought
    told = read(old(magic, codec, last=1 + shift) + batch(record(b"c"), base=2 + shift), shift)
    assert told == [(shift, b"a" * 200), (shift + 1, b"b" * 200), (shift + 2, b"c")]


def test_a_bomb_of_an_old_format_is_stood_for_too() -> None:
    builder = LegacyRecordBatchBuilder(1, GZIP, 8 * MOST)
    builder.append(0, NOW, b"k", b"0" * 2 * MOST)
    assert read(bytes(builder.build())) == [(0, (0, "unpacked_too_large"))]


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The bytes with some changed, but not the offset, which brokers write; and the checksum put right half of the
    time, so that what is inside is met."""
    raw = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        raw[dice.randrange(8, len(raw))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    if dice.random() < 0.5:
        raw[17:21] = batch(bytes(raw[61:]))[17:21]
        struct.pack_into(">I", raw, 17, _checksum(raw))
    return bytes(raw)


def _checksum(raw: bytearray) -> int:
    from aiokafka.record.util import calc_crc32c

    return int(calc_crc32c(bytes(raw[21:])))


def _samples() -> Iterator[bytes]:
    for codec in WRITERS:
        yield three(record(b"b", headers=[(b"name", b"v")], offset=1), codec, base=100)
    for magic in (0, 1):
        yield old(magic, last=100)
    yield old(1, GZIP, last=101)


@given(seed=st.integers(0, 2**32))
def test_whatever_the_bytes_reading_ends_goes_forward_and_reaches_what_is_behind(seed: int) -> None:
    dice = random.Random(seed)
    bad = damaged(dice.choice(list(_samples())), dice)
    behind = _offset_behind(bad)
    how = Unpacking(MOST, lambda _: behind + 1, skip=True)
    data, at, came = bad + batch(record(b"behind"), base=behind), 100, []
    for _ in range(9):
        records = records_of(data, at, how=how) if at <= behind else ()
        for one in records:
            assert at <= max(at, one.offset + 1) <= records.next_fetch_offset
            assert not isinstance(one, Unreadable) or one.problem.reason in UNPACK_REASONS
            at = records.next_fetch_offset
            came.append(one)
        at = max(at, getattr(records, "next_fetch_offset", at))
    if bad[8:12] == struct.pack(">i", len(bad) - 12):
        assert came[-1].value == b"behind"


def _offset_behind(raw: bytes) -> int:
    """Where a broker that believes a batch's header puts the next one."""
    delta = struct.unpack_from(">i", raw, 23)[0] if raw[16] >= 2 else 2
    return 101 + max(2, delta)


def test_what_a_transaction_gave_up_is_hidden_as_before() -> None:
    marker = struct.pack(">hh", 0, 0)
    kept, given_up, abort = (
        _of_producer(batch(record(b"kept"), base=0)),
        _of_producer(batch(record(b"given up"), base=1, attributes=0x10)),
        _of_producer(batch(record(b"", marker), base=2, attributes=0x30)),
    )
    later = _of_producer(batch(record(b"later"), base=3, attributes=0x10))
    data = kept + given_up + abort + later
    assert read(data, committed=True, aborted=[(77, 1)]) == [(0, b"kept"), (3, b"later")]
    assert read(data) == [(0, b"kept"), (1, b"given up"), (3, b"later")]


def _of_producer(raw: bytes, number: int = 77) -> bytes:
    made = bytearray(raw)
    struct.pack_into(">q", made, 43, number)
    struct.pack_into(">I", made, 17, _checksum(made))
    return bytes(made)


def test_aiokafka_still_makes_of_a_fetch_what_we_put_in_its_place() -> None:
    """Whoever takes a newer aiokafka reads these lines again before changing this test."""
    source = inspect.getsource(fetcher.Fetcher._proc_fetch_request)
    assert "records = MemoryRecords(part_data[-1])" in source
    assert "if records.has_next():" in source
    assert "partition_records = PartitionRecords(" in source
    theirs = fetcher.PartitionRecords.__mro__[1]
    assert list(inspect.signature(theirs.__init__).parameters) == [
        "self", "tp", "records", "aborted_transactions", "fetch_offset", "key_deserializer", "value_deserializer",
        "check_crcs", "isolation_level",
    ]  # fmt: skip
    assert "self._records_iterator = self._unpack_records()" in inspect.getsource(theirs.__init__)
    assert "self._partition_records.next_fetch_offset" in inspect.getsource(fetcher.FetchResult)


def test_a_consumer_that_did_not_ask_is_served_by_aiokafkas_own() -> None:
    data = batch(record(b"a")) + batch(BAD_NAME, base=1)
    theirs = fetcher.PartitionRecords(TP, fetcher.MemoryRecords(data), None, 0, None, None, True, 0)
    assert next(theirs).value == b"a"
    with pytest.raises(UnicodeDecodeError):
        next(theirs)
