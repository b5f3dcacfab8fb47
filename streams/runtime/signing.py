"""Signed commands: proof to an executor that a command is the centre's, is for its topic, and is as it was decided.

    signature = Ed25519 (RFC 8032) over
                "interdict command v2" 0x00 | environment | topic | key | value
                                              each with its length before it, 4 bytes, big-endian

Key and value are the record's own bytes, so that nobody needs to agree on how JSON is written. Lengths keep apart what
could be divided otherwise, and the first bytes keep a signature from meaning anything elsewhere. Environment and topic
are not told, but known to both sides: a command copied from a test environment, or to another topic, proves nothing
there. No other header is covered.

Before, version 1 covered key and value only. Receivers take it until `V1_UNTIL_MS`, and nobody signs by it.

Ed25519 takes no random number: a command that is decided again after a crash has the same signature. Signing belongs to
the shell, where records leave for the broker: nothing that decides holds a key, and `interdict replay` signs nothing.

The signature is a header of 64 raw bytes and no text: base64 has several ways to write the same bytes, hexadecimal two,
and every receiver would have to refuse all but one.
"""

import hashlib
import os
import stat
from pathlib import Path

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from schemas.topics import ACTIONS
from streams.core.errors import ExpectedError
from streams.settings import Settings

log = structlog.get_logger(__name__)

SIGNATURE = "interdict_signature"
"""Header: the signature, 64 raw bytes."""
KEY_ID = "interdict_key_id"
"""Header: which key signed, in hexadecimal."""
KEY_ID_CHARS = 16
VERSION = "interdict_signature_version"
"""Header: by which version of the signed bytes; version 1 had none."""
V2 = b"2"
DOMAIN = b"interdict command v2\0"
DOMAIN_V1 = b"interdict command v1\0"
V1_UNTIL_MS = 1_811_808_000_000
"""2027-06-01T00:00:00Z: until then receivers take version 1, so that workers may follow executors one by one."""
SIGNED_TOPICS = frozenset(topic.name for topic in ACTIONS)
"""Topics whose every record is signed: commands."""
PEM_BYTES_MAX = 16_384
"""A key's file is some 120 bytes; more than this is not read."""


class SigningKeyError(ExpectedError):
    """A key that cannot be used; says which file and why, never what is in it."""


class Signer:
    """Signs commands with one private key, for one environment."""

    def __init__(self, private: Ed25519PrivateKey, environment: str) -> None:
        self._private = private
        self._environment = environment
        self.key_id = key_id(private.public_key())

    def headers(self, topic: str, key: bytes, value: bytes) -> list[tuple[str, bytes]]:
        """The headers that a command carries besides its others: the signature, by which version, and whose it is."""
        signature = self._private.sign(signed_bytes(self._environment, topic, key, value))
        return [(SIGNATURE, signature), (VERSION, V2), (KEY_ID, self.key_id.encode())]


def signed_bytes(environment: str, topic: str, key: bytes, value: bytes) -> bytes:
    r"""What is signed of a record.

    >>> signed_bytes("test", "t", b"+86", b"{}")
    b'interdict command v2\x00\x00\x00\x00\x04test\x00\x00\x00\x01t\x00\x00\x00\x03+86\x00\x00\x00\x02{}'
    """
    return DOMAIN + b"".join(map(_measured, (environment.encode(), topic.encode(), key, value)))


def signed_bytes_v1(key: bytes, value: bytes) -> bytes:
    r"""What version 1 signed of a record.

    >>> signed_bytes_v1(b"+86", b"{}")
    b'interdict command v1\x00\x00\x00\x00\x03+86{}'
    """
    return DOMAIN_V1 + _measured(key) + value


def _measured(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def key_id(public: Ed25519PublicKey) -> str:
    """A key's name: the first 16 hexadecimal digits of the SHA-256 of its 32 raw bytes.

    >>> key_id(Ed25519PublicKey.from_public_bytes(bytes(32)))
    '66687aadf862bd77'
    """
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:KEY_ID_CHARS]


def signer_of(settings: Settings) -> Signer | None:
    """What a worker signs with, told to the log; None, and one warning, where it is given no key.

    Raises:
        SigningKeyError: a key is set and cannot be used.
    """
    signer, path = load_signer(settings), settings.signing_key_file
    if signer is None or path is None:
        log.warning(
            "commands leave unsigned: executors cannot tell them from forged ones", setting="INTERDICT_SIGNING_KEY_FILE"
        )
        return None
    if path.stat().st_mode & stat.S_IROTH:
        log.warning("everybody on this machine may read the signing key", file=str(path))
    log.info("commands leave signed", key_id=signer.key_id)
    return signer


def load_signer(settings: Settings) -> Signer | None:
    """What commands are to be signed with; None where no key is set.

    Raises:
        SigningKeyError: a key is set and cannot be used.
    """
    if settings.signing_key_file is None:
        return None
    environment = environment_of(settings)
    try:
        return Signer(read_private_key(settings.signing_key_file), environment)
    except SigningKeyError as problem:
        raise SigningKeyError(f"INTERDICT_SIGNING_KEY_FILE: {problem}") from None


def environment_of(settings: Settings) -> str:
    """The environment that commands are signed for and verified in.

    Raises:
        SigningKeyError: it has no name.
    """
    if not settings.environment:
        raise SigningKeyError(
            "INTERDICT_ENVIRONMENT is not set: signatures are good in one environment only, so name it (`production`)"
        )
    return settings.environment


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The private key of a PEM file (PKCS 8, not encrypted).

    Raises:
        SigningKeyError: there is none, or it is of another kind.
    """
    try:
        private = load_pem_private_key(read_pem(path), password=None)
    except TypeError:
        why = "the key is encrypted; give it in the clear, and let the file's mode guard it"
        raise SigningKeyError(f"{path}: {why}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SigningKeyError(f"{path}: not a private key in PEM; `interdict keys new` makes one") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningKeyError(f"{path}: not an Ed25519 key; `interdict keys new` makes one")
    return private


def read_pem(path: Path) -> bytes:
    """The bytes of a key's file.

    Raises:
        SigningKeyError: it cannot be read, or is no key by its size.
    """
    try:
        with path.open("rb") as file:
            text = file.read(PEM_BYTES_MAX + 1)
    except OSError as problem:
        raise SigningKeyError(f"{path}: {os.strerror(problem.errno or 0)}") from None
    if len(text) > PEM_BYTES_MAX:
        raise SigningKeyError(f"{path}: too large for a key")
    return text
