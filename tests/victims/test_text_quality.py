"""The text scorer on labelled data: as good as its model card says, and trained on these data, the same each time."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from agents.victims.text.normal import fold
from agents.victims.text.scorer import FRAUD_AT, MODEL_FILE
from agents.victims.text.train.corpus import FILES, families, folder, load_corpus, unlike
from agents.victims.text.train.quality import measure
from agents.victims.text.windows import STRETCH_WEIGHT_MAX, weight
from tests.victims.texts import SCORER, score


@pytest.fixture(scope="module")
def data() -> Path:
    where = folder()
    missing = [name for name in FILES if not (where / name).is_file()]
    if missing:
        pytest.skip(f"NO LABELLED DATA in {where}: {', '.join(missing)}; quality was NOT measured (INTERDICT_DATA)")
    return where


@pytest.mark.data
def test_quality_on_the_held_out_part_is_what_the_model_card_says(data: Path) -> None:
    """On the split that the packaged weights were fitted by, so that nothing measured was learned from."""
    quality = measure(SCORER, load_corpus(data, "content").part("held_out"))
    assert quality.recall_at_1_in_100 >= 0.92
    assert quality.recall_at_1_in_1000 >= 0.87
    assert quality.recall >= 0.88
    assert quality.precision >= 0.94
    assert quality.auc > 0.98
    assert quality.bank_notices >= 50
    assert quality.bank_notice_fpr == 0.0
    assert quality.ham_fpr < 0.002
    assert quality.calibration_error < 0.01
    flagged, seen = quality.flagged["fbs FR:Phishing(Bank)"]
    assert flagged / seen > 0.97


@pytest.mark.slow
@pytest.mark.data
def test_no_near_duplicate_of_what_was_learned_from_makes_it_look_good(data: Path) -> None:
    quality = measure(SCORER, unlike(load_corpus(data, "content")))
    assert quality.frauds >= 50
    assert quality.recall_at_1_in_100 >= 0.7
    assert quality.recall_at_1_in_1000 >= 0.6


@pytest.mark.data
def test_no_honest_message_is_called_fraud_for_being_long(data: Path) -> None:
    honest = [m.text for m in load_corpus(data, "content").part("held_out") if not m.fraud]
    long = [text for text in honest if weight(fold(text)) > 2 * STRETCH_WEIGHT_MAX]
    assert len(long) > 50
    assert sum(score(text).fraud >= FRAUD_AT for text in long) <= 0.01 * len(long)


@pytest.mark.slow
@pytest.mark.data
def test_no_family_of_near_duplicates_is_on_both_sides_of_the_split(data: Path) -> None:
    corpus = load_corpus(data)
    parts: dict[int, set[str]] = {}
    for family, part in zip(families([m.content for m in corpus.messages]), corpus.parts, strict=True):
        parts.setdefault(family, set()).add(part)
    assert all(len(names) == 1 for names in parts.values())
    assert 0.15 < corpus.parts.count("held_out") / len(corpus.parts) < 0.25


@pytest.mark.data
def test_the_packaged_weights_were_trained_on_this_data(data: Path) -> None:
    train = pytest.importorskip("agents.victims.text.train.weights", reason="numpy is only needed to train")
    model = json.loads(files("agents.victims.text").joinpath(MODEL_FILE).read_bytes())
    assert model["data"] == train.fingerprints(data)


@pytest.mark.data
def test_training_twice_gives_the_same_bytes(data: Path) -> None:
    train = pytest.importorskip("agents.victims.text.train.weights", reason="numpy is only needed to train")
    corpus = load_corpus(data)
    assert train.dumped(train.train(corpus, 0.1)) == train.dumped(train.train(corpus, 0.1))


def test_training_without_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = pytest.importorskip("agents.victims.text.train.weights", reason="numpy is only needed to train")
    assert train.main(["--data", str(tmp_path), "--out", str(tmp_path / "out.json")]) == 1
    assert "INTERDICT_DATA" in capsys.readouterr().err
