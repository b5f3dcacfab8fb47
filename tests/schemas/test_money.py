"""Amounts of all currencies are compared in one money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import MONEY_MINOR_MAX
from schemas.money import YUAN, fen

CURRENCIES = st.sampled_from(sorted(YUAN))


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("CNY", 2), ("USD", 2), ("EUR", 2), ("IDR", 2), ("KRW", 0), ("JPY", 0), ("VND", 0), ("CLP", 0), ("ISK", 0),
     ("BHD", 3), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)  # fmt: skip
def test_an_amount_is_told_in_the_currencys_own_minor_unit(currency: str, decimals: int) -> None:
    assert fen(1_000 * 10**decimals, currency) == round(YUAN[currency] * 1_000 * 100)


@given(st.integers(-MONEY_MINOR_MAX, MONEY_MINOR_MAX))
def test_the_yuan_is_the_yuan(amount: int) -> None:
    assert fen(amount, "CNY") == amount


@given(CURRENCIES, st.integers(0, MONEY_MINOR_MAX), st.integers(0, MONEY_MINOR_MAX))
def test_more_is_worth_no_less_and_stays_within_what_a_record_can_hold(currency: str, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert 0 <= fen(less, currency) <= fen(more, currency) <= MONEY_MINOR_MAX
    assert fen(-more, currency) == -fen(more, currency)


def test_a_currency_that_nobody_knows_counts_as_the_yuan() -> None:
    assert fen(500_00, "XXX") == 500_00
