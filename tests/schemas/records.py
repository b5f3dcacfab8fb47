"""Records to test with: one written out for each model, and a generator of every record a model can hold."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import cases, commands, events, orders, reference
from schemas import fields as f
from schemas.alerts import MuleAlert, VictimAlert
from schemas.spelling import account, number
from schemas.topics import INTERNAL, TOPICS, Topic

NOON = 1_767_225_600_000
PERSON = "+8613800138000"
CASE = "6f0e3b0a-1111-5000-8000-000000000000"
COMMAND = "0b7e9d52-2222-5000-8000-000000000000"

TOPIC_OF: dict[type[BaseModel], Topic] = {topic.model: topic for topic in (*INTERNAL, *TOPICS) if topic.model}
MODELS: tuple[type[BaseModel], ...] = tuple(TOPIC_OF)

_REASON = {
    "code": "new_payee",
    "weight": 1.5,
    "text": "paid a stranger",
    "text_zh": "向陌生人付款",
    "event_ids": ["t-1"],
}
_COMMAND = {
    "command_id": COMMAND,
    "case_id": CASE,
    "issued_at": NOON,
    "expires_at": NOON + 60_000,
    "subscriber": PERSON,
    "level": "red",
    "score": 0.97,
    "typology": "fake_police",
    "reasons": [_REASON],
    "policy_version": "1",
    "caused_by": "t-1",
}
_ALERT = {
    "alert_id": COMMAND,
    "occurred_at": NOON,
    "level": "red",
    "score": 0.97,
    "reasons": [_REASON],
    "policy_version": "1",
    "caused_by": "t-1",
}

LEAST: dict[type[BaseModel], dict[str, Any]] = {
    events.Call: {
        "event_id": "c-1",
        "occurred_at": NOON,
        "subscriber": PERSON,
        "peer": "95588",
        "direction": "in",
        "phase": "ringing",
        "call_id": "call-1",
    },
    events.Sms: {
        "event_id": "s-1",
        "occurred_at": NOON,
        "subscriber": PERSON,
        "peer": "ICBC",
        "direction": "in",
        "text": "您的验证码是 123456",
    },
    events.Transaction: {
        "event_id": "t-1",
        "occurred_at": NOON,
        "payer_account": "6222020200112233445",
        "payee_account": "6222020200112233446",
        "amount_minor": 5_000_000,
        "phase": "initiated",
    },
    events.Report: {"report_id": "r-1", "occurred_at": NOON, "subscriber": PERSON},
    events.Outcome: {"command_id": COMMAND, "occurred_at": NOON, "subscriber": PERSON, "outcome": "executed"},
    reference.Subscriber: {"subscriber": PERSON},
    reference.WatchlistEntry: {
        "value": "+85251234567",
        "kind": "peer",
        "category": "fake_police",
        "source": "police",
        "added_at": NOON,
    },
    reference.PolicyRecord: {"name": "relay", "body": {}},
    commands.Dissuasion: {
        **_COMMAND,
        "channel": "call",
        "deadline_at": NOON + 30_000,
        "script": "Do not pay.",
    },
    commands.PhoneCommand: {**_COMMAND, "action": "suspend"},
    commands.AccountCommand: {**_COMMAND, "action": "freeze", "account": "6222020200112233445", "hop": 0},
    commands.SessionCommand: {**_COMMAND, "handle": "wx-1"},
    VictimAlert: {**_ALERT, "case_id": CASE, "subscriber": PERSON, "typology": "fake_police"},
    MuleAlert: {**_ALERT, "account": "6222020200112233446"},
    cases.CaseRecord: {
        "case_id": CASE,
        "subscriber": PERSON,
        "state": "calling",
        "level": "red",
        "typology": "fake_police",
        "score": 0.97,
        "opened_at": NOON,
        "updated_at": NOON,
        "policy_version": "1/1",
    },
    orders.Order: {"event_id": "do/1", "occurred_at": NOON, "kind": "do"},
}
"""The smallest valid record of each model: what is not in it is optional."""


@cache
def any_record(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Every valid record of a model as a JSON object, drawn from the bounds that its schema publishes."""
    schema = model.model_json_schema(mode="validation")
    return _object(schema, schema.get("$defs", {}))


