"""What the relay does with a case, told as stories through the same engine as a live worker's."""

from typing import Any

import pytest

from agents.relay.case import CaseFile
from agents.relay.playbook import Playbook
from schemas.topics import CASES
from tests.kit.story import ABROAD, ME, MULE, MY_ACCOUNT, POLICE_TEXT, STRANGER, Story, robbed_on_the_phone

PLAYBOOK = Playbook.load()
TAKEN = {"suspend", "freeze", "stop_payment", "force_login"}
GIVEN = {"restore", "release"}
WARNED_AT = 46
PAID_AT = 40
HOUR = 60


def yellow() -> Story:
    """A suspicious text and a stranger's call: enough for a warning text."""
    story = Story(handles=["wx_me"])
    story.call(0, ABROAD, WARNED_AT - 1, peer_type="foreign")
    story.text(WARNED_AT, STRANGER, POLICE_TEXT)
    assert story.alerts[-1].level == "yellow", story.alerts
    return story


def red() -> Story:
    return robbed_on_the_phone(Story(handles=["wx_me"]))


def case(story: Story) -> CaseFile:
    held = story.slots.relay
    assert isinstance(held, CaseFile)
    return held


def record(story: Story) -> Any:
    """The latest case record."""
    return [output.value for output in story.outputs if output.topic is CASES][-1]


def actions(commands: list[Any]) -> list[str]:
    return [getattr(command, "channel", None) or command.action for command in commands]


def led_to(outputs: list[Any]) -> list[str]:
    return actions([output.value for output in outputs if output.topic.kind == "action"])


def last(story: Story, what: str) -> Any:
    return [c for c in story.commands if (getattr(c, "channel", None) or c.action) == what][-1]


# -- opening and climbing ------------------------------------------------------------------------------------------


def test_yellow_begins_with_a_text_and_takes_nothing() -> None:
    story = yellow()
    assert story.steps == {"sms"}
    assert case(story).state == "texting"


def test_red_calls_and_cuts_at_once() -> None:
    story = red()
    assert {"call", *TAKEN} <= story.steps
    assert case(story).state == "calling"
    assert record(story).level == "red"


def test_a_text_nobody_acknowledges_is_followed_by_the_bot_then_an_officer_then_a_visit() -> None:
    story = yellow()
    assert led_to(story.wait(WARNED_AT + 14.9)) == []
    assert led_to(story.wait(WARNED_AT + 15.1)) == ["bot"]
    assert led_to(story.wait(WARNED_AT + 30.1)) == ["call"]
    assert led_to(story.wait(WARNED_AT + 45.1)) == ["visit"]


def test_red_that_is_not_acknowledged_within_a_minute_goes_on_to_a_visit() -> None:
    story = red()
    assert led_to(story.wait(PAID_AT + 0.9)) == []
    assert "visit" in led_to(story.wait(PAID_AT + 1.1))
    assert case(story).state == "visiting"


def test_acknowledged_but_not_reached_within_five_minutes_goes_on_to_a_visit() -> None:
    story = red()
    story.tell(PAID_AT + 0.5, last(story, "call"), "acknowledged")
    assert led_to(story.wait(PAID_AT + 4.9)) == []
    assert "visit" in led_to(story.wait(PAID_AT + 5.1))


@pytest.mark.parametrize("word", ["unreachable", "refused", "failed", "rejected"])
def test_a_call_that_does_not_help_is_followed_by_a_visit_at_once(word: str) -> None:
    story = red()
    assert "visit" in led_to(story.tell(PAID_AT + 0.5, last(story, "call"), word))


def test_after_the_visits_the_command_centre_takes_over_and_does_not_call_without_end() -> None:
    story = red()
    story.wait(PAID_AT + 20 * HOUR)
    centre = [c for c in story.commands if getattr(c, "team", None) == "command-centre"]
    assert 0 < len(centre) <= PLAYBOOK.attempts["centre"]
    assert case(story).state == "escalated"


def test_evidence_that_mounts_skips_steps() -> None:
    story = yellow()
    assert case(story).state == "texting"
    story.call(WARNED_AT + 1, ABROAD, peer_type="foreign")
    told = led_to(story.pay(WARNED_AT + 10, MULE, 50_000, 1_000))
    assert {"call", "stop_payment", "freeze", "suspend"} <= set(told)
    assert case(story).state == "calling"


# -- contact -------------------------------------------------------------------------------------------------------


def test_reached_and_persuaded_is_watched_and_closed_as_safe_after_quiet_hours() -> None:
    story = red()
    call = last(story, "call")
    story.tell(PAID_AT + 0.5, call, "reached")
    story.tell(PAID_AT + 4, call, "persuaded", note="promised to hang up")
    assert case(story).state == "watching"
    assert not GIVEN & story.steps
    story.wait(PAID_AT + 4 + PLAYBOOK.quiet_h.persuaded * HOUR + 1)
    assert record(story).closed_as == "safe"
    assert story.steps >= GIVEN
    assert record(story).contacted_at is not None


