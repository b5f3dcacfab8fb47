"""Batches in every codec, and broken ones."""

import gzip
from collections.abc import Iterator

from schemas.topics import CALLS, SUBSCRIBERS, TRANSACTIONS, WATCHLIST
from tests.batches import GZIP, LZ4, NONE, SNAPPY, ZSTD, varint
from tests.live import raw
from tests.live.poison.aim import EVERY, Aim, Fate, Parcel
from tests.live.poison.kinds import Kinds
from tests.live.raw import Batch

KINDS = Kinds()
CODEC_NAMES = {NONE: "none", GZIP: "gzip", SNAPPY: "snappy", LZ4: "lz4", ZSTD: "zstd"}
KINDS.each(
    "codec", {name: codec for codec, name in CODEC_NAMES.items()},
    lambda aim, codec: [
        aim.parcel(t, *[aim.good(t) for _ in range(5)], fate=Fate.TAKEN, how=Batch(codec)) for t in EVERY
    ],
)  # fmt: skip

BROKEN: dict[str, Batch] = {
    "a codec that nobody knows": Batch(5, packed=bytes),
    "another codec that nobody knows": Batch(7, packed=bytes),
    "gzip that is none": Batch(GZIP, packed=lambda _: b"not gzip at all"),
    "snappy that is none": Batch(SNAPPY, packed=lambda _: b"\xff" * 40),
    "lz4 that is none": Batch(LZ4, packed=lambda _: b"\x04\x22\x4d\x18" + b"\xff" * 40),
    "zstd that is none": Batch(ZSTD, packed=lambda _: b"\x28\xb5\x2f\xfd" + b"\xff" * 40),
    "gzip that is cut off": Batch(GZIP, packed=lambda body: gzip.compress(body, mtime=0)[:-9]),
    "zstd that is cut off": Batch(ZSTD, packed=lambda body: raw.CODECS[ZSTD](body)[:-3]),
    "nothing packed": Batch(GZIP, packed=lambda _: b""),
    "rubbish for records": Batch(body=lambda body: b"\xff" * len(body)),
    "rubbish for records, packed": Batch(GZIP, body=lambda body: b"\xff" * len(body)),
    "rubbish after the records": Batch(body=lambda body: body + b"rubbish"),
    "rubbish after the records, packed": Batch(ZSTD, body=lambda body: body + b"rubbish"),
    "a record longer than it is": Batch(body=lambda body: varint(1 << 20) + body[2:]),
    "a record of negative length": Batch(body=lambda body: varint(-7) + body[2:]),
    "more records said than there are": Batch(count=4, last_delta=3),
    "fewer records said than there are": Batch(count=1, last_delta=2),
    "a thousand million records said": Batch(count=1_000_000_000, last_delta=999_999_999),
    "no record said": Batch(count=0, last_delta=2),
    "a negative count": Batch(count=-1),
    "offsets that end before they begin": Batch(last_delta=-1),
    "a gap after it": Batch(last_delta=50),
    "a control batch": Batch(flags=raw.CONTROL),
    "a transaction's control batch": Batch(flags=raw.CONTROL | raw.TRANSACTIONAL),
    "of a transaction that nobody began": Batch(flags=raw.TRANSACTIONAL),
    "log append time": Batch(flags=raw.LOG_APPEND),
    "attributes of the future": Batch(flags=0x7F80),
    "a magic of the future": Batch(magic=3),
    "a magic of the past": Batch(magic=0),
    "a wrong checksum": Batch(encoded=lambda batch: batch[:-1] + bytes([batch[-1] ^ 1])),
    "cut off": Batch(encoded=lambda batch: batch[: len(batch) // 2]),
    "only a head": Batch(encoded=lambda batch: batch[:61]),
    "two in one": Batch(encoded=lambda batch: batch + batch, times=2),
    "rubbish after it": Batch(encoded=lambda batch: batch + b"rubbish"),
    "nothing at all": Batch(encoded=lambda _: b""),
}
"""What a broker should refuse; one that does not hands it on to everybody who reads."""


REFUSABLE = frozenset(f"batch: {name}" for name in BROKEN)
"""Kinds of which a broker may take nothing: then it has done what there was to do."""


def _broken(aim: Aim, how: Batch) -> Iterator[Parcel]:
    for topic in (CALLS, TRANSACTIONS, SUBSCRIBERS, WATCHLIST):
        yield aim.parcel(topic, *[aim.good(topic) for _ in range(3)], how=how, opaque=True)


HOLES = ("a codec that nobody knows", "another codec that nobody knows", "no record said")
"""The embedded broker counts offsets for these and has nothing to give there: nobody can read on."""
WEDGES = ("offsets that end before they begin",)
"""After these it refuses what an honest producer sends next."""
for _name, _how in BROKEN.items():
    KINDS.each("batch", {_name: _how}, _broken, only_kafka=_name in (*HOLES, *WEDGES))
