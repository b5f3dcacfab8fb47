"""Makes the packaged policy: writes the towns, fits, and puts the policy and its card where the package has them.

    python -m interdict.fit.packaged --draws FOLDER --also FOLDER/second-plain-11.ndjson --also ...

Fitted on the package's own towns and, so that no single picture of the world decides, on recordings of a city by
another hand (`tests/second_city`, which `make weights` writes).
Run it whenever rules, or what they see, have changed. Towns that lie in the folder are not written again; they and what
is fitted are the same for the same code and the same packaged policy, whatever the machine: while a case is open under
that policy more is decided, so that a second run moves most weights by hundredths, a rarely heard one by tenths.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from agents.victims.policy import DISTRICT_RATE, Policy
from interdict.city.town.plan import Plan
from interdict.city.town.recording import write
from interdict.fit.card import PACKAGED, as_markdown
from interdict.fit.decisions import Draw, read_draw
from interdict.fit.files import base_policy, policy_text
from interdict.fit.fitting import settle
from interdict.judge.known import read_truth
from interdict.options import settings

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "agents" / "victims" / "policy.json"
CARD = ROOT / "docs" / "model-card-weights.md"

SIZE: dict[str, Any] = {"people": 2_000, "days": 20, "victims": 120}
TO_FIT = (
    *(Plan(seed, **SIZE, set="plain") for seed in (1, 2)),
    *(Plan(seed, **SIZE, set="harsh") for seed in (101, 102)),
)
"""Both parameter sets alike. Of `fit` seeds only."""
CHECKED: dict[str, Any] = {"people": 1_500, "days": 20, "victims": 75}
TO_CHOOSE = (Plan(1003, **CHECKED, set="plain"), Plan(1103, **CHECKED, set="harsh"))
"""What the card is checked on, and docs/judgement.md."""


def town(plan: Plan, folder: Path) -> tuple[Path, Path]:
    """The recording and the truth of a town, written if it does not lie there."""
    file, truth = (folder / f"{plan.set}-{plan.seed}.{end}" for end in ("ndjson", "truth"))
    if not (file.exists() and truth.exists()):
        write(plan, half := file.with_suffix(".half"), truth, lambda *_: None)
        half.rename(file)  # one that was broken off is not taken for a whole
    return file, truth


def draw(plan: Plan | Path, folder: Path, policy: Policy) -> Draw:
    """The decisions of a town, or of a recording that is there."""
    file, truth = town(plan, folder) if isinstance(plan, Plan) else (plan, plan.with_suffix(".truth"))
    return read_draw(file, read_truth(truth), policy, settings())


def gather(plans: Sequence[Plan | Path], folder: Path, policy: Policy, processes: int) -> list[Draw]:
    """The decisions of all, so many at a time."""
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(partial(draw, folder=folder, policy=policy), plans))


def main(
    draws: Annotated[Path, typer.Option(help="Where the towns are kept: some 250 MB each.")],
    also: Annotated[
        list[Path] | None,
        typer.Option(help="A recording besides, its truth beside it as .truth. What its seed is for, its truth says."),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Towns at a time: each takes a core and about 300 MB.")] = 2,
) -> None:
    """Fit the packaged policy anew."""
    draws.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).date()
    base = base_policy(None)
    found = gather((*TO_FIT, *TO_CHOOSE, *(also or ())), draws, base, processes)
    to_fit, to_choose = ([draw for draw in found if draw.split == split] for split in ("fit", "choose"))
    result = settle(to_fit, to_choose, base, today.isoformat(), DISTRICT_RATE, today)
    POLICY.write_text(policy_text(result.policy) + "\n", encoding="utf-8")
    POLICY.with_name(PACKAGED).write_text(result.card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    CARD.write_text(as_markdown(result.card, result.policy), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
