"""Texts that were written before the scorer was: scams of all classes, evasions and honest texts. Nothing was
fitted on them.

Each row of ``held_out/*.tsv`` is a class, the sender's class and a text. What is asserted is the share, by
kind: a single text may be hard.
"""

from collections import defaultdict
from pathlib import Path

import pytest

from agents.victims.text.scorer import FRAUD_AT
from agents.victims.text.senders import Sender
from tests.victims.texts import SCORER

HELD_OUT = Path(__file__).parent / "held_out"
SENDERS: dict[str, Sender] = {"mobile": "person", "foreign": "person", "gateway": "gateway", "service": "service"}


def shares(name: str, *, sent: bool = True) -> dict[str, float]:
    """The share called fraud of each kind of a file, and of all under the empty name."""
    called: dict[str, list[bool]] = defaultdict(list)
    for line in (HELD_OUT / f"{name}.tsv").read_text("utf-8").splitlines():
        kind, sender, text = line.split("\t")
        said = SCORER.score(text, SENDERS[sender] if sent else "unknown").fraud >= FRAUD_AT
        called[kind].append(said)
        called[""].append(said)
    return {kind: sum(said) / len(said) for kind, said in called.items()}


def test_of_the_scams_of_today_nine_in_ten_are_read_and_of_each_class_seven_in_ten() -> None:
    found = shares("scams")
    assert found.pop("") >= 0.9
    assert min(found.values()) >= 0.6, found


def test_of_evasions_four_in_five_are_seen_through_and_of_each_kind_half() -> None:
    found = shares("evasions")
    assert found.pop("") >= 0.8
    assert min(found.values()) >= 0.5, found


def test_no_bank_school_court_courier_or_police_is_called_a_fraud() -> None:
    found = shares("honest")
    assert found.pop("") <= 0.02
    assert {kind for kind, share in found.items() if share} <= {"person"}, found


@pytest.mark.parametrize("kind", ["bank", "courier", "school", "court", "operator", "marketing"])
def test_nearly_none_of_them_is_even_where_the_sender_is_not_known(kind: str) -> None:
    assert shares("honest", sent=False)[kind] <= 0.06
