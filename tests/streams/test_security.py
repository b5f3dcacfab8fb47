"""Settings of access: what goes together, secrets from files, and no secret where somebody could read it."""

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from pydantic import SecretStr, ValidationError

from deploy.kafka.certificates import Authority, Identity
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.children import free_port
from streams.kafka.clients import BrokerAbsentError, RefusedError, reach
from streams.kafka.rights import Right, missing_rights
from streams.kafka.security import connection, secrets_of, tls_context
from streams.runtime.app import credentials
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
SASL = {"security_protocol": "SASL_SSL", "sasl_username": "worker"}
HUSH = "hush-hush"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates")


@pytest.fixture
def identity(authority: Authority) -> Identity:
    return authority.vouch("worker")


def refused(**said: Any) -> str:
    with pytest.raises(ValidationError) as problem:
        Settings(**said)
    return str(problem.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"security_protocol": "SASL_SSL"}, "needs INTERDICT_SASL_USERNAME"),
        (SASL, "needs INTERDICT_SASL_PASSWORD_FILE or INTERDICT_SASL_PASSWORD"),
        ({"sasl_username": "worker", "sasl_password": HUSH}, "=PLAINTEXT proves no password"),
        ({"security_protocol": "SSL", "sasl_password": HUSH}, "=SSL proves no password"),
        ({"ssl_ca_file": __file__}, "PLAINTEXT uses no certificate"),
        ({"security_protocol": "SSL", "ssl_cert_file": __file__}, "SSL_CERT_FILE needs INTERDICT_SSL_KEY_FILE"),
        ({"security_protocol": "SSL", "ssl_key_file": __file__}, "SSL_KEY_FILE needs INTERDICT_SSL_CERT_FILE"),
        ({"security_protocol": "SSL", "ssl_ca_file": "/no/such"}, "INTERDICT_SSL_CA_FILE: /no/such: No such file"),
        ({"security_protocol": "SSL", "ssl_ca_file": __file__}, "INTERDICT_SSL_CA_FILE holds no certificates in PEM"),
        (SASL | {"sasl_password_file": "/no/such"}, "INTERDICT_SASL_PASSWORD_FILE: /no/such: No such file"),
        (SASL | {"sasl_password_file": "/dev/null"}, "is empty"),
        (SASL | {"sasl_password": HUSH, "sasl_password_file": __file__}, "are both given"),
        ({"log_hash_key_file": "/no/such"}, "INTERDICT_LOG_HASH_KEY_FILE: /no/such: No such file"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_said(said: dict[str, Any], words: str) -> None:
    told = refused(**said)
    assert words in told
    assert HUSH not in told


@pytest.mark.parametrize("unsafe", [{"security_protocol": "SASL_PLAINTEXT"}, {"sasl_mechanism": "PLAIN"}])
def test_what_would_send_secrets_or_decisions_in_clear_cannot_be_set(unsafe: dict[str, Any]) -> None:
    assert refused(**unsafe)


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{HUSH} \r\n")
    settings = Settings(**SASL, sasl_password_file=tmp_path / "password")
    assert settings.sasl_password.get_secret_value() == f"{HUSH} "


def test_every_secret_of_the_settings_may_come_from_a_file() -> None:
    fields = Settings.model_fields
    secrets = {name for name in fields if fields[name].annotation is SecretStr}
    assert secrets == set(secrets_of(Settings))
    suspicious = {name for name in fields if re.search(r"(password|secret|token|_key)$", name)}
    assert suspicious == secrets, "whatever is secret is a SecretStr"


def test_no_secret_is_in_the_settings_words(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(HUSH)
    settings = Settings(**SASL, sasl_password=HUSH, ssl_key_password=HUSH, log_hash_key_file=tmp_path / "key")
    assert HUSH not in repr(settings) + str(settings) + settings.model_dump_json()
    assert HUSH not in repr(credentials(settings))


def test_a_child_process_gets_the_settings_and_a_secrets_file_instead_of_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(HUSH)
    settings = Settings(**SASL, sasl_password="told", log_hash_key_file=tmp_path / "key", partitions=3)
    environment = settings.as_environment()
    assert HUSH not in environment.values()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_an_empty_variable_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        if name.endswith("_file"):
            monkeypatch.setenv(f"INTERDICT_{name.upper()}", "")
    assert Settings() == Settings.model_construct(**dict(Settings()))


# -- TLS -----------------------------------------------------------------------------------------------------


def mtls(authority: Authority, identity: Identity, **more: Any) -> dict[str, Any]:
    return {
        "security_protocol": "SSL", "ssl_ca_file": authority.file, "ssl_cert_file": identity.cert,
        "ssl_key_file": identity.key,
    } | more  # fmt: skip


def test_a_broker_is_always_verified_by_name_too_and_old_tls_is_not_spoken(
    authority: Authority, identity: Identity
) -> None:
    context = tls_context(Settings(**mtls(authority, identity)))
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.minimum_version.name == "TLSv1_2"


def test_the_key_of_another_certificate_is_refused(authority: Authority, identity: Identity) -> None:
    other = authority.vouch("other")
    told = refused(**mtls(authority, identity, ssl_key_file=other.key))
    assert "the key of INTERDICT_SSL_KEY_FILE is not that of INTERDICT_SSL_CERT_FILE" in told


def test_an_encrypted_key_is_opened_by_its_password_and_nobody_is_asked_at_the_terminal(
    authority: Authority, identity: Identity, tmp_path: Path
) -> None:
    key = serialization.load_pem_private_key(identity.key.read_bytes(), None)
    encrypted, password = tmp_path / "encrypted.key", tmp_path / "password"
    how = serialization.BestAvailableEncryption(HUSH.encode())
    encrypted.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    password.write_text(HUSH + "\n")
    said = mtls(authority, identity, ssl_key_file=encrypted)
    assert tls_context(Settings(**said, ssl_key_password_file=password))
    for wrong in ({}, {"ssl_key_password": "guessed"}):
        told = refused(**said, **wrong)
        assert "is encrypted, and INTERDICT_SSL_KEY_PASSWORD does not open it" in told
        assert "guessed" not in told


def test_a_password_is_proven_by_the_same_means_in_every_client(authority: Authority) -> None:
    settings = Settings(**SASL, sasl_password=HUSH, ssl_ca_file=authority.file)
    said, faust = connection(settings), credentials(settings)
    assert (said["security_protocol"], said["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (faust.protocol.value, faust.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (faust.username, faust.password) == (said["sasl_plain_username"], said["sasl_plain_password"])


# -- one place -----------------------------------------------------------------------------------------------


def test_clients_are_made_in_one_place_so_that_security_holds_for_every_command() -> None:
    made = re.compile(r"AIOKafka(Consumer|Producer|AdminClient)\(")
    files = [path for package in ("streams", "agents", "interdict") for path in (ROOT / package).rglob("*.py")]
    makers = {path.name for path in files if made.search(path.read_text())}
    # The embedded broker's own look whether it answers is on loopback, and it knows no security.
    assert makers == {"clients.py", "producer.py", "broker.py"}


async def test_whoever_is_not_there_is_absent_and_not_refusing() -> None:
    with pytest.raises(BrokerAbsentError, match="no broker answers"):
        await reach(Settings(bootstrap=f"127.0.0.1:{free_port()},127.0.0.1:{free_port()}"))


@pytest.mark.broker
async def test_one_broker_of_the_list_is_enough(broker: str) -> None:
    await reach(Settings(bootstrap=f"127.0.0.1:{free_port()},{broker}"))


async def test_tls_with_a_broker_that_speaks_none_is_said_in_one_line() -> None:
    async with EmbeddedBroker() as broker:
        with pytest.raises(RefusedError, match="SSL is not what it speaks there"):
            await reach(Settings(bootstrap=broker.bootstrap, security_protocol="SSL"))


@pytest.mark.broker
async def test_a_broker_without_acls_grants_everything(broker: str) -> None:
    wanted = [Right("Topic", "no-such-topic", "Write"), Right("Group", "anybody", "Read")]
    assert await missing_rights(Settings(bootstrap=broker), wanted) == []
