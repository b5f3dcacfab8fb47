"""The fit: a logistic regression with weights of at least nothing, over the form in which the reducer adds evidence up.

    logit = intercept + sum over families of max over codes of weight * what is left

The unit is a person-day with its highest decision, for a score must be right where it is acted on, and nobody's many
decisions may outweigh another's one. Which decision is the highest and which code of a family the strongest goes by the
weights: both are chosen anew, and the weights fitted anew, until they stay. Needs numpy (the extra `train`).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from agents.victims.rules import RULES
from interdict.fit.decisions import CODES, Decision, Draw

Matrix = Any
"""A numpy array; numpy is typed by its users only."""
ROUNDS = 15
"""Times that decisions and witnesses are chosen anew."""
STEPS_MAX = 6
SETTLED = 1e-4
SPREAD = 1.0
"""Standard deviation of what a weight is before anything was seen, log-odds: a code that spoke twice stays modest."""
TRUST = 0.5
"""Share of a row's own weight, its author's guess, that stands until decisions say otherwise."""
WEIGHT_MAX = 8.0
STEP = 0.01
"""What a row weighs more than one that speaks whenever it does, at least: the digits that a policy has."""
FIRM = 1e-4
"""Standard deviation of a weight that is pinned."""
NOTHING_PINNED: Mapping[str, float] = MappingProxyType({})
_FAMILIES = tuple(dict.fromkeys(rule.family for rule in RULES.values()))
_FAMILY = np.array([_FAMILIES.index(RULES[code].family) for code in CODES])


class Table(NamedTuple):
    """Decisions as arrays, a row each."""

    left: Matrix
    """By code, what is left of it."""
    is_victim: Matrix
    pays: Matrix
    has_money: Matrix
    unit: Matrix
    """The person-day, numbered."""
    person: Matrix
    """The person, numbered over all draws."""
    draw: Matrix


class Fitted(NamedTuple):
    """What a fit gives."""

    intercept: float
    """Log-odds at the draws' rate."""
    weights: Matrix
    """By code, in the order of `CODES`."""

    def by_code(self) -> Mapping[str, float]:
        """Weights as a policy has them."""
        return {code: round(float(weight), 2) for code, weight in zip(CODES, self.weights, strict=True)}


def table_of(draws: Sequence[Draw]) -> Table:
    """Decisions of draws as arrays."""
    rows = [(number, one) for number, draw in enumerate(draws) for one in draw.decisions]
    left: Matrix = np.zeros((len(rows), len(CODES)), dtype=np.float64)
    for row, (_, one) in enumerate(rows):
        for place, share in one.left:
            left[row, place] = share
    return Table(
        left, _column(rows, "is_victim"), _column(rows, "pays"), _column(rows, "has_money"),
        _numbered([(number, one.person, one.day) for number, one in rows]),
        _numbered([(number, one.person) for number, one in rows]),
        np.array([number for number, _ in rows]),
    )  # fmt: skip


def _column(rows: Sequence[tuple[int, Decision]], name: str) -> Matrix:
    return np.array([getattr(one, name) for _, one in rows], dtype=bool)


def _numbered(keys: Sequence[Any]) -> Matrix:
    places: dict[Any, int] = {}
    return np.array([places.setdefault(key, len(places)) for key in keys])


def witnesses(left: Matrix, weights: Matrix) -> Matrix:
    """What is left of each code, but for those that a stronger one of their family silences."""
    heard = np.zeros_like(left)
    rows = np.arange(len(left))
    for family in range(len(_FAMILIES)):
        places = np.flatnonzero(np.equal(_FAMILY, family))
        strongest = places[np.argmax(left[:, places] * (weights[places] + SETTLED), axis=1)]
        heard[rows, strongest] = left[rows, strongest]
    return heard


def logits(left: Matrix, fitted: Fitted) -> Matrix:
    """Log-odds of decisions."""
    scores: Matrix = fitted.intercept + witnesses(left, fitted.weights) @ fitted.weights
    return scores


