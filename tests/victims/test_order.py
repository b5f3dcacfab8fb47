"""Late and unordered events: what is decided in the end does not depend on which feed was quicker."""

from itertools import permutations

import pytest

from schemas.spans import DAY_MS
from tests.kit.story import ABROAD, BANK, CODE, MIDDAY, MULE, POLICE_TEXT, STRANGER, Story, told


def test_a_call_whose_record_comes_after_the_payment_is_understood_as_before_it() -> None:
    story = told()
    story.pay(12, MULE, 9_000, 50_000)
    assert "pay.on_line" not in story.codes()
    story.call(0, ABROAD, 30, peer_type="foreign")
    assert {"pay.on_line", "call.foreign"} <= story.codes()


def test_a_call_whose_record_comes_after_the_code_is_understood_as_before_it() -> None:
    story = told()
    story.text(5, BANK, CODE)
    story.call(0, STRANGER, 12)
    assert "text.code_on_line" in story.codes()


def test_a_text_whose_record_comes_after_the_payment_is_understood_as_before_it() -> None:
    story = told()
    story.pay(10, MULE, 9_000, 50_000)
    story.text(5, STRANGER, POLICE_TEXT)
    assert "pay.after_text" in story.codes()


def test_a_text_that_really_came_after_the_payment_did_not_cause_it() -> None:
    story = told()
    story.pay(0, MULE, 9_000, 50_000)
    story.text(5, STRANGER, POLICE_TEXT)
    assert "pay.after_text" not in story.codes()


TELLINGS = {
    "call": lambda s: s.call(0, ABROAD, 12, peer_type="foreign"),
    "text": lambda s: s.text(5, STRANGER, POLICE_TEXT),
    "code": lambda s: s.text(7, BANK, CODE),
    "payment": lambda s: s.pay(10, MULE, 50_000, 9_000),
}


@pytest.mark.parametrize("order", permutations(TELLINGS), ids="-".join)
def test_in_whatever_order_the_feeds_deliver_the_same_evidence_is_found_and_it_is_red(order: tuple[str, ...]) -> None:
    in_order, unordered = told(), told()
    for name in TELLINGS:
        TELLINGS[name](in_order)
    for name in order:
        TELLINGS[name](unordered)
    assert unordered.codes() == in_order.codes()
    assert unordered.levels[-1] == in_order.levels[-1] == "red"


def test_the_end_of_a_call_that_comes_before_its_answer_makes_one_call() -> None:
    story = Story()
    story.call(0, ABROAD, 12, phases="e", peer_type="foreign", call_id="c")
    story.call(0, ABROAD, phases="a", peer_type="foreign", call_id="c")
    (talk,) = story.state.talks
    assert (talk.answered_at, talk.ended_at) == (MIDDAY, MIDDAY + 12 * 60_000)


def test_an_old_episode_does_not_reach_into_a_new_one() -> None:
    story = told()
    story.call(0, ABROAD, 45, peer_type="foreign")
    story.text(46, STRANGER, POLICE_TEXT)
    first = story.state.case
    assert first is not None
    story.call(20 * DAY_MS / 60_000, "+85298887777", 45, peer_type="foreign", medium="video")
    second = story.state.case
    assert second is not None
    assert second.case_id != first.case_id
