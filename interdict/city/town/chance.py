"""Draws that the whole town shares: how many, which of a Zipf's list, at what hour, how much."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from math import exp
from random import Random

from schemas.spans import HOUR_MS

_COUNT_MAX = 60
"""Nobody does anything more often a day by habit; a bound on the loop."""


def count(rng: Random, rate: float) -> int:
    """How often something happens that happens `rate` times on average (Poisson, by inversion)."""
    left = rng.random()
    term = total = exp(-rate)
    number = 0
    while left > total and number < _COUNT_MAX:
        number += 1
        term *= rate / number
        total += term
    return number


class Zipf:
    """Choices from lists whose first items come up most.

    Args:
        exponent: how steeply; 1 is Zipf's own.
        longest: items of the longest list.
    """

    def __init__(self, exponent: float, longest: int) -> None:
        self._totals = list(accumulate((rank + 1) ** -exponent for rank in range(longest)))

    def index(self, rng: Random, length: int) -> int:
        """An index into a list of this length, which is at most `longest`."""
        length = min(length, len(self._totals))
        return bisect(self._totals, rng.random() * self._totals[length - 1], 0, length - 1)


class Hours:
    """When a kind of thing happens, by hour of the day.

    Args:
        working: 24 weights of a working day.
        free: 24 weights of Saturday, Sunday; the same if not given.
    """

    def __init__(self, working: Sequence[float], free: Sequence[float] = ()) -> None:
        assert len(working) == 24
        self._totals = tuple(list(accumulate(weights)) for weights in (working, free or working))

    def moment(self, rng: Random, is_free: bool) -> int:
        """A moment of the day, ms after midnight."""
        totals = self._totals[is_free]
        hour = bisect(totals, rng.random() * totals[-1], 0, 23)
        return hour * HOUR_MS + int(rng.random() * HOUR_MS)


# fmt: off
#                  0  1  2  3  4  5  6   7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22 23
PRIVATE = Hours([.4, .2, .1, .1, .1, .3,  1,  3,  4,  4,  5,  5,  5,  4,  3,  3,  4,  6,  8,  9,  9,  7,  4, 1.5],
                [.8, .4, .2, .1, .1, .2, .6,  2,  4,  6,  7,  7,  6,  5,  5,  5,  6,  7,  8,  8,  8,  7,  5, 2])
OFFICE = Hours([.05] * 8 + [3, 9, 10, 8, 3, 3, 9, 9, 8, 6, 3, 2, 1, .5, .1, .1],
               [.05] * 8 + [1, 3, 4, 3, 2, 2, 3, 3, 3, 2, 1, 1, .5, .2, .1, .1])
ERRAND = Hours([.2, .1, .05, .05, .05, .2, 1, 3, 5, 7, 9, 10, 9, 7, 7, 8, 8, 9, 9, 8, 6, 4, 2, .6])
SHOPPING = Hours([.5, .2, .1, .1, .1, .4,  2,  8,  7,  4,  4,  8, 11,  6,  4,  4,  5,  8, 10,  8,  7,  6,  4, 1.5],
                 [.8, .4, .2, .1, .1, .2,  1,  3,  5,  7,  9, 10, 10,  8,  8,  8,  8,  9, 10,  9,  8,  7,  5, 2.5])
MACHINE = Hours([1, .5, .4, .4, .4, .6, 2, 4, 6, 8, 9, 8, 7, 6, 7, 7, 7, 7, 7, 7, 7, 6, 4, 2])
NIGHT = Hours([9, 6, 3, 1, .3, .1, .1, .1, .2, .3, .3, .4, .6, .5, .4, .4, .5, .6, 1, 2, 4, 8, 12, 13])
DAYTIME = Hours([.1] * 8 + [4, 9, 10, 9, 6, 6, 9, 10, 10, 8, 6, 7, 8, 5, 2, .5])
# fmt: on
PROFILES = {
    "private": PRIVATE,
    "office": OFFICE,
    "errand": ERRAND,
    "shopping": SHOPPING,
    "machine": MACHINE,
    "night": NIGHT,
    "daytime": DAYTIME,
}


def money(rng: Random, median_cny: float, sigma: float) -> int:
    """A lognormal amount as people and shops write it, in fen: odd prices, round ones, and prices that end in nines."""
    cny = median_cny * exp(rng.gauss(0.0, sigma))
    shape = rng.random()
    if cny >= 1_000 and shape < 0.7:
        return max(100, round(cny / 100) * 10_000)
    if cny >= 100 and shape < 0.5:
        return max(100, round(cny / 10) * 1_000)
    if shape < 0.6:
        return max(100, round(cny) * 100)
    if shape < 0.75:
        return max(100, int(cny) * 100 + 90)
    return max(100, int(cny * 100))