def highest(unit: Matrix, scores: Matrix) -> Matrix:
    """Of each unit the row with the highest score; of equals the first."""
    order = np.lexsort((-scores, unit))
    first: Matrix = np.ones(len(order), dtype=bool)
    first[1:] = unit[order][1:] != unit[order][:-1]
    return order[first]


def fit(
    table: Table, spread: float = SPREAD, trust: float = TRUST, pinned: Mapping[str, float] = NOTHING_PINNED
) -> Fitted:
    """Fit the intercept and a weight for each code, but for those that are pinned to one."""
    guess = np.array([pinned.get(code, trust * RULES[code].weight) for code in CODES])
    firm = np.array([code in pinned for code in CODES])
    found = Fitted(-5.0, np.where(firm, guess, [RULES[code].weight for code in CODES]))
    for _ in range(ROUNDS):
        rows = highest(table.unit, logits(table.left, found))
        heard = witnesses(table.left[rows], found.weights)
        fresh = regress(heard, table.is_victim[rows], found, np.where(firm, FIRM, spread), guess)
        settled = float(np.abs(fresh.weights - found.weights).max())
        found = Fitted(fresh.intercept, (fresh.weights + found.weights) / 2)
        if settled < 0.01:
            break
    return found


def in_order(table: Table, fitted: Fitted) -> Fitted:
    """Let no row weigh less than one that speaks whenever it does.

    The stronger of the two counts wherever both speak, so that no score changes; but which of them is shown, and
    whether it speaks of the payment itself, does: paid on the line is not to be told as paid within an hour of a call.
    """
    weights = fitted.weights.copy()
    speaks = table.left > 0
    often = speaks.sum(axis=0)
    for family in range(len(_FAMILIES)):
        places = sorted(np.flatnonzero(np.equal(_FAMILY, family)), key=lambda place: -often[place])
        for above, place in enumerate(places):
            rows = speaks[:, place]
            for wider in places[:above]:
                if often[place] and often[wider] > often[place] and bool(
                    (table.left[rows, wider] >= table.left[rows, place] - SETTLED).all()
                ):  # fmt: skip
                    weights[place] = max(weights[place], weights[wider] + STEP)
    return Fitted(fitted.intercept, weights)


def regress(heard: Matrix, is_victim: Matrix, start: Fitted, spread: Matrix, guess: Matrix) -> Fitted:
    """Logistic regression, weights normal around a guess with a spread and never below nothing: Newton's steps, each
    a quadratic problem solved coordinate by coordinate (D. Bertsekas, SIAM J. Control Optim. 20, 1982)."""
    design = np.hstack([heard, np.ones((len(heard), 1))])
    least: Matrix = np.append(np.zeros(heard.shape[1]), -np.inf)
    pull: Matrix = np.append(spread**-2.0, 1e-6)
    around: Matrix = np.append(guess, 0.0)
    held: Matrix = np.append(start.weights, start.intercept)
    for _ in range(STEPS_MAX):
        chance = 1 / (1 + np.exp(-design @ held))
        slope = design.T @ (chance - is_victim) + pull * (held - around)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(pull + 1e-9)
        step = _bounded(curve, slope, least - held)
        size = float(np.abs(step).max())
        held = held + step * min(1.0, 2.0 / max(size, 1e-9))
        if size < SETTLED:
            break
    return Fitted(float(held[-1]), np.clip(held[:-1], 0.0, np.maximum(WEIGHT_MAX, guess)))


def _bounded(curve: Matrix, slope: Matrix, least: Matrix) -> Matrix:
    """The step that goes lowest by slope and curve, no coordinate of it below its least."""
    step = np.zeros_like(slope)
    for _ in range(60):
        before = step.copy()
        for place in range(len(step)):
            pull = slope[place] + curve[place] @ step - curve[place, place] * step[place]
            step[place] = max(least[place], -pull / curve[place, place])
        if float(np.abs(step - before).max()) < SETTLED:
            break
    return step
