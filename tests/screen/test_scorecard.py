"""A scorecard: points add up, the base rate moves the odds, and whatever is no scorecard is refused."""

import math
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interdict.judge.statistics import moved
from interdict.screen.columns import COLUMNS
from interdict.screen.scorecard import Scorecard, ScreenError, Term, in_words

CALLS = Term(column="calls", text="calls", text_zh="通话", edges=(10, 100), points=(-1.0, 0.5, 2.0), missing=0.25)
TEXTS = Term(column="texts", text="texts", text_zh="短信", edges=(), points=(-0.5,), missing=-0.1)
CARD = Scorecard(made_on=date(2026, 1, 1), learned_share=0.5, honest=1_000, start=-1.0, terms=(CALLS, TEXTS))

values = st.one_of(st.none(), st.floats(min_value=0, max_value=1e9))


@pytest.mark.parametrize(
    ("value", "points"), [(None, 0.25), (0, -1.0), (10, -1.0), (10.1, 0.5), (100, 0.5), (101, 2.0), (1e12, 2.0)]
)
def test_a_value_is_worth_what_its_range_is_worth(value: float | None, points: float) -> None:
    assert CALLS.worth(value) == points


def test_the_chance_is_what_the_points_add_up_to() -> None:
    found = CARD.screen([200, 3], 0.5)
    assert found.points == 1.5
    assert found.chance == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert [(part.term.column, part.points) for part in found.parts] == [("calls", 2.0)]
    assert in_words(found.parts) == "calls: 200 (+2.0)"
    assert in_words(CARD.screen([None, 3], 0.5).parts, chinese=True) == "通话: - (+0.2)"


@given(values, values, st.floats(min_value=1e-6, max_value=0.5))
def test_the_base_rate_moves_the_odds_and_nothing_else(calls: float | None, texts: float | None, rate: float) -> None:
    here, there = CARD.screen([calls, texts], 0.5), CARD.screen([calls, texts], rate)
    assert there.points == here.points
    assert there.chance == pytest.approx(moved(here.chance, rate / (1 - rate)))


def test_evidence_raises_the_odds_by_no_more_than_the_honest_numbers_it_was_learned_from() -> None:
    bold = CARD.model_copy(update={"start": 50.0})
    assert bold.screen([200, 3], 0.0001).chance == pytest.approx(moved(0.0001, 1_000))
    assert bold.screen([200, 3], 0.0001).points == CARD.screen([200, 3], 0.0001).points, "the order is as it was"


@given(st.lists(values, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_the_packaged_one_has_a_chance_for_any_month(month: list[float | None]) -> None:
    card = Scorecard.load()
    assert card.columns == tuple(column.name for column in COLUMNS)
    assert 0 < card.screen(month, 0.0001).chance < 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": 2}, "format"),
        ({"learned_share": 1.0}, "learned_share"),
        ({"terms": []}, "terms"),
        ({"terms": [CALLS.model_dump() | {"edges": [100, 10]}]}, "edges must go up"),
        ({"terms": [CALLS.model_dump() | {"points": [1.0]}]}, "2 edges need 3 points"),
        ({"start": None}, "start"),
        ({"honest": 0}, "honest"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_no_scorecard_is_refused_in_one_line(change: dict[str, Any], why: str, tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    file.write_bytes(orjson.dumps(CARD.model_dump(mode="json") | change))
    with pytest.raises(ScreenError, match=why) as refused:
        Scorecard.load(file)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_json_is_refused_too(tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    file.write_text("{")
    with pytest.raises(ScreenError, match="is no scorecard"):
        Scorecard.load(file)
