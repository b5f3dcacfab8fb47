"""From evidence to a score: log-odds that fade and add up, one witness a family.

    logit = start + sum over families of max over codes of weight * strength * 2^(-age / half-life)
    score = 1 / (1 + e^-logit)

`start` and the weights are the policy's, fitted together on decisions with truth (docs/fitting.md): a logistic
regression, whose terms need not be independent as naive Bayes has it (I. J. Good, *Probability and the Weighing of
Evidence*, 1950). Each family sends its strongest witness only: what strangers can repeat in other words adds nothing.
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

FORGOTTEN = 2.0**-6
"""Evidence that has faded below this share of its rule's weight is dropped: after six half-lives, whatever it weighs
under the policy that holds. A shadow, and a policy of tomorrow, may weigh it otherwise."""
WEIGHTLESS = 0.01
"""Parts below this, log-odds, are not told."""
REASONS_SHOWN = min(12, f.REASONS_MAX)


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


def left_of(evidence: Evidence, now: int) -> float:
    """The share of its rule's weight that a piece of evidence has now, 0 to 1. It fades with the distance in time, in
    which order ever records come; of a code of another release, which no rule has here, nothing is left."""
    rule = RULES.get(evidence.code)
    if rule is None:
        return 0.0
    fade: float = 2.0 ** (-abs(now - evidence.at) / rule.half_life_ms) if rule.half_life_ms else 1.0
    return evidence.strength * fade


def score(evidence: Iterable[Evidence], profile: Profile | None, policy: Policy, now: int) -> Score:
    """The score of this evidence about this person at event time `now`, 0 to 1."""
    strongest: dict[str, Part] = {}
    for piece in evidence:
        left = left_of(piece, now)
        if left < FORGOTTEN or (weight := left * policy.weight(piece.code)) < WEIGHTLESS:
            continue
        family = RULES[piece.code].family
        if family not in strongest or weight > strongest[family].weight:
            strongest[family] = Part(weight, piece)
    if not strongest:
        return Score(logistic(policy.start), ())
    parts = [*strongest.values(), *_of_person(profile, policy, now)]
    parts.sort(key=lambda part: (-part.weight, part.evidence.code))
    return Score(logistic(policy.start + sum(part.weight for part in parts)), tuple(parts))


def _of_person(profile: Profile | None, policy: Policy, now: int) -> list[Part]:
    """Who a person is adds to what was seen, and says nothing alone."""
    if profile is None:
        return []
    spoken = [
        Part(weight, Evidence(rule.code, now, 1.0, []))
        for rule in PERSON_RULES
        if rule.when(profile) and (weight := policy.weight(rule.code)) >= WEIGHTLESS
    ]
    return sorted(spoken, reverse=True, key=lambda part: part.weight)[:1]


def logistic(logit: float) -> float:
    """1 / (1 + e^-x), rounded so that every machine prints the same digits.

    >>> logistic(0.0)
    0.5
    """
    return round(1.0 / (1.0 + math.exp(-logit)), 9)


def level_of(found: Score, policy: Policy, held: Level | None) -> Level | None:
    """The level that a score is worth. A level held is given up only when the score falls well below it."""
    for level in LEVELS:
        threshold = policy.kept_until[level] if level == held else policy.levels[level].score
        if found.value >= threshold and ("money" not in policy.levels[level].needs or found.money()):
            return level
    return None


def reasons(found: Score) -> tuple[Reason, ...]:
    """The evidence in words, heaviest first. All parts' weights and the policy's start add up to the score."""
    return tuple(map(_reason, found.parts[:REASONS_SHOWN]))


def _reason(part: Part) -> Reason:
    rule = RULES[part.evidence.code]
    return Reason(
        code=rule.code, weight=round(part.weight, 3), text=rule.text, text_zh=rule.text_zh,
        event_ids=tuple(part.evidence.event_ids),
    )  # fmt: skip
