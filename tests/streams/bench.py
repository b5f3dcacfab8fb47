"""An engine with its store, fed by hand, and words for what it leads to."""

from types import SimpleNamespace
from typing import Any

from streams.core.engine import Effects, Engine
from streams.core.pipeline import Pipeline
from streams.core.reader import Reader
from streams.core.store import Store
from tests.streams.counting import DAY_MS, NOON, PERSONS, CountingDuty, record, text_value

IDLE_MS = 90 * DAY_MS
LATE_MS = 3_600_000


class Bench:
    """An engine with its store, fed by hand."""

    def __init__(
        self,
        every: int = 10,
        partitions: int | None = None,
        future_ms_max: int | None = None,
        duty: Any = None,
        clock: int = NOON,
        **kept: Any,
    ) -> None:
        self.duty = duty if isinstance(duty, Pipeline) else Pipeline(PERSONS, [duty or CountingDuty(every)])
        self.store = Store(self.duty, IDLE_MS, **kept)
        self.engine = Engine(self.duty, self.store, LATE_MS, partitions)
        self.read = Reader(self.duty.inputs, future_ms_max, lambda: clock)

    def apply(self, *records: Any, clock: int | None = None) -> Effects:
        """Decide records together; with a clock, after it was so late in each of their lanes."""
        if clock is not None:
            for lane in {r.partition for r in records}:
                self.store._note_time(lane, clock)
                self.tick(clock, lane)
        return self.engine.apply([self.read(r) for r in records])

    def tick(self, clock: int, lane: int = 0) -> Effects:
        """A batch of timers alone."""
        return self.engine.apply((), {lane: clock})

    def state(self, who: str) -> Any:
        return self.store.snapshot()[who.encode()]

    def slot(self, who: str) -> Any:
        """What the first duty keeps."""
        return getattr(self.state(who).slots, self.duty.first.name)

    def texts(self, who: str) -> int:
        slot = self.slot(who)
        texts: int = 0 if slot is None else slot.texts
        return texts


def text(
    who: str, number: int, at: int = NOON, offset: int | None = None, lane: int = 0, **more: Any
) -> SimpleNamespace:
    value = text_value(who, f"event-{number}", at, **more)
    return record(value, who, number if offset is None else offset, partition=lane)


def told(effects: Effects) -> list[tuple[str, int]]:
    """Of each command, what it says and when it was issued."""
    return [(o.output.value.script, o.output.value.issued_at) for o in effects.outgoing if o.output is not None]
