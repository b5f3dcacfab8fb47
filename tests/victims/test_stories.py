"""Scams and honest days as they were reported, told as kinds: at other hours, with other sums and gaps. Judged by
what the rules' authors guessed; `test_reported.py` judges the reported ones by the packaged policy."""

import pytest

from schemas.spans import MINUTE_MS
from tests.kit.story import ABROAD, BANK, CODE, LANDLORD, MIDDAY, MULE, STRANGER, Story, told

DAY = 24 * 60
SECOND_NUMBER = "+8613933334444"
TAKEN = {"hold", "stop_payment", "freeze", "suspend", "suspend_incoming", "force_login"}
HOURS = [-3 * 60, 0, 7 * 60]
"""Minutes from midday."""
AT_EIGHT = -4 * 60
"""08:00 in China, where the day of UTC begins."""


def stopped(story: Story, minute: float) -> bool:
    """Whether the money was kept from leaving by then."""
    until = MIDDAY + int(minute * MINUTE_MS)
    return any(c.action in ("hold", "stop_payment", "freeze") and c.issued_at <= until for c in story.commands)


def owner() -> Story:
    """One whose days are paid in thousands."""
    story = Story(occupation="finance")
    story.habits(yuan=500, left=450_000)
    return story


# -- scams -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", HOURS)
@pytest.mark.parametrize("direction", ["out", "in"])
@pytest.mark.parametrize("yuan", [22_000, 30_000])
def test_a_fake_bank_then_a_fake_police_whom_the_victim_rings_or_who_rings(
    begin: int, direction: str, yuan: int
) -> None:
    story = told()
    story.call(begin, ABROAD, 14, peer_type="foreign")
    story.call(begin + 65, SECOND_NUMBER, direction=direction, peer_type="mobile" if direction == "out" else "foreign")
    story.pay(begin + 100, MULE, yuan, 60_000 - yuan)
    assert stopped(story, begin + 100)


@pytest.mark.parametrize("first", [40, 128])
@pytest.mark.parametrize("gain", [1.1, 1.2, 1.4])
def test_tasks_that_pay_back_and_grow_are_red_before_the_third_large_payment(first: float, gain: float) -> None:
    story = told()
    left, paid = 170_000.0, (first, 3 * first, 9_800, 19_800)
    for number, yuan in enumerate(paid):
        left -= yuan
        story.pay(number * 40, f"62179500100000{number:04d}", yuan, left)
        story.pay(number * 40 + 1, f"62179500100000{number:04d}", yuan, left, phase="posted")
        left += yuan * gain if number < 2 else 0
    assert stopped(story, 3 * 40)


@pytest.mark.parametrize("begin", HOURS)
@pytest.mark.parametrize("yuan", [40_000, 80_000, 400_000])
def test_an_ordinary_number_that_holds_the_line_while_codes_come_is_stopped_at_the_first_payment(
    begin: int, yuan: int
) -> None:
    story = Story()
    story.habits(left=840_000)
    story.call(begin, STRANGER)
    story.text(begin + 45, BANK, CODE)
    story.pay(begin + 45.7, MULE, yuan, 840_000 - yuan)
    assert stopped(story, begin + 45.7)


@pytest.mark.parametrize("channel", ["counter", "atm"])
@pytest.mark.parametrize("begin", [0, 11 * 60])
def test_cash_fetched_on_a_call_to_a_number_from_the_web_brings_an_officer_and_the_second_is_stopped(
    channel: str, begin: int
) -> None:
    story = told()
    story.call(begin, "+18885550147", direction="out", peer_type="fixed")
    story.pay(begin + 90, "CASH-COUNTER", 19_000, 5_300, channel=channel, payee_is_new=None)
    assert "call" in story.steps
    story.pay(begin + 145, "KIOSK-7", 5_000, 300, channel="atm", payee_is_new=None)
    assert stopped(story, begin + 145)


