"""A policy in the shadow decides and records, commands nothing, and changes nothing of what the live ones do."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import VictimAlert
from schemas.cases import CaseRecord
from schemas.codec import Rejected, encode
from schemas.events import Outcome
from schemas.reference import PolicyRecord
from schemas.spans import DAY_MS
from schemas.topics import POLICIES, SHADOW, Output
from tests.kit.examples import examples
from tests.kit.histories import histories
from tests.kit.story import ABROAD, MULE, POLICE_TEXT, STRANGER, robbed_on_the_phone
from tests.kit.town import PLAYBOOK, RULES, Person, Town, actions, changed

PAID_AT = 40
HOUR = 60
WORDS: tuple[str, ...] = get_args(Outcome.model_fields["outcome"].annotation)

HARSH = changed(
    RULES, policy_version="rules-s",
    levels={name: {"score": score, "needs": []}
            for name, score in (("red", 0.04), ("orange", 0.03), ("yellow", 0.02), ("blue", 0.01))},
)  # fmt: skip
"""Everybody is red."""
MILD = changed(PLAYBOOK, policy_version="playbook-s", measures={"red": ["stop_payment"], "orange": [], "yellow": []})
"""Takes nothing from the victims themselves."""
SHADOWS: dict[str, Any] = {"victims.shadow": HARSH, "relay.shadow": MILD}


def robbed(town: Town) -> Person:
    person = Person(town)
    robbed_on_the_phone(person)
    return person


def recorded(outputs: list[Output]) -> list[Any]:
    return [output.value for output in outputs if output.topic is SHADOW]


def live(outputs: list[Output]) -> list[Output]:
    return [output for output in outputs if output.topic is not SHADOW]


def with_shadow(*names: str, late_ms_max: int = 7 * DAY_MS) -> Town:
    town = Town(late_ms_max)
    for name in names:
        town.push(name, SHADOWS[name])
    return town


def what(record: Any) -> str:
    """A command by its action or channel, an alert and a case by what they are."""
    return str(getattr(record, "channel", None) or getattr(record, "action", None) or type(record).__name__)


# -- what it records -----------------------------------------------------------------------------------------------


def test_without_a_shadow_policy_nothing_is_recorded_and_nothing_remembered() -> None:
    town = Town()
    person = robbed(town)
    assert recorded(town.outputs) == []
    assert person.state.shadow is None
    assert person.slots.shadow_relay is None


def test_a_shadow_playbook_records_what_it_would_do_where_the_live_one_does_it() -> None:
    town = with_shadow("relay.shadow")
    person = robbed(town)
    assert {"freeze", "suspend", "stop_payment", "call"} <= person.steps
    assert [what(record) for record in recorded(town.outputs)] == ["VictimAlert", "stop_payment", "call", "CaseRecord"]


def test_shadow_rules_judge_what_the_live_ones_let_pass() -> None:
    town = with_shadow("victims.shadow")
    person = Person(town)
    person.call(0, ABROAD, 20, peer_type="foreign")
    person.text(25, STRANGER, POLICE_TEXT)
    assert person.steps == set()
    assert "call" in {what(record) for record in recorded(town.outputs)}
    assert [record.level for record in recorded(town.outputs) if isinstance(record, VictimAlert)][-1] == "red"


@pytest.mark.parametrize(
    ("names", "version"),
    [
        (("victims.shadow",), f"rules-s/{PLAYBOOK.policy_version}"),
        (("relay.shadow",), f"{RULES.policy_version}/playbook-s"),
        (("victims.shadow", "relay.shadow"), "rules-s/playbook-s"),
    ],
)
def test_its_records_name_its_version(names: tuple[str, ...], version: str) -> None:
    town = with_shadow(*names)
    robbed(town)
    town.wait(PAID_AT + 2)
    records = recorded(town.outputs)
    alerts = {record.policy_version for record in records if isinstance(record, VictimAlert)}
    others = {record.policy_version for record in records if not isinstance(record, VictimAlert)}
    assert (alerts, others) == ({version.split("/")[0]}, {version})


def test_every_record_is_the_persons_and_can_be_read() -> None:
    town = with_shadow(*SHADOWS)
    person = robbed(town)
    town.wait(PAID_AT + 30 * HOUR)
    records = [output for output in town.outputs if output.topic is SHADOW]
    assert {record.key for record in records} == {person.phone}
    assert len(records) > 10
    for record in records:
        assert type(record.value).model_validate_json(encode(record.value)) == record.value


def test_the_shadow_goes_through_its_own_case_by_its_own_deadlines() -> None:
    town = Town()
    slow = changed(PLAYBOOK, policy_version="slow", ack_s={"red": 200, "orange": 200, "yellow": 900})
    town.push("relay.shadow", slow)
    robbed(town)
    led_to = town.wait(PAID_AT + 3 / 2)
    assert (actions(led_to), recorded(led_to)) == (["visit"], [])
    led_to = town.wait(PAID_AT + 200 / 60)
    assert [what(record) for record in recorded(led_to)] == ["visit", "CaseRecord"]


# -- what it leaves alone ------------------------------------------------------------------------------------------


def test_nothing_that_the_shadow_decides_is_commanded_or_comes_to_the_desk() -> None:
    town = with_shadow("victims.shadow")
    person = Person(town)
    person.call(0, ABROAD, 20, peer_type="foreign")
    person.text(25, STRANGER, POLICE_TEXT)
    town.wait(30 * HOUR)
    assert recorded(town.outputs) != []
    assert live(town.outputs) == [output for output in town.outputs if output.topic.kind == "alert"]
    assert not town.replay.stores["desk"].snapshot()


def test_what_officers_say_of_live_commands_counts_for_the_shadows_case_too() -> None:
    town = with_shadow("relay.shadow")
    person = robbed(town)
    led_to = person.tell(PAID_AT + 1 / 2, person.last("call"), "unreachable")
    assert "visit" in actions(led_to)
    assert "visit" in [what(record) for record in recorded(led_to)]
    person.tell(PAID_AT + 3 / 4, person.last("visit"), "false_alarm", actor="one")
    led_to = person.tell(PAID_AT + 4 / 5, person.last("call"), "false_alarm", actor="another")
    cases = [record for record in recorded(led_to) if isinstance(record, CaseRecord)]
    assert [(case.state, case.closed_as) for case in cases] == [("closed", "false_alarm")]
    assert [what(record) for record in recorded(led_to)].count("release") == 1, "what it would have taken"


# -- its end -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("victims.shadow",), ("relay.shadow",), ("victims.shadow", "relay.shadow")])
def test_a_tombstone_ends_it_in_the_middle_of_a_case(names: tuple[str, ...]) -> None:
    town = with_shadow(*names)
    person = robbed(town)
    for name in names:
        town.push(name, None)
    before = len(town.outputs)
    person.tell(PAID_AT + 1 / 2, person.last("call"), "acknowledged")
    person.pay(PAID_AT + 3 / 4, MULE[:-1] + "8", 6_000, 100)
    town.wait(PAID_AT + 100 * HOUR)
    assert recorded(town.outputs[before:]) == []
    assert person.slots.shadow_relay is None, "and it is forgotten"


def test_of_two_shadows_one_goes_on_without_the_other() -> None:
    town = with_shadow(*SHADOWS)
    town.push("victims.shadow", None)
    robbed(town)
    assert {record.policy_version for record in recorded(town.outputs)} == {
        RULES.policy_version, f"{RULES.policy_version}/playbook-s",
    }  # fmt: skip


@pytest.mark.parametrize("name", SHADOWS)
def test_a_shadow_that_is_no_policy_is_refused_and_the_last_good_one_stays(name: str) -> None:
    town = with_shadow(name)
    with pytest.raises(Rejected) as refused:
        town.pipeline.on_broadcast(POLICIES, name, PolicyRecord(name=name, body={"policy_version": "bad"}))
    assert refused.value.reason == "policy_invalid"
    robbed(town)
    version = SHADOWS[name].policy_version
    assert any(version in record.policy_version for record in recorded(town.outputs))


@pytest.mark.parametrize("name", SHADOWS)
def test_a_first_shadow_that_is_no_policy_casts_none(name: str) -> None:
    town = Town()
    with pytest.raises(Rejected):
        town.pipeline.on_broadcast(POLICIES, name, PolicyRecord(name=name, body={"policy_version": "bad"}))
    robbed(town)
    assert recorded(town.outputs) == []


# -- over random histories -----------------------------------------------------------------------------------------

MINUTES = st.sampled_from([0.2, 0.7, 2, 7, 40, 400, 1_500])
MOVE = st.one_of(
    st.tuples(st.just("call"), st.sampled_from([ABROAD, STRANGER]), st.sampled_from([None, 5, 45])),
    st.tuples(st.just("text"), st.just(STRANGER), st.just(POLICE_TEXT)),
    st.tuples(st.just("pay"), st.sampled_from([MULE, MULE[:-1] + "2"]), st.sampled_from([300, 6_000, 50_000])),
    st.tuples(st.just("pay"), st.sampled_from([MULE, MULE[:-1] + "2"]), st.sampled_from([300, 6_000, 50_000])),
    st.tuples(st.just("tell"), st.integers(0, 8), st.sampled_from(WORDS)),
    st.tuples(st.just("tell"), st.integers(0, 8), st.sampled_from(WORDS)),
    st.tuples(st.just("push"), st.sampled_from(sorted(SHADOWS)), st.booleans()),
)
MOVES = st.lists(st.tuples(MINUTES, MOVE), max_size=25)


class Told:
    """A story told by moves, with shadow policies or without."""

    def __init__(self, moves: list[Any], *names: str, shadows: bool) -> None:
        self.town = with_shadow(*names if shadows else (), late_ms_max=DAY_MS)
        self.person = Person(self.town)
        self.person.habits(days=2)
        self.shadows = shadows
        minute = 0.0
        for pause, (kind, *details) in moves:
            minute += pause
            getattr(self, f"_{kind}")(minute, *details)
        self.town.wait(minute + 100 * HOUR)

    def _call(self, minute: float, peer: str, minutes: float | None) -> None:
        self.person.call(minute, peer, minutes, phases="a", peer_type="foreign")
        if minutes is not None:
            self.person.call(minute, peer, minutes, phases="e", peer_type="foreign")

    def _text(self, minute: float, peer: str, text: str) -> None:
        self.person.text(minute, peer, text)

    def _pay(self, minute: float, payee: str, yuan: float) -> None:
        self.person.pay(minute, payee, yuan, 100)

    def _tell(self, minute: float, back: int, word: str) -> None:
        if commands := self.person.commands:
            command = commands[-1 - back % len(commands)]
            about = command.about if command.action == "approve" else command.command_id
            self.person.tell(minute, command.model_copy(update={"command_id": about}), word)

    def _push(self, minute: float, name: str, there: bool) -> None:
        if self.shadows:
            self.town.push(name, SHADOWS[name] if there else None)


def without_shadow(state: Any) -> Any:
    """What a live policy keeps of a person. Timers fired are counted, the shadow's too."""
    slots = msgspec.structs.replace(state.slots, shadow_relay=None)
    if slots.victims is not None:
        slots.victims = msgspec.structs.replace(slots.victims, shadow=None)
    return msgspec.structs.replace(state, slots=slots, fired=0, timer_at=0)


def states(town: Town) -> dict[bytes, Any]:
    return {key: without_shadow(state) for key, state in town.replay.store.snapshot().items()}


@examples(150)
@given(MOVES, st.sets(st.sampled_from(sorted(SHADOWS))))
def test_a_shadow_changes_nothing_that_the_live_policies_do(moves: list[Any], names: set[str]) -> None:
    alone = Told(moves, shadows=False)
    shadowed = Told(moves, *sorted(names), shadows=True)
    assert live(shadowed.town.outputs) == alone.town.outputs
    assert states(shadowed.town) == states(alone.town)


@examples(30)
@given(histories())
def test_whatever_comes_a_shadow_changes_nothing_of_it(history: list[Any]) -> None:
    alone, shadowed = Town(DAY_MS), Town(DAY_MS)
    for name, policy in SHADOWS.items():
        shadowed.push(name, policy)
    for town in (alone, shadowed):
        person = Person(town)
        for topic, value in history:
            person.record(topic, value)
    assert live(shadowed.outputs) == alone.outputs
    assert states(shadowed) == states(alone)
