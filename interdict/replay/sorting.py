"""Sorting more than memory holds: what is at hand is sorted and laid aside in a file, and the files are merged.

    rows ─► in memory, up to `run_bytes` ─► sorted run, in a file without a name ─┐
                                        ─► sorted run, in a file without a name ─┼─► merged
                                        ─► what is left, in memory ──────────────┘

The files hold what the rows hold, calls and transfers of people among it: they have no name in the file system from the
moment they are made, nobody else can open them, and they are gone with the process, however it ends. `TMPDIR` says on
which disk they lie.
"""

import os
import tempfile
from collections.abc import Iterator
from heapq import merge
from itertools import chain
from operator import itemgetter
from struct import Struct
from typing import IO, NamedTuple

RUN_BYTES = 64 << 20
"""Bytes of lines sorted in memory at a time. With Python's own overhead a run takes up to twice that."""
RUNS_MAX = 64
"""Files open at a time: so many are merged into one before there is another."""
BUFFER_BYTES = 256 << 10

_HEAD = Struct("<qqI")
"""In front of a line in a file: its place, and its length."""


class Row(NamedTuple):
    """A line and its place: event time, Unix ms, and the rank that orders lines of one time."""

    at: int
    rank: int
    line: bytes


_place = itemgetter(0, 1)


class Sorter:
    """Takes rows in any order and gives them back by place, in the order in which they came where places are equal.

    Args:
        run_bytes: bytes of lines held in memory.

    >>> sorter = Sorter(run_bytes=1)
    >>> for at in (3, 1, 2):
    ...     sorter.add(Row(at, 0, b"x"))
    >>> [row.at for row in sorter.rows()]
    [1, 2, 3]
    """

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._run_bytes = run_bytes
        self._rows: list[Row] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []
        self.added_bytes = 0
        """Bytes of lines taken in, until they are given back."""

    @property
    def spilled(self) -> bool:
        """Whether there are temporary files."""
        return bool(self._runs)

    def add(self, row: Row) -> None:
        """Take in a row.

        Raises:
            OSError: the disk is full.
        """
        self._rows.append(row)
        self._held_bytes += len(row.line)
        self.added_bytes += len(row.line)
        if self._held_bytes >= self._run_bytes:
            self._spill()

    def rows(self) -> Iterator[Row]:
        """Every row, by place, once: the files are gone behind the last."""
        if self._runs and self._rows:
            self._spill()  # what comes next needs the memory
        self._rows.sort(key=_place)
        try:
            yield from merge(*map(_read, self._runs), key=_place) if self._runs else self._rows
        finally:
            self.close()

    def close(self) -> None:
        """Forget everything."""
        for run in self._runs:
            run.close()
        self._runs, self._rows, self._held_bytes, self.added_bytes = [], [], 0, 0

    def _spill(self) -> None:
        self._rows.sort(key=_place)
        if len(self._runs) == RUNS_MAX:
            merged = _written(merge(*map(_read, self._runs), key=_place))
            for run in self._runs:
                run.close()
            self._runs = [merged]
        self._runs.append(_written(self._rows))
        self._rows, self._held_bytes = [], 0


def _written(rows: list[Row] | Iterator[Row]) -> IO[bytes]:
    run: IO[bytes] = tempfile.TemporaryFile(buffering=BUFFER_BYTES, prefix="interdict-")  # noqa: SIM115 - kept
    run.writelines(chain.from_iterable((_HEAD.pack(at, rank, len(line)), line) for at, rank, line in rows))
    run.flush()
    run.seek(0, os.SEEK_SET)
    return run


def _read(run: IO[bytes]) -> Iterator[Row]:
    while head := run.read(_HEAD.size):
        at, rank, size = _HEAD.unpack(head)
        yield Row(at, rank, run.read(size))
