"""Kill switch, four eyes and limits, told as stories: what is held back becomes a question, and talking goes on."""

from typing import Any

import pytest

from schemas.topics import CASES, VICTIM_ALERTS
from tests.kit.story import ABROAD, POLICE_TEXT, STRANGER
from tests.kit.town import (
    GIVE_BACK,
    LIMITS,
    PACKAGED,
    PAID_AT,
    PLAYBOOK,
    ROSTER,
    RULES,
    Person,
    Town,
    actions,
    changed,
    executed,
    proposals,
    robbed,
)

HELD_BACK = ("freeze", "suspend")
HOUR = 60


def switched_off() -> Town:
    town = Town()
    town.push("limits", changed(LIMITS, kill_switch=True))
    return town


def asked(town: Town, what: str) -> Any:
    """The question whether this measure may go out."""
    word = {"freeze": "冻结", "suspend": "暂停"}[what]
    return next(proposal for proposal in proposals(town) if word in proposal.script)


def tell_of(person: Person, minute: float, command_id: str, word: str) -> list[Any]:
    command = person.commands[0].model_copy(update={"command_id": command_id})
    return person.tell(minute, command, word)


def cleared(person: Person, minute: float) -> list[Any]:
    """One officer finds nothing wrong, and then another; what the second word leads to."""
    person.tell(minute, person.last("call"), "false_alarm", actor="one")
    return person.tell(minute, person.last("call"), "false_alarm", actor="another")


def seats_taken(town: Town) -> set[str]:
    """The measures that officers at the desk are deciding on."""
    return {task.asks_about for task in town.desk.tasks.values() if task.asks_about}


# -- the kill switch -----------------------------------------------------------------------------------------------


def test_with_the_kill_switch_on_suspensions_and_freezes_become_questions_with_the_reason() -> None:
    town = switched_off()
    robbed(town)
    assert sorted(executed(town)) == ["force_login", "hold", "stop_payment"]
    assert [(p.why, p.channel, p.team, p.level) for p in proposals(town)] == [
        ("kill_switch", "desk", "command-centre", "red")
    ] * 2
    assert all("总开关" in p.script and "同意则立即执行" in p.script for p in proposals(town))
    assert seats_taken(town) == {p.about for p in proposals(town)}


def test_with_the_kill_switch_on_dissuasion_goes_on_to_its_end() -> None:
    town = switched_off()
    person = robbed(town)
    assert person.last("call").unit is not None
    town.wait(PAID_AT + 20)
    assert {"call", "visit"} <= person.steps
    assert "command-centre" in [c.team for c in person.commands if c.action == "dissuade"]


def test_a_yes_lets_exactly_that_command_out_under_its_own_id() -> None:
    town = switched_off()
    person = robbed(town)
    question = asked(town, "freeze")
    led_to = tell_of(person, PAID_AT + 1 / 2, question.about, "approved")
    assert actions(led_to) == ["freeze"]
    freeze = person.last("freeze")
    assert (freeze.command_id, freeze.account) == (question.about, person.account)
    assert seats_taken(town) == {asked(town, "suspend").about}, "whoever decided is free"
    assert actions(tell_of(person, PAID_AT + 3 / 4, question.about, "approved")) == [], "a yes counts once"


def test_what_was_let_out_by_a_yes_is_given_back_like_everything_else() -> None:
    town = switched_off()
    person = robbed(town)
    tell_of(person, PAID_AT + 1 / 2, asked(town, "freeze").about, "approved")
    led_to = cleared(person, PAID_AT + 3 / 4)
    assert actions(led_to) == ["release"] * 3, "the hold, the stop at the payee's, and the freeze"


def test_a_no_lets_nothing_out_frees_the_seat_and_nothing_is_retried() -> None:
    town = switched_off()
    person = robbed(town)
    for what in HELD_BACK:
        assert actions(tell_of(person, PAID_AT + 1 / 2, asked(town, what).about, "declined")) == []
    assert seats_taken(town) == set()
    person.pay(PAID_AT + 3 / 4, "6222999900000009", 6_000, 200)
    town.wait(PAID_AT + 100 * HOUR)
    assert len(proposals(town)) == 2
    assert not {*HELD_BACK, "restore"} & set(executed(town))
    given = [(c.action, c.account) for c in person.commands if c.action in GIVE_BACK and c.payee_account is None]
    assert person.account not in [account for _, account in given], "what was never taken is not given back"


