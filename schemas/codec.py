"""From bytes to models and back. Whatever the bytes, a decoder returns a model or raises `Rejected`."""

import json
import re
from collections.abc import Callable
from typing import Any, Literal, get_args

import orjson
from pydantic import BaseModel, ValidationError

from schemas import fields as f
from schemas.events import Sms
from schemas.topics import Topic

RECORD_BYTES_MAX = f.RECORD_BYTES_MAX


def bytes_max(topic: Topic) -> int:
    """The most that is read of a topic's records. Looked at before anything is parsed."""
    return f.MESSAGE_RECORD_BYTES_MAX if topic.model is Sms else RECORD_BYTES_MAX


UnpackReason = Literal[
    "header_not_utf8",
    "record_corrupt",
    "offset_implausible",
    "batch_corrupt",
    "codec_unknown",
    "format_unknown",
    "unpacked_too_large",
]
"""Why a record never came to be a value at all: see `streams.kafka.unpacking`."""
UNPACK_REASONS: tuple[UnpackReason, ...] = get_args(UnpackReason)

RejectReason = Literal[
    "tombstone",
    "too_large",
    "not_utf8",
    "not_json",
    "not_object",
    "duplicate_field",
    "missing_field",
    "wrong_type",
    "null_byte",
    "malformed",
    "out_of_bounds",
    "unknown_value",
    "time_implausible",
    "inconsistent",
    "too_late",
    "key_mismatch",
    "key_invalid",
    "policy_invalid",
    "undecidable",
    UnpackReason,
]

_REASON_OF: dict[str, RejectReason] = {
    "missing": "missing_field",
    "string_pattern_mismatch": "malformed",
    "string_too_short": "out_of_bounds",
    "string_too_long": "out_of_bounds",
    "too_short": "out_of_bounds",
    "too_long": "out_of_bounds",
    "greater_than_equal": "out_of_bounds",
    "less_than_equal": "out_of_bounds",
    "finite_number": "out_of_bounds",
    "literal_error": "unknown_value",
    "union_tag_invalid": "unknown_value",
    "union_tag_not_found": "missing_field",
    "null_byte": "null_byte",
    "out_of_bounds": "out_of_bounds",
    "value_error": "inconsistent",
}
"""Reason of a pydantic error type. Those not listed say that a value has the wrong type."""


class Rejected(Exception):  # noqa: N818 - a refused record is no error of ours
    """A record that cannot be taken.

    Args:
        reason: a code from a closed list, fit for a metric's label.
        detail: which field broke which rule. Never the input's value: it may be somebody's phone number.
    """

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def encode(model: BaseModel) -> bytes:
    """A model as JSON in UTF-8: fields in the order of the model, nulls kept."""
    return model.__pydantic_serializer__.to_json(model)


def decoder(topic: Topic) -> Callable[[bytes | None], BaseModel]:
    """A function from a record's value to the topic's model; it raises `Rejected` for whatever is not valid.

    An object that names a field twice is refused, since two readers could understand it differently. To look
    for that costs more than to decode, so records that cannot have such a field are told apart first: they
    have no more colons than fields.
    """
    assert topic.model is not None, f"{topic.name} has no model yet"
    validate = topic.model.__pydantic_validator__.validate_json
    most = bytes_max(topic)

    def decode(raw: bytes | None) -> BaseModel:
        if not raw:
            raise Rejected("tombstone", "the value is empty")
        if len(raw) > most:
            raise Rejected("too_large", f"more than {most} bytes")
        try:
            model: BaseModel = validate(raw)
        except ValidationError as error:
            problem: Rejected | None = _why(error, raw)
        else:
            if raw.count(b":") == len(model.__pydantic_fields_set__):
                return model
            problem = _ambiguity(raw)
        if problem is not None:
            raise problem
        return model

    return decode


def _why(error: ValidationError, raw: bytes) -> Rejected:
    """The first thing wrong with a record, the most basic first."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return _not_json(first["msg"], raw)
    return _ambiguity(raw) or Rejected(_reason(first), f"{_path(first)}: {_rule(first)}")


def _not_json(message: str, raw: bytes) -> Rejected:
    if not _is_unicode(raw):
        return Rejected("not_utf8", "the value is not Unicode text in UTF-8")
    if b"\0" in raw:
        return Rejected("null_byte", "the value contains a null byte")
    return Rejected("not_json", message)


_ESCAPED_PAIR = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _is_unicode(raw: bytes) -> bool:
    """Whether the bytes are UTF-8 and every escaped surrogate has its other half."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return _ESCAPED_SURROGATE.search(_ESCAPED_PAIR.sub(b"", raw)) is None


class _AmbiguousError(Exception):
    """JSON that readers do not agree on."""


def _ambiguity(raw: bytes) -> Rejected | None:
    """What the fast parser lets pass: a field named twice, and numbers that are none."""
    if _names_each_field_once(raw):
        return None
    try:
        json.loads(raw, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=len, parse_float=len)
    except _AmbiguousError as problem:
        return Rejected(*problem.args)
    return None


_SPACED_NAME = re.compile(rb'"[ \t\r\n]+:').search


def _names_each_field_once(raw: bytes) -> bool:
    """Whether a look suffices: a flat object, strict JSON, with as many `":` as it has fields."""
    try:
        fields = len(orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError):
        return False
    return raw.count(b'":') == fields and not _SPACED_NAME(raw)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) != len(dict(pairs)):
        raise _AmbiguousError("duplicate_field", "a field is named twice")


def _refuse(_: str) -> None:
    raise _AmbiguousError("not_json", "NaN and Infinity are not JSON")


def _reason(error: Any) -> RejectReason:
    value, path = error["input"], error["loc"]
    reason = _REASON_OF.get(error["type"], "wrong_type")
    if isinstance(value, str) and "\0" in value:
        return "null_byte"
    if reason == "wrong_type" and not path:
        return "not_object"
    if error["type"] == "literal_error" and not isinstance(value, str):
        return "wrong_type"
    if reason == "out_of_bounds" and str(path[-1]).endswith("_at"):
        return "time_implausible"
    return reason


def _rule(error: Any) -> str:
    """What should have been; pydantic's own words of a tag repeat it."""
    if error["type"] == "union_tag_invalid":
        return f"{error['ctx']['discriminator']} should be one of {error['ctx']['expected_tags']}"
    return str(error["msg"])


def _path(error: Any) -> str:
    return ".".join(map(str, error["loc"])) or "the value"
