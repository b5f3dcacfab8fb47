"""The commands `fit` and `rules list`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agents.victims.policy import DISTRICT_RATE
from interdict.options import console, settings
from interdict.replay.commands import Recordings
from interdict.replay.recordings import STDIN

commands = typer.Typer()
rules = typer.Typer(no_args_is_help=True, help="The rules: what each weighs, how it fades, how often it speaks.")
out = Console(highlight=False)

NEEDS = "fitting needs numpy: pip install 'interdict[train]'"
Truths = Annotated[list[Path] | None, typer.Option("--truth", help="What really was, NDJSON: one for each recording.")]
Cases = Annotated[
    list[Path] | None,
    typer.Option("--from-cases", help="Case records instead of a truth, as a recording: one for each recording."),
]


@commands.command(
    epilog="Example: [bold]interdict fit a.ndjson b.ndjson --truth a.truth --truth b.truth --out p.json[/bold]"
)
def fit(
    files: Recordings,
    truth: Truths = None,
    from_cases: Cases = None,
    output: Annotated[Path, typer.Option("--out", help="Write the policy here; - for standard output.")] = STDIN,
    card: Annotated[Path | None, typer.Option(help="Write its card here, Markdown.")] = None,
    check: Annotated[
        list[Path] | None, typer.Option(help="Measure on this recording besides; may be repeated.")
    ] = None,
    check_truth: Annotated[list[Path] | None, typer.Option(help="The truth of each `--check`.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Gives times, needs and hysteresis; the packaged policy where it is left out.")
    ] = None,
    base_rate: Annotated[
        float,
        typer.Option(min=1e-9, max=0.5, help="People who begin to fall for a scam in the district, a person-day."),
    ] = DISTRICT_RATE,
    version: Annotated[str | None, typer.Option(help="What the policy calls itself; today's date.")] = None,
) -> None:
    """Fit the rules' weights to recordings with truth, or with how the centre's own cases ended; write a policy."""
    if bool(truth) == bool(from_cases):
        raise typer.BadParameter("either --truth or --from-cases, one for each recording")
    try:
        from interdict.fit.fitting import gather, settle
    except ModuleNotFoundError as missing:
        raise typer.BadParameter(NEEDS) from missing
    from interdict.fit.card import as_markdown
    from interdict.fit.cases import known_by_cases
    from interdict.fit.files import base_policy, policy_text
    from interdict.replay.player import Shown

    base, today = base_policy(policy), datetime.now(UTC).date()
    with Shown(console) as shown:
        if from_cases:
            draws = gather(files, from_cases, base, settings(), shown, known_by_cases)
        else:
            draws = gather(files, truth or [], base, settings(), shown)
        checks = gather(check or [], check_truth or [], base, settings(), shown)
    found = settle(draws, checks, base, version or today.isoformat(), base_rate, today)
    laid = policy_text(found.policy)
    if output == STDIN:
        out.print(laid, markup=False, soft_wrap=True)
    else:
        output.write_text(laid, encoding="utf-8")
    if card is not None:
        card.write_text(as_markdown(found.card, found.policy), encoding="utf-8")


@rules.command("list", epilog="Example: [bold]interdict rules list --policy victims.json[/bold]")
def rules_list(
    policy: Annotated[
        Path | None, typer.Option(help="A `victims` policy; the packaged one where it is left out.")
    ] = None,
) -> None:
    """Print each rule's code, its weight, how it fades, how often it speaks, and what it says."""
    from interdict.fit.files import listing

    out.print(listing(policy))
