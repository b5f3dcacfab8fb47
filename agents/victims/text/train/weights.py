"""Train the text scorer: ``python -m agents.victims.text.train``.

Logistic regression over pairs of letters (Adam on the whole batch), pruned, refitted, calibrated (Platt) and
written in whole thousandths. Seeded and deterministic: the same data and numpy give the same bytes. Needs
numpy; the running system does not.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from agents.victims.text.cues import Tally, Wording, tally
from agents.victims.text.marks import find_link
from agents.victims.text.normal import fold, wording
from agents.victims.text.scorer import FRAUD_AT, LENGTH_BASE, MILLI, MODEL_FILE, MODEL_FORMAT, TextScorer
from agents.victims.text.train.corpus import (
    DATA_ENV,
    FILES,
    Corpus,
    Message,
    SplitBy,
    folder,
    folds,
    load_corpus,
    pieces,
)
from agents.victims.text.train.examples import examples
from agents.victims.text.train.quality import Quality, measure

Vector: TypeAlias = npt.NDArray[np.float64]
Index: TypeAlias = npt.NDArray[np.int64]

STEPS: Final = 300
LEARNING_RATE: Final = 0.1
RIDGE: Final = 3e-6
FRAUD_WEIGHT: Final = 8.0
"""Frauds are one in eighteen of the distinct messages; this brings the classes nearer before calibration."""

HONEST_WEIGHT: Final = 3.0
"""Inbox notices are the hard negatives, and a template stands for many messages that the data lacks."""

FRAUD_LETTERS_MIN: Final = 12
"""A fraud with fewer letters ("my new number") says too little to learn from, unless a cue row names it."""

SEEN_MIN: Final = 3
"""A pair is learned from this many distinct messages on."""

LATIN_SEEN_MIN: Final = 20
"""And a pair of Latin letters from this many on: rarer ones are random tails of masked links and accounts."""

KEPT_MIN: Final = 0.25
"""Pairs whose weight is smaller (log-odds, before scaling by length) are dropped, and the others refitted."""

WEIGHT_MAX: Final = 30.0
NAMER_PAIRS_MAX: Final = 3_000
NAMER_RIDGE: Final = 1e-4

LABEL_WORDING: Final[dict[str, Wording]] = {
    "FR:Phishing(Bank)": "bank",
    "FR:Financial": "investment",
    "FR:Phishing(Other)": "phish_link",
}
"""The wording of a fraud label; ``FR:Other`` is a mixture and takes the wording that the cue rows give it."""


@dataclass(frozen=True, slots=True)
class Design:
    """Messages as a sparse matrix of pairs: entry k has ``value[k]`` at ``row[k]``, ``column[k]``."""

    row: Index
    column: Index
    value: Vector
    rows: int
    columns: int

    def scores(self, weights: Vector) -> Vector:
        """The matrix times ``weights``."""
        return _summed(self.row, weights[self.column] * self.value, self.rows)

    def gradient(self, residual: Vector) -> Vector:
        """The transposed matrix times ``residual``."""
        return _summed(self.column, residual[self.row] * self.value, self.columns)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns 0, or 1 where the data is missing."""
    options = _options(arguments)
    try:
        corpus = load_corpus(options.data, options.by)
    except FileNotFoundError as missing:
        print(f"no data: {missing.filename} is missing; set {DATA_ENV} or --data", file=sys.stderr)
        return 1
    say(f"{len(corpus.messages)} messages, {len(corpus.part('held_out'))} of them held out")
    if options.cross_check:
        print(json.dumps(cross_check(corpus.messages, options.steps), indent=1, ensure_ascii=False))
        return 0
    model = train(corpus, options.steps)
    model["data"] = fingerprints(options.data)
    options.out.write_text(dumped(model), encoding="utf-8")
    say(f"wrote {options.out} ({options.out.stat().st_size} bytes, {len(model['grams'])} pairs)")
    held_out = corpus.part("held_out")
    found = {name: measure(scorer, held_out).as_dict() for name, scorer in scorers(model).items()}
    print(json.dumps(found, indent=1, ensure_ascii=False))
    return 0


def scorers(model: dict[str, Any]) -> dict[str, TextScorer]:
    """The scorer as it runs, and the model without the cue rows, to see what each adds."""
    return {"scorer": TextScorer(model), "model_alone": TextScorer(model, cues=())}


