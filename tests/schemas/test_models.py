"""The models: immutable, strict, silent about their content, and each field says its unit and bounds."""

import re

import pytest
from pydantic import BaseModel, ValidationError

from schemas import fields as f
from schemas.commands import Reason
from schemas.events import Call
from schemas.fields import Record
from schemas.reference import Subscriber
from tests.schemas.records import LEAST, MODELS, PERSON

NAMED = pytest.mark.parametrize("model", [*MODELS, Reason], ids=lambda model: model.__name__)


@NAMED
def test_every_field_says_what_it_is_and_ends_as_a_sentence(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@NAMED
def test_every_bound_that_is_checked_is_written_in_the_description(model: type[BaseModel]) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        numbers = re.sub(r"(?<=\d),(?=\d{3})", "", schema["description"])
        for rule in [schema, *schema.get("anyOf", ())]:
            for bound in ("maxLength", "maxItems", "maximum"):
                if bound in rule and not name.endswith("_at"):
                    assert f"{rule[bound]:g}" in numbers or str(rule[bound]) in numbers, (name, bound)


@NAMED
def test_every_string_is_bounded_in_length_or_by_its_pattern_and_holds_no_null_byte(
    model: type[BaseModel],
) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        for rule in [schema, schema.get("items", {}), *schema.get("anyOf", ())]:
            if rule.get("type") == "string" and not {"enum", "const"} & rule.keys():
                assert "maxLength" in rule or rule["pattern"] in (f.E164, f.UUID, f.ISO_4217), name
                assert re.search(rule["pattern"], "a\0b") is None, name


@NAMED
def test_every_number_and_every_list_has_a_maximum(model: type[BaseModel]) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        for rule in [schema, *schema.get("anyOf", ())]:
            kind = rule.get("type")
            assert kind not in ("integer", "number") or {"minimum", "maximum"} <= rule.keys(), name
            assert kind != "array" or "maxItems" in rule, name


@NAMED
def test_times_are_named_at_and_money_is_named_minor(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert name.endswith("_at") == (f.MILLIS in (field.description or "")), name
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
    assert all(next(iter(model.model_fields)) == "schema_version" for model in MODELS)
    assert Record().schema_version == 1
