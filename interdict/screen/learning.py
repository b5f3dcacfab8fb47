"""Learns a scorecard from numbers of which is known whose they were.

Gradient boosting of logistic loss with trees of one split each (J. H. Friedman, Greedy Function Approximation, Annals
of Statistics 29, 2001; with second derivatives as in Chen and Guestrin, XGBoost, KDD 2016). A tree of one split asks
one column, so all trees that ask it add up to that column's points: what was learned is the scorecard, and no
approximation of it. Deterministic.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from interdict.screen.columns import COLUMNS, Column
from interdict.screen.scorecard import Scorecard, ScreenError, Term

Matrix = Any
"""A numpy array; numpy is typed by its users only."""

ROUNDS = 800
RATE = 0.1
RANGES_MAX = 32
LEAST = 20
"""Numbers on either side of a split."""
SHRINK = 1.0
"""Added to the second derivatives: what few numbers say is believed less."""
FOLDS = 5
LEAST_OF_A_KIND = 10 * FOLDS
PLACES = 3
"""Decimals of a point."""


class Learned(NamedTuple):
    """A scorecard, and what each number was given by scorecards that had not seen it."""

    card: Scorecard
    unseen: Matrix
    """(repeats, numbers), the chance at the learned share."""


class _Ranges(NamedTuple):
    """A column, cut into ranges."""

    edges: Matrix
    place: Matrix
    """Of each number, its range; behind the last one, where nothing is known."""
    counts: Matrix


def learn(
    usage: Matrix, truth: Matrix, made_on: date, columns: Sequence[Column] = COLUMNS, repeats: int = 3
) -> Learned:
    """A scorecard whose chances were calibrated on numbers that it had not seen.

    Args:
        usage: (numbers, columns), nan where nothing is known.
        truth: (numbers,), whether it was a scammer's.
        made_on: the date.
        columns: what the columns are.
        repeats: how often the numbers are parted anew.

    Raises:
        ScreenError: there are too few of either kind.
    """
    if min(truth.sum(), (~truth).sum()) < LEAST_OF_A_KIND:
        raise ScreenError(f"learning needs {LEAST_OF_A_KIND} scammers' numbers and as many honest ones at least")
    unseen = np.stack([_unseen(usage, truth, seed) for seed in range(repeats)])
    offset, slope = _calibration(unseen.ravel(), np.tile(truth, repeats))
    start, cut, points = _boost(usage, truth)
    honest = [given[ranges.place[~truth]].mean() for given, ranges in zip(points, cut, strict=True)]
    terms = [
        _term(column, ranges, slope * (given - mean))
        for column, ranges, given, mean in zip(columns, cut, points, honest, strict=True)
    ]
    card = Scorecard(
        made_on=made_on, learned_share=round(float(truth.mean()), 4), honest=int((~truth).sum()), terms=tuple(terms),
        start=round(offset + slope * (start + float(sum(honest))), PLACES),
    )  # fmt: skip
    return Learned(card, 1 / (1 + np.exp(-offset - slope * unseen)))


def _unseen(usage: Matrix, truth: Matrix, seed: int) -> Matrix:
    """Log-odds of every number by the scorecard of the other folds."""
    given = np.empty(len(truth))
    for fold in _folds(truth, seed):
        start, cut, points = _boost(usage[~fold], truth[~fold])
        given[fold] = start + sum(
            of[_places(values, ranges.edges)] for of, ranges, values in zip(points, cut, usage[fold].T, strict=True)
        )
    return given


def _folds(truth: Matrix, seed: int) -> Iterator[Matrix]:
    """Each fold in turn, as a mask: as many of either kind in each."""
    fold: Matrix = np.empty(len(truth), dtype=int)
    chance = np.random.default_rng(seed)
    for kind in (truth, ~truth):
        fold[kind] = chance.permutation(int(kind.sum())) % FOLDS
    return (fold == one for one in range(FOLDS))


def _boost(usage: Matrix, truth: Matrix) -> tuple[float, list[_Ranges], list[Matrix]]:
    """Where log-odds begin, and each column's ranges and points; the last of these where nothing is known."""
    cut = [_cut(values) for values in usage.T]
    points = [np.zeros(len(ranges.counts)) for ranges in cut]
    start = float(np.log(truth.mean() / (1 - truth.mean())))
    logit = np.full(len(truth), start)
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-logit))
        slope, bend = truth - chance, chance * (1 - chance)
        splits = [_best_split(ranges, slope, bend) for ranges in cut]
        best = max(range(len(cut)), key=lambda column: splits[column][0])
        gain, step = splits[best]
        if gain <= 0:
            break
        points[best] += RATE * step
        logit += RATE * step[cut[best].place]
    return start, cut, points


