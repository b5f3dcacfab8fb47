"""Whom poison is about, what an ordinary record about them is, and how poison travels."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any

import orjson

from schemas.topics import (
    CALLS,
    OUTCOME_TOPICS,
    POLICIES,
    REPORTS,
    SMS,
    SUBSCRIBERS,
    TRANSACTIONS,
    WATCHLIST,
    Topic,
)
from streams.core.partitioner import partition_of
from tests.live.raw import PLAIN, Batch, Dose

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DATED: tuple[Topic, ...] = (CALLS, SMS, TRANSACTIONS, REPORTS, *OUTCOME_TOPICS)
KEYED: tuple[Topic, ...] = (*DATED, SUBSCRIBERS)
"""Inputs about a person: read by whoever has the person's lane."""
BROADCAST: tuple[Topic, ...] = (WATCHLIST, POLICIES)
"""Read by everybody. What is refused of them is counted and has no letter."""
EVERY = (*KEYED, *BROADCAST)
UUID = "c0ffee00-0000-5000-8000-%012x"
TIME_MAX = 4_102_444_799_999


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


def _word(aim: Aim, mark: str) -> dict[str, Any]:
    return {
        "command_id": UUID % (zlib.crc32(mark.encode())), "occurred_at": aim.now, "subscriber": aim.who,
        "outcome": "acknowledged",
    }  # fmt: skip


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
    **dict.fromkeys(OUTCOME_TOPICS, _word),
    SUBSCRIBERS: lambda aim, _: {"subscriber": aim.who, "age_band": "65+", "area": "west", "accounts": [aim.account]},
    WATCHLIST: lambda aim, mark: {
        "value": f"62{zlib.crc32(mark.encode()):014}", "kind": "account", "category": "mule", "source": "poison",
        "added_at": aim.now,
    },
    POLICIES: lambda _, mark: {"name": "roster", "body": {"policy_version": mark[-15:]}},
}  # fmt: skip


def people(aim: Aim, lane: int) -> Iterator[str]:
    """People that nobody knows, all of one lane."""
    made_up = (f"+8615{int(aim.who[-4:]):04}{number:06}"[:15] for number in count())
    return (who for who in made_up if partition_of(who.encode(), aim.partitions) == lane)


def dumps(value: dict[str, Any]) -> bytes:
    """JSON; a value that is bytes stands as it is."""
    return orjson.dumps({n: orjson.Fragment(one) if isinstance(one, bytes) else one for n, one in value.items()})
