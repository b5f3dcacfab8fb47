"""What a centre sees of its cases in numbers: opened, open, closed, reached, taken, and the money that was held."""

from collections import Counter
from typing import Any, get_args

import pytest
from prometheus_client import CollectorRegistry

from agents.desk.limits import Limit, Measure
from agents.desk.question import WHY_ZH
from agents.desk.reducer import TAKES
from agents.relay.table import OPEN, STATES
from agents.relay.takings import MEASURES
from interdict.run.metrics_page import METRICS
from interdict.topology import POLICY_MODELS, POLICY_OWNERS, SHADOWED, load_pipelines, metrics_of
from schemas.cases import ClosedAs
from schemas.orders import DESK
from schemas.spans import MINUTE_MS
from streams.core.duty import Sample
from streams.core.engine import Effects
from streams.core.lanes import Batch
from streams.core.policies import SHADOW_SUFFIX
from streams.observe.metrics import OTHER, Metrics
from tests.kit.story import ABROAD, MIDDAY, POLICE_TEXT, STRANGER, robbed_on_the_phone
from tests.kit.town import LIMITS, PLAYBOOK, Person, Town, changed

AREA = "district-07"
PAID_AT, PAID_YUAN = 40, 50_000
HOUR = 60
OTHER_MULE = "6222999900000002"
ABOUT = ("fake_police", AREA)


@pytest.fixture
def town() -> Town:
    return Town()


def robbed(town: Town, number: int = 1, **profile: Any) -> Person:
    person = Person(town, number, **{"area": AREA, **profile})
    robbed_on_the_phone(person)
    return person


def told(town: Town, metric: str) -> dict[tuple[str, ...], int]:
    """How often something happened, by its labels."""
    return {tuple(labels): count for (what, *labels), count in town.replay.tally.items() if what == metric}


def happened(town: Town, metric: str) -> int:
    return sum(told(town, metric).values())


def census(town: Town) -> Counter[tuple[str, ...]]:
    return Counter(mark.labels for mark, _ in town.replay.store.census())


# -- opened, open, closed ------------------------------------------------------------------------------------------


def test_a_case_is_opened_once_whatever_further_evidence_comes(town: Town) -> None:
    person = robbed(town)
    person.pay(PAID_AT + 5, OTHER_MULE, 2_000, 8_000)
    assert told(town, "cases_opened") == {ABOUT: 1}


def test_a_person_of_no_known_area_has_the_area_unknown(town: Town) -> None:
    robbed(town, area=None)
    assert told(town, "cases_opened") == {("fake_police", "unknown"): 1}


def test_a_case_counts_as_open_where_it_stands_until_it_is_closed(town: Town) -> None:
    person = robbed(town)
    assert census(town) == {("calling", "red"): 1}
    person.tell(PAID_AT + 0.5, person.last("call"), "persuaded")
    assert census(town) == {("watching", "red"): 1}
    person.wait(PAID_AT + 100 * HOUR)
    assert census(town) == {}
    assert told(town, "cases_closed") == {("safe", "fake_police"): 1}


def test_the_desk_has_timers_and_is_no_case(town: Town) -> None:
    robbed(town)
    desk = town.replay.stores["desk"]
    assert (desk.snapshot()[DESK.encode()].timer_at > 0, desk.timers(), list(desk.census())) == (True, 1, [])
    assert census(town).total() == 1


def test_a_closed_case_that_waits_to_be_forgotten_is_not_open(town: Town) -> None:
    person = robbed(town)
    for officer in ("one", "another"):
        person.tell(PAID_AT + 1 / 2, person.last("call"), "false_alarm", actor=officer)
    assert person.kept.timer_at > 0
    assert census(town) == {}
    assert told(town, "cases_closed") == {("false_alarm", "fake_police"): 1}


def test_what_was_opened_less_what_was_closed_is_open_also_when_a_case_is_opened_again(town: Town) -> None:
    person = robbed(town)
    person.tell(PAID_AT + 1, person.last("call"), "persuaded")
    person.wait(PAID_AT + 30 * HOUR)
    assert (happened(town, "cases_opened"), happened(town, "cases_closed"), census(town).total()) == (1, 1, 0)
    person.call(PAID_AT + 30 * HOUR + 1, ABROAD, peer_type="foreign")
    person.text(PAID_AT + 30 * HOUR + 2, STRANGER, POLICE_TEXT)
    person.pay(PAID_AT + 30 * HOUR + 9, OTHER_MULE, 9_000, 500)
    assert happened(town, "cases_opened") - happened(town, "cases_closed") == census(town).total() == 1


