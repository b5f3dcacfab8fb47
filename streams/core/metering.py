"""What is counted, as rows of tables: the machinery's own (`streams.observe.metrics`), and each duty's beside the duty.

Base units; no label names a person or an account, and every label has a bound.
"""

from bisect import bisect_right
from typing import Literal, NamedTuple

from schemas.spans import HOUR_MS

LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

NONE = "none"
AGES = ("under_1h", "1h_to_6h", "6h_to_24h", "over_24h")
"""How long a key has counted, in event time."""
AGE_BOUNDS_MS = (HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS)
"""Where one age ends and the next begins."""


class Label(NamedTuple):
    """One label: what it says, and how many values it can have."""

    name: str
    what: str
    values: tuple[str, ...] = ()
    """Those known beforehand."""
    most: int = 0
    """Distinct values of one process, the known ones among them; what comes beyond counts as `other`. 0: no others."""
    told_by_feed: bool = False
    """Whether a feed says it, in its own words: what could be somebody's number counts as `other`."""

    @property
    def bound(self) -> int:
        """The most values that the label can show, `other` not counted."""
        return max(self.most, len(self.values))


class Metric(NamedTuple):
    """One row of the registry."""

    name: str
    """As it is served; a histogram's series add `_bucket`, `_sum` and `_count`."""
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    per: int = 1
    """How many of what is told make one of the metric's unit."""
    from_zero: bool = False
    """Whether every combination of known values is shown from the start, so that the first to happen is an increase."""
    asked: bool = False
    """Whether it is a gauge that is worked out when it is asked for."""

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of the labels, in order."""
        return tuple(label.name for label in self.labels)


class Counting(NamedTuple):
    """As what the records of a kind of topic count, once the broker has acknowledged them."""

    metric: str
    """A counter's key."""
    fields: tuple[str, ...]
    """Of the value: the counter's labels; one that is null counts as `none`."""
    timed: str = ""
    """A histogram's key: seconds since the record that led to it entered Kafka."""


AGE = Label("age", "how long it has been open, in event time", AGES)
CENSUS = "census"
"""The gauge of a duty whose keys are counted as they stand (`streams.core.duty.CensusEntry`); its last
label is the age."""


def age_of(ms: float) -> str:
    """The name of an age.

    >>> age_of(59 * 60_000), age_of(6 * 3_600_000)
    ('under_1h', '6h_to_24h')
    """
    return AGES[bisect_right(AGE_BOUNDS_MS, ms)]
