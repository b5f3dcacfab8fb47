"""The limits: how much may be taken from people without an officer, whatever the evidence says. A centre sets them.

A wrong rule or a poisoned feed must not silence a district: over a limit, a measure waits for an officer's yes. Windows
slide on event time; what was approved counts in them and is never held back by them.
"""

from collections.abc import Callable, Collection, Iterable, MutableMapping
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple, Self, get_args

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas import fields as f
from schemas.fields import LEVELS, Level

WINDOW_MS = 60_000
PASSED_MAX = 300
"""Measures remembered of the last minute, and the most that a limit may allow: when the list is full, the limit has
been reached, so what is forgotten then lets nothing through."""
POPULATION_MAX = 2_000_000_000
SHARE_MAX = 0.05
DECIDE_S_MAX = 24 * 3600

Measure = Literal["suspend", "freeze", "stop_payment", "force_login"]
Measures = Annotated[tuple[Measure, ...], Field(max_length=len(get_args(Measure)))]
PerMinute = Annotated[int, Field(ge=1, le=PASSED_MAX)]
Limit = Literal["total", "area", "rule", "share"]


class Limits(BaseModel):
    """Blast radius, four eyes and the kill switch."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    policy_version: f.PolicyVersion
    limited: Measures
    """What the limits are for."""
    per_minute: PerMinute
    """Of all limited measures together."""
    per_minute_area: PerMinute
    """Of those in one area; people without a known area are an area of their own."""
    per_minute_rule: PerMinute
    """Of those that rest on the same rule most of all: one wrong rule must not use up everything."""
    population: Annotated[int, Field(ge=1, le=POPULATION_MAX)]
    """People protected."""
    share: Annotated[float, Field(gt=0, le=SHARE_MAX)]
    """Share of them from whom a phone or an account may be taken at the same time."""
    four_eyes: dict[Measure, tuple[Level, ...]]
    """Measures that an officer must approve first, at which levels."""
    kill_switch: bool
    """Stops `kill_switch_stops` at once and leaves the rest running, dissuasion above all."""
    kill_switch_stops: Measures
    decide_s: dict[Level, Annotated[int, Field(ge=1, le=DECIDE_S_MAX)]]
    """Seconds within which an officer is to decide, by level."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if missing := set(LEVELS) - set(self.decide_s):
            raise ValueError(f"decide_s: nothing for {', '.join(sorted(missing))}")
        if self.people_max < 1:
            raise ValueError("share: of this population it is nobody; the kill switch says so more plainly")
        return self

    @classmethod
    def load(cls) -> Self:
        """The limits that come with the package: those of a district of 4.5 million."""
        return cls.model_validate_json(files(__package__).joinpath("limits.json").read_bytes())

    def in_doubt(self) -> Self:
        """What holds while nobody can tell what should, these being the last that could be read: nothing is taken
        without an officer's yes."""
        return self.model_copy(update={"kill_switch": True, "kill_switch_stops": get_args(Measure)})

    @property
    def people_max(self) -> int:
        """From how many people something may be taken at the same time."""
        return int(self.population * self.share)


class RecentMeasure(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """One limited measure that went out, or wants to."""

    at: int
    area: str | None
    rule: str
    """Code of the heaviest reason; empty where there is none."""


class Window(NamedTuple):
    """One row of the limiter."""

    limit: Limit
    most: Callable[[Limits], int]
    alike: Callable[[RecentMeasure, RecentMeasure], bool]
    """Whether two measures count against each other."""


WINDOWS: tuple[Window, ...] = (
    Window("total", lambda limits: limits.per_minute, lambda *_: True),
    Window("area", lambda limits: limits.per_minute_area, lambda one, other: one.area == other.area),
    Window("rule", lambda limits: limits.per_minute_rule, lambda one, other: one.rule == other.rule),
)


def reached(limits: Limits, recent: Iterable[RecentMeasure], asked: RecentMeasure) -> Limit | None:
    """The first limit that one more measure would exceed; None where it may pass.

    Args:
        limits: how many may pass.
        recent: those that did.
        asked: the one more; no earlier than any of `recent`.
    """
    minute = [one for one in recent if one.at > asked.at - WINDOW_MS]
    over = (row.limit for row in WINDOWS if sum(row.alike(one, asked) for one in minute) >= row.most(limits))
    return next(over, None)


def too_many(limits: Limits, taken_from: Collection[str], subscriber: str) -> bool:
    """Whether one more person would make too many from whom something is taken at the same time."""
    return subscriber not in taken_from and len(taken_from) >= limits.people_max


def note(recent: MutableMapping[bytes, RecentMeasure], key: bytes, measure: RecentMeasure) -> None:
    """Remember a measure that went out; of the others those of the last minute, at most `PASSED_MAX` in all."""
    for old in [key for key, one in recent.items() if one.at <= measure.at - WINDOW_MS]:
        del recent[old]
    recent[key] = measure
    while len(recent) > PASSED_MAX:
        del recent[min(recent, key=lambda key: (recent[key].at, key))]
