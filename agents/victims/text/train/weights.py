"""Train the text scorer: ``python -m agents.victims.text.train``.

A linear support vector machine over runs of neighbours (scikit-learn), pruned, refitted, calibrated (Platt) and
written in whole thousandths. Seeded and deterministic: the same data and libraries give the same bytes. Needs
the ``train`` extra; the running system does not.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, get_args

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from agents.victims.text.grams import grams
from agents.victims.text.letters import SOUND
from agents.victims.text.marks import pieces
from agents.victims.text.normal import LINK, MARKS, fold, marked
from agents.victims.text.reading import GAP, WORDS_MAX, Reader
from agents.victims.text.scorer import LENGTH_BASE, MILLI, MODEL_FILE, MODEL_FORMAT, TextScorer
from agents.victims.text.train.corpus import DATA_ENV, FILES, Corpus, Message, SplitBy, cleaned, folder, load_corpus
from agents.victims.text.train.evasion import disguised, padded, shortened, spelled
from agents.victims.text.train.grammar import templates, texts
from agents.victims.text.train.quality import measure
from agents.victims.text.wordings import Wording

SEED: Final = 2026
COST: Final = 2.0
"""The machine's C, of rows whose length is at most 1: the larger, the closer to its examples it keeps."""

SCAMS_MAX: Final = 26
HONEST_MAX: Final = 30
"""Texts made of one template."""

TALK_MAX: Final = 20
"""The same for a template of ``money_talk``: there are many, and the data must weigh more than our words."""

CHATS_MAX: Final = 1_500
"""Honest texts made of several others: many small things said one after another are no fraud."""

LINKED_CHATS_MAX: Final = 500
"""And such with a link among them: what stands beside it is not what it leads to."""

FRAUD_WEIGHT: Final = 2.0
"""What a real fraud counts for, beside a real message that is none: there is one to seventeen."""

MADE_WEIGHT: Final = 0.065
CLOSE_WEIGHT: Final = 0.035
"""What a fraud of our own counts for, and one of ``scams_close``: those that look like honest payments."""

MADE_HONEST_WEIGHT: Final = 0.32
TALK_WEIGHT: Final = 0.09
LINKED_WEIGHT: Final = 0.4
"""What an honest text of our own counts for, one of ``money_talk`` and one of ``link_talk``. All in all the real frauds
weigh twice what ours do, the real others six times: our words are to say what the data lacks, not to outvote it."""

STRETCH_WEIGHT: Final = 0.5
"""What the worst stretch of an honest text counts for, beside the text."""

SEEN_MIN: Final = 3
"""A run is learned from this many distinct texts on."""

WORD_SEEN_MIN: Final = 4
"""And a Latin word from this many on: rarer ones are random tails of masked links and accounts."""

KEPT_MAX: Final = 21_800
"""Runs that are kept, and refitted: those whose weights decide most, heavy ones and frequent ones. A dict of no more
than two thirds of 2**15 has an index of two bytes each, which the processor's cache holds."""

HARD_AT: Final = -2.5
"""Log-odds from which on a stretch of an honest text is worth learning from: a hard negative (Felzenszwalb and
others, *Object Detection with Discriminatively Trained Part-Based Models*, PAMI 2010)."""

NAMER_MAX: Final = 3_000
NAMER_SEEN_MIN: Final = 6

LABEL_WORDING: Final[dict[str, Wording]] = {
    "FR:Phishing(Bank)": "bank",
    "FR:Financial": "investment",
    "FR:Phishing(Other)": "phish_link",
}
"""The wording of a fraud label; ``FR:Other`` is a mixture, told apart by ``OTHER_WORDING``."""

OTHER_WORDING: Final[dict[str, Wording]] = {"奖|幸运": "prize", "航班|改签|快递": "parcel_service"}

MISLABELLED: Final = re.compile("刷单|刷信誉|刷信用|刷钻|我是房东")
"""Frauds by the police's classes that the data calls advertising or spam: left out of training, not of measuring."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text to learn from, as ``Reader.read`` takes it."""

    text: str
    fraud: bool
    wording: Wording
    weight: float
    made: bool = False
    """Whether it is of our own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns 0, or 1 where the data is missing."""
    options = _options(arguments)
    try:
        corpus = load_corpus(options.data, options.by)
    except FileNotFoundError as missing:
        print(f"no data: {missing.filename} is missing; set {DATA_ENV} or --data", file=sys.stderr)
        return 1
    say(f"{len(corpus.messages)} messages, {len(corpus.part('held_out'))} of them held out")
    model = train(corpus)
    model["data"] = fingerprints(options.data)
    options.out.write_text(dumped(model), encoding="utf-8")
    say(f"wrote {options.out} ({options.out.stat().st_size} bytes, {len(model['grams'])} runs)")
    print(json.dumps(measure(TextScorer(model), corpus.part("held_out")).as_dict(), indent=1, ensure_ascii=False))
    return 0


