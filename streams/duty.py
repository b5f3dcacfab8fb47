"""The contract between the machinery and a duty: what a duty must offer to be run.

`streams` moves events and keeps state; what is decided belongs to a duty under `agents/`. A duty is pure:
its functions take time and state as arguments and return values, so the same duty runs live, in a replay
and in a test.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
from pydantic import BaseModel

from schemas.topics import Output, Topic


class Keyed(msgspec.Struct, array_like=True, gc=False):
    """What every keyed state carries so that a replayed event changes nothing.

    The first three fields belong to `streams`; a duty sets `wake_at` and adds its own fields behind them.
    """

    applied: list[int] = msgspec.field(default_factory=list)
    """Highest offset applied of each input topic, in the order of the duty's `inputs`, -1 for none yet; and last the
    clock's, which is the number of timers fired less one."""
    recent: list[int] = msgspec.field(default_factory=list)
    """Fingerprints of the latest event ids, newest last, bounded by `streams.engine.RECENT_MAX`."""
    seen_at: int = 0
    """Highest event time applied, Unix milliseconds."""
    wake_at: int = 0
    """When the earliest of the key's timers is due, event time, Unix ms; 0 where none is set."""


class Happening(NamedTuple):
    """Something to count, among a duty's outputs: a counter of `streams.metrics` and its labels. No record leaves."""

    metric: str
    labels: tuple[str, ...] = ()
    amount: int = 1
    """By how much it counts, in what the metric counts or in the `per`th part of it."""


class Observation(NamedTuple):
    """A value of something: among a duty's outputs for a histogram of `streams.metrics`, and where it is asked how
    things stand, for a gauge."""

    metric: str
    labels: tuple[str, ...]
    value: float


class Mark(NamedTuple):
    """What the census counts a key as."""

    labels: tuple[str, ...]
    """Of `open_cases` in `streams.metrics`, all but the age."""
    since: int
    """When it began, event time, Unix ms."""


Decision = Output | Happening | Observation
Decisions = Sequence[Decision]
"""What a step of a duty leads to, in order."""


class Duty(Protocol):
    """One thing the centre does with events, as a pure reducer over keyed state."""

    @property
    def name(self) -> str:
        """The duty's name; its changelog is called after it."""

    @property
    def inputs(self) -> tuple[Topic, ...]:
        """Co-partitioned topics, keyed alike; a person's records meet in one lane. Order breaks ties in time."""

    @property
    def broadcasts(self) -> tuple[Topic, ...]:
        """Reference topics of which every worker holds every record."""

    @property
    def state_type(self) -> type[Keyed]:
        """The type of a key's state."""

    def fresh(self) -> Keyed:
        """The state of a key never seen before."""

    def rest(self, state: Any) -> Keyed | None:
        """What is left of a key idle for too long; None when nothing is worth keeping."""

    def decide(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        """Apply one event to the state in place and say what follows. `now` is event time, Unix ms."""

    def wake(self, state: Any, key: str, now: int) -> Decisions:
        """Fire the timers that are due at `now`, which is `state.wake_at`, and set `state.wake_at` anew, later."""

    def mark(self, state: Any) -> Mark | None:
        """What the census counts a key as that has a timer set; None where it does not count. One without a timer
        never does."""

    def standing(self) -> Iterable[Observation]:
        """How things stand with the duty itself: the policies that hold, its switches. Asked from another thread."""

    def learn(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take in one broadcast record; None where it was deleted.

        Raises:
            schemas.codec.Rejected: the record cannot be used; the last good one stays.
        """