def test_a_case_grows_old_with_its_lane(town: Town) -> None:
    person = robbed(town)
    opened_at = person.slots.relay.opened_at
    town.replay.store.set_clock(0, opened_at + 5 * HOUR * MINUTE_MS)
    assert [age for _, age in town.replay.store.census()] == [5 * HOUR * MINUTE_MS]


# -- the first contact ---------------------------------------------------------------------------------------------


def test_the_first_contact_is_observed_once_from_the_cases_opening(town: Town) -> None:
    person = robbed(town)
    opened_at = person.slots.relay.opened_at
    person.tell(PAID_AT + 2, person.last("call"), "reached")
    person.tell(PAID_AT + 4, person.last("call"), "persuaded")
    reached_s = (MIDDAY + (PAID_AT + 2) * MINUTE_MS - opened_at) / 1000
    assert town.replay.observed == [Sample("first_contact", ("red",), reached_s)]


def test_who_is_persuaded_without_a_word_before_was_reached_then(town: Town) -> None:
    person = robbed(town)
    person.tell(PAID_AT + 3, person.last("call"), "persuaded")
    assert [metric for metric, _, _ in town.replay.observed] == ["first_contact"]


def test_nobody_was_reached_where_a_step_only_failed(town: Town) -> None:
    person = robbed(town)
    person.tell(PAID_AT + 1, person.last("call"), "unreachable")
    assert town.replay.observed == []


# -- interceptions and money ---------------------------------------------------------------------------------------


def test_a_measure_counts_once_it_is_told_as_executed(town: Town) -> None:
    person = robbed(town)
    assert told(town, "interceptions") == {}
    person.tell(PAID_AT + 0.1, person.last("freeze"), "acknowledged")
    assert told(town, "interceptions") == {}
    for action in ("freeze", "suspend", "force_login", "stop_payment"):
        person.tell(PAID_AT + 0.2, person.last(action), "executed")
    assert told(town, "interceptions") == {
        (action, *ABOUT): 1 for action in ("freeze", "suspend", "force_login", "stop_payment")
    }


def test_the_money_of_a_stopped_payment_counts_and_that_of_a_frozen_account_does_not(town: Town) -> None:
    person = robbed(town)
    person.tell(PAID_AT + 0.1, person.last("freeze"), "executed")
    assert told(town, "money_held") == {}
    person.tell(PAID_AT + 0.2, person.last("stop_payment"), "executed")
    assert told(town, "money_held") == {ABOUT: PAID_YUAN * 100}


@pytest.mark.parametrize("words", [["executed", "executed"], ["acknowledged", "executed", "acknowledged", "executed"]])
def test_a_measure_told_twice_counts_once(town: Town, words: list[str]) -> None:
    person = robbed(town)
    stop = person.last("stop_payment")
    for place, word in enumerate(words):
        person.tell(PAID_AT + 0.1 * (place + 1), stop, word)
    assert happened(town, "interceptions") == 1
    assert told(town, "money_held") == {ABOUT: PAID_YUAN * 100}


def test_executed_after_failed_counts_once(town: Town) -> None:
    person = robbed(town)
    stop = person.last("stop_payment")
    person.tell(PAID_AT + 0.1, stop, "failed")
    assert happened(town, "interceptions") == 0
    person.tell(PAID_AT + 0.2, stop, "executed")
    assert happened(town, "interceptions") == 1


def test_of_two_attempts_that_were_both_executed_only_one_counts(town: Town) -> None:
    person = robbed(town)
    first = person.last("stop_payment")
    person.tell(PAID_AT + 0.1, first, "failed")
    person.wait(PAID_AT + 5)
    second = person.last("stop_payment")
    assert second.command_id != first.command_id
    person.tell(PAID_AT + 6, second, "executed")
    person.tell(PAID_AT + 7, first, "executed")
    assert happened(town, "interceptions") == 1
    assert told(town, "money_held") == {ABOUT: PAID_YUAN * 100}


def test_a_measure_that_expired_or_was_declined_intercepted_nothing(town: Town) -> None:
    person = robbed(town)
    person.tell(PAID_AT + 0.1, person.last("stop_payment"), "expired")
    person.tell(PAID_AT + 0.2, person.last("freeze"), "declined")
    assert happened(town, "interceptions") == happened(town, "money_held") == 0


def test_the_money_of_two_mules_adds_up(town: Town) -> None:
    person = robbed(town)
    person.pay(PAID_AT + 1, OTHER_MULE, 3_000, 7_000)
    for command in [command for command in person.commands if command.action == "stop_payment"]:
        person.tell(PAID_AT + 2, command, "executed")
    assert told(town, "money_held") == {ABOUT: (PAID_YUAN + 3_000) * 100}


