"""Runs of neighbouring letters, each packed into one integer: what the text model weighs.

One, two or three neighbours of a row (``reading``) become 16, 32 or 48 bits. They are made in C, by laying the
row's UTF-16 form beside itself, at a third of the cost of slicing strings.
"""

import struct
from typing import Final

from agents.victims.text.reading import Reading

SEEN_ORDERS: Final = (1, 2, 3)
HEARD_ORDERS: Final = (2, 3)
"""How long the runs of either row are. A syllable alone says too little: a dozen letters share it."""

_UTF16: Final = "utf-16-le"
_BYTES: Final = 8


def grams(reading: Reading) -> set[int]:
    """The distinct runs of a text in both forms."""
    found = set(_runs(reading.seen, SEEN_ORDERS))
    found.update(_runs(reading.heard, HEARD_ORDERS))
    return found


def pack(gram: str) -> int:
    """One run of letters as ``grams`` packs it.

    >>> {pack("积分"), pack("积"), pack("分")} <= grams(Reading("积分", ""))
    True
    """
    return int.from_bytes(gram.encode(_UTF16, "surrogatepass"), "little")


def _runs(row: str, orders: tuple[int, ...]) -> list[int]:
    """The runs of one row, in order."""
    packed = row.encode(_UTF16, "surrogatepass")
    found: list[int] = []
    for order in orders:
        count = len(packed) // 2 - order + 1
        if count > 0:
            laid = bytearray(_BYTES * count)
            for at in range(order * 2):
                laid[at::_BYTES] = packed[at : at + 2 * count : 2]
            found += struct.unpack(f"<{count}Q", laid)
    return found
