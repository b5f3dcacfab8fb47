"""What the rules that fire come to under a policy: an account's grade."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from agents.mules.policy import GRADES, Policy
from agents.mules.rules import Through, firing
from schemas.commands import Reason
from schemas.fields import Level


class Part(NamedTuple):
    """What one rule says."""

    code: str
    weight: float
    """Log-odds under the policy."""
    text: str
    text_zh: str


class Grade(NamedTuple):
    """How an account stands."""

    level: Level | None
    score: float
    """The probability that it is a mule's."""
    parts: tuple[Part, ...]
    """What speaks for it, heaviest first."""


def grade(found: Through, policy: Policy) -> Grade:
    """The grade of an account through which money went so."""
    weighed = [Part(rule.code, policy.weight(rule.code), rule.text, rule.text_zh) for rule in firing(found)]
    parts = tuple(sorted((part for part in weighed if part.weight), key=lambda part: (-part.weight, part.code)))
    score = 1 / (1 + math.exp(-policy.start - sum(part.weight for part in parts)))
    return Grade(next((level for level in GRADES if score >= policy.levels[level]), None), score, parts)


def reasons(parts: Sequence[Part], event_id: str) -> tuple[Reason, ...]:
    """The evidence in words, heaviest first."""
    return tuple(
        Reason(code=part.code, weight=part.weight, text=part.text, text_zh=part.text_zh, event_ids=(event_id,))
        for part in parts
    )
