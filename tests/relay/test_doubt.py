"""In doubt, take nothing: whatever becomes of the record `limits`, no measure goes out by limits nobody can read."""

from typing import Any

import orjson
import pytest

from agents.desk.roster import Roster
from agents.relay.playbook import Playbook
from agents.victims.policy import Policy
from interdict.replay.player import Recorded
from interdict.topology import POLICY_MODELS
from schemas.reference import POLICY_NAMES
from schemas.topics import POLICIES, dead_letter
from streams.core.policies import SHADOW_SUFFIX
from tests.kit.guesses import GUESSES
from tests.kit.story import ABROAD, POLICE_TEXT, STRANGER
from tests.kit.town import LIMITS, PAID_AT, Person, Town, changed, executed, proposals, robbed

TAKING = {"suspend", "freeze", "stop_payment", "force_login"}


def value(name: str, **fields: Any) -> bytes:
    body = POLICY_MODELS[name.removesuffix(SHADOW_SUFFIX)].load().model_dump(mode="json")
    return orjson.dumps({"name": name, "body": {**body, **fields}})


ENDS: dict[str, bytes | None] = {
    "deleted": None,
    "no JSON": b"{",
    "empty": b"",
    "no object": b"[]",
    "no body": b'{"name":"limits"}',
    "an empty body": b'{"name":"limits","body":{}}',
    "a bound broken": value("limits", per_minute=0),
    "a field nobody knows": value("limits", per_hour=9),
    "another policy's body": orjson.dumps({"name": "limits", "body": Policy.load().model_dump(mode="json")}),
    "another policy's name": value("victims"),
    "a field twice": value("limits")[:-1] + b',"name":"limits"}',
    "too large": value("limits")[:-1] + b',"note":"' + b"x" * 65_536 + b'"}',
}
"""How a record of `limits` can come to say nothing."""


def arrives(town: Town, name: str | bytes, content: bytes | None) -> list[str]:
    """A record of `reference.policies`, as a worker reads it; the topics that something went to for it."""
    key = name if isinstance(name, bytes) else name.encode()
    record = Recorded(POLICIES.name, key, content, 0)
    return [sent.topic for sent in town.replay.take(town.replay.read(record))]


def held(town: Town, name: str) -> dict[str, Any]:
    """What is told of a policy: its version, and whether it is in doubt."""
    told = [one for one in town.gauges() if one.labels[:1] == (name,)]
    return {one.metric: one.labels[1] if one.metric == "policy_info" else bool(one.value) for one in told}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("before", [None, "good"], ids=["never set", "set before"])
def test_without_readable_limits_everything_that_takes_is_a_question(how: str, before: str | None) -> None:
    town = Town()
    if before is not None:
        arrives(town, "limits", value("limits", policy_version=before))
    arrives(town, "limits", ENDS[how])
    robbed(town)
    assert not TAKING & set(executed(town))
    assert {p.why for p in proposals(town)} == {"kill_switch"}
    assert len(proposals(town)) >= 4, "a suspension, a freeze, a stopped payment and a forced login"
    assert any(command.action == "dissuade" for command in town.commands), "talking goes on"
    assert held(town, "limits") == {"policy_info": before or LIMITS.policy_version, "policy_unreadable": True}
    assert next(one.value for one in town.gauges() if one.metric == "kill_switch") == 1


@pytest.mark.parametrize("how", ENDS)
def test_a_kill_switch_that_is_on_stays_on_whatever_comes_after_it(how: str) -> None:
    town = Town()
    arrives(town, "limits", value("limits", kill_switch=True, policy_version="stop"))
    arrives(town, "limits", ENDS[how])
    robbed(town)
    assert not TAKING & set(executed(town))


@pytest.mark.parametrize("how", ENDS)
def test_good_limits_end_the_doubt_at_once(how: str) -> None:
    town = Town()
    arrives(town, "limits", ENDS[how])
    arrives(town, "limits", value("limits", policy_version="again"))
    robbed(town)
    assert set(executed(town)) >= TAKING
    assert held(town, "limits") == {"policy_info": "again", "policy_unreadable": False}


