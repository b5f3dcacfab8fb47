"""A duty with nothing to do with fraud, to test the machinery: counts a person's texts and tells every tenth."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import orjson
from pydantic import BaseModel

from schemas.commands import Dissuasion, Reason
from schemas.events import Sms
from schemas.ids import case_id, command_id
from schemas.topics import DISSUASION, SMS, SUBSCRIBERS, WATCHLIST, Output, Topic
from streams.duty import Keyed

DAY_MS = 86_400_000
NOON = 1_790_000_000_000


class Count(Keyed):
    """How many texts a person got."""

    texts: int = 0
    profiled: bool = False


class CountingDuty:
    """See the module."""

    name = "counting"
    inputs = (SUBSCRIBERS, SMS)
    broadcasts = (WATCHLIST,)
    state_type = Count

    def __init__(self, every: int = 10) -> None:
        self.every = every
        self.learnt: dict[str, BaseModel | None] = {}

    def fresh(self) -> Count:
        return Count()

    def rest(self, state: Count) -> Count | None:
        return Count(profiled=True) if state.profiled else None

    def decide(self, state: Count, key: str, topic: Topic, event: Any, now: int) -> Sequence[Output]:
        if topic is SUBSCRIBERS:
            state.profiled = True
            return ()
        assert isinstance(event, Sms)
        state.texts += 1
        return () if state.texts % self.every else (Output(DISSUASION, key, _task(key, event, now, state.texts)),)

    def learn(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        self.learnt[key] = record


def _task(key: str, event: Sms, now: int, count: int) -> Dissuasion:
    case = case_id(key, "counting")
    return Dissuasion(
        command_id=command_id(case, f"tenth-{count}", key), case_id=case, issued_at=now, expires_at=now + DAY_MS,
        subscriber=key, action="dissuade", level="yellow", score=0.5, typology="other",
        reasons=[Reason(code="count", weight=1.0, text="many texts", text_zh="短信很多", event_ids=(event.event_id,))],
        policy_version="1", caused_by=event.event_id, channel="sms", attempt=1, deadline_at=now + 60_000, script="x",
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
    fields = {"partition": 0, "timestamp": NOON, "headers": (), **more}
    raw = key.encode() if isinstance(key, str) else key
    return SimpleNamespace(topic=topic.name, key=raw, value=value, offset=offset, **fields)
