"""The AsyncAPI document: valid, complete, true to the models and to the headers that streams writes."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from schemas import asyncapi
from schemas.codec import Rejected, decoder, encode
from schemas.topics import TOPICS, VICTIM_ALERTS, Output, Topic, dead_letter
from streams.core.deadletters import Unreadable, letter_headers
from streams.core.engine import FORWARDED, PUBLISHED_AT, cloud_event
from streams.core.traceparent import TRACEPARENT
from streams.runtime.signing import KEY_ID, SIGNATURE
from tests.schemas.records import LEAST, any_record

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "asyncapi.json"
REGENERATE = "interdict asyncapi > tests/schemas/golden/asyncapi.json"

DOCUMENT = json.loads(asyncapi.render())
SCHEMAS = {"components": {"schemas": DOCUMENT["components"]["schemas"]}}
WITH_MODEL = pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic.model], ids=lambda topic: topic.name)


def official() -> Draft7Validator:
    """The validator of the published schema of AsyncAPI 3.0.0. Every reference in it is local."""
    return Draft7Validator(json.loads((HERE / "asyncapi" / "asyncapi-3.0.0.json").read_text(encoding="utf-8")))


def payload(topic: Topic) -> Draft7Validator:
    """The validator of a topic's values, as the document gives it."""
    message = DOCUMENT["components"]["messages"][asyncapi.message_name(topic)]
    return Draft7Validator({**message["payload"], **SCHEMAS})


def test_the_document_is_valid_against_the_published_schema() -> None:
    assert [problem.message for problem in official().iter_errors(DOCUMENT)] == []


def test_the_published_schema_would_see_a_mistake() -> None:
    channel = DOCUMENT["channels"]["cases"] | {"adress": "cases"}
    wrong = DOCUMENT | {"channels": {"cases": channel}}
    assert not official().is_valid(wrong)


def test_the_document_is_the_golden_one() -> None:
    same = GOLDEN.read_text(encoding="utf-8") == asyncapi.render()
    assert same, f"The contract changed. If that is meant, raise CONTRACT_VERSION and run: {REGENERATE}"


def test_every_topic_and_every_input_s_dead_letters_have_a_channel_and_an_operation() -> None:
    letters = [dead_letter(topic.name) for topic in TOPICS if topic.kind == "input"]
    expected = [*(topic.name for topic in TOPICS), *letters]
    assert list(DOCUMENT["channels"]) == expected
    operated = [operation["channel"]["$ref"] for operation in DOCUMENT["operations"].values()]
    assert operated == [f"#/channels/{name}" for name in expected]


def test_inputs_and_reference_records_are_received_and_the_rest_is_sent() -> None:
    received = {
        operation["channel"]["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        if operation["action"] == "receive"
    }
    assert received == {topic.name for topic in TOPICS if topic.kind in ("input", "reference")}


def test_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', asyncapi.render())):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@WITH_MODEL
def test_the_least_record_is_valid_by_the_document_once_it_was_encoded(topic: Topic) -> None:
    assert topic.model is not None
    encoded = encode(decoder(topic)(orjson.dumps(LEAST[topic.model])))
    assert list(payload(topic).iter_errors(json.loads(encoded))) == []


@WITH_MODEL
@given(data=st.data())
def test_what_the_decoder_takes_the_document_allows(topic: Topic, data: st.DataObject) -> None:
    assert topic.model is not None
    model = decoder(topic)(orjson.dumps(data.draw(any_record(topic.model))))
    assert payload(topic).is_valid(json.loads(encode(model)))


@WITH_MODEL
def test_the_key_has_the_schema_of_its_field(topic: Topic) -> None:
    assert topic.model is not None
    message = DOCUMENT["components"]["messages"][topic.model.__name__]
    fields = DOCUMENT["components"]["schemas"][topic.model.__name__]["properties"]
    assert message["bindings"]["kafka"]["key"] == fields[topic.key]


def documented(message: str) -> set[str]:
    return set(DOCUMENT["components"]["messages"][message]["headers"]["properties"])


def test_the_headers_of_a_dead_letter_are_those_that_streams_writes() -> None:
    record = SimpleNamespace(headers=(), topic="t", partition=0, offset=0)
    written = letter_headers(record, Rejected("not_json", "detail"))
    unreadable = Unreadable("t", 0, 0, 1, Rejected("batch_corrupt", "detail"), b"", 0)
    assert documented("DeadLetter") == {name for name, _ in (*written, *letter_headers(unreadable, unreadable.problem))}
    required = DOCUMENT["components"]["messages"]["DeadLetter"]["headers"]["required"]
    assert set(required) == {name for name, _ in written}


def test_the_headers_of_what_is_sent_are_those_that_streams_writes() -> None:
    alert = decoder(VICTIM_ALERTS)(orjson.dumps(LEAST[VICTIM_ALERTS.model]))  # type: ignore[index]
    written = {name for name, _ in cloud_event(Output(VICTIM_ALERTS, "key", alert), "victims")}
    assert documented("VictimAlert") == written | {PUBLISHED_AT, TRACEPARENT}


def test_a_command_has_the_headers_of_its_signature_too() -> None:
    assert documented("PhoneCommand") == documented("VictimAlert") | {SIGNATURE, KEY_ID}


def test_the_header_of_what_was_sent_on_is_the_one_that_streams_writes() -> None:
    assert documented("Call") == {FORWARDED, TRACEPARENT}
