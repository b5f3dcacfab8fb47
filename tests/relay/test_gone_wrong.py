"""Stories that went wrong: returns that fail, words that come late or twice, and cases as large as they can be."""

from collections import Counter

import pytest

from agents.relay.table import OPEN
from interdict.topology import policy_record
from schemas.cases import MOMENTS_MAX, TAKEN_MAX
from schemas.fields import EVENT_ID_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, REASONS_MAX
from schemas.ids import case_id
from schemas.orders import Payment, Signal
from schemas.topics import POLICIES, SIGNALS
from tests.kit.town import LIMITS, PLAYBOOK, changed
from tests.kit.world import OWN, REASONS, One, suspect


def test_a_case_that_was_opened_again_closes_again() -> None:
    world = One()
    states = []
    world.red()
    for step in (lambda: world.passes(h=25), lambda: world.red(mule=1), lambda: world.passes(h=25)):
        step()
        states.append(world.case.state)
    assert states == ["closed", "calling", "closed"]
    world.end()


def test_a_transfer_after_the_person_was_persuaded_begins_the_quiet_hours_anew() -> None:
    world = One()
    world.red()
    world.hears("dissuade", "persuaded")
    world.passes(h=PLAYBOOK.quiet_h.persuaded - 0.1)
    world.red(mule=1)
    assert "release" not in world.passes(h=0.2), "the robbery is on"
    assert world.case.state in OPEN
    world.end()


def test_a_measure_that_fails_just_before_its_end_is_not_ordered_for_no_time_at_all() -> None:
    world = One()
    world.red()
    world.passes(h=PLAYBOOK.expires_h.force_login - 15 / 3600)
    world.hears("force_login", "failed")
    assert "force_login" not in world.passes(s=PLAYBOOK.retry_s + 1)
    assert getattr(world.commands[-1], "why", None) == "failed", "a human is told"
    world.end()


@pytest.mark.parametrize("told_before", ["declined", "failed"])
def test_a_yes_that_comes_when_the_time_is_over_lets_nothing_out(told_before: str) -> None:
    world = One()
    world.red()
    world.hears("suspend", told_before)
    world.passes(h=20)
    world.red(mule=1)
    world.passes(h=5)
    suspend = next(command for command in world.commands if command.action == "suspend")
    before = len(world.commands)
    world.tell(suspend.command_id, world.who, "approved", world.now)
    assert "suspend" not in world.left(before)
    world.end()


def test_a_return_that_failed_is_tried_again_though_the_case_closes_meanwhile() -> None:
    world = One()
    world.policy("relay", 3)  # suspends for an hour
    world.red()
    assert "restore" in world.passes(h=1.1)
    world.hears("restore", "failed")
    assert "restore" not in world.cleared()
    assert "restore" in world.passes(s=PLAYBOOK.retry_s + 1)
    world.end()


def test_a_return_that_failed_is_tried_again_though_the_next_case_has_begun() -> None:
    world = One()
    world.red()
    world.signal(0, "yellow", None, True)
    world.hears("restore", "failed")
    assert "restore" in world.passes(s=PLAYBOOK.retry_s + 1)
    for _ in range(PLAYBOOK.retries):
        world.hears("restore", "failed")
        world.passes(h=0.1)
    assert [c.about for c in world.commands if getattr(c, "why", None) == "failed"] == [
        [c.command_id for c in world.commands if c.action == "restore"][-1]
    ]
    world.end()


def test_the_next_case_takes_for_itself_what_the_one_before_gave_back() -> None:
    world = One()
    world.red()
    before = len(world.commands)
    world.red(anew=True)
    assert Counter(world.left(before)) == Counter(
        ["restore", *["release"] * 3, "suspend", "freeze", "stop_payment", "hold", "force_login", "dissuade"]
    )
    world.end()


def test_a_return_that_failed_late_is_not_forgotten_with_its_case() -> None:
    world = One()
    world.red()
    world.cleared()
    world.passes(h=PLAYBOOK.keep_closed_h, s=-10)
    world.hears("restore", "failed")
    assert "restore" in world.passes(s=PLAYBOOK.retry_s + 1)
    assert "restore" in [*world.hears("restore", "failed"), *world.passes(s=2 * PLAYBOOK.retry_s + 1)]
    world.end()


def test_a_return_that_is_carried_out_after_all_is_not_ordered_again() -> None:
    world = One()
    world.red()
    world.cleared()
    world.hears("restore", "failed")
    world.hears("restore", "executed")
    assert world.passes(h=1) == []


def test_a_freeze_that_is_carried_out_after_all_is_not_ordered_again() -> None:
    world = One()
    world.red()
    world.hears("freeze", "failed")
    world.hears("freeze", "executed")
    assert "freeze" not in world.passes(s=PLAYBOOK.retry_s + 1)
    world.end()


