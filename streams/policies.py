"""Policies that arrive as a stream: validated before they are used, the last good one stays."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.codec import Rejected
from schemas.reference import PolicyRecord
from streams.duty import Observation

P = TypeVar("P", bound=BaseModel)

SHADOW_SUFFIX = ".shadow"


class Slot(Generic[P]):
    """The place of one policy in a duty.

    Args:
        name: the record's name.
        model: what a body must be; it has a `policy_version`.
        packaged: what holds where there is no record; None for nothing, as of a shadow policy.
        take_up: told of each policy that holds from now on.
    """

    def __init__(self, name: str, model: type[P], packaged: P | None, take_up: Callable[[Any], Any]) -> None:
        self._name = name
        self._model = model
        self._packaged = packaged
        self._tell = take_up
        self._held = packaged

    def learn(self, name: str, record: BaseModel | None) -> None:
        """Take up a record of this name; None brings the packaged policy back. Others are nobody's business here.

        Raises:
            Rejected: the body is no such policy, or bears another name.
        """
        if name != self._name:
            return
        if record is None:
            self._take_up(self._packaged)
            return
        assert isinstance(record, PolicyRecord)
        if record.name != name:
            raise Rejected("key_mismatch", "key: another name than the policy's")
        self._take_up(parse(self._model, record.body))

    def standing(self) -> Iterator[Observation]:
        """The version that holds, for `/metrics`; nothing where none does."""
        held: Any = self._held
        if held is not None:
            yield Observation("policy_info", (self._name, held.policy_version), 1)

    def _take_up(self, policy: P | None) -> None:
        self._tell(policy)
        self._held = policy


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
