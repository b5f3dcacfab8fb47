"""What the desk remembers. Bounded everywhere: the whole of it travels with each batch that touches it."""

import msgspec

from agents.desk.limits import Measure, RecentMeasure
from agents.desk.roster import Channel
from schemas.fields import Level

TASKS_MAX = 1_000
"""Tasks in hand. With so many, nobody counts as free."""
QUEUE_MAX = 200
"""Tasks that wait for somebody to be free."""
QUEUE_BYTES_MAX = 200_000
"""Their size together: the whole state travels with each batch that touches it."""
TAKEN_MAX = 3_000
"""Phones and accounts held. With so many, further ones need an officer's yes."""


class Task(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """Something that a unit has in hand."""

    command_id: str
    team: str
    unit: str
    level: Level
    area: str | None
    expires_at: int
    subscriber: str
    proposes: str = ""
    """The measure to decide on; empty for a call or a visit."""


class Waiting(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """A task for which nobody was free."""

    command_id: str
    subscriber: str
    level: Level
    channel: Channel
    area: str | None
    expires_at: int
    packed: bytes
    """The command, as JSON, deflated."""


class Hold(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """Something that was taken from somebody and not given back."""

    action: Measure
    target: str
    """The phone or the account."""
    subscriber: str
    until: int
    """When the executor lifts it by itself."""


class DeskState(msgspec.Struct, array_like=True, gc=False):
    """All that the desk remembers."""

    at: int = 0
    """The highest time it was told, Unix ms."""
    tasks: list[Task] = msgspec.field(default_factory=list)
    """At most `TASKS_MAX`."""
    queue: list[Waiting] = msgspec.field(default_factory=list)
    """Highest level first, then longest waiting; at most `QUEUE_MAX` and `QUEUE_BYTES_MAX`."""
    passed: list[RecentMeasure] = msgspec.field(default_factory=list)
    """Limited measures of the last minute; at most `agents.desk.limits.PASSED_MAX`."""
    taken: dict[bytes, Hold] = msgspec.field(default_factory=dict)
    """By the 16 bytes of the command's id; at most `TAKEN_MAX`."""
