"""The time of day as timers go by it: no step of the system's clock fires them all, or stops them for good.

It goes on as elapsed time does and follows the system's clock at a bounded rate. What the brokers' clock shows is a
second witness. Where the two agree, what is far from both is corrected at once, though never backwards. Where they
differ by more than a bound, one of them is wrong, and nobody here can know which: time stands still, and somebody is
called.

    system   ──┐ a step of an hour, seen by nobody else           system   ─────┐ an hour's error is put right
    brokers  ──────────────────────                               brokers  ───────────────────
    ours     ──● stands still                                     ours     ─────┘ with them, at once
"""

import time
from collections.abc import Callable, Iterator
from threading import Lock

from streams.core.duty import Sample

SLEW = 0.1
"""Most that is made good of a difference, of the time that passes: a minute in ten."""
ROUND_TRIP_SHARE = 0.25
"""An answer that took longer than so much of the bound says too little of when it was given."""


def elapsed_s() -> float:
    """Seconds since some moment; where the system can, those for which it was suspended are among them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class WallClock:
    """Safe to ask from several threads.

    Args:
        skew_ms_max: how far the system's clock and the brokers' may differ.
        wall: the system's clock, Unix seconds.
        elapsed: seconds that only go on.

    >>> wall, elapsed = iter([100.0, 3700.0]), iter([0.0, 10.0])
    >>> clock = WallClock(60_000, lambda: next(wall), lambda: next(elapsed))
    >>> clock.now()  # ten seconds later, after a step of an hour: eleven
    111000
    """

    def __init__(
        self, skew_ms_max: int, wall: Callable[[], float] = time.time, elapsed: Callable[[], float] = elapsed_s
    ) -> None:
        self._skew_s_max = skew_ms_max / 1000
        self._wall = wall
        self.elapsed = elapsed
        self._ours_s = wall()
        self._asked_at = elapsed()
        self._broker_less_elapsed: float | None = None
        self._lock = Lock()

    def now(self) -> int:
        """How late it is for timers, Unix ms. Never goes back."""
        with self._lock:
            wall, at = self._wall(), self.elapsed()
            passed, self._asked_at = max(0.0, at - self._asked_at), max(at, self._asked_at)
            self._ours_s = self._next(passed, wall, self._broker_at(at))
            return int(self._ours_s * 1000)

    def _next(self, passed: float, wall: float, broker: float | None) -> float:
        if broker is not None and abs(wall - broker) > self._skew_s_max:
            return self._ours_s
        gap = wall - self._ours_s - passed
        if broker is not None and abs(gap) > self._skew_s_max:
            return max(self._ours_s, wall)
        return self._ours_s + passed + max(-SLEW * passed, min(SLEW * passed, gap))

    def latest(self) -> int:
        """The latest that any clock here shows, Unix ms: what lies ahead of it lies in the future."""
        broker = self._broker_at(self.elapsed())
        return int(max(self._wall(), self.now() / 1000, broker or 0.0) * 1000)

    def at_broker(self) -> int:
        """What the brokers' clock shows, Unix ms; ours, where nobody knows: what their timestamps are compared with."""
        broker = self._broker_at(self.elapsed())
        return self.now() if broker is None else int(broker * 1000)

    def hear(self, broker_ms: int, asked_at: float, heard_at: float) -> None:
        """A broker's clock showed this between two moments of `elapsed`."""
        if heard_at - asked_at <= ROUND_TRIP_SHARE * self._skew_s_max:
            self._broker_less_elapsed = broker_ms / 1000 - (asked_at + heard_at) / 2

    @property
    def skew_ms(self) -> float | None:
        """How far the system's clock is ahead of the brokers'; None while nobody knows."""
        broker = self._broker_at(self.elapsed())
        return None if broker is None else (self._wall() - broker) * 1000

    @property
    def is_off(self) -> bool:
        """Whether the two differ by so much that timers stand still."""
        return abs(self.skew_ms or 0.0) > self._skew_s_max * 1000

    def gauges(self) -> Iterator[Sample]:
        """The same for `/metrics`."""
        skew_ms = self.skew_ms
        yield Sample("clock_compared", (), skew_ms is not None)
        yield Sample("timers_stopped", (), self.is_off)
        if skew_ms is not None:
            yield Sample("clock_skew", (), skew_ms / 1000)

    def _broker_at(self, elapsed: float) -> float | None:
        return None if self._broker_less_elapsed is None else self._broker_less_elapsed + elapsed
