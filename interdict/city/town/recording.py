"""Writes a town to files: the recording, the truth beside it, and the numbers that the run drew."""

from collections.abc import Callable
from pathlib import Path

import orjson

from interdict.city.town.plan import Plan
from interdict.city.town.town import Town

Progress = Callable[[int, int], None]
"""Told after each day: days so far, lines so far."""


def write(plan: Plan, out: Path, truth: Path, progress: Progress | None = None) -> int:
    """Write a town.

    Args:
        plan: what is asked for.
        out: the recording, NDJSON in order of event time.
        truth: NDJSON of `interdict.city.town.truth`; the run's numbers go beside it, named `<truth>.params.json`.
        progress: is told how far it is.

    Returns:
        How many lines the recording has.
    """
    town = Town(plan)
    written = 0
    with out.open("wb") as file:
        for day, lines in enumerate(town.lines()):
            file.writelines(lines)
            written += len(lines)
            if progress:
                progress(day, written)
    with truth.open("wb") as file:
        file.writelines(record.model_dump_json().encode() + b"\n" for record in town.truth())
    described = {
        "seed": plan.seed,
        "split": plan.split,
        "set": plan.set,
        "people": plan.people,
        "days": plan.days,
        "victims": plan.victims,
        "first_day": plan.first_day.isoformat(),
        "params": dict(town.params),
    }
    params_path(truth).write_bytes(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")
    return written


def params_path(truth: Path) -> Path:
    """Where a run's numbers are, beside its truth.

    >>> params_path(Path("town.truth.ndjson")).name
    'town.truth.ndjson.params.json'
    """
    return truth.with_name(truth.name + ".params.json")
