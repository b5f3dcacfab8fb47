"""What a record of a changelog says: a state, a piece of one, or that it was forgotten; and which of two is the later.

A worker that lost its partition without knowing may have written after its heir did. States of one key come in one
order, that of the offsets applied, so of two records the one that has applied more is the later; what was forgotten
comes back only with what was not known of it then.
"""

from typing import Any, NamedTuple

import msgspec

from streams.core.duty import Keyed


class Tombstone(NamedTuple):
    """In a state's place in the changelog, once it is forgotten."""

    reached: bytes = b""
    """How far it had come, packed; empty where an older release forgot it, which did not say."""


REACHED = "interdict_reached"
"""Header of a tombstone, which has no value to say it in."""

Change = bytes | Tombstone
"""What a key's changelog record says: its state, or that it is forgotten."""


def change_of(record: Any) -> Change:
    """What a record of the changelog says."""
    if record.value is not None:
        return record.value  # type: ignore[no-any-return]
    return Tombstone(next((value or b"" for name, value in record.headers if name == REACHED), b""))


class Reached(msgspec.Struct, array_like=True, gc=False):
    """How far a state had come when it was forgotten: see the fields of `Keyed`."""

    rebased: int
    fired: int
    fence: dict[int, int]

    def includes(self, state: Keyed) -> bool:
        """Whether a state is no later than what was forgotten. A key met again begins anew with what `Keyed.progress`
        adds up, but some topic has come further by then."""
        fence = self.fence
        return (
            state.rebased <= self.rebased
            and state.fired <= self.fired
            and all(at <= fence.get(key, -1) for key, at in state.fence.items())
        )

    def and_of(self, other: "Reached") -> "Reached":
        """The farther of both in everything."""
        fence = {key: max(at, other.fence.get(key, -1)) for key, at in self.fence.items()}
        return Reached(max(self.rebased, other.rebased), max(self.fired, other.fired), {**other.fence, **fence})


_encode = msgspec.msgpack.Encoder().encode
_read_reached = msgspec.msgpack.Decoder(Reached).decode


def tombstone_of(state: Keyed) -> Tombstone:
    """What is written where a state, or a piece of it, is forgotten."""
    return Tombstone(_encode(Reached(state.rebased, state.fired, state.fence)))


class Gone:
    """How far what was forgotten had come, of the lanes that are being read back."""

    def __init__(self) -> None:
        self._lanes: dict[int, dict[bytes, Reached]] = {}

    def takes(self, partition: int, key: bytes, held: Keyed | None, fresh: Keyed) -> bool:
        """Whether a record read is the later one: than what is held, and than what was forgotten."""
        if held is not None and held.progress() > fresh.progress():
            return False
        gone = self._lanes.get(partition, _NOTHING).get(key)
        return gone is None or not gone.includes(fresh)

    def forgets(self, partition: int, key: bytes, held: Keyed | None, tombstone: Tombstone) -> bool:
        """Take in a tombstone: whether what is held goes with it."""
        reached = _read_reached(tombstone.reached) if tombstone.reached else None
        if reached is not None:
            gone = self._lanes.setdefault(partition, {})
            gone[key] = reached.and_of(gone[key]) if key in gone else reached
        return held is None or reached is None or reached.includes(held)

    def read(self, partition: int) -> None:
        """A lane was read to its end, or has left: what was forgotten there need not be known any more."""
        self._lanes.pop(partition, None)


_NOTHING: dict[bytes, Reached] = {}
