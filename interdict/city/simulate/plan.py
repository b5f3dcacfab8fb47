"""What is to be simulated, and what a record is."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict, get_args

from schemas.fields import Typology

TYPOLOGIES: tuple[Typology, ...] = get_args(Typology)


class Record(NamedTuple):
    """One record on its way to a topic."""

    topic: str
    key: str
    value: dict[str, Any]
    at: int
    """Event time, Unix ms; of a reference record, the plan's start."""


@dataclass(frozen=True)
class Plan:
    """A city for a while. The same plan gives the same records."""

    seed: int = 7
    population: int = 2000
    start_at: int = 1_767_250_800_000
    """Event time of the beginning, Unix ms: 15:00 in China on one and the same day. Night is evidence, a shift's end hands
    tasks on, and ids follow from times, so a seed that begins at another time is another story."""
    duration_s: float = 600.0
    rate: float = 100.0
    """Mean events a second of event time."""
    scams_per_typology: int = 1
    speed: float = 1.0
    """Event-time seconds that will be played a second: the bank's delay before a transfer is posted allows for it."""
    late_fraction: float = 0.0
    """Share of habitual events that come up to 5 s late."""
    duplicate_fraction: float = 0.0
    """Share of habitual events that come twice."""
    typologies: tuple[Typology, ...] = field(default=TYPOLOGIES)

    @property
    def end_at(self) -> int:
        """Event time of the end."""
        return self.start_at + int(self.duration_s * 1000)


class Planted(TypedDict):
    """One scam of the ground truth."""

    scam_id: str
    typology: str
    subscriber: str
    first_event_at: int
    money_event_ids: list[str]
    """`initiated` transfers to the scammers: what must be stopped."""
    posted_event_ids: list[str]
    """Their postings, in the same order: what must not come to pass."""
    posted_at: list[int]
    payee_accounts: list[str]
    amounts_minor: list[int]
    """Of each of them."""
    moments: list[str]
