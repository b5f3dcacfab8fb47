"""Whom a list names and who is then paid; series that grow within days; links and accounts that nobody fakes."""

import pytest

from agents.victims.policy import Policy
from tests.kit.story import MULE, STRANGER, Story, told

LISTED_CODES = {"pay.on_line_listed", "pay.after_listed"}
REALTOR = "王先生，这是咱们定的那套房的资料 {} 到了核对一下"


@pytest.mark.parametrize("peer", [STRANGER, "+8675588001234"])
@pytest.mark.parametrize(
    ("gap", "codes"), [(-3, LISTED_CODES), (14, LISTED_CODES), (200, {"pay.after_listed"}), (241, set())]
)
def test_what_is_paid_on_or_after_a_talk_with_a_listed_number_tells(peer: str, gap: float, codes: set[str]) -> None:
    story = told()
    story.listed(peer, "peer")
    story.call(0, peer, 8)
    story.pay(8 + gap, MULE, 20_000, 33_000)
    assert story.codes() & LISTED_CODES == codes


def test_the_record_of_a_listed_numbers_call_may_come_after_the_payment() -> None:
    story = told()
    story.listed(STRANGER, "peer")
    story.pay(10, MULE, 20_000, 33_000)
    story.call(2, STRANGER, 10)
    story.text(30, "95588", "您尾号0101卡消费85元")
    assert "pay.on_line_listed" in story.codes()


@pytest.mark.parametrize(("minutes", "speaks"), [(4.9, False), (5, True), (40, True)])
def test_minutes_with_a_listed_number_weigh_more_than_that_it_rang(minutes: float, speaks: bool) -> None:
    story = told()
    story.listed(STRANGER, "peer")
    story.call(0, STRANGER, minutes)
    assert "call.listed" in story.codes()
    assert ("call.listed_5" in story.codes()) == speaks


def test_a_number_that_no_list_names_is_none() -> None:
    story = told()
    story.call(0, STRANGER, 30, peer_type="voip")
    story.pay(10, MULE, 20_000, 33_000)
    assert not story.codes() & {*LISTED_CODES, "call.listed", "call.listed_5"}


@pytest.mark.parametrize("apart", [20, 300, 900])
@pytest.mark.parametrize(
    ("sums", "payees", "speaks"),
    [
        ((128, 388, 9_800, 19_800), 4, True),
        ((128, 388, 9_800, 19_800), 2, False),
        ((4_000, 9_000, 19_800, 49_800), 4, False),
        ((128, 388, 9_800), 3, False),
    ],
)
def test_four_payments_that_grow_tenfold_within_two_days_to_several_are_a_series(
    apart: int, sums: tuple[int, ...], payees: int, speaks: bool
) -> None:
    story = told()
    for number, yuan in enumerate(sums):
        story.pay(number * apart, f"62179500100000{number % payees:04d}", yuan, 170_000)
    assert ("pay.growing_fast" in story.codes()) == speaks


@pytest.mark.parametrize("days", [1, 1.5])
def test_five_within_a_week_are_one_too(days: float) -> None:
    story = told()
    for number, yuan in enumerate((99, 420, 1_800, 6_000, 20_000)):
        story.pay(number * days * 24 * 60, f"62179500100000{number:04d}", yuan, 170_000)
    assert "pay.growing_five" in story.codes()


@pytest.mark.parametrize(
    ("link", "strange"),
    [
        ("https://m.lianjia.com/ershoufang/1011", False),
        ("http://zjj.sz.gov.cn/a", False),
        ("https://m.lianjia.com.hbkq.cc/1011", True),
        ("https://lianjia-vip.com/1011", True),
        ("https://m.lianjia.com/go?to=https://hbkq.cc/a", True),
        ("https://m.lianjia.com/1011 https://hbkq.cc/a", True),
        ("https://hbkq.cc/a", True),
    ],
)
def test_a_link_to_a_site_that_only_its_maker_writes_is_no_strangers_link(
    link: str, strange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Story, "policy", Policy.load())
    story = told()
    story.text(0, STRANGER, REALTOR.format(link))
    assert ("text.stranger_link" in story.codes()) == strange


@pytest.mark.parametrize(
    ("name", "looked_at"),
    [("XX市房产资金监管专户", False), ("二手房交易资金监管账户", False), ("王小明", True), (None, True)],
)
def test_an_account_that_an_office_watches_is_nobodys_mule_unless_it_is_listed(
    name: str | None, looked_at: bool
) -> None:
    for listed in (False, True):
        story = told()
        if listed:
            story.listed(MULE, "account")
        story.pay(0, MULE, 50_000, 10_000, payee_name=name)
        assert ("pay.new_payee" in story.codes()) == (looked_at or listed)