@pytest.mark.parametrize("earlier", [None, 1 / 60, 1 / 3, 4])
@pytest.mark.parametrize("begin", HOURS)
def test_a_video_call_by_fake_customs_is_stopped_whether_or_not_they_rang_the_evening_before(
    begin: int, earlier: float | None
) -> None:
    story = told()
    if earlier is not None:
        story.call(begin - 15 * 60, ABROAD, earlier, peer_type="foreign")
    story.call(begin, ABROAD, peer_type="foreign", medium="video")
    story.pay(begin + 80, MULE, 30_000, 30_000)
    assert stopped(story, begin + 80)


@pytest.mark.parametrize("shift", range(-120, 121, 40))
def test_two_calls_on_either_side_of_eight_are_those_of_one_stranger(shift: int) -> None:
    story, begin = told(), AT_EIGHT + shift
    story.call(begin - 20, ABROAD, 4, peer_type="foreign")
    story.call(begin + 5, ABROAD, peer_type="foreign", medium="video")
    story.pay(begin + 50, MULE, 35_000, 25_000)
    assert stopped(story, begin + 50)


@pytest.mark.parametrize("late", [0, 16, 45])
def test_a_banks_feed_that_is_late_is_judged_as_one_that_is_not(late: float) -> None:
    story = told()
    story.call(0, ABROAD, 100, phases="a", peer_type="foreign", medium="video", call_id="c")
    story.text(90 + late, STRANGER, "在吗")
    story.pay(90, MULE, 49_000, 11_000)
    assert story.levels[-1] == "red"
    assert [c.account for c in story.commands if c.action == "stop_payment"] == [MULE]


# -- honest days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", HOURS)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_house_is_paid_for_with_the_agent_on_the_line(begin: int, share: float) -> None:
    story = Story()
    story.habits(left=560_000)
    story.call(begin - 260, STRANGER, 4)
    story.text(
        begin - 240, STRANGER, "王先生，这是咱们定的那套房的资料 https://m.lianjia.com/ershoufang/1011 到了核对一下"
    )
    story.call(begin, STRANGER)
    story.pay(begin + 12, "1100777700001234567", 50_000, 510_000)
    story.pay(begin + 20, "1100777700001234567", 510_000 * share, 510_000 * (1 - share))
    assert not story.steps & TAKEN


def test_tuition_is_paid_after_the_school_wrote_and_rang() -> None:
    story = told()
    story.text(
        -16 * 60,
        "106575550001",
        "【育才中学】各位家长：本学期学费5800元请于9月22日前转入学校新账户（户名：育才中学，尾号3391）。",
    )
    story.call(-10, "075586001234", 2.2, peer_type="fixed")
    for minute, (account, yuan) in enumerate(
        (("4000023300003391", 5_800), ("4000023300008820", 420), ("4000023300008820", 1_600))
    ):
        story.pay(minute * 3, account, yuan, 26_000)
    assert story.commands == []


@pytest.mark.parametrize("share", [0.5, 0.62, 0.8])
def test_on_salary_day_the_own_card_elsewhere_and_the_mortgage_are_paid(share: float) -> None:
    story = told(trusted_payees=[LANDLORD])
    story.text(-30, "95588", "您尾号0101卡21日工资收入21,000.00元，余额27,200.00元。【工商银行】")
    story.pay(0, "6225880155667788", 81_000 * share, 81_000 * (1 - share), payee_name="本人")
    story.pay(10, LANDLORD, 4_500, 5_000, payee_is_new=False)
    assert not story.steps & TAKEN


def test_the_real_banks_desk_asks_about_a_payment() -> None:
    story = told()
    story.pay(0, MULE, 30_000, 61_000, payee_name="装修公司")
    story.call(3, "95588", 4.5, peer_type="service")
    story.pay(14, "6230580000001111333", 12_000, 49_000)
    assert not story.steps & TAKEN


