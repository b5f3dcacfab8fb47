"""What is signed, by which key, and what is said when a key cannot be used."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from schemas.topics import ACCOUNT, DISSUASION, PHONE, SESSION
from streams.runtime.signing import (
    KEY_ID,
    PEM_BYTES_MAX,
    SIGNATURE,
    SIGNED_TOPICS,
    V1_UNTIL_MS,
    VERSION,
    Signer,
    SigningKeyError,
    read_private_key,
    signed_bytes,
    signed_bytes_v1,
    signer_of,
)
from streams.settings import Settings

SECRET = bytes(range(32))
PRIVATE = Ed25519PrivateKey.from_private_bytes(SECRET)
GOLDEN = (
    "4fe17056c57fa534d4123d5b70f5e6256eca9af52fc7f3334fe36bca42075602"
    "e4881242ff54922c796ffeb4e9d97cff9af038a1aae3051d59dcb68726f32505"
)
GOLDEN_V1 = (
    "9334fa5535fc8777e2412e68b4ff243461412fb61953c546963dcbfda50d7ecc"
    "02dc80c1582f41bb21c3df11496fce0439127b97941df2292eed893c5501f101"
)
COMMANDS = (DISSUASION, PHONE, ACCOUNT, SESSION)


def pem(private: Ed25519PrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def key_file(folder: Path, text: bytes, mode: int = 0o600) -> Path:
    path = folder / "signing.key"
    path.write_bytes(text)
    path.chmod(mode)
    return path


def named(**fields: Any) -> Settings:
    return Settings(environment="test", **fields)


UNUSABLE = {
    "no key": b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXNlY3JldA==\n-----END PRIVATE KEY-----\n",
    "empty": b"",
    "the public key": PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "another kind": generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "encrypted": pem(PRIVATE, BestAvailableEncryption(b"word")),
    "too large": pem(PRIVATE) + b"#" * PEM_BYTES_MAX,
}


def test_the_signature_of_a_command_never_changes() -> None:
    """Executors elsewhere rely on these bytes: whoever changes them must change the domain and the version too."""
    key, value = b"+8613800138000", b'{"command_id":"1"}'
    headers = dict(Signer(PRIVATE, "production").headers(PHONE.name, key, value))
    assert headers[KEY_ID] == b"56475aa75463474c"
    assert headers[VERSION] == b"2"
    assert headers[SIGNATURE].hex() == GOLDEN
    assert PRIVATE.sign(signed_bytes_v1(key, value)).hex() == GOLDEN_V1


def test_version_1_is_taken_until_a_stated_day() -> None:
    assert datetime.fromtimestamp(V1_UNTIL_MS / 1000, UTC) == datetime(2027, 6, 1, tzinfo=UTC)


def test_a_command_signed_again_has_the_same_signature() -> None:
    again = Signer(read_again(PRIVATE), "e")
    assert again.headers("t", b"k", b"v") == Signer(PRIVATE, "e").headers("t", b"k", b"v")


def read_again(private: Ed25519PrivateKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(private.private_bytes_raw())


PART = st.binary(max_size=6)
PARTS = st.tuples(st.text("ab\0", max_size=3), st.text("ab\0", max_size=3), PART, PART)


@given(PARTS, PARTS)
def test_two_commands_are_never_signed_as_the_same_bytes(one: Any, other: Any) -> None:
    assert (signed_bytes(*one) == signed_bytes(*other)) == (one == other)


@given(st.text("ab\0", max_size=6), PART)
def test_where_each_part_ends_is_signed(names: str, record: bytes) -> None:
    """The same bytes, divided otherwise, are another command."""
    named = {signed_bytes(names[:cut], names[cut:], b"k", b"v") for cut in range(len(names) + 1)}
    kept = {signed_bytes("e", "t", record[:cut], record[cut:]) for cut in range(len(record) + 1)}
    assert (len(named), len(kept)) == (len(names) + 1, len(record) + 1)


@given(PARTS, PART, PART)
def test_no_signature_of_one_version_is_one_of_the_other(parts: Any, key: bytes, value: bytes) -> None:
    assert signed_bytes(*parts) != signed_bytes_v1(key, value)


def test_every_topic_of_commands_is_signed_and_no_other() -> None:
    assert {topic.name for topic in COMMANDS} == SIGNED_TOPICS


def test_no_two_topics_share_a_word_so_that_a_command_moved_to_another_topic_is_none_there() -> None:
    """What version 1 rests on, as long as it is taken."""
    words = [word for topic in COMMANDS for word in get_args(topic.model.model_fields["action"].annotation)]  # type: ignore[union-attr]
    assert len(words) == len(set(words)) == 9


def test_a_worker_reads_its_key_and_says_which_it_is(tmp_path: Path) -> None:
    with capture_logs() as lines:
        signer = signer_of(named(signing_key_file=key_file(tmp_path, pem(PRIVATE))))
    assert signer is not None
    assert signer.key_id == "56475aa75463474c"
    assert [line["log_level"] for line in lines] == ["info"]
    assert lines[0]["key_id"] == signer.key_id


@pytest.mark.parametrize("environment", [{}, {"INTERDICT_SIGNING_KEY_FILE": ""}], ids=["unset", "empty"])
def test_a_worker_without_a_key_warns_once_that_commands_are_unsigned(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INTERDICT_SIGNING_KEY_FILE", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with capture_logs() as lines:
        assert signer_of(Settings()) is None
    assert [line["log_level"] for line in lines] == ["warning"]


def test_a_key_without_a_name_of_the_environment_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="INTERDICT_ENVIRONMENT is not set"):
        signer_of(Settings(signing_key_file=key_file(tmp_path, pem(PRIVATE))))


def test_a_key_that_everybody_may_read_is_warned_of(tmp_path: Path) -> None:
    with capture_logs() as lines:
        signer_of(named(signing_key_file=key_file(tmp_path, pem(PRIVATE), mode=0o644)))
    assert [line["log_level"] for line in lines] == ["warning", "info"]


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_key_that_cannot_be_used_is_told_in_one_line_and_never_shown(what: str, tmp_path: Path) -> None:
    text = UNUSABLE[what]
    path = key_file(tmp_path, text)
    with pytest.raises(SigningKeyError) as told:
        signer_of(named(signing_key_file=path))
    line = str(told.value)
    assert "\n" not in line
    assert line.startswith(f"INTERDICT_SIGNING_KEY_FILE: {path}: ")
    assert not any(part.decode() in line for part in text.split(b"\n") if len(part) > 8)
    assert told.value.__suppress_context__, "what the library said stays inside"


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(SigningKeyError, match=str(path)):
            read_private_key(path)


def test_neither_signer_nor_settings_show_the_key(tmp_path: Path) -> None:
    path = key_file(tmp_path, pem(PRIVATE))
    settings = named(signing_key_file=path)
    shown = repr(signer_of(settings)) + repr(settings) + settings.model_dump_json()
    assert pem(PRIVATE).decode().splitlines()[1] not in shown
    assert SECRET.hex() not in shown
