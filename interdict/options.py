"""What the commands share: options, the settings that they and the environment make, how a command runs and tells."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from rich.console import Console

from streams.settings import Settings

console = Console(stderr=True, highlight=False)

Bootstrap = Annotated[str | None, typer.Option("--bootstrap", help="The broker's address, host:port.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same traffic.")]


def settings(bootstrap: str | None = None, **more: Any) -> Settings:
    """Settings from the environment, with what the command line says on top."""
    said = {name: value for name, value in {"bootstrap": bootstrap, **more}.items() if value is not None}
    return Settings(**said)


def quiet(bootstrap: str | None) -> Settings:
    """Settings of a command that speaks for itself: libraries' lines are left out, errors are told by `main`."""
    from streams.observe.logs import configure_logging

    said = settings(bootstrap)
    configure_logging(said.model_copy(update={"log_level": "error"}))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return said


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run to the end and leave with the work's exit code."""
    code = asyncio.run(work)
    if code:
        raise typer.Exit(code)