def _cut(values: Matrix) -> _Ranges:
    """About as many numbers in each range; an edge lies between two values that there are."""
    known = np.unique(values[~np.isnan(values)])
    if len(known) > RANGES_MAX:
        quantiles = np.quantile(values[~np.isnan(values)], np.linspace(0, 1, RANGES_MAX + 1)[1:-1])
        below = np.unique(np.searchsorted(known, quantiles, side="right").clip(1, len(known) - 1))
    else:
        below = np.arange(1, len(known))
    edges = (known[below - 1] + known[below]) / 2
    place = _places(values, edges)
    return _Ranges(edges, place, np.bincount(place, minlength=len(edges) + 2))


def _places(values: Matrix, edges: Matrix) -> Matrix:
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))


def _best_split(ranges: _Ranges, slope: Matrix, bend: Matrix) -> tuple[float, Matrix]:
    """What the best split of a column gains, and the step that it gives each range."""
    size = len(ranges.counts)
    of_range = np.stack([np.bincount(ranges.place, given, size) for given in (slope, bend)] + [ranges.counts])
    low, unknown = of_range[:, :-1].cumsum(axis=1)[:, :-1], of_range[:, -1:]
    all_ = of_range.sum(axis=1, keepdims=True)
    best, step = 0.0, np.zeros(size)
    for joins in (False, True):  # whether what is not known goes with the low ones
        left = low + unknown if joins else low
        right = all_ - left
        gains = np.where(
            (left[2] >= LEAST) & (right[2] >= LEAST),
            left[0] ** 2 / (left[1] + SHRINK) + right[0] ** 2 / (right[1] + SHRINK)
            - all_[0] ** 2 / (all_[1] + SHRINK),
            0.0,
        )  # fmt: skip
        if gains.size and gains.max() > best:
            at = int(gains.argmax())
            best = float(gains[at])
            low_step, high_step = (side[0, at] / (side[1, at] + SHRINK) for side in (left, right))
            step = np.where(np.arange(size) <= at, low_step, high_step)
            step[-1] = low_step if joins else high_step
    return best, step


def _calibration(logits: Matrix, truth: Matrix) -> tuple[float, float]:
    """Offset and slope that make log-odds true (J. Platt, Probabilistic Outputs for SVMs, 1999), by Newton's method."""
    found = np.array([0.0, 1.0])
    given = np.stack([np.ones(len(logits)), logits])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-found @ given))
        found += np.linalg.solve((given * (chance * (1 - chance))) @ given.T, given @ (truth - chance))
    return float(found[0]), float(found[1])


def _term(column: Column, ranges: _Ranges, points: Matrix) -> Term:
    """A column's points, its ranges of equal points as one."""
    worth = [round(float(given), PLACES) for given in points]
    differs = [worth[at] != worth[at + 1] for at in range(len(ranges.edges))]
    return Term(
        column=column.name, text=column.text, text_zh=column.text_zh, missing=worth[-1] if ranges.counts[-1] else 0.0,
        edges=tuple(float(f"{edge:.4g}") for edge, does in zip(ranges.edges, differs, strict=True) if does),
        points=(*(one for one, does in zip(worth, differs, strict=False) if does), worth[-2]),
    )  # fmt: skip
