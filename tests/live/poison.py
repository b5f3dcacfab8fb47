"""What an attacker, or a careless producer, who may write any one input can get a broker to take. A table by kind.

Nothing here knows how records are read: it is a picture of the world outside. Each kind is about one person, `aim.who`,
and says which of its records must end as a dead letter, which must be taken, and which may be either.
"""

import gzip
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from typing import Any

import orjson

from schemas.topics import CALLS, OUTCOMES, POLICIES, REPORTS, SMS, SUBSCRIBERS, TRANSACTIONS, WATCHLIST, Topic
from streams.core.engine import partition_of
from tests.batches import GZIP, LZ4, NONE, SNAPPY, ZSTD, varint
from tests.live import raw
from tests.live.plain_scam import MULE
from tests.live.raw import PLAIN, Batch, Dose

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DATED: tuple[Topic, ...] = (CALLS, SMS, TRANSACTIONS, REPORTS, OUTCOMES)
KEYED: tuple[Topic, ...] = (*DATED, SUBSCRIBERS)
"""Inputs about a person: read by whoever has the person's lane."""
BROADCAST: tuple[Topic, ...] = (WATCHLIST, POLICIES)
"""Read by everybody. What is refused of them is counted and has no letter."""
EVERY = (*KEYED, *BROADCAST)
UUID = "c0ffee00-0000-5000-8000-%012x"
TIME_MAX = 4_102_444_799_999
BOMB_BYTES = 300 << 20
TINY_RECORDS = 50_000
MADE_UP = 4_000
ANSWER_S = 15.0


class Fate(Enum):
    """What must become of a record that the broker took."""

    LETTER = "a dead letter, whole or as a stub"
    TAKEN = "an effect, and no letter"
    EITHER = "a letter or an effect"
    NOTHING = "neither: it never was"


class Way(Enum):
    """How a parcel is handed in."""

    AT_ONCE = "produced"
    ABORTED = "produced in a transaction that is aborted"
    LEFT_OPEN = "produced in a transaction that nobody ends"
    LARGEST = "as large as the broker takes"


@dataclass(frozen=True)
class Parcel:
    """Records that travel in one batch."""

    topic: str
    lane: int
    doses: tuple[Dose, ...]
    fate: Fate = Fate.EITHER
    how: Batch = PLAIN
    way: Way = Way.AT_ONCE
    opaque: bool = False
    """Whether what comes out of the batch, if anything, is not what `doses` says."""


@dataclass
class Aim:
    """Whom the poison is about, and when.

    Args:
        who: the person's phone.
        now: what time it is for the feed, Unix ms.
        clock: what time it is; on a live feed the same.
        partitions: of the inputs.
        tag: what the names of all its events begin with.
        command: id and person of a command that was really given, to somebody else.
    """

    who: str
    now: int
    clock: int
    partitions: int
    tag: str
    command: tuple[str, str]
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def key(self) -> bytes:
        """The right key."""
        return self.who.encode()

    @property
    def lane(self) -> int:
        """The right partition."""
        return partition_of(self.key, self.partitions)

    @property
    def account(self) -> str:
        """The person's bank account."""
        return account_of(self.who)

    def good(self, topic: Topic, **changes: Any) -> dict[str, Any]:
        """An ordinary record about the person, with fields changed; one set to `...` is left out."""
        mark = f"{self.tag}poison-{next(self.numbers)}"
        value = {**COMMON[topic](self, mark), **changes}
        return {name: one for name, one in value.items() if one is not ...}

    def parcel(self, topic: Topic, *values: Any, fate: Fate = Fate.EITHER, **how: Any) -> Parcel:
        """Values, keyed and placed as they should be; what is no bytes is made JSON."""
        doses = tuple(Dose(as_bytes(value), self.key_for(topic, value)) for value in values)
        return Parcel(topic.name, self.lane_for(topic), doses, fate, **how)

    def key_for(self, topic: Topic, value: Any = None) -> bytes:
        """What a record of this topic should be keyed by."""
        if topic in KEYED:
            return self.key
        if isinstance(value, dict):
            return str(value.get(topic.key, "x")).encode()
        return b"limits" if topic is POLICIES else b"6222000000000098"

    def lane_for(self, topic: Topic) -> int:
        """Where a record about the person belongs."""
        return self.lane if topic in KEYED else 0


def as_bytes(value: Any) -> bytes | None:
    """A value as it travels."""
    return value if isinstance(value, bytes | None) else orjson.dumps(value)


def scam_ids(who: str) -> tuple[str, str]:
    """The ids of the events of the plain scam on somebody: its text and its payment."""
    return f"text-{who[1:]}", f"paid-{who[1:]}"


def account_of(phone: str) -> str:
    """A bank account of one's own."""
    return "6228" + phone[1:].rjust(15, "0")


