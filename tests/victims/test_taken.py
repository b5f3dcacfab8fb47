"""What telecom and banks ordinarily send, and a scam in it: hidden callers, padded texts, lengths in another unit."""

from typing import Any

import orjson
import pytest

from interdict.replay.player import Recorded
from schemas.spans import MINUTE_MS
from schemas.topics import CALLS, SMS
from schemas.withheld import WITHHELD
from tests.kit.story import ABROAD, MIDDAY, MULE, POLICE_TEXT, STRANGER, Story

HIDDEN = [None, "", " ", "anonymous", "Private Number", "隐藏号码", "+266696687", "sip:anonymous@anonymous.invalid"]


def phone_scam(peer: Any, **call: Any) -> Story:
    """Forty minutes on the line, and most of the savings leave."""
    story = Story()
    story.habits()
    story.call(0, peer, peer_type=call.pop("peer_type", "unknown"), call_id="c", **call)
    story.pay(40, MULE, 42_000, 11_000)
    return story


@pytest.mark.parametrize("peer", HIDDEN)
def test_a_caller_who_hides_is_judged_as_one_whose_line_is_unknown(peer: Any) -> None:
    story = phone_scam(peer)
    assert story.levels == phone_scam(STRANGER).levels
    assert {"pay.on_line"} <= story.codes()


@pytest.mark.parametrize("peer_type", [None, "service"])
def test_a_hidden_number_is_no_short_code(peer_type: str | None) -> None:
    assert "call.hidden" in phone_scam("anonymous", peer_type=peer_type).codes()


def test_a_hidden_number_is_never_one_that_was_met_before() -> None:
    story = Story()
    for day in range(-5, 0):
        story.call(day * 24 * 60, "anonymous", 5, peer_type="unknown")
        story.text(day * 24 * 60 + 9, "", "晚上吃饭吗")
    before = len(story.state.strangers)
    story.call(0, "anonymous", peer_type="unknown")
    assert len(story.state.strangers) == before + 1
    assert not story.state.contacts
    story.text(10, None, POLICE_TEXT)  # type: ignore[arg-type]
    assert "text.police" in story.codes()


def test_two_hidden_callers_are_two_strangers_and_two_phases_of_one_call_are_one() -> None:
    story = Story()
    story.call(0, "anonymous", 5, call_id="a")
    story.call(10, "未知", 5, call_id="b")
    assert len(story.state.talks) == 2
    assert len({talk.peer for talk in story.state.talks}) == 2
    assert len(story.state.strangers) == 2


def test_nobody_is_trusted_or_listed_by_the_word_for_nobody() -> None:
    for word in (WITHHELD, "anonymous"):
        story = Story(trusted_peers=[word])
        story.listed(word, "peer")
        story.call(0, word, peer_type="unknown")
        assert "call.listed" not in story.codes()
        assert len(story.state.talks) == 1


def test_a_call_that_one_makes_to_nobody_knows_whom_is_not_suspicious() -> None:
    story = Story()
    story.call(0, None, 5, direction="out")  # type: ignore[arg-type]
    assert [talk.suspicious for talk in story.state.talks] == [False]


def _talks_of_today(story: Story) -> list[Any]:
    return [talk for talk in story.state.talks if talk.answered_at >= MIDDAY]


def test_the_same_long_address_is_the_same_peer_and_another_is_not() -> None:
    story = Story()
    host = "ims.mnc000.mcc460.3gppnetwork.org;user=phone;tag="
    for day in (-5, -4, -3):
        story.call(day * 24 * 60, f"sip:+8613912345678@{host}17", 5, direction="out")
    story.call(0, f"sip:+8613912345678@{host}4711", 5)
    assert not _talks_of_today(story), "the last call is with somebody known"
    story.call(10, f"sip:+8613912345679@{host}4711", 5)
    assert len(_talks_of_today(story)) == 1


# Texts


PADS = {"full stops": "。", "innocent words": "晚上回家吃饭吗，我去买菜。", "spaces": " ", "nulls": "\0"}