# -- the shadow, and a redelivery ----------------------------------------------------------------------------------


def test_a_policy_in_the_shadow_counts_nothing_of_what_it_would_do() -> None:
    live, shadowed = Town(), Town()
    shadowed.push("relay.shadow", changed(PLAYBOOK, policy_version="s"))
    for town in (live, shadowed):
        person = robbed(town)
        person.tell(PAID_AT + 1, person.last("stop_payment"), "executed")
        person.tell(PAID_AT + 2, person.last("call"), "persuaded")
        person.wait(PAID_AT + 100 * HOUR)
    assert shadowed.replay.tally == live.replay.tally
    assert shadowed.replay.observed == live.replay.observed
    assert census(shadowed) == census(live)


# -- policies and the kill switch ----------------------------------------------------------------------------------


def standing(town: Town) -> dict[tuple[str, ...], float]:
    return {(metric, *labels): value for metric, labels, value in town.gauges()}


def test_every_policy_that_holds_is_told_with_its_version(town: Town) -> None:
    names = {policy for what, policy, _ in (key for key in standing(town) if key[0] == "policy_info")}
    assert names == {name for name in POLICY_MODELS if POLICY_OWNERS.get(name) != "accounts"}


def test_a_policy_that_is_replaced_is_told_of_no_more(town: Town) -> None:
    packaged = ("policy_info", "relay", PLAYBOOK.policy_version)
    town.push("relay", changed(PLAYBOOK, policy_version="7"))
    assert ("policy_info", "relay", "7") in standing(town)
    assert packaged not in standing(town)


@pytest.mark.parametrize("name", sorted(SHADOWED))
def test_a_policy_in_the_shadow_is_told_as_such_while_it_is_there(town: Town, name: str) -> None:
    shadow = name + SHADOW_SUFFIX
    town.push(shadow, changed(POLICY_MODELS[name].load(), policy_version="s-1"))
    assert ("policy_info", shadow, "s-1") in standing(town)
    town.push(shadow, None)
    assert not [key for key in standing(town) if shadow in key]


def test_the_kill_switch_is_told_as_it_stands(town: Town) -> None:
    assert standing(town)["kill_switch",] == 0
    town.push("limits", changed(LIMITS, kill_switch=True, policy_version="stop"))
    assert standing(town)["kill_switch",] == 1
    assert ("policy_info", "limits", "stop") in standing(town)


# -- the table -----------------------------------------------------------------------------------------------------


def known(key: str, label: str) -> set[str]:
    return set(next(known.values for known in METRICS[key].labels if known.name == label))


def test_the_table_knows_the_values_that_the_relay_and_the_desk_tell() -> None:
    assert known("limited", "limit") == set(get_args(Limit))
    assert known("proposals", "why") == set(WHY_ZH)
    assert known("proposals", "action") == set(get_args(Measure)) == set(TAKES)
    assert known("interceptions", "action") == {measured.action for measured in MEASURES.values()}
    assert known("census", "state") == set(STATES) >= set(OPEN)
    assert known("cases_closed", "closed_as") == set(get_args(ClosedAs))
    assert known("policy_info", "policy") == {*POLICY_MODELS, *(name + SHADOW_SUFFIX for name in SHADOWED)}


def test_a_whole_town_is_counted_with_values_that_the_table_knows_but_for_areas() -> None:
    town = Town()
    metrics = Metrics(CollectorRegistry(), metrics_of([town.pipeline, town.at_desk]))
    metrics.ask(town.gauges)
    metrics.follow("victims", town.replay.store)
    for number in range(1, 4):
        person = robbed(town, number)
        for action in ("freeze", "stop_payment", "suspend"):
            person.tell(PAID_AT + 1, person.last(action), "executed")
        person.tell(PAID_AT + 2, person.last("call"), "reached" if number > 1 else "refused")
    town.wait(PAID_AT + 100 * HOUR)
    effects = Effects()
    effects.tally, effects.observed = town.replay.tally, town.replay.observed
    metrics.batch_decided(Batch([], {}), effects, 0.0)
    shown = [sample for family in metrics.registry.collect() for sample in family.samples]
    seen = {(name, value) for sample in shown for name, value in sample.labels.items() if sample.value}
    assert ("area", AREA) in seen
    assert {name for name, value in seen if value == OTHER} <= {"typology"}, "no value was unknown"
    assert not [value for _, value in seen if any(person in value for person in ("+86", "6222"))]


def test_the_duties_of_a_worker_can_be_asked_how_they_stand() -> None:
    assert {metric for pipeline in load_pipelines() for metric, _, _ in pipeline.gauges()} == {
        "policy_info", "policy_unreadable", "kill_switch",
    }  # fmt: skip
