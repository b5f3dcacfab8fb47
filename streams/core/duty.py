"""The contract between the machinery and a duty: what a duty must offer to be run.

`streams` moves events and keeps state; what is decided belongs to a duty under `agents/`. A duty is pure:
its functions take time and state as arguments and return values, so the same duty runs live, in a replay
and in a test.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import msgspec
from pydantic import BaseModel

from schemas.topics import Output, Topic
from streams.core.metering import Metric

LAYOUT = 2
"""How a state is laid out at rest. Layout 1 was that of release 0.1; see `streams.core.legacy`."""


class Keyed(msgspec.Struct, array_like=True, gc=False):
    """What every keyed state carries, whoever decides on it. Belongs to `streams`; duties have their slots behind it.

    A field is only ever added at the end, with a default: an older release leaves out what it does not know, a newer
    one finds the default.
    """

    layout: int = LAYOUT
    knows: int = 0
    """Stands for the names of the slots that the writer knew. A reader looks for slots that it does not know only where
    this differs from its own."""
    fence: dict[int, int] = msgspec.field(default_factory=dict)
    """Highest offset applied of each input topic, by `fence_key`."""
    recent: bytes = b""
    """Stand-ins of the latest events, eight bytes each, newest last, bounded by `streams.core.engine.RECENT_MAX`."""
    seen_at: int = 0
    """Highest event time applied, Unix milliseconds."""
    timer_at: int = 0
    """When the earliest of the key's timers is due, event time, Unix ms; 0 where none is set."""
    fired: int = 0
    """Timers fired."""
    named: bool = False
    """Whether a reference record names the key; others are forgotten sooner."""

    rebased: int = 0
    """How often its fence was reset: see `interdict rebase`."""

    def progress(self) -> tuple[int, int]:
        """Grows with whatever is applied: of two states of a key the one with more is the later."""
        return self.rebased, sum(self.fence.values()) + len(self.fence) + self.fired


class Foreign(Keyed):
    """A state whose slots are not looked into."""

    slots: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)
    carried: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


def fence_key(code: int, topic_id: int) -> int:
    """Where a fence keeps a topic's offset: its code, and which of the topics of that name it was.

    Args:
        code: `schemas.topics.Topic.code`.
        topic_id: a digest of the broker's id of the topic, 32 bits (`streams.kafka.metadata`); 0 where it tells none.
    """
    return code << 32 | topic_id


class Count(NamedTuple):
    """Something to count, among a duty's outputs: a counter of `Duty.metrics` and its labels. No record
    leaves."""

    metric: str
    labels: tuple[str, ...] = ()
    amount: int = 1
    """By how much it counts, in what the metric counts or in the `per`th part of it."""


class Sample(NamedTuple):
    """A value of something: among a duty's outputs for a histogram of `Duty.metrics`, and where it is asked
    how things stand, for a gauge."""

    metric: str
    labels: tuple[str, ...]
    value: float


class CensusEntry(NamedTuple):
    """What the census counts a key as."""

    labels: tuple[str, ...]
    """Of the census (`streams.core.metering.CENSUS`), all but the age."""
    since: int
    """When it began, event time, Unix ms."""


Decision = Output | Count | Sample
Decisions = Sequence[Decision]
"""What a step of a duty leads to, in order."""


class Duty(Protocol):
    """One thing the centre does with events, as a pure reducer over its slot of a key's state."""

    @property
    def name(self) -> str:
        """The name of its slot."""

    @property
    def inputs(self) -> tuple[Topic, ...]:
        """Co-partitioned topics, keyed alike: a key's records meet in one lane. Order breaks ties in time. And the
        signals that it hears from duties before it."""

    @property
    def broadcasts(self) -> tuple[Topic, ...]:
        """Reference topics of which every worker holds every record."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What it counts, by what it calls it in a `Count` or a `Sample`."""

    @property
    def state_type(self) -> Any:
        """The type of its slot: a msgspec struct, or anything that msgspec encodes."""

    def decide(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> tuple[Any, Decisions]:
        """Apply an event or a signal.

        Args:
            state: the slot; None where there is nothing in it. It may be changed in place.
            key: whose it is.
            topic: of the event or the signal.
            event: None where a compacted topic says that its record was deleted.
            now: the time of the decision, Unix ms: that of the event, or for one that comes late, how late it is then.

        Returns:
            The new slot, None for nothing, and what follows.
        """

    def on_timer(self, state: Any, key: str, now: int) -> tuple[Any, Decisions]:
        """Fire the timers that are due at `now`; the new slot, and what follows."""

    def timer_at(self, state: Any) -> int:
        """When the earliest timer of the slot is due, event time, Unix ms; 0 for none. Those that fired are past."""

    def on_idle(self, state: Any) -> Any:
        """What is left of a key idle for too long; None when nothing is worth keeping. One with a timer is not idle."""

    def census_entry(self, state: Any) -> CensusEntry | None:
        """What the census counts a key as that has a timer set; None where it does not count. One without a timer
        never does."""

    def gauges(self) -> Iterable[Sample]:
        """How things stand with the duty itself: the policies that hold, its switches. Asked from another thread."""

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take in one broadcast record; None where it was deleted.

        Raises:
            schemas.codec.Rejected: the record cannot be used; the last good one stays.
        """


class OnlyDecides:
    """What a `Duty` answers that decides, and has no timers, no cases, no policy and nothing that it counts: a duty is
    derived from it and says the rest."""

    broadcasts: tuple[Topic, ...] = ()
    metrics: Mapping[str, Metric] = MappingProxyType({})

    def on_timer(self, state: Any, key: str, now: int) -> tuple[Any, Decisions]:
        """It sets none."""
        return state, ()

    def timer_at(self, state: Any) -> int:
        """Never."""
        return 0

    def on_idle(self, state: Any) -> Any:
        """Of a key that was silent for so long nothing is worth keeping."""
        return None

    def census_entry(self, state: Any) -> CensusEntry | None:
        """No key is a case."""
        return None

    def gauges(self) -> Iterable[Sample]:
        """It has no policy."""
        return ()

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """It hears none."""
