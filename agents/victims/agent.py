"""The door of the `victims` duty: a Faust agent that hands every batch to the line. Nothing is decided here."""

from typing import Any

import faust

from streams.app import channel
from streams.line import Line


def attach(app: faust.App, line: Line) -> faust.Agent:
    """Declare the agent. Must be called before the app starts."""

    async def stop_the_worker(_: Any, problem: BaseException) -> None:
        """An error nobody foresaw: stop before its batch is acknowledged."""
        await app.crash(problem)

    @app.agent(channel(app, line.duty), name="victims", on_error=stop_the_worker)
    async def victims(batches: Any) -> None:
        async for batch in batches.noack().events():
            await line.handle(batch)

    return victims
