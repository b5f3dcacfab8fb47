"""Who counts as wronged, and how often, counted by hand: three people, ten days."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from interdict.city.town.truth import Truth
from interdict.judge.causes import Group
from interdict.judge.figures import Figures
from schemas.spans import DAY_MS, HOUR_MS
from tests.judge.small import (
    CONTACT_AT,
    DAYS,
    HONEST,
    HONEST_ACCOUNT,
    LANDLORD,
    MULE,
    PAID_AT,
    SISTER,
    SISTERS_ACCOUNT,
    STARTS_AT,
    VICTIM,
    VICTIMS_ACCOUNT,
    alert,
    counted,
    freeze,
    payment,
    stop,
    suspend,
    talk,
    truth,
)

NOON = STARTS_AT + 12 * HOUR_MS


def test_days_of_the_honest_are_all_but_those_from_a_victims_first_contact_on() -> None:
    assert counted(truth()).honest_person_days == 2 * DAYS + 4


def test_a_freeze_of_an_honest_person_counts_once_a_person_day() -> None:
    commands = [
        freeze(HONEST_ACCOUNT, NOON),
        freeze(HONEST_ACCOUNT, NOON + HOUR_MS),
        freeze(HONEST_ACCOUNT, NOON + DAY_MS),
    ]
    found = counted(truth(), commands).wronged["freeze"]
    assert (found.rate.person_days, found.persons, found.tried_persons) == (2, 1, 1)
    assert found.rate.per_10000 == 10_000 * 2 / 24
    assert found.rate.low < found.rate.per_10000 < found.rate.high


def test_a_day_begins_at_chinas_midnight() -> None:
    before, after = (freeze(HONEST_ACCOUNT, STARTS_AT + DAY_MS + by) for by in (-60_000, 60_000))
    assert counted(truth(), [before, after]).wronged["freeze"].rate.person_days == 2


def test_measures_on_a_victim_wrong_nobody_while_the_scam_is_under_way() -> None:
    commands = [freeze(VICTIMS_ACCOUNT, PAID_AT), suspend(VICTIM, PAID_AT), talk("call", VICTIM, CONTACT_AT)]
    assert not any(one.rate.person_days for one in counted(truth(), commands).wronged.values())


def test_before_the_scam_a_victim_is_as_honest_as_anybody() -> None:
    assert counted(truth(), [suspend(VICTIM, NOON)]).wronged["suspend"].rate.person_days == 1


def test_after_the_scam_nothing_is_known_and_nothing_counted() -> None:
    assert counted(truth(), [suspend(VICTIM, PAID_AT + DAY_MS)]).wronged["suspend"].rate.person_days == 0


def test_a_victims_family_frozen_is_wronged() -> None:
    found = counted(truth(), [freeze(SISTERS_ACCOUNT, PAID_AT, VICTIM)])
    assert found.wronged["freeze"].rate.person_days == 1
    assert found.by_kind["elder"].wronged["freeze"].person_days == 1


def test_a_payment_stopped_at_an_honest_persons_account_wrongs_payer_and_payee() -> None:
    assert counted(truth(), [stop(SISTERS_ACCOUNT, NOON, HONEST)]).wronged["stop_payment"].persons == 2


def test_the_payer_is_wronged_where_the_payee_is_nobody_known_whose_account_is_counted_apart() -> None:
    found = counted(truth(), [stop(LANDLORD, NOON, HONEST)]).wronged["stop_payment"]
    assert (found.persons, found.other_account_days) == (1, 1)


def test_a_gangs_account_stopped_wrongs_nobody_not_even_an_honest_payer() -> None:
    found = counted(truth(), [stop(MULE, NOON, HONEST)]).wronged["stop_payment"]
    assert (found.persons, found.other_account_days) == (0, 0)


def test_people_whom_the_truth_does_not_know_count_nowhere() -> None:
    found = counted(truth(), [suspend("+8613999999999", NOON)])
    assert found.wronged["suspend"].persons == 0
    assert found.commands_of_unknown == 1


def test_officers_minutes_are_those_of_all_tasks_over_the_victims_saved() -> None:
    commands = [talk("call", HONEST, NOON), talk("visit", VICTIM, PAID_AT), freeze(VICTIMS_ACCOUNT, PAID_AT)]
    found = counted(truth(), commands).officers
    assert (found.minutes, found.minutes_for_honest, found.minutes_per_victim_saved) == (68, 8, 68)
    assert counted(truth(), commands[:2]).officers.minutes_per_victim_saved is None


def test_wrongs_are_grouped_by_measure_and_heaviest_reasons() -> None:
    (group,) = counted(truth(), [suspend(HONEST, NOON), suspend(SISTER, NOON), suspend(SISTER, NOON + DAY_MS)]).wrongs
    assert (group.cause, group.codes) == ("suspend", ("pay.new_payee", "call.long_40"))
    assert (group.count, group.places) == (3, (2, 3))


@given(st.permutations(range(6)))
def test_no_figure_depends_on_the_order_of_the_truths_lines(order: list[int]) -> None:
    """Only the places do, by which victims and persons are called."""
    commands = [freeze(HONEST_ACCOUNT, NOON), freeze(SISTERS_ACCOUNT, NOON), stop(MULE, PAID_AT + DAY_MS, VICTIM)]
    records = truth(payment(1), payment(2, PAID_AT + HOUR_MS))
    assert len(records) == len(order)

    def told(records: list[Truth]) -> Figures:
        found = counted(records, commands, [alert(VICTIM, PAID_AT, 0.9), alert(HONEST, NOON, 0.7)])
        return replace(found, misses=_placeless(found.misses), wrongs=_placeless(found.wrongs))

    assert told([records[place] for place in order]) == told(records)


def _placeless(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    return tuple(replace(group, places=()) for group in groups)