def test_a_transfer_after_persuaded_moves_the_relay_on() -> None:
    story = red()
    call = last(story, "call")
    story.tell(PAID_AT + 1, call, "reached")
    story.tell(PAID_AT + 4, call, "persuaded")
    other = MULE[:-1] + "7"
    told = led_to(story.pay(PAID_AT + 20, other, 6_000, 200))
    assert "call" in told
    assert "stop_payment" in told
    assert case(story).state == "calling"


def test_a_false_alarm_gives_everything_back_at_once_and_stays_closed() -> None:
    story = red()
    story.tell(PAID_AT + 1, last(story, "call"), "reached")
    told = led_to(story.tell(PAID_AT + 2, last(story, "call"), "false_alarm"))
    assert sorted(told) == ["release", "release", "restore"]
    assert record(story).closed_as == "false_alarm"
    assert led_to(story.pay(PAID_AT + 10, MULE, 500, 9_000)) == []


# -- words that come late, twice, or not at all --------------------------------------------------------------------


def test_words_that_are_repeated_late_or_unknown_move_nothing() -> None:
    story = red()
    call = last(story, "call")
    story.tell(PAID_AT + 0.5, call, "unreachable")
    state = case(story).state
    assert led_to(story.tell(PAID_AT + 0.6, call, "unreachable")) == []
    assert led_to(story.tell(PAID_AT + 0.7, call, "refused")) == []
    assert case(story).state == state
    stranger = call.model_copy(update={"command_id": "00000000-0000-5000-8000-000000000000"})
    assert led_to(story.tell(PAID_AT + 0.8, stranger, "reached")) == []


def test_an_outcome_for_somebody_without_a_case_is_only_counted() -> None:
    story = Story()
    call = last(red(), "call")
    assert story.tell(0, call, "reached") == []


# -- taking and giving back ----------------------------------------------------------------------------------------


def test_a_freeze_that_fails_is_ordered_again_and_then_left_to_a_human() -> None:
    story = red()
    minute = PAID_AT + 0.1
    for _ in range(PLAYBOOK.retries):
        story.tell(minute, last(story, "freeze"), "failed", actor="bank")
        minute += 5
        assert "freeze" in led_to(story.wait(minute))
    assert led_to(story.tell(minute, last(story, "freeze"), "failed", actor="bank")) == ["desk"]
    ids = [c.command_id for c in story.commands if c.action == "freeze"]
    assert len(set(ids)) == len(ids) == PLAYBOOK.retries + 1


def test_a_restore_that_fails_is_tried_again() -> None:
    story = red()
    story.tell(PAID_AT + 1, last(story, "call"), "false_alarm")
    story.tell(PAID_AT + 2, last(story, "restore"), "failed", actor="telecom")
    assert led_to(story.wait(PAID_AT + 3)) == ["restore"]


def test_what_was_taken_is_given_back_when_its_time_is_over_though_the_case_is_open() -> None:
    story = red()
    story.tell(PAID_AT + 0.5, last(story, "suspend"), "executed", actor="telecom")
    story.wait(PAID_AT + 24 * HOUR + 1)
    assert [c.action for c in story.commands if c.action in GIVEN].count("restore") == 1
    assert {t.status for t in record(story).taken if t.action == "suspend"} == {"given_back"}


def test_everything_taken_is_given_back_in_the_end_once() -> None:
    story = red()
    story.wait(100 * HOUR)
    taken = [c for c in story.commands if c.action in TAKEN - {"force_login"}]
    given = [c for c in story.commands if c.action in GIVEN]
    targets = sorted((getattr(c, "account", ME)) for c in taken)
    assert targets == sorted(getattr(c, "account", ME) for c in given)
    assert MY_ACCOUNT in targets


# -- the record ----------------------------------------------------------------------------------------------------


def test_the_record_tells_who_did_what_and_when() -> None:
    story = red()
    call = last(story, "call")
    story.tell(PAID_AT + 0.5, call, "acknowledged", actor="officer 12")
    story.tell(PAID_AT + 2, call, "reached", actor="officer 12", note="frightened")
    told = record(story).timeline
    assert [m.at for m in told] == sorted(m.at for m in told)
    assert [m.text for m in told if m.actor == "officer 12"] == ["acknowledged", "reached"]
    assert {"evidence", "command", "outcome"} <= {m.what for m in told}
    assert told[-1].note == "frightened"


def test_a_closed_case_is_forgotten_after_a_day_but_for_its_name() -> None:
    story = red()
    story.tell(PAID_AT + 1, last(story, "call"), "false_alarm")
    story.wait(PAID_AT + 26 * HOUR)
    held = case(story)
    assert held.timer_at() == 0
    assert [held.steps, held.taken, held.timeline, held.reasons] == [[], [], [], []]
    assert held.case_id == record(story).case_id
