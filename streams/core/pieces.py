"""Parts of a slot that travel alone: a dictionary in a state of which only the entries that changed are written.

A slot travels whole with each batch that touches its key, which suits what a person's state is: some kilobytes. What
many share has thousands of parts, of which an event changes one:

    changelog     desk                          the state, without its pieces
                  desk \\0 [slot, field, key]    one entry of one dictionary, and how far the state had come

The pieces that a batch changed go before the state that they belong to, in one produced batch where they fit. Where a
crash cuts between two, the pieces are ahead of the fence: what is decided again must find it done and change nothing.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, ClassVar, Generic, Self, TypeVar

import msgspec

from streams.core.changes import Change, Gone, Tombstone, tombstone_of
from streams.core.duty import LAYOUT, Keyed

SEPARATOR = b"\x00"
"""Between a key and the name of a piece: no key space has it in its keys."""

K = TypeVar("K")
V = TypeVar("V")


class Pieces(MutableMapping[K, V], Generic[K, V]):
    """A dictionary that remembers which of its entries changed. Its keys are strings or bytes; its values are not
    changed in place. A subclass may keep an index of it, by `added` and `removed`."""

    value_type: ClassVar[Any]

    def __init__(self) -> None:
        self._held: dict[K, V] = {}
        self.changed: set[K] = set()
        """Set or taken away since the pieces were last written."""

    @classmethod
    def of_whole(cls, whole: Any) -> Self:
        """Those of a slot that travelled whole, as an older release wrote it; all of them are to be written."""
        pieces = cls()
        pieces.update(msgspec.convert(whole, dict[Any, cls.value_type]))  # type: ignore[name-defined]
        return pieces

    def fill(self, key: K, value: V) -> None:
        """Put an entry where it was when it was written."""
        self._held[key] = value
        self.added(key, value)

    def added(self, key: K, value: V) -> None:
        """An entry is there."""

    def removed(self, key: K, value: V) -> None:
        """An entry is no longer there, or has another value from now on."""

    def __getitem__(self, key: K) -> V:
        return self._held[key]

    def __setitem__(self, key: K, value: V) -> None:
        if key in self._held:
            self.removed(key, self._held[key])
        self.changed.add(key)
        self.fill(key, value)

    def __delitem__(self, key: K) -> None:
        value = self._held.pop(key)
        self.changed.add(key)
        self.removed(key, value)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._held!r})"


def as_nothing(pieces: Any) -> None:
    """What stands in a state for its pieces: msgspec's `enc_hook`."""
    if not isinstance(pieces, Pieces):
        raise NotImplementedError


def as_pieces(kind: Any, found: Any) -> Any:
    """Pieces not filled yet, or those of an older release, which had them in the state: msgspec's `dec_hook`."""
    if not issubclass(kind, Pieces):
        raise NotImplementedError
    return kind() if found is None else kind.of_whole(found)


def owner_of(key: bytes) -> bytes:
    """The key whose state a changelog record is of, or is a piece of."""
    return key.partition(SEPARATOR)[0]


class _Piece(Keyed):
    """A piece at rest: how far its state had come, and the entry's value."""

    value: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"\xc0"))