def _object(schema: Any, definitions: Any, tag: str = "") -> st.SearchStrategy[dict[str, Any]]:
    """A record at any depth. A tag tells the records of a union apart: it is there even where it has a default."""
    fields = {name: _value(field, definitions) for name, field in schema["properties"].items()}
    required = {name: fields.pop(name) for name in dict.fromkeys((*schema["required"], tag)) if name}
    drawn = st.fixed_dictionaries(required, optional=fields)
    return drawn.filter(_lasts).map(_in_order) if "issued_at" in required else drawn


def _lasts(record: dict[str, Any]) -> bool:
    return bool(record["issued_at"] != record["expires_at"])


def _in_order(record: dict[str, Any]) -> dict[str, Any]:
    """The rules between fields: a command expires after it was issued, and a hold names its transfer."""
    issued_at, expires_at = sorted((record["issued_at"], record["expires_at"]))
    named = {"transaction_id": record.get("transaction_id") or "t-1"} if record.get("action") == "hold" else {}
    return record | {"issued_at": issued_at, "expires_at": expires_at} | named


def _value(schema: Any, definitions: Any, tag: str = "") -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _value(definitions[schema["$ref"].rpartition("/")[2]], definitions, tag)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        tag = schema.get("discriminator", {}).get("propertyName", "")
        return st.one_of([_value(choice, definitions, tag) for choice in choices])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if "type" not in schema:
        return ANY_JSON
    if schema["type"] == "object":
        return _object(schema, definitions, tag) if "properties" in schema else _free(schema, definitions)
    if schema["type"] == "array":
        return st.lists(_value(schema["items"], definitions), max_size=min(3, schema["maxItems"]))
    return _SCALARS[schema["type"]](schema)


def _free(schema: Any, definitions: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object whose fields have any name."""
    return st.dictionaries(_TEXT, _value(schema["additionalProperties"], definitions), max_size=3)


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-f.JSON_NUMBER_MAX, f.JSON_NUMBER_MAX)
    | st.floats(-f.JSON_NUMBER_MAX, f.JSON_NUMBER_MAX)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
"""Every value that a free object may have: readers agree on it."""

_ALPHABETS = {
    f.NO_CONTROLS: st.characters(exclude_categories=["Cs", "Cc"]),
    f.NO_NULLS: st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    f.PRINTABLE: st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    f.UNSPACED: st.characters(min_codepoint=0x21, max_codepoint=0x7E),
}

_DIGITS, _LOWER = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_SHAPES: dict[str, st.SearchStrategy[str]] = {
    f.UUID: st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number))),
    f.E164: st.builds("+{}{}".format, st.sampled_from(_DIGITS[1:]), st.text(_DIGITS, min_size=6, max_size=14)),
    f.ISO_4217: st.text(_LOWER.upper(), min_size=3, max_size=3),
    f.SLUG: st.builds("{}{}".format, st.sampled_from(_LOWER + _DIGITS), st.text(_LOWER + _DIGITS + "_.-")),
}
"""What these patterns match, drawn at once: by the pattern it is drawn letter by letter, which took half of a record's
time."""


def _string(schema: Any) -> st.SearchStrategy[str]:
    pattern, longest = schema["pattern"], schema.get("maxLength")
    if pattern in _SHAPES:
        return _SHAPES[pattern].map(lambda text: text[:longest])
    if pattern in _ALPHABETS:
        return st.text(_ALPHABETS[pattern], min_size=schema.get("minLength", 0), max_size=longest)
    return st.from_regex(pattern.removesuffix("$") + r"\Z", fullmatch=True).map(lambda text: text[:longest])


_SCALARS: dict[str, Callable[[Any], st.SearchStrategy[Any]]] = {
    "string": _string,
    "integer": lambda schema: st.integers(schema["minimum"], schema["maximum"]),
    "number": lambda schema: st.floats(schema["minimum"], schema["maximum"]),
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
}


SPELT: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("peer", "forwarded_to", "trusted_peers"), number),
    **dict.fromkeys(
        ("account", "payer_account", "payee_account", "accounts", "payee_accounts", "trusted_payees"), account
    ),
}
"""Fields that are read in one spelling, whatever they come in."""


def in_one_spelling(record: dict[str, Any]) -> dict[str, Any]:
    """A record's JSON object as it is read: peers and accounts in their one spelling."""
    return {name: _spelt(SPELT[name], value) if name in SPELT else value for name, value in record.items()}


def _spelt(spell: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, list):
        return [spell(item) for item in value]
    return spell(value) if isinstance(value, str) else value
