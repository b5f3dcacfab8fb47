"""A pipeline: one key space with its duties in order; what one says of a key, the later ones hear in the same step.

    event ─► first duty ─┬─► its outputs
                         └─► signals ─► later duty ─► its outputs         one state, one changelog, one commit

A signal is an input like others, on a topic of kind "signal": it never leaves the process. Each duty has a named slot
of its own in the state, which costs nothing while it has nothing to remember. What other pipelines must hear of an
input goes to them under their keys: `Rekey`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from zlib import crc32

import msgspec
from pydantic import BaseModel

from schemas.topics import Output, Space, Topic
from streams.core.duty import CensusEntry, Decision, Decisions, Duty, Keyed, OnlyDecides, Sample


@dataclass(frozen=True, slots=True)
class KeySpace:
    """What a key is."""

    name: Space
    """What its keys stand for, in the plural."""
    key: re.Pattern[str]
    """What a key looks like: a record under another key than its own is told from one that is keyed otherwise."""
    group: str = ""
    """What its workers' group has behind the name that is set for all: each key space has a group of its own, so that
    its lanes are shared out, counted and read apart from those of others."""
    spell: Callable[[str], str] = str
    """Gives a key its one spelling, where nothing but the key says whom a record is about."""


@dataclass(frozen=True, slots=True)
class Rekey:
    """Copies an input's records, as they are, to another key space."""

    source: Topic
    to: Topic
    """An internal topic, that of a pipeline whose keys these are."""
    keys: Callable[[Any], tuple[str, ...]]
    """Of an event, those that it goes under; each once."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A key that another pipeline had in an older release. While a lane of the own changelog has nothing, what lies in
    that one's of it is taken over."""

    pipeline: str
    """What that pipeline's changelog bears in its name."""
    key: str


@cache
def state_type_of(slots: tuple[tuple[str, Any], ...]) -> Any:
    """The type of the states of a pipeline with these slots; one type for equal ones, so that states can be told equal.

    `slots` has a field for each duty, None where there is nothing; `carried` has the slots of duties that this release
    does not know, as another one wrote them.
    """
    named = msgspec.defstruct(
        "Slots", [(name, kind | None, None) for name, kind in slots], omit_defaults=True, gc=False
    )
    fields = [
        ("slots", named, msgspec.field(default_factory=named)),
        ("carried", dict[str, msgspec.Raw], msgspec.field(default_factory=dict)),
    ]
    return msgspec.defstruct("State", fields, bases=(Keyed,), array_like=True, gc=False)