def train(corpus: Corpus, made_share: float = 1.0) -> dict[str, Any]:
    """The content of a weights file: learned from the part ``train`` and our own words, calibrated on ``calibrate``.

    ``made_share`` of our own texts are made: less is faster.
    """
    examples = [*real_examples(corpus.part("train")), *made_examples(made_share)]
    lexicon = _lexicon(examples)
    reader = Reader(lexicon)
    spelling = Spelling(reader, lexicon)
    runs = [frozenset(grams(reader.read(example.text))) for example in examples]
    kept = _kept(runs, examples)
    say(f"{len(examples)} texts to learn from, {len(kept)} runs kept")
    names = _namer(runs, examples, spelling, frozenset(kept))

    def written(weights: Any, bias: float, platt: tuple[float, float]) -> dict[str, Any]:
        return _written(weights, bias, platt, kept, spelling, names)

    def fitted(examples: Sequence[Example]) -> tuple[Any, float]:
        return _fit([frozenset(grams(reader.read(example.text))) for example in examples], examples, kept)

    calibrate = corpus.part("calibrate")
    first = fitted(examples)
    model = written(*first, _calibrated(calibrate, reader, kept, *first))
    examples += _hard(TextScorer(model), [example for example in examples if not example.fraud])
    second = fitted(examples)
    platt = _calibrated(calibrate, reader, kept, *second)
    say(f"{len(examples)} texts with the hard ones; calibrated: slope {platt[0]:.3f}, offset {platt[1]:.3f}")
    return written(*second, platt)


def _written(
    weights: Any,
    bias: float,
    platt: tuple[float, float],
    kept: Sequence[int],
    spelling: "Spelling",
    names: dict[str, Any],
) -> dict[str, Any]:
    """A machine as a weights file has it; ``platt`` is its slope and offset."""
    slope, offset = platt
    milli = np.rint(slope * weights * MILLI).astype(int).tolist()
    rows = {spelling.written(gram): weight for gram, weight in zip(kept, milli, strict=True)}
    assert len(rows) == len(kept), "two runs are written alike"
    return {
        "format": MODEL_FORMAT,
        "bias": round(slope * bias + offset, 3),
        "lexicon": spelling.lexicon,
        "grams": rows,
        "wordings": names,
    }


def _kept(runs: Sequence[frozenset[int]], examples: Sequence[Example]) -> list[int]:
    """The runs that decide most, by a first fit over all of them; the most frequent ones first, so that what is looked
    up most lies together in memory."""
    vocabulary = _vocabulary(runs, SEEN_MIN)
    weights, _ = _fit(runs, examples, vocabulary)
    seen = Counter(gram for found in runs for gram in found)
    decides = np.abs(weights) * np.sqrt([seen[gram] for gram in vocabulary])
    kept = sorted(vocabulary[i] for i in np.argsort(-decides, kind="stable")[:KEPT_MAX])
    return sorted(kept, key=lambda gram: -seen[gram])


def _hard(scorer: TextScorer, honest: Sequence[Example]) -> Iterable[Example]:
    """The worst stretches of honest texts that read like fraud."""
    for example in honest:
        stretch, logit = scorer.worst_stretch(example.text)
        if stretch != example.text and logit > HARD_AT:
            yield Example(stretch, False, "none", STRETCH_WEIGHT * example.weight)


def real_examples(messages: Sequence[Message]) -> list[Example]:
    """Distinct messages whose label wording can bear out."""
    return [
        Example(cleaned(message.text), message.fraud, _wording_of(message), FRAUD_WEIGHT if message.fraud else 1.0)
        for message in _distinct(messages)
        if message.fraud or not MISLABELLED.search(message.content)
    ]


