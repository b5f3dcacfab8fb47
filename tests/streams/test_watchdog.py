"""A worker that was stopped for longer than its session notices it before it writes."""

import asyncio

import pytest

from streams.runtime.watchdog import AwayTooLongError, Watchdog
from tests.kit.patience import PATIENCE_S


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


async def test_a_process_that_was_away_too_long_may_not_write_and_is_told() -> None:
    clock, told = Clock(), []
    pulse = Watchdog(0.2, told.append, clock)
    pulse.start()
    await asyncio.sleep(0)
    pulse.check()
    clock.s = 0.21
    with pytest.raises(AwayTooLongError, match=r"away for 0\.2 s"):
        pulse.check()
    async with asyncio.timeout(PATIENCE_S):
        while not told:
            await asyncio.sleep(0.01)
    assert isinstance(told[0], AwayTooLongError)
    await pulse.stop()


async def test_a_process_that_keeps_beating_may_go_on_writing() -> None:
    clock, told = Clock(), []
    pulse = Watchdog(0.2, told.append, clock)
    pulse.start()
    for _ in range(10):
        clock.s += 0.05
        await asyncio.sleep(0.02)
        pulse.check()
    assert told == []
    await pulse.stop()
