"""Duties that do with texts what a test needs to see: take notes, tell, repeat."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any

import msgspec
from pydantic import BaseModel

from schemas.topics import DISSUASION, SMS, SUBSCRIBERS, Output, Topic
from streams.core.duty import CensusEntry, Count, Decisions, Sample
from streams.core.metering import Metric
from streams.core.pipeline import Pipeline
from tests.streams.counting import (
    MINUTE_MS,
    NOON,
    NOTES,
    PERSONS,
    Counted,
    CountingDuty,
    record,
    task,
    text_value,
)


class Noted(CountingDuty):
    """Takes notes too, and only counts them."""

    inputs = (SUBSCRIBERS, SMS, NOTES)

    def count(self, state: Counted, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        outputs = super().count(state, key, topic, event, now)
        return [Count("notes", (key,)), Count("notes_in_all"), *outputs] if topic is NOTES else outputs


def note(
    who: str, number: int, at: int = NOON, offset: int | None = None, event_id: str = "", **more: Any
) -> SimpleNamespace:
    value = text_value(who, event_id or f"note-{number}", at)
    return record(value, who, number if offset is None else offset, NOTES, **more)


UNHEARD = Topic("tests.unheard", "subscriber", "signal", None, 1, "What nobody listens to")
HEARD = Topic("tests.heard", "subscriber", "signal", None, 1, "What a person was told")


class Telling(CountingDuty):
    """Signals what each text says, between a happening and the commands."""

    def count(self, state: Counted, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        outputs = super().count(state, key, topic, event, now)
        if topic is SUBSCRIBERS:
            return outputs
        return [Count("texts"), Output(HEARD, key, event.text), Output(UNHEARD, key, event.text), *outputs]

    def census_entry(self, state: Counted) -> None:
        """Leaves it to its followers."""


class Words(msgspec.Struct, array_like=True, gc=False):
    """What a follower heard, and when it means to speak of it."""

    heard: list[str]
    due_at: int = 0


class Echo:
    """A follower: repeats what it hears at once, and again after `wait_ms`. On "forget it" it does."""

    state_type = Words
    metrics: Mapping[str, Metric] = MappingProxyType({})

    def __init__(
        self,
        name: str = "echo",
        wait_ms: int = MINUTE_MS,
        inputs: tuple[Topic, ...] = (),
        broadcasts: tuple[Topic, ...] = (),
    ) -> None:
        self.name = name
        self.wait_ms = wait_ms
        self.inputs = (*inputs, HEARD)
        self.broadcasts = broadcasts
        self.learnt: list[str] = []

    def decide(
        self, state: Words | None, key: str, topic: Topic, event: Any, now: int
    ) -> tuple[Words | None, Decisions]:
        said = event if topic is HEARD else f"{topic.name} {event.text}"
        if said == "forget it":
            return None, ()
        words = Words([*(state.heard if state else ()), said], now + self.wait_ms)
        return words, [Count("echoes", (self.name,)), self._says(key, said, now)]

    def on_timer(self, state: Words, key: str, now: int) -> tuple[Words, Decisions]:
        return Words(state.heard), [self._says(key, f"once more {state.heard[-1]}", now)]

    def timer_at(self, state: Words) -> int:
        return state.due_at

    def on_idle(self, state: Words) -> None:
        """Nothing."""

    def census_entry(self, state: Words) -> CensusEntry | None:
        return CensusEntry((self.name, state.heard[-1]), state.due_at - self.wait_ms)

    def gauges(self) -> Iterable[Sample]:
        return (Sample("policy_info", (self.name, "1"), 1),)

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        self.learnt.append(key)

    def _says(self, key: str, what: str, now: int) -> Output:
        return Output(DISSUASION, key, task(key, f"{self.name}: {what}", "e", now))


def pipeline(*followers: Echo, every: int = 10) -> Pipeline:
    return Pipeline(PERSONS, (Telling(every), *followers))
