"""Times: of events and of records, in other units, long ago and ahead."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from schemas.topics import CALLS, SMS, TRANSACTIONS, Topic
from tests.live.poison.aim import DATED, DAY, EVERY, MINUTE, TIME_MAX, Aim, Fate, Parcel, dumps, people
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
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
        yield Parcel(topic.name, aim.lane, (Dose(dumps(value), aim.key, at=stamp),), fate)


KINDS.each("event time", TIMES, _timed, aside=True)
KINDS.each("event time", {"four minutes ahead": AHEAD.pop("four minutes ahead")}, _ahead, lone=True)
KINDS.each("event time", AHEAD, _ahead, aside=True)

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


KINDS.each("record timestamp", STAMPS, _stamped, aside=True)


@KINDS.kind("event time: sixty months ahead in one lane, each of somebody else", aside=True)
def _sixty(aim: Aim) -> Iterator[Parcel]:
    """They agree with their records' timestamps: the feed writes both."""
    at = aim.clock + 100 * DAY
    for number, who in zip(range(60), people(aim, aim.lane), strict=False):
        topic = (CALLS, SMS, TRANSACTIONS)[number % 3]
        value = aim.good(topic, subscriber=who, occurred_at=at + number)
        yield Parcel(topic.name, aim.lane, (Dose(orjson.dumps(value), who.encode(), at=at + number),))
