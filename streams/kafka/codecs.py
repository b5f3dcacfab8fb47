"""Compressed batches taken apart, never into more than is allowed: a megabyte of zeros compresses to a kilobyte.

Each function stops where its bound is reached, before the memory is used, and says so. gzip is the standard library's;
the others are `cramjam`'s, which aiokafka uses too.
"""

import zlib
from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Any

import cramjam

FIRST_GUESS = 8
"""How many times larger than itself a compressed batch is taken to be at first; JSON is four to ten."""
GUESS_BYTES_MIN = 4096
NO_ROOM = "failed to write whole buffer"
"""What `cramjam` says where the output does not fit."""

XERIAL = b"\x82SNAPPY\x00"
"""How snappy begins where Java wrote it: a header, and blocks each behind its size. Elsewhere it is one bare block."""
XERIAL_HEADER_BYTES = 16
SIZE = Struct(">i")
GZIP_STREAM = 31
"""`zlib`'s word for a gzip header and trailer around the data."""


class UnknownCodecError(ValueError):
    """A number that stands for no codec."""


class TooLargeError(ValueError):
    """It would unpack to more than is allowed."""


class NotCompressedError(ValueError):
    """It is not what its codec writes, or only the beginning of it."""


def unpack(codec: int, packed: bytes, most: int) -> bytes:
    """What a batch's records are, uncompressed.

    Args:
        codec: Kafka's number of it: 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        packed: what the codec wrote.
        most: the most bytes it may become.

    Raises:
        UnknownCodecError: Kafka has no such codec.
        TooLargeError: it would become more.
        NotCompressedError: it is nothing that the codec wrote.

    >>> unpack(1, zlib.compress(b"hello", wbits=31), 5)
    b'hello'
    """
    how = _CODECS.get(codec)
    if how is None:
        raise UnknownCodecError(f"codec {codec}")
    try:
        return how(packed, most)
    except (zlib.error, cramjam.DecompressionError) as problem:
        raise NotCompressedError(type(problem).__name__) from problem


def _gzip(packed: bytes, most: int) -> bytes:
    stream = zlib.decompressobj(wbits=GZIP_STREAM)
    plain = stream.decompress(packed, most + 1)
    if len(plain) > most:
        raise TooLargeError
    if not stream.eof or stream.unused_data.strip(b"\0"):
        raise NotCompressedError("more or less than one gzip member")
    return plain


def _snappy(packed: bytes, most: int) -> bytes:
    if not packed.startswith(XERIAL):
        return _snappy_block(packed, most)
    blocks: list[bytes] = []
    at = XERIAL_HEADER_BYTES
    if at > len(packed):
        raise NotCompressedError("the header is cut off")
    while at < len(packed):
        start = at + SIZE.size
        if start > len(packed):
            raise NotCompressedError("a block's size is cut off")
        at = start + SIZE.unpack_from(packed, start - SIZE.size)[0]
        if not start < at <= len(packed):
            raise NotCompressedError("a block's size does not fit")
        blocks.append(_snappy_block(packed[start:at], most))
        most -= len(blocks[-1])
    return b"".join(blocks)


def _snappy_block(packed: bytes, most: int) -> bytes:
    """A block tells its size first."""
    if cramjam.snappy.decompress_raw_len(packed) > most:
        raise TooLargeError
    return bytes(cramjam.snappy.decompress_raw(packed))


def _framed(library: Any) -> Callable[[bytes, int], bytes]:
    """lz4 and zstd need not tell their size: the output's buffer grows until it suffices or may grow no further."""

    def unpack_frames(packed: bytes, most: int) -> bytes:
        size = min(most, max(GUESS_BYTES_MIN, FIRST_GUESS * len(packed)))
        while True:
            room = bytearray(size)
            try:
                used = library.decompress_into(packed, room)
            except cramjam.DecompressionError as problem:
                if NO_ROOM not in str(problem):
                    raise
                if size >= most:
                    raise TooLargeError from problem
                size = min(most, FIRST_GUESS * size)
            else:
                return bytes(memoryview(room)[:used])

    return unpack_frames


_CODECS: Mapping[int, Callable[[bytes, int], bytes]] = MappingProxyType(
    {1: _gzip, 2: _snappy, 3: _framed(cramjam.lz4), 4: _framed(cramjam.zstd)}
)
