"""How much a number's month looks like a scammer's: points for each column of its usage, added up.

Every column is cut into ranges, every range has its points, and the sum says how much likelier such a month is a
scammer's than an honest one's. An officer can read each of these tables; a number's reasons are its points. Pure.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.resources import files
from itertools import islice, pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from streams.core.errors import ExpectedError

BASE_RATE = 0.0001
"""Scammers' numbers among all, where nobody says otherwise: a guess. What of it is true, a carrier knows."""

PACKAGED = "scorecard.json"
REASONS_MAX = 6
"""Told of a number."""

Share = Annotated[float, Field(gt=0, lt=1)]


class ScreenError(ExpectedError):
    """What was given cannot be screened, or screened with; says why."""


class Term(BaseModel):
    """One column: its ranges, and what each is worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    text: str
    """What it counts; the value goes behind."""
    text_zh: str
    edges: tuple[FiniteFloat, ...]
    """Where ranges end, ascending; a value that equals one still belongs below it."""
    points: tuple[FiniteFloat, ...]
    """Of each range, log-odds against the mean honest number: one more than edges."""
    missing: FiniteFloat = 0.0
    """Points where nothing is known."""

    @model_validator(mode="after")
    def _ranges_are_in_order(self) -> Self:
        if len(self.points) != len(self.edges) + 1:
            raise ValueError(f"{self.column}: {len(self.edges)} edges need {len(self.edges) + 1} points")
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError(f"{self.column}: edges must go up")
        return self

    def worth(self, value: float | None) -> float:
        """The points of a value; None where it is not known."""
        return self.missing if value is None else self.points[bisect_left(self.edges, value)]


class Part(NamedTuple):
    """What one column adds."""

    term: Term
    value: float | None
    points: float


class Screened(NamedTuple):
    """What is thought of a number."""

    chance: float
    """The probability that it is a scammer's, at the base rate."""
    points: float
    """The sum of its points, log-odds: no base rate is in it."""
    parts: tuple[Part, ...]
    """What speaks for it, heaviest first."""


class Scorecard(BaseModel):
    """Points for every column, and where they begin.

    >>> card = Scorecard.load()
    >>> card.screen([None] * len(card.terms), BASE_RATE).chance < 0.01
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_on: date
    learned_share: Share
    """Scammers' numbers among those that it was learned from."""
    honest: Annotated[int, Field(ge=1)]
    """Honest numbers that it was learned from."""
    start: FiniteFloat
    """Log-odds there of a number whose points sum up to 0."""
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """One from a file; the packaged one where none is named.

        Raises:
            ScreenError: it is no scorecard.
            OSError: it cannot be read.
        """
        raw = path.read_bytes() if path else files("interdict.screen").joinpath(PACKAGED).read_bytes()
        try:
            return cls.model_validate_json(raw)
        except ValidationError as problem:
            why = problem.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, why["loc"]))
            raise ScreenError(
                f"{path or 'the packaged one'} is no scorecard: {f'{place}: ' if place else ''}{why['msg']}"
            ) from None

    @property
    def columns(self) -> tuple[str, ...]:
        """What must be known of a number, in the order of `screen`'s values."""
        return tuple(term.column for term in self.terms)

    def screen(self, values: Sequence[float | None], base_rate: float) -> Screened:
        """What is thought of a number.

        The odds move as the base rate does: Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, theorem 2.
        Evidence raises them by no more than there were honest numbers to learn from: that none of so many looked alike
        does not say that one in more does not.

        Args:
            values: of each column, None where it is not known.
            base_rate: scammers' numbers among all, 0 to 1.
        """
        parts = [Part(term, value, term.worth(value)) for term, value in zip(self.terms, values, strict=True)]
        points = math.fsum(part.points for part in parts)
        evidence = min(self.start + points - _logit(self.learned_share), math.log(self.honest))
        logit = evidence + _logit(base_rate)
        speaking = sorted((part for part in parts if part.points > 0), key=lambda part: -part.points)
        return Screened(1 / (1 + math.exp(-logit)), points, tuple(speaking))


def in_words(parts: Iterable[Part], *, chinese: bool = False) -> str:
    """Reasons on one line, the heaviest: what was seen, and its points."""
    return "; ".join(
        f"{part.term.text_zh if chinese else part.term.text}: {_number(part.value)} ({part.points:+.1f})"
        for part in islice(parts, REASONS_MAX)
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1_000 else f"{value:.0f}"


def _logit(share: float) -> float:
    return math.log(share / (1 - share))
