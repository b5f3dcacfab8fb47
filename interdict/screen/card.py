"""The model card of a scorecard: what it was learned from, how good it is on numbers unseen, and all its tables."""

from collections.abc import Iterator, Sequence

from interdict.screen.columns import COLUMNS
from interdict.screen.measure import WRONGED, Met, Quality
from interdict.screen.scorecard import Scorecard, Term

BASE_RATES = (0.001, 0.0001)


def as_markdown(card: Scorecard, name: str, numbers: int, unseen: Sequence[Quality]) -> str:
    """The card for people.

    Args:
        card: the scorecard.
        name: of the table that it was learned from.
        numbers: in it.
        unseen: how good it is, once for each time that the numbers were parted anew.
    """
    return "\n".join([*_head(card, name, numbers, len(unseen)), *_figures(unseen), *_tables(card.terms), ""])


def _head(card: Scorecard, name: str, numbers: int, repeats: int) -> Iterator[str]:
    yield "# Model card: the scorecard of `interdict screen`"
    yield ""
    yield f"Made by `interdict scorecard {name}` on {card.made_on}; not to be edited. How it is used:"
    yield "[screening.md](screening.md)."
    yield ""
    yield f"**Learned from** {numbers:,} numbers' monthly aggregates, of which {card.learned_share:.1%} were scammers'."
    yield f"{len(COLUMNS)} columns, each a table of points (below); a number's points add up, and nothing else counts."
    yield ""
    yield "**Measured** on numbers that the scorecard at hand had not seen: parted in five, learned from four, measured"
    yield f"on the fifth, in turn; all of that {repeats} times, parted anew. In brackets the lowest and the highest."
    yield ""


def _figures(unseen: Sequence[Quality]) -> Iterator[str]:
    yield "| figure | on unseen numbers |"
    yield "|---|---|"
    for name, values in (
        ("area under the ROC curve", [one.auc for one in unseen]),
        ("average precision", [one.average_precision for one in unseen]),
        ("expected calibration error, at the share above", [one.calibration_error for one in unseen]),
    ):
        yield f"| {name} | {_spread(values)} |"
    for place, share in enumerate(WRONGED):
        met = [one.met[place] for one in unseen]
        wronged = f"{share:.1%} of" if share else "none of"
        yield f"| recall, {wronged} {met[0].of_honest:,} honest numbers wronged | {_spread([m.recall for m in met])} |"
    yield ""
    yield "What that comes to where scammers' numbers are as rare as they are: of the numbers met, those that are"
    yield "scammers', by the two ends of the 95 % interval of the honest numbers wronged."
    yield ""
    yield _row("honest numbers wronged", *(f"one in {1 / rate:,.0f} a scammer's" for rate in BASE_RATES))
    yield _row(*["---"] * (1 + len(BASE_RATES)))
    for place, share in enumerate(WRONGED):
        middle = sorted((one.met[place] for one in unseen), key=lambda met: met.recall)[len(unseen) // 2]
        yield _row(f"{share:.1%}" if share else "none seen", *(_precise(middle, rate) for rate in BASE_RATES))
    yield ""


def _tables(terms: Sequence[Term]) -> Iterator[str]:
    yield "## The points"
    yield ""
    yield "Log-odds against the mean honest number: +0.7 is twice as likely a scammer's, +2.3 ten times."
    yield ""
    yield "| column | what it counts | points |"
    yield "|---|---|---|"
    for term in sorted(terms, key=lambda term: min(term.points) - max(term.points)):
        yield f"| `{term.column}` | {term.text}, {term.text_zh} | {_ranges(term)} |"


def _ranges(term: Term) -> str:
    bounds = ["", *(f"{edge:g}" for edge in term.edges), ""]
    ranges = [
        f"{f'to {high}' if not low else f'over {low}' if not high else f'{low} - {high}'}: {points:+.2f}"
        for low, high, points in zip(bounds, bounds[1:], term.points, strict=False)
    ]
    return "; ".join([*ranges, f"not known: {term.missing:+.2f}"])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _precise(met: Met, base_rate: float) -> str:
    low, high = met.precision(base_rate)
    return f"{low:.1%} - {high:.1%}"


def _spread(values: Sequence[float]) -> str:
    middle = sorted(values)[len(values) // 2]
    return f"{middle:.3f} ({min(values):.3f} - {max(values):.3f})"
