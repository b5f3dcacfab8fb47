"""Coached victims: unreachable while engaged, calls cut off, calls sent on, less paid after more was declined."""

from typing import Any

import pytest

from agents.victims.state import MISSED_MAX, Victim
from schemas.topics import CALLS, OUTCOMES
from tests.kit.story import (
    ABROAD,
    LANDLORD,
    ME,
    MIDDAY,
    MOTHER,
    MULE,
    MY_ACCOUNT,
    STRANGER,
    Story,
    robbed_on_the_phone,
    told,
)

DAY = 24 * 60
SECOND = 1 / 60
COACHED = {"call.unreached", "call.unreached_again", "call.cut_off", "call.cut_off_4", "call.cut_off_ours"}
DIVERTED = {"call.diverted", "call.diverted_after"}
REFUSED = {"pay.smaller_held", "pay.smaller_refused", "pay.refused_elsewhere", "pay.refused_split"}


def rings(story: Story, minute: float, seconds: float, peer: str = MOTHER, *, talks_s: int = 0, **more: Any) -> None:
    """A call that rings for so long, and is answered or not."""
    common = {"peer": peer, "call_id": f"ring-{peer}-{minute}", "direction": "in", "peer_type": "mobile", **more}
    phases = [("ringing", 0.0, None), ("answered", seconds, None), ("ended", seconds + talks_s, talks_s)]
    for phase, after, told_s in phases if talks_s else (phases[0], ("ended", seconds, None)):
        event = story._event(minute + after * SECOND)
        story.record(CALLS.name, {**event, "subscriber": ME, "phase": phase, "duration_s": told_s, **common})


def rings_twice(story: Story, minute: float, seconds: float, **more: Any) -> None:
    for later in (0.0, 0.5):
        rings(story, minute + later, seconds, **more)


def officers_call(story: Story, place: int = -1) -> Any:
    return [c for c in story.commands if getattr(c, "channel", None) in ("call", "visit")][place]


# -- unreachable while engaged -----------------------------------------------------------------------------------


def test_unreachable_while_engaged_is_evidence() -> None:
    story = robbed_on_the_phone()
    before = story.state.case
    story.tell(42, officers_call(story), "unreachable")
    assert before is not None
    assert "call.unreached" in story.codes()


@pytest.mark.parametrize("word", ["reached", "refused", "acknowledged"])
def test_another_word_than_unreachable_is_none(word: str) -> None:
    story = robbed_on_the_phone()
    story.tell(42, officers_call(story), word)
    assert not COACHED & story.codes()


def test_unreachable_with_nobody_on_the_line_says_nothing() -> None:
    story = Story()
    story.habits()
    story.call(0, ABROAD, 35, peer_type="foreign")
    story.pay(30, MULE, 50_000, 10_000)
    story.tell(60, officers_call(story), "unreachable")
    assert not COACHED & story.codes()


def test_unreachable_while_a_courier_is_on_the_line_says_nothing() -> None:
    story = Story()
    story.habits()
    story.call(0, ABROAD, 35, peer_type="foreign")
    story.pay(30, MULE, 50_000, 10_000)
    story.call(59, STRANGER)
    story.tell(60, officers_call(story), "unreachable")
    assert not COACHED & story.codes()


def test_unreachable_again_and_again_weighs_more_and_one_order_counts_once() -> None:
    story = robbed_on_the_phone()
    for minute in (42, 43):
        story.tell(minute, officers_call(story, 0), "unreachable")
    assert "call.unreached_again" not in story.codes()
    story.tell(45, officers_call(story), "unreachable")
    assert "call.unreached_again" in story.codes()


def test_the_record_of_the_strangers_call_may_come_after_the_word() -> None:
    story = Story()
    story.habits()
    story.call(0, ABROAD, 35, peer_type="foreign")
    story.pay(30, MULE, 50_000, 10_000)
    story.tell(60, officers_call(story), "unreachable")
    story.call(50, ABROAD, 20, phases="e", peer_type="foreign", call_id="again")
    assert "call.unreached" in story.codes()