def _event(aim: Aim, mark: str) -> dict[str, Any]:
    return {"event_id": mark, "occurred_at": aim.now, "subscriber": aim.who}


COMMON: dict[Topic, Callable[[Aim, str], dict[str, Any]]] = {
    CALLS: lambda aim, mark: {
        **_event(aim, mark), "peer": "10086", "direction": "in", "phase": "ringing", "call_id": mark,
        "peer_type": "service",
    },
    SMS: lambda aim, mark: {**_event(aim, mark), "peer": "10086", "direction": "in", "text": "您本月话费账单55元"},
    TRANSACTIONS: lambda aim, mark: {
        **_event(aim, mark), "payer_account": aim.account, "payee_account": "6222000000000099", "amount_minor": 1250,
        "balance_minor": 6_000_000, "phase": "posted", "payee_is_new": False,
    },
    REPORTS: lambda aim, mark: {"report_id": mark, "occurred_at": aim.now, "subscriber": aim.who},
    OUTCOMES: lambda aim, mark: {
        "command_id": UUID % (zlib.crc32(mark.encode())), "occurred_at": aim.now, "subscriber": aim.who,
        "outcome": "acknowledged",
    },
    SUBSCRIBERS: lambda aim, _: {"subscriber": aim.who, "age_band": "65+", "area": "west", "accounts": [aim.account]},
    WATCHLIST: lambda aim, mark: {
        "value": f"62{zlib.crc32(mark.encode()):014}", "kind": "account", "category": "mule", "source": "poison",
        "added_at": aim.now,
    },
    POLICIES: lambda _, mark: {"name": "roster", "body": {"policy_version": mark[-15:]}},
}  # fmt: skip

Make = Callable[[Aim], Iterable[Parcel]]


@dataclass(frozen=True)
class Kind:
    """One kind of poison."""

    name: str
    make: Make
    only_kafka: bool = False
    """Whether the embedded broker has no such thing, or falls over it itself."""
    aside: bool = False
    """Whether no replay can say what becomes of its records: only a clock refuses them, or their order counts."""
    lone: bool = False
    """Whether it is not strewn among a feed: it is for everybody, or moves the feed's clock, or takes long."""
    answer_s: float = ANSWER_S
    """Within which a plain scam must be answered after it."""

    is_nothing: bool = False
    """Whether it never was: nothing may be done for it."""

    def is_for(self, broker: str) -> bool:
        """Whether this broker can be given it."""
        return not self.only_kafka or broker != "embedded"


KINDS: list[Kind] = []


def kind(name: str, **more: Any) -> Callable[[Make], Make]:
    """Put what makes it into the table."""

    def put(make: Make) -> Make:
        KINDS.append(Kind(name, make, **more))
        return make

    return put


def each(prefix: str, table: dict[str, Any], make: Callable[..., Iterable[Parcel]], **more: Any) -> None:
    """One kind for each row of a table."""
    for name, row in table.items():
        kind(f"{prefix}: {name}", **more)(_about(row, make))


def _about(row: Any, make: Callable[..., Iterable[Parcel]]) -> Make:
    return lambda aim: make(aim, row)


# -- what stands where a JSON object should ---------------------------------------------------------------------------

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

each("bytes", BYTES, lambda aim, value: [aim.parcel(t, value, fate=Fate.LETTER) for t in EVERY])

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
    each("wrapped", _rows, _wrapped, aside=_odd)


# -- times ------------------------------------------------------------------------------------------------------------

