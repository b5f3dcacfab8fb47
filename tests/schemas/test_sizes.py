"""What we write is bounded where it is made: the largest record of a model is well below what any topic takes."""

from typing import Any

import pytest

from schemas.topics import ACCEPTED, ACCOUNT_TRANSFERS, INTERNAL, TOPICS, Topic
from streams.settings import Settings

COPIES = (ACCEPTED, ACCOUNT_TRANSFERS)
"""As long as what is read."""
WRITTEN = [
    topic
    for topic in (*TOPICS, *INTERNAL)
    if topic.model and topic.kind not in ("input", "reference") and topic not in COPIES
]
CHARACTER_BYTES = 6
"""The most that one takes in JSON: escaped."""
SHORT = {
    r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$": 36,
    r"^\+[1-9][0-9]{6,14}$": 16,
}
"""Patterns that say how long a text is."""
NUMBER_BYTES = 25
HEADERS_BYTES = 8192
"""More than what is put on where a record leaves."""


def largest(schema: dict[str, Any], types: dict[str, Any]) -> int:
    """Bytes of the largest JSON that a schema allows. Raises KeyError where it has no bound."""
    if "$ref" in schema:
        return largest(types[schema["$ref"].rpartition("/")[2]], types)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return max(largest(choice, types) for choice in choices)
    if words := schema.get("enum") or [word for word in (schema.get("const"),) if word is not None]:
        return max(len(str(word)) for word in words) * CHARACTER_BYTES + 2
    match schema["type"]:
        case "string":
            return (SHORT.get(schema.get("pattern", "")) or schema["maxLength"]) * CHARACTER_BYTES + 2
        case "array":
            return 2 + schema["maxItems"] * (1 + largest(schema["items"], types))
        case "object":
            return 2 + sum(len(name) + 4 + largest(inside, types) for name, inside in schema["properties"].items())
        case _:
            return NUMBER_BYTES


@pytest.mark.parametrize("topic", WRITTEN, ids=lambda topic: topic.name)
def test_the_largest_output_is_below_a_batch_of_ours(topic: Topic) -> None:
    assert topic.model is not None
    schema = topic.model.model_json_schema()
    assert largest(schema, schema.get("$defs", {})) + HEADERS_BYTES < Settings().produce_batch_bytes_max


def test_a_text_without_a_bound_is_noticed() -> None:
    with pytest.raises(KeyError):
        largest({"type": "object", "properties": {"text": {"type": "string"}}}, {})