def train(corpus: Corpus, steps: int = STEPS) -> dict[str, Any]:
    """The content of a weights file: learned from the part ``train``, calibrated on ``calibrate``."""
    learned, left_out = _apart(corpus.part("train"))
    say(f"training on {len(learned)} distinct messages; {left_out} left out as mislabelled or wordless")
    texts = [*(m.pieces for m in learned), *(pieces(text) for text in examples())]
    made = len(texts) - len(learned)
    truth = np.array([m.fraud for m in learned] + [False] * made, dtype=np.float64)
    importance = np.array([_importance(m) for m in learned] + [HONEST_WEIGHT] * made)
    vocabulary = _vocabulary(texts)
    weights, bias = fit(design(texts, vocabulary), truth, importance, steps)
    kept = [gram for gram, weight in zip(vocabulary, weights, strict=True) if abs(weight) >= KEPT_MIN]
    say(f"{len(vocabulary)} pairs seen, {len(kept)} kept")
    weights, bias = fit(design(texts, kept), truth, importance, steps)
    slope, offset = calibrate(corpus.part("calibrate"), kept, weights, bias)
    say(f"calibrated: slope {slope:.3f}, offset {offset:.3f}")
    return {
        "format": MODEL_FORMAT,
        "bias": round(slope * bias + offset, 3),
        "grams": _in_milli(kept, np.clip(slope * weights, -WEIGHT_MAX, WEIGHT_MAX)),
        "wordings": train_namer([m for m in learned if m.fraud], steps),
    }


def cross_check(messages: Sequence[Message], steps: int = STEPS) -> dict[str, object]:
    """The quality of five models, each on families that it has not seen; every message is judged once."""
    found: dict[str, list[Quality]] = {"scorer": [], "model_alone": []}
    for corpus in folds(messages):
        for name, scorer in scorers(train(corpus, steps)).items():
            found[name].append(measure(scorer, corpus.part("held_out")))
    return {name: _pooled(qualities) for name, qualities in found.items()}


def _pooled(found: Sequence[Quality]) -> dict[str, object]:
    flagged: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for quality in found:
        for label, (yes, rows) in quality.flagged.items():
            flagged[label] += yes
            seen[label] += rows
    return {
        "macro_f1": [round(q.macro_f1, 4) for q in found],
        "auc": [round(q.auc, 4) for q in found],
        "recall": [round(q.recall, 4) for q in found],
        "bank_notices_flagged": [
            round(sum(q.bank_notice_fpr * q.bank_notices for q in found)),
            sum(q.bank_notices for q in found),
        ],
        "flagged": {label: [flagged[label], rows] for label, rows in seen.items()},
    }


def design(texts: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> Design:
    """Texts over a vocabulary; each pair counts one over the root of the text's distinct pairs and 8."""
    column_of = {gram: i for i, gram in enumerate(vocabulary)}
    row, column, value = [], [], []
    for i, text in enumerate(texts):
        grams = pairs_of(text)
        known = [column_of[gram] for gram in grams if gram in column_of]
        row += [i] * len(known)
        column += known
        value += [(len(grams) + LENGTH_BASE) ** -0.5] * len(known)
    return Design(_index(row), _index(column), np.array(value, dtype=np.float64), len(texts), len(vocabulary))


def pairs_of(text: Sequence[str]) -> list[str]:
    """The distinct pairs of neighbouring letters within the pieces of a text, in order of appearance."""
    return list(dict.fromkeys(piece[i : i + 2] for piece in text for i in range(len(piece) - 1)))


def fit(x: Design, truth: Vector, importance: Vector, steps: int, ridge: float = RIDGE) -> tuple[Vector, float]:
    """Weights and bias of a ridge logistic regression, by Adam with a falling rate on the whole batch."""
    theta = np.zeros(x.columns + 1)
    first, second = np.zeros_like(theta), np.zeros_like(theta)
    importance = importance / importance.sum()
    for step in range(1, steps + 1):
        residual = importance * (_sigmoid(x.scores(theta[:-1]) + theta[-1]) - truth)
        slope: Vector = np.append(x.gradient(residual) + ridge * theta[:-1], residual.sum())
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope * slope
        rate = LEARNING_RATE * (1 - step / (steps + 1))
        theta -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        _progress("fitting", step, steps)
    return theta[:-1], float(theta[-1])


def calibrate(messages: Sequence[Message], kept: Sequence[str], weights: Vector, bias: float) -> tuple[float, float]:
    """Platt's slope and offset on messages that training has not seen, each distinct content counted once."""
    distinct = _distinct(messages)
    margin = design([m.pieces for m in distinct], kept).scores(weights) + bias
    truth = np.array([m.fraud for m in distinct], dtype=np.float64)
    frauds = truth.sum()
    target = np.where(truth > 0, (frauds + 1) / (frauds + 2), 1 / (len(truth) - frauds + 2))
    return _platt(margin, target)


def _platt(margin: Vector, target: Vector) -> tuple[float, float]:
    """Newton's method on two parameters; 50 steps are far more than it takes."""
    x = np.stack([margin, np.ones_like(margin)], axis=1)
    theta = np.array([1.0, 0.0])
    for _ in range(50):
        chance = _sigmoid(x @ theta)
        hessian = (x.T * (chance * (1 - chance))) @ x + 1e-9 * np.eye(2)
        theta -= np.linalg.solve(hessian, x.T @ (chance - target))
    return float(theta[0]), float(theta[1])


def train_namer(frauds: Sequence[Message], steps: int) -> dict[str, Any]:
    """One regression for each wording against the others, over the pairs that frauds use most."""
    names = [_wording_of(m) for m in frauds]
    classes = sorted(set(names))
    counts = Counter(gram for m in frauds for gram in pairs_of(m.pieces))
    vocabulary = sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:NAMER_PAIRS_MAX]
    x = design([m.pieces for m in frauds], vocabulary)
    evenly = np.array([len(names) / names.count(name) for name in names])
    fits = [fit(x, np.array([float(n == c) for n in names]), evenly**0.5, steps, NAMER_RIDGE) for c in classes]
    table = np.rint(np.stack([weights for weights, _ in fits], axis=1) * 100).astype(int)
    rows = {gram: row.tolist() for gram, row in zip(vocabulary, table, strict=True) if row.any()}
    return {
        "classes": classes,
        "bias": [round(bias * 100) for _, bias in fits],
        "grams": dict(sorted(rows.items())),
    }


