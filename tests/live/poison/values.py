"""Values that stand where a JSON object should, or around one."""

import gzip
from collections.abc import Callable, Iterator

import orjson

from tests.live.poison.aim import EVERY, Aim, Fate, Parcel
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
BYTES: dict[str, bytes | None] = {
    "nothing": b"",
    "one NUL": b"\0",
    "not JSON": b"hello",
    "null": b"null",
    "true": b"true",
    "a number": b"17",
    "a text": b'"text"',
    "a list": b"[1,2]",
    "an empty object": b"{}",
    "cut off": b'{"event_id":"h","occurred_at":17',
    "not UTF-8": b'{"event_id":"\xff\xfe\xfd"}',
    "UTF-16": '{"event_id":"h"}'.encode("utf-16"),
    "UTF-32": '{"event_id":"h"}'.encode("utf-32"),
    "only a byte order mark": b"\xef\xbb\xbf",
    "gzip in the value": gzip.compress(b'{"event_id":"h"}', mtime=0),
    "a registry's magic byte": b'\0\0\0\0\x07{"event_id":"h"}',
    "MessagePack": b"\x81\xa8event_id\xa1h",
    "XML": b"<event id='h'/>",
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand objects": b'{"a":' * 20_000,
    "brackets that close": b"[" * 30_000 + b"]" * 30_000,
    "a long number": b"9" * 60_000,
    "spaces": b" " * 60_000,
    "noise": bytes(range(256)) * 200,
    "noise past the limit": bytes(range(256)) * 300,
}
"""What no reader can take for an event, whichever topic it is on."""

KINDS.each("bytes", BYTES, lambda aim, value: [aim.parcel(t, value, fate=Fate.LETTER) for t in EVERY])

WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "a byte order mark before it": lambda good: b"\xef\xbb\xbf" + good,
    "spaces around it": lambda good: b" \r\n\t" + good + b" \r\n\t",
    "sixty thousand spaces after it": lambda good: good + b" " * 60_000,
    "a NUL after it": lambda good: good + b"\0",
    "an object after it": lambda good: good + good,
    "a comma too many": lambda good: good[:-1] + b",}",
    "single quotes": lambda good: good.replace(b'"', b"'"),
    "an unknown field that is deep": lambda good: _with(good, b"[" * 500 + b"]" * 500),
    "an unknown field that is deeper": lambda good: _with(good, b"[" * 20_000 + b"]" * 20_000),
    "an unknown field that is large": lambda good: _with(good, b'"' + b"x" * 50_000 + b'"'),
    "an unknown number of 4,400 digits": lambda good: _with(good, b"7" * 4_400),
    "an unknown number beyond any": lambda good: _with(good, b"1e999"),
    "an unknown NaN": lambda good: _with(good, b"NaN"),
    "an unknown lone surrogate": lambda good: _with(good, b'"\\ud800"'),
    "an unknown NUL": lambda good: _with(good, b'"\\u0000"'),
    "five thousand unknown fields": lambda good: good[:-1] + b"".join(b',"f%d":0' % n for n in range(5_000)) + b"}",
    "a field without a name": lambda good: good[:-1] + b',"":1}',
    "its subject twice": lambda good: good[:-1] + b',"subscriber":"+8613900000000"}',
    "its time twice": lambda good: good[:-1] + b',"occurred_at":4102444799999}',
    "names in capitals": lambda good: good.upper(),
}
TAKEN_WRAPPED = {"a byte order mark before it", "spaces around it", "an unknown NUL", "a field without a name"}


def _with(good: bytes, value: bytes) -> bytes:
    return good[:-1] + b',"extra":' + value + b"}"


def _wrapped(aim: Aim, row: tuple[str, Callable[[bytes], bytes]]) -> Iterator[Parcel]:
    name, change = row
    fate = Fate.TAKEN if name in TAKEN_WRAPPED else Fate.EITHER
    for topic in EVERY:
        good = aim.good(topic)
        dose = Dose(change(orjson.dumps(good)), aim.key_for(topic, good))
        yield Parcel(topic.name, aim.lane_for(topic), (dose,), fate)


ODD_TIMES = {"its time twice"}
for _odd in (True, False):
    _rows = {name: (name, change) for name, change in WRAPPED.items() if (name in ODD_TIMES) is _odd}
    KINDS.each("wrapped", _rows, _wrapped, aside=_odd)
