"""An account is graded by how money goes through it: what comes in leaves at once, and nothing stays."""

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.mules.duty import TOLD_AGAIN_MS, MulesDuty
from agents.mules.grade import Grade
from agents.mules.grade import grade as graded
from agents.mules.policy import Policy
from agents.mules.rules import RULES, WINDOW_MS, Through, through
from agents.mules.state import IN_MAX, OUT_MAX, Mule
from schemas.alerts import MuleAlert
from schemas.events import Transaction
from schemas.fields import Level, above
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.topics import ACCOUNT_TRANSFERS, GRADED, MULE_ALERTS, Output

NOON = 1_790_000_000_000
MULE, NEXT = "62220001", "62220009"
NUMBER = count()
THROUGH = Through(came=4, passed_on=2, left_share=0.9, cash_share=0.0, known_ms=DAY_MS, began_empty=True)


def grade(found: Through) -> Grade:
    return graded(found, Policy.load())


def transfer(at: int, payer: str, payee: str, yuan: float, **changes: Any) -> Transaction:
    fields = {"event_id": f"e{next(NUMBER)}", "occurred_at": NOON + at, "payer_account": payer, "payee_account": payee,
              "amount_minor": round(yuan * 100), "phase": "posted", **changes}  # fmt: skip
    return Transaction.model_validate(fields)


def came(at: int, yuan: float = 5_000, payer: str = "62220002", **changes: Any) -> Transaction:
    return transfer(at, payer, MULE, yuan, **changes)


def left(at: int, yuan: float = 4_600, payee: str = NEXT, **changes: Any) -> Transaction:
    return transfer(at, MULE, payee, yuan, **changes)


def decided(transfers: list[Transaction]) -> tuple[Mule | None, list[Output]]:
    duty, state, outputs = MulesDuty.load(), None, []
    for one in transfers:
        state, said = duty.decide(state, MULE, ACCOUNT_TRANSFERS, one, one.occurred_at)
        outputs += [one for one in said if isinstance(one, Output)]
    return state, outputs


def alerts(transfers: list[Transaction]) -> list[MuleAlert]:
    return [output.value for output in decided(transfers)[1] if output.topic is MULE_ALERTS]


def level_of(*transfers: Transaction) -> Level | None:
    told = alerts(list(transfers))
    return told[-1].level if told else None


def test_what_comes_in_and_leaves_within_two_hours_makes_a_new_account_suspect() -> None:
    (alert,) = alerts([came(0), left(40 * MINUTE_MS)])
    assert (alert.level, alert.previous_level, alert.account) == ("orange", None, MULE)
    assert [reason.code for reason in alert.reasons] == ["acct.emptied", "acct.passed_on", "acct.young"]
    assert alert.expires_at == alert.occurred_at + WINDOW_MS
    assert alert.caused_by == alert.reasons[0].event_ids[0]


def test_it_does_so_too_where_the_inflow_is_told_after_what_left() -> None:
    inflow, outflow = came(0), left(40 * MINUTE_MS)
    (alert,) = alerts([outflow, inflow])
    assert (alert.level, alert.occurred_at, alert.caused_by) == ("orange", outflow.occurred_at, inflow.event_id)


def test_a_second_time_makes_it_red() -> None:
    told = alerts([came(0), left(HOUR_MS), came(5 * HOUR_MS, payer="62220003"), left(6 * HOUR_MS)])
    assert [(alert.previous_level, alert.level) for alert in told] == [(None, "orange"), ("orange", "red")]
    assert told[0].score < told[1].score


@pytest.mark.parametrize(
    ("what", "transfers"),
    [
        ("a salary of which some is spent", [came(0, 9_000), left(HOUR_MS, 300), left(2 * HOUR_MS, 120)]),
        ("rent passed on after a day", [came(0), left(26 * HOUR_MS, 5_000)]),
        ("a shop that is paid and pays nobody", [came(n * HOUR_MS, 300, f"6222{n:04}") for n in range(12)]),
        ("a trial of one yuan", [came(0, 1), left(HOUR_MS, 1)]),
        ("a purchase from what lay there", [left(0, 20_000), came(HOUR_MS, 900)]),
        ("money sent to itself", [transfer(0, MULE, MULE, 5_000), transfer(HOUR_MS, MULE, MULE, 5_000)]),
        ("orders that were never posted", [came(0, phase="initiated"), left(HOUR_MS, phase="initiated")]),
        ("a balance that stays", [came(0, 80_000), came(3 * DAY_MS, 3_000), left(3 * DAY_MS + HOUR_MS, 2_900)]),
    ],
)  # fmt: skip
def test_what_people_ordinarily_do_says_nothing(what: str, transfers: list[Transaction]) -> None:
    assert level_of(*transfers) is None, what


@pytest.mark.parametrize(("days", "trips", "level"), [(5, 12, None), (5, 11, "red"), (2, 12, "red")])
def test_an_account_in_steady_use_is_a_traders_and_no_mules(days: int, trips: int, level: Level | None) -> None:
    found = Through(
        came=trips, passed_on=trips, left_share=0.95, cash_share=0.0, known_ms=days * DAY_MS, began_empty=True
    )
    assert grade(found).level == level