def test_a_human_is_asked_once_however_often_it_is_told_that_nothing_helped() -> None:
    world = One()
    world.policy("relay", 1)  # no retries
    world.red()
    assert world.hears("freeze", "failed") == ["dissuade"]
    world.hears("freeze", "approved")
    assert world.hears("freeze", "failed") == []
    world.hears("dissuade", "false_alarm", back=1)
    world.hears("dissuade", "false_alarm")
    assert world.hears("release", "failed") == ["dissuade"], "of its return, too"
    assert world.hears("release", "failed") == []
    world.end()


def test_an_attempt_is_made_once_though_the_one_before_is_said_to_have_failed_again() -> None:
    world = One()
    world.red()
    world.hears("freeze", "failed")
    assert "freeze" in world.passes(s=PLAYBOOK.retry_s + 1)
    world.hears("freeze", "expired")
    first = next(command for command in world.commands if command.action == "freeze")
    for word in ("approved", "failed"):
        world.tell(first.command_id, world.who, word, world.now)
    assert "freeze" not in world.passes(s=PLAYBOOK.retry_s + 1)
    world.end()


def test_a_yes_told_twice_lets_a_login_out_once() -> None:
    world = One()
    world.policy("limits", 3)  # one person at most
    world.signal(1, "red", 0, False)
    world.desk.on_broadcast(
        POLICIES, "limits", policy_record("limits", changed(LIMITS, four_eyes={"force_login": ["red"]}))
    )
    world.red()
    (question,) = [c for c in world.commands if c.action == "approve" and c.subscriber == world.who]
    logins = []
    for _ in range(2):
        before = len(world.commands)
        world.tell(question.about, world.who, "approved", world.now)
        logins += world.left(before)
    assert logins == ["force_login"]


def test_a_case_whose_calls_are_used_up_is_not_called_safe_after_new_evidence() -> None:
    world = One()
    for _ in range(PLAYBOOK.attempts["call"]):
        world.red(mule=None)
        world.red(mule=0)
        world.hears("dissuade", "persuaded")
        world.passes(h=0.1)
    for _ in range(20):
        world.red(mule=0)
        world.passes(h=2)
    assert world.case.closed_as is None
    world.end()


# -- size ----------------------------------------------------------------------------------------------------------


def test_a_long_case_with_long_words_stays_small() -> None:
    """Sixteen reasons, payments without end, everything taken fails, and whoever reports is wordy, in Chinese."""
    world = One()
    event = "e" * (EVENT_ID_CHARS_MAX // 2)
    reasons = tuple(reason.model_copy(update={"event_ids": (event,) * 5}) for reason in REASONS[:REASONS_MAX])
    said = {"actor": "警" * NAME_CHARS_MAX, "note": "她仍不相信" * (NOTE_CHARS_MAX // 5)}
    for number, word in zip(range(60), ["acknowledged", "failed", "reached"] * 20, strict=True):
        payments = tuple(
            Payment(f"{event}{n}", f"62220000000{n:08d}", f"62229999000{n:08d}", 5_000_000)
            for n in range(number, number + 8)
        )
        signal = Signal(
            case_id(world.who, f"episode-{number // 30}"), world.who, f"{event}{number + 7}", world.now, "red", 0.99,
            "fake_police", (*reasons, *suspect(payments))[-REASONS_MAX:], "请勿转账" * 200, "v1", payments,
            tuple(f"wx_{n}" * 5 for n in range(3)), "a", OWN,
        )  # fmt: skip
        world.step(world.who, lambda case, signal=signal: world.relay.decide(case, world.who, SIGNALS, signal, 0))
        for command in world.commands[-20:]:
            world.tell(command.command_id, world.who, word, world.now, **said)
        world.passes(s=50)
    case = world.case
    assert (len(case.taken), len(case.timeline)) == (TAKEN_MAX, MOMENTS_MAX)
    assert len(case.before) > TAKEN_MAX * 3 // 4
    world.end()


def test_a_case_that_holds_as_much_as_it_can_asks_the_centre_to_see_to_the_rest_once() -> None:
    world = One()
    for number in range(TAKEN_MAX + 5):
        world.passes(s=5)
        payments = (Payment(f"e-{number}", "6222000000000001", f"62229999{number:08d}", 5_000_000),)
        signal = Signal(
            case_id(world.who, "episode"), world.who, f"e-{number}", world.now, "red", 0.99, "fake_police",
            suspect(payments), "请勿转账", "v1", payments, (), "a",
        )  # fmt: skip
        world.step(world.who, lambda case, signal=signal: world.relay.decide(case, world.who, SIGNALS, signal, 0))
    assert len(world.case.taken) == TAKEN_MAX
    told = [c for c in world.commands if getattr(c, "why", None) == "full"]
    assert [(c.channel, c.team) for c in told] == [("desk", "command-centre")]
    world.end()
