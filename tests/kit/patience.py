"""How long a test waits for what must come, on a machine as slow as may be."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 100.0
"""No claim about speed: a test ends as soon as it has come, and pytest's own `timeout` breaks off what takes longer."""


async def until(ask: Callable[[], Awaitable[T]], is_enough: Callable[[T], bool], every_s: float = 0.1) -> T:
    """Ask for the standing of work that takes long, until it is enough. Patience begins anew whenever it has moved: how
    long the whole takes is the machine's affair."""
    standing = await ask()
    while not is_enough(standing):
        async with asyncio.timeout(PATIENCE_S):
            while (now := await ask()) == standing:
                await asyncio.sleep(every_s)
        standing = now
    return standing