def made_examples(share: float = 1.0) -> list[Example]:
    """Texts of our own: frauds by class, plain, disguised and padded; and honest ones."""
    dice = Random(SEED)

    def some(most: int) -> int:
        return max(int(most * share), 1)

    honest = [t for row in templates("honest") for t in texts(row, some(HONEST_MAX), dice, 12)]
    talk = [t for row in templates("money_talk") for t in texts(row, some(TALK_MAX), dice, 12)]
    found = []
    for said, weight in ((honest, MADE_HONEST_WEIGHT), (talk, TALK_WEIGHT)):
        found += [_honest(text, weight) for text in said]
        found += [_honest(disguised(text, dice), weight / 2) for text in said[::5]]
        found += [_honest(spelled(text), weight / 2) for text in said[::9]]
    small = [text for text in honest if len(text) < 40]
    pads = small + [text for text in talk if len(text) < 40]
    found += [_honest(text, MADE_HONEST_WEIGHT) for text in _chats(small, some(CHATS_MAX), dice)]
    found += [_honest(text, TALK_WEIGHT) for text in _chats(pads, some(CHATS_MAX), dice)]
    linked = [(row, t) for row in templates("link_talk") for t in texts(row, some(TALK_MAX), dice, 12)]
    found += [_honest(text, LINKED_WEIGHT) for _, text in linked]
    chatter = [text for row, text in linked if row.section != "advert"]
    found += [_honest(text, LINKED_WEIGHT) for text in _chats(small, some(LINKED_CHATS_MAX), dice, chatter)]
    excuses = [t for row in templates("honest") if row.section == "warning" for t in texts(row, 20, dice, 12)]
    for name, weight in (("scams", MADE_WEIGHT), ("scams_close", CLOSE_WEIGHT)):
        for row in templates(name):
            for i, text in enumerate(texts(row, some(SCAMS_MAX), dice)):
                for form in _forms(text, i, pads, excuses, talk, dice):
                    found.append(Example(_formed(form), True, row.section, weight, made=True))  # type: ignore[arg-type]
    return found


def _chats(said: Sequence[str], count: int, dice: Random, among: Sequence[str] = ()) -> Iterable[str]:
    """Several texts one after another; one of them is of ``among``, where there are such."""
    for _ in range(count):
        chat = [*dice.sample(said, dice.randint(3, 9)), *([dice.choice(among)] if among else [])]
        dice.shuffle(chat)
        yield "。".join(chat)


def _honest(text: str, weight: float) -> Example:
    return Example(_formed(text), False, "none", weight, made=True)


def _forms(
    text: str, i: int, pads: Sequence[str], excuses: Sequence[str], talk: Sequence[str], dice: Random
) -> Iterable[str]:
    yield text
    if i % 3 == 0:
        yield shortened(text) if text.isascii() else disguised(text, dice)
    if i % 6 == 1:
        yield spelled(text)
    if i % 6 == 3:
        yield padded(text, dice.choice(pads), "")
    if i % 6 == 5:
        yield padded(text, "", dice.choice(pads))
    if i % 2 == 0:
        yield padded(text, dice.choice(excuses), "")
    if i % 4 == 1:
        yield padded(text, "", dice.choice(excuses))
    if i % 4 == 3:
        yield padded(text, "", dice.choice(talk))
    if i % 8 == 6:
        yield padded(text, dice.choice(talk), "")


def _formed(text: str) -> str:
    return marked(LINK.join(pieces(fold(text))))


class Spelling:
    """Runs as a weights file writes them, the inverse of how the scorer reads them."""

    def __init__(self, reader: Reader, lexicon: Sequence[str]) -> None:
        self.lexicon = lexicon
        self._syllables = {letter: syllable for syllable, letter in SOUND.items()}
        self._words = {letter: f"<#{name}>" for name, letter in MARKS.items()}
        self._words |= {reader.code(word): f"<{word}>" for word in lexicon}

    def written(self, gram: int) -> str:
        """One run in writing."""
        letters = gram.to_bytes(8, "little").decode("utf-16-le").rstrip("\0")
        if any(letter in self._syllables for letter in letters):
            return "".join(f"{self._one(letter.upper())}'" for letter in letters)
        return "".join(self._one(letter) for letter in letters)

    def _one(self, letter: str) -> str:
        return self._syllables.get(letter) or self._words.get(letter, letter)