def test_an_officer_may_think_again_after_a_no() -> None:
    town = switched_off()
    person = robbed(town)
    question = asked(town, "suspend")
    tell_of(person, PAID_AT + 1 / 4, question.about, "declined")
    assert actions(tell_of(person, PAID_AT + 1 / 2, question.about, "approved")) == ["suspend"]


def test_a_question_nobody_answers_ends_with_the_case_and_takes_no_seat_any_more() -> None:
    town = switched_off()
    person = robbed(town)
    cleared(person, PAID_AT + 1 / 2)
    assert seats_taken(town) == set()
    late = tell_of(person, PAID_AT + 1, asked(town, "freeze").about, "approved")
    assert actions(late) == []


def test_the_switch_holds_from_the_moment_it_is_turned_and_what_is_out_stays_out() -> None:
    town = Town()
    first, second, third = (Person(town, number) for number in (1, 2, 3))
    for person in (first, second, third):
        person.habits()
    for n, person in enumerate((first, second, third)):
        person.call(n, ABROAD, peer_type="foreign")
        person.text(n + 10, STRANGER, POLICE_TEXT)
    first.pay(PAID_AT, "6222999900000001", 50_000, 10_000)
    town.push("limits", changed(LIMITS, kill_switch=True))
    second.pay(PAID_AT + 2, "6222999900000002", 50_000, 10_000)
    town.push("limits", LIMITS)
    third.pay(PAID_AT + 4, "6222999900000003", 50_000, 10_000)
    assert [set(HELD_BACK) <= person.steps for person in (first, second, third)] == [True, False, True]
    assert {p.subscriber for p in proposals(town)} == {second.phone}


# -- limits --------------------------------------------------------------------------------------------------------

MEASURES = {"stop_payment", "freeze", "suspend", "force_login"}
"""Those that the limits are for."""


def wave(town: Town, areas: list[str]) -> list[Person]:
    """People who pay within one minute, all of them while they are on the phone."""
    people = [Person(town, number, area=area) for number, area in enumerate(areas, 1)]
    for person in people:
        person.habits()
    for person in people:
        person.call(0, ABROAD, peer_type="foreign")
    for person in people:
        person.text(10, STRANGER, POLICE_TEXT)
    for n, person in enumerate(people):
        person.pay(PAID_AT + n / 20, f"62229999000000{n:02d}", 50_000, 10_000)
    return people


def test_a_wave_in_one_area_is_held_back_at_its_limit_and_the_area_next_to_it_is_not() -> None:
    town = Town()
    wave(town, ["district-00"] * 6 + ["district-01"])
    passed = [c for c in town.commands if c.action in MEASURES]
    first, second, *others, neighbour = sorted({c.subscriber for c in town.commands})
    assert {c.subscriber for c in passed} == {first, second, neighbour}
    assert len(passed) == LIMITS.per_minute_area + len(MEASURES)
    assert {p.why for p in proposals(town)} == {"limit_area"}
    assert {p.subscriber for p in proposals(town)} == set(others)


def test_what_is_over_a_limit_is_counted_and_nothing_is_dropped() -> None:
    town = Town()
    people = wave(town, ["district-00"] * 6)
    for person in people:
        assert {"call", "hold"} <= person.steps, "neither talking nor holding one transfer has this limit"
    went_out = {c.command_id for c in town.commands if c.action in MEASURES}
    are_asked = {p.about for p in proposals(town)}
    assert len(went_out | are_asked) == len(people) * len(MEASURES)
    assert not went_out & are_asked
    assert town.replay.tally["limited", "area"] == len(are_asked) == 16
    assert sum(n for what, n in town.replay.tally.items() if what[0] == "proposals") == len(are_asked)


def test_an_officer_may_let_out_what_is_over_a_limit() -> None:
    town = Town()
    *_, last = wave(town, ["district-00"] * 4)
    question = next(p for p in proposals(town) if p.subscriber == last.phone)
    assert len(actions(tell_of(last, PAID_AT + 1 / 2, question.about, "approved"))) == 1
    assert question.about in {c.command_id for c in last.commands}


