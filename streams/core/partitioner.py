"""Where Kafka's default partitioner puts many keys, worked out for all of them together.

A poll's copies are hundreds of keys, and one step of murmur2 takes Python longer than it takes the processor to do
hundreds. So keys of one length are put side by side into one long number, 64 bits each: a product of two numbers of 32
bits stays in its own place. What is shifted to the right falls into the neighbour's place, and is masked.

    0000 aaaa  0000 bbbb  0000 cccc     the first words of three keys
    × MIX                               one multiplication
    & MASK of each                      one mask
"""

import sys
from array import array
from collections.abc import Sequence

from streams.core.engine import MASK, MIX, SEED

ONE = (1).to_bytes(8, sys.byteorder)


def hashes_of(keys: Sequence[bytes]) -> list[int]:
    """The murmur2 of each key, without its sign bit: its partition is the rest of dividing it by their number. The same
    as `streams.core.engine.partition_of`, in a fifth of the time where the keys are many and of few lengths.

    >>> [number % 8 for number in hashes_of([b"+8613800138000", b"6299100000000000001"])]
    [0, 6]
    """
    by_size: dict[int, list[int]] = {}
    for place, key in enumerate(keys):
        by_size.setdefault(len(key), []).append(place)
    hashes = [0] * len(keys)
    for size, places in by_size.items():
        for place, number in zip(places, _alike([keys[place] for place in places], size), strict=True):
            hashes[place] = number
    return hashes


def _alike(keys: list[bytes], size: int) -> Sequence[int]:
    """The same for keys of one length."""
    ones = int.from_bytes(ONE * len(keys), sys.byteorder)
    mask = ones * MASK
    whole, left = divmod(size, 4)
    columns = _columns(keys, size)
    h = ones * (SEED ^ size)
    for words in columns[:whole]:
        k = words * MIX & mask
        h = (h * MIX & mask) ^ ((k ^ k >> 24 & ones * (MASK >> 24)) * MIX & mask)
    if left:
        h = (h ^ columns[whole]) * MIX & mask
    h = (h ^ h >> 13 & ones * (MASK >> 13)) * MIX & mask
    h = (h ^ h >> 15 & ones * (MASK >> 15)) & ones * (MASK >> 1)
    return array("Q", h.to_bytes(len(ONE) * len(keys), sys.byteorder))


def _columns(keys: list[bytes], size: int) -> list[int]:
    """All keys' first words, their second ones and so on, each as one long number; the last filled up with zeros."""
    fill, count = bytes(-size % 4), (size + 3) // 4
    words = array("I", b"".join([key + fill for key in keys]))
    if sys.byteorder == "big":
        words.byteswap()
    return [int.from_bytes(array("Q", words[place::count]).tobytes(), sys.byteorder) for place in range(count)]
