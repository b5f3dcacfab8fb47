"""Sizes: as large as a broker takes, and what is small until it is unpacked."""

import gzip
from collections.abc import Iterator

import orjson

from schemas.topics import CALLS, SMS, SUBSCRIBERS, TRANSACTIONS
from tests.batches import GZIP, ZSTD, varint
from tests.live import raw
from tests.live.poison.aim import EVERY, Aim, Fate, Parcel, Way
from tests.live.poison.batches import CODEC_NAMES
from tests.live.poison.kinds import Kinds, Make
from tests.live.raw import Batch, Dose

KINDS = Kinds()
BOMB_BYTES = 300 << 20
TINY_RECORDS = 50_000


@KINDS.kind("size: as large as the broker takes, in the value")
def _large_value(aim: Aim) -> Iterator[Parcel]:
    for topic in (CALLS, SUBSCRIBERS):
        yield aim.parcel(topic, b"x", fate=Fate.LETTER, way=Way.LARGEST)


@KINDS.kind("size: as large as the broker takes, and it has to be sent on")
def _large_astray(aim: Aim) -> Iterator[Parcel]:
    good = orjson.dumps(aim.good(SMS))
    lane = (aim.lane + 1) % aim.partitions
    yield Parcel(SMS.name, lane, (Dose(good, aim.key),), way=Way.LARGEST)


@KINDS.kind("size: a little above what is read")
def _above(aim: Aim) -> Iterator[Parcel]:
    for topic in EVERY:
        yield aim.parcel(topic, b'{"event_id":"' + b"h" * 65_600 + b'"}', fate=Fate.LETTER)


@KINDS.kind("size: thirty at once of 60,000 bytes each, packed to nothing")
def _thirty(aim: Aim) -> Iterator[Parcel]:
    for topic in (SMS, TRANSACTIONS):
        yield aim.parcel(topic, *[b"{" * 60_000] * 30, fate=Fate.LETTER, how=Batch(ZSTD))


def _blown(codec: int) -> Make:
    """One record that is small on the wire and huge in memory: an honest batch, which every broker takes."""
    head = b"\0" + varint(0) + varint(0) + varint(1) + b"k" + varint(BOMB_BYTES)
    body = head + b"%s" + varint(0)
    zeros = BOMB_BYTES

    def packed(_: bytes) -> bytes:
        length = varint(len(body) - 2 + zeros)
        if codec != GZIP:
            return raw.CODECS[codec](length + body.replace(b"%s", bytes(zeros)))
        part = gzip.compress(bytes(1 << 20), 9, mtime=0)
        return gzip.compress(length + head, mtime=0) + part * (zeros >> 20) + gzip.compress(varint(0), mtime=0)

    return lambda aim: [aim.parcel(t, b"", how=Batch(codec, packed=packed), opaque=True) for t in (TRANSACTIONS,)]


for _codec in (GZIP, ZSTD):
    KINDS.kind(f"size: a bomb of 300 MiB in {CODEC_NAMES[_codec]}", lone=True)(_blown(_codec))


@KINDS.kind("size: fifty thousand empty records in one small batch", lone=True)
def _tiny(aim: Aim) -> Iterator[Parcel]:
    yield Parcel(SMS.name, aim.lane, (Dose(None, None),) * TINY_RECORDS, Fate.LETTER, Batch(ZSTD))
