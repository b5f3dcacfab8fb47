"""The `desk` duty as `streams` runs it: all orders meet under one key."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from agents.desk.limits import Limits
from agents.desk.metrics import METRICS
from agents.desk.reducer import Desk
from agents.desk.roster import Roster
from agents.desk.state import DeskState
from schemas.topics import ORDERS, POLICIES, Topic
from streams.core.duty import Decisions, Sample
from streams.core.policies import Slot


class DeskDuty:
    """Decides what persons share: officers, limits, accounts. Implements `streams.core.duty.Duty`."""

    name = "desk"
    inputs = (ORDERS,)
    broadcasts = (POLICIES,)
    metrics = METRICS
    state_type = DeskState

    def __init__(self, roster: Roster, limits: Limits) -> None:
        self._desk = Desk(roster, limits)
        self._slots = (
            Slot("roster", Roster, roster, self._take_up_roster),
            Slot("limits", Limits, limits, self._take_up_limits, Limits.in_doubt),
        )

    @classmethod
    def load(cls) -> "DeskDuty":
        """With the roster and the limits that come with the package."""
        return cls(Roster.load(), Limits.load())

    def decide(self, state: DeskState | None, key: str, topic: Topic, event: Any, now: int) -> tuple[Any, Decisions]:
        """See `streams.core.duty.Duty`."""
        return self._desk.order(state, event, now)

    def on_timer(self, state: DeskState, key: str, now: int) -> tuple[Any, Decisions]:
        """See `streams.core.duty.Duty`."""
        return self._desk.on_timer(state, now)

    def timer_at(self, state: DeskState) -> int:
        """See `streams.core.duty.Duty`."""
        return self._desk.timer_at(state)

    def on_idle(self, state: DeskState) -> None:
        """What it did was done with long ago: as long as anything is open a timer is set."""

    def census_entry(self, state: DeskState) -> None:
        """Tasks are no cases."""

    def gauges(self) -> Iterator[Sample]:
        """The roster and the limits that hold, and the kill switch."""
        for slot in self._slots:
            yield from slot.gauges()
        yield Sample("kill_switch", (), self._desk.limits.kill_switch)

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take up a roster or limits."""
        for slot in self._slots:
            slot.on_broadcast(key, record)

    def _take_up_roster(self, roster: Roster) -> None:
        self._desk.roster = roster

    def _take_up_limits(self, limits: Limits) -> None:
        self._desk.limits = limits
