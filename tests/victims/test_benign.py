"""Ordinary people on unusual days: none of them is to be frozen, and the plain ones get nothing at all."""

import pytest

from tests.kit.story import ABROAD, BANK, CODE, LANDLORD, MOTHER, MULE, STRANGER, Story

DAY = 24 * 60


@pytest.fixture
def story() -> Story:
    story = Story(trusted_peers=[MOTHER], trusted_payees=[LANDLORD])
    story.habits()
    return story


def test_a_new_landlord_is_paid_while_chatting_with_ones_mother(story: Story) -> None:
    story.call(0, MOTHER)
    story.pay(5, MULE, 9_000, 51_000)
    story.pay(6, MULE, 9_000, 51_000, phase="posted")
    story.call(0, MOTHER, 20, phases="e")
    assert story.outputs == []


def test_a_new_landlord_is_paid_after_he_called(story: Story) -> None:
    story.call(0, STRANGER, 6)
    story.pay(10, MULE, 6_000, 54_000)
    assert story.commands == []


def test_a_car_is_bought_and_most_of_the_savings_go(story: Story) -> None:
    story.call(-60, STRANGER, 15)
    story.pay(0, MULE, 55_000, 5_000)
    assert not story.steps & {"freeze", "stop_payment", "suspend", "force_login"}


def test_a_courier_rings_and_a_parcel_is_paid(story: Story) -> None:
    story.call(0, STRANGER, 0.6)
    story.pay(4, MULE, 230, 59_770)
    assert story.outputs == []


def test_the_bank_sends_notices_and_codes(story: Story) -> None:
    story.text(0, BANK, "【招商银行】您尾号1234的账户21日10:20消费人民币55.00元，余额5,310.00元。")
    story.text(1, BANK, CODE)
    assert story.outputs == []


def test_the_bank_calls_about_a_card(story: Story) -> None:
    story.call(0, "95588", 12, peer_type="service")
    story.pay(5, MULE, 6_000, 54_000)
    assert story.commands == []


def test_a_relative_abroad_calls_for_the_first_time(story: Story) -> None:
    story.call(0, ABROAD, 50, peer_type="foreign")
    story.pay(DAY, LANDLORD, 3_000, 57_000, payee_is_new=False)
    assert not story.steps & {"freeze", "stop_payment", "suspend", "force_login"}


def test_salary_comes_and_the_rent_goes(story: Story) -> None:
    story.pay(0, LANDLORD, 4_500, 60_000, payee_is_new=False)
    story.pay(60, "6222000000000001", 80, 75_000, phase="posted", payee_is_new=False)
    assert story.outputs == []


def test_a_stranger_sends_a_link_and_nothing_follows(story: Story) -> None:
    story.text(0, STRANGER, "你看这个视频 https://v.douyin.com/abc 太搞笑了")
    assert story.outputs == []


def test_a_wedding_is_paid_to_three_new_shops_in_one_day(story: Story) -> None:
    for number, yuan in enumerate((3_000, 1_800, 2_400)):
        story.pay(number * 90, f"62229999000000{number:02d}", yuan, 50_000 - number * 3_000)
    assert story.commands == []


def test_a_house_is_paid_for_in_growing_parts_with_the_agent_on_the_phone(story: Story) -> None:
    story.call(-10, STRANGER, 4)
    for number, yuan in enumerate((2_000, 10_000, 30_000)):
        story.pay(number * 15, MULE, yuan, 50_000 - yuan)
    assert not story.steps & {"freeze", "suspend", "force_login"}