TIMES: dict[str, tuple[Callable[[int], Any], Fate]] = {
    "missing": (lambda now: ..., Fate.LETTER),
    "null": (lambda now: None, Fate.LETTER),
    "zero": (lambda now: 0, Fate.LETTER),
    "negative": (lambda now: -now, Fate.LETTER),
    "in seconds": (lambda now: now // 1000, Fate.LETTER),
    "in microseconds": (lambda now: now * 1000, Fate.LETTER),
    "in nanoseconds": (lambda now: now * 1_000_000, Fate.LETTER),
    "beyond 64 bits": (lambda now: b"1" + b"0" * 40, Fate.LETTER),
    "as a text": (lambda now: "2026-01-01T00:00:00Z", Fate.LETTER),
    "as a list": (lambda now: [now], Fate.LETTER),
    "of 2015": (lambda now: 1_420_070_400_000, Fate.EITHER),
    "months ago": (lambda now: now - 100 * DAY, Fate.EITHER),
    "a day ago": (lambda now: now - DAY, Fate.EITHER),
    "twenty minutes ago": (lambda now: now - 20 * MINUTE, Fate.TAKEN),
}
AHEAD: dict[str, tuple[Callable[[int], Any], Fate]] = {
    "four minutes ahead": (lambda now: now + 4 * MINUTE, Fate.EITHER),
    "58 minutes ahead": (lambda now: now + 58 * MINUTE, Fate.EITHER),
    "a day ahead": (lambda now: now + DAY, Fate.EITHER),
    "months ahead": (lambda now: now + 100 * DAY, Fate.EITHER),
    "the last moment of 2099": (lambda now: TIME_MAX, Fate.EITHER),
    "2098": (lambda now: TIME_MAX - 400 * DAY, Fate.EITHER),
}


def _timed(aim: Aim, row: tuple[Callable[[int], Any], Fate]) -> Iterator[Parcel]:
    """An ordinary record first, so that there is something to be late for; then the odd one, with the record's own
    timestamp as it is, and once more with one that agrees with the event."""
    for topic in DATED:
        yield aim.parcel(topic, aim.good(topic), fate=Fate.EITHER)
        yield from _dated(aim, topic, row[0](aim.now), row[1])


def _ahead(aim: Aim, row: tuple[Callable[[int], Any], Fate]) -> Iterator[Parcel]:
    for topic in DATED:
        yield from _dated(aim, topic, row[0](aim.clock), row[1])


def _dated(aim: Aim, topic: Topic, at: Any, fate: Fate) -> Iterator[Parcel]:
    for agrees in (False, True):
        value = aim.good(topic, occurred_at=at)
        stamp = at if agrees and isinstance(at, int) and abs(at) < 1 << 62 else None
        yield Parcel(topic.name, aim.lane, (Dose(_dumps(value), aim.key, at=stamp),), fate)


def _dumps(value: dict[str, Any]) -> bytes:
    """JSON; a value that is bytes stands as it is."""
    return orjson.dumps({n: orjson.Fragment(one) if isinstance(one, bytes) else one for n, one in value.items()})


each("event time", TIMES, _timed, aside=True)
each("event time", {"four minutes ahead": AHEAD.pop("four minutes ahead")}, _ahead, lone=True)
each("event time", AHEAD, _ahead, aside=True)

STAMPS: dict[str, tuple[int, Fate]] = {
    "-1, which means none": (-1, Fate.TAKEN),
    "0": (0, Fate.TAKEN),
    "negative": (-12_345_678, Fate.EITHER),
    "in seconds": (1_790_000_000, Fate.EITHER),
    "far ahead": (7_000_000_000_000, Fate.EITHER),
    "the greatest there is": ((1 << 63) - 1, Fate.EITHER),
    "the least there is": (-(1 << 63), Fate.EITHER),
}


def _stamped(aim: Aim, row: tuple[int, Fate]) -> Iterator[Parcel]:
    for topic in EVERY:
        good = aim.good(topic)
        dose = Dose(orjson.dumps(good), aim.key_for(topic, good), at=row[0])
        yield Parcel(topic.name, aim.lane_for(topic), (dose,), row[1])


each("record timestamp", STAMPS, _stamped, aside=True)


@kind("event time: sixty months ahead in one lane, each of somebody else", aside=True)
def _sixty(aim: Aim) -> Iterator[Parcel]:
    """They agree with their records' timestamps: the feed writes both."""
    at = aim.clock + 100 * DAY
    for number, who in zip(range(60), people(aim, aim.lane), strict=False):
        topic = (CALLS, SMS, TRANSACTIONS)[number % 3]
        value = aim.good(topic, subscriber=who, occurred_at=at + number)
        yield Parcel(topic.name, aim.lane, (Dose(orjson.dumps(value), who.encode(), at=at + number),))


def people(aim: Aim, lane: int) -> Iterator[str]:
    """People that nobody knows, all of one lane."""
    made_up = (f"+8615{int(aim.who[-4:]):04}{number:06}"[:15] for number in count())
    return (who for who in made_up if partition_of(who.encode(), aim.partitions) == lane)


# -- fields -----------------------------------------------------------------------------------------------------------

LONG_SIP = "sip:+8613800138000@" + "sub." * 60 + "ims.mnc000.mcc460.3gppnetwork.org;user=phone"
PADDING = "系统通知。" * 3_000
FIELDS: dict[str, tuple[Fate, dict[Topic, dict[str, Any]]]] = {
    "a SIP URI of 300 characters": (Fate.TAKEN, {CALLS: {"peer": LONG_SIP}, SMS: {"peer": LONG_SIP}}),
    "an empty caller": (Fate.TAKEN, {CALLS: {"peer": ""}, SMS: {"peer": ""}}),
    "no caller": (Fate.TAKEN, {CALLS: {"peer": None}, SMS: {"peer": None}}),
    "a caller left out": (Fate.TAKEN, {CALLS: {"peer": ...}, SMS: {"peer": ...}}),
    "a caller of spaces": (Fate.EITHER, {CALLS: {"peer": "   "}, SMS: {"peer": "\u200b\u200b"}}),
    "a caller with controls": (Fate.EITHER, {CALLS: {"peer": "10086\r\n"}, SMS: {"peer": "\x1b[2J"}}),
    "a caller that is oneself": (Fate.EITHER, {CALLS: {"peer": "SELF"}, SMS: {"peer": "SELF"}}),
    "a caller that is a number": (Fate.EITHER, {CALLS: {"peer": 10086}, SMS: {"peer": 10086}}),
    "a text of 15,000 characters": (Fate.TAKEN, {SMS: {"text": PADDING}}),
    "a text of 2,001 characters": (Fate.TAKEN, {SMS: {"text": "x" * 2_001}}),
    "no text": (Fate.EITHER, {SMS: {"text": ""}}),
    "a null text": (Fate.EITHER, {SMS: {"text": None}}),
    "a text with a NUL": (Fate.EITHER, {SMS: {"text": "a\0b"}}),
    "a text of links": (Fate.EITHER, {SMS: {"text": "http://a.b/" * 180}}),
    "a text of dots": (Fate.EITHER, {SMS: {"text": "." * 2_000}}),
    "a text of one letter's accents": (Fate.EITHER, {SMS: {"text": "a" + "\u0301" * 1_900}}),
    "a text of directions": (Fate.EITHER, {SMS: {"text": "\u202e\u2066" * 900}}),
    "a duration while it rings": (Fate.TAKEN, {CALLS: {"phase": "ringing", "duration_s": 20}}),
    "a duration in milliseconds": (Fate.EITHER, {CALLS: {"phase": "ended", "duration_s": 180_000}}),
    "a duration of a week": (Fate.EITHER, {CALLS: {"phase": "ongoing", "duration_s": 604_800}}),
    "a negative duration": (Fate.EITHER, {CALLS: {"phase": "ended", "duration_s": -5}}),
    "a huge duration": (Fate.EITHER, {CALLS: {"phase": "ended", "duration_s": 1 << 60}}),
    "an unknown phase": (Fate.LETTER, {CALLS: {"phase": "levitating"}, TRANSACTIONS: {"phase": "melted"}}),
    "an unknown outcome": (Fate.LETTER, {OUTCOMES: {"outcome": "perhaps"}}),
    "an unknown direction": (Fate.LETTER, {CALLS: {"direction": "up"}, SMS: {"direction": "up"}}),
    "an unknown kind of caller": (Fate.EITHER, {CALLS: {"peer_type": "satellite"}}),
    "an amount beyond 64 bits": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": b"9" * 30}}),
    "an amount of 5,000 digits": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": b"9" * 5_000}}),
    "a negative amount": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": -1}, REPORTS: {"amount_minor": -1}}),
    "an amount of nothing": (Fate.EITHER, {TRANSACTIONS: {"amount_minor": 0}, REPORTS: {"amount_minor": 0}}),
    "an amount as a text": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": "100"}}),
    "an amount that is no number": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": b"NaN"}}),
    "the largest amount": (Fate.EITHER, {TRANSACTIONS: {"amount_minor": 100_000_000_000_00, "balance_minor": 0}}),
    "the largest debt": (Fate.EITHER, {TRANSACTIONS: {"balance_minor": -100_000_000_000_00}}),
    "a currency that is none": (Fate.EITHER, {TRANSACTIONS: {"currency": "ZZZ"}}),
    "a payment to oneself": (Fate.EITHER, {TRANSACTIONS: {"payee_account": "OWN", "phase": "initiated"}}),
    "an account of spaces": (Fate.LETTER, {TRANSACTIONS: {"payee_account": " "}}),
    "a subject that is a number": (Fate.LETTER, {t: {"subscriber": 8613800000001} for t in KEYED}),
    "a subject in a national form": (Fate.EITHER, {t: {"subscriber": "13800138000"} for t in KEYED}),
    "a subject with a NUL": (Fate.EITHER, {t: {"subscriber": "+86138\x00001"} for t in KEYED}),
    "a subject that is empty": (Fate.EITHER, {t: {"subscriber": ""} for t in KEYED}),
    "a subject that is an object": (Fate.LETTER, {t: {"subscriber": {"phone": "+8613800000001"}} for t in KEYED}),
    "no subject": (Fate.EITHER, {t: {"subscriber": None} for t in KEYED}),
    "an id that is empty": (Fate.LETTER, {t: {"event_id": ""} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id that is long": (Fate.EITHER, {t: {"event_id": "e" * 5_000} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id with controls": (Fate.EITHER, {t: {"event_id": "a\nb"} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id in Chinese": (Fate.EITHER, {t: {"event_id": "编号"} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id with a lone surrogate": (Fate.LETTER, {t: {"event_id": b'"\\ud800"'} for t in (CALLS, SMS, TRANSACTIONS)}),
    "a command id that is none": (Fate.LETTER, {OUTCOMES: {"command_id": "17"}}),
    "a schema of another time": (Fate.EITHER, {t: {"schema_version": 999} for t in EVERY}),
    "a schema that is none": (Fate.LETTER, {t: {"schema_version": 0} for t in EVERY}),
    "a list too long": (
        Fate.EITHER,
        {SUBSCRIBERS: {"accounts": ["6"] * 5_000}, REPORTS: {"payee_accounts": ["6"] * 5_000}},
    ),
    "lists as long as they may be": (
        Fate.EITHER,
        {
            SUBSCRIBERS: {n: [f"{i:064}" for i in range(64)] for n in ("accounts", "handles", "trusted_peers")},
            REPORTS: {n: [f"{i:064}" for i in range(64)] for n in ("payee_accounts", "transaction_ids")},
        },
    ),
    "a list that is none": (Fate.EITHER, {SUBSCRIBERS: {"accounts": "6222"}, REPORTS: {"payee_accounts": 6}}),
    "a note that is long": (Fate.EITHER, {OUTCOMES: {"note": "n" * 30_000}}),
    "a name that is long": (Fate.EITHER, {TRANSACTIONS: {"payee_name": "n" * 30_000}}),
    "an area that is somebody's number": (Fate.EITHER, {SUBSCRIBERS: {"area": "+8613800000001"}}),
}  # fmt: skip


def _changed(aim: Aim, row: tuple[Fate, dict[Topic, dict[str, Any]]]) -> Iterator[Parcel]:
    fate, changes = row
    own = {"SELF": aim.who, "OWN": aim.account}
    for topic, fields in changes.items():
        named = {name: own.get(one, one) if isinstance(one, str) else one for name, one in fields.items()}
        value = aim.good(topic, **named)
        yield Parcel(topic.name, aim.lane_for(topic), (Dose(_dumps(value), aim.key_for(topic, value)),), fate)


each("field", FIELDS, _changed)


# -- keys and places --------------------------------------------------------------------------------------------------

KEYS: dict[str, tuple[Callable[[Aim], bytes | None], Fate]] = {
    "none": (lambda aim: None, Fate.TAKEN),
    "empty": (lambda aim: b"", Fate.EITHER),
    "not UTF-8": (lambda aim: b"\xff\xfe\x00", Fate.EITHER),
    "NULs": (lambda aim: b"\0" * 8, Fate.EITHER),
    "of another person": (lambda aim: aim.command[1].encode(), Fate.LETTER),
    "of somebody made up": (lambda aim: b"+8613999999999", Fate.LETTER),
    "the payer's account": (lambda aim: aim.account.encode(), Fate.EITHER),
    "with a space": (lambda aim: aim.key + b" ", Fate.EITHER),
    "in quotes": (lambda aim: b'"' + aim.key + b'"', Fate.EITHER),
    "UTF-16": (lambda aim: aim.who.encode("utf-16"), Fate.EITHER),
    "a number of 64 bits": (lambda aim: struct.pack(">q", int(aim.who[1:])), Fate.EITHER),
    "thirty thousand bytes": (lambda aim: b"k" * 30_000, Fate.EITHER),
    "the desk": (lambda aim: b"desk", Fate.EITHER),
    "a policy's name": (lambda aim: b"limits", Fate.EITHER),
}


def _keyed(aim: Aim, row: tuple[Callable[[Aim], bytes | None], Fate]) -> Iterator[Parcel]:
    """In the person's lane, and once more in the next one."""
    key, fate = row[0](aim), row[1]
    for topic in KEYED:
        for lane in (aim.lane, (aim.lane + 1) % aim.partitions):
            yield Parcel(topic.name, lane, (Dose(orjson.dumps(aim.good(topic)), key),), fate)
    for topic in BROADCAST:
        yield Parcel(topic.name, 0, (Dose(orjson.dumps(aim.good(topic)), key),))


each("key", KEYS, _keyed)


@kind("place: the right key in every other lane")
def _misplaced(aim: Aim) -> Iterator[Parcel]:
    for lane in range(aim.partitions):
        for topic in KEYED:
            dose = Dose(orjson.dumps(aim.good(topic)), aim.key)
            yield Parcel(topic.name, lane, (dose,), Fate.TAKEN)


@kind("place: half of a person's records in a lane further on, all at once")
def _half_misplaced(aim: Aim) -> Iterator[Parcel]:
    for number in range(40):
        for topic in (CALLS, SMS, TRANSACTIONS):
            lane = (aim.lane + number % 2) % aim.partitions
            yield Parcel(topic.name, lane, (Dose(orjson.dumps(aim.good(topic)), aim.key),), Fate.TAKEN)


@kind("place: a bank that partitions by CRC32")
def _by_crc32(aim: Aim) -> Iterator[Parcel]:
    everybody = [who for lane in range(aim.partitions) for who, _ in zip(people(aim, lane), range(20), strict=False)]
    for who in [*everybody, aim.who] * 2:
        value = aim.good(TRANSACTIONS, subscriber=who, payer_account=account_of(who))
        lane = zlib.crc32(who.encode()) % aim.partitions
        yield Parcel(TRANSACTIONS.name, lane, (Dose(orjson.dumps(value), who.encode()),), Fate.TAKEN)


# -- headers ----------------------------------------------------------------------------------------------------------

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
each("headers", {OURS: HEADERS.pop(OURS)}, _headed, aside=True)
each("headers", HEADERS, _headed)


@kind("headers: one of many records in a batch has a name that is not UTF-8")
def _one_of_many(aim: Aim) -> Iterator[Parcel]:
    for topic in KEYED:
        doses = [Dose(orjson.dumps(aim.good(topic)), aim.key) for _ in range(9)]
        doses[4] = replace(doses[4], headers=((b"\xc3\x28", b"x"),))
        yield Parcel(topic.name, aim.lane, tuple(doses))


# -- batches ----------------------------------------------------------------------------------------------------------

CODEC_NAMES = {NONE: "none", GZIP: "gzip", SNAPPY: "snappy", LZ4: "lz4", ZSTD: "zstd"}
each(
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
    "gzip that is cut off": Batch(GZIP, packed=lambda body: gzip.compress(body)[:-9]),
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
    each("batch", {_name: _how}, _broken, only_kafka=_name in (*HOLES, *WEDGES))


# -- sizes ------------------------------------------------------------------------------------------------------------


@kind("size: as large as the broker takes, in the value")
def _large_value(aim: Aim) -> Iterator[Parcel]:
    for topic in (CALLS, SUBSCRIBERS):
        yield aim.parcel(topic, b"x", fate=Fate.LETTER, way=Way.LARGEST)


@kind("size: as large as the broker takes, and it has to be sent on")
def _large_astray(aim: Aim) -> Iterator[Parcel]:
    good = orjson.dumps(aim.good(SMS))
    lane = (aim.lane + 1) % aim.partitions
    yield Parcel(SMS.name, lane, (Dose(good, aim.key),), way=Way.LARGEST)


@kind("size: a little above what is read")
def _above(aim: Aim) -> Iterator[Parcel]:
    for topic in EVERY:
        yield aim.parcel(topic, b'{"event_id":"' + b"h" * 65_600 + b'"}', fate=Fate.LETTER)


@kind("size: thirty at once of 60,000 bytes each, packed to nothing")
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
        part = gzip.compress(bytes(1 << 20), 9)
        return gzip.compress(length + head) + part * (zeros >> 20) + gzip.compress(varint(0))

    return lambda aim: [aim.parcel(t, b"", how=Batch(codec, packed=packed), opaque=True) for t in (TRANSACTIONS,)]


for _codec in (GZIP, ZSTD):
    kind(f"size: a bomb of 300 MiB in {CODEC_NAMES[_codec]}", lone=True)(_blown(_codec))


@kind("size: fifty thousand empty records in one small batch", answer_s=30.0, lone=True)
def _tiny(aim: Aim) -> Iterator[Parcel]:
    yield Parcel(SMS.name, aim.lane, (Dose(None, None),) * TINY_RECORDS, Fate.LETTER, Batch(ZSTD))


# -- again, and ids ---------------------------------------------------------------------------------------------------


@kind("again: the same event two hundred times")
def _again(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        yield aim.parcel(topic, aim.good(topic), fate=Fate.TAKEN)
        yield aim.parcel(topic, *[aim.good(topic)] * 200, fate=Fate.TAKEN)


@kind("again: the same event, a millisecond later each time")
def _restamped(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        good = aim.good(topic)
        yield aim.parcel(topic, *[{**good, "occurred_at": aim.now - 200 + n} for n in range(200)])


@kind("again: the same tombstone two hundred times")
def _tombstones(aim: Aim) -> Iterator[Parcel]:
    yield aim.parcel(SUBSCRIBERS, *[None] * 200, fate=Fate.TAKEN)


@kind("ids: those of the scam to come, on every other feed")
def _ids(aim: Aim) -> Iterator[Parcel]:
    """Producers number their events plainly, and who may write one feed can guess what another will say next."""
    text, paid = scam_ids(aim.who)
    yield aim.parcel(SMS, aim.good(SMS, event_id=paid), fate=Fate.TAKEN)
    yield aim.parcel(TRANSACTIONS, aim.good(TRANSACTIONS, event_id=text), fate=Fate.TAKEN)
    yield aim.parcel(CALLS, *[aim.good(CALLS, event_id=one) for one in (text, paid)], fate=Fate.TAKEN)
    yield aim.parcel(REPORTS, *[aim.good(REPORTS, report_id=one) for one in (text, paid)], fate=Fate.TAKEN)


@kind("ids: one id for everything", aside=True)
def _one_id(aim: Aim) -> Iterator[Parcel]:
    for topic in (CALLS, SMS, TRANSACTIONS):
        yield aim.parcel(topic, *[aim.good(topic, event_id="1", occurred_at=aim.now - n) for n in range(50)])


# -- what is said of commands and of people ---------------------------------------------------------------------------


@kind("outcomes: of commands that nobody gave")
def _of_nothing(aim: Aim) -> Iterator[Parcel]:
    for number, told in enumerate(OUTCOME_WORDS):
        yield aim.parcel(OUTCOMES, aim.good(OUTCOMES, command_id=UUID % number, outcome=told))


OUTCOME_WORDS = (
    "acknowledged", "executed", "rejected", "failed", "reached", "unreachable", "persuaded", "refused", "false_alarm",
    "expired", "approved", "declined", "handed_over",
)  # fmt: skip


@kind("outcomes: of another person's command")
def _of_another(aim: Aim) -> Iterator[Parcel]:
    for told in OUTCOME_WORDS:
        yield aim.parcel(OUTCOMES, aim.good(OUTCOMES, command_id=aim.command[0], outcome=told))


@kind("outcomes: of a real command, dated oddly", aside=True)
def _oddly_dated(aim: Aim) -> Iterator[Parcel]:
    command, person = aim.command
    lane = partition_of(person.encode(), aim.partitions)
    ahead = (aim.clock + 58 * MINUTE, aim.clock + DAY, TIME_MAX)
    for at in (aim.now - 100 * DAY, aim.now - DAY, *ahead):
        for told in ("acknowledged", "unreachable"):
            value = aim.good(OUTCOMES, command_id=command, subscriber=person, occurred_at=at, outcome=told)
            yield Parcel(OUTCOMES.name, lane, (Dose(orjson.dumps(value), person.encode()),))


@kind("outcomes: about the desk")
def _of_desk(aim: Aim) -> Iterator[Parcel]:
    value = aim.good(OUTCOMES, subscriber="desk")
    yield Parcel(OUTCOMES.name, aim.lane, (Dose(orjson.dumps(value), b"desk"),))


@kind("reports: of money that innocents received")
def _reported(aim: Aim) -> Iterator[Parcel]:
    innocent = account_of(aim.command[1])
    values = [aim.good(REPORTS, payee_accounts=[innocent, aim.account], amount_minor=9_000_000, account=aim.account)]
    values += [aim.good(REPORTS, payee_accounts=[f"{n:016}" for n in range(64)]) for _ in range(20)]
    yield aim.parcel(REPORTS, *values, fate=Fate.TAKEN)


@kind("people: a profile, and its tombstone")
def _forgotten(aim: Aim) -> Iterator[Parcel]:
    good = aim.good(SUBSCRIBERS)
    yield aim.parcel(SUBSCRIBERS, good, None, fate=Fate.TAKEN)


@kind("people: tombstones on every input")
def _all_tombstoned(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        yield aim.parcel(topic, None, fate=Fate.LETTER)
    yield aim.parcel(SUBSCRIBERS, None, fate=Fate.TAKEN)


@kind("people: a tombstone on an event's topic among the person's events")
def _among(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        yield aim.parcel(topic, aim.good(topic), fate=Fate.TAKEN)
        yield aim.parcel(topic, None, fate=Fate.LETTER)


@kind("people: a profile that changes two hundred times")
def _restless(aim: Aim) -> Iterator[Parcel]:
    values = [aim.good(SUBSCRIBERS, area=f"a{n}", accounts=[f"{n:016}"]) for n in range(200)]
    yield aim.parcel(SUBSCRIBERS, *values, fate=Fate.TAKEN)


@kind("people: thousands who were made up")
def _made_up(aim: Aim) -> Iterator[Parcel]:
    doses: dict[int, list[Dose]] = {}
    for number in range(MADE_UP):
        who = f"+8614{int(aim.who[-4:]):04}{number:05}"
        value = orjson.dumps(aim.good(SMS, subscriber=who, text="您" * 150))
        doses.setdefault(partition_of(who.encode(), aim.partitions), []).append(Dose(value, who.encode()))
    for lane, ones in doses.items():
        for begin in range(0, len(ones), 100):
            yield Parcel(SMS.name, lane, tuple(ones[begin : begin + 100]), Fate.TAKEN)


# -- lists and settings -----------------------------------------------------------------------------------------------

LISTED: dict[str, list[dict[str, Any]]] = {
    "nothing": [{"value": ""}, {"value": " "}, {"value": "\u200b"}, {"value": "."}, {"value": "+"}],
    "everybody": [{"value": "com", "kind": "domain"}, {"value": "*", "kind": "peer"}, {"value": "%"}],
    "something that is no text": [{"value": 5}, {"value": None}, {"value": ["a"]}],
    "a kind that is none": [{"kind": "person"}, {"kind": None}],
    "domains that are none": [
        {"value": "a" * 253, "kind": "domain"}, {"value": "xn--" + "9" * 200, "kind": "domain"},
        {"value": "．．．", "kind": "domain"}, {"value": "[.]" * 80, "kind": "domain"},
        {"value": "http://", "kind": "domain"},
    ],
    "times that are none": [{"added_at": TIME_MAX, "expires_at": 1_420_070_400_000}, {"expires_at": -1}],
}  # fmt: skip
each(
    "watchlist", LISTED,
    lambda aim, rows: [aim.parcel(WATCHLIST, aim.good(WATCHLIST, **row)) for row in rows],
    lone=True,
)  # fmt: skip


@kind("watchlist: a key that is not its value", lone=True)
def _not_its_value(aim: Aim) -> Iterator[Parcel]:
    value = orjson.dumps(aim.good(WATCHLIST, value="10086", kind="peer"))
    for key in (b"6222000000000000", b"", b"\xff", None):
        yield Parcel(WATCHLIST.name, 0, (Dose(value, key),), Fate.LETTER)


@kind("watchlist: a tombstone for what is not there", lone=True)
def _unlisted(aim: Aim) -> Iterator[Parcel]:
    yield Parcel(WATCHLIST.name, 0, tuple(Dose(None, key) for key in (b"nobody", b"", b"\xff", b"\0")))


POLICY_NAMES = ("victims", "relay", "roster", "limits", "victims.shadow", "relay.shadow")
BODIES: dict[str, Any] = {
    "an empty body": {},
    "a body of rubbish": {"rules": [{"code": "x"}], "limited": "all", "teams": None, "steps": {"a": [1]}},
    "a body of null": None,
    "a body that is a list": [1, 2],
    "a body that is deep": b'{"a":' * 900 + b"1" + b"}" * 900,
    "a body that is large": {"x": "y" * 60_000},
    "a body with a NUL": {"policy_version": "a\0b"},
    "a body of huge numbers": {"policy_version": "n", "limited": [{"per_hour": 1 << 60}], "weights": {"a": 1e308}},
    "a body with a pattern that never ends": {"policy_version": "r", "rules": [{"code": "x", "pattern": "(a+)+$"}]},
}
each(
    "policies", BODIES,
    lambda aim, body: [
        Parcel(POLICIES.name, 0, (Dose(_dumps({"name": name, "body": body}), name.encode()),)) for name in POLICY_NAMES
    ],
    lone=True,
)  # fmt: skip


@kind("policies: names that are none", lone=True)
def _nameless(aim: Aim) -> Iterator[Parcel]:
    for name in ("unknown", "", "LIMITS", "limits.shadow.shadow", "../limits", "x" * 64):
        value = {"name": name, "body": {"policy_version": "1"}}
        yield Parcel(POLICIES.name, 0, (Dose(orjson.dumps(value), name.encode()),))


@kind("policies: one under another's key", lone=True)
def _swapped(aim: Aim) -> Iterator[Parcel]:
    for name, key in (("limits", b"relay"), ("relay", b"victims"), ("victims", b"limits"), ("roster", b"\xff")):
        yield Parcel(POLICIES.name, 0, (Dose(orjson.dumps({"name": name, "body": {"policy_version": "1"}}), key),))


@kind("policies: a tombstone for each", lone=True)
def _unset(aim: Aim) -> Iterator[Parcel]:
    yield Parcel(POLICIES.name, 0, tuple(Dose(None, name.encode()) for name in (*POLICY_NAMES, "unknown", "")))


# -- transactions -----------------------------------------------------------------------------------------------------


@kind("transactions: a scam's events, and all of it is aborted", only_kafka=True, is_nothing=True)
def _aborted(aim: Aim) -> Iterator[Parcel]:
    paid = aim.good(
        TRANSACTIONS, payee_account=MULE, amount_minor=5_000_000, balance_minor=0, phase="initiated",
        payee_is_new=True,
    )  # fmt: skip
    yield aim.parcel(TRANSACTIONS, paid, b"{", fate=Fate.NOTHING, way=Way.ABORTED)
    for topic in KEYED:
        yield aim.parcel(topic, aim.good(topic), None, b"{", fate=Fate.NOTHING, way=Way.ABORTED)


@kind("transactions: one that nobody ends", only_kafka=True, answer_s=40.0, lone=True)
def _left_open(aim: Aim) -> Iterator[Parcel]:
    for topic in (CALLS, TRANSACTIONS):
        yield aim.parcel(topic, aim.good(topic), fate=Fate.NOTHING, way=Way.LEFT_OPEN)
