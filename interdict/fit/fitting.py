"""`interdict fit`: recordings with truth in, a policy with its card out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agents.victims.policy import Policy
from interdict.fit import measure
from interdict.fit.card import Card, DrawCard, QualityCard, Spoken
from interdict.fit.decisions import Draw, read_draw, spoken
from interdict.fit.files import FitError
from interdict.fit.weights import Fitted, Table, fit, in_order, table_of
from interdict.judge.known import Known, read_truth
from interdict.replay.timeline import Audience
from streams.settings import Settings

SCORE_MIN = 1e-6


@dataclass(frozen=True)
class Result:
    """What a fit gives."""

    policy: Policy
    card: Card


TruthOf = Callable[[Path, Path], Known]
"""What is known of a recording, by another file."""


def _by_truth(_: Path, truth: Path) -> Known:
    return read_truth(truth)


def gather(
    files: Sequence[Path],
    truths: Sequence[Path],
    policy: Policy,
    settings: Settings,
    audience: Audience | None = None,
    truth_of: TruthOf = _by_truth,
) -> list[Draw]:
    """The decisions of recordings, each with its truth.

    Raises:
        FitError: not as many truths as recordings.
        TruthError, ReplayError, OSError: see `read_truth` and `read_draw`.
    """
    if len(files) != len(truths):
        raise FitError(f"{len(files)} recordings and {len(truths)} truths: each recording needs its own, in its order")
    pairs = [(file, truth_of(file, truth)) for file, truth in zip(files, truths, strict=True)]
    return [read_draw(file, known, policy, settings, audience) for file, known in pairs]


def settle(
    draws: Sequence[Draw], checks: Sequence[Draw], base: Policy, version: str, base_rate: float, today: date
) -> Result:
    """Fit on draws, measure on others.

    Args:
        draws: what is fitted on.
        checks: what it is measured on besides; may be empty.
        base: gives what is not fitted: times, needs of levels, hysteresis.
        version: what the policy calls itself.
        base_rate: of the district; see `agents.victims.policy.Rate`.
        today: for the card.

    Raises:
        FitError: there is nothing to learn from, or it is a test draw.
    """
    if tests := [draw.name for draw in draws if draw.split == "test"]:
        raise FitError(f"{tests[0]} is a draw of `test`: nothing is fitted on one")
    table = table_of(draws)
    if not 0 < table.is_victim.sum() < len(table.is_victim):
        raise FitError("there must be decisions about victims and about others in the recordings")
    rate = sum(draw.victims for draw in draws) / sum(draw.person_days for draw in draws)
    fitted = in_order(table, fit(table, pinned={code: base.weight(code) for code in base.pinned}))
    levels = measure.thresholds(draws, table, fitted)
    policy = _policy(base, fitted, levels, version, rate, base_rate)
    checked = _quality(checks, table_of(checks), fitted, levels) if checks else None
    card = Card(
        policy_version=version, fitted_on=today, fitted=_quality(draws, table, fitted, levels), checked=checked,
        spoken={code: Spoken(honest=round(no, 1), victims=round(yes, 1)) for code, (no, yes) in spoken(draws).items()},
    )  # fmt: skip
    return Result(policy, card)


def _policy(
    base: Policy, fitted: Fitted, levels: dict[str, float], version: str, rate: float, base_rate: float
) -> Policy:
    prior = round(fitted.intercept, 2)
    moved = math.log(base_rate / rate)
    scores = {level: max(SCORE_MIN, _digits(1 / (1 + math.exp(-(least + moved))))) for level, least in levels.items()}
    rules = {level: {"score": scores[level], "needs": wanted.needs} for level, wanted in base.levels.items()}
    return Policy.model_validate({
        **base.model_dump(), "policy_version": version, "prior": prior, "levels": rules, "weights": fitted.by_code(),
        "base_rate": base_rate, "fitted_rate": rate,
    })  # fmt: skip


def _digits(share: float) -> float:
    """Two significant digits, rounded up: a level is not made easier to reach by being written down."""
    unit = 10.0 ** (math.floor(math.log10(share)) - 1)
    return float(f"{math.ceil(share / unit) * unit:.2g}")


def _quality(draws: Sequence[Draw], table: Table, fitted: Fitted, levels: dict[str, float]) -> QualityCard:
    found = measure.quality(table, fitted)
    return QualityCard(
        draws=tuple(map(_draw, draws)), **found._asdict(),
        levels=tuple(measure.met(draws, table, fitted, levels)),
    )  # fmt: skip


def _draw(draw: Draw) -> DrawCard:
    return DrawCard(
        name=draw.name, seed=draw.seed, split=draw.split, set=draw.set, people=draw.people, victims=draw.victims,
        person_days=draw.person_days, decisions=len(draw.decisions),
        victims_decisions=sum(one.is_victim for one in draw.decisions),
    )  # fmt: skip
