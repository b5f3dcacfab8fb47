"""A table's numbers, screened one after another, and counted."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from interdict.judge.statistics import moved
from interdict.screen.scorecard import Scorecard, Screened
from interdict.screen.usage import Table, Usage

BANDS = (0.5, 0.2, 0.05, 0.01, 0.0)
"""Chances from which on numbers are counted together."""


class Row(NamedTuple):
    """A line of the table, and what is thought of its number; None where it cannot be read."""

    usage: Usage
    found: Screened | None


class Screening:
    """Screens a table.

    Args:
        table: numbers' usage.
        card: what to screen by.
        base_rate: scammers' numbers among all, 0 to 1.
    """

    def __init__(self, table: Table, card: Scorecard, base_rate: float) -> None:
        self._table = table
        self._card = card
        self._base_rate = base_rate
        self._oftener = card.learned_share / (1 - card.learned_share) * (1 - base_rate) / base_rate
        """Odds of a scammer's number among those that were learned from, to those here."""
        self.unreadable: Counter[str] = Counter()
        """Lines that cannot be screened, by why."""
        self.screened = 0
        self.bands: Counter[float] = Counter()
        self.expected = dict.fromkeys(BANDS, 0.0)
        """By band, the sum of the chances: how many scammers' numbers there should be."""
        self.judged: list[tuple[float, bool]] = []
        """Of numbers of which is known whose they were: the chance at the share that was learned from, the truth."""

    def __iter__(self) -> Iterator[Row]:
        for usage in self._table:
            if usage.problem:
                self.unreadable[usage.problem] += 1
                yield Row(usage, None)
                continue
            found = self._card.screen(usage.values, self._base_rate)
            self._count(usage, found)
            yield Row(usage, found)

    def _count(self, usage: Usage, found: Screened) -> None:
        self.screened += 1
        band = next(band for band in BANDS if found.chance >= band)
        self.bands[band] += 1
        self.expected[band] += found.chance
        if usage.is_scammer is not None:
            self.judged.append((moved(found.chance, self._oftener), usage.is_scammer))
