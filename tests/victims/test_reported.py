"""Reported scams and honest days with their own sums, lengths and gaps, judged by the policy and the playbook that the
package comes with; at the hour that was reported and at others. `test_stories.py` tells them as kinds."""

from collections.abc import Callable

import pytest

from agents.relay.playbook import Playbook
from agents.victims.policy import Policy
from tests.kit.story import ABROAD, CODE, LANDLORD, MIDDAY, MOTHER, MULE, STRANGER, Story

DAY = 24 * 60
OTHER_STRANGER = "+8613933334444"
STOPS = {"hold", "stop_payment", "freeze"}
TAKEN = STOPS | {"suspend", "suspend_incoming", "force_login"}
SHIFTS = [0, 150, -4 * 60]
"""Minutes by which a day lies elsewhere than reported; the last one moves much of it across 08:00 in China, where the
day of UTC begins."""


@pytest.fixture(autouse=True)
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Story, "policy", Policy.load())
    monkeypatch.setattr(Story, "playbook", Playbook.load())


def lived(left: float, currency: str = "CNY", scale: float = 1, **profile: object) -> Story:
    """A month of ordinary life: a shop a day, mother on the phone, the rent; so much is left."""
    story = Story(trusted_payees=[LANDLORD], trusted_peers=[MOTHER], **profile)
    for day in range(-30, 0):
        if day == -20:
            story.pay(day * DAY, LANDLORD, 4_500 * scale, left, phase="posted", payee_is_new=False, currency=currency)
        story.call(day * DAY + 500, MOTHER, 3 + day % 9, direction="out" if day % 2 else "in")
        story.pay(day * DAY + 60, f"622200000000{day % 5:04d}", 45 * scale * (1 + day % 3 / 2), left, phase="posted",
                  payee_is_new=False, channel="pos", currency=currency)  # fmt: skip
    return story


def stopped(story: Story) -> bool:
    """Whether what was paid last is held, stopped, or frozen, at once."""
    last = story.state.transfers[-1]
    return any(
        c.action in STOPS and c.issued_at <= last.at and last.at - c.issued_at < 30 * 60_000 for c in story.commands
    )


def minute_of_red(story: Story) -> float:
    """When the person was red first, minutes from midday."""
    return min((a.occurred_at - MIDDAY) / 60_000 for a in story.alerts if a.level == "red")


# -- scams -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize(("direction", "line"), [("out", "mobile"), ("in", "foreign")])
def test_a_fake_bank_and_then_fake_police_abroad(shift: int, direction: str, line: str) -> None:
    story = lived(66_000, "SGD")
    begin = shift - 115
    story.call(begin, ABROAD, 14, peer_type="foreign")
    story.call(begin + 65, OTHER_STRANGER, 52, phases="a", direction=direction, peer_type=line, call_id="second")
    story.pay(begin + 100, MULE, 30_000, 36_000, currency="SGD", payee_name="SAFE HOLDINGS")
    assert stopped(story)
    story.call(begin + 65, OTHER_STRANGER, 52, phases="e", direction=direction, peer_type=line, call_id="second")
    story.pay(begin + 135, MULE, 28_000, 8_000, currency="SGD")
    assert stopped(story)


@pytest.mark.parametrize("shift", SHIFTS)
def test_brushing_to_another_payee_each_time_is_red_before_the_third_large_payment(shift: int) -> None:
    story, left = lived(173_000), 173_000.0
    for number, (minute, yuan) in enumerate(((0, 128), (40, 388), (125, 9_800), (170, 19_800), (330, 49_800))):
        left -= yuan
        for phase, at in (("initiated", 0), ("posted", 1)):
            story.pay(shift + minute + at, f"62179500100000{number:04d}", yuan, left, phase=phase, channel="mobile")
        left += yuan * 1.3 if number < 2 else 0
    assert minute_of_red(story) <= shift + 330
    assert story.alerts[-1].typology == "brushing"


@pytest.mark.parametrize("shift", SHIFTS)
def test_an_ordinary_line_held_for_hours_while_codes_come(shift: int) -> None:
    story = lived(838_000)
    story.call(shift, STRANGER)
    story.text(shift + 45, "95533", CODE)
    story.pay(shift + 45.5, MULE, 80_000, 758_000)
    assert stopped(story)


def test_cash_at_the_counter_and_then_a_kiosk_on_a_call_to_a_number_from_the_web() -> None:
    story, begin = lived(24_300, "USD"), 11 * 60
    story.call(begin, "+18885550147", direction="out", peer_type="fixed")
    story.pay(begin + 90, "CASH-COUNTER", 19_000, 5_300, currency="USD", channel="counter", payee_is_new=None)
    assert story.steps & ({"call"} | STOPS)
    story.pay(begin + 145, "ATM-4471", 5_000, 300, currency="USD", channel="atm", payee_is_new=None)
    assert stopped(story)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("rang_before", [False, True])
def test_fake_customs_on_video_whether_or_not_they_rang_the_evening_before(shift: int, rang_before: bool) -> None:
    story = lived(1_512_000, "HKD", age_band="18-24", occupation="student")
    if rang_before:
        story.call(shift - 900, ABROAD, 1 / 3, peer_type="foreign")
    story.call(shift, ABROAD, peer_type="foreign", medium="video")
    story.pay(shift + 80, MULE, 800_000, 712_000, currency="HKD")
    assert stopped(story)


@pytest.mark.parametrize("shift", [*SHIFTS, -2 * 60, 9 * 60])
def test_a_call_from_abroad_then_video_and_most_of_the_savings(shift: int) -> None:
    story = lived(93_000)
    story.call(shift, ABROAD, 4, peer_type="foreign")
    story.call(shift + 25, ABROAD, peer_type="foreign", medium="video")
    story.pay(shift + 70, MULE, 70_000, 23_000)
    assert stopped(story)