@pytest.mark.parametrize(
    ("what", "transfers"),
    [
        ("something lay there before", [came(0), left(HOUR_MS, balance_minor=9_000_000)]),
        ("it was seen to pay first", [left(-HOUR_MS, 300), came(0), left(HOUR_MS)]),
    ],
)
def test_an_account_that_is_merely_seen_for_the_first_time_is_not_new(what: str, transfers: list[Transaction]) -> None:
    assert level_of(*transfers) == "yellow", what


def test_a_trial_of_an_account_with_a_small_sum_does_not_make_it_old() -> None:
    assert level_of(left(-HOUR_MS, 8), came(0), left(HOUR_MS)) == "orange"


def test_an_account_that_balances_show_to_have_been_empty_is_new() -> None:
    assert level_of(came(0), left(HOUR_MS, balance_minor=40_000)) == "orange"


def test_an_account_known_for_long_is_less_suspect_for_the_same() -> None:
    old = [came(-30 * DAY_MS, 50), came(0), left(HOUR_MS), came(5 * HOUR_MS), left(6 * HOUR_MS)]
    assert level_of(*old) == "yellow"


def test_another_currency_counts_by_what_it_is_worth() -> None:
    assert level_of(came(0, 600, currency="USD"), left(HOUR_MS, 4_100)) == "orange"


def test_a_grade_is_told_to_payers_too_and_again_only_before_it_ends() -> None:
    round_trip = [came(0), left(HOUR_MS), came(2 * HOUR_MS), left(3 * HOUR_MS)]
    again = [came(4 * HOUR_MS), left(5 * HOUR_MS)]
    late = [came(HOUR_MS + TOLD_AGAIN_MS + 2 * HOUR_MS), left(2 * HOUR_MS + TOLD_AGAIN_MS + 2 * HOUR_MS)]
    outputs = decided([*round_trip, *again, *late])[1]
    told = [(output.topic, output.value.level) for output in outputs]
    assert told == [
        (MULE_ALERTS, "orange"), (GRADED, "orange"), (MULE_ALERTS, "red"), (GRADED, "red"), (GRADED, "red"),
    ]  # fmt: skip
    assert all(output.key == MULE for output in outputs)


def test_a_grade_that_ended_begins_anew() -> None:
    told = alerts([came(0), left(HOUR_MS), came(20 * DAY_MS), left(20 * DAY_MS + HOUR_MS)])
    assert [(alert.previous_level, alert.level) for alert in told] == [(None, "orange"), (None, "yellow")]


SPEAKS = {
    "acct.passed_on": {"came": 2, "passed_on": 1}, "acct.passed_again": {"passed_on": 2},
    "acct.emptied": {"left_share": 0.8}, "acct.young": {"known_ms": 7 * DAY_MS}, "acct.cash_out": {"cash_share": 0.3},
}  # fmt: skip
SILENT = {
    "acct.passed_on": {"came": 3, "passed_on": 1}, "acct.passed_again": {"passed_on": 1},
    "acct.emptied": {"left_share": 1.11}, "acct.young": {"known_ms": 7 * DAY_MS + 1},
    "acct.cash_out": {"cash_share": 0.29},
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_speaks_from_its_step_on(rule: Any) -> None:
    assert rule.when(THROUGH._replace(**SPEAKS[rule.code]))
    assert not rule.when(THROUGH._replace(**SILENT[rule.code]))
    assert not rule.when(THROUGH._replace(came=4, passed_on=0)), "nothing is said of money that stays"


def test_that_money_leaves_at_once_is_no_grade_by_itself_and_all_signs_are_red() -> None:
    passes_on = Through(came=4, passed_on=4, left_share=0.5, cash_share=0.0, known_ms=90 * DAY_MS, began_empty=True)
    assert grade(passes_on).level is None
    assert [rule.code for rule in grade(passes_on).parts] == ["acct.passed_on", "acct.passed_again"]
    assert grade(Through(4, 4, 0.9, 0.5, DAY_MS, began_empty=True)).level == "red"


@pytest.mark.parametrize("level", ["red", "orange", "yellow", None])
def test_no_level_is_higher_than_itself(level: Level | None) -> None:
    assert not above(level, level)


moves = st.builds(
    lambda at, amount, other, is_in: came(at, amount, other) if is_in else left(at, amount, other),
    at=st.integers(0, 12 * DAY_MS // MINUTE_MS).map(lambda minutes: minutes * MINUTE_MS),
    amount=st.integers(1, 20_000),
    other=st.integers(0, 20).map(lambda number: f"6222{number:04}"),
    is_in=st.booleans(),
)


@given(st.lists(moves, max_size=40).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_what_is_remembered_does_not_depend_on_the_order_in_which_transfers_come(
    both: tuple[list[Transaction], list[Transaction]],
) -> None:
    one, other = (decided(list(made))[0] for made in both)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.ins == other.ins
        assert one.outs == other.outs
        assert one.first_at == other.first_at
        if one.ins and one.outs:
            assert grade(through(one)) == grade(through(other))


@given(st.lists(moves, max_size=60))
def test_a_state_is_bounded_and_every_grade_has_its_reasons(made: list[Transaction]) -> None:
    state, outputs = decided(made)
    if state is not None:
        assert len(state.ins) <= IN_MAX
        assert len(state.outs) <= OUT_MAX
    for output in outputs:
        assert output.value.reasons
        assert output.value.expires_at > output.value.occurred_at
