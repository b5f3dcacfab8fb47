"""Headers that are no text, too large, too many, or ours."""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from tests.live.poison.aim import EVERY, KEYED, Aim, Fate, Parcel
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
HEADERS: dict[str, tuple[tuple[bytes, bytes | None], ...]] = {
    "a name that is not UTF-8": ((b"\xff\xfe", b"x"),),
    "a name cut within a letter": (("名".encode()[:2], b"x"),),
    "an empty name": ((b"", b"x"),),
    "a name of NULs": ((b"\0\0", b"x"),),
    "a name of 20,000 bytes": ((b"n" * 20_000, b"x"),),
    "a null value": ((b"traceparent", None), (b"x", None)),
    "a value that is not UTF-8": ((b"traceparent", b"\xff\xfe"), (b"content-type", b"\xff")),
    "a traceparent of nonsense": ((b"traceparent", b"00-" + b"z" * 32 + b"-" + b"0" * 16 + b"-zz"),),
    "a traceparent of zeros": ((b"traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00"),),
    "a traceparent that is long": ((b"traceparent", b"00-" * 7_000), (b"tracestate", b"a=b," * 7_000)),
    "three thousand of them": tuple((b"h%d" % n, b"v") for n in range(3_000)),
    "one name many times": tuple((b"traceparent", b"v%d" % n) for n in range(50)),
    "a value of 60,000 bytes": ((b"big", b"v" * 60_000),),
    "those of a dead letter": (
        (b"__streams.errors.topic", b"telecom.calls"), (b"__streams.errors.partition", b"999"),
        (b"__streams.errors.offset", b"-5"), (b"interdict_reason", b"nothing"),
    ),
    "those of a record sent on": (
        (b"interdict_forwarded", b"1"), (b"interdict_topic", b"x"), (b"interdict_partition", b"x"),
        (b"interdict_offset", b"18446744073709551616"), (b"interdict_published_at", b"\xff"),
    ),
}  # fmt: skip


def _headed(aim: Aim, headers: tuple[tuple[bytes, bytes | None], ...]) -> Iterator[Parcel]:
    """On an event that can be read, on one that cannot, and on one that has to be sent on."""
    for topic in EVERY:
        good = aim.good(topic)
        key, lane = aim.key_for(topic, good), aim.lane_for(topic)
        yield Parcel(topic.name, lane, (Dose(orjson.dumps(good), key, headers),))
        yield Parcel(topic.name, lane, (Dose(b"{", key, headers),), Fate.LETTER)
        if topic in KEYED:
            yield Parcel(topic.name, (lane + 1) % aim.partitions, (Dose(orjson.dumps(aim.good(topic)), key, headers),))


OURS = "those of a record sent on"
KINDS.each("headers", {OURS: HEADERS.pop(OURS)}, _headed, aside=True)
KINDS.each("headers", HEADERS, _headed)


@KINDS.kind("headers: one of many records in a batch has a name that is not UTF-8")
def _one_of_many(aim: Aim) -> Iterator[Parcel]:
    for topic in KEYED:
        doses = [Dose(orjson.dumps(aim.good(topic)), aim.key) for _ in range(9)]
        doses[4] = replace(doses[4], headers=((b"\xc3\x28", b"x"),))
        yield Parcel(topic.name, aim.lane, tuple(doses))
