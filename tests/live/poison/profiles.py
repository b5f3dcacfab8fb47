"""Profiles and tombstones, and people who were made up."""

from collections.abc import Iterator

import orjson

from schemas.topics import SMS, SUBSCRIBERS
from streams.core.partitioner import partition_of
from tests.live.poison.aim import DATED, Aim, Fate, Parcel
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
MADE_UP = 4_000


@KINDS.kind("people: a profile, and its tombstone")
def _forgotten(aim: Aim) -> Iterator[Parcel]:
    good = aim.good(SUBSCRIBERS)
    yield aim.parcel(SUBSCRIBERS, good, None, fate=Fate.TAKEN)


@KINDS.kind("people: tombstones on every input")
def _all_tombstoned(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        yield aim.parcel(topic, None, fate=Fate.LETTER)
    yield aim.parcel(SUBSCRIBERS, None, fate=Fate.TAKEN)


@KINDS.kind("people: a tombstone on an event's topic among the person's events")
def _among(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        yield aim.parcel(topic, aim.good(topic), fate=Fate.TAKEN)
        yield aim.parcel(topic, None, fate=Fate.LETTER)


@KINDS.kind("people: a profile that changes two hundred times")
def _restless(aim: Aim) -> Iterator[Parcel]:
    values = [aim.good(SUBSCRIBERS, area=f"a{n}", accounts=[f"{n:016}"]) for n in range(200)]
    yield aim.parcel(SUBSCRIBERS, *values, fate=Fate.TAKEN)


@KINDS.kind("people: thousands who were made up")
def _made_up(aim: Aim) -> Iterator[Parcel]:
    doses: dict[int, list[Dose]] = {}
    for number in range(MADE_UP):
        who = f"+8614{int(aim.who[-4:]):04}{number:05}"
        value = orjson.dumps(aim.good(SMS, subscriber=who, text="您" * 150))
        doses.setdefault(partition_of(who.encode(), aim.partitions), []).append(Dose(value, who.encode()))
    for lane, ones in doses.items():
        for begin in range(0, len(ones), 100):
            yield Parcel(SMS.name, lane, tuple(ones[begin : begin + 100]), Fate.TAKEN)
