"""The AsyncAPI 3.0.0 document of the contract, made from the topic table and the models.

It describes what travels, seen from Interdict: inputs and reference records are received, the rest is sent.
"""

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from schemas import fields as f
from schemas.topics import DEAD_LETTER_RETENTION_MS, TOPICS, Kind, Topic, dead_letter

CONTRACT_VERSION = "4.3.0"
"""Version of the contract: a new field raises the middle number, a field gone or narrowed the first."""

BINDING_VERSION = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""

DESCRIPTION = (
    "Values are JSON objects in UTF-8. Times are Unix milliseconds in UTC and end in `_at` (in a case's lines they "
    "are `at` and `until`); money is an integer in the currency's minor unit and ends in `_minor`. Unknown fields "
    "are ignored. An optional field that is missing is null. A record without a value on a compacted topic deletes "
    "its key. What cannot be read goes to the topic's dead-letter topic, byte for byte; a stub "
    "stands there for what cannot even be unpacked, or is larger than a topic takes. A batch of an input is at most "
    "1 MiB as it is sent; every codec of Kafka is read. What is not valid and decides "
    "nothing is mended, counted and taken: an optional field that cannot be understood is as if it were null, a string "
    "that is too long is cut, a peer that is missing or withheld is `unknown`."
)

FORWARDED = "interdict_forwarded"
TRACEPARENT = "traceparent"
CLOUD_EVENT = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type")

HEADERS = {
    FORWARDED: "`1` on a record that was sent on to the partition of its subject; it is sent on once.",
    "ce_specversion": "CloudEvents version, `1.0`.",
    "ce_id": "Identity of the record: its `command_id` or `alert_id`.",
    "ce_source": "The duty that decided: `/interdict/<duty>`.",
    "ce_type": "`interdict.` and the topic's name.",
    "ce_time": "Event time of the decision, RFC 3339 with milliseconds.",
    "content-type": "`application/json`.",
    "interdict_published_at": "When the record that caused it entered Kafka. " + f.MILLIS,
    "traceparent": "The trace it belongs to (W3C Trace Context, version 00); so does what it leads to.",
    "interdict_signature": (
        "Ed25519 signature, 64 raw bytes, over: `interdict command v1`, a zero byte, the length of the record's key as "
        "4 bytes big-endian, the key, the value. Absent where the centre signs nothing."
    ),
    "interdict_key_id": "Which key signed: the first 16 hexadecimal digits of the SHA-256 of the raw public key.",
    "__streams.errors.exception": "Class of the error (this and the next four as in KIP-1034).",
    "__streams.errors.message": "Which field broke which rule; never the value.",
    "__streams.errors.topic": "Topic the record came from.",
    "__streams.errors.partition": "Partition it came from, in decimal.",
    "__streams.errors.offset": "Offset it had there, in decimal.",
    "interdict_reason": "Code of the reason, from a closed list.",
    "interdict_last_offset": "Of a stub: the last offset that it stands for, in decimal.",
    "interdict_sha256": "Of a stub: the SHA-256, in hexadecimal, of the bytes that are not passed on.",
    "interdict_bytes": "Of a stub: how many bytes those are, in decimal.",
}
"""Every header the records carry. Header values are UTF-8 text, but for a signature."""

_STUB_HEADERS = ("interdict_last_offset", "interdict_sha256", "interdict_bytes")
_LETTER_HEADERS = (*(name for name in HEADERS if name.startswith("__streams")), "interdict_reason", *_STUB_HEADERS)
_SENT_HEADERS = (*CLOUD_EVENT, "interdict_published_at", TRACEPARENT)
_SIGNED_HEADERS = ("interdict_signature", "interdict_key_id")
_HEADERS_OF: dict[Kind, tuple[str, ...]] = {
    "input": (FORWARDED, TRACEPARENT),
    "reference": (),
    "action": (*_SENT_HEADERS, *_SIGNED_HEADERS),
    "alert": _SENT_HEADERS,
    "case": _SENT_HEADERS,
}
_OPTIONAL = {FORWARDED, "interdict_published_at", TRACEPARENT, *_SIGNED_HEADERS, *_STUB_HEADERS}
"""Nothing was published before what a timer leads to, not every feed is traced, and few letters are stubs."""
_BINARY = {"interdict_signature"}
_RECEIVED: set[Kind] = {"input", "reference"}
_LETTER = "DeadLetter"

Json = dict[str, Any]


