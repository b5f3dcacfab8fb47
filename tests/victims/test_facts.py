"""What is noticed about calls, texts and transfers, told as stories."""

import pytest

from agents.victims import facts as f
from tests.kit.story import ABROAD, BANK, CODE, LANDLORD, ME, MIDDAY, MOTHER, MULE, MY_ACCOUNT, STRANGER, Story, told

# -- calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "more", "code"),
    [
        (ABROAD, {"peer_type": "foreign"}, "call.foreign"),
        (STRANGER, {"peer_type": "voip"}, "call.voip"),
        (STRANGER, {"peer_type": "unknown"}, "call.hidden"),
        (STRANGER, {"forwarded": True}, "call.forwarded"),
        (STRANGER, {"medium": "video"}, "call.video"),
        ("+8695588", {}, "call.lookalike"),
        ("+86110", {}, "call.lookalike"),
    ],
)
def test_the_kind_of_a_stranger_is_evidence(peer: str, more: dict[str, object], code: str) -> None:
    story = told()
    story.call(0, peer, 3, **more)
    assert code in story.codes()


def test_a_number_on_the_watchlist_is_evidence_until_its_entry_expires() -> None:
    story = told()
    story.listed(STRANGER, "peer", expires_at=MIDDAY + 60 * 60_000)
    story.call(0, STRANGER, 1)
    assert story.codes() == {"call.listed"}
    later = told()
    later.listed(STRANGER, "peer", expires_at=MIDDAY)
    later.call(0, STRANGER, 1)
    assert later.codes() == set()


@pytest.mark.parametrize("more", [{}, {"peer_type": "foreign"}, {"medium": "video"}, {"forwarded": True}])
def test_a_trusted_contact_is_no_stranger_however_the_call_comes(more: dict[str, object]) -> None:
    story = told(trusted_peers=[ABROAD])
    story.call(0, ABROAD, 120, **more)
    assert story.codes() == set()


def test_someone_spoken_to_for_days_is_no_stranger() -> None:
    story = Story()
    for day in (-5, -4, -2):
        story.call(day * 24 * 60, STRANGER, 3, direction="out" if day == -4 else "in")
    story.call(0, STRANGER, 60)
    assert story.codes() == set()


def test_someone_met_today_is_a_stranger_still() -> None:
    story = told()
    story.call(0, STRANGER, 1)
    story.call(60, STRANGER, 30, peer_type="voip")
    assert {"call.voip", "call.long_15"} <= story.codes()


def test_a_call_that_rang_out_was_no_talk() -> None:
    story = told()
    story.call(0, ABROAD, 0, phases="e", peer_type="foreign")
    assert story.codes() == set()


@pytest.mark.parametrize(
    ("minutes", "code"), [(14, None), (16, "call.long_15"), (41, "call.long_40"), (100, "call.long_day")]
)
def test_minutes_on_the_line_with_a_suspicious_stranger_add_up(minutes: int, code: str | None) -> None:
    story = told()
    story.call(0, ABROAD, minutes, peer_type="foreign")
    assert (code in story.codes()) if code else not any(c.startswith("call.long") for c in story.codes())


def test_short_calls_of_one_day_add_up_to_a_long_one() -> None:
    story = told()
    for hour in range(5):
        story.call(hour * 120, ABROAD, 20, peer_type="foreign")
    assert "call.long_day" in story.codes()


def test_four_strangers_of_one_day_are_many() -> None:
    story = told()
    for number in range(4):
        story.call(number * 10, f"+8613711110{number:03d}", 2, peer_type="voip")
    assert "call.many_strangers" in story.codes()


def test_a_call_without_an_end_is_over_after_four_hours() -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    story.pay(f.CALL_MAX_MS / 60_000 + 1, MULE, 9_000, 50_000)
    assert "pay.on_line" not in story.codes()


def test_a_call_out_to_a_service_is_nobodys_business() -> None:
    story = told()
    story.call(0, "95588", 50, direction="out", peer_type="service")
    assert story.codes() == set()


# -- texts -----------------------------------------------------------------------------------------------------


def test_a_code_while_a_stranger_is_on_the_line_is_evidence() -> None:
    story = told()
    story.call(0, STRANGER)
    story.text(5, BANK, CODE)
    assert "text.code_on_line" in story.codes()


