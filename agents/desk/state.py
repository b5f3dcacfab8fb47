"""What the desk remembers: a header, and pieces that travel alone, so that an order costs what it changes.

Each kind of piece keeps the indexes by which the reducer finds it; they are made anew when a state is read back.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import msgspec

from agents.desk.limits import Measure, RecentMeasure
from agents.desk.roster import Channel
from schemas.fields import LEVELS, Level
from streams.core.deadlines import Deadlines
from streams.core.pieces import Pieces

TASKS_MAX = 5_000
"""Tasks in hand. With so many, nobody counts as free."""
QUEUE_MAX = 1_000
"""Tasks that wait for somebody to be free: more than a shift can get to."""
TAKEN_MAX = 50_000
"""Phones and accounts held. With so many, further ones need an officer's yes."""

SHARED = frozenset({"suspend", "freeze"})
"""Measures that count in the share of people from whom something is taken."""


class Task(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """Something that a unit has in hand."""

    command_id: str
    team: str
    unit: str
    level: Level
    area: str | None
    expires_at: int
    subscriber: str
    asks_about: str = ""
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
    number: int = 0
    """Grows: whoever waits longer has a lower one."""


class Hold(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """Something that was taken from somebody and not given back."""

    action: Measure
    target: str
    """The phone or the account."""
    subscriber: str
    until: int
    """When the executor lifts it by itself."""


class Tasks(Pieces[str, Task]):
    """Tasks in hand, by their command's id; at most `TASKS_MAX`."""

    value_type: ClassVar[Any] = Task

    def __init__(self) -> None:
        super().__init__()
        self.loads: Counter[tuple[str, str]] = Counter()
        """Tasks in hand, by team and unit."""
        self._about: dict[str, str] = {}
        self.ends: Deadlines[str] = Deadlines()
        """When they expire."""

    @classmethod
    def of_whole(cls, whole: Any) -> Self:
        """Before it was in pieces it was a list."""
        tasks = cls()
        tasks.update((task.command_id, task) for task in msgspec.convert(whole, list[Task]))
        return tasks

    def added(self, key: str, value: Task) -> None:
        """See `Pieces`."""
        self.loads[value.team, value.unit] += 1
        self.ends.set(key, value.expires_at)
        if value.asks_about:
            self._about[value.asks_about] = key

    def removed(self, key: str, value: Task) -> None:
        """See `Pieces`."""
        self.loads[value.team, value.unit] -= 1
        self.ends.set(key, 0)
        self._about.pop(value.asks_about, None)

    def about(self, measure: str) -> Task | None:
        """The task that asks whether a measure may go out."""
        key = self._about.get(measure)
        return None if key is None else self[key]


class Queue(Pieces[str, Waiting]):
    """Tasks that wait, by their command's id; at most `QUEUE_MAX`."""

    value_type: ClassVar[Any] = Waiting

    def __init__(self) -> None:
        super().__init__()
        self._order: list[tuple[int, int, str]] = []
        self.ends: Deadlines[str] = Deadlines()
        """When they expire."""

    @classmethod
    def of_whole(cls, whole: Any) -> Self:
        """Before it was in pieces it was a list, in the order in which it is served."""
        queue = cls()
        for number, waiting in enumerate(msgspec.convert(whole, list[Waiting])):
            queue[waiting.command_id] = msgspec.structs.replace(waiting, number=number)
        return queue

    def added(self, key: str, value: Waiting) -> None:
        """See `Pieces`."""
        insort(self._order, self._place(value))
        self.ends.set(key, value.expires_at)

    def removed(self, key: str, value: Waiting) -> None:
        """See `Pieces`."""
        self._order.remove(self._place(value))
        self.ends.set(key, 0)

    def in_turn(self) -> list[Waiting]:
        """Highest level first, then longest waiting."""
        return [self[key] for _, _, key in self._order]

    def to_give_up(self) -> Waiting:
        """The longest waiting of the lowest level."""
        lowest = self._order[-1][0]
        return self[next(key for level, _, key in self._order if level == lowest)]

    def next_number(self) -> int:
        """What whoever comes now bears."""
        return 1 + max((number for _, number, _ in self._order), default=-1)

    @staticmethod
    def _place(value: Waiting) -> tuple[int, int, str]:
        return LEVELS.index(value.level), value.number, value.command_id


class Recent(Pieces[bytes, RecentMeasure]):
    """Limited measures of the last minute, by the 16 bytes of the command's id; at most
    `agents.desk.limits.PASSED_MAX`."""

    value_type: ClassVar[Any] = RecentMeasure

    @classmethod
    def of_whole(cls, whole: Any) -> Self:
        """Before it was in pieces it was a list, without the commands' ids."""
        recent = cls()
        for number, measure in enumerate(msgspec.convert(whole, list[RecentMeasure])):
            recent[number.to_bytes(16)] = measure
        return recent


class Holds(Pieces[bytes, Hold]):
    """What was taken and not given back, by the 16 bytes of the command's id; at most `TAKEN_MAX`."""

    value_type: ClassVar[Any] = Hold

    def __init__(self) -> None:
        super().__init__()
        self.ends: Deadlines[bytes] = Deadlines()
        """When they are lifted by themselves."""
        self._by_target: dict[str, set[bytes]] = {}
        self._people: Counter[str] = Counter()
        self._shared_ends: Deadlines[bytes] = Deadlines()
        """Of the holds that count among `_people`."""

    def added(self, key: bytes, value: Hold) -> None:
        """See `Pieces`."""
        self.ends.set(key, value.until)
        self._by_target.setdefault(value.target, set()).add(key)
        if value.action in SHARED:
            self._people[value.subscriber] += 1
            self._shared_ends.set(key, value.until)

    def removed(self, key: bytes, value: Hold) -> None:
        """See `Pieces`."""
        self.ends.set(key, 0)
        at_target = self._by_target[value.target]
        at_target.discard(key)
        if not at_target:
            del self._by_target[value.target]
        self._uncount(key, value.subscriber)

    def _uncount(self, key: bytes, subscriber: str) -> None:
        if key in self._shared_ends.at:
            self._shared_ends.set(key, 0)
            self._people[subscriber] -= 1
            if not self._people[subscriber]:
                del self._people[subscriber]

    def people(self, at: int) -> Counter[str]:
        """From whom something shared is held at a time, Unix ms, which never goes back; and how often."""
        while (first := self._shared_ends.first()) is not None and first[0] <= at:
            self._uncount(first[1], self[first[1]].subscriber)
        return self._people

    def at(self, target: str) -> Iterator[tuple[bytes, Hold]]:
        """What holds a phone or an account, in a fixed order."""
        return ((key, self[key]) for key in sorted(self._by_target.get(target, ())))


class DeskState(msgspec.Struct, array_like=True, gc=False):
    """All that the desk remembers."""

    at: int = 0
    """The highest time it was told, Unix ms."""
    tasks: Tasks = msgspec.field(default_factory=Tasks)
    queue: Queue = msgspec.field(default_factory=Queue)
    recent: Recent = msgspec.field(default_factory=Recent)
    taken: Holds = msgspec.field(default_factory=Holds)