def fingerprints(where: Path) -> dict[str, str]:
    """SHA-256 of each data file, so that a weights file says what it was made of."""
    return {name: hashlib.sha256((where / name).read_bytes()).hexdigest() for name in FILES}


def dumped(model: dict[str, Any]) -> str:
    """The model as compact JSON, one top-level entry a line."""
    entries = (f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False, separators=(',', ':'))}" for k, v in model.items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def say(line: str) -> None:
    """A line of progress; standard output carries the result only."""
    print(line, file=sys.stderr)


def _importance(message: Message) -> float:
    if message.fraud:
        return FRAUD_WEIGHT
    return HONEST_WEIGHT if message.label == "ham" else 1.0


def _apart(messages: Sequence[Message]) -> tuple[list[Message], int]:
    """Distinct contents whose label wording can bear out, and how many were left out."""
    distinct = _distinct(messages)
    borne_out = [m for m in distinct if _borne_out(m)]
    return borne_out, len(distinct) - len(borne_out)


def _borne_out(message: Message) -> bool:
    if _cues_of(message).chance >= FRAUD_AT:
        return message.fraud
    return not message.fraud or sum(map(len, message.pieces)) >= FRAUD_LETTERS_MIN


def _distinct(messages: Sequence[Message]) -> list[Message]:
    return list({m.content: m for m in reversed(messages) if m.content}.values())[::-1]


def _cues_of(message: Message) -> Tally:
    link = find_link(fold(message.text))
    return tally(wording(link.rest), link.present)


def _wording_of(fraud: Message) -> Wording:
    if fraud.label in LABEL_WORDING:
        return LABEL_WORDING[fraud.label]
    named = _cues_of(fraud).wording
    return named if named in ("prize", "parcel_service", "phish_link") else "other_fraud"


def _vocabulary(texts: Sequence[Sequence[str]]) -> list[str]:
    seen = Counter(gram for text in texts for gram in pairs_of(text))
    return sorted(gram for gram, count in seen.items() if count >= (LATIN_SEEN_MIN if gram.isascii() else SEEN_MIN))


def _in_milli(grams: Sequence[str], weights: Vector) -> dict[str, int]:
    whole = np.rint(weights * MILLI).astype(int).tolist()
    return {gram: milli for gram, milli in zip(grams, whole, strict=True) if milli}


def _index(values: Sequence[int]) -> Index:
    return np.array(values, dtype=np.int64)


def _summed(at: Index, values: Vector, size: int) -> Vector:
    return np.bincount(at, weights=values, minlength=size).astype(np.float64)


def _sigmoid(x: Vector) -> Vector:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500)))


def _progress(what: str, step: int, steps: int) -> None:
    if sys.stderr.isatty() or step == steps:
        print(f"\r{what} {step}/{steps}", end="\n" if step == steps else "", file=sys.stderr)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m agents.victims.text.train",
        description="Train the text scorer and write its weights; its quality goes to standard output.",
    )
    parser.add_argument(
        "--data", type=Path, default=folder(), help=f"folder of the data (default: {DATA_ENV} or %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[1] / MODEL_FILE, help="weights file to write"
    )
    parser.add_argument("--by", choices=get_args(SplitBy), default="family", help="what stays together in the split")
    parser.add_argument(
        "--cross-check", action="store_true", help="train five times by family, write no file, print the quality"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of the fit (default: %(default)s)")
    return parser.parse_args(arguments)
