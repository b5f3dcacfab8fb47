"""`interdict keys`: the keys that commands are signed with. A pair is two files: `<id>.key` stays with the workers,
`<id>.pem` goes to the executors.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from streams.runtime.signing import SigningKeyError, key_id, read_pem, read_private_key

PRIVATE_SUFFIX = ".key"
PUBLIC_SUFFIX = ".pem"
PRIVATE_MODE = 0o600
PUBLIC_MODE = 0o644
FOLDER_MODE = 0o700
PRIVATE_MARK = b"PRIVATE KEY-----"

PublicKeys = dict[str, Ed25519PublicKey]
"""Public keys by their ids: those that an executor takes for valid now."""


def new_pair(folder: Path) -> str:
    """`interdict keys new`: make a pair in a folder and print where its files are; the key's id.

    Raises:
        SigningKeyError: the folder or a file cannot be made.
    """
    private = Ed25519PrivateKey.generate()
    written = write_pair(private, folder)
    for what, path in zip(("private, for the workers", "public, for the executors"), written, strict=True):
        print(f"{path}  {what}")
    return key_id(private.public_key())


def write_pair(private: Ed25519PrivateKey, folder: Path) -> tuple[Path, Path]:
    """Write a pair's two files, the private one for its owner's eyes only. Never writes over a file.

    Raises:
        SigningKeyError: the folder or a file cannot be made.
    """
    name = key_id(private.public_key())
    files = (folder / (name + PRIVATE_SUFFIX), folder / (name + PUBLIC_SUFFIX))
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for path, mode, text in zip(files, (PRIVATE_MODE, PUBLIC_MODE), (secret, public_pem(private)), strict=True):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(text)
    except OSError as problem:
        raise SigningKeyError(f"{problem.filename}: {os.strerror(problem.errno or 0)}") from None
    return files


def public_pem(key: Ed25519PrivateKey | Ed25519PublicKey) -> bytes:
    """A public key, or that of a private one, as its PEM file."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def show(path: Path) -> None:
    """`interdict keys show`: print a key's id and its public part; of a private key, nothing else.

    Raises:
        SigningKeyError: the file is no key.
    """
    public = read_public_key(path)
    print(key_id(public))
    print(public_pem(public).decode(), end="")


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key of a PEM file; of a private key's file, the public part.

    Raises:
        SigningKeyError: there is none, or it is of another kind.
    """
    text = read_pem(path)
    if PRIVATE_MARK in text:
        return read_private_key(path).public_key()
    try:
        public = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise SigningKeyError(f"{path}: not a key in PEM") from None
    if not isinstance(public, Ed25519PublicKey):
        raise SigningKeyError(f"{path}: not an Ed25519 key")
    return public


def read_public_keys(places: Iterable[Path]) -> PublicKeys:
    """The keys of files, and of every `*.pem` of folders: all that are valid now.

    Raises:
        SigningKeyError: a file is no key, or there is none at all.
    """
    places = list(places)
    files = [
        path
        for place in places
        for path in (sorted(place.glob(f"*{PUBLIC_SUFFIX}")) if place.is_dir() else [place])
    ]  # fmt: skip
    if not files:
        raise SigningKeyError(f"no public key (*{PUBLIC_SUFFIX}) in {', '.join(map(str, places))}")
    return {key_id(public): public for public in map(read_public_key, files)}
