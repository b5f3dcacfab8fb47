"""Runs of neighbouring letters, each packed into one integer: what the text model weighs.

One to three neighbours of a row (``reading``) become 16, 32 or 48 bits. They are made in C, by reading the row's
UTF-16 form at one offset and another, at a third of the cost of slicing strings.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Any, Final

from agents.victims.text.reading import Reading

SEEN_ORDERS: Final = (1, 2)
HEARD_ORDERS: Final = (2, 3)
"""How long the runs of either row are. A syllable alone says too little: a dozen letters share it."""

_UTF16: Final = "utf-16-le"
UNPACKERS_MAX: Final = 2_048
"""Lengths of rows of which is remembered how they are unpacked."""


def grams(reading: Reading) -> list[int]:
    """The runs of a text in both forms; one that stands there twice is there twice."""
    return [*_runs(reading.seen, SEEN_ORDERS), *_runs(reading.heard, HEARD_ORDERS)]


def pack(gram: str) -> int:
    """One run of letters as ``grams`` packs it.

    >>> {pack("积分"), pack("积"), pack("分")} == set(grams(Reading("积分", "")))
    True
    """
    return int.from_bytes(gram.encode(_UTF16, "surrogatepass"), "little")


def _runs(row: str, orders: tuple[int, ...]) -> list[int]:
    packed = row.encode(_UTF16, "surrogatepass")
    letters = len(packed) // 2
    found: list[int] = []
    for order in orders:
        if letters >= order:
            found += _RUNS_OF[order](packed, letters)
    return found


def _ones(packed: bytes, letters: int) -> tuple[int, ...]:
    return _unpacker(letters, "H")(packed)


def _twos(packed: bytes, letters: int) -> tuple[int, ...]:
    """The pairs that begin at even places, and those at odd ones."""
    return _unpacker(letters // 2, "I")(packed) + _unpacker((letters - 1) // 2, "I")(packed, 2)


def _threes(packed: bytes, letters: int) -> tuple[int, ...]:
    """The row laid beside itself twice, byte by byte: no integer has six."""
    count = letters - 2
    laid = bytearray(8 * count)
    for at in range(6):
        laid[at::8] = packed[at : at + 2 * count : 2]
    return _unpacker(count, "Q")(laid)


@lru_cache(maxsize=UNPACKERS_MAX)
def _unpacker(count: int, kind: str) -> Callable[..., tuple[Any, ...]]:
    """Reads so many integers at a place. The module `struct` remembers a hundred of these, and then forgets all."""
    return Struct(f"<{count}{kind}").unpack_from


_RUNS_OF: Final = {1: _ones, 2: _twos, 3: _threes}