def test_a_code_without_a_stranger_on_the_line_is_nothing() -> None:
    story = told(trusted_peers=[MOTHER])
    story.text(-30, BANK, CODE)
    story.call(0, MOTHER)
    story.text(5, BANK, CODE)
    assert story.codes() == set()


def test_a_link_on_the_watchlist_is_evidence_from_anybody_unknown() -> None:
    story = told()
    story.listed("evil.top", "domain")
    story.text(0, "1069012345", "账单已出 http://pay.evil.top/a 查看")
    assert "text.listed_domain" in story.codes()


def test_a_fraud_wording_from_a_known_contact_is_not_held_against_anyone() -> None:
    story = told(trusted_peers=[MOTHER])
    story.text(0, MOTHER, "有人给我发：您涉嫌洗钱，请将资金转入安全账户接受清查，不得告知他人")
    assert story.codes() == set()


def test_what_a_person_sends_is_not_evidence_against_them() -> None:
    story = told()
    story.text(0, STRANGER, "您涉嫌洗钱，请将资金转入安全账户接受清查", direction="out")
    assert story.codes() == set()


def test_a_wording_from_a_short_code_counts_less_than_from_a_strangers_number() -> None:
    from_phone, from_code = told(), told()
    wording = "您的银行账户涉嫌洗钱已被冻结，请登录 icbc-cn.top 解冻，否则移送公安机关"
    from_phone.text(0, STRANGER, wording)
    from_code.text(0, "1069012345", wording)
    strength = [
        max(e.strength for e in s.state.evidence if e.code.startswith("text.")) for s in (from_phone, from_code)
    ]
    assert strength[0] > strength[1]


# -- transfers -------------------------------------------------------------------------------------------------


def test_paying_while_on_the_line_is_evidence() -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    story.pay(10, MULE, 9_000, 50_000)
    assert "pay.on_line" in story.codes()


@pytest.mark.parametrize(("after", "expected"), [(14, True), (16, False)])
def test_paying_within_a_quarter_of_an_hour_after_a_call_is_evidence(after: float, expected: bool) -> None:
    story = told()
    story.call(0, ABROAD, 10, peer_type="foreign")
    story.pay(10 + after, MULE, 9_000, 50_000)
    assert ("pay.after_call" in story.codes()) is expected


def test_a_minute_with_a_courier_casts_no_shadow_on_the_payment_after_it() -> None:
    story = told()
    story.call(0, STRANGER, 1)
    story.pay(5, MULE, 900, 50_000)
    assert not story.codes() & {"pay.after_call", "pay.on_line_plain"}


@pytest.mark.parametrize(("yuan", "expected"), [(400, set()), (50_000, {"pay.large", "pay.very_large"})])
def test_an_amount_is_measured_by_this_persons_own_history(yuan: int, expected: set[str]) -> None:
    story = told()
    story.pay(0, MULE, yuan, 900_000)
    assert story.codes() & {"pay.large", "pay.very_large"} == expected


def test_one_who_often_pays_much_is_not_surprised_by_much() -> None:
    story = Story()
    story.habits(yuan=40_000, left=900_000)
    story.pay(0, MULE, 50_000, 900_000)
    assert not story.codes() & {"pay.large", "pay.very_large"}


@pytest.mark.parametrize(
    ("yuan", "left", "code"), [(6_000, 5_000, "pay.drains_half"), (9_000, 1_000, "pay.drains_most"), (900, 9_000, None)]
)
def test_the_share_of_the_balance_that_leaves_is_evidence(yuan: int, left: int, code: str | None) -> None:
    story = told()
    story.pay(0, MULE, yuan, left)
    assert story.codes() & {"pay.drains_half", "pay.drains_most"} >= ({code} if code else set())
    assert bool(story.codes() & {"pay.drains_half", "pay.drains_most"}) == bool(code)


@pytest.mark.parametrize("payee", [LANDLORD, MY_ACCOUNT])
def test_trusted_payees_and_ones_own_accounts_are_not_looked_at(payee: str) -> None:
    story = told(trusted_payees=[LANDLORD], accounts=[MY_ACCOUNT])
    story.call(0, ABROAD, peer_type="foreign")
    story.pay(5, payee, 50_000, 100)
    assert not any(code.startswith("pay.") for code in story.codes())


def test_a_payee_paid_on_earlier_days_is_not_new() -> None:
    story = Story()
    story.pay(-5 * 24 * 60, LANDLORD, 3_000, 50_000, phase="posted")
    story.pay(0, LANDLORD, 3_000, 47_000, payee_is_new=None)
    assert not any(piece.at >= MIDDAY for piece in story.state.evidence)


