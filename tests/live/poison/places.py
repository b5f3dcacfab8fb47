"""Keys that are none or another's, and records in lanes where they do not belong."""

import struct
import zlib
from collections.abc import Callable, Iterator

import orjson

from schemas.topics import CALLS, SMS, TRANSACTIONS
from tests.live.poison.aim import BROADCAST, KEYED, Aim, Fate, Parcel, account_of, people
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
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


KINDS.each("key", KEYS, _keyed)


@KINDS.kind("place: the right key in every other lane")
def _misplaced(aim: Aim) -> Iterator[Parcel]:
    for lane in range(aim.partitions):
        for topic in KEYED:
            dose = Dose(orjson.dumps(aim.good(topic)), aim.key)
            yield Parcel(topic.name, lane, (dose,), Fate.TAKEN)


@KINDS.kind("place: half of a person's records in a lane further on, all at once")
def _half_misplaced(aim: Aim) -> Iterator[Parcel]:
    for number in range(40):
        for topic in (CALLS, SMS, TRANSACTIONS):
            lane = (aim.lane + number % 2) % aim.partitions
            yield Parcel(topic.name, lane, (Dose(orjson.dumps(aim.good(topic)), aim.key),), Fate.TAKEN)


@KINDS.kind("place: a bank that partitions by CRC32")
def _by_crc32(aim: Aim) -> Iterator[Parcel]:
    everybody = [who for lane in range(aim.partitions) for who, _ in zip(people(aim, lane), range(20), strict=False)]
    for who in [*everybody, aim.who] * 2:
        value = aim.good(TRANSACTIONS, subscriber=who, payer_account=account_of(who))
        lane = zlib.crc32(who.encode()) % aim.partitions
        yield Parcel(TRANSACTIONS.name, lane, (Dose(orjson.dumps(value), who.encode()),), Fate.TAKEN)
