"""A thin, temporary door to the town: `python -m interdict.city.town --help`."""

import sys
import time
from enum import Enum
from pathlib import Path
from typing import Annotated, get_args

import typer

from interdict.city.town.plan import Plan, SetName
from interdict.city.town.recording import params_path, write

RangeSet = Enum("RangeSet", {name: name for name in get_args(SetName)})  # type: ignore[misc]
"""The sets as the console's library wants choices."""


def main(
    out: Annotated[Path, typer.Option(help="Write the recording here, NDJSON.")],
    truth: Annotated[Path, typer.Option(help="Write what really was here, NDJSON; the run's numbers go beside it.")],
    people: Annotated[int, typer.Option(min=200, help="Townspeople.")] = 2_000,
    days: Annotated[int, typer.Option(min=1, help="Days.")] = 30,
    victims: Annotated[int, typer.Option(min=0, help="How many people fall for a scam, over all days.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="0-999 to fit, 1000-1999 to choose, 2000-2999 to test.")] = 7,
    set_: Annotated[RangeSet, typer.Option("--set", help="Which ranges the run draws from.")] = RangeSet["plain"],
) -> None:
    """Write a town's traffic with planted scams, the truth, and the numbers it drew."""
    if victims > people // 4:
        raise typer.BadParameter("at most a fourth of the people can be victims")
    plan = Plan(seed, people, days, victims, set_.value)
    began = time.monotonic()

    def progress(day: int, lines: int) -> None:
        rate = lines / max(time.monotonic() - began, 0.001)
        print(f"\rday {day}/{days}: {lines:,} lines, {rate:,.0f}/s", end="", file=sys.stderr, flush=True)

    write(plan, out, truth, progress)
    print(f"\n{out}, {truth}, {params_path(truth)}: split {plan.split}", file=sys.stderr)


if __name__ == "__main__":
    typer.run(main)
