"""How good a scorecard is: its ranking, and whom it meets where so many honest numbers may be wronged."""

from collections.abc import Iterable
from typing import NamedTuple

from interdict.judge.statistics import calibration_error, ranking, reliability, wilson

WRONGED = (0.01, 0.001, 0.0)
"""Shares of honest numbers that may score as high; 0 for none of those that there are."""


class Met(NamedTuple):
    """Scammers' numbers above every honest one but so many."""

    wronged: int
    of_honest: int
    met: int
    of_scammers: int

    @property
    def recall(self) -> float:
        """The share of scammers' numbers."""
        return self.met / self.of_scammers

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of it: `wilson`."""
        return wilson(self.met, self.of_scammers)

    def precision(self, base_rate: float) -> tuple[float, float]:
        """Scammers' numbers among those that are met, where they are so rare: by the upper and by the lower end of the
        95 % interval of the share of honest ones."""
        low, high = wilson(self.wronged, self.of_honest)
        met = base_rate * self.recall
        return met / (met + (1 - base_rate) * high), met / (met + (1 - base_rate) * low) if met or low else 0.0


class Quality(NamedTuple):
    """How good a scorecard is on numbers of which is known whose they were."""

    auc: float
    average_precision: float
    calibration_error: float
    met: tuple[Met, ...]
    """By `WRONGED`."""


def quality(scored: Iterable[tuple[float, bool]]) -> Quality | None:
    """How good these chances are at the share of scammers' numbers among them; None where there is one kind only."""
    scored = sorted(scored, reverse=True)
    honest = [chance for chance, is_scammer in scored if not is_scammer]
    scammers = [chance for chance, is_scammer in scored if is_scammer]
    if not honest or not scammers:
        return None
    ranked = ranking(scored)
    return Quality(
        *ranked, calibration_error(reliability(scored)) or 0.0,
        tuple(_met(honest, scammers, int(share * len(honest))) for share in WRONGED),
    )  # fmt: skip


def _met(honest: list[float], scammers: list[float], wronged: int) -> Met:
    """Both from the highest down. What ties with the first honest one that may not be wronged is not met."""
    bound = honest[wronged]
    return Met(
        sum(chance > bound for chance in honest), len(honest), sum(chance > bound for chance in scammers), len(scammers)
    )
