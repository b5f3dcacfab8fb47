"""`interdict screen` and `interdict scorecard` as one who has a table uses them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from interdict.screen.columns import COLUMNS
from tests.console.program import interdict

NAMES = [column.name for column in COLUMNS]
MONTHS = {
    "+8613800000001": (6.7, 122, 8900, 37, 32, 18, 2, 3, 1, 9.2, 913, 0.99, 21, 71, 34),  # as most are
    "+8613800000002": (1.1, 20, 300, 40, 200, 9, 0, 0, 6, 1.2, 40, 0.2, 5, 300, 400),  # calls everybody once
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return written(tmp_path / "june.csv", [[number, *month] for number, month in MONTHS.items()])


def written(file: Path, rows: list[list[object]], *more: str) -> Path:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([["phone", *NAMES, *more], *rows])
    return file


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_every_number_comes_out_with_its_chance_and_why(table: Path) -> None:
    ended = interdict("screen", str(table))
    honest, scammer = rows_of(ended.stdout)
    assert [honest["number"], scammer["number"]] == list(MONTHS)
    assert float(honest["chance"]) < 0.0001 < 0.01 < float(scammer["chance"])
    assert scammer["reasons"].startswith("highest monthly bill, yuan: 400 (+")
    assert scammer["reasons_zh"].startswith("最高月账单(元): 400 (+")
    assert "Nobody is suspended on a pattern" in ended.stderr
    assert not any(number[-8:] in ended.stderr for number in MONTHS), "numbers stand in the data only"


def test_only_the_likeliest_come_first_and_go_to_a_file(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "verify.csv"
    ended = interdict("screen", str(table), "--most", "1", "--out", str(out))
    assert ended.stdout == ""
    assert [row["number"] for row in rows_of(out.read_text())] == ["+8613800000002"]


def test_the_base_rate_moves_chances_and_no_points(table: Path) -> None:
    rare, often = (rows_of(interdict("screen", str(table), "--base-rate", rate).stdout) for rate in ("1e-5", "0.1"))
    assert [row["points"] for row in rare] == [row["points"] for row in often]
    assert all(float(one["chance"]) < float(other["chance"]) for one, other in zip(rare, often, strict=True))


def test_a_line_that_cannot_be_read_comes_out_too_and_is_counted(table: Path) -> None:
    table.write_text(table.read_text() + "+8613800000003,1,2\n" + "+8613800000004" + "," * len(NAMES) + "\n")
    ended = interdict("screen", str(table))
    *_, short, empty = rows_of(ended.stdout)
    assert (short["chance"], empty["chance"]) == ("", "")
    assert "line 4: 3 cells" in short["reasons"]
    assert "nothing is known" in empty["reasons"]
    assert "2 lines cannot be screened" in ended.stderr


def test_the_columns_that_a_table_needs_are_listed() -> None:
    told = interdict("screen", "--columns", COLUMNS="160").stdout
    assert all(name in told for name in NAMES)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["screen", "{table}", "--number", "who"], "no column who"),
        (["screen", "{table}", "--truth", "label"], "no column label"),
        (["screen", "{table}", "--scorecard", "{table}"], "is no scorecard"),
        (["screen", "{table}.gone"], "gone"),
        (["screen", "{table}", "--out", "{table}"], "is the table itself"),
        (["scorecard", "{table}", "--truth", "imeis", "--out", "{table}"], "is the table itself"),
        (["scorecard", "{table}", "--truth", "imeis", "--card", "{table}"], "is the table itself"),
        (["scorecard", "{table}", "--truth", "imeis"], "learning needs 50"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(asked: list[str], why: str, table: Path) -> None:
    ended = interdict(*(one.format(table=table) for one in asked), code=1, COLUMNS="400")
    *_, last = ended.stderr.splitlines()
    assert last.startswith("interdict: ")
    assert why in last


def test_points_of_ones_own_are_learned_and_screened_by(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    usage = chance.uniform(0, 100, (400, len(NAMES)))
    label = usage[:, 0] + chance.normal(0, 20, 400) > 70
    rows: list[list[object]] = [
        [f"n{at}", *month, int(is_one)] for at, (month, is_one) in enumerate(zip(usage, label, strict=True))
    ]
    known = written(tmp_path / "known.csv", rows, "label")
    ours, card = tmp_path / "ours.json", tmp_path / "ours.md"
    known.write_text(known.read_text() + "n400,1,2\n")
    told = interdict("scorecard", str(known), "--truth", "label", "--out", str(ours), "--card", str(card)).stderr
    assert "1 of 401 lines are left out" in told
    assert "`phone2opposite_mean`" in card.read_text()
    ended = interdict("screen", str(known), "--scorecard", str(ours), "--truth", "label", "--most", "50")
    assert sum(int(row["number"][1:]) in np.flatnonzero(label) for row in rows_of(ended.stdout)) > 45
    assert "against column label" in ended.stderr
