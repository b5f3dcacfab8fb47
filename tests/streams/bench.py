"""An engine with its store, fed by hand, and words for what it leads to."""

from types import SimpleNamespace
from typing import Any

from streams.duty import Duty
from streams.engine import Effects, Engine
from streams.reader import Reader
from streams.store import Store
from tests.streams.counting import DAY_MS, NOON, CountingDuty, record, text_value

IDLE_MS = 90 * DAY_MS
GRACE_MS = 60_000


class Bench:
    """An engine with its store, fed by hand."""

    def __init__(
        self,
        every: int = 10,
        partitions: int | None = None,
        future_ms_max: int | None = None,
        duty: Duty | None = None,
    ) -> None:
        self.duty = duty or CountingDuty(every)
        self.store = Store(self.duty, IDLE_MS)
        self.engine = Engine(self.duty, self.store, GRACE_MS, partitions)
        self.read = Reader(self.duty.inputs, future_ms_max)

    def apply(self, *records: Any) -> Effects:
        return self.engine.apply([self.read(r) for r in records])

    def tick(self, clock: int, lane: int = 0) -> Effects:
        """A batch of timers alone."""
        return self.engine.apply((), {lane: clock})

    def state(self, who: str) -> Any:
        return self.store.snapshot()[who.encode()]

    def texts(self, who: str) -> int:
        texts: int = self.state(who).texts
        return texts


def text(
    who: str, number: int, at: int = NOON, offset: int | None = None, lane: int = 0, **more: Any
) -> SimpleNamespace:
    value = text_value(who, f"event-{number}", at, **more)
    return record(value, who, number if offset is None else offset, partition=lane)


def told(effects: Effects) -> list[tuple[str, int]]:
    """Of each command, what it says and when it was issued."""
    return [(o.output.value.script, o.output.value.issued_at) for o in effects.outgoing if o.output is not None]
