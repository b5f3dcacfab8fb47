"""Who is known: earned over days of the place, never by what a scammer can do in an evening, and lost at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims import familiar
from agents.victims.state import CONTACTS_MAX, PAYEES_MAX, Victim
from tests.kit.story import ABROAD, LANDLORD, MIDDAY, MOTHER, MULE, POLICE_TEXT, STRANGER, Story, told

DAY = 24 * 60
NOW = 10 * DAY
"""Minutes from the end of the ordinary days."""


def known(story: Story, peer: str, minute: float = NOW) -> bool:
    """Whether a call from this peer is nobody's business."""
    before = {talk.call for talk in story.state.talks}
    story.call(minute, peer, 10)
    return {talk.call for talk in story.state.talks} == before


# -- peers -----------------------------------------------------------------------------------------------------


def test_a_peer_called_and_calling_for_days_is_known() -> None:
    story = told()
    assert known(story, MOTHER)


@pytest.mark.parametrize("seconds", [1, 20, 90])
@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_one_call_the_evening_before_makes_nobody_known(hour: int, seconds: int) -> None:
    story = told()
    story.call(NOW - DAY + hour * 60, STRANGER, seconds / 60)
    assert not known(story, STRANGER, NOW + hour * 60)


def test_a_couriers_seconds_make_nobody_known_however_often_he_comes() -> None:
    story = told()
    for day in range(1, 10):
        story.call(day * DAY, STRANGER, 0.3, direction="out" if day == 4 else "in")
    assert not known(story, STRANGER)


def test_one_whom_the_person_never_called_is_not_known() -> None:
    story = told()
    for day in range(1, 10):
        story.call(day * DAY, STRANGER, 5)
    assert not known(story, STRANGER)


@pytest.mark.parametrize("more", [{"peer_type": "foreign"}, {"peer_type": "voip"}, {"forwarded": True}])
def test_nobody_becomes_known_over_a_line_that_can_say_anything(more: dict[str, object]) -> None:
    story = told()
    for day in range(1, 10):
        story.call(day * DAY, STRANGER, 5, direction="out" if day % 2 else "in", **more)
    assert not known(story, STRANGER)


def test_one_who_calls_from_abroad_for_days_weighs_less_and_is_not_known() -> None:
    story = told()
    for day in range(1, 10):
        story.call(day * DAY, ABROAD, 5, peer_type="foreign")
    since = story.call(NOW, ABROAD, 5, peer_type="foreign")
    fresh = {piece.code for piece in story.state.evidence if piece.at >= MIDDAY + NOW * 60_000}
    assert "call.foreign_met" in fresh
    assert "call.foreign" not in fresh
    assert since == []


def test_nobody_becomes_known_while_there_is_evidence() -> None:
    story = told()
    for day in range(4, 10):
        story.text(day * DAY - 60, "+8613711119999", POLICE_TEXT)
        story.call(day * DAY, STRANGER, 5, direction="out")
    assert not known(story, STRANGER)


def test_what_was_earned_is_lost_when_suspicion_comes() -> None:
    story = told()
    story.listed(MOTHER, "peer")
    story.call(0, MOTHER, 1)
    assert "call.listed" in story.codes()
    story.record(
        "reference.watchlist",
        {"value": MOTHER, "kind": "account", "category": "scam", "source": "t", "added_at": MIDDAY},
    )
    assert not known(story, MOTHER, 60)


def test_a_text_of_one_met_once_is_read() -> None:
    story = told()
    story.call(-DAY, STRANGER, 1)
    story.text(0, STRANGER, POLICE_TEXT)
    assert "text.police" in story.codes()


def test_thirty_couriers_push_nobodys_family_out() -> None:
    story = told()
    for number in range(3 * CONTACTS_MAX):
        story.call(number * 9, f"+8613711{number:06d}", 0.4)
    assert known(story, MOTHER, DAY)


@pytest.mark.parametrize("begin", range(0, 24 * 60, 97))
def test_a_call_across_any_hour_is_one_call_and_ends(begin: int) -> None:
    story = told()
    story.call(begin, ABROAD, 18, peer_type="foreign")
    story.pay(begin + 160, MULE, 9_000, 70_000)
    assert all(talk.ended_at for talk in story.state.talks)
    assert not story.codes() & {"pay.on_line", "call.long_40", "call.long_day"}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 900), st.booleans(), st.booleans())))
def test_nobody_is_known_on_fewer_than_three_days(met: list[tuple[int, int, int, bool, bool]]) -> None:
    state = Victim()
    days: dict[int, set[int]] = {}
    for peer, day, seconds, dialled, odd in sorted(met, key=lambda one: one[1]):
        familiar.meet(state, peer, day, seconds, dialled=dialled, odd=odd)
        if not odd:
            days.setdefault(peer, set()).add(day)
    for peer in range(4):
        assert not familiar.is_known(state, peer) or len(days[peer]) >= familiar.KNOWN_DAYS_MIN
    assert len(state.contacts) <= CONTACTS_MAX


@pytest.mark.parametrize("kind", ["service", "unknown", None])
def test_a_real_service_line_is_of_no_interest_and_pushes_nobody_out(kind: str | None) -> None:
    story = Story()
    for day in range(4):
        story.call(day * 24 * 60, "95588", 50, peer_type=kind)
    assert (story.codes(), story.state.talks, story.state.contacts) == (set(), [], {})


# -- payees ----------------------------------------------------------------------------------------------------


def is_new(story: Story, payee: str, minute: float, yuan: float, **more: object) -> bool:
    """Whether a payment to this payee is looked at as one to somebody new."""
    before = len(story.state.transfers)
    story.pay(minute, payee, yuan, 50_000, **{"payee_is_new": False, **more})
    return len(story.state.transfers) > before


@pytest.mark.parametrize("days", [1, 2])
def test_a_payee_is_new_for_days(days: int) -> None:
    story = told()
    story.pay(NOW - days * DAY, MULE, 30, 50_000, phase="posted")
    assert is_new(story, MULE, NOW, 500)


def test_a_payee_paid_for_days_is_known_to_the_tune_of_it() -> None:
    story = told()
    story.pay(DAY, LANDLORD, 3_000, 50_000, phase="posted", payee_is_new=True)
    assert not is_new(story, LANDLORD, NOW, 3_500)
    assert is_new(story, LANDLORD, NOW + 1, 90_000), "a known landlord is not known for thirty rents"


@pytest.mark.parametrize("yuan", [0.01, 1, 30])
def test_nobody_is_known_by_what_was_paid_while_a_stranger_was_on_the_line(yuan: float) -> None:
    story = told()
    story.call(DAY, STRANGER, 30)
    story.pay(DAY + 5, MULE, yuan, 50_000, phase="posted")
    assert is_new(story, MULE, NOW, 5_000), "whatever the bank says by now"


def test_one_fen_makes_no_payee_known() -> None:
    story = told()
    story.pay(DAY, MULE, 0.01, 50_000, phase="posted")
    assert is_new(story, MULE, NOW, 5_000)


def test_whom_the_bank_knows_and_nobody_saw_paid_first_is_known() -> None:
    story = told()
    assert not is_new(story, LANDLORD, NOW, 5_000)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9_999_99), st.booleans()), max_size=200))
def test_the_payees_remembered_have_a_bound(paid: list[tuple[int, int, bool]]) -> None:
    state = Victim(payees=[1, 2])
    for day, (payee, amount, alone) in enumerate(paid):
        familiar.pay(state, payee, amount, day, told_new=None, alone=alone)
    assert len(state.paid) <= PAYEES_MAX
