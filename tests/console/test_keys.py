"""Keys at the console: a pair is made and shown, never written over, and no private one is told."""

import stat
from pathlib import Path

import pytest

from interdict.access.keys import new_pair, read_public_keys, write_pair
from streams.kafka.children import free_port
from streams.runtime.signing import SigningKeyError, key_id, read_private_key
from tests.console.program import interdict
from tests.console.signed import HERE, NAMED, PRIVATE


def test_a_new_pair_is_two_files_and_only_its_owner_may_read_the_private_one(tmp_path: Path) -> None:
    folder = tmp_path / "of" / "keys"
    told = interdict("keys", "new", "--out", str(folder))
    private, public = sorted(folder.iterdir())
    assert (private.suffix, public.suffix) == (".key", ".pem")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert str(private) in told.stdout
    assert str(public) in told.stdout
    secret = private.read_text().splitlines()[1]
    assert secret not in told.stdout + told.stderr
    shown = interdict("keys", "show", str(private)).stdout
    assert shown == interdict("keys", "show", str(public)).stdout == f"{public.stem}\n{public.read_text()}"
    assert list(read_public_keys([folder])) == [public.stem] == [key_id(read_private_key(private).public_key())]


def test_a_new_pair_is_never_the_same(tmp_path: Path) -> None:
    assert new_pair(tmp_path) != new_pair(tmp_path)
    assert len(read_public_keys([tmp_path])) == 2, "a folder holds all that are valid"


@pytest.mark.parametrize("suffix", [".key", ".pem"])
def test_a_file_that_is_there_is_not_written_over(suffix: str, tmp_path: Path) -> None:
    there = tmp_path / (key_id(PRIVATE.public_key()) + suffix)
    there.write_bytes(b"mine")
    with pytest.raises(SigningKeyError, match="exists"):
        write_pair(PRIVATE, tmp_path)
    assert there.read_bytes() == b"mine"


@pytest.mark.parametrize("command", ["new", "show"])
def test_each_command_about_keys_has_help_with_an_example(command: str) -> None:
    assert f"interdict keys {command}" in interdict("keys", command, "--help").stdout.partition("Example:")[2]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.pem", b"-----BEGIN PUBLIC KEY-----\nc2VjcmV0\n-----END PUBLIC KEY-----\n", "not a key"),
        ("a.txt", b"", "no public key"),
    ],
)
def test_a_folder_of_keys_with_none_or_with_something_else_is_told_in_one_line(
    name: str, text: bytes, why: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(text)
    (line,) = interdict("verify", "--keys", str(tmp_path), code=1, **NAMED).stderr.splitlines()
    assert why in line
    assert "c2VjcmV0" not in line


def test_the_check_tells_which_key_signs_and_that_one_is_none(tmp_path: Path) -> None:
    private, public = write_pair(PRIVATE, tmp_path)
    said = ("check", "--bootstrap", f"127.0.0.1:{free_port()}")
    for path, words in ((private, public.stem), (public, "not a private key"), ("", "unsigned")):
        told = interdict(*said, code=1, INTERDICT_SIGNING_KEY_FILE=str(path), INTERDICT_ENVIRONMENT=HERE)
        assert words in told.stdout
    assert "INTERDICT_ENVIRONMENT" in interdict(*said, code=1, INTERDICT_SIGNING_KEY_FILE=str(private)).stdout
