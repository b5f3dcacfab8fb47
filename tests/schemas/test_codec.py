"""The codec: valid records pass unchanged, and everything else is refused with a reason and nothing of its content."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import fields as f
from schemas.cases import CaseRecord
from schemas.codec import RECORD_BYTES_MAX, Rejected, bytes_max, decoder, encode
from schemas.commands import AccountCommand
from schemas.events import Call, Sms, Transaction
from schemas.orders import Order
from schemas.reference import PolicyRecord, Subscriber
from schemas.topics import Topic
from tests.schemas.records import LEAST, MODELS, NOON, TOPIC_OF, any_record, in_one_spelling

DECODE = {model: decoder(topic) for model, topic in TOPIC_OF.items()}
NAMED = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)

LONE_SURROGATE = b'{"event_id":"\\ud800"}'


def raw(model: type[BaseModel], **changed: Any) -> bytes:
    """The smallest valid record of a model, with fields set otherwise."""
    return json.dumps(LEAST[model] | changed, ensure_ascii=False, separators=(",", ":")).encode()


def refusal(model: type[BaseModel], value: bytes | None) -> Rejected:
    """The refusal of a record that must be refused."""
    with pytest.raises(Rejected) as refused:
        DECODE[model](value)
    return refused.value


def reason(model: type[BaseModel], value: bytes | None) -> str:
    return refusal(model, value).reason


def call_reason(**changed: Any) -> str:
    return reason(Call, raw(Call, **changed))


# What passes


@NAMED
def test_the_smallest_record_passes_and_what_is_missing_is_null_or_its_default(
    model: type[BaseModel],
) -> None:
    decoded = DECODE[model](raw(model)).model_dump()
    absent = {name: decoded[name] for name in decoded.keys() - LEAST[model].keys()}
    assert absent.pop("schema_version") == 1
    defaults = {
        "currency": "CNY",
        "scope": "all",
        "attempt": 1,
        "action": decoded.get("action"),
        "moments_left_out": 0,
        "desk": "desk",
        "approved": False,
        "again": False,
        "money": True,
        "speak_to": "person",
    }
    for name, value in absent.items():
        assert value in (defaults.get(name), ())


@NAMED
@given(data=st.data())
def test_every_valid_record_comes_through_decode_and_encode_unchanged(
    model: type[BaseModel], data: st.DataObject
) -> None:
    record = data.draw(any_record(model))
    decoded = DECODE[model](orjson.dumps(record))
    assert DECODE[model](encode(decoded)) == decoded
    assert holds(decoded.model_dump(mode="json"), in_one_spelling(record))


def holds(whole: Any, part: Any) -> bool:
    """Whether everything that is in a part is in the whole, at any depth; the whole may have more fields."""
    if isinstance(part, dict):
        return part.keys() <= whole.keys() and all(holds(whole[name], value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return type(whole) is type(part) and bool(whole == part)


@NAMED
def test_encoding_keeps_the_order_of_the_fields_and_the_nulls(model: type[BaseModel]) -> None:
    encoded = json.loads(encode(DECODE[model](raw(model))))
    assert list(encoded) == list(model.model_fields)


def test_encoding_writes_chinese_as_utf_8() -> None:
    assert "验证码".encode() in encode(DECODE[Sms](raw(Sms)))


@NAMED
def test_unknown_fields_are_ignored(model: type[BaseModel]) -> None:
    assert DECODE[model](raw(model, later={"a": [1, None]}, other=1.5)) == DECODE[model](raw(model))


def test_an_explicit_null_stands_for_a_missing_optional_field() -> None:
    optional = Call.model_fields.keys() - LEAST[Call].keys() - {"schema_version"}
    assert DECODE[Call](raw(Call, **dict.fromkeys(optional))) == DECODE[Call](raw(Call))


def test_a_null_list_is_an_empty_one() -> None:
    decoded = DECODE[Subscriber](raw(Subscriber, accounts=None))
    assert isinstance(decoded, Subscriber)
    assert decoded.accounts == ()


def test_text_may_be_empty_and_may_hold_colons_quotes_and_line_feeds() -> None:
    for text in ("", 'see "http://a.cn": now\n', '","peer":"x', "\\", "时间：12:30"):
        decoded = DECODE[Sms](raw(Sms, text=text))
        assert isinstance(decoded, Sms)
        assert decoded.text == text


def test_white_space_between_names_and_colons_is_harmless() -> None:
    assert DECODE[Sms](json.dumps(LEAST[Sms], separators=(",\n", " :\t")).encode()) == DECODE[Sms](raw(Sms))


def test_an_overdrawn_balance_is_taken() -> None:
    decoded = DECODE[Transaction](raw(Transaction, balance_minor=-1))
    assert isinstance(decoded, Transaction)
    assert decoded.balance_minor == -1


# What is refused, and why


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "tombstone"),
        (b"", "tombstone"),
        (b" " * (RECORD_BYTES_MAX + 1), "too_large"),
        (b"not json", "not_json"),
        (b"{", "not_json"),
        (b'{"a":1}x', "not_json"),
        (b'{"a":01}', "not_json"),
        (b"[" * RECORD_BYTES_MAX, "not_json"),
        (b'{"a":' * 10_000, "not_json"),
        (b'{"a":' + b"9" * 10_000 + b"}", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b'{"event_id":"\xc3\x28"}', "not_utf8"),
        (LONE_SURROGATE, "not_utf8"),
        (b'{"a\0":1}', "null_byte"),
        (b"[]", "not_object"),
        (b'"text"', "not_object"),
        (b"null", "not_object"),
        (b"5", "not_object"),
        (b"NaN", "not_json"),
        (b"{}", "missing_field"),
    ],
)
def test_what_is_no_record_is_refused_for_its_own_reason(value: bytes | None, expected: str) -> None:
    assert reason(Call, value) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"event_id": 5}, "wrong_type"),
        ({"event_id": None}, "wrong_type"),
        ({"event_id": ""}, "out_of_bounds"),
        ({"event_id": "x" * 129}, "out_of_bounds"),
        ({"event_id": "a\u0000b"}, "null_byte"),
        ({"event_id": "a\nb"}, "malformed"),
        ({"occurred_at": str(NOON)}, "wrong_type"),
        ({"occurred_at": float(NOON)}, "wrong_type"),
        ({"occurred_at": True}, "wrong_type"),
        ({"occurred_at": NOON // 1000}, "time_implausible"),
        ({"occurred_at": NOON * 1000}, "time_implausible"),
        ({"occurred_at": 10**30}, "time_implausible"),
        ({"subscriber": "13800138000"}, "malformed"),
        ({"subscriber": "+86 138 0013 8000"}, "malformed"),
        ({"subscriber": "+8613800138000\n"}, "malformed"),
        ({"peer": "\u0000"}, "null_byte"),
        ({"peer": "\u0085"}, "malformed"),
        ({"peer": "9" * 65}, "out_of_bounds"),
        ({"direction": "sideways"}, "unknown_value"),
        ({"phase": "vanished"}, "unknown_value"),
        ({"phase": "ended\u0000"}, "null_byte"),
        ({"phase": 3}, "wrong_type"),
        ({"duration_s": -1}, "out_of_bounds"),
        ({"duration_s": 86400 + 1}, "out_of_bounds"),
        ({"duration_s": 5.0}, "wrong_type"),
        ({"forwarded": 1}, "wrong_type"),
        ({"forwarded": "true"}, "wrong_type"),
        ({"schema_version": 0}, "out_of_bounds"),
    ],
)
def test_a_call_with_a_bad_field_is_refused_for_its_own_reason(changed: dict[str, Any], expected: str) -> None:
    assert call_reason(**changed) == expected


@pytest.mark.parametrize(
    ("model", "changed", "expected"),
    [
        (Sms, {"text": "x" * (f.MESSAGE_CHARS_MAX + 1)}, "out_of_bounds"),
        (Sms, {"text": "x" * 5_000_000}, "too_large"),
        (Sms, {"text": "pay\u0000me"}, "null_byte"),
        (Transaction, {"amount_minor": -1}, "out_of_bounds"),
        (Transaction, {"amount_minor": f.MONEY_MINOR_MAX + 1}, "out_of_bounds"),
        (Transaction, {"amount_minor": "100"}, "wrong_type"),
        (Transaction, {"currency": "yuan"}, "malformed"),
        (Transaction, {"payer_account": "6222 0202"}, "malformed"),
        (Subscriber, {"accounts": ["1"] * 65}, "out_of_bounds"),
        (Subscriber, {"accounts": "1"}, "wrong_type"),
        (Subscriber, {"accounts": ["1", 2]}, "wrong_type"),
        (AccountCommand, {"score": 1.01}, "out_of_bounds"),
        (AccountCommand, {"reasons": [{}]}, "missing_field"),
        (AccountCommand, {"reasons": ["text"]}, "wrong_type"),
        (AccountCommand, {"expires_at": NOON}, "inconsistent"),
        (PolicyRecord, {"name": "Relay"}, "malformed"),
        (PolicyRecord, {"body": []}, "wrong_type"),
        (PolicyRecord, {"body": None}, "wrong_type"),
        (PolicyRecord, {"body": {"a": [{"b": "\u0000"}]}}, "null_byte"),
        (PolicyRecord, {"body": {"a": {"\u0000": 1}}}, "null_byte"),
        (PolicyRecord, {"body": {"a": {"b": [0, 2**53]}}}, "out_of_bounds"),
        (PolicyRecord, {"body": {"a": -1e300}}, "out_of_bounds"),
        (PolicyRecord, {"body": {"a": float("inf")}}, "not_json"),
        (CaseRecord, {"moments_left_out": -1}, "out_of_bounds"),
        (CaseRecord, {"timeline": [{"at": NOON, "what": "state", "text": "a\nb"}]}, "malformed"),
        (CaseRecord, {"timeline": [{"at": NOON, "what": "dream", "text": "a"}]}, "unknown_value"),
        (CaseRecord, {"closed_as": "lost"}, "unknown_value"),
    ],
)
def test_other_records_with_a_bad_field_are_refused_for_their_own_reason(
    model: type[BaseModel], changed: dict[str, Any], expected: str
) -> None:
    assert reason(model, raw(model, **changed)) == expected


@NAMED
def test_every_field_without_a_default_must_be_there(model: type[BaseModel]) -> None:
    for name in LEAST[model]:
        less = {other: value for other, value in LEAST[model].items() if other != name}
        problem = refusal(model, orjson.dumps(less))
        assert (problem.reason, problem.detail) == ("missing_field", f"{name}: Field required")


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
@pytest.mark.parametrize("name", [b"score", b"not_known"])
def test_numbers_that_are_none_are_not_json_wherever_they_stand(name: bytes, constant: bytes) -> None:
    score_less = {key: value for key, value in LEAST[AccountCommand].items() if key.encode() != name}
    value = orjson.dumps(score_less)[:-1] + b',"' + name + b'":' + constant + b"}"
    assert reason(AccountCommand, value) == "not_json"


@pytest.mark.parametrize(
    "tail",
    [
        b',"peer":"x"}',
        b',"peer" :"x"}',
        b',"p\\u0065er":"x"}',
        b',"later":1,"later":2}',
        b',"later":{"a":1,"a":1}}',
        b',"later":[{"a":":","a":1}]}',
    ],
)
def test_a_field_named_twice_is_refused_at_any_depth(tail: bytes) -> None:
    assert reason(Call, raw(Call)[:-1] + tail) == "duplicate_field"


def test_a_lone_surrogate_is_found_between_whole_pairs_and_escaped_backslashes() -> None:
    assert reason(Call, b'{"a":"\\ud83d\\ude00\\\\u\\udc00"}') == "not_utf8"
    assert reason(Call, b'{"a":"\\ud83d\\ude00\\\\ud800"') == "not_json"


def test_a_detail_names_the_path_of_the_field_and_the_rule() -> None:
    record = raw(Subscriber, trusted_peers=["a", "b" * 65])
    assert refusal(Subscriber, record).detail == "trusted_peers.1: String should have at most 64 characters"


def test_a_topic_without_a_model_has_no_decoder() -> None:
    with pytest.raises(AssertionError, match="has no model yet"):
        decoder(Topic("some.topic", "key", "case", None, None, "Not yet"))


# Whatever comes in


def outcome(model: type[BaseModel], value: bytes) -> BaseModel | Rejected:
    """The model or the refusal. Any other exception fails the test."""
    try:
        return DECODE[model](value)
    except Rejected as problem:
        return problem


@NAMED
@given(value=st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_a_refusal(model: type[BaseModel], value: bytes) -> None:
    assert isinstance(outcome(model, value), Rejected)


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@NAMED
@given(data=st.data())
def test_a_record_with_any_json_in_a_field_raises_nothing_but_a_refusal(
    model: type[BaseModel], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(model.model_fields)))
    value = json.dumps(LEAST[model] | {name: data.draw(JSON_VALUE)}).encode()
    if isinstance(decoded := outcome(model, value), model):
        assert DECODE[model](encode(decoded)) == decoded


@NAMED
@given(data=st.data())
def test_a_record_with_bytes_put_in_taken_out_or_changed_raises_nothing_but_a_refusal(
    model: type[BaseModel], data: st.DataObject
) -> None:
    value = raw(model)
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(len(value), start + 8)))
    patch = data.draw(st.binary(max_size=8) | st.sampled_from([b"\\u0000", b"\\ud800", b"NaN", b'"', b"\\"]))
    mutated = value[:start] + patch + value[end:]
    if isinstance(decoded := outcome(model, mutated), model):
        json.loads(mutated.decode(), parse_constant=pytest.fail)
        assert DECODE[model](encode(decoded)) == decoded


SECRET = "secret-6222020200112233445"


@NAMED
@pytest.mark.parametrize("wrong", [SECRET, [SECRET], {SECRET: SECRET}, SECRET * 100, SECRET + "\u0000"])
def test_a_refusal_repeats_nothing_of_the_input(model: type[BaseModel], wrong: Any) -> None:
    for name in model.model_fields:
        problem = outcome(model, raw(model, **{name: wrong}))
        assert isinstance(problem, model) or "secret" not in f"{problem} {problem!r}"


@pytest.mark.parametrize("action", [SECRET, [SECRET], {SECRET: SECRET}, SECRET + "\u0000"])
def test_a_refusal_repeats_no_tag_that_is_not_known(action: Any) -> None:
    problem = refusal(Order, raw(Order, command={"action": action}))
    assert "secret" not in f"{problem} {problem!r}"


@pytest.mark.parametrize("inner", [{SECRET: "\u0000"}, {SECRET: [2**60]}, {SECRET + "\u0000": 1}])
def test_a_refusal_repeats_nothing_of_what_is_in_a_policy(inner: Any) -> None:
    problem = refusal(PolicyRecord, raw(PolicyRecord, body={SECRET: inner}))
    assert "secret" not in f"{problem} {problem!r}"


def test_a_refusal_drags_no_other_exception_along_that_could_be_printed_with_it() -> None:
    problem = refusal(Call, raw(Call, peer=1))
    assert problem.__cause__ is problem.__context__ is None


@NAMED
def test_a_refusal_repeats_nothing_of_broken_json(model: type[BaseModel]) -> None:
    for value in (raw(model)[:-1], SECRET.encode(), b'{"' + SECRET.encode() + b'":1,,}'):
        assert "secret" not in refusal(model, value).detail


# Limits


LONGEST = {f.E164: "+" + "9" * 15, f.UUID: "00000000-0000-0000-0000-000000000000", f.ISO_4217: "CNY"}
"""By their patterns, strings that have no other bound."""


def largest(schema: Any, definitions: Any) -> Any:
    """A value that takes as many bytes as its bounds allow: four a character where any character will do."""
    if "$ref" in schema:
        return largest(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return max((largest(choice, definitions) for choice in choices), key=lambda v: len(orjson.dumps(v)))
    if "enum" in schema or "const" in schema:
        return max(schema.get("enum") or [schema["const"]], key=len)
    return _LARGEST[schema["type"]](schema, definitions)


def largest_object(schema: Any, definitions: Any) -> dict[str, Any]:
    made = {name: largest(field, definitions) for name, field in schema["properties"].items()}
    return made | {"issued_at": made["issued_at"] - 1} if "issued_at" in made else made


def largest_string(schema: Any, definitions: Any) -> str:
    if "maxLength" not in schema:
        return LONGEST[schema["pattern"]]
    return ("😀" if schema["pattern"].startswith("^[^") else "x") * schema["maxLength"]


_LARGEST: dict[str, Callable[[Any, Any], Any]] = {
    "object": largest_object,
    "array": lambda schema, definitions: [largest(schema["items"], definitions)] * schema["maxItems"],
    "string": largest_string,
    "integer": lambda schema, definitions: max(schema["minimum"], schema["maximum"], key=lambda n: (len(str(n)), n)),
    "number": lambda schema, definitions: (schema["minimum"] or schema["maximum"]) / 3,
    "boolean": lambda schema, definitions: False,
    "null": lambda schema, definitions: None,
}


def is_free(model: type[BaseModel]) -> bool:
    """Whether a record has an object that may hold anything: what is read is its only bound."""
    return any("additionalProperties" in field for field in model.model_json_schema()["properties"].values())


BOUNDED = pytest.mark.parametrize("model", [m for m in MODELS if not is_free(m)], ids=lambda model: model.__name__)
FREE = pytest.mark.parametrize("model", [m for m in MODELS if is_free(m)], ids=lambda model: model.__name__)


@BOUNDED
def test_the_largest_record_a_model_can_hold_is_within_the_size_limit(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    record = in_one_spelling(largest_object(schema, schema.get("$defs", {})))
    encoded = encode(DECODE[model](orjson.dumps(record)))
    assert len(encoded) <= bytes_max(TOPIC_OF[model])
    assert json.loads(encoded) == record, "nothing was left to a default"


def test_the_longest_message_is_read_in_escapes_too() -> None:
    value = json.dumps(LEAST[Sms] | {"text": "好" * f.MESSAGE_CHARS_MAX}).encode()
    assert len(value) > 6 * f.MESSAGE_CHARS_MAX
    assert isinstance(DECODE[Sms](value), Sms)


@FREE
def test_a_record_that_may_hold_anything_is_read_up_to_the_size_limit(model: type[BaseModel]) -> None:
    (name,) = [name for name, value in LEAST[model].items() if isinstance(value, dict)]
    room = RECORD_BYTES_MAX - len(raw(model, **{name: {"a": ""}}))
    assert DECODE[model](raw(model, **{name: {"a": "x" * room}})).model_dump()[name] == {"a": "x" * room}
    assert reason(model, raw(model, **{name: {"a": "x" * (room + 1)}})) == "too_large"


def test_a_policy_is_read_as_deep_as_json_is_and_no_deeper() -> None:
    for depth, is_read in ((150, True), (250, False)):
        body = b'{"a":' * depth + b"1" + b"}" * depth
        value = b'{"name":"relay","body":' + body + b"}"
        decoded = outcome(PolicyRecord, value)
        assert isinstance(decoded, PolicyRecord) == is_read
        if isinstance(decoded, PolicyRecord):
            assert DECODE[PolicyRecord](encode(decoded)) == decoded
