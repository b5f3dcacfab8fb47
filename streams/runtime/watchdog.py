"""Notices that this process was away: stopped, swapped out, or too busy to answer the group."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

BEATS = 20
"""Beats within the longest absence that is harmless."""


class AwayTooLongError(RuntimeError):
    """This worker was away for longer than its session lasts: others may hold its lanes by now."""


class Watchdog:
    """Beats on the event loop; a beat that comes too late means that the loop stood still.

    A worker whose session ended while it was away finds that out from the group only at its next heartbeat. Until then
    it would write states that its heir has moved past.

    Args:
        away_s_max: the session timeout: longer absences are told.
        on_away: told once.
        clock: seconds that go on while the process is stopped.
    """

    def __init__(
        self, away_s_max: float, on_away: Callable[[BaseException], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._away_s_max = away_s_max
        self._on_away = on_away
        self._clock = clock
        self._last = clock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat."""
        self._last = self._clock()
        self._task = asyncio.create_task(self._beat(), name="pulse")

    async def stop(self) -> None:
        """Beat no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def check(self) -> None:
        """Raise `AwayTooLongError` where the last beat is too long ago: ask before each write."""
        away_s = self._clock() - self._last
        if away_s > self._away_s_max:
            raise AwayTooLongError(f"away for {away_s:.1f} s, its session lasts {self._away_s_max:.1f} s")

    async def _beat(self) -> None:
        while True:
            try:
                self.check()
            except AwayTooLongError as problem:
                self._on_away(problem)
                return
            self._last = self._clock()
            await asyncio.sleep(self._away_s_max / BEATS)
