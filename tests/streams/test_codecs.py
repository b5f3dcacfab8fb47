"""Compressed batches become what they were, and never more than is allowed."""

import gzip
import resource
import struct
import zlib
from contextlib import suppress

import cramjam
import pytest
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.codecs import XERIAL, NotCompressedError, TooLargeError, UnknownCodecError, unpack
from tests.batches import GZIP, LZ4, SNAPPY, ZSTD

MOST = 1 << 20
BOMB_BYTES = 600_000_000


def bare_snappy(plain: bytes) -> bytes:
    return bytes(snappy_encode(plain, xerial_compatible=False))


WRITERS = [
    pytest.param(GZIP, gzip_encode, id="gzip"),
    pytest.param(SNAPPY, snappy_encode, id="snappy as Java writes it"),
    pytest.param(SNAPPY, bare_snappy, id="snappy as C writes it"),
    pytest.param(LZ4, lz4_encode, id="lz4"),
    pytest.param(ZSTD, zstd_encode, id="zstd"),
]
JAVA_HEADER = XERIAL + struct.pack(">ii", 1, 1)


@pytest.mark.parametrize(("codec", "write"), WRITERS)
@given(plain=st.binary(min_size=1, max_size=5000), times=st.integers(1, 40))
def test_what_was_compressed_comes_back_up_to_the_bound_and_no_further(codec, write, plain, times) -> None:
    plain *= times
    packed = bytes(write(plain))
    assert unpack(codec, packed, len(plain)) == plain
    if len(plain) > 1:
        with pytest.raises(TooLargeError):
            unpack(codec, packed, len(plain) - 1)


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
@given(packed=st.binary(max_size=200))
def test_garbage_is_refused_in_one_way(codec: int, packed: bytes) -> None:
    for raw in (packed, JAVA_HEADER + packed):
        with suppress(NotCompressedError, TooLargeError):
            assert len(unpack(codec, raw, MOST)) <= MOST


@pytest.mark.parametrize(("codec", "write"), WRITERS)
def test_what_is_cut_off_is_refused(codec, write) -> None:
    packed = bytes(write(b"0123456789" * 100))
    headers_of_no_block = {len(JAVA_HEADER)} if packed.startswith(XERIAL) else set()
    for end in set(range(1, len(packed))) - headers_of_no_block:
        with pytest.raises((NotCompressedError, TooLargeError)):
            unpack(codec, packed[:end], MOST)


@pytest.mark.parametrize("size", [-4, -1, 0, 2**31 - 1, 3])
def test_a_block_of_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(NotCompressedError):
        unpack(SNAPPY, JAVA_HEADER + struct.pack(">i", size) + b"\0", MOST)


def test_a_second_gzip_member_is_refused_and_padding_is_not() -> None:
    packed = gzip.compress(b"one", mtime=0)
    assert unpack(GZIP, packed + b"\0\0", MOST) == b"one"
    with pytest.raises(NotCompressedError):
        unpack(GZIP, packed * 2, MOST)


@pytest.mark.parametrize("codec", [0, 5, 6, 7])
def test_a_number_that_is_no_codec_is_said_to_be_none(codec: int) -> None:
    with pytest.raises(UnknownCodecError):
        unpack(codec, b"", MOST)


def bomb(codec: int) -> bytes:
    """Zeros, many, made without having them at once where that can be."""
    block = bytes(1 << 20)
    if codec == GZIP:
        stream = zlib.compressobj(1, wbits=31)
        return b"".join(stream.compress(block) for _ in range(BOMB_BYTES >> 20)) + stream.flush()
    if codec == SNAPPY:
        packed = bytes(cramjam.snappy.compress_raw(block))
        return JAVA_HEADER + (struct.pack(">i", len(packed)) + packed) * (BOMB_BYTES >> 20)
    stream = (cramjam.lz4 if codec == LZ4 else cramjam.zstd).Compressor()
    for _ in range(BOMB_BYTES >> 20):
        stream.compress(block)
    return bytes(stream.finish())


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_bomb_takes_no_more_memory_than_the_bound(codec: int) -> None:
    packed = bomb(codec)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLargeError):
        unpack(codec, packed, MOST)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 8 * MOST + len(packed)