def _fit(runs: Sequence[frozenset[int]], examples: Sequence[Example], vocabulary: Sequence[int]) -> tuple[Any, float]:
    machine = LinearSVC(C=COST, random_state=SEED)
    truth = np.array([example.fraud for example in examples])
    machine.fit(_rows(runs, vocabulary), truth, sample_weight=np.array([example.weight for example in examples]))
    return machine.coef_[0], float(machine.intercept_[0])


def _calibrated(
    messages: Sequence[Message], reader: Reader, kept: Sequence[int], weights: Any, bias: float
) -> tuple[float, float]:
    """Platt's slope and offset on messages that training has not seen, each distinct content counted once."""
    distinct = [m for m in _distinct(messages) if not (not m.fraud and MISLABELLED.search(m.content))]
    margin = _rows([frozenset(grams(reader.read(cleaned(m.text)))) for m in distinct], kept) @ weights + bias
    platt = LogisticRegression(C=1e6).fit(margin.reshape(-1, 1), [m.fraud for m in distinct])
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def _namer(
    runs: Sequence[frozenset[int]], examples: Sequence[Example], spelling: Spelling, kept: frozenset[int]
) -> dict[str, Any]:
    """One machine for each wording against the others, over the kept runs that frauds use most."""
    frauds = [i for i, example in enumerate(examples) if example.fraud]
    names = [examples[i].wording for i in frauds]
    vocabulary = [g for g in _vocabulary([runs[i] for i in frauds], NAMER_SEEN_MIN) if g < 1 << 32 and g in kept]
    machine = LinearSVC(C=1.0, class_weight="balanced", random_state=SEED)
    machine.fit(_rows([runs[i] for i in frauds], vocabulary), names)
    heaviest = np.argsort(-np.abs(machine.coef_).max(axis=0), kind="stable")[:NAMER_MAX]
    table = np.rint(machine.coef_.T * 10).astype(int)
    rows = {spelling.written(vocabulary[i]): table[i].tolist() for i in heaviest if table[i].any()}
    return {
        "classes": machine.classes_.tolist(),
        "bias": [round(float(b) * 10) for b in machine.intercept_],
        "grams": dict(sorted(rows.items())),
    }


def _rows(runs: Sequence[frozenset[int]], vocabulary: Sequence[int]) -> Any:
    """Texts over a vocabulary; each run counts one over the root of the text's known runs and ``LENGTH_BASE``."""
    column_of = {gram: i for i, gram in enumerate(vocabulary)}
    ends, columns, values = [0], [], []
    for found in runs:
        known = sorted(column_of[gram] for gram in found if gram in column_of)
        columns += known
        values += [(len(known) + LENGTH_BASE) ** -0.5] * len(known)
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(runs), len(vocabulary)))


def _vocabulary(runs: Sequence[frozenset[int]], seen_min: int) -> list[int]:
    seen = Counter(gram for found in runs for gram in found)
    return sorted(gram for gram, count in seen.items() if count >= seen_min and not _has_gap(gram))


def _has_gap(gram: int) -> bool:
    return GAP in gram.to_bytes(8, "little").decode("utf-16-le")


def _lexicon(examples: Sequence[Example]) -> list[str]:
    seen = Counter(word for example in examples for word in set(re.findall("[a-z]{2,14}", example.text)))
    made = {word for e in examples if e.made for word in re.findall("[a-z]{2,14}", e.text)}
    words = sorted(word for word, count in seen.items() if count >= WORD_SEEN_MIN and _is_word(word, word in made))
    assert len(words) <= WORDS_MAX, len(words)
    return words


def _is_word(word: str, made: bool) -> bool:
    """No Chinese syllable counts as a Latin word unless it is a word of English that people write."""
    return word not in SOUND or (made and word in ENGLISH)


_ENGLISH: Final = "me he she we you man men can ban bang song long fan fun an a pan pin ping sun run tan bin"
ENGLISH: Final = frozenset(_ENGLISH.split())
"""Chinese syllables that are English words too."""


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


def _distinct(messages: Sequence[Message]) -> list[Message]:
    return list({cleaned(m.text).strip(): m for m in reversed(messages)}.values())[::-1]


def _wording_of(message: Message) -> Wording:
    if not message.fraud:
        return "none"
    if message.label in LABEL_WORDING:
        return LABEL_WORDING[message.label]
    return next((w for words, w in OTHER_WORDING.items() if re.search(words, message.content)), "other_fraud")


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
    parser.add_argument("--by", choices=get_args(SplitBy), default="content", help="what stays together in the split")
    return parser.parse_args(arguments)