@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_a_padded_text_is_read_to_its_end(place: float, pad: str) -> None:
    padding = PADS[pad] * (6_000 // len(PADS[pad]))
    text = padding[: int(len(padding) * place)] + POLICE_TEXT + padding[int(len(padding) * place) :]
    story = Story()
    story.habits()
    story.text(0, STRANGER, text)
    story.pay(40, MULE, 42_000, 11_000)
    plain = Story()
    plain.habits()
    plain.text(0, STRANGER, POLICE_TEXT)
    plain.pay(40, MULE, 42_000, 11_000)
    assert story.levels == plain.levels
    assert story.codes() == plain.codes() >= {"text.police", "pay.after_text"}


def test_parts_that_repeat_what_the_one_before_ended_with_are_read_as_one_text() -> None:
    story = Story()
    story.text(
        0, STRANGER, "您好，这里是市公安局经侦支队，现通知您涉嫌一起跨省案件，请您于今日内配合。"
        "一起跨省案件，请您于今日内配合。根据规定，请将名下资金转入安全账户接受清查，不得告知他人。",
    )  # fmt: skip
    assert "text.police" in story.codes()


# How long a call lasted


def ended(story: Story, minute: float, duration_s: Any, call_id: str = "c", **more: Any) -> None:
    """The end of a call from abroad."""
    value = {
        "event_id": f"end-{minute}-{call_id}", "occurred_at": MIDDAY + int(minute * MINUTE_MS), "phase": "ended",
        "subscriber": "+8613900000001", "peer": ABROAD, "call_id": call_id, "direction": "in", "peer_type": "foreign",
        "duration_s": duration_s, **more,
    }  # fmt: skip
    story.record(CALLS.name, value)


LONG = {"call.long_15", "call.long_40", "call.long_day"}


@pytest.mark.parametrize("seconds", [3, 14, 20, 60, 180, 600])
def test_milliseconds_for_seconds_make_no_long_call_of_one_that_was_seen_to_begin(seconds: int) -> None:
    story = Story()
    story.call(0, ABROAD, peer_type="foreign", call_id="c")
    ended(story, seconds / 60, seconds * 1000)
    assert not story.codes() & LONG
    (talk,) = story.state.talks
    assert talk.ended_at - talk.answered_at == seconds * 1000


@pytest.mark.parametrize("seconds", [15, 20, 60, 180, 600])
def test_milliseconds_for_seconds_are_no_evidence_where_only_the_end_is_told(seconds: int) -> None:
    story = Story()
    ended(story, 0, seconds * 1000)
    story.pay(1, MULE, 42_000, 11_000)
    assert not story.codes() & (LONG | {"pay.on_line", "pay.after_call"})


def test_a_long_call_of_which_only_the_end_is_told_still_counts() -> None:
    story = Story()
    ended(story, 0, 45 * 60)
    assert "call.long_40" in story.codes()


def test_signs_of_life_in_milliseconds_do_not_make_a_call_longer_than_it_was_seen() -> None:
    story = Story()
    story.call(0, ABROAD, peer_type="foreign", call_id="c")
    ended(story, 5, 5 * 60 * 1000, phase="ongoing")
    assert not story.codes() & LONG


def test_an_answer_that_is_told_late_says_when_a_call_began() -> None:
    story = Story()
    ended(story, 3, 3 * 60 * 40)  # two hours, it says
    story.call(0, ABROAD, peer_type="foreign", call_id="c")
    (talk,) = story.state.talks
    assert (talk.answered_at, talk.ended_at) == (MIDDAY, MIDDAY + 3 * MINUTE_MS)


@pytest.mark.parametrize("duration_s", [None, 0, -1, "", 10**9, 1e300, "00:03:00"])
def test_a_call_ends_though_nobody_says_after_how_long(duration_s: Any) -> None:
    story = Story()
    story.habits()
    story.call(0, ABROAD, peer_type="foreign", call_id="c")
    ended(story, 3, duration_s)
    story.pay(60, MULE, 42_000, 11_000)
    assert not story.codes() & {"pay.on_line", "pay.after_call"}
    assert story.state.talks[-1].ended_at == MIDDAY + 3 * MINUTE_MS


@pytest.mark.parametrize("duration_s", [None, 0, -1, 20, 20.5, 20_000, 10**9])
def test_ringing_is_no_talk_whatever_length_it_is_told_with(duration_s: Any) -> None:
    story = Story()
    ended(story, 0, duration_s, phase="ringing")
    assert not story.state.talks
    ended(story, 1, None)
    assert not story.state.talks
    assert not story.codes()


def test_every_record_of_such_a_day_is_taken_and_what_was_done_is_told() -> None:
    story = Story()
    common = {"subscriber": "+8613900000001", "occurred_at": MIDDAY, "direction": "IN"}
    call = {**common, "event_id": "1", "call_id": "c", "phase": "Answered", "duration_s": -1, "peer_type": "pstn"}
    text = {**common, "event_id": "2", "peer": "x" * 65, "text": "好" * 50_001}
    told = {}
    for topic, value in ((CALLS.name, call), (SMS.name, text)):
        entry = story.replay.read(Recorded(topic, b"+8613900000001", b"\xef\xbb\xbf" + orjson.dumps(value), 0))
        assert entry.rejected is None
        told[topic] = entry.mended
    assert told == {
        CALLS.name: ("bom", "withheld", "word", "duration", "unknown_word"),
        SMS.name: ("bom", "cut", "word"),
    }