class PiecesAtRest:
    """The pieces of a store's states, as their changelog records.

    Args:
        slots: name and type of each slot; those with fields of `Pieces` are in pieces.
    """

    def __init__(self, slots: Iterable[tuple[str, Any]]) -> None:
        self._fields = {
            (slot, field.name): msgspec.msgpack.Decoder(field.type.value_type).decode
            for slot, kind in slots
            for field in (msgspec.structs.fields(kind) if _is_struct(kind) else ())
            if isinstance(field.type, type) and issubclass(field.type, Pieces)
        }
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_Piece).decode
        self._name = msgspec.msgpack.Decoder(tuple[str, str, Any]).decode
        self._lanes: dict[int, dict[bytes, dict[bytes, bytes]]] = {}
        """Of each lane and key, the pieces by their names."""
        self._gone = Gone()

    def __bool__(self) -> bool:
        return bool(self._fields)

    def fill(self, partition: int, key: bytes, state: Any) -> None:
        """Put a state together. What this release does not know is left where it is."""
        for name, blob in self._of(partition, key).items():
            slot, field, entry = self._name(name)
            if (slot, field) in self._fields and (held := getattr(state.slots, slot)) is not None:
                getattr(held, field).fill(entry, self._fields[slot, field](self._decode(blob).value))

    def changes(self, partition: int, key: bytes, state: Any) -> Iterator[tuple[bytes, Change]]:
        """Keep what changed of a state's pieces; their changelog records."""
        at_rest = self._lanes.setdefault(partition, {}).setdefault(key, {})
        for slot, field in self._fields:
            if (held := getattr(state.slots, slot)) is None:
                continue
            pieces = getattr(held, field)
            for entry in sorted(pieces.changed):
                name = self._encode((slot, field, entry))
                if entry in pieces:
                    at_rest[name] = blob = self._written(state, pieces[entry])
                    yield key + SEPARATOR + name, blob
                elif at_rest.pop(name, None) is not None:
                    yield key + SEPARATOR + name, tombstone_of(state)
            pieces.changed.clear()

    def _written(self, state: Keyed, value: Any) -> bytes:
        at_rest = _Piece(
            LAYOUT, fence=state.fence, fired=state.fired, rebased=state.rebased, value=msgspec.Raw(self._encode(value))
        )
        return self._encode(at_rest)

    def forget(self, partition: int, key: bytes, state: Keyed) -> dict[bytes, Change]:
        """A key is forgotten, and its pieces with it; their changelog records."""
        gone = self._lanes.get(partition, _NONE).pop(key, _NO_PIECES)
        return {key + SEPARATOR + name: tombstone_of(state) for name in gone}

    def refenced(self, blob: bytes, keeps: Any) -> bytes | None:
        """See `streams.core.store.Store.refenced`."""
        piece = self._decode(blob)
        if all(map(keeps, piece.fence)):
            return None
        piece.fence = {key: offset for key, offset in piece.fence.items() if keeps(key)}
        piece.rebased += 1
        return self._encode(piece)

    def recover(self, partition: int, key: bytes, change: Change) -> None:
        """Take the record of a piece while reading the changelog back."""
        owner, _, name = key.partition(SEPARATOR)
        at_rest = self._lanes.setdefault(partition, {}).setdefault(owner, {})
        held = self._decode(at_rest[name]) if name in at_rest else None
        if isinstance(change, Tombstone):
            if self._gone.forgets(partition, key, held, change):
                at_rest.pop(name, None)
        elif self._gone.takes(partition, key, held, self._decode(change)):
            at_rest[name] = change

    def recovered(self, partition: int) -> None:
        """A lane was read to its end."""
        self._gone.read(partition)

    def drop(self, partition: int) -> None:
        """A lane went to another worker."""
        self._lanes.pop(partition, None)
        self._gone.read(partition)

    def at_rest(self, partition: int) -> dict[bytes, bytes]:
        """The pieces of a lane, as they are kept."""
        lane = self._lanes.get(partition, _NONE)
        return {owner + SEPARATOR + name: blob for owner, pieces in lane.items() for name, blob in pieces.items()}

    def size_bytes(self) -> int:
        """Bytes held. Safe to ask from another thread."""
        lanes = [list(lane.values()) for lane in list(self._lanes.values())]
        return sum(len(blob) for lane in lanes for pieces in lane for blob in list(pieces.values()))

    def _of(self, partition: int, key: bytes) -> dict[bytes, bytes]:
        return self._lanes.get(partition, _NONE).get(key, _NO_PIECES)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


_NONE: dict[bytes, dict[bytes, bytes]] = {}
_NO_PIECES: dict[bytes, bytes] = {}