def test_the_doubt_holds_from_the_record_on_and_what_is_out_stays_out() -> None:
    town = Town()
    first, second = Person(town, 1), Person(town, 2)
    for minute, person in enumerate((first, second)):
        person.habits()
        person.call(minute, ABROAD, peer_type="foreign")
        person.text(minute + 10, STRANGER, POLICE_TEXT)
    first.pay(PAID_AT, "6222999900000001", 50_000, 10_000)
    arrives(town, "limits", None)
    second.pay(PAID_AT + 2, "6222999900000002", 50_000, 10_000)
    assert first.steps >= TAKING
    assert {p.subscriber for p in proposals(town)} == {second.phone}


def test_where_there_never_was_a_record_the_packaged_limits_hold() -> None:
    town = Town()
    robbed(town)
    assert set(executed(town)) >= TAKING
    assert held(town, "limits") == {"policy_info": LIMITS.policy_version, "policy_unreadable": False}


def test_what_is_in_doubt_asks_for_no_more_than_the_last_limits_gave_an_officer_time_for() -> None:
    careful = changed(LIMITS, four_eyes={"freeze": ["red"]}, decide_s=dict.fromkeys(LIMITS.decide_s, 60))
    doubted = careful.in_doubt()
    assert changed(doubted, kill_switch=False, kill_switch_stops=LIMITS.kill_switch_stops) == careful
    assert set(doubted.kill_switch_stops) == TAKING | {"hold"}


@pytest.mark.parametrize("name", ["victims", "relay", "roster"])
@pytest.mark.parametrize("end", [None, b"{"], ids=["deleted", "bad"])
def test_of_every_other_policy_the_last_good_one_stays(name: str, end: bytes | None) -> None:
    town = Town()
    arrives(town, name, end)
    first: Any = GUESSES if name == "victims" else POLICY_MODELS[name].load()  # type: ignore[attr-defined]
    assert held(town, name)["policy_info"] == first.policy_version
    arrives(town, name, value(name, policy_version="good"))
    arrives(town, name, end)
    assert held(town, name) == {"policy_info": "good", "policy_unreadable": True}
    arrives(town, name, value(name, policy_version="next"))
    assert held(town, name) == {"policy_info": "next", "policy_unreadable": False}


@pytest.mark.parametrize("name", ["victims.shadow", "relay.shadow"])
def test_a_shadow_that_is_deleted_is_gone_and_a_bad_one_changes_nothing(name: str) -> None:
    town = Town()
    arrives(town, name, value(name, policy_version="good"))
    arrives(town, name, b"{")
    assert held(town, name) == {"policy_info": "good", "policy_unreadable": True}
    arrives(town, name, None)
    assert held(town, name) == {}


@pytest.mark.parametrize("name", [b"Limits", b"limits ", b"limits.shadow", b"weather", b"\xff", b""])
def test_a_policy_that_nobody_takes_up_is_buried_so_that_who_wrote_it_hears_of_it(name: bytes) -> None:
    town = Town()
    content = orjson.dumps({"name": name.decode(errors="replace"), "body": LIMITS.model_dump(mode="json")})
    assert arrives(town, name, content) == [dead_letter(POLICIES.name)]
    assert held(town, "limits")["policy_unreadable"] is False, "under `limits` nothing came"


@pytest.mark.parametrize("name", [b"weather", b"limits ", b""])
def test_a_tombstone_of_a_policy_that_never_was_says_nothing(name: bytes) -> None:
    town = Town()
    assert arrives(town, name, None) == []
    assert not any(held(town, known).get("policy_unreadable") for known in POLICY_NAMES)


def test_no_policy_is_empty_so_that_an_empty_one_may_stand_for_what_cannot_be_read() -> None:
    for model in (*POLICY_MODELS.values(), Playbook, Roster):
        assert any(field.is_required() for field in model.model_fields.values())
