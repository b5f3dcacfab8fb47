"""Several payments together: to one new payee in parts, from one account of a person after the other."""

import pytest

from tests.kit.story import ABROAD, LANDLORD, MULE, MY_ACCOUNT, STRANGER, Story, told

DAY = 24 * 60
OTHER_ACCOUNT = "6217000000000042"
THIRD_ACCOUNT = "6228000000000043"


def paid_in_parts(times: int, yuan: float = 400, hours: float = 2, payees: int = 1) -> Story:
    """So many payments to new payees in turn, each within habits."""
    story = told()
    for number in range(times):
        minute, payee = number * hours * 60, f"{MULE[:-1]}{number % payees}"
        for phase, seconds in (("initiated", 0.0), ("posted", 0.5)):
            story.pay(minute + seconds, payee, yuan, 60_000 - yuan * (number + 1), phase=phase)
    return story


# -- one payee -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "codes"),
    [
        (1, set()),
        (2, set()),
        (3, {"pay.again_3"}),
        (5, {"pay.again_3", "pay.again_5"}),
    ],
)
def test_a_new_payee_paid_again_and_again_is_evidence(times: int, codes: set[str]) -> None:
    story = paid_in_parts(times)
    assert {code for code in story.codes() if code.startswith("pay.again")} == codes


def test_as_many_payments_to_as_many_payees_are_no_series() -> None:
    assert not {"pay.again_3", "pay.sum_large"} & paid_in_parts(5, payees=5).codes()


def test_parts_that_are_days_apart_are_no_series() -> None:
    assert "pay.again_3" not in paid_in_parts(3, hours=37).codes()


def test_whoever_was_paid_for_long_may_be_paid_again_and_again() -> None:
    story = told(trusted_payees=[LANDLORD])
    for number in range(6):
        story.pay(number * 10, LANDLORD, 3_000, 60_000 - 3_000 * (number + 1))
    assert not any(code.startswith("pay.") for code in story.codes())


def test_an_order_and_its_posting_are_one_payment() -> None:
    story = paid_in_parts(2, yuan=2_000)
    assert "pay.again_3" not in story.codes()


def test_parts_within_habits_are_measured_by_their_sum() -> None:
    story = paid_in_parts(4, yuan=450)
    assert "pay.sum_huge" in story.codes()
    assert not {"pay.large", "pay.very_large"} & story.codes()


def test_what_one_often_pays_in_all_surprises_nobody_in_parts() -> None:
    story = Story()
    story.habits(yuan=2_000, left=900_000)
    for number in range(4):
        story.pay(number * 60, MULE, 450, 900_000)
    assert not {"pay.sum_large", "pay.sum_huge"} & story.codes()


@pytest.mark.parametrize(
    ("left", "code"), [(3_000, "pay.drains_in_parts"), (500, "pay.drains_most_in_parts"), (60_000, None)]
)
def test_a_balance_that_leaves_in_parts_is_drained(left: float, code: str | None) -> None:
    story = told()
    for number in range(5):
        story.pay(number * 60, MULE, 900, left + 900 * (4 - number))
    found = story.codes() & {"pay.drains_in_parts", "pay.drains_most_in_parts"}
    assert (code in found) if code else not found


def test_of_the_sum_only_what_left_this_account_drains_it() -> None:
    story = told()
    story.pay(0, MULE, 9_000, 50_000, payer_account=OTHER_ACCOUNT)
    story.pay(10, MULE, 600, 9_000)
    assert "pay.drains_in_parts" not in story.codes()


def test_a_gain_that_came_back_and_a_payee_paid_again_and_again_are_more_than_either() -> None:
    story = told()
    left = 60_000.0
    for number in range(4):
        story.pay(number * 60, MULE, 400, left - 400)
        story.pay(number * 60 + 0.5, MULE, 400, left - 400, phase="posted")
        left = left - 400 + 440 * (number == 0)
    assert {"pay.return_again", "pay.again_3"} <= story.codes()
    assert "pay.return_again" not in paid_in_parts(4).codes()


# -- one person's accounts ---------------------------------------------------------------------------------------


def emptied(story: Story, accounts: list[str], every: float = 10) -> Story:
    """New payees paid from one account after the other."""
    for number, account in enumerate(accounts):
        story.pay(5 + number * every, f"{MULE[:-1]}{number}", 2_000, 50_000, payer_account=account)
    return story


def test_a_second_bank_within_the_same_call_is_evidence() -> None:
    story = told()
    story.call(0, STRANGER)
    emptied(story, [MY_ACCOUNT, OTHER_ACCOUNT])
    assert "pay.second_account" in story.codes()


@pytest.mark.parametrize(("after", "expected"), [(2, True), (14, True), (16, False)])
def test_a_second_bank_within_minutes_of_the_call_is_evidence(after: float, expected: bool) -> None:
    story = told()
    story.call(0, ABROAD, 10, peer_type="foreign")
    emptied(story, [MY_ACCOUNT, OTHER_ACCOUNT], every=5 + after)
    assert ("pay.second_account" in story.codes()) is expected


@pytest.mark.parametrize("accounts", [[MY_ACCOUNT, MY_ACCOUNT], [OTHER_ACCOUNT]])
def test_one_account_is_no_second_bank(accounts: list[str]) -> None:
    story = told()
    story.call(0, STRANGER)
    assert not {"pay.second_account", "pay.two_accounts"} & emptied(story, accounts).codes()


def test_another_account_before_the_call_is_not_under_it() -> None:
    story = told()
    story.pay(-30, MULE, 2_000, 50_000, payer_account=OTHER_ACCOUNT)
    story.call(0, STRANGER)
    emptied(story, [MY_ACCOUNT])
    assert "pay.second_account" not in story.codes()
    assert "pay.two_accounts" in story.codes()


def test_a_minute_with_a_courier_ties_no_two_accounts() -> None:
    story = told()
    story.call(4.9, STRANGER, 1)
    assert "pay.second_account" not in emptied(story, [MY_ACCOUNT, OTHER_ACCOUNT], every=2).codes()


def test_three_accounts_in_a_day_are_evidence_with_nobody_on_the_line() -> None:
    story = emptied(told(), [MY_ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT], every=120)
    assert "pay.three_accounts" in story.codes()
    later = emptied(told(), [MY_ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT], every=DAY)
    assert "pay.three_accounts" not in later.codes()
