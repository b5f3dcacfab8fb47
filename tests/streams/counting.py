"""A duty with nothing to do with fraud, to test the machinery: counts a person's texts and tells every tenth.

Who texts "remind me" is reminded a minute later, who texts "nag me" three times, a minute apart; a new wish replaces
the old one, and "never mind" ends it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any

import msgspec
import orjson
from pydantic import BaseModel

from schemas.commands import Dissuasion, Reason
from schemas.events import Sms
from schemas.fields import E164
from schemas.ids import case_id, command_id
from schemas.topics import DISSUASION, SMS, SUBSCRIBERS, WATCHLIST, Output, Topic
from streams.core.duty import CensusEntry, Decisions, Sample
from streams.core.metering import Metric
from streams.core.pipeline import KeySpace

DAY_MS = 86_400_000
NOON = 1_790_000_000_000
MINUTE_MS = 60_000

NOTES = Topic(
    "tests.notes", "subscriber", "internal", Sms, DAY_MS, "Texts that another part of us passes on", code=99,
    order="offset", identity=("event_id",),
)  # fmt: skip

PERSONS = KeySpace("persons", re.compile(E164))

WISHES = {"remind me": 1, "nag me": 3, "never mind": 0}
"""How many reminders a text asks for."""


class Counted(msgspec.Struct, array_like=True, gc=False):
    """How many texts a person got, and of what he is to be reminded."""

    texts: int = 0
    profiled: bool = False
    reminders: int = 0
    """Told so far."""
    wanted: int = 0
    """Yet to be told, a minute apart."""
    asked_by: str = ""
    due_at: int = 0


class CountingDuty:
    """See the module."""

    name = "counting"
    inputs = (SUBSCRIBERS, SMS)
    metrics: Mapping[str, Metric] = MappingProxyType({})
    broadcasts = (WATCHLIST,)
    state_type = Counted

    def __init__(self, every: int = 10) -> None:
        self.every = every
        self.learnt: dict[str, BaseModel | None] = {}

    def on_idle(self, state: Counted) -> Counted | None:
        return Counted(profiled=True) if state.profiled else None

    def decide(self, state: Counted | None, key: str, topic: Topic, event: Any, now: int) -> tuple[Any, Decisions]:
        if event is None:
            return None, ()
        state = state or Counted()
        return state, self.count(state, key, topic, event, now)

    def count(self, state: Counted, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        if topic is SUBSCRIBERS:
            state.profiled = True
            return ()
        assert isinstance(event, Sms)
        if event.text in WISHES:
            state.wanted, state.asked_by = WISHES[event.text], event.event_id
            state.due_at = now + MINUTE_MS if state.wanted else 0
        state.texts += 1
        if state.texts % self.every:
            return ()
        return (Output(DISSUASION, key, task(key, f"tenth-{state.texts}", event.event_id, now)),)

    def timer_at(self, state: Counted) -> int:
        return state.due_at

    def on_timer(self, state: Counted, key: str, now: int) -> tuple[Counted, Sequence[Output]]:
        state.reminders, state.wanted = state.reminders + 1, state.wanted - 1
        state.due_at = now + MINUTE_MS if state.wanted else 0
        return state, (Output(DISSUASION, key, task(key, f"reminder-{state.reminders}", state.asked_by, now)),)

    def census_entry(self, state: Counted) -> CensusEntry | None:
        return CensusEntry(("texting", "yellow"), state.due_at - MINUTE_MS)

    def gauges(self) -> Iterable[Sample]:
        return (Sample("policy_info", ("counting", str(self.every)), 1),)

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        self.learnt[key] = record


def task(key: str, step: str, caused_by: str, now: int) -> Dissuasion:
    case = case_id(key, "counting")
    return Dissuasion(
        command_id=command_id(case, step, key), case_id=case, issued_at=now, expires_at=now + DAY_MS,
        subscriber=key, action="dissuade", level="yellow", score=0.5, typology="other",
        reasons=[Reason(code="count", weight=1.0, text="many texts", text_zh="短信很多", event_ids=(caused_by,))],
        policy_version="1", caused_by=caused_by, channel="sms", attempt=1, deadline_at=now + MINUTE_MS, script=step,
    )  # fmt: skip


def person(number: int) -> str:
    return f"+86199{number:08d}"


def text_value(subscriber: str, event_id: str, at: int = NOON, **more: Any) -> bytes:
    return orjson.dumps(
        {"event_id": event_id, "occurred_at": at, "subscriber": subscriber, "peer": "95588", "direction": "in",
         "text": "hello", **more}
    )  # fmt: skip


def record(
    value: bytes | None, key: str | bytes | None, offset: int = 0, topic: Topic = SMS, **more: Any
) -> SimpleNamespace:
    fields = {"partition": 0, "timestamp": NOON, "timestamp_type": 0, "headers": (), **more}
    raw = key.encode() if isinstance(key, str) else key
    return SimpleNamespace(topic=topic.name, key=raw, value=value, offset=offset, **fields)
