"""Poison of every kind, strewn by a seed among a feed.

Each kind is about somebody made up, whom nothing else is about. What a recording can hold is added to the feed: it must
end in the replay as it does live. What it cannot (undecodable batches, headers and keys that are no text, times that
only a clock refuses) is accounted for by where it lies; apart from that the world must be as if it had not been.

Only the policies get none: who cannot read them takes nothing any more, which a recording has no word for.
"""

import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import orjson
from aiokafka import AIOKafkaProducer

from schemas.fields import RECORD_BYTES_MAX
from schemas.topics import POLICIES, dead_letter
from streams.settings import Settings
from tests.live.dosing import Doser, Given, Letters, Place
from tests.live.poison import KINDS, Aim, Kind
from tests.live.trial import INPUTS, Outcome, Row, Trial, is_traffic, time_before

CHUNK = 2_000
"""Records of the feed in flight together."""
NOBODYS = "00000000-0000-5000-8000-000000000000"
ACCOUNTS = re.compile(rb'"pay(?:er|ee)_account": ?"([^"]*)"')
"""Whom a transfer is between: of accounts of which the recording has not every transfer nothing is asked."""
MADE_UP = (b"+8614", b"+8615")
"""How the phones of those begin whom poison is about, and nothing else."""


@dataclass
class Strewn:
    """A feed with poison among it.

    Args:
        trial: the feed, and once it is published what a replay of it must lead to.
        rng: says where each kind goes.
    """

    trial: Trial
    rng: random.Random
    given: dict[Place, Given] = field(default_factory=dict)
    """Poison that is in no recording."""
    recorded: set[bytes] = field(default_factory=set)
    """People whom a recording has too."""

    async def publish(self, producer: AIOKafkaProducer, settings: Settings, broker: str) -> Doser:
        """Produce the feed, and each kind at the place that chance says."""
        doser, feed = Doser(producer, settings), self.trial.rows
        kinds = [kind for kind in KINDS if kind.is_for(broker) and not kind.lone]
        self.rng.shuffle(kinds)
        first = next(place for place, row in enumerate(feed) if is_traffic(row)) + 1
        places = sorted(self.rng.sample(range(first, len(feed) - settings.partitions), len(kinds)))
        self.trial.rows, begin = [], 0
        for number, (place, kind) in enumerate(zip(places, kinds, strict=True)):
            await self._feed(producer, feed[begin:place], settings)
            await self._give(doser, kind, number, time_before(feed, place))
            begin = place
        await self._feed(producer, feed[begin:], settings)
        return doser

    async def _feed(self, producer: AIOKafkaProducer, rows: list[Row], settings: Settings) -> None:
        for begin in range(0, len(rows), CHUNK):
            await self.trial.publish(producer, rows[begin : begin + CHUNK], settings)
        self.trial.rows += rows

    async def _give(self, doser: Doser, kind: Kind, number: int, at: int) -> None:
        clock, other = int(time.time() * 1000), f"+86151{number:08}"
        who, lanes = f"+86150{number:08}", doser.settings.partitions
        aim = Aim(who, at, clock, lanes, f"p{number}-", (NOBODYS, other))
        before = set(doser.given)
        await doser.give(kind, aim, without=POLICIES.name)
        given = {place: one for place, one in doser.given.items() if place not in before}
        if kind.aside or not all(map(_is_recordable, given.values())):
            self.given |= given
            self.trial.unasked |= {
                account for one in given.values() for account in ACCOUNTS.findall(one.dose.value or b"")
            }
            return
        self.recorded.add(aim.who.encode())
        for place, one in given.items():
            if place.topic in INPUTS:
                self.trial.rows.append(Row(place.topic, one.dose.key, one.dose.value or b""))
                self.recorded |= _people_of(one)

    def apart(self, found: Outcome, doser: Doser, letters: Letters) -> Outcome:
        """What was found, without what the recording does not have."""
        decided = {
            topic: Counter({sent: n for sent, n in records.items() if not self._is_aside(sent[0])})
            for topic, records in found.decided.items()
        }
        for name in INPUTS:
            decided[dead_letter(name)] = Counter()
        for place, one in doser.beside(self.given, letters):
            decided[dead_letter(place.topic)][one.key, one.value] += 1
        states = {key: state for key, state in found.states.items() if not self._is_aside(key)}
        return replace(found, decided={topic: records for topic, records in decided.items() if records}, states=states)

    def _is_aside(self, key: bytes | None) -> bool:
        return key is not None and key.startswith(MADE_UP) and key not in self.recorded


def _is_recordable(given: Given) -> bool:
    """Whether a line of a recording can hold it, and a replay finds it as it came."""
    dose = given.dose
    if given.opaque or dose.value is None or len(dose.value) > RECORD_BYTES_MAX:
        return False
    try:
        texts = [dose.value.decode(), (dose.key or b"").decode(), *(name.decode() for name, _ in dose.headers)]
        orjson.dumps(texts)
    except (UnicodeDecodeError, TypeError):
        return False
    return True


def _people_of(given: Given) -> set[bytes]:
    """Whom a record is about: its subject, as far as it names one."""
    try:
        value = orjson.loads(given.dose.value or b"")
    except orjson.JSONDecodeError:
        return set()
    subject = value.get("subscriber") if isinstance(value, dict) else None
    return {subject.encode()} if isinstance(subject, str) else set()
