"""How good fitted weights are: ranking, calibration, and how many are met when so many honest people may be wronged."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from agents.victims.rules import LISTS
from interdict.fit.card import LevelCard
from interdict.fit.decisions import CODES, Draw
from interdict.fit.weights import Fitted, Matrix, Table, highest, logits
from interdict.judge.statistics import Bin, calibration_error, ranking, reliability

PER = 10_000
BUDGETS: Mapping[str, float] = {"red": 3.0, "orange": 8.0, "yellow": 20.0, "blue": 60.0}
"""Honest person-days, of 10,000, that may reach each level: whom an officer calls (red, orange), whom a text is sent
to, who is watched. What is taken besides, the sums of harm decide. Decisions with a list's word spend nothing: it
is the centre's own, and no other evidence is to wait because a list is wrong."""
OF_MONEY = frozenset({"red"})
"""Levels that are reached with money leaving only: their budget is spent by such decisions alone."""


class Quality(NamedTuple):
    """Of the person-days with any evidence, each by its highest decision."""

    person_days: int
    victims_days: int
    auc: float
    average_precision: float
    calibration_error: float
    """At the draws' rate, where chances are spread over all bins; at a district's rate all lie in the lowest."""
    bins: tuple[Bin, ...]


def quality(table: Table, fitted: Fitted) -> Quality:
    """How well these weights tell these decisions apart."""
    scores = logits(table.left, fitted)
    rows = highest(table.unit, scores)
    chances, truth = 1 / (1 + np.exp(-scores[rows])), table.is_victim[rows]
    scored = list(zip(chances.tolist(), truth.tolist(), strict=True))
    bins = reliability(scored)
    return Quality(len(rows), int(truth.sum()), *ranking(scored), calibration_error(bins) or 0.0, bins)


def thresholds(draws: Sequence[Draw], table: Table, fitted: Fitted) -> dict[str, float]:
    """By level, the log-odds at which its budget of honest person-days is spent, on the worse of the parameter sets."""
    told = table.left[:, [CODES.index(code) for code in LISTS]].any(axis=1)
    scores = np.where(told, -np.inf, logits(table.left, fitted))
    sets = {draw.set for draw in draws}
    found = {level: max(_spent(draws, table, scores, level, name) for name in sets) for level in BUDGETS}
    least = -np.inf
    for level in reversed(tuple(BUDGETS)):  # a higher level needs no lower score
        least = found[level] = max(found[level], least)
    return found


def _spent(draws: Sequence[Draw], table: Table, scores: Matrix, level: str, name: str) -> float:
    of_set = np.array([draw.set == name for draw in draws])
    honest = of_set[table.draw] & ~table.is_victim & (table.has_money if level in OF_MONEY else True)
    days = np.sort(scores[honest][highest(table.unit[honest], scores[honest])])[::-1]
    allowed = int(BUDGETS[level] * sum(draw.person_days for draw in draws if draw.set == name) / PER)
    return float(days[min(allowed, len(days) - 1)]) + 1e-6


def met(draws: Sequence[Draw], table: Table, fitted: Fitted, levels: Mapping[str, float]) -> list[LevelCard]:
    """By level, whom it wrongs, and the victims who reach it at a payment that has not posted."""
    scores = logits(table.left, fitted)
    person_days = sum(draw.person_days for draw in draws)
    paying = table.is_victim & table.pays
    found = []
    for level, least in levels.items():
        high = (scores >= least) & (table.has_money if level in OF_MONEY else True)
        wronged = len(np.unique(table.unit[high & ~table.is_victim]))
        found.append(
            LevelCard(
                level=level, wronged=PER * wronged / person_days,
                victims=len(np.unique(table.person[high & paying])), of_victims=len(np.unique(table.person[paying])),
            )
        )  # fmt: skip
    return found
