"""The same thing told in another way: by whom nobody says, in parts, dated to the day, under one id, or twice."""

from typing import Any

import pytest

from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.topics import CALLS
from tests.kit.story import ME, MIDDAY, MULE, POLICE_TEXT, STRANGER, Story, told

MIDNIGHT = MIDDAY - 12 * HOUR_MS
"""In China: 16:00 UTC of the day before."""
UTC_MIDNIGHT = MIDNIGHT + 8 * HOUR_MS
MIDNIGHTS = pytest.mark.parametrize("midnight", [MIDNIGHT, UTC_MIDNIGHT], ids=["local", "utc"])


def judged(story: Story) -> tuple[object, ...]:
    """What came of a story, but for when."""
    commanded = [(getattr(command, "channel", None) or command.action) for command in story.commands]
    return sorted(story.codes()), story.levels, commanded


# -- a caller of whom nothing is told --------------------------------------------------------------------------------

WITHHELD = [
    "", " ", None, "anonymous", "Anonymous", "RESTRICTED", "private number", "隐藏号码", "未知", "+266696687", "0",
    "sip:anonymous@anonymous.invalid", '"Anonymous" <sip:c8oqz84zk7z@privacy.invalid>',
]  # fmt: skip


def called_by(peer: Any, *, absent: bool = False, kind: str | None = "unknown") -> Story:
    story = told(trusted_peers=["unknown"])
    call = {"subscriber": ME, "peer": peer, "call_id": "c", "direction": "in", "peer_type": kind}
    if absent:
        del call["peer"]
    for name, minute, more in (("answered", 0, {}), ("ongoing", 20, {"duration_s": 1200})):
        event = {"event_id": name, "occurred_at": MIDDAY + minute * MINUTE_MS, "phase": name}
        story.record(CALLS.name, call | event | more)
    story.pay(40, MULE, 42_000, 11_000)
    return story


@pytest.mark.parametrize("peer", WITHHELD)
@pytest.mark.parametrize("kind", ["unknown", None])
def test_a_caller_who_hides_is_a_stranger_in_whatever_words(peer: Any, kind: str | None) -> None:
    story = called_by(peer, kind=kind)
    assert judged(story) == judged(called_by(None, absent=True, kind=kind))
    assert {"call.hidden", "pay.on_line"} <= story.codes()
    assert "stop_payment" in story.steps


# -- a long text -----------------------------------------------------------------------------------------------------

PARTS = (
    "您好，这里是市公安局经侦支队，现通知您涉嫌一起跨省洗钱案件，案号第0471号，请您于今日内配合。",
    "根据规定，请将名下资金转入安全账户接受清查，不得告知他人，否则将对您采取强制措施。",
    "请保持电话畅通，等候通知。",
)


@pytest.mark.parametrize(
    "texts",
    [("".join(PARTS),), PARTS, (POLICE_TEXT + "。" * 2_100,), ("。" * 2_100 + POLICE_TEXT,),
     ("早上好，天气不错。" * 300 + POLICE_TEXT,), (POLICE_TEXT + "\n" * 49_000,)],
    ids=["whole", "in parts", "padded behind", "padded before", "after other words", "as long as any"],
)  # fmt: skip
def test_a_text_is_read_to_its_end_however_long_it_is_or_in_parts(texts: tuple[str, ...]) -> None:
    story = told()
    for minute, text in enumerate(texts):
        story.text(minute, STRANGER, text)
    story.pay(30, MULE, 42_000, 11_000)
    assert {"text.police", "pay.after_text"} <= story.codes()


# -- a posting that bears a day and no time --------------------------------------------------------------------------


def paid(midnight: int | None, **more: Any) -> Story:
    """A call, then a transfer: its order, and its posting, dated to the day or, without a midnight, to its moment."""
    story = told()
    story.call(0, STRANGER, 30, peer_type="voip")
    story.pay(20, MULE, 20_000, 33_000, **more)
    dated = {} if midnight is None else {"occurred_at": midnight}
    story.pay(20.2, MULE, 20_000, 33_000, phase="posted", **dated, **more)
    return story


@MIDNIGHTS
@pytest.mark.parametrize("is_new", [True, None])
def test_a_posting_dated_to_the_day_is_the_orders(midnight: int, is_new: bool | None) -> None:
    dated, timed = paid(midnight, payee_is_new=is_new), paid(None, payee_is_new=is_new)
    assert judged(dated) == judged(timed)
    assert [t.posted for t in dated.state.transfers] == [True]
    assert dated.state.paid == timed.state.paid
    assert dated.state.spend[:4] == timed.state.spend[:4]


@MIDNIGHTS
def test_a_posting_dated_before_its_order_is_one_payment_with_it(midnight: int) -> None:
    story = told()
    story.pay(0, MULE, 20_000, 33_000, phase="posted", occurred_at=midnight)
    assert story.codes() & {"pay.night", "pay.on_line"} == set()
    story.call(10, STRANGER, 30, peer_type="voip")
    story.pay(20, MULE, 20_000, 33_000)
    (transfer,) = story.state.transfers
    assert (transfer.posted, transfer.at) == (True, MIDDAY + 20 * MINUTE_MS)
    assert {"pay.on_line", "pay.new_payee"} <= story.codes()
    assert "pay.borrowed" not in story.codes()


