"""Recordings: NDJSON, `{"topic", "key", "value"}` a line. A file, gzipped or not, a pipe, or `-` for standard input.

Each can be read again and again: it is looked through before it is decided, and a policy's trial decides it twice. What
can be read once only is copied to a temporary file first, which has no name in the file system and is gone with the
process.
"""

import gzip
import io
import os
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from streams.core.errors import ExpectedError

STDIN = Path("-")
LINE_BYTES_MAX = 16 << 20
"""A line of a recording: many times what a record may have."""
BUFFER_BYTES = 256 << 10
GZIP = b"\x1f\x8b"
BROKEN = (gzip.BadGzipFile, EOFError, zlib.error)
"""What a packed file that is broken or cut short raises."""

LANE = 0
"""A recording has one lane: nobody shares the work."""


class ReplayError(ExpectedError):
    """A file that is not a recording; says where and why, never what stood there."""


class Recorded(msgspec.Struct, gc=False):
    """One record of a recording, with the fields of a Kafka record that the engine looks at."""

    topic: str
    key: bytes | None
    value: bytes | None
    offset: int
    partition: int = LANE
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Recording:
    """One recording, opened: it can be read as often as one likes.

    Args:
        path: a file or a pipe, gzipped or not, or `-`.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.name = "standard input" if path == STDIN else str(path)
        self._file = _repeatable(sys.stdin.buffer if path == STDIN else path.open("rb", buffering=BUFFER_BYTES))
        self._is_gzip = self._file.read(len(GZIP)) == GZIP
        self.size = os.fstat(self._file.fileno()).st_size
        """Bytes of the file as it is, packed or not."""
        self.in_order: bool | None = None
        """Whether its times go up; None until somebody has looked."""

    @property
    def read(self) -> int:
        """Bytes of it read in this reading."""
        return self._file.tell()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Its lines with their numbers, from the beginning; empty ones are left out.

        Raises:
            ReplayError: it is packed and broken, or a line is longer than a record can be.
        """
        self.rewind()
        file: Any = self._file
        if self._is_gzip:
            file = io.BufferedReader(gzip.GzipFile(fileobj=self._file), BUFFER_BYTES)  # type: ignore[type-var]
        try:
            for number, line in enumerate(iter(partial(file.readline, LINE_BYTES_MAX), b""), 1):
                if len(line) == LINE_BYTES_MAX:
                    raise ReplayError(
                        f"{self.name}:{number}: a line of more than {LINE_BYTES_MAX:,} bytes is no record"
                    )
                if not line.isspace():
                    yield number, line
        except BROKEN:
            raise ReplayError(f"{self.name}: a gzip file that is broken or cut short") from None

    def rewind(self) -> None:
        """Go back to its beginning."""
        self._file.seek(0)

    def close(self) -> None:
        """Close it."""
        self._file.close()


def _repeatable(file: IO[bytes]) -> IO[bytes]:
    """The file, or where it cannot be read twice, a copy of what comes out of it, without a name."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    copy: IO[bytes] = tempfile.TemporaryFile(buffering=BUFFER_BYTES, prefix="interdict-")  # noqa: SIM115 - kept
    with file:
        shutil.copyfileobj(file, copy, BUFFER_BYTES)
    copy.seek(0)
    return copy


class Recordings:
    """Recordings that are replayed together; open while entered.

    Raises:
        ReplayError: standard input is among them more than once.
        OSError: one cannot be opened.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = list(paths)
        if self._paths.count(STDIN) > 1:
            raise ReplayError("standard input can be read once")
        self.all: list[Recording] = []

    def __enter__(self) -> "Recordings":
        try:
            self.all.extend(map(Recording, self._paths))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for recording in self.all:
            recording.close()


class _Line(msgspec.Struct, gc=False):
    """A line of a recording; its value is looked at by whoever decodes it."""

    topic: str
    key: str | None
    value: msgspec.Raw


_NULL = msgspec.Raw(b"null")
_line = msgspec.json.Decoder(_Line).decode
_text = msgspec.json.Decoder(str).decode


def record_of(line: bytes, name: str, number: int) -> Recorded:
    """A line as a record. A value that is a string stands for the bytes of the string, which need not be JSON.

    Raises:
        ReplayError: it is none; says where it stands.
    """
    try:
        found = _line(line)
        value = bytes(found.value)
        if value.startswith(b'"'):
            value = _text(value).encode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ReplayError(
            f'{name}:{number}: not a record of the form {{"topic": ..., "key": ..., "value": {{...}}}}'
        ) from None
    key = None if found.key is None else found.key.encode()
    return Recorded(found.topic, key, None if found.value == _NULL else value, 0)
