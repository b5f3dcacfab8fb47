"""The door of the `victims` duty: a Faust agent that hands every batch to the line. Nothing is decided here."""

from typing import Any

import faust

from streams.runtime.app import channel
from streams.runtime.line import Line


def attach(app: faust.App, line: Line) -> faust.Agent:
    """Declare the agent. Must be called before the app starts."""

    @app.agent(channel(app, line.duty), name="victims")
    async def victims(batches: Any) -> None:
        await line.run(batches)

    return victims