def test_when_the_minute_is_over_the_next_victim_is_protected_at_once() -> None:
    town = Town()
    wave(town, ["district-00"] * 4)
    late = Person(town, 9, area="district-00")
    late.call(PAID_AT + 2, ABROAD, 5, peer_type="foreign")
    late.text(PAID_AT + 3, STRANGER, POLICE_TEXT)
    late.pay(PAID_AT + 6, "6222999900000099", 50_000, 100)
    assert late.steps >= MEASURES


# -- four eyes -----------------------------------------------------------------------------------------------------


def warned_at_orange() -> tuple[Town, Person]:
    """Under a playbook that freezes at orange."""
    town = Town()
    measures = {**PLAYBOOK.model_dump(mode="json")["measures"], "orange": ["suspend_incoming", "freeze"]}
    town.push("relay", changed(PLAYBOOK, measures=measures, tied=["pay.new_payee"], tied_min=0.5))
    person = Person(town)
    person.habits()
    person.call(0, STRANGER, 30, peer_type="voip")
    person.pay(45, "6222999900000001", 5_000, 55_000)
    return town, person


def test_a_freeze_at_orange_needs_four_eyes_and_barring_incoming_calls_does_not() -> None:
    town, person = warned_at_orange()
    assert person.last("call").level == "orange"
    person.tell(46, person.last("call"), "unreachable")
    (question,) = proposals(town)
    assert (question.why, question.level) == ("four_eyes", "orange")
    assert executed(town) == ["suspend"]
    assert actions(tell_of(person, 47, question.about, "approved")) == ["freeze"]


def test_a_freeze_that_waits_for_four_eyes_goes_out_when_the_case_turns_red() -> None:
    town, person = warned_at_orange()
    person.tell(46, person.last("call"), "unreachable")
    (question,) = proposals(town)
    person.pay(47, "6222999900000001", 45_000, 1_000)
    freeze = person.last("freeze")
    assert (freeze.command_id, freeze.level) == (question.about, "red")
    assert actions(tell_of(person, 48, question.about, "approved")) == []


# -- which policies decided ----------------------------------------------------------------------------------------


def test_a_decision_names_the_versions_of_rules_playbook_limits_and_roster() -> None:
    town = Town()
    versions = {"victims": "rules-2", "relay": "playbook-2", "limits": "limits-2", "roster": "roster-2"}
    for name, version in versions.items():
        more = {"four_eyes": {"freeze": ["red"]}} if name == "limits" else {}
        town.push(name, changed(PACKAGED[name], policy_version=version, **more))
    person = robbed(town)
    town.wait(PAID_AT + 2)
    person.tell(PAID_AT + 3, person.last("visit"), "false_alarm", actor="one")
    person.tell(PAID_AT + 3, person.last("call"), "false_alarm", actor="another")
    assert {"call", "visit", "desk", "stop_payment", "suspend", "force_login", "restore", "release"} <= person.steps
    assert {c.policy_version for c in town.commands} == {"rules-2/playbook-2/limits-2/roster-2"}
    assert {o.value.policy_version for o in town.outputs if o.topic is VICTIM_ALERTS} == {"rules-2"}
    assert {o.value.policy_version for o in town.outputs if o.topic is CASES} == {"rules-2/playbook-2"}


def test_a_text_names_those_that_had_a_say_in_it() -> None:
    town = Town()
    person = Person(town)
    person.call(0, ABROAD, 45, peer_type="foreign")
    person.text(46, STRANGER, POLICE_TEXT)
    assert person.last("sms").policy_version == f"{RULES.policy_version}/{PLAYBOOK.policy_version}"


@pytest.mark.parametrize("name", ["victims", "relay", "limits", "roster"])
def test_a_policy_that_arrives_holds_for_the_next_decision(name: str) -> None:
    town = Town()
    person = robbed(town)
    before = set(person.last("call").policy_version.split("/"))
    town.push(name, changed(PACKAGED[name], policy_version="new"))
    person.pay(PAID_AT + 1 / 4, "6222999900000009", 6_000, 200)
    assert person.last("stop_payment").policy_version.split("/").count("new") == 1
    assert "new" not in before
    assert ROSTER.policy_version in before
