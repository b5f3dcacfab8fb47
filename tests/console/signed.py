"""Signed commands, true ones and altered ones, and the executor's example as a module."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from interdict.access.verifier import Verdict, Verifier
from schemas.topics import PHONE
from streams.runtime.signing import KEY_ID, SIGNATURE, VERSION, Signer, key_id, signed_bytes_v1

EXAMPLE = Path(__file__).parents[2] / "deploy" / "examples" / "executor.py"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEYS = {key_id(PRIVATE.public_key()): PRIVATE.public_key()}
BOTH = KEYS | {key_id(OTHER.public_key()): OTHER.public_key()}
HERE = "production"
NAMED = {"INTERDICT_ENVIRONMENT": HERE}
NOW = 1_767_250_800_000
HOUR_MS = 3_600_000


def example() -> Any:
    """The executor's example as a module, as whoever copied it has it."""
    spec = importlib.util.spec_from_file_location("executor", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXECUTOR = example()


def command(
    command_id: str = "c-1",
    expires_at: int = NOW + HOUR_MS,
    private: Ed25519PrivateKey = PRIVATE,
    environment: str = HERE,
    topic: str = PHONE.name,
    **more: Any,
) -> SimpleNamespace:
    """A signed record, as much of a command as is looked at."""
    key = b"+8613800138000"
    value = orjson.dumps({"command_id": command_id, "expires_at": expires_at, "action": "suspend"} | more)
    return record(key, value, Signer(private, environment).headers(topic, key, value), topic)


def command_v1(command_id: str = "c-1", expires_at: int = NOW + HOUR_MS) -> SimpleNamespace:
    """The same, signed as workers did before."""
    one = command(command_id, expires_at)
    signature = PRIVATE.sign(signed_bytes_v1(one.key, one.value))
    return record(one.key, one.value, [(SIGNATURE, signature), (KEY_ID, key_id(PRIVATE.public_key()).encode())])


def record(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, Any]], topic: str = PHONE.name
) -> SimpleNamespace:
    return SimpleNamespace(
        topic=topic, partition=0, offset=0, key=key, value=value, headers=[("ce_id", b"1"), *headers]
    )


def check(checker: Verifier, one: SimpleNamespace, now_ms: int = NOW) -> Verdict:
    return checker.check(one.topic, one.key, one.value, one.headers, now_ms)


def header(one: SimpleNamespace, name: str) -> Any:
    return dict(one.headers).get(name)


OURS = {"signature": SIGNATURE, "key_id": KEY_ID, "version": VERSION}


def altered(one: SimpleNamespace, **what: Any) -> SimpleNamespace:
    """The record with another topic, key, value or header of ours, or with more headers; None leaves a header out."""
    headers = {name: what.get(short, header(one, name)) for short, name in OURS.items()}
    kept = [(name, value) for name, value in headers.items() if value is not None]
    more = what.get("more", [])
    return record(what.get("key", one.key), what.get("value", one.value), kept + more, what.get("topic", one.topic))


TRUE = command()
ELSE = command("c-2")
