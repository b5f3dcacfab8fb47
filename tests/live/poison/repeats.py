"""The same again, and ids that something else has."""

from collections.abc import Iterator

from schemas.topics import CALLS, REPORTS, SMS, SUBSCRIBERS, TRANSACTIONS
from tests.live.poison.aim import DATED, Aim, Fate, Parcel, scam_ids
from tests.live.poison.kinds import Kinds

KINDS = Kinds()


@KINDS.kind("again: the same event two hundred times")
def _again(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        yield aim.parcel(topic, aim.good(topic), fate=Fate.TAKEN)
        yield aim.parcel(topic, *[aim.good(topic)] * 200, fate=Fate.TAKEN)


@KINDS.kind("again: the same event, a millisecond later each time")
def _restamped(aim: Aim) -> Iterator[Parcel]:
    for topic in DATED:
        good = aim.good(topic)
        yield aim.parcel(topic, *[{**good, "occurred_at": aim.now - 200 + n} for n in range(200)])


@KINDS.kind("again: the same tombstone two hundred times")
def _tombstones(aim: Aim) -> Iterator[Parcel]:
    yield aim.parcel(SUBSCRIBERS, *[None] * 200, fate=Fate.TAKEN)


@KINDS.kind("ids: those of the scam to come, on every other feed")
def _ids(aim: Aim) -> Iterator[Parcel]:
    """Producers number their events plainly, and who may write one feed can guess what another will say next."""
    text, paid = scam_ids(aim.who)
    yield aim.parcel(SMS, aim.good(SMS, event_id=paid), fate=Fate.TAKEN)
    yield aim.parcel(TRANSACTIONS, aim.good(TRANSACTIONS, event_id=text), fate=Fate.TAKEN)
    yield aim.parcel(CALLS, *[aim.good(CALLS, event_id=one) for one in (text, paid)], fate=Fate.TAKEN)
    yield aim.parcel(REPORTS, *[aim.good(REPORTS, report_id=one) for one in (text, paid)], fate=Fate.TAKEN)


@KINDS.kind("ids: one id for everything", aside=True)
def _one_id(aim: Aim) -> Iterator[Parcel]:
    for topic in (CALLS, SMS, TRANSACTIONS):
        yield aim.parcel(topic, *[aim.good(topic, event_id="1", occurred_at=aim.now - n) for n in range(50)])
