"""Pure: whether a series of measurements grows with time, how sure that is, and what to call it.

The slope is that of Theil and Sen: the median of the slopes between all pairs of points, which a few wild points do
not move. Its interval is Sen's, from the ranks of the same slopes (P. K. Sen, *Estimates of the regression coefficient
based on Kendall's tau*, 1968). A long series is cut into medians of neighbours first: neighbours resemble one another,
and taken one by one they would pass for more witnesses than they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from statistics import NormalDist, fmean, median
from typing import NamedTuple

CONFIDENCE = 0.95
"""Of the slope's interval, both sides together."""
GROWTH_PER_HOUR_MAX = 0.10
"""Share of the mean that an hour may add and the figure still be called flat."""
DOUBT_PER_HOUR_MAX = 1.0
"""Where the interval leaves room for more than this share of the mean an hour, the series is too short or too wild."""
MINUTES_MIN = 4.0
"""What grows over less may be the machine's other work, or a heap that has not found its size."""
POINTS_MIN = 12
POINTS_MAX = 120

Point = tuple[float, float]
"""Minutes since the beginning, and what was measured."""


class Verdict(StrEnum):
    """What to call a series."""

    FLAT = "flat"
    GROWS = "NOT flat"
    UNKNOWN = "cannot tell"


class Slope(NamedTuple):
    """A slope a minute, and the ends of its interval."""

    fitted: float
    low: float
    high: float


@dataclass(frozen=True)
class Drift:
    """A series judged. At least two points.

    Args:
        points: in order of time.
        floor: growth over the whole series that does not matter, in the series' unit.
    """

    points: Sequence[Point]
    floor: float

    @property
    def values(self) -> list[float]:
        """What was measured, without the times."""
        return [value for _, value in self.points]

    @cached_property
    def slope(self) -> Slope:
        """Its slope a minute."""
        return slope_of(thinned(self.points))

    @property
    def minutes(self) -> float:
        """From its first point to its last."""
        return self.points[-1][0] - self.points[0][0]

    @property
    def share_per_10_min(self) -> float:
        """What ten minutes add, as a share of the mean."""
        return self.slope.fitted * 10 / self._mean

    @property
    def verdict(self) -> Verdict:
        """`GROWS` where the slope is surely above zero, an hour of it adds too much, and it added enough to matter."""
        if len(self.points) < POINTS_MIN:
            return Verdict.UNKNOWN
        slope = self.slope
        too_steep = slope.low > 0 and slope.fitted * 60 > GROWTH_PER_HOUR_MAX * self._mean
        if too_steep and slope.fitted * self.minutes >= self.floor:
            return Verdict.GROWS if self.minutes >= MINUTES_MIN else Verdict.UNKNOWN
        return Verdict.UNKNOWN if slope.high * 60 > DOUBT_PER_HOUR_MAX * self._mean else Verdict.FLAT

    @property
    def _mean(self) -> float:
        return fmean(self.values)


def slope_of(points: Sequence[Point]) -> Slope:
    """Theil's and Sen's slope with Sen's interval.

    >>> slope_of([(0, 1.0), (1, 3.0), (2, 5.0), (3, 7.0)]).fitted
    2.0
    """
    slopes = sorted((y - x) / (b - a) for (a, x), (b, y) in combinations(points, 2))
    count = len(points)
    spread = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, math.floor((len(slopes) - spread) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + spread) / 2))
    return Slope(median(slopes), slopes[low], slopes[high])


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most `POINTS_MAX` points: medians of as many neighbours each."""
    width = math.ceil(len(points) / POINTS_MAX)
    runs = [points[begin : begin + width] for begin in range(0, len(points), width)]
    return [(median(at for at, _ in run), median(value for _, value in run)) for run in runs]
