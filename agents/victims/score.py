"""From evidence to a score: log-odds that fade and add up, one witness a family.

    logit = prior + sum over families of max over codes of weight * strength * 2^(-age / half-life)
    score = 1 / (1 + e^-logit)

Adding log-odds is naive Bayes (I. J. Good, *Probability and the Weighing of Evidence*, 1950); it holds as far as
witnesses are independent given the truth, which is why each family sends one only.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from agents.victims.policy import Policy
from agents.victims.rules import MONEY, PERSON_RULES, RULES
from agents.victims.state import Evidence, Profile
from schemas import fields as f
from schemas.commands import Reason
from schemas.fields import LEVELS, Level

FORGOTTEN = 0.05
"""Evidence whose weight has faded below this is dropped."""
REASONS_SHOWN = min(8, f.REASONS_MAX)


class Part(NamedTuple):
    """What one code contributes now."""

    weight: float
    evidence: Evidence


class Score(NamedTuple):
    """A person's score, and what it is made of, heaviest first."""

    value: float
    parts: tuple[Part, ...]

    def money(self) -> bool:
        """Whether money is leaving."""
        return any(part.evidence.code in MONEY for part in self.parts)


def faded(evidence: Evidence, policy: Policy, now: int) -> float:
    """The weight of a piece of evidence now, log-odds. It fades with the distance in time, in which order ever
    records come; under a code of another release, which no rule has here, it weighs nothing."""
    rule = RULES.get(evidence.code)
    if rule is None:
        return 0.0
    age = abs(now - evidence.at)
    fade: float = 2.0 ** (-age / rule.half_life_ms) if rule.half_life_ms else 1.0
    return policy.weight(evidence.code) * evidence.strength * fade


def score(evidence: Iterable[Evidence], profile: Profile | None, policy: Policy, now: int) -> Score:
    """The score of this evidence about this person at event time `now`, 0 to 1."""
    strongest: dict[str, Part] = {}
    for piece in evidence:
        weight = faded(piece, policy, now)
        if weight < FORGOTTEN:
            continue
        family = RULES[piece.code].family
        if family not in strongest or weight > strongest[family].weight:
            strongest[family] = Part(weight, piece)
    if not strongest:
        return Score(logistic(policy.prior), ())
    parts = [*strongest.values(), *_of_person(profile, policy, now)]
    parts.sort(key=lambda part: (-part.weight, part.evidence.code))
    return Score(logistic(policy.prior + sum(part.weight for part in parts)), tuple(parts))


def _of_person(profile: Profile | None, policy: Policy, now: int) -> list[Part]:
    """Who a person is adds to what was seen, and says nothing alone."""
    if profile is None:
        return []
    spoken = [Part(policy.weight(r.code), Evidence(r.code, now, 1.0, [])) for r in PERSON_RULES if r.when(profile)]
    return sorted(spoken, reverse=True, key=lambda part: part.weight)[:1]


def logistic(logit: float) -> float:
    """1 / (1 + e^-x), rounded so that every machine prints the same digits.

    >>> logistic(0.0)
    0.5
    """
    return round(1.0 / (1.0 + math.exp(-logit)), 6)


def level_of(found: Score, policy: Policy, held: Level | None) -> Level | None:
    """The level that a score is worth. A level held is given up only when the score falls well below it."""
    for level in LEVELS:
        wanted = policy.levels[level]
        threshold = wanted.score - (policy.hysteresis if level == held else 0.0)
        if found.value >= threshold and ("money" not in wanted.needs or found.money()):
            return level
    return None


def reasons(found: Score) -> tuple[Reason, ...]:
    """The evidence in words, heaviest first. All parts' weights and the prior add up to the score's log-odds."""
    return tuple(map(_reason, found.parts[:REASONS_SHOWN]))


def _reason(part: Part) -> Reason:
    rule = RULES[part.evidence.code]
    return Reason(
        code=rule.code, weight=round(part.weight, 3), text=rule.text, text_zh=rule.text_zh,
        event_ids=tuple(part.evidence.event_ids),
    )  # fmt: skip
