"""What the relay does with a case, told as stories through the same engine as a live worker's."""

from typing import Any

import pytest

from agents.relay.case import CaseFile
from agents.relay.playbook import ADDED, ADDED_IN, Playbook
from agents.victims.rules import MONEY
from interdict.topology import policy_record
from schemas.spans import MINUTE_MS
from schemas.topics import CASES, OFFICER_OUTCOMES, OUTCOME_TOPICS, OUTCOMES, POLICIES, outcomes_of
from tests.kit.guesses import PLAYBOOK
from tests.kit.story import (
    ABROAD,
    CODE,
    LANDLORD,
    ME,
    MIDDAY,
    MULE,
    MY_ACCOUNT,
    POLICE_TEXT,
    STRANGER,
    Story,
    robbed_on_the_phone,
)
from tests.kit.world import One

TAKEN = {"hold", "suspend", "freeze", "stop_payment", "force_login"}
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
    centre = [c for c in story.commands if c.action == "dissuade" and c.team == "command-centre"]
    others = PLAYBOOK.attempts["family"] + PLAYBOOK.attempts["station"]
    assert 0 < len(centre) <= PLAYBOOK.attempts["centre"] + others
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


def test_persuaded_is_provisional_and_a_payment_within_its_watch_goes_to_a_visit() -> None:
    story = red()
    call = last(story, "call")
    story.tell(PAID_AT + 1, call, "reached")
    story.tell(PAID_AT + 4, call, "persuaded")
    other = MULE[:-1] + "7"
    told = led_to(story.pay(PAID_AT + 20, other, 6_000, 200))
    assert "visit" in told
    assert "stop_payment" in told
    assert case(story).state == "visiting"


def cleared(story: Story, minute: float = PAID_AT + 0.5) -> list[str]:
    """One officer finds nothing wrong, and then another; what the second one leads to."""
    story.tell(minute, last(story, "call"), "false_alarm")
    return led_to(story.tell(minute + 0.2, last(story, "call"), "false_alarm", actor="another officer"))


def test_a_false_alarm_gives_everything_back_at_once_and_stays_closed() -> None:
    story = red()
    story.tell(PAID_AT + 0.2, last(story, "call"), "reached")
    assert sorted(cleared(story)) == ["release", "release", "release", "restore"]
    assert record(story).closed_as == "false_alarm"
    assert led_to(story.pay(PAID_AT + 10, MULE, 500, 9_000)) == []


def test_at_red_with_money_a_false_alarm_takes_two_officers() -> None:
    story = red()
    first = last(story, "call")
    told = led_to(story.tell(PAID_AT + 0.5, first, "false_alarm"))
    assert told == ["call"], "the command centre sees for itself, and nothing is given back yet"
    assert (last(story, "call").team, case(story).state) == ("command-centre", "escalated")
    story.tell(PAID_AT + 0.6, last(story, "call"), "false_alarm", actor="officer")
    assert case(story).state == "escalated", "the same officer under another task is not a second one"
    assert "restore" in led_to(story.tell(PAID_AT + 0.8, last(story, "call"), "false_alarm", actor="another officer"))


def test_money_that_leaves_between_the_two_makes_the_first_word_worthless() -> None:
    story = red()
    story.tell(PAID_AT + 0.5, last(story, "call"), "false_alarm")
    story.pay(PAID_AT + 0.7, MULE[:-1] + "7", 6_000, 200)
    told = led_to(story.tell(PAID_AT + 0.8, last(story, "call"), "false_alarm", actor="another officer"))
    assert told == ["call"]
    assert case(story).state == "escalated"


@pytest.mark.parametrize(("payee", "after_h"), [(MULE[:-1] + "7", 0.2), (MULE, 5)])
def test_fresh_money_to_another_payee_or_hours_after_a_false_alarm_opens_protection_again(
    payee: str, after_h: float
) -> None:
    story = red()
    cleared(story)
    at = PAID_AT + 2 + after_h * HOUR
    story.call(at - 1, ABROAD, peer_type="foreign")
    told = led_to(story.pay(at, payee, 9_000, 100))
    assert {"call", "hold", "stop_payment"} <= set(told)
    stopped = [c for c in story.commands if c.action == "stop_payment"][-1]
    assert (stopped.account, stopped.amount_minor) == (payee, 900_000), "what was found harmless is no target"


@pytest.mark.parametrize("word", ["false_alarm", "persuaded"])
def test_a_machine_ends_no_protection_once_its_step_is_over(word: str) -> None:
    story = yellow()
    story.wait(WARNED_AT + 15.1)
    bot = last(story, "bot")
    story.wait(WARNED_AT + 30.1)
    assert case(story).state == "calling"
    story.tell(WARNED_AT + 31, bot, word, actor="voice bot")
    assert case(story).state == "calling"


