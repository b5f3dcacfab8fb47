"""The topic table: the one place with topic names."""

from pathlib import Path

import pytest

from schemas import asyncapi
from schemas.orders import DESK, Order, Signal
from schemas.topics import (
    ACCEPTED,
    ACCOUNT_TRANSFERS,
    BY_NAME,
    GRADED,
    INTERNAL,
    ORDERS,
    SHADOW,
    SHADOW_SIGNALS,
    SIGNALS,
    TOPICS,
    Topic,
    changelog,
    dead_letter,
)
from tests.schemas.records import LEAST

ROOT = Path(__file__).parents[2]
HEARD = (SIGNALS, SHADOW_SIGNALS)
EVERY = (*TOPICS, *INTERNAL, *HEARD)
EACH = pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)


def test_the_topics_are_those_of_the_contract() -> None:
    assert [topic.name for topic in TOPICS] == [
        "telecom.calls",
        "telecom.sms",
        "bank.transactions",
        "police.reports",
        "command.outcomes",
        "officer.outcomes",
        "reference.subscribers",
        "reference.watchlist",
        "reference.policies",
        "actions.dissuasion",
        "actions.phone",
        "actions.account",
        "actions.session",
        "alerts.victims",
        "alerts.mules",
        "cases",
    ]
    assert len(BY_NAME) == len(TOPICS)


@EACH
def test_a_topic_is_keyed_by_a_field_of_its_model(topic: Topic) -> None:
    assert topic.model is None or topic.key in topic.model.model_fields or topic is ACCOUNT_TRANSFERS


@EACH
def test_reference_records_and_cases_are_compacted_and_the_rest_is_deleted_in_time(topic: Topic) -> None:
    assert (topic.cleanup == "compact") == (topic.kind in ("reference", "case") or topic in (ACCEPTED, GRADED))
    assert (topic.cleanup == "compact") == (topic.retention_ms is None)


def test_every_input_is_keyed_by_the_subscriber_so_that_a_person_s_events_meet() -> None:
    assert {topic.key for topic in TOPICS if topic.kind == "input"} == {"subscriber"}


def test_a_topic_is_found_by_itself_in_a_table() -> None:
    first, second = TOPICS[:2]
    assert {first: 1, second: 2}[first] == 1


def test_internal_names_cannot_be_taken_for_a_topic_of_the_contract() -> None:
    within = [changelog("victims"), *(topic.name for topic in (*INTERNAL, *HEARD))]
    assert all(name.startswith("interdict.") for name in within)
    assert not any(topic.name.startswith("interdict.") for topic in TOPICS)
    assert not {dead_letter(topic.name) for topic in TOPICS} & BY_NAME.keys()


def test_no_two_topics_have_the_same_name_whatever_they_are_made_for() -> None:
    names = [topic.name for topic in EVERY]
    every = [*names, *map(dead_letter, names), *(changelog(duty) for duty in ("victims", "relay", "shadow", "desk"))]
    assert len(every) == len(set(every))


def test_what_is_within_is_of_its_own_kind_and_what_is_of_the_contract_is_not() -> None:
    assert {topic.kind for topic in INTERNAL} == {"internal"}
    assert {topic.kind for topic in HEARD} == {"signal"}
    assert not {"internal", "signal"} & {topic.kind for topic in TOPICS}


def test_the_contract_tells_nothing_of_what_is_within() -> None:
    document = asyncapi.render()
    assert not any(f'"{topic.name}"' in document for topic in (*INTERNAL, *HEARD))
    assert '"Order"' not in document


def test_every_order_has_the_same_key_so_that_the_desk_decides_in_one_order() -> None:
    assert ORDERS.key == "desk"
    assert Order.model_validate(LEAST[Order]).desk == DESK


def test_what_is_said_within_of_a_person_is_keyed_by_the_person() -> None:
    assert {topic.key for topic in (SHADOW, *HEARD)} == {"subscriber"}
    assert "subscriber" in Signal._fields


@EACH
def test_no_other_module_writes_a_topic_s_name(topic: Topic) -> None:
    if "." not in topic.name:
        return
    written = [path for path in _modules() if f'"{topic.name}"' in path.read_text(encoding="utf-8")]
    assert written == [ROOT / "schemas" / "topics.py"]


def _modules() -> list[Path]:
    packages = ("schemas", "streams", "agents", "interdict")
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))
