"""Every number of the town, as a range that each run draws from. One table a subject; nothing is drawn here."""

from typing import NamedTuple

ASSUMED = "assumed"
"""No source was found: the range is wide on purpose, and nothing may be concluded from its middle."""


class Range(NamedTuple):
    """One number that a run draws, evenly, between two bounds."""

    name: str
    """Subject, a dot, what it is; its unit last."""
    plain: tuple[float, float]
    """Bounds in the set `plain`: a feed as it should be, and scams that leave their usual traces."""
    harsh: tuple[float, float]
    """Bounds in the set `harsh`: feeds that tell less, people who live more loudly, scams that leave less behind."""
    unit: str
    source: str
    """Where the range was read, or `assumed`."""
