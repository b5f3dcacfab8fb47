"""How a process proves to the brokers who it is, and they to it: settings, credentials, TLS.

    PLAINTEXT   nothing is proven and nothing is hidden: for a broker on this machine
    SSL         TLS; with a certificate of its own the process proves who it is (mTLS)
    SASL_SSL    TLS, and a user's password by SCRAM, which never sends it

There is no SASL_PLAINTEXT: what is decided about persons would travel in clear. A broker's certificate is always
verified, its host name included, and TLS is 1.2 or later.
"""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_BYTES_MAX = 8192
LOOPBACK = re.compile(r"localhost$|127\.|\[?::1\]?$")
FILE = "_file"

OptionalFile = Annotated[Path | None, BeforeValidator(lambda said: said or None)]
"""A file's path. An empty variable is as good as none: compose and Helm cannot leave one out."""


class SecuritySettings(BaseSettings):
    """The part of a process's settings that is about who it is. A secret may always come from a file instead.

    Raises:
        pydantic.ValidationError: on construction, a secret's file cannot be read, or settings contradict one another.
            No message repeats a secret.
    """

    model_config = SettingsConfigDict(env_prefix="INTERDICT_", hide_input_in_errors=True, frozen=True)

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How brokers are talked to."
    )
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = Field(
        "SCRAM-SHA-512", description="How a password is proven."
    )
    sasl_username: str = Field("", max_length=256, description="The user to be, with SASL_SSL.")
    sasl_password: SecretStr = Field(SecretStr(""), description="The user's password.")
    sasl_password_file: OptionalFile = Field(None, description="A file that holds it.")
    ssl_ca_file: OptionalFile = Field(
        None, description="Authorities that vouch for brokers, PEM; none for those that the system trusts."
    )
    ssl_cert_file: OptionalFile = Field(None, description="This process's certificate and its chain, PEM, for mTLS.")
    ssl_key_file: OptionalFile = Field(None, description="The certificate's key, PEM.")
    ssl_key_password: SecretStr = Field(SecretStr(""), description="The password of an encrypted key.")
    ssl_key_password_file: OptionalFile = Field(None, description="A file that holds it.")

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, said: dict[str, Any]) -> dict[str, Any]:
        """Fill each secret whose file is named."""
        read = dict(said)
        for secret in secrets_of(cls):
            if path := said.get(secret + FILE):
                if said.get(secret):
                    raise ValueError(f"{variable(secret)} and {variable(secret + FILE)} are both given")
                read[secret] = SecretStr(_content(Path(str(path)), variable(secret + FILE)))
        return read

    @model_validator(mode="after")
    def _fits_together(self) -> "SecuritySettings":
        if wrong := "; ".join(_wrong(self)):
            raise ValueError(wrong)
        tls_context(self)
        return self

    def as_environment(self) -> dict[str, str]:
        """The variables under which another process has the settings that this one was given.

        A secret is among them in clear, unless it came from a file: then the file is.
        """
        said = self.model_dump(exclude_unset=True)
        for secret in secrets_of(type(self)):
            if said.get(secret + FILE):
                said.pop(secret, None)
        return {variable(name): _plainly(value) for name, value in said.items() if value is not None}


def secrets_of(kind: type[BaseSettings]) -> list[str]:
    """The settings that are secrets and may come from a file."""
    fields = kind.model_fields
    return [name for name in fields if fields[name].annotation is SecretStr and name + FILE in fields]


def variable(name: str) -> str:
    """The environment variable of a setting.

    >>> variable("sasl_username")
    'INTERDICT_SASL_USERNAME'
    """
    return f"INTERDICT_{name.upper()}"


def is_in_clear(settings: SecuritySettings, bootstrap: str) -> bool:
    """Whether what is said to a broker could be read, and altered, on the way there.

    >>> is_in_clear(SecuritySettings(), "127.0.0.1:9092"), is_in_clear(SecuritySettings(), "kafka:9092")
    (False, True)
    """
    hosts = (address.rpartition(":")[0] for address in bootstrap.split(","))
    return settings.security_protocol == "PLAINTEXT" and any(not LOOPBACK.match(host) for host in hosts)