def test_after_three_tries_on_one_channel_family_is_tried_and_then_the_station() -> None:
    story = red()
    story.wait(PAID_AT + 20 * HOUR)
    tasks = [c for c in story.commands if c.action == "dissuade"]
    asked = [task.speak_to for task in tasks]
    assert [asked.count(whom) for whom in ("family", "station")] == [2, 2]
    assert asked == sorted(asked, key=["person", "family", "station"].index)
    centre = [c for c in tasks if c.team == "command-centre" and c.speak_to == "person"]
    assert len(centre) == PLAYBOOK.attempts["centre"] == 3


# -- what strangers can do to a person -----------------------------------------------------------------------------


def test_a_call_a_code_and_a_threat_do_not_take_anything_for_an_honest_payment() -> None:
    """Swatting: nothing speaks against this payment itself, its payee, its line or its amount."""
    story = Story(handles=["wx_me"])
    story.habits(yuan=300)
    story.call(0, ABROAD, 1, peer_type="foreign")
    story.text(0.5, "95555", CODE)
    story.text(2, STRANGER, POLICE_TEXT)
    story.pay(5, LANDLORD, 300, 59_000)
    assert "red" not in story.levels
    assert not TAKEN & story.steps


def test_of_a_cases_payees_only_those_that_something_speaks_against_are_stopped() -> None:
    story = Story(handles=["wx_me"])
    story.habits(yuan=300)
    story.pay(-30, LANDLORD, 300, 59_000)
    story.call(0, ABROAD, peer_type="foreign")
    story.text(10, STRANGER, POLICE_TEXT)
    story.pay(40, MULE, 50_000, 9_000)
    assert {payment.payee for payment in case(story).payments} == {MULE}
    assert {c.account for c in story.commands if c.action == "stop_payment"} == {MULE}


def test_an_account_that_many_pay_is_never_stopped_and_the_transfer_to_it_is_held() -> None:
    shared = PLAYBOOK.model_copy(update={"shared_payees": (MULE[:6] + "*",)})
    story = Story(handles=["wx_me"])
    story.goes_by(shared)
    robbed_on_the_phone(story)
    assert "stop_payment" not in story.steps
    (held,) = [c for c in story.commands if c.action == "hold"]
    assert (held.account, held.payee_account) == (MY_ACCOUNT, MULE)


def test_an_account_that_nobody_says_is_the_persons_is_frozen_only_with_an_officers_yes() -> None:
    story = Story(handles=["wx_me"], accounts=[])
    robbed_on_the_phone(story)
    assert "freeze" not in story.steps
    (asked,) = [c for c in story.commands if c.action == "approve"]
    assert asked.why == "not_own"
    assert "freeze" in led_to(
        story.tell(PAID_AT + 0.5, asked.model_copy(update={"command_id": asked.about}), "approved")
    )


def test_the_banks_word_that_an_account_is_the_persons_suffices() -> None:
    story = Story(handles=["wx_me"], accounts=[])
    robbed_on_the_phone(story, payer_is_subscriber=True)
    assert "freeze" in story.steps


# -- holding one transfer ------------------------------------------------------------------------------------------


def orange() -> Story:
    """Half an hour with a stranger from abroad, a threat, and a payment while the stranger is on the line again."""
    playbook = PLAYBOOK.model_copy(update={"on_line_is_red": (), "measures": {**PLAYBOOK.measures, "red": ("hold",)}})
    story = Story(handles=["wx_me"])
    story.goes_by(playbook)
    return robbed_on_the_phone(story)


def test_a_transfer_that_is_not_posted_is_held_while_an_officer_calls() -> None:
    story = robbed_on_the_phone(Story(handles=["wx_me"]), transaction_id="transfer-7")
    (held,) = [c for c in story.commands if c.action == "hold"]
    assert (held.account, held.transaction_id, held.payee_account) == (MY_ACCOUNT, "transfer-7", MULE)
    assert (held.amount_minor, held.hop) == (5_000_000, 0)
    assert held.expires_at - held.issued_at == PLAYBOOK.expires_h.hold * 3_600_000
    assert "call" in story.steps
    assert {t.action for t in record(story).taken} >= {"hold"}


def test_what_is_posted_is_not_held() -> None:
    story = robbed_on_the_phone(Story(handles=["wx_me"]), phase="posted")
    assert "hold" not in story.steps
    assert "stop_payment" in story.steps


def test_a_hold_is_given_back_at_its_end_and_names_the_transfer_that_it_lifts() -> None:
    story = robbed_on_the_phone(Story(handles=["wx_me"]), transaction_id="transfer-7")
    story.tell(PAID_AT + 0.2, last(story, "hold"), "executed", actor="bank")
    assert "release" not in led_to(story.wait(PAID_AT + 29.9))
    story.wait(PAID_AT + 30.1)
    (release,) = [c for c in story.commands if c.action == "release"]
    assert (release.transaction_id, release.account) == ("transfer-7", MY_ACCOUNT)
    assert {t.status for t in record(story).taken if t.action == "freeze"} == {"ordered"}, "and nothing else"


