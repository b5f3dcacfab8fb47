"""The words of our own that the text scorer learns from, and the texts held out: none is learned by heart."""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from agents.victims.text.normal import fold
from agents.victims.text.train.grammar import templates, texts
from tests.victims.texts import ADVERTS, CHATTER, FRAUDS, NOTICES, WARNINGS

HELD_OUT = Path(__file__).parent / "held_out"
RUN = 8
"""A run of so many Chinese letters is somebody's wording; shorter ones are everybody's."""


def runs(text: str) -> Iterator[str]:
    for letters in re.findall("[\u4e00-\u9fff]+", re.sub(r"[，。,.;；:：!！?？、\s]", "", fold(text))):
        yield from (letters[i : i + RUN] for i in range(len(letters) - RUN + 1))


def learned(words: str) -> set[str]:
    dice = Random(1)
    return {run for row in templates(words) for text in texts(row, 40, dice, 12) for run in runs(text)}


@pytest.mark.parametrize(
    ("words", "held_out"),
    [
        *((words, held_out) for words in ("money_talk", "scams_close") for held_out in ("honest_money", "scams_money")),
        *(("link_talk", held_out) for held_out in ("honest", "honest_money", "scams", "scams_money")),
    ],
)
def test_no_run_of_a_held_out_text_can_be_learned_from_our_words_about_money(words: str, held_out: str) -> None:
    rows = (HELD_OUT / f"{held_out}.tsv").read_text("utf-8").splitlines()
    ours = learned(words)
    assert len(ours) > 1_000
    assert not {run for row in rows for run in runs(row.split("\t")[2])} & ours


@pytest.mark.parametrize("words", ["money_talk", "scams_close", "link_talk"])
def test_nor_one_of_a_text_of_the_tests(words: str) -> None:
    texts_of_tests = [*(text for text, _ in FRAUDS), *CHATTER, *NOTICES, *WARNINGS, *ADVERTS]
    assert not {run for text in texts_of_tests for run in runs(text)} & learned(words)
