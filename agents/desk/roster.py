"""The roster: who is on duty when, for what and where, and who else is asked when they are busy. A centre sets it.

    a task ─► teams of the channel and the area that are on duty ─► overflow of its level, in order ─► queue

A team is people who keep the same hours; whoever works in two shifts is two teams. Time is an argument: Unix ms, read
on the roster's own clock on the wall.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas import fields as f
from schemas.fields import LEVELS, Level

TEAMS_MAX = 500
SHIFTS_MAX = 8
TEAM_UNITS_MAX = 500
UNITS_MAX = 5_000
"""Officers and patrols of all teams together."""
CAPACITY_MAX = 20
AREAS_MAX = 1_000
TEAM_NAME_CHARS_MAX = 40
"""A unit without a name of its own is called after its team and must still be a label."""
DAYS_AHEAD = (0, 1, 2)
"""Days on which the next boundary is looked for: a zone that crosses the date line may leave one out."""

EVERYWHERE: Literal["*"] = "*"
"""As a team's areas: all of them. As a step of an overflow: any team that does this, whatever its area."""

Channel = Literal["call", "visit", "desk"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Channels = Annotated[tuple[Channel, ...], Field(min_length=1, max_length=len(CHANNELS))]
WallTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Capacity = Annotated[int, Field(ge=1, le=CAPACITY_MAX)]
TeamName = Annotated[str, Field(min_length=1, max_length=TEAM_NAME_CHARS_MAX, pattern=f.NO_CONTROLS)]

_SET_ONCE = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Unit(NamedTuple):
    """One officer, or one patrol."""

    team: str
    name: str
    capacity: int
    """Tasks that it can have in hand at a time: the one it is on, and those it follows up."""


Loads = Mapping[tuple[str, str], int]
"""Tasks in hand, by team and unit; a unit that has none may be missing."""


class Crew(BaseModel):
    """Units without names of their own: they are called after their team."""

    model_config = _SET_ONCE

    count: Annotated[int, Field(ge=1, le=TEAM_UNITS_MAX)]
    capacity: Capacity = 1


class Seat(BaseModel):
    """A unit with a name."""

    model_config = _SET_ONCE

    name: f.Label
    capacity: Capacity = 1


class Shift(BaseModel):
    """Hours of one day, on the wall clock. It may cross midnight; with `starts` equal to `ends` it is round the clock.

    >>> night = Shift(starts="22:00", ends="08:00")
    >>> night.covers(23 * 60), night.covers(8 * 60)
    (True, False)
    """

    model_config = _SET_ONCE

    starts: WallTime
    ends: WallTime
    channels: Channels | None = None
    """What comes to the team of its own accord in these hours; null for all that it does. The rest it does in these
    hours only where an overflow names it."""

    def covers(self, minute: int) -> bool:
        """Whether a minute of the day, 0 to 1439, is in it."""
        starts, length = self._span
        return (minute - starts) % DAY_MIN < length

    @cached_property
    def _span(self) -> tuple[int, int]:
        """When it starts and how long it is, minutes."""
        starts = minute_of(self.starts)
        return starts, (minute_of(self.ends) - starts) % DAY_MIN or DAY_MIN


class Team(BaseModel):
    """People who keep the same hours and do the same."""

    model_config = _SET_ONCE

    name: TeamName
    channels: Channels
    """Tasks that it can do."""
    areas: Literal["*"] | Annotated[tuple[f.Label, ...], Field(min_length=1, max_length=AREAS_MAX)]
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1, max_length=SHIFTS_MAX)]
    units: Crew | Annotated[tuple[Seat, ...], Field(min_length=1, max_length=TEAM_UNITS_MAX)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.name == EVERYWHERE:
            raise ValueError(f"no team can be called {EVERYWHERE}")
        if strange := {c for shift in self.shifts for c in shift.channels or ()} - set(self.channels):
            raise ValueError(f"{self.name}: a shift is for what the team does not do: {', '.join(sorted(strange))}")
        if len({unit.name for unit in self.members}) != len(self.members):
            raise ValueError(f"{self.name}: two units of one name")
        return self

    @cached_property
    def members(self) -> tuple[Unit, ...]:
        """Its units, by name."""
        if isinstance(self.units, Crew):
            names = (f"{self.name}-{n:02d}" for n in range(1, self.units.count + 1))
            return tuple(Unit(self.name, name, self.units.capacity) for name in names)
        return tuple(Unit(self.name, seat.name, seat.capacity) for seat in self.units)

    def serves(self, area: str | None) -> bool:
        """Whether it answers for an area; for an unknown one only who answers for all."""
        return self.areas == EVERYWHERE or area in self.areas

    def works(self, minute: int) -> bool:
        """Whether it is on duty, for whatever it may be."""
        return any(shift.covers(minute) for shift in self.shifts)

    def does(self, channel: Channel, minute: int) -> bool:
        """Whether tasks of this channel come to it of their own accord now."""
        return any(shift.covers(minute) and channel in (shift.channels or self.channels) for shift in self.shifts)

    def ever_does(self, channel: Channel) -> bool:
        """Whether they do so at some hour."""
        return any(channel in (shift.channels or self.channels) for shift in self.shifts)


class Roster(BaseModel):
    """Who is on duty, and how tasks overflow."""

    model_config = _SET_ONCE

    policy_version: f.PolicyVersion
    time_zone: f.Label
    """By its IANA name: shifts are read on this wall clock."""
    centre: TeamName
    """The team that takes what nobody else can: it answers for all areas and does everything."""
    teams: Annotated[tuple[Team, ...], Field(min_length=1, max_length=TEAMS_MAX)]
    overflow: dict[Level, Literal["queue"] | Annotated[tuple[str, ...], Field(max_length=TEAMS_MAX)]]
    """By level, which teams are asked in turn when those of the area are busy. `*` asks those of other areas. A team
    named here need not answer for the area. `queue`, and the end of the list: the task waits."""

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone") from None
        return name

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len(self.named) != len(self.teams):
            raise ValueError("two teams of one name")
        if sum(len(team.members) for team in self.teams) > UNITS_MAX:
            raise ValueError(f"more than {UNITS_MAX} units")
        centre = self.named.get(self.centre)
        if centre is None or centre.areas != EVERYWHERE or set(centre.channels) != set(CHANNELS):
            raise ValueError("the centre must be a team for all areas and all channels")
        if missing := set(LEVELS) - set(self.overflow):
            raise ValueError(f"no overflow for {', '.join(sorted(missing))}")
        asked = {name for level in LEVELS for name in self.asked(level)}
        if unknown := asked - {EVERYWHERE, *self.named}:
            raise ValueError(f"an overflow names no team: {', '.join(sorted(unknown))}")
        return self

    @classmethod
    def load(cls) -> Self:
        """The roster that comes with the package: that of a district's centre."""
        return cls.model_validate_json(files(__package__).joinpath("roster.json").read_bytes())

    @cached_property
    def named(self) -> dict[str, Team]:
        """Teams by name."""
        return {team.name: team for team in self.teams}

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the wall clock hangs."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def boundaries(self) -> tuple[int, ...]:
        """Minutes of the day at which some shift begins or ends."""
        shifts = [shift for team in self.teams for shift in team.shifts]
        return tuple(sorted({minute_of(wall) for shift in shifts for wall in (shift.starts, shift.ends)}))

    def asked(self, level: Level) -> tuple[str, ...]:
        """Whom a task of this level is taken to when those of the area are busy, in order."""
        steps = self.overflow[level]
        return () if steps == "queue" else steps


DAY_MIN = 24 * 60


def minute_of(wall: str) -> int:
    """A time on the wall as a minute of the day.

    >>> minute_of("08:30")
    510
    """
    return int(wall[:2]) * 60 + int(wall[3:])


def on_duty(roster: Roster, at: int, channel: Channel, area: str | None) -> list[Unit]:
    """The units that tasks of a channel and an area come to at this time."""
    minute = _minute(roster, at)
    return _units(roster, lambda team: team.serves(area) and team.does(channel, minute))


def manned(roster: Roster, at: int) -> set[tuple[str, str]]:
    """Team and name of every unit on duty at this time."""
    minute = _minute(roster, at)
    return {(unit.team, unit.name) for unit in _units(roster, lambda team: team.works(minute))}


def on_team(roster: Roster, at: int, channel: Channel, name: str) -> list[Unit]:
    """The units of a team that are on duty and can do this, whatever the area."""
    team = roster.named[name]
    return list(team.members) if channel in team.channels and team.works(_minute(roster, at)) else []


def next_boundary(roster: Roster, at: int) -> int:
    """When the next shift begins or ends after a time, Unix ms.

    A wall time that comes twice in a night counts twice; one that is left out counts as if the clock had not been
    put forward yet, and as if it already were.
    """
    today = _local(roster, at).date()
    walls = [time(*divmod(minute, 60), fold=fold) for minute in roster.boundaries for fold in (0, 1)]
    moments = (
        1000 * int(datetime.combine(today + timedelta(days=days), wall, roster.zone).timestamp())
        for days in DAYS_AHEAD
        for wall in walls
    )
    return min(moment for moment in moments if moment > at)


def choose(units: list[Unit], loads: Loads) -> Unit | None:
    """The one with the least in hand for its capacity, ties by name; None where all have their hands full.

    >>> choose([Unit("a", "a-01", 2), Unit("a", "a-02", 4)], {("a", "a-01"): 1, ("a", "a-02"): 1})
    Unit(team='a', name='a-02', capacity=4)
    """
    free = [unit for unit in units if loads.get(unit[:2], 0) < unit.capacity]
    return min(free, key=lambda unit: (loads.get(unit[:2], 0) / unit.capacity, unit.name, unit.team), default=None)


def assign(roster: Roster, loads: Loads, at: int, channel: Channel, area: str | None, level: Level) -> Unit | None:
    """Who takes a task at this time; None where everybody who may has their hands full."""
    pools = _pools(roster, at, channel, area, level)
    return next((unit for pool in pools if (unit := choose(pool, loads)) is not None), None)


def able(roster: Roster, at: int, channel: Channel, area: str | None, level: Level) -> list[Unit]:
    """Whoever a task of this level may be taken to at this time, free or not."""
    return [unit for pool in _pools(roster, at, channel, area, level) for unit in pool]


def _pools(roster: Roster, at: int, channel: Channel, area: str | None, level: Level) -> Iterator[list[Unit]]:
    """Whom to ask, in order. What no team ever does in this area is the centre's, so that nobody waits for nobody."""
    yield on_duty(roster, at, channel, area)
    minute = _minute(roster, at)
    has_a_team = any(team.serves(area) and team.ever_does(channel) for team in roster.teams)
    for name in roster.asked(level) if has_a_team else (*roster.asked(level), roster.centre):
        if name == EVERYWHERE:
            yield _units(roster, lambda team: team.does(channel, minute))
        else:
            yield on_team(roster, at, channel, name)


def _units(roster: Roster, fits: Callable[[Team], bool]) -> list[Unit]:
    return [unit for team in roster.teams if fits(team) for unit in team.members]


def _minute(roster: Roster, at: int) -> int:
    local = _local(roster, at)
    return local.hour * 60 + local.minute


def _local(roster: Roster, at: int) -> datetime:
    return datetime.fromtimestamp(at // 1000, roster.zone)
