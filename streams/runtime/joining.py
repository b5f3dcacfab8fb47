"""How long a group may take to share its lanes out.

A rebalance ends by itself, or with the session of whoever keeps it waiting. One that does not is nobody's error: client
and broker wait for one another, and a worker in the middle of it lives, answers, and does nothing. So it ends, for its
supervisor to begin anew.
"""

import time
from collections.abc import Callable

SESSIONS_MAX = 4.0
"""The rebalance waits a session for those who were there, the group another for whom it has just let in; twice that."""
LEAST_S = 60.0


class StandsStillError(RuntimeError):
    """A group has given this member no answer for longer than any rebalance takes; says for how long."""


class Joining:
    """One member's way into its group, again and again.

    Args:
        session_s: the group's session timeout.
        clock: seconds that go on.
    """

    def __init__(self, session_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_s = max(LEAST_S, SESSIONS_MAX * session_s)
        self._clock = clock
        self._since: float | None = clock()

    def begin(self) -> None:
        """The lanes held are given up, for the group shares them out anew."""
        if self._since is None:
            self._since = self._clock()

    def end(self) -> None:
        """They are shared out, though there be none for this member."""
        self._since = None

    def overdue(self, there_s: float) -> StandsStillError | None:
        """That it takes too long, while the broker was there; None where it does not."""
        if self._since is None or min(there_s, self._clock() - self._since) <= self._max_s:
            return None
        return StandsStillError(f"for {self._max_s:.0f} s")
