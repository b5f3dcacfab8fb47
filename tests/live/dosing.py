"""Hands poison in, remembers where each record lies, and says in the end which of them nobody accounts for."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import dead_letter
from streams.kafka.recovery import read_to_end
from streams.settings import Settings
from tests.live.poison import Aim, Fate, Kind, Parcel
from tests.live.raw import Answer, Dose, batch_of, produce
from tests.live.trial import INPUTS, reading

LARGEST_BYTES = 1 << 20
"""More than any of the brokers here takes in one batch."""
STEP_BYTES = 256
OPEN_MS = 5_000
"""After which a broker aborts a transaction that nobody ends."""
ERRORS = "__streams.errors."
LOST = -1
"""In place of an error code: the broker did not answer."""


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    lane: int
    offset: int


@dataclass(frozen=True)
class Given:
    """A record that the broker took."""

    kind: str
    dose: Dose
    fate: Fate
    opaque: bool
    is_astray: bool
    """Whether it may be buried from another place, once it was sent on."""


@dataclass(frozen=True)
class Letter:
    """A dead letter."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


Letters = Mapping[Place, Sequence[Letter]]
"""Dead letters, by the place of the record that each is about."""


@dataclass
class Doser:
    """Gives poison through one producer."""

    producer: AIOKafkaProducer
    settings: Settings
    given: dict[Place, Given] = field(default_factory=dict)
    refused: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """What the broker would not take, by kind and error code."""
    open: list[AIOKafkaProducer] = field(default_factory=list)
    spans: list[tuple[Place, int]] = field(default_factory=list)
    """First place of each batch that is not what it says, and the offset behind it."""

    async def give(self, kind: Kind, aim: Aim, without: str = "") -> None:
        """Hand in all of a kind, but what is for one topic."""
        for parcel in kind.make(aim):
            if parcel.topic != without:
                await getattr(self, f"_{parcel.way.name.lower()}")(kind.name, aim, parcel)

    @property
    def untaken(self) -> set[str]:
        """Kinds of which the broker took nothing."""
        return set(self.refused) - {one.kind for one in self.given.values()}

    async def close(self) -> None:
        """End what was left open."""
        for producer in self.open:
            with suppress(KafkaError):
                await producer.stop()

    async def _at_once(self, name: str, aim: Aim, parcel: Parcel) -> bool:
        try:
            batch = batch_of(parcel.doses, aim.clock, parcel.how)
            answer = await produce(self.producer, parcel.topic, parcel.lane, batch)
        except (KafkaError, OSError, TimeoutError):
            answer = Answer(LOST, 0)
        if answer.error:
            self.refused[name][answer.error] += 1
            return False
        self._remember(name, aim, parcel, answer.base)
        return True

    def _remember(self, name: str, aim: Aim, parcel: Parcel, base: int) -> None:
        if parcel.opaque:
            behind = base + parcel.how.offsets_of(parcel.doses)
            self.spans.append((Place(parcel.topic, parcel.lane, base), behind))
        for number, dose in enumerate(parcel.doses):
            astray = parcel.lane != aim.lane or dose.key != aim.key
            place = Place(parcel.topic, parcel.lane, base + number)
            self.given[place] = Given(name, dose, parcel.fate, parcel.opaque, astray)

    async def _largest(self, name: str, aim: Aim, parcel: Parcel) -> None:
        """The largest that is taken lies between what was and what was not; each that was taken is poison too."""
        low, high = 0, LARGEST_BYTES
        while high - low > STEP_BYTES:
            size = (low + high) // 2
            grown = _grown(parcel, size)
            low, high = (size, high) if await self._at_once(name, aim, grown) else (low, size)

    async def _aborted(self, name: str, aim: Aim, parcel: Parcel) -> None:
        producer = await self._in_transaction(name, aim, parcel)
        await producer.abort_transaction()
        await producer.stop()

    async def _left_open(self, name: str, aim: Aim, parcel: Parcel) -> None:
        self.open.append(await self._in_transaction(name, aim, parcel))

    async def _in_transaction(self, name: str, aim: Aim, parcel: Parcel) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.bootstrap, transactional_id=f"{aim.tag}{parcel.topic}",
            transaction_timeout_ms=OPEN_MS,
        )  # fmt: skip
        await producer.start()
        await producer.begin_transaction()
        for dose in parcel.doses:
            sent = await producer.send_and_wait(parcel.topic, dose.value, dose.key, partition=parcel.lane)
            place = Place(parcel.topic, parcel.lane, sent.offset)
            self.given[place] = Given(name, dose, parcel.fate, parcel.opaque, is_astray=False)
        return producer

    def unaccounted(self, letters: Letters, *, alone: bool = True) -> list[str]:
        """What is wrong with what became of the poison: by kind, never with what a record holds.

        Args:
            letters: every dead letter.
            alone: whether nothing else was given that ends as a letter.
        """
        wrong = Counter(self._judged(letters))
        wrong += Counter(
            f"{len(ones)} letters about one record of {place.topic}: {reason_of(ones[0])}"
            for place, ones in letters.items()
            if len(ones) > LETTERS_MAX
        )
        if alone:
            wrong += Counter(
                f"a letter about a record of {place.topic} that was none of the poison: {reason_of(one)}"
                for place, one in self.beside(self.given, letters)
            )
        return [f"{told} ({count} records)" for told, count in sorted(wrong.items())]

    def beside(self, given: Mapping[Place, Given], letters: Letters) -> Iterator[tuple[Place, Letter]]:
        """Letters about what was not given, not even sent on or in a batch that is not what it says."""
        astray = {(place.topic, one.dose.value) for place, one in given.items() if one.is_astray}
        for place, letter in _each(letters):
            if place not in given and (place.topic, letter.value) not in astray and not self._is_in_span(place):
                yield place, letter

    def _is_in_span(self, place: Place) -> bool:
        return any(place[:2] == first[:2] and first.offset <= place.offset < behind for first, behind in self.spans)

    def _judged(self, letters: Letters) -> Iterator[str]:
        elsewhere = {(place.topic, one.value) for place, one in _each(letters) if place not in self.given}
        for place, given in self.given.items():
            if place.topic in INPUTS:
                yield from _verdict(place, given, letters.get(place, []), elsewhere)


