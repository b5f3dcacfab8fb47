"""Duties that share a lane: what the first one says of a person, the next one hears in the same step.

    event ─► first duty ─┬─► its outputs
                         └─► signals ─► next duty ─► its outputs          one state, one changelog, one commit

A signal is an output on a topic of kind "signal": it never leaves the process. Each duty also takes its own inputs. The
first duty's state is the lane's state; the others' hang on it, in a field of their duty's name, and cost one byte each
while they have nothing to remember.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Protocol, cast

import msgspec
from pydantic import BaseModel

from schemas.topics import Output, Topic
from streams.duty import Decision, Decisions, Duty, Keyed, Mark, Observation


class Follower(Protocol):
    """A duty that comes behind another one in a chain. Its state is a msgspec struct, or None for nothing."""

    @property
    def name(self) -> str:
        """The name of its field in the chain's state."""

    @property
    def inputs(self) -> tuple[Topic, ...]:
        """Topics it takes besides signals."""

    @property
    def broadcasts(self) -> tuple[Topic, ...]:
        """See `streams.duty.Duty`."""

    @property
    def hears(self) -> Topic | None:
        """The signals it takes; None for none."""

    @property
    def state_type(self) -> Any:
        """The type of its state."""

    def follow(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> tuple[Any, Decisions]:
        """Apply an event or a signal; the new state, and what follows."""

    def wake(self, state: Any, key: str, now: int) -> tuple[Any, Decisions]:
        """Fire the timers that are due; the new state, and what follows."""

    def wake_at(self, state: Any) -> int:
        """When the earliest timer of the state is due; 0 for none."""

    def mark(self, state: Any) -> Mark | None:
        """See `streams.duty.Duty`."""

    def standing(self) -> Iterable[Observation]:
        """See `streams.duty.Duty`."""

    def learn(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """See `streams.duty.Duty`."""


@cache
def _state_type(base: type[Keyed], hung: tuple[tuple[str, Any], ...]) -> type[Keyed]:
    """One type for chains of the same duties, so that their states can be told equal."""
    assert not {name for name, _ in hung} & set(base.__struct_fields__), "a follower bears the name of a field"
    fields = [(name, kind | None, None) for name, kind in hung]
    made: Any = msgspec.defstruct(f"{base.__name__}Chain", fields, bases=(base,), array_like=True, gc=False)
    return cast(type[Keyed], made)


class Chain:
    """A duty made of duties. Implements `streams.duty.Duty`.

    Args:
        first: gives the chain its name, its changelog and its state.
        followers: in the order in which they hear.
    """

    def __init__(self, first: Duty, followers: Sequence[Follower]) -> None:
        self.first = first
        self.followers = tuple(followers)
        self.name = first.name
        members: tuple[Duty | Follower, ...] = (first, *followers)
        self._members = members
        self.inputs = tuple(dict.fromkeys(topic for member in members for topic in member.inputs))
        self.broadcasts = tuple(dict.fromkeys(topic for member in members for topic in member.broadcasts))
        self._inputs_of = {member.name: frozenset(member.inputs) for member in members}
        self._firsts = frozenset(first.inputs)
        self._followed = frozenset(topic for follower in followers for topic in follower.inputs)
        self._decide_first = first.decide
        self.state_type = _state_type(first.state_type, tuple((f.name, f.state_type) for f in followers))

    def fresh(self) -> Keyed:
        """See `streams.duty.Duty`."""
        return self._whole(self.first.fresh())

    def rest(self, state: Any) -> Keyed | None:
        """What the first duty keeps. What hangs on it was done with long ago: a state with a timer set is not idle."""
        if state.wake_at:
            return state  # type: ignore[no-any-return]
        rested = self.first.rest(state)
        return None if rested is None else self._whole(rested)

    def decide(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        """See `streams.duty.Duty`."""
        outputs: Decisions = self._decide_first(state, key, topic, event, now) if topic in self._firsts else ()
        if not outputs and topic not in self._followed:
            return outputs
        return list(self._pass_on(state, key, outputs, now, topic, event))

    def wake(self, state: Any, key: str, now: int) -> Decisions:
        """See `streams.duty.Duty`. Only followers set timers."""
        said: list[Decision] = []
        for follower in self.followers:
            held = getattr(state, follower.name)
            if held is not None and 0 < follower.wake_at(held) <= now:
                held, outputs = follower.wake(held, key, now)
                setattr(state, follower.name, held)
                said.extend(outputs)
        self._set_alarm(state)
        return said

    def mark(self, state: Any) -> Mark | None:
        """See `streams.duty.Duty`. The first follower that counts a key says as what; only followers set timers."""
        for follower in self.followers:
            held = getattr(state, follower.name)
            if held is not None and (mark := follower.mark(held)) is not None:
                return mark
        return None

    def standing(self) -> Iterator[Observation]:
        """See `streams.duty.Duty`."""
        for member in self._members:
            yield from member.standing()

    def learn(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """See `streams.duty.Duty`. The last duty first: what a follower refuses, those before it do not go by."""
        for member in reversed(self._members):
            if topic in member.broadcasts:
                member.learn(topic, key, record)

    def _whole(self, state: Keyed) -> Keyed:
        """A state of the first duty as one of the chain, with nothing hanging on it."""
        whole = self.state_type()
        for name in state.__struct_fields__:
            setattr(whole, name, getattr(state, name))
        return whole

    def _pass_on(
        self, state: Any, key: str, outputs: Decisions, now: int, topic: Topic, event: Any
    ) -> Iterator[Decision]:
        signals = [output for output in outputs if isinstance(output, Output) and output.topic.kind == "signal"]
        yield from (output for output in outputs if output not in signals)
        for follower in self.followers:
            heard = [(topic, event)] if topic in self._inputs_of[follower.name] else []
            heard += [(signal.topic, signal.value) for signal in signals if signal.topic is follower.hears]
            for of, value in heard:
                held, said = follower.follow(getattr(state, follower.name), key, of, value, now)
                setattr(state, follower.name, held)
                yield from said
        self._set_alarm(state)

    def _set_alarm(self, state: Any) -> None:
        due = [
            at
            for follower in self.followers
            if (held := getattr(state, follower.name)) is not None and (at := follower.wake_at(held))
        ]
        state.wake_at = min(due, default=0)
