"""What is counted of an account does not depend on the order in which its transfers come, and is bounded."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agents.flows.duty import FlowsDuty, both_accounts
from agents.flows.state import CURRENCIES_MAX, DAYS_MAX, PAYERS_MAX, Day, Flows
from schemas.events import Transaction
from schemas.spans import DAY_MS
from schemas.topics import ACCOUNT_TRANSFERS
from streams.core.identity import BYTES, Identity

NOON = 1_790_000_000_000
MULE, PAYER = "62220001", "62220002"


def transfer(**changes: Any) -> Transaction:
    fields = {"event_id": "e", "occurred_at": NOON, "payer_account": PAYER, "payee_account": MULE,
              "amount_minor": 100, "phase": "posted", **changes}  # fmt: skip
    return Transaction.model_validate(fields)


def counted(transfers: list[Transaction], account: str = MULE) -> Flows | None:
    duty, state = FlowsDuty(), None
    for one in transfers:
        state, _ = duty.decide(state, account, ACCOUNT_TRANSFERS, one, one.occurred_at)
    return state


def only_day(state: Flows | None) -> Day:
    assert state is not None
    (day,) = state.days.values()
    return day


def test_a_posted_transfer_counts_at_both_its_accounts() -> None:
    payee, payer = only_day(counted([transfer()])), only_day(counted([transfer()], PAYER))
    assert (payee.received.number, payee.received.minor, payee.sent.number) == (1, {"CNY": 100}, 0)
    assert (payer.sent.number, payer.sent.minor, payer.received.number) == (1, {"CNY": 100}, 0)
    assert (payee.distinct_payers(), payer.distinct_payers()) == (1, 0)


def test_what_was_only_ordered_or_refused_or_came_back_does_not_count() -> None:
    assert counted([transfer(phase=phase) for phase in ("initiated", "declined", "reversed")]) is None


def test_a_transfer_of_two_others_under_an_accounts_key_says_nothing_of_it() -> None:
    assert counted([transfer(payer_account="62229", payee_account="62228")]) is None


def test_a_transfer_to_oneself_is_copied_once_and_goes_both_ways() -> None:
    own = transfer(payer_account=MULE)
    assert both_accounts(own) == (MULE,)
    day = only_day(counted([own]))
    assert (day.sent.number, day.received.number) == (1, 1)


def test_amounts_of_different_currencies_are_not_added_up() -> None:
    day = only_day(counted([transfer(), transfer(currency="USD"), transfer(currency="USD", amount_minor=7)]))
    assert day.received.minor == {"CNY": 100, "USD": 107}


transfers = st.builds(
    transfer,
    occurred_at=st.integers(0, 6).map(lambda days: NOON + days * DAY_MS),
    payer_account=st.integers(0, 150).map(lambda number: f"6222{number:04}"),
    payee_account=st.sampled_from((MULE, PAYER)),
    amount_minor=st.integers(0, 10**6),
    currency=st.sampled_from(("CNY", "USD", "EUR", "HKD", "THB", "AED", "JPY")),
    phase=st.sampled_from(("initiated", "posted")),
)


@given(st.lists(transfers, max_size=30).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_order_in_which_transfers_come_does_not_matter(both: tuple[list[Transaction], list[Transaction]]) -> None:
    one, other = map(counted, both)
    assert (None if one is None else one.days) == (None if other is None else other.days)


@given(st.lists(transfers, max_size=60))
def test_a_state_is_bounded(made: list[Transaction]) -> None:
    for day in (counted(made) or Flows()).days.values():
        assert len(day.received.minor) <= CURRENCIES_MAX
        assert len(day.payers) <= PAYERS_MAX * BYTES
    assert len((counted(made) or Flows()).days) <= DAYS_MAX


def test_many_payers_are_counted_within_a_third_and_in_no_more_room() -> None:
    day, identity = Day(), Identity()
    for number in range(20_000):
        day.paid_by(identity.digest(f"6222{number}"))
        day.paid_by(identity.digest(f"6222{number}"))
        if number + 1 < PAYERS_MAX:
            assert day.distinct_payers() == number + 1
    assert 20_000 * 2 / 3 < day.distinct_payers() < 20_000 * 4 / 3
    assert len(msgspec.msgpack.encode(day)) < (PAYERS_MAX + 4) * BYTES