def _each(letters: Letters) -> Iterator[tuple[Place, Letter]]:
    return ((place, one) for place, ones in letters.items() for one in ones)


LETTERS_MAX = 3
"""Of one record, when nothing was broken: more is a letter for each time that it is looked at."""


def _verdict(place: Place, given: Given, letters: Sequence[Letter], elsewhere: set[Any]) -> Iterator[str]:
    where = f"{given.kind}: {place.topic}"
    buried = bool(letters) or (given.is_astray and (place.topic, given.dose.value) in elsewhere)
    if given.fate is Fate.LETTER and not buried:
        yield f"{where}: no dead letter"
    if given.fate in (Fate.TAKEN, Fate.NOTHING) and letters:
        yield f"{where}: a dead letter, {reason_of(letters[0])}"
    for one in letters:
        if not given.opaque and not _is_whole(given.dose, one) and not _is_stub(given.dose, one):
            yield f"{where}: its dead letter is neither the record nor a stub of it"


def _is_whole(dose: Dose, letter: Letter) -> bool:
    """A client writes no record that has neither key nor value: an empty value stands for none then."""
    value = b"" if dose.key is None and dose.value is None else dose.value
    return (letter.key, letter.value) == (dose.key, value)


def _is_stub(dose: Dose, letter: Letter) -> bool:
    """Whether a letter without a value says what it stands for: a size and a hash; where the size is that of the value,
    so is the hash. What could not be unpacked is hashed as it lay."""
    headers = dict(letter.headers)
    size, digest = headers.get("interdict_bytes"), headers.get("interdict_sha256")
    if letter.value or not size or not digest:
        return False
    value = dose.value or b""
    return int(size) != len(value) or digest.decode() == hashlib.sha256(value).hexdigest()


def reason_of(letter: Letter) -> str:
    """A letter's reason code."""
    return dict(letter.headers).get("interdict_reason", b"").decode(errors="replace")  # type: ignore[union-attr]


def _grown(parcel: Parcel, size: int) -> Parcel:
    """The same record with a value of this size: more of the same fields, or noise."""
    (dose,) = parcel.doses
    value = dose.value or b""
    fill = b"x" * max(0, size - len(value) - 10)
    grown = value[:-1] + b',"fill":"' + fill + b'"}' if value.endswith(b"}") else fill
    return Parcel(parcel.topic, parcel.lane, (Dose(grown, dose.key),), parcel.fate, parcel.how)


async def letters_of(settings: Settings) -> Letters:
    """Every dead letter, by the place of the record that it is about."""
    found: dict[Place, list[Letter]] = defaultdict(list)
    async with reading(settings) as consumer:
        tps = [TopicPartition(dead_letter(name), lane) for name in INPUTS for lane in range(settings.partitions)]
        async for run in read_to_end(consumer, tps):
            for record in run:
                found[_place(record)].append(Letter(record.key, record.value, tuple(record.headers)))
    return found


def _place(letter: Any) -> Place:
    headers = dict(letter.headers)
    topic, lane, offset = (headers[ERRORS + name] for name in ("topic", "partition", "offset"))
    return Place(topic.decode(), int(lane), int(offset))
