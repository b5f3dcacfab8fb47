"""Evidence that is right: what is seen that was not, what is not evidence, and what takes nothing from anybody."""

import pytest

from agents.victims.state import TALKS_MAX
from tests.kit.story import ABROAD, BANK, CODE, LANDLORD, MULE, MY_ACCOUNT, POLICE_TEXT, STRANGER, Story, told

DAY = 24 * 60
OTHER_ACCOUNT = "6217000000000042"
TAKING = {"hold", "stop_payment", "freeze", "suspend", "force_login"}


def stopped(story: Story, payee: str) -> bool:
    return any(command.action == "stop_payment" and command.account == payee for command in story.commands)


# -- lines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("short_calls", [6, 12])
def test_a_call_in_progress_is_not_pushed_out_by_short_ones(short_calls: int) -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign")
    for number in range(short_calls):
        story.call(1 + number, f"+8613711110{number:03d}", 0.5)
    story.pay(40, MULE, 9_000, 50_000)
    assert len(story.state.talks) <= TALKS_MAX
    assert "pay.on_line" in story.codes()


@pytest.mark.parametrize(
    ("gap", "code"),
    [
        (0, "pay.on_line"),
        (14, "pay.after_call"),
        (40, "pay.after_call_hour"),
        (200, "pay.after_call_hours"),
        (250, None),
    ],
)
def test_minutes_since_a_suspicious_call_are_graded(gap: float, code: str | None) -> None:
    story = told()
    story.call(0, ABROAD, 10, peer_type="foreign")
    story.pay(10 + gap, MULE, 9_000, 50_000)
    timing = [
        c
        for c in ("pay.on_line", "pay.after_call", "pay.after_call_hour", "pay.after_call_hours")
        if c in story.codes()
    ]
    assert timing[:1] == ([code] if code else [])


@pytest.mark.parametrize(
    ("minutes", "code"), [(21, "call.long_plain"), (46, "call.long_plain_45"), (91, "call.long_plain_90")]
)
@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_long_call_with_an_ordinary_number_is_seen_whoever_made_it(minutes: int, code: str, direction: str) -> None:
    story = told()
    story.call(0, STRANGER, minutes, direction=direction)
    assert code in story.codes()


@pytest.mark.parametrize("minutes", [10, 35])
def test_paying_on_a_call_to_a_number_never_rung_before_is_evidence(minutes: int) -> None:
    story = told()
    story.call(0, STRANGER, direction="out")
    story.pay(minutes, MULE, 30_000, 40_000)
    assert "pay.on_line_dialled" in story.codes()


def test_a_number_rung_after_a_suspicious_call_is_evidence_and_rung_before_it_is_not() -> None:
    after, before = told(), told()
    after.call(0, ABROAD, 14, peer_type="foreign")
    after.call(60, STRANGER, 30, direction="out")
    before.call(0, STRANGER, 30, direction="out")
    before.call(60, ABROAD, 14, peer_type="foreign")
    assert "call.dialled_after" in after.codes()
    assert "call.dialled_after" not in before.codes()


@pytest.mark.parametrize("channel", ["counter", "atm"])
def test_cash_on_the_phone_with_a_stranger_is_evidence_and_nothing_is_stopped_at_a_machine(channel: str) -> None:
    story = told()
    story.call(0, STRANGER, direction="out", peer_type="fixed")
    story.pay(90, "CASH-7", 45_000, 15_000, channel=channel)
    assert "pay.cash" in story.codes()
    assert "call" in story.steps or story.steps & TAKING
    assert not stopped(story, "CASH-7")


# -- codes and texts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "code"), [(1, None), (4, "text.code_on_line"), (20, "text.code_on_line_15")])
def test_a_code_with_a_courier_on_the_line_is_none_and_after_minutes_it_is(minutes: float, code: str | None) -> None:
    story = told()
    story.call(0, STRANGER)
    story.text(minutes, BANK, CODE)
    assert (code in story.codes()) if code else not any(c.startswith("text.code") for c in story.codes())


def test_a_code_well_after_a_call_has_nothing_to_do_with_it() -> None:
    story = told()
    story.call(0, STRANGER, 30)
    story.text(40, BANK, CODE)
    assert not any(c.startswith("text.code") for c in story.codes())


def test_a_link_is_no_wording() -> None:
    story = told()
    story.text(0, STRANGER, "你看这个视频 https://v.douyin.com/abc 太搞笑了")
    story.pay(30, MULE, 5_000, 50_000)
    assert "text.stranger_link" in story.codes()
    assert not story.codes() & {"pay.after_text", "pay.after_text_hours"}


@pytest.mark.parametrize(("hours", "code"), [(1, "pay.after_text_hours"), (20, "pay.after_text"), (25, None)])
def test_hours_since_a_fraud_text_are_graded(hours: float, code: str | None) -> None:
    story = told()
    story.text(0, STRANGER, POLICE_TEXT)
    story.pay(hours * 60, MULE, 5_000, 50_000)
    found = [c for c in ("pay.after_text_hours", "pay.after_text") if c in story.codes()]
    assert found[:1] == ([code] if code else [])


# -- money -----------------------------------------------------------------------------------------------------


def test_the_balances_of_two_accounts_are_two() -> None:
    story = told()
    story.pay(-60, LANDLORD, 50, 7_000, phase="posted", payee_is_new=False)
    story.pay(0, MULE, 60_000, 35_000, payer_account=OTHER_ACCOUNT)
    story.pay(1, MULE, 60_000, 35_000, payer_account=OTHER_ACCOUNT, phase="posted")
    story.pay(60, LANDLORD, 50, 6_950, phase="posted", payee_is_new=False)
    story.pay(90, MULE, 6_000, 950)
    assert "pay.borrowed" not in story.codes()


