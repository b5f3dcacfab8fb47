"""The models: immutable, strict, silent about their content, and each field says its unit and bounds."""

import re
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from schemas import fields as f
from schemas.cases import Moment, Taken
from schemas.commands import Reason
from schemas.events import Call
from schemas.fields import Record
from schemas.reference import Subscriber
from tests.schemas.records import LEAST, MODELS, PERSON

PARTS: tuple[type[Record], ...] = (Reason, Moment, Taken)
"""Records within records."""
NAMED = pytest.mark.parametrize("model", [*MODELS, *PARTS], ids=lambda model: model.__name__)


def is_time(name: str) -> bool:
    """Whether a field of this name is a time. In a case's lines it is said in one word."""
    return name.endswith("_at") or name in ("at", "until")


def rules(schema: Any) -> list[Any]:
    """What holds of a field, of what is in its list, and of each value that it may have instead."""
    inner = [schema["items"]] if "items" in schema else []
    return [schema, *(rule for part in [*inner, *schema.get("anyOf", ())] for rule in rules(part))]


def test_every_record_within_a_record_is_looked_at() -> None:
    made = {name for model in MODELS for name in model.model_json_schema().get("$defs", {})} - {"JsonValue"}
    assert made == {part.__name__ for part in PARTS} | {m.__name__ for m in MODELS if m.__name__ in made}


@NAMED
def test_every_field_says_what_it_is_and_ends_as_a_sentence(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@NAMED
def test_every_bound_that_is_checked_is_written_in_the_description(model: type[BaseModel]) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        numbers = re.sub(r"(?<=\d),(?=\d{3})", "", schema["description"])
        for rule in rules(schema):
            for bound in ("maxLength", "maxItems", "maximum"):
                if bound in rule and not is_time(name):
                    assert f"{rule[bound]:g}" in numbers or str(rule[bound]) in numbers, (name, bound)


@NAMED
def test_every_string_is_bounded_in_length_or_by_its_pattern_and_holds_no_null_byte(
    model: type[BaseModel],
) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        for rule in rules(schema):
            if rule.get("type") == "string" and not {"enum", "const"} & rule.keys():
                assert "maxLength" in rule or rule["pattern"] in (f.E164, f.UUID, f.ISO_4217), name
                assert re.search(rule["pattern"], "a\0b") is None, name


@NAMED
def test_every_number_and_every_list_has_a_maximum(model: type[BaseModel]) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        for rule in rules(schema):
            kind = rule.get("type")
            assert kind not in ("integer", "number") or {"minimum", "maximum"} <= rule.keys(), name
            assert kind != "array" or "maxItems" in rule, name


@NAMED
def test_what_may_hold_anything_is_bounded_by_the_record_and_says_so(model: type[BaseModel]) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        for rule in rules(schema):
            assert rule.get("type") != "object" or f"{f.RECORD_BYTES_MAX:,} bytes" in schema["description"], name


@NAMED
def test_times_are_named_at_and_money_is_named_minor(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert is_time(name) == (f.MILLIS in (field.description or "")), name
        assert name.endswith("_minor") == ("minor unit" in (field.description or "")), name


def test_a_record_does_not_change_once_made() -> None:
    call = Call(**LEAST[Call])
    with pytest.raises(ValidationError, match="frozen"):
        call.peer = "95533"  # type: ignore[misc]


def test_a_record_made_in_python_is_as_strict_as_one_that_was_read() -> None:
    with pytest.raises(ValidationError):
        Call(**LEAST[Call] | {"occurred_at": "1767225600000"})


def test_lists_and_tuples_both_make_an_immutable_field() -> None:
    made = Subscriber.model_validate({"subscriber": PERSON, "accounts": ["1", "2"]})
    assert made.accounts == ("1", "2") == Subscriber(subscriber=PERSON, accounts=("1", "2")).accounts


def test_an_error_message_repeats_nothing_of_the_input() -> None:
    with pytest.raises(ValidationError) as refused:
        Call(**LEAST[Call] | {"subscriber": "13800138000"})
    assert "13800138000" not in str(refused.value)


def test_every_record_carries_the_version_of_its_schema_first() -> None:
    assert all(next(iter(model.model_fields)) == "schema_version" for model in (*MODELS, *PARTS))
    assert Record().schema_version == 1
