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
from agents.victims.text.train.quality import recall_at
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


def chances(name: str) -> list[float]:
    """What each text of a file scores."""
    rows = (line.split("\t") for line in (HELD_OUT / f"{name}.tsv").read_text("utf-8").splitlines())
    return [SCORER.score(text, SENDERS[sender]).fraud for _, sender, text in rows]


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


def test_ordinary_people_who_speak_of_money_are_seldom_called_frauds() -> None:
    """Deposits, rent, invoices, school money, loans among friends: honest payments follow them. Written, like the scams
    that look like them, before a word was added to the training for either."""
    assert shares("honest_money")[""] <= 0.08


def test_scams_that_look_like_them_are_still_read() -> None:
    assert shares("scams_money")[""] >= 0.85


@pytest.mark.parametrize(("false_alarms", "least"), [(0.05, 0.8), (0.02, 0.65), (0.01, 0.55)])
def test_the_two_are_told_apart_and_not_moved_together(false_alarms: float, least: float) -> None:
    """The share of the scams that score above all but a few of the honest: no threshold helps it."""
    honest, scams = chances("honest_money"), chances("scams_money")
    assert recall_at([*honest, *scams], [*[False] * len(honest), *[True] * len(scams)], false_alarms) >= least


PROMISES = [
    "收据微信发您",
    "走公司对公账户，发票给您",
    "钱不急，您看方便",
    "监管账户里放着，银行柜台办的",
    "不用垫钱，不收任何费用",
    "妈，晚上回家吃饭",
    "走闲鱼付款，不满意可以退",
    "唔急，見面先俾都得",
    "the solicitor holds the deposit, call them first",
]


@pytest.mark.parametrize("promise", PROMISES)
def test_no_promise_of_an_honest_payment_excuses_a_scam_that_it_is_hung_onto(promise: str) -> None:
    rows = (HELD_OUT / "scams_money.tsv").read_text("utf-8").splitlines()
    scams = [text for *_, text in (row.split("\t") for row in rows) if SCORER.score(text, "person").fraud >= FRAUD_AT]
    for form in ("{0}{1}", "{1}{0}", "{0}。{1}", "{1}。{0}", "{0}，{1}"):
        said = [SCORER.score(form.format(text, promise), "person").fraud >= FRAUD_AT for text in scams]
        assert sum(said) >= 0.9 * len(said), form
