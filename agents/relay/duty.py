"""The `relay` duty as `streams` runs it: a person's case, and the same in the shadow."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from pydantic import BaseModel

from agents.relay.case import CaseFile
from agents.relay.metrics import METRICS
from agents.relay.playbook import Playbook
from agents.relay.reducer import Relay
from schemas.codec import Rejected
from schemas.orders import Order
from schemas.topics import OUTCOME_TOPICS, POLICIES, SHADOW, SHADOW_SIGNALS, SIGNALS, Output, Topic
from streams.core.duty import CensusEntry, Decisions, Sample
from streams.core.policies import SHADOW_SUFFIX, Slot


class RelayDuty:
    """Runs each person's case. Implements `streams.core.duty.Duty`."""

    name: str = "relay"
    inputs: tuple[Topic, ...] = (*OUTCOME_TOPICS, SIGNALS)
    broadcasts = (POLICIES,)
    metrics = METRICS
    state_type = CaseFile

    def __init__(self, playbook: Playbook) -> None:
        self._relay = Relay(playbook)
        self._slot = Slot("relay", Playbook, playbook, self._take_up)

    @classmethod
    def load(cls) -> Self:
        """With the playbook that comes with the package."""
        return cls(Playbook.load())

    def decide(self, state: CaseFile | None, key: str, topic: Topic, event: Any, now: int) -> tuple[Any, Decisions]:
        """See `streams.core.duty.Duty`."""
        if topic.kind == "signal":
            return self._relay.signal(state, key, event)
        return self._relay.outcome(state, key, event, now, topic)

    def on_timer(self, state: CaseFile, key: str, now: int) -> tuple[Any, Decisions]:
        """See `streams.core.duty.Duty`."""
        return self._relay.on_timer(state, key, now)

    def timer_at(self, state: CaseFile) -> int:
        """See `streams.core.duty.Duty`."""
        return state.timer_at()

    def on_idle(self, state: CaseFile) -> None:
        """What it did was done with long ago: as long as anything is open a timer is set."""

    def census_entry(self, state: CaseFile) -> CensusEntry | None:
        """An open case, by where it stands, how urgent it is and since when."""
        return None if state.state == "closed" else CensusEntry((state.state, state.level), state.opened_at)

    def gauges(self) -> Iterator[Sample]:
        """The playbook that holds."""
        yield from self._slot.gauges()

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take up a playbook."""
        self._slot.on_broadcast(key, record)

    def _take_up(self, playbook: Playbook) -> None:
        self._relay.playbook = playbook


class ShadowRelayDuty(RelayDuty):
    """Runs each person's case as a shadow playbook would: what it says is recorded, and nothing is commanded.

    Its ids are those of the live case, so that what officers tell counts for it too. Without a policy in the shadow
    its cases are forgotten.
    """

    name = "shadow_relay"
    inputs = (*OUTCOME_TOPICS, SHADOW_SIGNALS)

    def __init__(self, playbook: Playbook) -> None:
        super().__init__(playbook)
        self._live = playbook
        self._shadow: Playbook | None = None
        self._shadows: set[str] = set()
        """Names of the policies that are in the shadow: this one's, and those that it hears of."""
        self._shadow_slot = Slot("relay" + SHADOW_SUFFIX, Playbook, None, self._take_up_shadow)

    def decide(self, state: CaseFile | None, key: str, topic: Topic, event: Any, now: int) -> tuple[Any, Decisions]:
        """See `streams.core.duty.Duty`."""
        if not self._shadows:
            return None, ()
        held, decisions = super().decide(state, key, topic, event, now)
        return held, _recorded(decisions, key)

    def on_timer(self, state: CaseFile, key: str, now: int) -> tuple[Any, Decisions]:
        """See `streams.core.duty.Duty`."""
        if not self._shadows:
            return None, ()
        held, decisions = super().on_timer(state, key, now)
        return held, _recorded(decisions, key)

    def census_entry(self, state: CaseFile) -> None:
        """Nobody's case is in the shadow only."""

    def gauges(self) -> Iterator[Sample]:
        """The playbook in the shadow, if there is one."""
        yield from self._shadow_slot.gauges()

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take up a playbook: a shadow one, or the live one until there is such. Of a live one that is none, the duty
        that runs the live cases tells."""
        with suppress(Rejected):
            super().on_broadcast(topic, key, record)
        self._shadow_slot.on_broadcast(key, record)
        if key.endswith(SHADOW_SUFFIX):
            self._shadows = self._shadows - {key} if record is None else self._shadows | {key}

    def _take_up(self, playbook: Playbook) -> None:
        self._live = playbook
        self._relay.playbook = self._shadow or playbook

    def _take_up_shadow(self, playbook: Playbook | None) -> None:
        self._shadow = playbook
        self._relay.playbook = playbook or self._live


def _recorded(decisions: Decisions, key: str) -> list[Output]:
    """What a live case would send and say, for the record only. The desk is not asked."""
    values = (output.value for output in decisions if isinstance(output, Output))
    wanted = (value.command if isinstance(value, Order) else value for value in values)
    return [Output(SHADOW, key, value) for value in wanted if value is not None]
