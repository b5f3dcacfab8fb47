"""Intervals, quantiles and calibration, by formulas that a reader can look up."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import ceil, nan, sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054
"""Quantile .975 of the standard normal distribution."""
BINS = 10
"""Of the reliability table, equally wide."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share: the Wilson score interval, which stays within 0 and 1 and tells something where no hit
    was seen. E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927),
    209-212. It takes trials for independent; the days of one person are not quite, so it is a little too narrow.

    >>> [round(bound, 4) for bound in wilson(5, 10)]
    [0.2366, 0.7634]
    """
    if not of:
        return 0.0, 1.0
    share, z2 = hits / of, Z_95**2
    middle = share + z2 / (2 * of)
    half = Z_95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    low, high = (middle - half) / (1 + z2 / of), (middle + half) / (1 + z2 / of)
    return (0.0 if hits == 0 else low), (1.0 if hits == of else high)


def quantile(values: Sequence[float], share: float) -> float | None:
    """The least value that so large a share of them does not exceed (nearest rank); None of none.

    >>> quantile([4, 1, 3, 2], 0.5)
    2
    """
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else None


class Bin(NamedTuple):
    """What was scored, person-days or payments, with its score in one tenth."""

    low: float
    high: float
    days: int
    mean_score: float
    victims: int

    @property
    def share(self) -> float:
        """How often it was true."""
        return self.victims / self.days


class Tally:
    """A reliability table that grows, in memory that does not: scores in equal bins, beside how often each was true."""

    def __init__(self) -> None:
        self._counts, self._sums, self._trues = [0] * BINS, [0.0] * BINS, [0] * BINS

    def add(self, score: float, *, is_true: bool) -> None:
        """One more score, 0 to 1, and whether it was true."""
        place = min(BINS - 1, int(score * BINS))
        self._counts[place] += 1
        self._sums[place] += score
        self._trues[place] += is_true

    def bins(self) -> tuple[Bin, ...]:
        """Those that are not empty."""
        return tuple(
            Bin(place / BINS, (place + 1) / BINS, count, self._sums[place] / count, self._trues[place])
            for place, count in enumerate(self._counts)
            if count
        )


def reliability(scored: Iterable[tuple[float, bool]]) -> tuple[Bin, ...]:
    """The reliability table of these. They may come in any order: sums come out the same to the last bit."""
    tally = Tally()
    for score, is_true in sorted(scored):
        tally.add(score, is_true=is_true)
    return tally.bins()


class Ranking(NamedTuple):
    """How well scores put what is true before what is not."""

    auc: float
    """Area under the ROC curve: of one that is true and one that is not, how often the first scores higher; ties count
    half. Nan where there is one kind only."""
    average_precision: float
    """Mean, over the true ones, of the share of true ones among all that score at least as high. Nan of none."""


def ranking(scored: Iterable[tuple[float, bool]]) -> Ranking:
    """How well these are ranked. T. Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006).

    >>> ranking([(0.9, True), (0.8, False), (0.7, True), (0.1, False)]).auc
    0.75
    """
    true = false = 0
    above = precisions = 0.0
    for _, tied in groupby(sorted(scored, reverse=True), lambda one: one[0]):
        kinds = [is_true for _, is_true in tied]
        hits = sum(kinds)
        above += (len(kinds) - hits) * (true + hits / 2)
        true, false = true + hits, false + len(kinds) - hits
        precisions += hits * true / (true + false)
    return Ranking(above / (true * false) if true and false else nan, precisions / true if true else nan)


def moved(chance: float, odds: float) -> float:
    """A probability, where what it is of is so many times as frequent: its odds times that many.

    >>> moved(0.5, 3.0)
    0.75
    """
    return chance * odds / (chance * odds + 1.0 - chance)


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: the mean distance of score and truth over the bins, weighed by what is in them.
    Naeini, Cooper, Hauskrecht, AAAI 2015; Guo et al., ICML 2017. None of nothing."""
    days = sum(one.days for one in bins)
    return sum(one.days * abs(one.mean_score - one.share) for one in bins) / days if days else None
