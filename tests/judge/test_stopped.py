"""Which payments count as stopped, counted by hand."""

import pytest

from schemas.commands import Command
from schemas.spans import DAY_MS, HOUR_MS, SECOND_MS
from tests.judge.small import (
    CONTACT_AT,
    HONEST_ACCOUNT,
    LANDLORD,
    MULE,
    PAID_AT,
    VICTIM,
    VICTIMS_ACCOUNT,
    alert,
    counted,
    freeze,
    payment,
    release,
    stop,
    suspend,
    talk,
    truth,
)

HOUR_BEFORE = PAID_AT - HOUR_MS
THREE = (payment(1), payment(2, PAID_AT + HOUR_MS, 2000), payment(3, PAID_AT + 2 * HOUR_MS, 4000))


def first(*commands: Command, latency_s: float = 15) -> int:
    return counted(truth(), commands, latency_s=latency_s).stopped["first"].hits


def test_a_payment_is_stopped_in_time() -> None:
    assert first(freeze(VICTIMS_ACCOUNT, PAID_AT)) == 1


def test_it_posts_twenty_seconds_after_and_an_executor_of_twenty_seconds_is_too_late() -> None:
    assert first(freeze(VICTIMS_ACCOUNT, PAID_AT), latency_s=19) == 1
    assert first(freeze(VICTIMS_ACCOUNT, PAID_AT), latency_s=20) == 0


def test_a_command_given_one_second_too_late_for_the_latency_stops_nothing() -> None:
    assert first(freeze(VICTIMS_ACCOUNT, PAID_AT + 4 * SECOND_MS)) == 1
    assert first(freeze(VICTIMS_ACCOUNT, PAID_AT + 5 * SECOND_MS)) == 0


def test_what_was_in_force_before_stops_it_too_unless_it_was_given_back_or_ran_out() -> None:
    assert first(freeze(VICTIMS_ACCOUNT, HOUR_BEFORE)) == 1
    assert first(freeze(VICTIMS_ACCOUNT, HOUR_BEFORE), release(VICTIMS_ACCOUNT, HOUR_BEFORE + 1, VICTIM)) == 0
    assert first(freeze(VICTIMS_ACCOUNT, PAID_AT - DAY_MS)) == 0


def test_the_payees_account_serves_as_well_as_the_payers() -> None:
    assert first(stop(MULE, PAID_AT, VICTIM)) == 1
    assert first(stop(LANDLORD, PAID_AT, VICTIM)) == 0
    assert first(freeze(HONEST_ACCOUNT, PAID_AT)) == 0


@pytest.mark.parametrize(("yuan", "is_stopped"), [(999, 0), (1000, 1), (None, 1)])
def test_a_stop_of_less_money_does_not_stop_it(yuan: int | None, is_stopped: int) -> None:
    assert first(stop(MULE, PAID_AT, VICTIM, yuan)) == is_stopped


def test_neither_a_talk_nor_a_suspended_phone_is_known_to_stop_a_payment() -> None:
    assert first(talk("call", VICTIM, HOUR_BEFORE), suspend(VICTIM, HOUR_BEFORE)) == 0


def test_the_second_of_three_is_stopped_and_the_third_is_lost_afterwards() -> None:
    second = (freeze(VICTIMS_ACCOUNT, PAID_AT + HOUR_MS), release(VICTIMS_ACCOUNT, PAID_AT + HOUR_MS + 60_000, VICTIM))
    found = counted(truth(*THREE), second)
    assert {name: share.hits for name, share in found.stopped.items()} == {"first": 0, "second": 1, "any": 1, "all": 0}
    assert (found.money.paid_minor, found.money.stopped_minor) == (700_000, 200_000)
    assert found.money.lost_after_stop_minor == 400_000
    assert not found.misses


def test_a_victim_who_paid_once_has_no_second_payment() -> None:
    found = counted(truth(), [freeze(VICTIMS_ACCOUNT, PAID_AT)])
    assert (found.stopped["second"].of, found.stopped["all"].hits) == (0, 1)


def test_time_goes_from_the_first_event_seen_to_when_a_measure_took_effect() -> None:
    commands = [talk("sms", VICTIM, CONTACT_AT + HOUR_MS), freeze(VICTIMS_ACCOUNT, CONTACT_AT + 2 * HOUR_MS)]
    found = counted(truth(), commands).delay
    assert (found["any_measure"].victims, found["any_measure"].median_s) == (1, 3615)
    assert (found["taking"].victims, found["taking"].p90_s) == (1, 7215)


@pytest.mark.parametrize(
    ("commands", "cause"),
    [
        ((), "no alert"),
        ((freeze(VICTIMS_ACCOUNT, PAID_AT + HOUR_MS),), "measures when all was paid"),
        ((stop(MULE, PAID_AT, VICTIM, 1),), "measures of less money, or of another transfer"),
    ],
)
def test_each_miss_has_a_cause(commands: tuple[Command, ...], cause: str) -> None:
    alerts = [alert(VICTIM, PAID_AT, 0.9)] if commands else []
    (group,) = counted(truth(), commands, alerts).misses
    assert (group.cause, group.count, group.places) == (cause, 1, (1,))
    assert group.codes == (("pay.new_payee",) if commands else ())