def render() -> str:
    """The document as text, the same for the same contract."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> Json:
    """The AsyncAPI document, as JSON values."""
    letters = [topic for topic in TOPICS if topic.kind == "input"]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Interdict", "version": CONTRACT_VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            **{topic.name: _channel(topic) for topic in TOPICS},
            **{dead_letter(topic.name): _letter_channel(topic) for topic in letters},
        },
        "operations": {
            **{_operation_name(topic): _operation(topic) for topic in TOPICS},
            **{f"send.{dead_letter(topic.name)}": _letter_operation(topic) for topic in letters},
        },
        "components": {
            "schemas": _schemas(),
            "messages": {**{message_name(topic): _message(topic) for topic in TOPICS}, _LETTER: _letter()},
        },
    }


class _Plain(GenerateJsonSchema):
    """JSON schema without the titles that only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schemas() -> Json:
    inputs = [(topic.model, _mode(topic)) for topic in TOPICS if topic.model]
    _, schema = models_json_schema(inputs, ref_template="#/components/schemas/{model}", schema_generator=_Plain)
    found: Json = schema["$defs"]
    return found


def _mode(topic: Topic) -> JsonSchemaMode:
    """What we receive may leave optional fields out; what we send has every field."""
    return "validation" if topic.kind in _RECEIVED else "serialization"


def message_name(topic: Topic) -> str:
    """A model's own name; where there is none yet, one that is made of the topic's."""
    return topic.model.__name__ if topic.model else topic.name.replace(".", "_")


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "summary": topic.summary,
        "messages": _messages(message_name(topic)),
        "bindings": {"kafka": _topic_binding(topic.cleanup, topic.retention_ms)},
    }


def _letter_channel(topic: Topic) -> Json:
    return {
        "address": dead_letter(topic.name),
        "summary": f"What could not be read on {topic.name}",
        "messages": _messages(_LETTER),
        "bindings": {"kafka": _topic_binding("delete", DEAD_LETTER_RETENTION_MS)},
    }


def _messages(name: str) -> Json:
    return {name: {"$ref": f"#/components/messages/{name}"}}


def _topic_binding(cleanup: str, retention_ms: int | None) -> Json:
    configuration: Json = {"cleanup.policy": [cleanup]}
    if retention_ms is not None:
        configuration["retention.ms"] = retention_ms
    return {"topicConfiguration": configuration, "bindingVersion": BINDING_VERSION}


def _operation_name(topic: Topic) -> str:
    return f"{_action(topic)}.{topic.name}"


def _action(topic: Topic) -> str:
    return "receive" if topic.kind in _RECEIVED else "send"


def _operation(topic: Topic) -> Json:
    return _on_channel(_action(topic), topic.name, message_name(topic))


def _letter_operation(topic: Topic) -> Json:
    return _on_channel("send", dead_letter(topic.name), _LETTER)


def _on_channel(action: str, channel: str, message: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
    }


def _message(topic: Topic) -> Json:
    message: Json = {"name": message_name(topic), "summary": topic.summary, "payload": _payload(topic)}
    if headers := _HEADERS_OF[topic.kind]:
        message["headers"] = _headers(headers)
    if topic.kind == "action":
        message["correlationId"] = {
            "description": "An outcome names the command it is about.",
            "location": "$message.payload#/command_id",
        }
    message["bindings"] = {"kafka": {"key": _key(topic), "bindingVersion": BINDING_VERSION}}
    return message


def _payload(topic: Topic) -> Json:
    return {"$ref": f"#/components/schemas/{topic.model.__name__}"} if topic.model else {"type": "object"}


def _letter() -> Json:
    return {
        "name": _LETTER,
        "summary": "A record that could not be read: key, value and headers as they came, and why; or a stub",
        "contentType": "application/octet-stream",
        "payload": {"description": "Any bytes, or none."},
        "headers": _headers(_LETTER_HEADERS),
        "bindings": {"kafka": {"key": {"description": "Any bytes."}, "bindingVersion": BINDING_VERSION}},
    }


def _headers(names: Iterable[str]) -> Json:
    described = {name: _header(name) for name in names}
    required = [name for name in described if name not in _OPTIONAL]
    return {"type": "object", "properties": described} | ({"required": required} if required else {})


def _header(name: str) -> Json:
    schema: Json = {"type": "string", "description": HEADERS[name]}
    return schema | {"format": "binary"} if name in _BINARY else schema


def _key(topic: Topic) -> Json:
    """Schema of the record's key: that of the field it is taken from."""
    plain: Json = {"type": "string", "description": f"The record's `{topic.key}`."}
    return _field(topic.model, topic.key) if topic.model else plain


def _field(model: type[BaseModel], name: str) -> Json:
    schema: Json = model.model_json_schema(schema_generator=_Plain)["properties"][name]
    return schema