@pytest.mark.parametrize("word", ["rejected", "failed"])
def test_where_the_bank_cannot_hold_the_relay_goes_on_to_what_the_level_asks_for(word: str) -> None:
    story = orange()
    assert TAKEN & story.steps == {"hold"}
    story.goes_by(PLAYBOOK)
    told = led_to(story.tell(PAID_AT + 0.2, last(story, "hold"), word, actor="bank"))
    assert {"stop_payment", "freeze"} <= set(told)
    assert "hold" not in told


def test_where_no_officer_is_on_a_case_one_calls_because_a_transfer_is_held() -> None:
    world = One()
    gentle = PLAYBOOK.model_copy(update={"on_line_is_red": (), "measures": dict.fromkeys(PLAYBOOK.measures, ("hold",))})
    world.relay.on_broadcast(POLICIES, "relay", policy_record("relay", gentle))
    world.signal(0, "yellow", 0, False)
    assert sorted(world.left(0)) == ["dissuade", "dissuade", "hold"]
    assert [command.channel for command in world.commands if command.action == "dissuade"] == ["sms", "call"]
    assert world.case.state == "calling"


def test_the_case_says_in_words_what_spoke_for_a_measure_and_what_against() -> None:
    lines = [moment.text for moment in record(red()).timeline]
    (hold,) = [line for line in lines if line.startswith("hold the transfer")]
    assert " x 25,000 > harms " in hold, hold


def test_what_is_expected_to_harm_more_than_it_saves_is_not_taken() -> None:
    harm = {**PLAYBOOK.harm, "freeze": PLAYBOOK.harm["freeze"].model_copy(update={"saves": 0.0})}
    story = Story(handles=["wx_me"])
    story.goes_by(PLAYBOOK.model_copy(update={"harm": harm}))
    robbed_on_the_phone(story)
    assert TAKEN & story.steps == TAKEN - {"freeze"}


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
    cleared(story)
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
    cleared(story)
    story.wait(PAID_AT + 26 * HOUR)
    held = case(story)
    assert held.timer_at() == 0
    assert [held.steps, held.taken, held.timeline, held.reasons] == [[], [], [], []]
    assert held.case_id == record(story).case_id


# -- what the playbook says ----------------------------------------------------------------------------------------


def test_every_code_that_is_tied_to_a_payment_is_about_money_and_not_what_a_stranger_brings_about() -> None:
    assert set(PLAYBOOK.tied) <= MONEY
    assert not {"pay.after_call", "pay.after_text", "pay.new_payee"} & set(PLAYBOOK.tied), (
        "what a stranger brings about"
    )


def test_a_playbook_of_the_release_before_is_read_and_what_it_does_not_say_is_as_packaged() -> None:
    old = Playbook.load().model_dump(mode="json")
    for name in ADDED:
        del old[name]
    for name, more in ADDED_IN.items():
        for one in more:
            del old[name][one]
    assert Playbook.model_validate(old) == Playbook.load()


def test_who_pays_somebody_on_the_watchlist_keeps_phone_and_account_and_the_payment_is_stopped() -> None:
    """The list speaks of the payee. That the person is being deceived, nothing says."""
    story = Story(handles=["wx_me"])
    story.habits(yuan=300)
    story.listed(MULE, "account")
    story.pay(0, MULE, 300, 59_000)
    assert {"hold", "stop_payment"} & story.steps
    assert not {"freeze", "suspend", "suspend_incoming", "force_login"} & story.steps


# -- whose word counts ---------------------------------------------------------------------------------------------

WORDS_OF_TASKS = ("acknowledged", "reached", "persuaded", "refused", "unreachable", "false_alarm", "failed", "expired")
WORDS_OF_MEASURES = ("acknowledged", "executed", "rejected", "failed", "expired")


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        *(("call", word) for word in WORDS_OF_TASKS),
        *((measure, word) for measure in ("stop_payment", "suspend") for word in WORDS_OF_MEASURES),
        ("freeze", "approved"),
        ("freeze", "declined"),
    ],
)
def test_a_word_counts_from_those_only_to_whom_the_command_went(what: str, outcome: str) -> None:
    story = red()
    command = last(story, what)
    theirs = outcomes_of(outcome, command.action, getattr(command, "channel", None))
    (others,) = {*OUTCOME_TOPICS} - {theirs}
    minute = (command.issued_at - MIDDAY) / MINUTE_MS
    before, timeline = led_to(story.outputs), list(case(story).timeline)
    story.told_on(others, minute, command, outcome)
    assert led_to(story.outputs) == before
    assert case(story).timeline == timeline


def test_a_machine_that_texts_or_rings_has_no_say_in_an_officers_task_nor_the_other_way_round() -> None:
    story = yellow()
    text = last(story, "sms")
    story.told_on(OFFICER_OUTCOMES, WARNED_AT + 1, text, "failed")
    assert case(story).state == "texting"
    story.told_on(OUTCOMES, WARNED_AT + 2, text, "failed")
    assert case(story).state == "bot_calling"
