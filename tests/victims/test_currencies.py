"""What is paid abroad, and in whatever money, is judged by what it is worth."""

import pytest

from schemas.money import YUAN, fen
from tests.kit.story import MULE, STRANGER, Story, told

EVERY = pytest.mark.parametrize(
    "currency", ["CNY", "USD", "EUR", "HKD", "JPY", "KRW", "VND", "IDR", "CLP", "BHD", "KWD"]
)


def in_minor(yuan: float, currency: str) -> int:
    """An amount of that worth, to a hundredth, in a currency's minor unit."""
    return round(yuan * 100 * 1_000_000 / fen(1_000_000, currency))


def paid_after_a_call(currency: str, yuan: float, left: float | None = None) -> Story:
    story = told()
    story.call(0, STRANGER, 6, peer_type="voip")
    balance = None if left is None else in_minor(left, currency)
    story.pay(10, MULE, 0, amount_minor=in_minor(yuan, currency), balance_minor=balance, currency=currency)
    return story


@EVERY
@pytest.mark.parametrize(("yuan", "left"), [(50, None), (480, None), (5_500, 50_000), (48_500, 2_000)])
def test_a_payment_means_the_same_in_every_currency(currency: str, yuan: float, left: float | None) -> None:
    told_abroad, told_at_home = paid_after_a_call(currency, yuan, left), paid_after_a_call("CNY", yuan, left)
    assert told_abroad.codes() == told_at_home.codes()
    assert told_abroad.levels == told_at_home.levels


@EVERY
def test_what_is_to_be_held_is_told_in_yuan(currency: str) -> None:
    story = told()
    story.listed(MULE, "account")
    story.pay(0, MULE, 0, amount_minor=in_minor(20_000, currency), currency=currency)
    (stop,) = [command for command in story.commands if command.action == "stop_payment"]
    assert stop.amount_minor == pytest.approx(20_000_00, rel=0.01)


@EVERY
def test_a_holiday_abroad_does_not_change_what_is_usual(currency: str) -> None:
    def story_with(holiday: str) -> Story:
        story = told()
        for day in range(9):
            story.pay(-1_000 + day * 60, f"622200000000{day:04d}", 0, amount_minor=in_minor(120 + 40 * day, holiday),
                      currency=holiday, phase="posted", payee_is_new=False)  # fmt: skip
        story.pay(0, MULE, 20_000, 40_000)
        return story

    abroad, home = story_with(currency), story_with("CNY")
    assert abroad.codes() == home.codes()
    assert abroad.state.spend[:3] == pytest.approx(home.state.spend[:3], abs=0.01)


@EVERY
def test_a_transfer_that_was_declined_is_none_in_any_currency(currency: str) -> None:
    story = told()
    amount = in_minor(5_000, currency)
    for minute, phase in enumerate(("initiated", "declined")):
        story.pay(minute, MULE, 0, amount_minor=amount, currency=currency, phase=phase)
    assert story.state.transfers == []


def test_each_currency_has_a_rate() -> None:
    assert len(YUAN) > 150
    assert all(0 < rate < 1_000 for rate in YUAN.values())