def test_a_payee_on_the_watchlist_is_evidence_even_when_known() -> None:
    story = told(trusted_payees=[MULE])
    story.listed(MULE, "account")
    story.pay(0, MULE, 200, 50_000, payee_is_new=False)
    assert "pay.listed_payee" in story.codes()


def test_three_new_payees_of_a_day_are_many_and_like_amounts_are_a_split() -> None:
    story = told()
    for number in range(3):
        story.pay(number * 10, f"62229999000000{number:02d}", 4_900 + number, 50_000)
    assert {"pay.many_new", "pay.split"} <= {part.code for part in story.state.evidence}


def test_payments_that_keep_growing_are_evidence() -> None:
    story = told()
    for number, yuan in enumerate((200, 600, 3_000)):
        story.pay(number * 60, f"62229999000000{number:02d}", yuan, 50_000)
    assert "pay.growing" in story.codes()


def test_small_gains_that_come_back_after_small_payments_are_evidence() -> None:
    story = told()
    left = 60_000.0
    for number in range(3):
        story.pay(number * 60, f"62229999000000{number:02d}", 200, left - 200, phase="posted")
        left = left - 200 + 220  # the gain shows in the next balance
    story.pay(240, MULE, 2_000, left - 2_000)
    assert "pay.small_returns" in story.codes()


def test_money_that_came_in_at_once_and_is_sent_on_is_evidence() -> None:
    story = told()
    story.pay(0, "6222000000000001234", 50, 60_000, phase="posted", payee_is_new=False)
    story.pay(30, MULE, 45_000, 65_000)  # 50,000 came in between
    assert "pay.borrowed" in story.codes()


@pytest.mark.parametrize(("hour", "expected"), [(11, True), (17, True), (18, False), (2, False)])
def test_the_night_is_that_of_the_place(hour: int, expected: bool) -> None:
    story = told()
    story.pay(hour * 60, MULE, 900, 50_000)  # counted from midday: 23:00, 05:00, 06:00, 14:00
    assert ("pay.night" in story.codes()) is expected


def test_a_coffee_with_a_new_payee_is_not_looked_at() -> None:
    story = told()
    story.pay(0, MULE, 99, 50_000)
    assert story.codes() == set()


def test_money_that_was_declined_is_no_payment() -> None:
    story = told()
    for number in range(3):
        payee = f"62229999000000{number:02d}"
        story.pay(number * 10, payee, 4_900, 50_000)
        story.pay(number * 10 + 1, payee, 4_900, 54_900, phase="declined")
    assert not story.codes() & {"pay.many_new", "pay.split"}
    assert story.state.transfers == []


def test_a_posted_transfer_is_the_initiated_one_not_another() -> None:
    story = told()
    story.pay(0, MULE, 4_900, 50_000)
    story.pay(1, MULE, 4_900, 50_000, phase="posted")
    (transfer,) = story.state.transfers
    assert transfer.posted


def test_phases_of_one_transfer_are_joined_by_its_id_where_the_bank_tells_one() -> None:
    story = told()
    for number in (1, 2):
        story.pay(0, MULE, 4_900, 50_000, transaction_id=f"t-{number}")  # two alike at one moment
    story.pay(1, MULE, 4_900, 50_000, phase="posted", transaction_id="t-2")
    story.pay(2, MULE, 4_905, 50_000, phase="posted", transaction_id="t-2")  # with its fee, told again
    assert [(one.transaction_id, one.posted) for one in story.state.transfers] == [("t-1", False), ("t-2", True)]
    story.pay(3, MULE, 4_900, 54_900, phase="declined", transaction_id="t-2")
    assert [one.transaction_id for one in story.state.transfers] == ["t-1"]


def test_a_phase_without_an_id_is_joined_by_payee_and_amount() -> None:
    story = told()
    story.pay(0, MULE, 4_900, 50_000, transaction_id="t-1")
    story.pay(1, MULE, 4_900, 50_000, phase="posted")
    (transfer,) = story.state.transfers
    assert transfer.posted


def test_a_transfer_of_nobody_known_is_counted_and_left_alone() -> None:
    story = told()
    assert story.pay(0, MULE, 90_000, 10, subscriber=None) == []
    assert ME.encode() in story.store.snapshot()
