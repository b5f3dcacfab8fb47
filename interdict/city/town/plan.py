"""What is asked for, which numbers a run drew for itself, and which split its seed belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Literal

from interdict.city.town.ranges import Range, crime, occasions, people
from schemas.spans import DAY_MS, HOUR_MS

RANGES: tuple[Range, ...] = (*people.RANGES, *occasions.RANGES, *crime.RANGES)
"""Every number of the town that a run draws."""

SetName = Literal["plain", "harsh"]
Split = Literal["fit", "choose", "test", "free"]
SPLITS: Mapping[Split, range] = MappingProxyType(
    {"fit": range(1000), "choose": range(1000, 2000), "test": range(2000, 3000)}
)
"""Which seeds are for what. Whoever fits a weight, or chooses between two, never looks at a town of `test`."""

ZONE_MS = 8 * HOUR_MS
"""China's offset from UTC; it has one zone, and no summer time."""

Params = Mapping[str, float]
"""What a run drew: each range's name and its value, in the range's unit."""


@dataclass(frozen=True)
class Plan:
    """A town for a while. The same plan gives the same bytes."""

    seed: int = 7
    people: int = 2_000
    days: int = 30
    victims: int = 40
    """How many people fall for a scam, over all days. Far more are tried: see `crime.trials_a_victim`."""
    set: SetName = "plain"
    first_day: date = date(2026, 3, 2)

    def __post_init__(self) -> None:
        assert self.people >= 200, "a town of fewer has no schools, no couriers and no strangers"
        assert self.days >= 1
        assert 0 <= self.victims <= self.people // 4, "where every fourth is a victim, nobody is honest"

    @property
    def split(self) -> Split:
        """What this town may be used for."""
        return split_of(self.seed)

    def day_at(self, day: int) -> int:
        """The midnight in China at which a day begins, Unix ms.

        >>> Plan().day_at(1) - Plan().day_at(0)
        86400000
        """
        return (self.first_day - date(1970, 1, 1)).days * DAY_MS + day * DAY_MS - ZONE_MS

    def date_of(self, day: int) -> date:
        """The date of a day, counted from 0."""
        return self.first_day + timedelta(days=day)


def split_of(seed: int) -> Split:
    """What a seed's town may be used for: to fit, to choose, to test; `free` belongs to nobody.

    >>> split_of(0), split_of(1000), split_of(2999), split_of(3000)
    ('fit', 'choose', 'test', 'free')
    """
    return next((name for name, seeds in SPLITS.items() if seed in seeds), "free")


def draw(seed: int, name: SetName) -> Params:
    """The run's own numbers, one from each range.

    >>> draw(7, "plain") == draw(7, "plain") != draw(8, "plain")
    True
    """
    rng = Random(f"{seed}/params/{name}")
    return MappingProxyType({r.name: round(rng.uniform(*getattr(r, name)), 5) for r in RANGES})
