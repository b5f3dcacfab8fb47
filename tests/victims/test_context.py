"""What the hours and days before a payment say of it: gathered money, a fortnight's series, a call the day before, a
centre's warning, gold."""

import pytest

from tests.kit.story import LANDLORD, MULE, MY_ACCOUNT, STRANGER, Story, told

OTHER_ACCOUNT = "6217000000000042"
HOUR = 60
DAY = 24 * HOUR


def saver() -> Story:
    """Somebody with habits, who has paid from two accounts of hers."""
    story = told()
    for account in (OTHER_ACCOUNT, MY_ACCOUNT):
        story.pay(-2 * DAY, LANDLORD, 100, 60_000, payer_account=account, phase="posted", payee_is_new=False)
    return story


def paid(story: Story, minute: float, payee: str, yuan: float, balance: float = 60_000) -> None:
    for phase, later in (("initiated", 0.0), ("posted", 0.5)):
        story.pay(minute + later, payee, yuan, balance, phase=phase)


@pytest.mark.parametrize(("hours", "speaks"), [(1, True), (2.9, True), (3.1, False)])
def test_money_gathered_from_own_accounts_for_a_new_payee_is_evidence(hours: float, speaks: bool) -> None:
    story = saver()
    story.pay(0, MY_ACCOUNT, 8_000, 100, payer_account=OTHER_ACCOUNT, phase="posted")
    paid(story, hours * HOUR, MULE, 10_000)
    assert ("pay.gathered" in story.codes()) is speaks


def test_money_moved_between_own_accounts_is_nobodys_business() -> None:
    story = saver()
    paid(story, 0, MY_ACCOUNT, 8_000)
    assert not story.alerts
    assert not {code for code in story.codes() if code.startswith("pay.")}


def test_three_payments_to_new_names_within_two_weeks_are_one_sum() -> None:
    story = saver()
    for number in range(3):
        paid(story, number * 4 * DAY, f"{MULE[:-1]}{number}", 9_000)
    assert "pay.fortnight" in story.codes()
    spread = saver()
    for number in range(3):
        paid(spread, number * 8 * DAY, f"{MULE[:-1]}{number}", 9_000)
    assert "pay.fortnight" not in spread.codes()


@pytest.mark.parametrize(("minutes", "speaks"), [(12, True), (8, False)])
def test_a_long_call_the_day_before_is_remembered_for_an_unusual_payment(minutes: int, speaks: bool) -> None:
    story = saver()
    story.call(0, STRANGER, minutes)
    paid(story, 20 * HOUR, MULE, 30_000)
    assert ("pay.after_call_day" in story.codes()) is speaks


@pytest.mark.parametrize(("sender", "hours", "speaks"), [("96110", 1, True), ("96110", 4, False), ("95588", 1, False)])
def test_who_pays_a_new_payee_hours_after_a_centres_warning_may_need_more_than_a_text(
    sender: str, hours: float, speaks: bool
) -> None:
    story = saver()
    story.text(0, sender, "您可能正遭遇电信网络诈骗，请勿转账。")
    paid(story, hours * HOUR, MULE, 5_000)
    assert ("pay.warned" in story.codes()) is speaks


def test_gold_for_a_courier_is_evidence_and_a_ring_is_none() -> None:
    for yuan, speaks in ((40_000, True), (4_000, False)):
        story = saver()
        story.pay(0, MULE, yuan, 60_000, channel="pos", payee_name="周大福珠宝")
        assert ("pay.gold" in story.codes()) is speaks


def test_small_purchases_and_later_income_are_no_bait() -> None:
    """An owner buys at tills and is paid by customers: nothing comes back of what was paid."""
    story = saver()
    for number in range(3):
        at, shop = number * DAY, f"620000000000{number:04}"
        story.pay(at, shop, 80, 50_000 - number, channel="pos", phase="posted")
        story.pay(at + HOUR, LANDLORD, 100, 50_060, phase="posted", payee_is_new=False)
    assert not {"pay.small_return", "pay.small_returns", "pay.bait_taken"} & story.codes()
