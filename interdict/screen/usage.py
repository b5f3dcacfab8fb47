"""A table of numbers' monthly usage, CSV, read line by line: what is wrong with one is said, and the next is read."""

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from interdict.replay.recordings import BROKEN, GZIP
from interdict.screen.scorecard import ScreenError

DELIMITERS = ",;\t|"
UNKNOWN = frozenset({"", "-", "na", "n/a", "nan", "none", "null", "\\n"})
"""Spellings, in lower case, of what is not known."""
TRUE, FALSE = frozenset({"1", "1.0", "true", "yes", "y", "是"}), frozenset({"0", "0.0", "false", "no", "n", "否"})


class Usage(NamedTuple):
    """A line of the table."""

    line: int
    number: str
    values: tuple[float | None, ...]
    is_scammer: bool | None
    """What it really was, where a column says so and can be read."""
    problem: str
    """Why it cannot be screened; empty where it can."""


class Table:
    """A table of usage.

    Args:
        stream: CSV, gzipped or not, UTF-8 with or without a byte order mark; the first line names the columns, and
            says whether commas, semicolons, tabs or strokes part them.
        columns: those that must be there, in the order of a line's values.
        number: the column that names the number; the first one where it is empty.
        truth: the column that says what it really was; empty where none does.

    Raises:
        ScreenError: there is no table, or it lacks a column.
    """

    def __init__(self, stream: io.BufferedReader, columns: Sequence[str], number: str = "", truth: str = "") -> None:
        raw = gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == GZIP else stream
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            head = text.readline()
        except BROKEN as problem:
            raise ScreenError(f"the table cannot be unpacked: {type(problem).__name__}") from None
        self._text = text
        self._delimiter = max(DELIMITERS, key=head.count)
        self._names = [name.strip() for name in next(csv.reader([head], delimiter=self._delimiter), [])]
        self._columns = columns
        number = number or next(iter(self._names), "")
        self._check([*columns, number, *([truth] if truth else [])])
        place = self._names.index
        self._places = [place(name) for name in columns]
        self._number, self._truth = place(number), place(truth) if truth else None
        self.no_numbers: Counter[str] = Counter()
        """By column, values that are no numbers, and count as not known."""

    def _check(self, needed: Sequence[str]) -> None:
        if not any(self._names):
            raise ScreenError("the table is empty: its first line names the columns")
        if missing := sorted({name for name in needed if name not in self._names}):
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise ScreenError(f"the table has no column {', '.join(missing[:3])}{more}: docs/screening.md lists them")
        if twice := [name for name in needed if self._names.count(name) > 1]:
            raise ScreenError(f"the table has two columns {twice[0]}")

    def __iter__(self) -> Iterator[Usage]:
        lines = csv.reader(self._text, delimiter=self._delimiter)
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Usage(lines.line_num + 1, "", (), None, f"no CSV: {problem}")
                continue
            except BROKEN as problem:
                raise ScreenError(
                    f"the table ends within line {lines.line_num + 2}: {type(problem).__name__}"
                ) from None
            if cells:
                yield self._usage(lines.line_num + 1, cells)

    def _usage(self, line: int, cells: list[str]) -> Usage:
        number = cells[self._number] if self._number < len(cells) else ""
        if len(cells) != len(self._names):
            return Usage(line, number, (), None, f"{len(cells)} cells, where the first line has {len(self._names)}")
        values = tuple(self._value(name, cells[place]) for name, place in zip(self._columns, self._places, strict=True))
        if all(value is None for value in values):
            return Usage(line, number, (), None, "nothing is known of it")
        if self._truth is None:
            return Usage(line, number, values, None, "")
        said = cells[self._truth].strip().lower()
        return Usage(line, number, values, True if said in TRUE else False if said in FALSE else None, "")

    def _value(self, name: str, cell: str) -> float | None:
        """A cell's number; None where it has none. Usage is never below nothing."""
        said = cell.strip()
        if said.lower() in UNKNOWN:
            return None
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and value >= 0:
            return value
        self.no_numbers[name] += 1
        return None
