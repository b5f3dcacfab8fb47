"""Case records: whatever a case file holds, its record is within the bounds, says what was cut, and is read back."""

from typing import Any, get_args

import pytest

from agents.relay.case import HEAD, CaseFile, Moment, Taking
from agents.relay.record import case_record
from agents.victims.rules import RULES
from schemas import cases
from schemas import fields as f
from schemas.cases import CaseRecord
from schemas.codec import RECORD_BYTES_MAX, decoder, encode
from schemas.topics import CASES
from tests.schemas.records import CASE, COMMAND, NOON, PERSON

decode = decoder(CASES)


def file(**changed: Any) -> CaseFile:
    return CaseFile(CASE, NOON, NOON, **changed)


def record(case: CaseFile) -> CaseRecord:
    """The record of a case, once it was written and read."""
    made = case_record(case, PERSON, "1/1")
    assert decode(encode(made)) == made
    return made


def moment(**changed: Any) -> Any:
    """The one line of a case's record."""
    fields = {"at": NOON, "what": "outcome", "text": "reached"} | changed
    (line,) = record(file(timeline=[Moment(**fields)])).timeline
    return line


def test_words_within_the_bounds_are_left_as_they_are() -> None:
    line = moment(actor="警" * cases.ACTOR_CHARS_MAX, note="话" * cases.REMARK_CHARS_MAX)
    assert (line.text, line.actor) == ("reached", "警" * cases.ACTOR_CHARS_MAX)
    assert line.note == "话" * cases.REMARK_CHARS_MAX


def test_longer_words_are_cut_and_show_it() -> None:
    line = moment(text="a" * 500, actor="b" * f.NAME_CHARS_MAX, note="c" * f.NOTE_CHARS_MAX)
    assert line.text == "a" * (cases.MOMENT_TEXT_CHARS_MAX - 1) + "…"
    assert line.actor == "b" * (cases.ACTOR_CHARS_MAX - 1) + "…"
    assert line.note == "c" * (cases.REMARK_CHARS_MAX - 1) + "…"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("很害怕。\n对方自称警察", "很害怕。 对方自称警察"),
        ("a\t\x1b[31mb\x9b", "a [31mb"),
        ("", None),
        (" \n", None),
        (None, None),
    ],
)
def test_a_note_becomes_one_line_without_controls(told: str | None, kept: str | None) -> None:
    assert moment(note=told).note == kept


def test_the_longest_words_of_our_own_are_not_cut() -> None:
    level, typology = (max(get_args(words), key=len) for words in (f.Level, f.Typology))
    longest = max(len(rule.text) for rule in RULES.values())
    assert len(f"{level}, {typology}, score 0.97: ") + longest <= cases.MOMENT_TEXT_CHARS_MAX


def test_the_record_of_the_largest_case_file_is_read_back() -> None:
    case = file(area="😀" * f.LABEL_CHARS_MAX, left_out=10 * cases.MOMENTS_LEFT_OUT_MAX)
    long = Moment(NOON, "taken_back", "😀" * 500, "😀" * 128, COMMAND, "x" * f.EVENT_ID_CHARS_MAX, "😀\1" * 250)
    for _ in range(2 * cases.MOMENTS_MAX):
        case.note(long)
    case.taken = [Taking(COMMAND, "stop_payment", "x" * f.ACCOUNT_CHARS_MAX, NOON) for _ in range(cases.TAKEN_MAX)]
    made = record(case)
    assert len(encode(made)) <= RECORD_BYTES_MAX
    assert (len(made.timeline), made.moments_left_out) == (cases.MOMENTS_MAX, cases.MOMENTS_LEFT_OUT_MAX)


def test_of_a_long_timeline_the_first_third_and_the_latest_stay() -> None:
    case, told = file(), cases.MOMENTS_MAX + 10
    for n in range(told):
        case.note(Moment(NOON + n, "timer", f"deadline {n}"))
    made = record(case)
    kept = [line.at - NOON for line in made.timeline]
    assert kept == [*range(HEAD), *range(HEAD + 10, told)]
    assert HEAD * 3 == cases.MOMENTS_MAX
    assert made.moments_left_out == 10


def test_where_too_much_was_taken_what_is_in_force_is_told_first() -> None:
    ended = [Taking(COMMAND, "freeze", f"ended-{n}", NOON, status="not_taken") for n in range(3)]
    held = [Taking(COMMAND, "freeze", f"held-{n}", NOON, status="held") for n in range(cases.TAKEN_MAX - 1)]
    told = record(file(taken=[*ended, *held])).taken
    assert [one.target for one in told] == ["ended-2", *(taking.target for taking in held)]
    latest = record(file(taken=[*held, *held])).taken
    assert [one.target for one in latest] == [one.target for one in [*held, *held][-cases.TAKEN_MAX :]]


def test_a_new_login_is_nothing_that_is_held() -> None:
    assert record(file(taken=[Taking(COMMAND, "force_login", "wx-1", NOON)])).taken == ()
