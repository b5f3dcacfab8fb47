"""Identities: the same decision, the same id; another decision, another id."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import alert_id, case_id, command_id
from tests.schemas.records import CASE, PERSON

PART = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)


@given(step=PART, target=PART)
def test_the_same_decision_has_the_same_id(step: str, target: str) -> None:
    assert command_id(CASE, step, target) == command_id(CASE, step, target)


@given(one=st.tuples(PART, PART, PART), other=st.tuples(PART, PART, PART))
def test_decisions_that_differ_in_any_part_have_different_ids(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (one == other) == (command_id(*one) == command_id(*other))


def test_parts_do_not_run_together() -> None:
    assert command_id(CASE, "a", "bc") != command_id(CASE, "ab", "c")


def test_a_command_and_an_alert_of_the_same_parts_are_not_the_same() -> None:
    assert command_id(CASE, "event", "red") != alert_id(CASE, "event", "red")


def test_the_end_of_risk_has_an_id_of_its_own() -> None:
    assert alert_id(CASE, "event", None) not in {alert_id(CASE, "event", level) for level in ("red", "blue")}


def test_ids_are_uuids_of_version_5() -> None:
    assert UUID(case_id(PERSON, "event")).version == 5


def test_ids_never_change_from_one_release_to_the_next() -> None:
    assert command_id(CASE, "red/freeze", "6222020200112233445") == "1df34b03-9af8-5e3f-98c9-e4c522d49d24"


def test_a_part_with_a_line_feed_is_a_programmer_s_error() -> None:
    with pytest.raises(AssertionError):
        command_id(CASE, "a\nb", "c")