def test_what_one_moves_between_ones_own_accounts_has_not_come_in() -> None:
    story = told()
    story.pay(0, OTHER_ACCOUNT, 10, 60_000, phase="posted")
    story.pay(5, LANDLORD, 10, 90_000, phase="posted", payer_account=OTHER_ACCOUNT, payee_is_new=False)
    story.pay(10, MY_ACCOUNT, 50_000, 40_000, phase="posted", payer_account=OTHER_ACCOUNT)
    story.pay(20, MULE, 45_000, 65_000)
    assert "pay.borrowed" not in story.codes()


@pytest.mark.parametrize(("days", "expected"), [(1, True), (4, True), (6, False)])
def test_small_returns_are_held_against_a_payment_for_days_only(days: float, expected: bool) -> None:
    story = told()
    left = 60_000.0
    for number in range(4):
        story.pay(number * 60, f"62229999000000{number:02d}", 200, left - 200, phase="posted")
        left = left - 200 + 230
    story.pay(240 + days * DAY, LANDLORD, 2_000, left - 2_230)
    fresh = {piece.code for piece in story.state.evidence if piece.at >= story.state.transfers[-1].at}
    assert ("pay.small_returns" in fresh) is expected


def test_wages_after_a_small_payment_are_no_gain_on_it() -> None:
    story = told()
    left = 60_000.0
    for number in range(4):
        story.pay(number * 60, f"62229999000000{number:02d}", 200, left - 200, phase="posted")
        left = left - 200 + 3_000
    assert not story.state.returns


@pytest.mark.parametrize("first", [15, 60, 128])
def test_a_series_may_open_with_less_than_a_hundred_yuan(first: float) -> None:
    story = told()
    for number, yuan in enumerate((first, 390, 9_800)):
        story.pay(number * 60, f"62229999000000{number:02d}", yuan, 170_000, channel="mobile")
    assert "pay.growing_tenfold" in story.codes()


@pytest.mark.parametrize("days", [7, 12])
def test_a_series_may_take_weeks(days: int) -> None:
    story = told()
    for number, yuan in enumerate((900, 5_000, 30_000)):
        story.pay(number * days * DAY, f"62229999000000{number:02d}", yuan, 170_000)
    assert "pay.growing_weeks" in story.codes()
    assert "pay.growing_days" not in story.codes()


def test_an_owners_bills_that_happen_to_grow_began_with_no_bait() -> None:
    story = told(occupation="finance")
    for number, yuan in enumerate((7_800, 15_500, 31_000, 62_000)):
        story.pay(number * 14, f"62229999000000{number:02d}", yuan, 400_000)
    assert "pay.growing" in story.codes()
    assert not story.codes() & {"pay.growing_weeks", "pay.growing_days", "pay.growing_tenfold"}


# -- what is taken, and from whom ------------------------------------------------------------------------------


@pytest.mark.parametrize("yuan", [150, 900, 20_000])
@pytest.mark.parametrize("hour", [0, 13])
def test_a_payment_to_a_listed_mule_is_stopped_at_any_hour_and_of_any_size(yuan: float, hour: int) -> None:
    story = told()
    story.listed(MULE, "account")
    story.pay(hour * 60, MULE, yuan, 33_000, payee_is_new=False)
    assert story.levels[-1:] == ["red"]
    assert stopped(story, MULE)


@pytest.mark.parametrize("yuan", [60, 300, 700])
@pytest.mark.parametrize("gap", [3, 30, 600])
def test_what_strangers_can_do_to_a_person_takes_nothing_from_them(yuan: float, gap: float) -> None:
    story = told(handles=["wx_me"])
    story.call(0, ABROAD, 1, peer_type="foreign")
    story.text(0.5, BANK, CODE)
    story.text(2, STRANGER, POLICE_TEXT)
    story.pay(2 + gap, MULE, yuan, 50_000)
    assert "red" not in story.levels
    assert not story.steps & {"hold", "stop_payment", "freeze", "force_login"}


def test_an_honest_payment_before_the_strangers_came_is_not_theirs() -> None:
    story = told(handles=["wx_me"])
    story.pay(-120, LANDLORD, 40_000, 20_000)
    story.call(0, ABROAD, 1, peer_type="foreign")
    story.text(0.5, BANK, CODE)
    story.text(2, STRANGER, POLICE_TEXT)
    story.pay(9, MULE, 300, 19_700)
    assert not story.steps & {"hold", "stop_payment", "freeze", "force_login"}


def test_of_a_cases_payments_only_those_with_which_suspicion_has_to_do_are_stopped() -> None:
    story = told()
    story.pay(-200, LANDLORD, 300, 60_000)
    story.call(0, ABROAD, peer_type="foreign", medium="video")
    story.pay(45, MULE, 50_000, 10_000)
    assert stopped(story, MULE)
    assert not stopped(story, LANDLORD)


@pytest.mark.parametrize(
    "more",
    [
        {"channel": "pos"},
        {"channel": "atm"},
        {"payee_name": "财付通支付科技有限公司"},
        {"payee_name": "支付宝（中国）"},
    ],
)
def test_nothing_is_stopped_at_a_payee_whom_everybody_pays(more: dict[str, str]) -> None:
    story = told()
    story.call(0, ABROAD, peer_type="foreign", medium="video")
    story.pay(45, MULE, 50_000, 10_000, **more)
    assert story.levels[-1] == "red"
    assert not stopped(story, MULE)
