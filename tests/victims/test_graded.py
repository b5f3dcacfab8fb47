"""What one victim's money does on an account protects whoever pays it next."""

from itertools import count
from typing import Any

import orjson
import pytest

from agents.victims.graded import LOOK_EVERY, RED, YELLOW, Graded
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from interdict.topology import load_pipelines
from schemas.alerts import MuleAlert
from schemas.fields import Level
from schemas.reference import WatchlistEntry
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.topics import GRADED, MULE_ALERTS, TRANSACTIONS, VICTIM_ALERTS, WATCHLIST
from tests.kit.story import MIDDAY, MULE, Story, told

GRADES = {"pay.graded_yellow", "pay.graded_orange", "pay.graded_red"}
NEXT_MULE = "6222999900000777"


def graded(level: Level | None, account: str = MULE, at: int = MIDDAY, days: int = 7) -> MuleAlert:
    return MuleAlert(
        alert_id="6f0e3b0a-0000-5000-8000-000000000000", occurred_at=at, level=level, score=0.03, reasons=(),
        policy_version="mules-1", caused_by="e", account=account, expires_at=at + days * DAY_MS,
    )  # fmt: skip


def knowing(level: Level | None, **changes: Any) -> Story:
    story = told()
    story.duty.on_broadcast(GRADED, MULE, graded(level, **changes))
    return story


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        ("yellow", {"pay.graded_yellow"}),
        ("orange", {"pay.graded_yellow", "pay.graded_orange"}),
        ("red", GRADES),
        ("blue", set()),
        (None, set()),
    ],
)
def test_a_payment_to_a_graded_account_bears_its_grade(level: Level | None, codes: set[str]) -> None:
    story = knowing(level)
    story.pay(10, MULE, 3_000, 33_000)
    assert story.codes() & GRADES == codes


def test_a_grade_that_ended_and_one_that_was_deleted_weigh_nothing() -> None:
    for story in (knowing("red", at=MIDDAY - 8 * DAY_MS), knowing("red")):
        story.duty.on_broadcast(GRADED, "another", graded("red", "another"))
        if story.duty._graded.step(MULE, MIDDAY):
            story.duty.on_broadcast(GRADED, MULE, None)
        story.pay(10, MULE, 3_000, 33_000)
        assert not story.codes() & GRADES


@pytest.mark.parametrize("more", [{"channel": "pos"}, {"payee_name": "财付通支付科技"}])
def test_of_a_payee_whom_everybody_pays_a_grade_says_nothing(more: dict[str, Any]) -> None:
    story = knowing("red")
    story.pay(10, MULE, 3_000, 33_000, **more)
    assert not story.codes() & GRADES


def cleared(story: Story, at: int, days: int) -> None:
    entry = WatchlistEntry(
        value=MULE, kind="honest_account", category="merchant", source="officer 07", added_at=at,
        expires_at=at + days * DAY_MS,
    )  # fmt: skip
    story.duty.on_broadcast(WATCHLIST, MULE, entry)


@pytest.mark.parametrize(("cleared_before_days", "codes"), [(0, set()), (31, GRADES)], ids=["it holds", "it ended"])
def test_an_officers_word_that_an_account_is_honest_stands_above_its_grade(
    cleared_before_days: int, codes: set[str]
) -> None:
    story = knowing("red")
    cleared(story, MIDDAY - cleared_before_days * DAY_MS, 30)
    story.pay(10, MULE, 3_000, 33_000)
    assert story.codes() & GRADES == codes


def test_an_account_that_is_cleared_and_no_more_is_graded_again() -> None:
    story = knowing("red")
    cleared(story, MIDDAY, 30)
    story.duty.on_broadcast(WATCHLIST, MULE, None)
    story.pay(10, MULE, 3_000, 33_000)
    assert story.codes() & GRADES == GRADES


def test_who_says_that_an_account_is_honest_does_not_take_it_off_the_list_of_mules() -> None:
    story = told()
    listed = WatchlistEntry(
        value=f"{MULE[:4]} {MULE[4:]}", kind="account", category="mule", source="x", added_at=MIDDAY
    )
    story.duty.on_broadcast(WATCHLIST, listed.value, listed)
    cleared(story, MIDDAY, 30)
    story.pay(10, MULE, 3_000, 33_000)
    assert "pay.listed_payee" in story.codes()


def test_a_payee_of_many_days_is_not_looked_up() -> None:
    story = told()
    for day in range(12):
        story.pay(day * 24 * 60, MULE, 900, 33_000, phase="posted", payee_is_new=False)
    story.duty.on_broadcast(GRADED, MULE, graded("red", days=20))
    story.pay(12 * 24 * 60, MULE, 900, 33_000, payee_is_new=False)
    assert not story.codes() & GRADES


def test_grades_that_ended_are_forgotten_as_others_come() -> None:
    held = Graded()
    held.learn("old", graded("red", "old", MIDDAY - 30 * DAY_MS))
    for number in range(LOOK_EVERY):
        held.learn(f"new-{number}", graded("yellow", f"new-{number}"))
    assert held.step("new-1", MIDDAY) == YELLOW < RED
    assert held.step("old", MIDDAY - 30 * DAY_MS) == 0
    assert len(held) == LOOK_EVERY


class Bank:
    """A bank's feed, through all pipelines as a worker runs them."""

    def __init__(self) -> None:
        self.replay = Replay(load_pipelines(), 7 * DAY_MS, 90 * DAY_MS)
        self.outputs: list[Any] = []
        self._number = count()

    def pays(self, at: int, payer: str, payee: str, yuan: int, phone: str | None = None) -> None:
        for phase, later in (("initiated", 0), ("posted", 50_000)):
            value = {
                "event_id": f"e{next(self._number)}", "occurred_at": MIDDAY + at + later, "subscriber": phone,
                "payer_account": payer, "payee_account": payee, "amount_minor": yuan * 100, "phase": phase,
                "transaction_id": f"t{at}{payer}", "payee_is_new": True,
            }  # fmt: skip
            key = phone.encode() if phone else b""
            entry = self.replay.read(Recorded(TRANSACTIONS.name, key, orjson.dumps(value), 0))
            assert entry.rejected is None, entry.rejected
            self.outputs += [sent.output for sent in self.replay.take(entry)]


def test_an_account_that_one_victim_paid_and_that_was_emptied_is_known_to_the_next_payer() -> None:
    bank = Bank()
    bank.pays(0, "6222000000000011", MULE, 48_000, "+8613900000011")
    bank.pays(20 * MINUTE_MS, MULE, NEXT_MULE, 44_000)
    bank.pays(3 * HOUR_MS, "6222000000000012", MULE, 30_000, "+8613900000012")
    (mule,) = [output.value for output in bank.outputs if output.topic is MULE_ALERTS and output.key == MULE]
    assert mule.level == "orange"
    told_of_second = [
        reason.code
        for output in bank.outputs
        if output.topic is VICTIM_ALERTS and output.key == "+8613900000012"
        for reason in output.value.reasons
    ]
    assert "pay.graded_orange" in told_of_second
    first = [output for output in bank.outputs if output.topic is VICTIM_ALERTS and output.key == "+8613900000011"]
    assert not any(reason.code in GRADES for output in first for reason in output.value.reasons)
    assert not any(output.topic is GRADED for output in bank.outputs), "what pipelines tell one another is no output"
