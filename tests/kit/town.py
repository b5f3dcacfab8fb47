"""Tells what happens to several people who share a centre, through the same engine and duties as a live worker's."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from agents.desk.duty import DeskDuty
from agents.desk.state import DeskState
from agents.relay.duty import RelayDuty, ShadowRelayDuty
from agents.victims.duty import VictimsDuty
from agents.victims.text.scorer import TextScorer
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from interdict.topology import PERSONS, THE_DESK, policy_record
from schemas.orders import DESK
from schemas.spans import DAY_MS, MINUTE_MS
from schemas.topics import POLICIES, SUBSCRIBERS, WATCHLIST, Output
from streams.core.duty import Sample
from streams.core.engine import Effects, Outgoing
from streams.core.pipeline import Pipeline
from tests.kit.guesses import GUESSES, PLAYBOOK
from tests.kit.story import LIMITS, ME, MIDDAY, MY_ACCOUNT, ROSTER, Story, outputs_of, robbed_on_the_phone

RULES = GUESSES
PACKAGED = {"victims": RULES, "relay": PLAYBOOK, "roster": ROSTER, "limits": LIMITS}
SCORER = TextScorer.load()
TAKE = frozenset({"hold", "suspend", "freeze", "stop_payment"})
GIVE_BACK = frozenset({"restore", "release"})
PAID_AT = 40
"""When those who are robbed pay, a minute of their story."""


def changed(policy: Any, **fields: Any) -> Any:
    """A policy that differs from another one in these fields."""
    return type(policy).model_validate({**policy.model_dump(mode="json"), **fields})


class Town:
    """One centre, and the people told of."""

    def __init__(self, late_ms_max: int = 30 * DAY_MS) -> None:
        self.duty = VictimsDuty(RULES, SCORER)
        self.pipeline = Pipeline(PERSONS, (self.duty, RelayDuty(PLAYBOOK), ShadowRelayDuty(PLAYBOOK)))
        self.at_desk = Pipeline(THE_DESK, (DeskDuty(ROSTER, LIMITS),))
        self.replay = Counted([self.pipeline, self.at_desk], late_ms_max, 90 * DAY_MS)
        self.outputs: list[Output] = []

    def push(self, name: str, policy: Any) -> None:
        """A policy arrives; None where it is deleted."""
        record = None if policy is None else policy_record(name, policy)
        for pipeline in (self.at_desk, self.pipeline):
            pipeline.on_broadcast(POLICIES, name, record)

    def gauges(self) -> Iterator[Sample]:
        """How things stand with the duties."""
        yield from self.pipeline.gauges()
        yield from self.at_desk.gauges()

    def wait(self, minute: float) -> list[Output]:
        """Let time pass until then; what it led to."""
        return self.heard(self.replay.advance(MIDDAY + int(minute * MINUTE_MS)))

    def heard(self, sent: Iterator[Outgoing]) -> list[Output]:
        led_to = outputs_of(sent)
        self.outputs += led_to
        return led_to

    @property
    def desk(self) -> DeskState:
        held = self.replay.stores["desk"].snapshot()[DESK.encode()].slots.desk  # type: ignore[attr-defined]
        assert isinstance(held, DeskState)
        return held

    @property
    def commands(self) -> list[Any]:
        return commands(self.outputs)


class Counted(Replay):
    """A replay that keeps what is counted."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.tally: Counter[tuple[str, ...]] = Counter()
        self.observed: list[Sample] = []

    def _settle(self, effects: Effects) -> Iterator[Outgoing]:
        self.tally += effects.tally
        self.observed += effects.observed
        yield from super()._settle(effects)


class Person(Story):
    """One of a town's people: a story told in their name."""

    def __init__(self, town: Town, number: int = 1, **profile: Any) -> None:
        self.town, self.duty, self.replay = town, town.duty, town.replay
        self.phone, self.account = f"{ME[:-4]}{number:04d}", f"{MY_ACCOUNT[:-4]}{number:04d}"
        self._count = 0
        self.outputs = []
        value = {"subscriber": ME, "age_band": "35-44", "area": "district-00", "accounts": [self.account],
                 "handles": [f"wx_{number}"], **profile}  # fmt: skip
        self.record(SUBSCRIBERS.name, value)

    def record(self, topic: str, value: dict[str, Any]) -> list[Output]:
        assert topic != WATCHLIST.name
        mine = {ME: self.phone, MY_ACCOUNT: self.account}
        value = {name: mine.get(held, held) if isinstance(held, str) else held for name, held in value.items()}
        entry = self.replay.read(Recorded(topic, self.phone.encode(), orjson.dumps(value), 0))
        assert entry.rejected is None, entry.rejected
        return self.town.heard(self.replay.take(entry))

    def wait(self, minute: float) -> list[Output]:
        return self.town.wait(minute)

    @property
    def commands(self) -> list[Any]:
        return [command for command in self.town.commands if command.subscriber == self.phone]

    def last(self, what: str) -> Any:
        """The latest command of an action or a channel."""
        return [command for command in self.commands if what in (command.action, getattr(command, "channel", None))][-1]


def commands(outputs: list[Output]) -> list[Any]:
    """What left for those who carry it out."""
    return [output.value for output in outputs if output.topic.kind == "action"]


def actions(outputs: list[Output]) -> list[str]:
    """The same, as actions and channels."""
    return [getattr(command, "channel", None) or command.action for command in commands(outputs)]


def robbed(town: Town, number: int = 1, **profile: Any) -> Person:
    """One of the town, after the plainest of scams."""
    person = Person(town, number, **profile)
    robbed_on_the_phone(person)
    return person


def proposals(town: Town) -> list[Any]:
    """What an officer was asked to agree to."""
    return [command for command in town.commands if command.action == "approve"]


def executed(town: Town) -> list[str]:
    """What left to be carried out, but for talking and asking."""
    return [c.action for c in town.commands if c.action not in ("dissuade", "approve")]
