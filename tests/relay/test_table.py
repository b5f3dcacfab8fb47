"""The relay's table, as data: what must hold of it whatever rows are added."""

from pathlib import Path

import pytest

from agents.relay.diagram import mermaid
from agents.relay.table import CHANNEL, NO_HELP, OPEN, RISE, ROWS, STATES, TABLE, TALKING, TRIGGERS, Row
from agents.relay.takings import MEASURES, TOLD

LADDER = {"texting": "bot_calling", "bot_calling": "calling", "calling": "visiting", "visiting": "escalated"}


@pytest.mark.parametrize("state", TALKING)
@pytest.mark.parametrize("trigger", NO_HELP)
def test_whatever_does_not_help_somebody_talks_next(state: str, trigger: str) -> None:
    row = ROWS[state, trigger]  # type: ignore[index]
    assert row.to == LADDER.get(state, "escalated")
    assert set(row.do) & set(CHANNEL), "the next step takes over"


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_can_be_closed_and_closing_gives_back(state: str) -> None:
    for trigger in ("false_alarm", "quiet"):
        row = ROWS[state, trigger]  # type: ignore[index]
        assert (row.to, row.do) == ("closed", ("close",))


@pytest.mark.parametrize("level", RISE.values())
def test_every_warned_level_begins_somewhere(level: str) -> None:
    assert ROWS["opened", level].to in TALKING  # type: ignore[index]


def test_red_cuts_and_calls_at_once_wherever_the_relay_stands() -> None:
    for state in ("opened", "texting", "bot_calling", "watching", "closed"):
        assert ROWS[state, "red"].do == ("cut", "call")  # type: ignore[index]
    for state in ("calling", "visiting", "escalated"):
        assert ROWS[state, "red"].do == ("cut",)  # type: ignore[index]


def test_money_that_leaves_after_the_person_was_persuaded_moves_the_relay_on() -> None:
    assert ROWS["watching", "transfer"] == Row("watching", "transfer", "calling", ("cut", "call"))


def test_every_state_can_be_reached_and_every_trigger_moves_something() -> None:
    assert {row.to for row in TABLE} | {"opened"} == set(STATES)
    assert {row.on for row in TABLE} == set(TRIGGERS)


def test_the_diagram_has_every_arrow_of_the_table() -> None:
    drawn = mermaid()
    for row in TABLE:
        assert f"{row.state} --> {row.to}: " in drawn or "talking --> " in drawn
        assert row.on in NO_HELP or row.on.replace("_", " ") in drawn
    assert drawn.count("\n") < len(TABLE), "arrows that say the same are one"


def test_readme_shows_the_diagram_of_this_table() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{mermaid()}```" in readme, "run: python -m agents.relay.diagram"


def test_whatever_is_taken_can_be_given_back_or_ends_by_itself() -> None:
    assert {name for name, measured in MEASURES.items() if measured.undo is None} == {"force_login"}


def test_what_failed_is_tried_again_and_what_an_officer_declined_is_not() -> None:
    assert TOLD["ordered", "failed"][1] == TOLD["ordered", "rejected"][1] == "retry"
    assert TOLD["ordered", "declined"] == ("not_taken", "decline")
