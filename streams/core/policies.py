"""Policies that arrive as a stream: validated before they are used, the last good one stays."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.codec import Rejected
from schemas.reference import PolicyRecord
from schemas.topics import Topic
from streams.core.duty import Sample

P = TypeVar("P", bound=BaseModel)

SHADOW_SUFFIX = ".shadow"

Learn = Callable[[Topic, str, Any], None]
"""See `streams.core.duty.Duty.on_broadcast`."""


def as_it_is(policy: P) -> P:
    """The last good policy, unchanged: what most fall back to."""
    return policy


class Slot(Generic[P]):
    """The place of one policy in a duty.

    A policy is in doubt while its newest record is no readable policy, or was deleted: nobody knows then what was meant
    to hold. The last good one stays, as far as `in_doubt` lets it. A shadow that is deleted is gone, without a doubt.

    Args:
        name: the record's name.
        model: what a body must be; it has a `policy_version`.
        packaged: what holds before there was a record; None for nothing, as of a shadow policy.
        take_up: told of each policy that holds from now on.
        in_doubt: what holds in place of the last good one while there is doubt.
    """

    def __init__(
        self,
        name: str,
        model: type[P],
        packaged: P | None,
        take_up: Callable[[Any], Any],
        in_doubt: Callable[[P], P] = as_it_is,
    ) -> None:
        self._name = name
        self._model = model
        self._has_packaged = packaged is not None
        self._good = packaged
        self._take_up = take_up
        self._in_doubt = in_doubt
        self._is_in_doubt = False

    def on_broadcast(self, name: str, record: BaseModel | None) -> None:
        """Take up a record of this name; None where it was deleted. Others are nobody's business here.

        Raises:
            Rejected: the body is no such policy.
        """
        if name != self._name:
            return
        if record is None:
            self._forget()
            return
        assert isinstance(record, PolicyRecord)
        try:
            policy = parse(self._model, record.body)
        except Rejected:
            self._doubt()
            raise
        self._hold(policy)

    def gauges(self) -> Iterator[Sample]:
        """For `/metrics`: the version of the last good one, nothing where there is none; and whether it is in doubt."""
        good: Any = self._good
        if good is not None:
            yield Sample("policy_info", (self._name, good.policy_version), 1)
        if good is not None or self._is_in_doubt:
            yield Sample("policy_unreadable", (self._name,), self._is_in_doubt)

    def _hold(self, policy: P | None) -> None:
        self._good, self._is_in_doubt = policy, False
        self._take_up(policy)

    def _forget(self) -> None:
        if self._has_packaged:
            self._doubt()
        else:
            self._hold(None)

    def _doubt(self) -> None:
        self._is_in_doubt = True
        if self._good is not None:
            self._take_up(self._in_doubt(self._good))


def parse(model: type[P], body: Any) -> P:
    """A policy from a record's body.

    Raises:
        Rejected: it is none; says which field broke which rule.
    """
    try:
        return model.model_validate(body)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the policy"
        raise Rejected("policy_invalid", f"{where}: {first['msg']}") from None


def unreadable(name: str) -> PolicyRecord:
    """What stands for a record that cannot be read, so that its duty hears of it: no policy is empty."""
    return PolicyRecord(name=name, body={})
