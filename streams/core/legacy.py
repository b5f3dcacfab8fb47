"""States of release 0.1, read as those of today: layout 1 was one flat array without a number of its own.

    layout 1   [[offsets by input], [event ids], seen_at, timer_at, the first duty's fields ..., one place a follower]
    layout 2   [2, knows, {topic: offset}, event ids, seen_at, timer_at, ..., {slot: ...}, {carried: ...}]

What is lost: which events came last (their stand-ins were made otherwise), so that an event sent again across the
upgrade itself counts twice. What was applied is not: the fence is kept.
"""

from typing import NamedTuple

import msgspec

from streams.core.duty import LAYOUT, fence_key

KEYED_FIELDS = 4
FIXARRAY, ARRAY16, ARRAY32 = 0x90, 0xDC, 0xDD
"""First bytes of msgpack's arrays; the lowest four bits of the first are a short one's length."""

NIL = b"\xc0"

_parts = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_offsets = msgspec.msgpack.Decoder(list[int]).decode
_encode = msgspec.msgpack.Encoder().encode


class LegacyLayout(NamedTuple):
    """How release 0.1 laid out the states of one pipeline."""

    codes: tuple[int, ...]
    """Codes of its inputs, in their order."""
    first: str
    """The first duty's slot."""
    width: int
    """Fields of the first duty. The first of them is what a reference record says of the key, nil where none does. A
    true behind them says that they are of 0.1."""
    followers: tuple[str, ...]

    def upgraded(self, blob: bytes) -> bytes:
        """A state as today's layout has it. The ids of its topics are not known: they count as 0."""
        parts = _parts(blob)
        *applied, fired = _offsets(parts[0])
        fence = {fence_key(code, 0): offset for code, offset in zip(self.codes, applied, strict=True) if offset >= 0}
        held = parts[KEYED_FIELDS : KEYED_FIELDS + self.width]
        places = zip(self.followers, parts[KEYED_FIELDS + self.width :], strict=False)
        slots = {self.first: msgspec.Raw(_encode([*held, True])), **{name: raw for name, raw in places if raw != NIL}}
        return _encode([LAYOUT, 0, fence, b"", parts[2], parts[3], fired + 1, held[0] != NIL, 0, slots, {}])


def is_legacy(blob: bytes) -> bool:
    """Whether a state is of layout 1: what stands first in it is an array, not a number."""
    first = blob[1] if blob[0] & 0xF0 == FIXARRAY else blob[3] if blob[0] == ARRAY16 else blob[5]
    return first & 0xF0 == FIXARRAY or first in (ARRAY16, ARRAY32)
