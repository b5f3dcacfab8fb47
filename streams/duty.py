"""The contract between the machinery and a duty: what a duty must offer to be run.

`streams` moves events and keeps state; what is decided belongs to a duty under `agents/`. A duty is pure:
its functions take time and state as arguments and return values, so the same duty runs live, in a replay
and in a test.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from pydantic import BaseModel

from schemas.topics import Output, Topic


class Keyed(msgspec.Struct, array_like=True, gc=False):
    """What every keyed state carries so that a replayed event changes nothing.

    The three fields belong to `streams`; a duty adds its own behind them.
    """

    applied: list[int] = msgspec.field(default_factory=list)
    """Highest offset applied of each input topic, in the order of the duty's `inputs`; -1 for none yet."""
    recent: list[int] = msgspec.field(default_factory=list)
    """Fingerprints of the latest event ids, newest last, bounded by `streams.engine.RECENT_MAX`."""
    seen_at: int = 0
    """Highest event time applied, Unix milliseconds."""


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

    def decide(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> Sequence[Output]:
        """Apply one event to the state in place and say what follows. `now` is event time, Unix ms."""

    def learn(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take in one broadcast record; None where it was deleted."""
