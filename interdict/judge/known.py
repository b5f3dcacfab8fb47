"""What the truth tells, put so that it can be asked. Nothing here depends on the order of its lines but the places.

A person is *honest* until a scam begins (`first_contact_at`), *in danger* from then to its last trace (a payment's
`posted`, an event of its evidence), and *over* afterwards: whether a measure is then wrong the truth does not tell, so
such days count nowhere.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from interdict.city.town.truth import MuleTruth, PaymentTruth, PersonTruth, RunTruth, Truth, VictimTruth, read
from schemas.spans import DAY_MS
from streams.core.errors import ExpectedError


class TruthError(ExpectedError):
    """A file that is not a truth; says where and why, never what stood there."""


class Standing(Enum):
    """How a person stands at a moment."""

    HONEST = "honest"
    IN_DANGER = "in danger"
    OVER = "over"
    UNKNOWN = "unknown"


class Person(NamedTuple):
    """A townsperson, as far as the measure asks."""

    place: int
    """Its line among those of persons, from 1: what it is called in print."""
    kind: str
    was_tried: bool
    """Whether scammers tried this person in vain at some time; when, the truth does not tell."""


class Victim:
    """A victim.

    Args:
        place: its line among those of victims, from 1: what it is called in print.
        truth: what befell it.
    """

    def __init__(self, place: int, truth: VictimTruth) -> None:
        self.place = place
        self.truth = truth
        self.payments: tuple[PaymentTruth, ...] = tuple(
            sorted(truth.payments, key=lambda payment: (payment.occurred_at, payment.event_id))
        )
        self.evidence_from: int | None = None
        """The earliest event of the scam that a recording has, Unix ms; None as long as none was seen."""
        self.ends_at = max((truth.first_contact_at, *(payment.posted_at for payment in truth.payments)))
        """The scam's last trace, Unix ms. Grows with the evidence that is seen."""

    def see(self, at: int) -> None:
        """An event of the scam's evidence passes."""
        self.evidence_from = at if self.evidence_from is None else min(self.evidence_from, at)
        self.ends_at = max(self.ends_at, at)


class Known:
    """A truth.

    Args:
        records: its lines.
        name: what an error calls it.

    Raises:
        TruthError: it does not say when the run was.
    """

    def __init__(self, records: Iterable[Truth], name: str = "the truth") -> None:
        run: RunTruth | None = None
        self.persons: dict[str, Person] = {}
        self.victims: list[Victim] = []
        self.mules: dict[str, MuleTruth] = {}
        self.by_event: dict[str, Victim] = {}
        for record in records:
            if isinstance(record, RunTruth):
                run = record
            elif isinstance(record, PersonTruth):
                self.persons[record.subscriber] = Person(len(self.persons) + 1, record.kind, record.trials > 0)
            elif isinstance(record, VictimTruth):
                self.victims.append(victim := Victim(len(self.victims) + 1, record))
                self.by_event.update(dict.fromkeys(record.event_ids, victim))
            elif isinstance(record, MuleTruth):
                self.mules[record.account] = record
        if run is None:
            raise TruthError(f"{name}: no line of `run`, which says when it was")
        self.run = run
        self.days = -(-(run.ends_at - run.starts_at) // DAY_MS)
        self.all_days = (1 << self.days) - 1
        """A bit a day."""
        self.recorded_days = 0
        """A bit for each day that a recording has an event of: of the others nothing is known."""
        self.scams: dict[str, list[Victim]] = {}
        """By subscriber: somebody may be deceived more than once."""
        for victim in sorted(self.victims, key=lambda one: (one.truth.first_contact_at, one.truth.scam_id)):
            self.scams.setdefault(victim.truth.subscriber, []).append(victim)
        self.scam_payees = frozenset(payment.payee_account for one in self.victims for payment in one.payments)
        """Also the cash desks, shops and honest dealers through whom money went."""
        self.scam_payers = frozenset(payment.account for one in self.victims for payment in one.payments)

    @property
    def rate(self) -> float:
        """People who begin to fall for a scam, a person-day."""
        return len(self.victims) / (len(self.persons) * self.days) if self.persons and self.days else 0.0

    def odds(self, base_rate: float | None) -> float:
        """How many times as frequent victims are here as in a district with this rate; 1 where it is not said."""
        return self.rate / base_rate if base_rate and self.rate else 1.0

    def day_of(self, at: int) -> int | None:
        """The day of a moment, from 0, by China's midnights; None outside of the run."""
        day = (at - self.run.starts_at) // DAY_MS
        return day if 0 <= day < self.days else None

    def standing(self, person: str | None, at: int) -> Standing:
        """How a person stands at a moment, as far as the evidence is seen by now."""
        if person is None or person not in self.persons:
            return Standing.UNKNOWN
        scams = self.scams.get(person)
        if not scams or at < scams[0].truth.first_contact_at:
            return Standing.HONEST
        return Standing.IN_DANGER if self.scam_at(person, at) else Standing.OVER

    def record(self, at: int) -> None:
        """A recording has an event of this moment."""
        if (day := self.day_of(at)) is not None:
            self.recorded_days |= 1 << day

    def is_recorded(self, at: int) -> bool:
        """Whether a recording has the day of this moment."""
        day = self.day_of(at)
        return day is not None and bool(self.recorded_days & 1 << day)

    def scam_at(self, person: str | None, at: int) -> Victim | None:
        """The scam that a person is in at a moment, as far as the evidence is seen by now; the latest of several."""
        for victim in reversed(self.scams.get(person or "", ())):
            if victim.truth.first_contact_at <= at <= victim.ends_at:
                return victim
        return None

    def honest_days(self, person: str) -> int:
        """A bit for each day that was over before a scam began."""
        scams = self.scams.get(person)
        return self._before(scams[0].truth.first_contact_at) if scams else self.all_days

    def danger_days(self, person: str) -> int:
        """A bit for each day on which a scam was under way. To be asked when all evidence is seen."""
        mask = 0
        for victim in self.scams.get(person, ()):
            mask |= self._before(victim.ends_at + DAY_MS) & ~self._before(victim.truth.first_contact_at)
        return mask

    def _before(self, at: int) -> int:
        """A bit for each day before that of a moment."""
        return (1 << min(max((at - self.run.starts_at) // DAY_MS, 0), self.days)) - 1


def read_truth(path: Path) -> Known:
    """What a truth file tells; see `read_lines`.

    Raises:
        OSError: it cannot be read.
        TruthError: it is none.
    """
    return Known(read_lines(path), str(path))


def read_lines(path: Path) -> Iterator[Truth]:
    """The lines of a truth file.

    Raises:
        OSError: it cannot be read.
        TruthError: one is no line of a truth.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.isspace():
                yield _read_line(line, f"{path}:{number}")


def _read_line(line: bytes, place: str) -> Truth:
    try:
        return read(line)
    except ValidationError as problem:
        error = problem.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, error["loc"]))
        raise TruthError(f"{place}: not a line of a truth ({where or 'the line'}: {error['type']})") from None
