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

Measure = Literal["suspend", "freeze", "stop_payment", "force_login", "hold"]
Measures = Annotated[tuple[Measure, ...], Field(max_length=len(get_args(Measure)))]
PerMinute = Annotated[int, Field(ge=1, le=PASSED_MAX)]
Limit = Literal["total", "area", "rule", "person", "share"]


class Budget(BaseModel):
    """How many measures pass in a minute."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    per_minute: PerMinute
    per_minute_area: PerMinute
    per_minute_rule: PerMinute


class Gentle(Budget):
    """The budget of measures so gentle that no flood of them may keep a harder one from passing, nor the other way."""

    measures: Measures


GENTLE = Gentle(measures=("hold",), per_minute=60, per_minute_area=12, per_minute_rule=40)


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
    per_minute_person: PerMinute = 4
    """Of one measure against one person: eight messaging accounts are not a minute's logins."""
    gentle: Gentle = GENTLE
    """Measures that have limits of their own."""
    reserved: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Part of each limit of many that is kept for people at red from whom money is leaving: a flood of lesser cases
    reaches only the rest. A limit of one is theirs alone."""
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

    def budget(self, *, gentle: bool) -> Budget:
        """What measures of a kind share in a minute."""
        hard = Budget(
            per_minute=self.per_minute, per_minute_area=self.per_minute_area, per_minute_rule=self.per_minute_rule
        )
        return self.gentle if gentle else hard

    def open_to(self, most: int, *, urgent: bool) -> int:
        """How much of a limit is open to a case: all of it at red with money, else what is not kept for those."""
        return most if urgent else int(most * (1 - self.reserved))

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
    person: str = ""
    """From whom."""
    action: str = ""
    gentle: bool = False
    """Whether it counts in the gentle measures' budget."""
    urgent: bool = True
    """Whether it is for a case at red with money."""


class Window(NamedTuple):
    """One row of the limiter."""

    limit: Limit
    most: Callable[[Limits, RecentMeasure], int]
    """For a measure that is asked for."""
    alike: Callable[[RecentMeasure, RecentMeasure], bool]
    """Whether two measures count against each other."""


def _kept(limit: Limit, field: str, alike: Callable[[RecentMeasure, RecentMeasure], bool]) -> Window:
    """A row of which a part is kept for red with money."""

    def most(limits: Limits, asked: RecentMeasure) -> int:
        budget = limits.budget(gentle=asked.gentle)
        return limits.open_to(getattr(budget, field), urgent=asked.urgent)

    return Window(limit, most, alike)


WINDOWS: tuple[Window, ...] = (
    _kept("total", "per_minute", lambda *_: True),
    _kept("area", "per_minute_area", lambda one, other: one.area == other.area),
    _kept("rule", "per_minute_rule", lambda one, other: one.rule == other.rule),
    Window(
        "person", lambda limits, _: limits.per_minute_person,
        lambda one, other: one.person != "" and (one.person, one.action) == (other.person, other.action),
    ),
)  # fmt: skip


def reached(limits: Limits, recent: Iterable[RecentMeasure], asked: RecentMeasure) -> Limit | None:
    """The first limit that one more measure would exceed; None where it may pass.

    Args:
        limits: how many may pass.
        recent: those that did.
        asked: the one more; no earlier than any of `recent`.
    """
    minute = [one for one in recent if one.at > asked.at - WINDOW_MS and one.gentle == asked.gentle]
    over = (row.limit for row in WINDOWS if sum(row.alike(one, asked) for one in minute) >= row.most(limits, asked))
    return next(over, None)


def too_many(limits: Limits, taken_from: Collection[str], subscriber: str, *, urgent: bool = True) -> bool:
    """Whether one more person would make too many from whom something is taken at the same time."""
    return subscriber not in taken_from and len(taken_from) >= limits.open_to(limits.people_max, urgent=urgent)


def note(recent: MutableMapping[bytes, RecentMeasure], key: bytes, measure: RecentMeasure) -> None:
    """Remember a measure that went out; of the others those of the last minute, at most `PASSED_MAX` of each budget."""
    for old in [key for key, one in recent.items() if one.at <= measure.at - WINDOW_MS]:
        del recent[old]
    recent[key] = measure
    alike = [key for key, one in recent.items() if one.gentle == measure.gentle]
    for oldest in sorted(alike, key=lambda key: (recent[key].at, key))[: max(0, len(alike) - PASSED_MAX)]:
        del recent[oldest]