class Pipeline:
    """Duties over one kind of key.

    Args:
        space: what a key is.
        duties: in the order in which they hear; each may signal to those behind it.
        name: gives the changelog its name; the first duty's where it is left out.
        rekeys: what other key spaces hear of its inputs.
        in_place: what leaves in place of an output that no topic takes, since it is too large; None for nothing.
        moved: a key that another pipeline had in an older release.
        answers_for: of broadcast records, which it is that keeps the last good one and buries a bad one: of several
            pipelines that hear them, one.
    """

    def __init__(
        self,
        space: KeySpace,
        duties: Sequence[Duty],
        name: str = "",
        rekeys: Sequence[Rekey] = (),
        in_place: Callable[[Output], Output | None] = lambda _: None,
        moved: Moved | None = None,
        answers_for: Callable[[Topic, str], bool] = lambda *_: True,
    ) -> None:
        assert len({duty.name for duty in duties}) == len(duties), "two duties bear one name"
        self.space = space
        self.duties = tuple(duties)
        self.first, *self._later = self.duties
        self.name = name or self.first.name
        self.rekeys = tuple(rekeys)
        self.in_place = in_place
        self.moved = moved
        self.answers_for = answers_for
        heard = dict.fromkeys(topic for duty in duties for topic in duty.inputs)
        self.inputs = tuple(topic for topic in heard if topic.kind != "signal")
        assert all(topic.code for topic in self.inputs), "an input without a code cannot be fenced"
        assert {rekey.source for rekey in rekeys} <= set(self.inputs), "what is not read cannot be copied"
        self.metrics = {key: row for duty in duties for key, row in duty.metrics.items()}
        self.broadcasts = tuple(dict.fromkeys(topic for duty in duties for topic in duty.broadcasts))
        self._inputs_of = {duty.name: frozenset(duty.inputs) for duty in duties}
        self._firsts = frozenset(self.first.inputs)
        self._followed = frozenset(topic for duty in self._later for topic in duty.inputs)
        self._first_name = self.first.name
        self._decide_first = self.first.decide
        self._first_sets_timers = not isinstance(self.first, OnlyDecides)
        self.state_type = state_type_of(tuple((duty.name, duty.state_type) for duty in duties))
        self.slot_names = frozenset(duty.name for duty in duties)
        self.knows = crc32("\n".join(sorted(self.slot_names)).encode())

    def fresh(self) -> Keyed:
        """The state of a key never seen before."""
        fresh: Keyed = self.state_type(knows=self.knows)
        return fresh

    def on_idle(self, state: Any) -> Keyed | None:
        """What is left of a key idle for too long; None when nothing is worth keeping.

        What nobody here knows is kept: its duty may come back."""
        if state.timer_at:
            return state  # type: ignore[no-any-return]
        rested: Any = self.fresh()
        for duty in self.duties:
            if (held := getattr(state.slots, duty.name)) is not None:
                setattr(rested.slots, duty.name, duty.on_idle(held))
        rested.carried = state.carried
        empty = not rested.carried and all(getattr(rested.slots, duty.name) is None for duty in self.duties)
        return None if empty else cast(Keyed, rested)

    def decide(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        """Apply one event to the state in place and say what follows. `now` as in `streams.core.duty.Duty.decide`."""
        if topic not in self._firsts:
            return list(self._pass_on(state, key, (), now, topic, event))
        slots, name = state.slots, self._first_name
        before = getattr(slots, name)
        held, outputs = self._decide_first(before, key, topic, event, now)
        if held is not before:
            setattr(slots, name, held)
        if topic in self._followed or (outputs and any(map(_is_signal, outputs))):
            return list(self._pass_on(state, key, outputs, now, topic, event))
        if state.timer_at or self._first_sets_timers:
            self._set_alarm(state)
        return outputs  # type: ignore[no-any-return]

    def on_timer(self, state: Any, key: str, now: int) -> Decisions:
        """Fire the timers that are due at `now`, which is `state.timer_at`, and set `state.timer_at` anew, later."""
        outputs: list[Decision] = []
        heard: list[tuple[Topic, Any]] = []
        for duty in self.duties:
            if heard:
                outputs.extend(self._hear(state, duty, key, heard, now))
            held = getattr(state.slots, duty.name)
            if held is not None and 0 < duty.timer_at(held) <= now:
                held, decisions = duty.on_timer(held, key, now)
                setattr(state.slots, duty.name, held)
                outputs.extend(_leaving(decisions, heard))
        self._set_alarm(state)
        return outputs

    def census_entry(self, state: Any) -> CensusEntry | None:
        """What the census counts a key as: the first duty that counts it says it."""
        for duty in self.duties:
            held = getattr(state.slots, duty.name)
            if held is not None and (entry := duty.census_entry(held)) is not None:
                return entry
        return None

    def gauges(self) -> Iterator[Sample]:
        """How things stand with the duties themselves. Asked from another thread."""
        for duty in self.duties:
            yield from duty.gauges()

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take in one broadcast record. The last duty first: what a later one refuses, those before it do not go by."""
        for duty in reversed(self.duties):
            if topic in duty.broadcasts:
                duty.on_broadcast(topic, key, record)

    def _pass_on(
        self, state: Any, key: str, outputs: Decisions, now: int, topic: Topic, event: Any
    ) -> Iterator[Decision]:
        heard: list[tuple[Topic, Any]] = [(topic, event)]
        yield from _leaving(outputs, heard)
        for duty in self._later:
            yield from self._hear(state, duty, key, heard, now)
        self._set_alarm(state)

    def _hear(self, state: Any, duty: Duty, key: str, heard: list[tuple[Topic, Any]], now: int) -> Iterator[Decision]:
        """A duty takes what it takes of what there was before it; its own signals are put behind that."""
        inputs = self._inputs_of[duty.name]
        for topic, value in [one for one in heard if one[0] in inputs]:
            held, outputs = duty.decide(getattr(state.slots, duty.name), key, topic, value, now)
            setattr(state.slots, duty.name, held)
            yield from _leaving(outputs, heard)

    def _set_alarm(self, state: Any) -> None:
        slots = state.slots
        due = [
            at
            for duty in self.duties
            if (held := getattr(slots, duty.name)) is not None and (at := duty.timer_at(held))
        ]
        state.timer_at = min(due, default=0)


def _leaving(outputs: Decisions, heard: list[tuple[Topic, Any]]) -> Iterator[Decision]:
    """What leaves the process; signals are put among what the duties behind hear."""
    for output in outputs:
        if isinstance(output, Output) and output.topic.kind == "signal":
            heard.append((output.topic, output.value))
        else:
            yield output


def _is_signal(output: Decision) -> bool:
    return isinstance(output, Output) and output.topic.kind == "signal"