@pytest.mark.parametrize("days", [-1, 0])
def test_by_the_id_they_share_a_posting_is_its_orders_whatever_day_it_bears(days: int) -> None:
    dated, timed = paid(MIDNIGHT + days * DAY_MS, transaction_id="t"), paid(None, transaction_id="t")
    assert judged(dated) == judged(timed)
    assert [t.posted for t in dated.state.transfers] == [True]


@MIDNIGHTS
def test_an_order_gives_its_time_to_the_posting_of_the_same_id_that_came_before_it(midnight: int) -> None:
    story = told()
    story.pay(0, MULE, 20_000, 33_000, phase="posted", occurred_at=midnight, transaction_id="t")
    story.pay(20, MULE, 20_005, 32_995, transaction_id="t")
    (transfer,) = story.state.transfers
    assert (transfer.posted, transfer.at) == (True, MIDDAY + 20 * MINUTE_MS)


@MIDNIGHTS
@pytest.mark.parametrize("is_late", [False, True], ids=["call told first", "call told after"])
def test_nobody_is_on_the_line_when_a_posting_says_no_time(midnight: int, is_late: bool) -> None:
    story = told()
    minute = (midnight - MIDDAY) / MINUTE_MS - 10
    steps = [
        lambda: story.call(minute, STRANGER, 30, peer_type="voip"),
        lambda: story.pay(0, MULE, 20_000, 33_000, phase="posted", occurred_at=midnight),
    ]
    for step in reversed(steps) if is_late else steps:
        step()
    assert not {code for code in story.codes() if code.startswith(("pay.on_line", "pay.after_call", "pay.night"))}


@MIDNIGHTS
def test_a_payee_paid_on_a_day_with_a_stranger_does_not_become_known_by_it(midnight: int) -> None:
    def biggest(minutes: int) -> int:
        story = told()
        story.call(0, STRANGER, minutes, peer_type="voip")
        story.pay(200, MULE, 20_000, 33_000, phase="posted", occurred_at=midnight)
        return list(story.state.paid.values())[-1].biggest_minor

    assert (biggest(1), biggest(30)) == (20_000_00, 0)


@MIDNIGHTS
def test_history_is_learned_from_postings_dated_to_the_day(midnight: int) -> None:
    def story_of(dated: bool) -> Story:
        story = Story()
        for day in range(-12, 0):
            shop, yuan, minute = f"62220000000000{day % 3:02d}", 80 + day % 4 * 20, day * 24 * 60
            at = {"occurred_at": midnight + day * DAY_MS} if dated else {}
            story.pay(minute, shop, yuan, 60_000 + day, payee_is_new=False)
            story.pay(minute + 0.2, shop, yuan, 60_000 + day, phase="posted", payee_is_new=False, **at)
        story.pay(0, "6222000000000001", 180, 59_000, payee_is_new=None)
        return story

    dated, timed = story_of(dated=True), story_of(dated=False)
    assert dated.state.paid == timed.state.paid
    assert dated.state.spend[:3] == timed.state.spend[:3]
    assert dated.codes() == timed.codes() == set()


@MIDNIGHTS
def test_two_orders_of_a_day_have_two_postings(midnight: int) -> None:
    story = told()
    for minute in (0, 60):
        story.pay(minute, MULE, 4_900, 50_000)
    for _ in range(2):
        story.pay(90, MULE, 4_900, 50_000, phase="posted", occurred_at=midnight)
    assert [t.posted for t in story.state.transfers] == [True, True]


# -- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 15])
def test_one_id_for_two_phases_loses_neither(seconds: int) -> None:
    def story_with(*ids: str) -> Story:
        story = told()
        for phase, event_id, minute in zip(("initiated", "posted"), ids, (0.0, seconds / 60), strict=True):
            story.pay(minute, MULE, 20_000, 33_000, phase=phase, event_id=event_id)
        return story

    one, own = story_with("e2e", "e2e"), story_with("first", "second")
    assert judged(one) == judged(own)
    assert [t.posted for t in one.state.transfers] == [True]
    assert (one.state.paid, one.state.spend) == (own.state.paid, own.state.spend)


@pytest.mark.parametrize(
    "again",
    [[("e", 0.0), ("e", 0.0)], [("e", 0.07), ("e", 0.13)], [("f", 0.0), ("g", 0.0)]],
    ids=["as it was", "stamped anew", "under a new id"],
)
def test_an_order_sent_again_counts_once(again: list[tuple[str, float]]) -> None:
    once, more = told(), told()
    for story, sent in ((once, []), (more, again)):
        story.call(-12, STRANGER, 5, peer_type="voip")
        for event_id, minute in [("e", 0.0), *sent]:
            story.pay(minute, MULE, 9_000, 54_000, event_id=event_id)
    assert judged(more) == judged(once)
    assert len(more.state.transfers) == 1