def connection(settings: SecuritySettings) -> dict[str, Any]:
    """The arguments by which any aiokafka client is who the settings say. Certificates are read anew each time."""
    said: dict[str, Any] = {"security_protocol": settings.security_protocol, "ssl_context": tls_context(settings)}
    if settings.security_protocol == "SASL_SSL":
        said |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    return said


def tls_context(settings: SecuritySettings) -> ssl.SSLContext | None:
    """Whom to trust and what to show; None without TLS.

    Raises:
        ValueError: a certificate or key cannot be read, or they do not belong together.
    """
    if settings.security_protocol == "PLAINTEXT":
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ssl_ca_file)
    except OSError as problem:
        raise ValueError(f"{variable('ssl_ca_file')} holds no certificates in PEM ({_reason(problem)})") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ssl_cert_file is not None:
        _show(context, settings)
    return context


def _show(context: ssl.SSLContext, settings: SecuritySettings) -> None:
    """Load the process's own certificate."""
    assert settings.ssl_cert_file is not None
    asked = []

    def password() -> str:
        asked.append(True)  # without this function OpenSSL would ask at the terminal
        return settings.ssl_key_password.get_secret_value()

    try:
        context.load_cert_chain(settings.ssl_cert_file, settings.ssl_key_file, password)
    except OSError as problem:
        cert, key = variable("ssl_cert_file"), variable("ssl_key_file")
        if asked:
            raise ValueError(f"{key} is encrypted, and {variable('ssl_key_password')} does not open it") from None
        if getattr(problem, "reason", "") == "KEY_VALUES_MISMATCH":
            raise ValueError(f"the key of {key} is not that of {cert}") from None
        raise ValueError(f"{cert} and {key} hold no certificate and key in PEM ({_reason(problem)})") from None


def _wrong(settings: SecuritySettings) -> Iterator[str]:
    """What is missing or contradicts the rest, a sentence each."""
    protocol = f"{variable('security_protocol')}={settings.security_protocol}"
    has_user, has_password = bool(settings.sasl_username), bool(settings.sasl_password.get_secret_value())
    if settings.security_protocol == "SASL_SSL":
        if not has_user:
            yield f"{protocol} needs {variable('sasl_username')}"
        if not has_password:
            yield f"{protocol} needs {variable('sasl_password_file')} or {variable('sasl_password')}"
    elif has_user or has_password:
        yield f"{protocol} proves no password: leave {variable('sasl_username')} away, or say SASL_SSL"
    files = {name: getattr(settings, name) for name in ("ssl_ca_file", "ssl_cert_file", "ssl_key_file")}
    if settings.security_protocol == "PLAINTEXT" and any(files.values()):
        yield f"{protocol} uses no certificate: leave {variable('ssl_*_file')} away, or say SSL or SASL_SSL"
    for one, other in (("ssl_cert_file", "ssl_key_file"), ("ssl_key_file", "ssl_cert_file")):
        if files[one] and not files[other]:
            yield f"{variable(one)} needs {variable(other)}"
    for name, path in files.items():
        if path is not None and (problem := _unreadable(path)):
            yield f"{variable(name)}: {path}: {problem}"


def _unreadable(path: Path) -> str:
    try:
        with path.open("rb"):
            return ""
    except OSError as problem:
        return problem.strerror or type(problem).__name__


def _content(path: Path, name: str) -> str:
    """What a secret's file holds, without the line end that editors put there."""
    try:
        with path.open("rb") as file:
            raw = file.read(SECRET_BYTES_MAX + 1)
    except OSError as problem:
        raise ValueError(f"{name}: {path}: {problem.strerror}") from None
    if not 0 < len(raw) <= SECRET_BYTES_MAX:
        raise ValueError(f"{name}: {path} is empty or longer than {SECRET_BYTES_MAX} bytes")
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{name}: {path} is not UTF-8") from None


def _reason(problem: OSError) -> str:
    return getattr(problem, "reason", "") or problem.strerror or type(problem).__name__


def _plainly(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