def test_couriers_ring_all_day_and_fruit_is_paid() -> None:
    story = told()
    story.call(0, STRANGER, 0.6)
    story.text(1, STRANGER, "您的水果放门口了，到付238元，扫码付我或者转账都行")
    story.pay(5, MULE, 238, 33_300, channel="qr")
    for number in range(3):
        story.call(360 + number * 30, f"+861374440000{number}", 0.4)
    assert story.commands == []


@pytest.mark.parametrize("factor", [0.5, 1, 2])
def test_an_owner_pays_ten_suppliers_who_ring(factor: float) -> None:
    story = owner()
    for number, yuan in enumerate((8_600, 12_000, 9_900, 23_000, 7_800, 15_500, 31_000, 18_200, 26_000, 41_000)):
        if number % 3 == 0:
            story.call(number * 14 - 5, f"+861860000000{number}", 2.8)
        story.pay(number * 14, f"40000255000000000{number}", yuan * factor, 400_000)
    story.wait(400)
    assert not story.steps & (TAKEN | {"visit", "centre"})


@pytest.mark.parametrize("begin", [AT_EIGHT - 8, AT_EIGHT + 12, -12 * 60 - 8, 60])
@pytest.mark.parametrize("gap", [120, 200])
def test_a_friend_abroad_rings_at_any_hour_and_the_builder_is_paid_hours_later(begin: int, gap: int) -> None:
    story = told()
    story.call(begin, ABROAD, 18, peer_type="foreign")
    story.pay(begin + 18 + gap, MULE, 9_000, 70_000, payee_name="装修公司")
    assert not story.steps & TAKEN


def test_a_renovation_is_paid_from_two_accounts() -> None:
    story = told()
    story.pay(-30, LANDLORD, 180, 6_700, payee_is_new=False)
    story.call(-15, STRANGER, 5)
    story.pay(0, MULE, 60_000, 35_000, payer_account="6217003810000020202", payee_name="装修公司")
    assert "pay.borrowed" not in story.codes()
    assert not story.steps & TAKEN


# -- feeds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("posted", [-14 * 60 - 40, -2 * 60 - 40, 0.2])
def test_what_was_paid_is_learned_though_it_is_posted_by_the_day(posted: float) -> None:
    story = Story()
    for day in range(-8, 0):
        start = day * DAY
        story.pay(start, LANDLORD, 3_000, 50_000, payee_is_new=None)
        story.pay(start + posted, LANDLORD, 3_000, 50_000, phase="posted", payee_is_new=None)
    assert story.state.spend[0] == 8
    before = len(story.state.transfers)
    story.pay(0, LANDLORD, 3_000, 50_000, payee_is_new=None)
    assert len(story.state.transfers) == before


@pytest.mark.parametrize(("gap", "own_ids"), [(0, False), (0.25, False), (0.25, True)])
def test_two_phases_are_two_under_one_id_or_two(gap: float, own_ids: bool) -> None:
    story = told()
    ids = [{"event_id": "one"}, {"event_id": "two" if own_ids else "one"}]
    story.pay(0, MULE, 2_000, 47_000, **ids[0])
    story.pay(gap, MULE, 2_000, 47_000, phase="posted", **ids[1])
    (transfer,) = (t for t in story.state.transfers if t.payee == MULE)
    assert transfer.posted


@pytest.mark.parametrize("again", [{"event_id": "other"}, {"event_id": "same", "occurred_at": MIDDAY + 4_000}])
def test_an_order_sent_again_counts_once(again: dict[str, object]) -> None:
    once, twice = told(), told()
    for story in (once, twice):
        story.call(-12, STRANGER, 5, peer_type="voip")
        story.pay(0, MULE, 9_000, 54_000, event_id="same")
    for _ in range(2):
        twice.pay(0, MULE, 9_000, 54_000, **again)
    assert twice.levels == once.levels
    assert len(twice.state.transfers) == len(once.state.transfers)
