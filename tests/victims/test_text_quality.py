"""The text scorer on labelled data: as good as its model card says, and trained on these data, the same each time."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from agents.victims.text.normal import fold, marked
from agents.victims.text.scorer import FRAUD_AT, MODEL_FILE
from agents.victims.text.train.corpus import FILES, families, folder, load_corpus
from agents.victims.text.train.quality import measure
from agents.victims.text.windows import windows
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
    quality = measure(SCORER, load_corpus(data).part("held_out"))
    assert quality.macro_f1 > 0.85
    assert quality.macro_f1_less_brushing > 0.87
    assert quality.auc > 0.94
    assert quality.bank_notices >= 50
    assert quality.bank_notice_fpr == 0.0
    assert quality.ham_fpr < 0.002
    assert quality.calibration_error < 0.02
    flagged, seen = quality.flagged["fbs FR:Phishing(Bank)"]
    assert flagged / seen > 0.95


@pytest.mark.data
def test_no_honest_message_is_called_fraud_for_being_long(data: Path) -> None:
    honest = [m.text for m in load_corpus(data).messages if not m.fraud]
    long = [text for text in honest if len(list(windows(marked(fold(text))))) > 4]
    assert len(long) > 100
    assert sum(score(text).fraud >= FRAUD_AT for text in long) <= 0.01 * len(long)


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
    assert train.dumped(train.train(corpus, steps=25)) == train.dumped(train.train(corpus, steps=25))


def test_training_without_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = pytest.importorskip("agents.victims.text.train.weights", reason="numpy is only needed to train")
    assert train.main(["--data", str(tmp_path), "--out", str(tmp_path / "out.json")]) == 1
    assert "INTERDICT_DATA" in capsys.readouterr().err
