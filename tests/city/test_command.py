"""`interdict town` as a person meets it."""

from pathlib import Path

import orjson
import pytest

from tests.city.towns import TINY, raw
from tests.console.program import interdict

WORDS = ("--people", "200", "--days", "3", "--victims", "10", "--seed", "3")


def test_it_writes_the_recording_the_truth_and_the_runs_numbers(tmp_path: Path) -> None:
    out, truth = tmp_path / "town.ndjson", tmp_path / "town.truth"
    told = interdict("town", *WORDS, "--out", str(out), "--truth", str(truth))
    assert out.read_bytes() == raw(TINY)
    assert orjson.loads((tmp_path / "town.truth.params.json").read_bytes())["victims"] == 10
    assert told.stdout == ""
    assert "split fit" in told.stderr
    assert interdict("truth", str(truth)).stdout


def test_quiet_is_quiet(tmp_path: Path) -> None:
    words = ("--out", str(tmp_path / "a"), "--truth", str(tmp_path / "b"), "--quiet")
    done = interdict("town", *WORDS, *words)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--people", "199"), "--people"),
        (("--victims", "51"), "--victims"),
        (("--set", "strange"), "--set"),
        (("--out", "/no/such/folder/town.ndjson"), "--out"),
        (("--truth", "town.ndjson"), "--truth"),
    ],
)
def test_wrong_usage_ends_with_two_before_anything_is_made(
    more: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--out", "town.ndjson", "--truth", "town.truth")
    assert why in interdict("town", *WORDS, *words, *more, code=2).stderr
    assert list(tmp_path.iterdir()) == []