@pytest.mark.parametrize("late", [0, 16, 45])
def test_a_banks_feed_minutes_late_is_judged_all_the_same(late: float) -> None:
    story = lived(1_660_000)
    story.call(0, "+85223110", 100, phases="a", peer_type="foreign", medium="video", call_id="c")
    story.text(90 + late, STRANGER, "在吗")
    story.pay(90, MULE, 490_000, 1_170_000)
    assert {"hold", "stop_payment"} & story.steps


@pytest.mark.parametrize("peer", ["+8675588001234", "+8613155501234"])
def test_minutes_with_a_listed_number_and_a_payment(peer: str) -> None:
    story = lived(53_000)
    story.listed(peer, "peer")
    story.call(120, peer)
    story.pay(128, MULE, 20_000, 33_000)
    assert {"call.listed", "pay.on_line_listed"} <= story.codes()
    assert story.levels, "an officer sees it"


def test_a_payment_to_a_listed_account() -> None:
    story = lived(53_000)
    story.listed(MULE, "account")
    story.pay(128, MULE, 20_000, 33_000)
    assert stopped(story)


@pytest.mark.parametrize(("currency", "amount"), [("CNY", 20_000), ("USD", 2_800)])
def test_a_call_of_forty_minutes_over_the_internet_means_the_same_in_any_money(currency: str, amount: int) -> None:
    story = lived(53_000)
    story.call(60, STRANGER, 45, peer_type="voip")
    story.pay(108, MULE, amount, 30_000, currency=currency)
    assert story.levels[-1] in ("orange", "red")


# -- honest days -----------------------------------------------------------------------------------------------


def house(story: Story, shift: int) -> None:
    story.call(shift - 260, STRANGER, 4.3)
    story.text(
        shift - 235,
        STRANGER,
        "王先生，这是咱们定的那套房的资料 https://m.lianjia.com/ershoufang/1011 监管账户我发您纸质了，到了核对一下",
    )
    story.call(shift, STRANGER)
    story.pay(shift + 12, "1100777700001234567", 50_000, 512_000, payee_name="XX市房产资金监管专户")
    story.pay(shift + 20, "1100777700001234567", 400_000, 112_000, payee_name="XX市房产资金监管专户")


def tuition(story: Story, shift: int) -> None:
    story.text(
        shift - 960,
        "106575550001",
        "【育才中学】各位家长：本学期学费5800元请于9月22日前转入学校新账户（户名：育才中学，尾号3391）。",
    )
    story.call(shift - 10, "075586001234", 2.2, peer_type="fixed")
    for minute, (account, yuan) in enumerate((("33", 5_800), ("88", 420), ("88", 1_600))):
        story.pay(shift + minute * 3, f"40000233000000{account}", yuan, 26_000)


def salary_day(story: Story, shift: int) -> None:
    story.text(shift - 30, "95588", "您尾号0101卡21日工资收入21,000.00元，余额27,200.00元。【工商银行】")
    story.pay(shift, "6225880155667788", 15_500, 11_700, payee_name="本人")
    story.pay(shift + 10, LANDLORD, 4_500, 7_200, payee_is_new=False)


def fraud_desk(story: Story, shift: int) -> None:
    story.pay(shift, MULE, 30_000, 61_000, payee_name="装修公司")
    story.call(shift + 3, "95588", 4.5, peer_type="service")
    story.pay(shift + 14, "6230580000001111333", 12_000, 49_000)


def courier(story: Story, shift: int) -> None:
    story.call(shift, STRANGER, 0.6)
    story.text(shift + 1, STRANGER, "您的水果放门口了，到付238元，扫码付我或者转账都行")
    story.pay(shift + 5, MULE, 238, 33_300, channel="qr")
    for number in range(3):
        story.call(shift + 360 + number * 30, f"+861374440000{number}", 0.4)


def friend_abroad(story: Story, shift: int) -> None:
    story.call(shift, ABROAD, 18, peer_type="foreign")
    story.pay(shift + 18 + 120, MULE, 9_000, 70_000, payee_name="装修公司")


def renovation(story: Story, shift: int) -> None:
    story.pay(shift - 30, LANDLORD, 180, 6_700, payee_is_new=False)
    story.call(shift - 15, STRANGER, 5)
    story.pay(shift, MULE, 60_000, 35_000, payer_account="6217003810000020202", payee_name="装修公司")


def insurer(story: Story, shift: int) -> None:
    story.call(shift, "95518", 12, peer_type=None)
    story.pay(shift + 20, MULE, 6_300, 46_000, payee_name="中国人保")


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize(
    ("day", "left"),
    [
        (house, 562_000), (tuition, 34_000), (salary_day, 27_000), (fraud_desk, 91_000), (courier, 33_000),
        (friend_abroad, 79_000), (renovation, 95_000), (insurer, 53_000),
    ],
)  # fmt: skip
def test_on_an_honest_day_nothing_is_taken(day: Callable[[Story, int], None], left: float, shift: int) -> None:
    story = lived(left)
    day(story, shift)
    story.wait(shift + 60)
    assert not story.steps & TAKEN


def test_an_owner_pays_ten_suppliers_and_nobody_comes_to_see_him() -> None:
    story = lived(420_000, scale=150, occupation="finance")
    for number, yuan in enumerate((8_600, 12_000, 9_900, 23_000, 7_800, 15_500, 31_000, 18_200, 26_000, 41_000)):
        if number % 3 == 0:
            story.call(number * 14 - 5, f"+861860000000{number}", 2.8)
        story.pay(number * 14, f"40000255000000000{number}", yuan, 400_000)
    assert not story.steps & (TAKEN | {"visit"})
