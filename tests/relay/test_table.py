"""The relay's table, as data: what must hold of it whatever rows are added."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from agents.relay.diagram import measure, mermaid
from agents.relay.table import (
    BESIDES,
    CHANNEL,
    EVIDENCE,
    LEAVING,
    NO_HELP,
    OPEN,
    RISE,
    ROWS,
    STATES,
    TABLE,
    TALKING,
    TRIGGERS,
    USED_UP,
    WORDS,
    Row,
    arrow,
)
from agents.relay.takings import BY_ITSELF, HAPPENINGS, IN_FORCE, MEASURES, TOLD, TOLD_OF_HOLD, TOLD_OF_RETURN, FollowUp
from schemas.cases import ClosedAs, TakenStatus
from schemas.events import Outcome

RELAY = Path(__file__).parents[2] / "agents" / "relay"

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
    assert ROWS["watching", "transfer"] == Row("watching", "transfer", "visiting", ("cut", "visit"))


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


# -- the tables are the whole machine ------------------------------------------------------------------------------


def written(tree: ast.AST, names: set[str], inside: str = "") -> Iterator[tuple[str, str]]:
    """Attributes of these names that are assigned to, and in which function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in names:
            yield node.attr, inside
        yield from written(node, names, node.name if isinstance(node, ast.FunctionDef) else inside)


def test_a_state_a_closing_and_a_status_are_written_where_a_row_is_followed_and_nowhere_else() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in RELAY.glob("*.py")]
    found = [place for tree in trees for place in written(tree, {"state", "closed_as", "status"})]
    assert sorted(found) == [("closed_as", "_follow"), ("state", "_follow"), ("status", "_befalls")]


def test_every_arrow_says_how_a_case_is_closed_where_it_leads() -> None:
    for row in TABLE:
        if row.to != row.state:
            assert (row.closed_as is None) == (row.to in TALKING), row
        else:
            assert row.closed_as is None, "who stays where they are is closed as before"
    assert {row.closed_as for row in TABLE if "close" in row.do} == set(get_args(ClosedAs))
    assert {row.to for row in TABLE if "close" in row.do} == {"closed"}


def test_who_was_persuaded_is_safe_and_whoever_else_went_quiet_is_not() -> None:
    for trigger in ("quiet", "next_episode"):
        safe = {state for state in OPEN if ROWS[state, trigger].closed_as == "safe"}  # type: ignore[index]
        assert safe == {"watching"}


def test_what_was_found_harmless_must_get_worse_to_be_opened_again() -> None:
    assert arrow("closed", "false_alarm", "transfer") is None
    assert arrow("closed", "quiet", "transfer") == arrow("closed", "safe", "transfer") == ROWS["closed", "transfer"]
    assert arrow("closed", "false_alarm", "red") == ROWS["closed", "red"]
    assert arrow("closed", "false_alarm", "fresh_money") == ROWS["closed", "fresh_money"]


def test_a_case_is_opened_along_every_arrow_out_of_a_state_that_is_not_open() -> None:
    for row in TABLE:
        opens = row.state not in OPEN and row.to in OPEN
        assert (row.first != ()) == opens, row
    assert set(LEAVING) == set(STATES) - set(OPEN)


def test_evidence_finds_somebody_who_talks_and_begins_the_quiet_hours_anew() -> None:
    assert set(BESIDES) == set(EVIDENCE) == {*RISE.values(), "transfer", "fresh_money"}
    for row in TABLE:
        assert (row.on in EVIDENCE) == ("calm" in row.then)
        assert row.on not in EVIDENCE or row.to in TALKING
    for state in (*OPEN, "closed"):
        assert {(state, trigger) for trigger in ("orange", "red", "transfer")} <= set(ROWS)


@pytest.mark.parametrize("state", TALKING)
def test_where_every_step_was_tried_often_enough_one_waits(state: Any) -> None:
    for _ in TALKING:
        (action,) = set(ROWS[state, "tried_enough"].do) & set(CHANNEL)
        state = ROWS[state, "tried_enough"].to
    ways = [action]
    while set(ROWS[state, USED_UP[action]].then) & set(CHANNEL):
        (action,) = ROWS[state, USED_UP[action]].then
        ways.append(action)
    assert (state, ways) == ("escalated", ["centre", "family", "station"])
    assert ROWS[state, USED_UP[action]].then == ("wait",)


def test_every_word_of_the_contract_is_known_and_every_trigger_of_a_word_is_in_the_table() -> None:
    assert set(WORDS) == set(get_args(Outcome.model_fields["outcome"].annotation))
    assert {word.on for word in WORDS.values()} <= {None, *TRIGGERS}


def test_every_row_of_a_measure_leads_somewhere() -> None:
    rows = [*TOLD.values(), *TOLD_OF_HOLD.values(), *BY_ITSELF.values()]
    statuses = {status for status, _ in (*TOLD, *TOLD_OF_HOLD, *BY_ITSELF)} | {status for status, _ in rows}
    assert statuses == set(get_args(TakenStatus))
    assert {happening for _, happening in BY_ITSELF} == set(HAPPENINGS)
    assert {follows for _, follows in rows} | {*TOLD_OF_RETURN.values()} == set(get_args(FollowUp))


def test_whatever_may_be_in_force_has_an_end_and_every_case_gives_back_what_it_may_have_taken() -> None:
    assert {"ordered", "held"} == IN_FORCE
    for status in get_args(TakenStatus):
        assert status == "given_back" or BY_ITSELF[status, "case_over"] == ("given_back", "give_back")


def test_readme_shows_the_diagram_of_a_measure() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{measure()}```" in readme, "run: python -m agents.relay.diagram"


def test_the_diagrams_are_drawn_from_every_word_and_closing_and_no_label_has_a_second_colon() -> None:
    """Mermaid ends a label at a colon."""
    drawn, of_measure = mermaid(), measure()
    for how in get_args(ClosedAs):
        assert f"close as {how.replace('_', ' ')}" in drawn
    for _, word in (*TOLD, *BY_ITSELF):
        assert word.replace("_", " ") in of_measure
    for line in (*drawn.splitlines(), *of_measure.splitlines()):
        assert line.count(":") <= 1
