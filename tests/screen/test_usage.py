"""Tables of usage as carriers write them: every line that goes in comes out, and what is wrong with one is said."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interdict.screen.scorecard import ScreenError
from interdict.screen.usage import Table, Usage

COLUMNS = ("calls", "texts")
HEAD = b"number,calls,texts,label\n"


def read(raw: bytes, **more: str) -> tuple[list[Usage], Table]:
    table = Table(io.BufferedReader(io.BytesIO(raw)), COLUMNS, **more)  # type: ignore[arg-type]
    return list(table), table


def test_a_line_is_a_number_and_its_values_in_the_order_that_was_asked_for() -> None:
    usages, _ = read(b"texts,number,more,calls\n7,+861,x,3.5\n", number="number")
    assert usages == [Usage(2, "+861", (3.5, 7.0), None, "")]


@pytest.mark.parametrize("cell", ["", " ", "-", "nan", "NaN", "NULL", "N/A", "none"])
def test_what_is_not_known_is_no_number(cell: str) -> None:
    usages, table = read(HEAD + f"+861,{cell},2,0\n".encode())
    assert usages[0].values == (None, 2.0)
    assert not table.no_numbers


@pytest.mark.parametrize("cell", ["many", "1;2", "\x00", "inf", "-inf", "-3", "1e999", "０x1"])
def test_a_cell_that_is_no_number_counts_as_not_known_and_is_counted(cell: str) -> None:
    usages, table = read(HEAD + f"+861,{cell},2,0\n".encode())
    assert usages[0].values == (None, 2.0)
    assert table.no_numbers == {"calls": 1}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1", True),
        ("1.0", True),
        ("TRUE", True),
        ("是", True),
        ("0", False),
        ("no", False),
        ("", None),
        ("maybe", None),
    ],
)
def test_the_truth_is_read_in_whatever_spelling_and_not_guessed(written: str, meant: bool | None) -> None:
    usages, _ = read(HEAD + f"+861,1,2,{written}\n".encode(), truth="label")
    assert usages[0].is_scammer is meant


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_table_is_read_however_it_is_written(delimiter: str, mark: bytes, end: bytes, packed: bool) -> None:
    raw = mark + end.join(
        line.replace(",", delimiter).encode() for line in ("number,calls,texts", '"+861",1,2', "+862,3,", "")
    )
    usages, _ = read(gzip.compress(raw, mtime=0) if packed else raw)
    assert [(usage.number, usage.values) for usage in usages] == [("+861", (1.0, 2.0)), ("+862", (3.0, None))]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"number,calls\n", "no column texts"),
        (b"number,calls,texts,calls\n", "two columns calls"),
        (gzip.compress(HEAD * 10_000, mtime=0)[:40], "cannot be unpacked"),
        (b"\x1f\x8bno gzip", "cannot be unpacked"),
    ],
    ids=["nothing", "empty lines", "a column too few", "a column twice", "cut off", "no gzip"],
)
def test_what_is_no_table_is_refused_in_one_line(raw: bytes, why: str) -> None:
    with pytest.raises(ScreenError, match=why) as refused:
        read(raw)
    assert "\n" not in str(refused.value)


def test_a_table_that_breaks_off_says_where() -> None:
    rows = HEAD + b"".join(b"+86%d,%d,%d,0\n" % (line, line * 7919 % 1013, line) for line in range(20_000))
    with pytest.raises(ScreenError, match="ends within line"):
        read(gzip.compress(rows, mtime=0)[:-2_000])


@pytest.mark.parametrize("part", [4, 2], ids=["no deflate any more", "a wrong sum"])
def test_a_table_that_is_broken_in_its_middle_says_where(part: int) -> None:
    rows = HEAD + b"".join(b"+86%d,%d,1,0\n" % (line, line * 7919 % 1013) for line in range(20_000))
    packed = bytearray(gzip.compress(rows, mtime=0))
    packed[len(packed) // part : len(packed) // part + 64] = b"\xff" * 64
    with pytest.raises(ScreenError, match="ends within line"):
        read(bytes(packed))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"+861,1", "2 cells, where the first line has 4"),
        (b"+861,1,2,0,5", "5 cells"),
        (b"+861,,nan,1", "nothing is known"),
        (b'+861,"' + b"9" * 200_000 + b'",2,1', "no CSV"),
    ],
)
def test_a_line_that_cannot_be_read_costs_itself_only(line: bytes, problem: str) -> None:
    usages, _ = read(HEAD + b"+860,1,1,0\n" + line + b"\n+862,1,1,0\n")
    assert [usage.problem == "" for usage in usages] == [True, False, True]
    assert problem in usages[1].problem


@given(st.lists(st.binary(max_size=40).filter(lambda raw: not {10, 13, 34} & set(raw) and raw.strip()), max_size=8))
def test_whatever_stands_in_lines_each_of_them_comes_out(lines: list[bytes]) -> None:
    usages, _ = read(HEAD + b"".join(line + b"\n" for line in lines))
    assert len(usages) == len(lines)


@given(st.binary(min_size=1, max_size=20).filter(lambda raw: not {10, 13, 34, 44} & set(raw)))
def test_a_number_is_passed_on_byte_for_byte(number: bytes) -> None:
    usages, _ = read(HEAD + number + b",1,2,0\n")
    assert usages[0].number.encode("utf-8", "surrogateescape") == number
