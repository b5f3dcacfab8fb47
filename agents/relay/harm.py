"""Measures by expected harm: one is taken where what it is expected to save exceeds the harm it is expected to do.

    probability x stake x what it can still save  >  (1 - probability) x what it costs the innocent

What it costs is a sum for the trouble, and a share of the stake for money that does not come where it is awaited: so
nobody's deposit for a house is kept from its seller for its size alone. Pure. The figures are in the playbook.
"""

import math
from typing import NamedTuple

MINOR_PER_YUAN = 100


class Sum(NamedTuple):
    """What speaks for a measure, and what against it, yuan."""

    probability: float
    """That the person is being defrauded, 0 to 1."""
    saves: float
    """What it would save a victim."""
    costs: float
    """What it would cost an innocent."""

    @property
    def is_for_it(self) -> bool:
        """Whether it is to be taken.

        >>> Sum(0.5, 600, 50).is_for_it, Sum(0.01, 600, 50).is_for_it
        (True, False)
        """
        return self.probability * self.saves > (1 - self.probability) * self.costs

    @property
    def in_words(self) -> str:
        """For a case's timeline.

        >>> Sum(0.9, 25_000, 2_000).in_words
        'saves 0.9 x 25,000 > harms 0.1 x 2,000 yuan'
        >>> Sum(0.0042, 50_000, 30).in_words
        'saves 0.0042 x 50,000 > harms 1 x 30 yuan'
        """
        sign = ">" if self.is_for_it else "<="
        return (
            f"saves {self.probability:.2g} x {self.saves:,.0f} {sign} "
            f"harms {1 - self.probability:.2g} x {self.costs:,.0f} yuan"
        )


def without(probability: float, log_odds: float) -> float:
    """A probability as it would be without evidence of this weight.

    >>> without(0.9, math.log(9.0))
    0.5
    """
    odds = probability / (1 - probability) if probability < 1 else math.inf
    odds *= math.exp(-log_odds)
    return round(odds / (1 + odds), 6) if odds < math.inf else 1.0


def weigh(probability: float, stake_minor: int, saves: float, costs_yuan: float, costs_share: float = 0.0) -> Sum:
    """The sum for one measure.

    Args:
        probability: that the person is being defrauded, 0 to 1.
        stake_minor: the money that it may save, minor units.
        saves: the share of it that it does save, 0 to 1.
        costs_yuan: what it costs an innocent, in yuan, whatever is at stake.
        costs_share: what it costs besides, as a share of the stake, 0 to 1.
    """
    stake = stake_minor / MINOR_PER_YUAN
    return Sum(probability, stake * saves, costs_yuan + stake * costs_share)
