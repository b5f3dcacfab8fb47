"""Whether this worker lives, and what stands between it and being ready."""

import time
from collections.abc import Callable, Iterator

from streams.core.duty import Sample

REASONS = ("start", "recovery", "rebalance", "assignment", "loop")
"""Everything that can stand between a worker and being ready."""
BEAT_S_MAX = 10.0
"""An event loop that has not come round for this long is stuck."""


class Health:
    """Told by the worker's event loop, asked by the web server's threads.

    Args:
        clock: seconds.

    >>> health = Health()
    >>> health.reasons()
    {'start': 'the worker is starting'}
    >>> health.tell(recovery="10 of 40 records read")
    >>> health.reasons()
    {'recovery': '10 of 40 records read'}
    >>> health.tell()
    >>> health.reasons()
    {}
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reasons = {"start": "the worker is starting"}
        self._heard_at = clock()
        self.was_ready = False
        """Whether it ever was."""

    def tell(self, **reasons: str) -> None:
        """What stands in the way now, all of it: code and words. Nothing means ready. Counts as a sign of life."""
        assert reasons.keys() <= set(REASONS), "a reason that no metric knows"
        self._reasons = reasons
        self._heard_at = self._clock()
        self.was_ready |= not reasons

    def reasons(self) -> dict[str, str]:
        """What stands in the way of being ready."""
        return dict(self._reasons) if self.alive else {"loop": "the event loop is stuck"}

    def gauges(self) -> Iterator[Sample]:
        """The same for `/metrics`."""
        reasons = self.reasons()
        yield Sample("ready", (), not reasons)
        for reason in reasons:
            yield Sample("not_ready", (reason,), 1)

    @property
    def alive(self) -> bool:
        """Whether the event loop comes round."""
        return self._clock() - self._heard_at < BEAT_S_MAX