def test_of_somebody_whom_nobody_suspects_no_word_is_evidence_and_nothing_is_kept() -> None:
    value = {
        "command_id": "0b7e9d52-2222-5000-8000-000000000000", "occurred_at": MIDDAY, "subscriber": ME,
        "outcome": "unreachable", "actor": "officer",
    }  # fmt: skip
    story = told()
    story.call(-20, STRANGER)
    story.record(OUTCOMES.name, value)
    assert story.state.missed == {}
    nobody = Story()
    nobody.record(OUTCOMES.name, value)
    assert not nobody.store.keys() or nobody.slots.victims is None


def test_no_flood_of_words_makes_a_person_large() -> None:
    story = robbed_on_the_phone()
    command = officers_call(story)
    for number in range(20):
        other = command.model_copy(update={"command_id": f"0b7e9d52-2222-5000-8000-{number:012d}"})
        story.tell(42 + number / 60, other, "unreachable")
    assert len(story.state.missed) == MISSED_MAX


# -- ring then cut -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minute", "seconds", "expected"),
    [(20, 3, True), (20, 8, True), (20, 9, False), (-4, 3, True), (-6, 3, False), (44, 3, True), (46, 3, False)],
)
def test_a_call_that_rings_and_is_cut_around_a_strangers_is_evidence(
    minute: float, seconds: float, expected: bool
) -> None:
    story = told()
    if minute < 0:
        rings_twice(story, minute, seconds)
    story.call(0, ABROAD, None if 0 < minute < 30 else 30, peer_type="foreign")
    if minute > 0:
        rings_twice(story, minute, seconds)
    assert ("call.cut_off" in story.codes()) is expected


def test_one_call_cut_off_is_nothing_honest_people_reject_calls() -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    rings(story, 10, 3)
    assert "call.cut_off" not in story.codes()


def test_a_call_that_was_answered_is_not_cut_off_however_short() -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    rings_twice(story, 10, 3, talks_s=2)
    assert "call.cut_off" not in story.codes()


def test_the_persons_own_call_is_not_cut_off() -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    rings_twice(story, 10, 3, direction="out")
    assert "call.cut_off" not in story.codes()


def test_a_call_cut_off_on_a_quiet_day_or_around_a_couriers_is_nothing() -> None:
    quiet, courier = told(), told()
    rings_twice(quiet, 0, 2)
    courier.call(0, STRANGER, 1)
    rings_twice(courier, 5, 2)
    assert not COACHED & (quiet.codes() | courier.codes())


def test_four_calls_cut_off_weigh_more_than_two() -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    for minute in (10, 11, 12):
        rings(story, minute, 3)
    assert "call.cut_off_4" not in story.codes()
    rings(story, 14, 3)
    assert "call.cut_off_4" in story.codes()


@pytest.mark.parametrize(("minute", "expected"), [(41.9, True), (30, False)])
def test_our_own_call_cut_off_is_told_from_another(minute: float, expected: bool) -> None:
    story = robbed_on_the_phone()
    rings(story, minute, 4, "96110", peer_type="service")
    story.tell(42, officers_call(story), "unreachable")
    assert ("call.cut_off_ours" in story.codes()) is expected


# -- forwarding --------------------------------------------------------------------------------------------------


def forwarded(story: Story, minute: float, to: str, **more: Any) -> None:
    story.call(minute, MOTHER, 2, forwarded_to=to, **more)


def test_new_forwarding_is_evidence_and_after_a_strangers_call_more_so() -> None:
    plain, after = told(), told()
    forwarded(plain, 0, STRANGER)
    after.call(-120, ABROAD, 20, peer_type="foreign")
    forwarded(after, 0, STRANGER)
    assert plain.codes() & DIVERTED == {"call.diverted"}
    assert after.codes() & DIVERTED == DIVERTED


@pytest.mark.parametrize("to", ["10086", "unknown", MOTHER])
def test_forwarding_to_voicemail_to_nobody_told_or_to_somebody_trusted_is_nothing(to: str) -> None:
    story = told(trusted_peers=[MOTHER])
    forwarded(story, 0, to)
    assert not DIVERTED & story.codes()


def test_forwarding_that_has_been_so_for_days_is_the_persons_own() -> None:
    story = Story()
    forwarded(story, -10 * DAY, STRANGER)
    forwarded(story, 0, STRANGER)
    assert not any(piece.at >= MIDDAY for piece in story.state.evidence)


