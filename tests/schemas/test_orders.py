"""Orders: what a person's relay asks of the desk comes through as it was sent, each kind of command as itself."""

from typing import Any

import orjson
import pytest
from pydantic import BaseModel, ValidationError

from schemas.codec import Rejected, decoder, encode
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, SessionCommand
from schemas.orders import DESK, Order
from schemas.topics import ORDERS
from tests.schemas.records import COMMAND, LEAST

KINDS: dict[str, type[BaseModel]] = {
    "dissuade": Dissuasion,
    "approve": Dissuasion,
    "suspend": PhoneCommand,
    "restore": PhoneCommand,
    "stop_payment": AccountCommand,
    "freeze": AccountCommand,
    "release": AccountCommand,
    "hold": AccountCommand,
    "force_login": SessionCommand,
}
"""What a command is, by its action."""

decode = decoder(ORDERS)


def command(kind: str, **changed: Any) -> dict[str, Any]:
    named = {"transaction_id": "t-1"} if kind == "hold" else {}
    return LEAST[KINDS[kind]] | named | {"action": kind} | changed


def raw(**changed: Any) -> bytes:
    return orjson.dumps(LEAST[Order] | changed)


def read(**changed: Any) -> Order:
    decoded = decode(raw(**changed))
    assert isinstance(decoded, Order)
    return decoded


def refusal(**changed: Any) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decode(raw(**changed))
    return refused.value


def test_every_action_of_every_command_can_be_ordered() -> None:
    actions: dict[str, type[BaseModel]] = {}
    for model in set(KINDS.values()):
        schema = model.model_json_schema()["properties"]["action"]
        actions |= dict.fromkeys(schema.get("enum") or [schema["const"]], model)
    assert actions == KINDS


@pytest.mark.parametrize("action", KINDS)
def test_an_order_comes_through_with_its_command_as_it_was_sent(action: str) -> None:
    sent = Order(
        event_id=f"do/{COMMAND}",
        occurred_at=LEAST[Order]["occurred_at"],
        kind="do",
        of=COMMAND,
        area="district-02",
        approved=True,
        command=KINDS[action].model_validate(command(action)),  # type: ignore[arg-type]
    )
    received = decode(encode(sent))
    assert received == sent
    assert isinstance(received, Order)
    assert type(received.command) is KINDS[action]
    assert encode(received) == encode(sent)


def test_an_order_that_a_task_is_over_has_no_command() -> None:
    order = read(kind="done", of=COMMAND)
    assert (order.kind, order.of, order.command, order.approved) == ("done", COMMAND, None, False)


def test_the_desk_is_named_whether_the_record_does_so_or_not() -> None:
    assert read().desk == read(desk="desk").desk == DESK
    assert refusal(desk="another").reason == "unknown_value"


@pytest.mark.parametrize("action", ["unfreeze", "", "Freeze", "freeze\u0000", None, 5, True, ["freeze"]])
def test_an_unknown_action_is_refused_and_those_that_are_known_are_named(action: Any) -> None:
    problem = refusal(command=command("freeze", action=action))
    assert problem.reason == "unknown_value"
    assert all(f"'{known}'" in problem.detail for known in KINDS)


def test_a_command_without_an_action_is_refused_even_where_it_has_a_default() -> None:
    assert refusal(command=LEAST[Dissuasion]).reason == "missing_field"
    assert refusal(command={}).reason == "missing_field"


@pytest.mark.parametrize("value", ["freeze", 5, [], [{}]])
def test_a_command_that_is_no_object_is_refused(value: Any) -> None:
    assert refusal(command=value).reason == "wrong_type"


def test_a_command_is_held_to_the_rules_of_its_own_kind() -> None:
    phone = command("suspend", action="freeze")
    problem = refusal(command=phone)
    assert (problem.reason, problem.detail) == ("missing_field", "command.freeze.account: Field required")
    late = command("suspend", expires_at=LEAST[PhoneCommand]["issued_at"])
    assert refusal(command=late).reason == "inconsistent"
    assert refusal(command=command("freeze", hop=65)).reason == "out_of_bounds"


def test_a_field_named_twice_in_the_command_is_refused() -> None:
    value = raw(command=command("suspend")).replace(b'"scope"', b'"later"')
    twice = value.replace(b'"action":"suspend"', b'"action":"suspend","action":"restore"')
    with pytest.raises(Rejected, match="duplicate_field"):
        decode(twice)


def test_an_order_made_in_python_is_as_strict() -> None:
    with pytest.raises(ValidationError):
        Order.model_validate(LEAST[Order] | {"command": command("freeze", action="unfreeze")})
