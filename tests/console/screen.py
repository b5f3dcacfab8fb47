"""What is asked of a timeline on the screen, whatever it is of."""

import io
import re

from rich.console import Console, RenderableType

from schemas.spans import MINUTE_MS
from tests.schemas.records import NOON

EVENING = NOON + 15 * 3_600_000 + 58 * MINUTE_MS
"""23:58 in China."""
NUMBERS = re.compile(r"\+?\d{10,}")
"""A phone or an account in full."""


def said_of(what: str, lines: list[str]) -> str:
    (line,) = [line for line in lines if line.startswith(what)]
    return line.removeprefix(what).strip()


def lines_of(picture: RenderableType, width: int) -> list[str]:
    """What is seen of it, without what fills its lines up."""
    screen = Console(width=width, file=io.StringIO())
    screen.print(picture)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]  # type: ignore[attr-defined]