def test_a_call_that_was_sent_on_had_not_the_person_on_the_line() -> None:
    story = told(trusted_peers=[MOTHER])
    story.call(0, ABROAD, 60, peer_type="foreign", forwarded_to=STRANGER)
    assert story.state.talks == []


def test_a_call_that_the_person_makes_is_sent_on_by_somebody_else() -> None:
    story = told()
    story.call(0, MOTHER, 2, forwarded_to=STRANGER, direction="out")
    assert not DIVERTED & story.codes()


# -- declined, then smaller --------------------------------------------------------------------------------------


def declined(story: Story, minute: float, payee: str, yuan: float, *, ordered: bool = True) -> None:
    if ordered:
        story.pay(minute, payee, yuan, 60_000)
    story.pay(minute + 0.2, payee, yuan, 60_000, phase="declined")


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize(
    ("payments", "codes"),
    [
        ([(5, MULE, 3_000)], {"pay.smaller_refused"}),
        ([(5, MULE, 9_000)], set()),  # tried again
        ([(5, MULE, 20_000)], set()),
        ([(5, "6222999900000002", 9_000)], {"pay.refused_elsewhere"}),
        ([(5, "6222999900000002", 2_000)], set()),
        ([(5, MULE, 5_000), (9, MULE, 4_000)], {"pay.smaller_refused", "pay.refused_split"}),
        ([(5, "6222999900000002", 5_000), (9, "6222999900000003", 4_000)], {"pay.refused_split"}),
        ([(DAY + 5, MULE, 3_000)], set()),
    ],
)
def test_what_is_paid_in_place_of_what_was_declined_is_evidence(
    payments: list[tuple[float, str, float]], codes: set[str], ordered: bool
) -> None:
    story = told()
    declined(story, 0, MULE, 9_000, ordered=ordered)
    for minute, payee, yuan in payments:
        for phase, later in (("initiated", 0.0), ("posted", 0.2)):
            story.pay(minute + later, payee, yuan, 50_000, phase=phase)
    assert story.codes() & REFUSED == codes


def test_what_was_declined_to_somebody_known_is_an_empty_account_and_nothing_else() -> None:
    story = told(trusted_payees=[LANDLORD], accounts=[MY_ACCOUNT])
    declined(story, 0, LANDLORD, 9_000)
    story.pay(5, LANDLORD, 3_000, 50_000)
    story.pay(9, MULE, 8_900, 41_000)
    assert not REFUSED & story.codes()


def test_money_that_came_back_was_not_declined() -> None:
    story = told()
    story.pay(0, MULE, 9_000, 50_000, phase="posted")
    story.pay(1, MULE, 9_000, 59_000, phase="reversed")
    story.pay(5, MULE, 3_000, 56_000)
    assert not REFUSED & story.codes()


@pytest.mark.parametrize(("after", "posted", "expected"), [(3, False, True), (1, False, False), (3, True, False)])
def test_less_to_the_same_payee_while_more_is_held_is_evidence(after: float, posted: bool, expected: bool) -> None:
    story = told()
    story.pay(0, MULE, 9_000, 50_000)
    if posted:
        story.pay(0.3, MULE, 9_000, 50_000, phase="posted")
    story.pay(after, MULE, 3_000, 47_000)
    assert ("pay.smaller_held" in story.codes()) is expected


def test_where_nothing_is_ever_told_of_postings_nothing_is_held() -> None:
    story = Story()
    story.pay(0, MULE, 9_000, 50_000)
    story.pay(10, MULE, 3_000, 47_000)
    assert "pay.smaller_held" not in story.codes()


def test_after_a_hold_a_smaller_sum_to_the_same_payee_is_taken_on_too() -> None:
    story = robbed_on_the_phone()
    first = [c for c in story.commands if c.action == "hold"]
    story.pay(45, MULE, 4_000, 6_000)
    more = [c for c in story.commands if c.action == "hold"][len(first) :]
    assert first
    assert [(c.payee_account, c.amount_minor) for c in more] == [(MULE, 400_000)]


def test_a_state_of_before_knows_nothing_of_it() -> None:
    assert (Victim().refused, Victim().cut, Victim().missed, Victim().diverted) == ([], [], {}, {})
