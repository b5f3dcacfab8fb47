"""The engine: decode, fence, duplicates, lateness, wrong keys, dead letters, and the ageing of idle keys."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import SMS, SUBSCRIBERS, TRANSACTIONS, Topic
from streams.core.changes import Tombstone
from streams.core.duty import Decisions
from streams.core.engine import FORWARDED, PROMPT_MS, PUBLISHED_AT, RECENT_MAX, RECENT_UNJOINED_MAX
from streams.core.identity import Identity
from streams.core.partitioner import hashes_of, partition_of
from streams.core.reader import LOG_APPEND_TIME
from tests.streams.bench import IDLE_MS, LATE_MS, Bench, text, told
from tests.streams.counting import DAY_MS, NOON, NOTES, Counted, CountingDuty, person, record, text_value
from tests.streams.duties import Noted, note


def test_a_state_is_written_once_however_many_events_touched_it() -> None:
    bench = Bench()
    effects = bench.apply(*[text(person(1), n) for n in range(7)], text(person(2), 7))
    assert sorted(key for _, key in effects.changes) == [person(1).encode(), person(2).encode()]
    assert bench.texts(person(1)) == 7


def test_a_replayed_batch_changes_nothing_and_commands_nothing() -> None:
    bench = Bench(every=5)
    batch = [text(person(1), n) for n in range(5)]
    assert len(bench.apply(*batch).outgoing) == 1
    again = bench.apply(*batch)
    assert again.outgoing == []
    assert again.changes == {}
    assert again.tally["fenced", SMS.name] == 5


def test_within_a_batch_a_later_offset_taken_first_does_not_fence_off_the_earlier() -> None:
    bench = Bench()
    newer, older = text(person(1), 1, at=NOON + 2, offset=5), text(person(1), 2, at=NOON, offset=6)
    bench.apply(older, newer)
    assert bench.texts(person(1)) == 2
    assert bench.apply(older, newer).tally["fenced", SMS.name] == 2


def test_the_same_event_at_another_offset_counts_once() -> None:
    bench = Bench()
    effects = bench.apply(text(person(1), 1, offset=0), text(person(1), 1, offset=1))
    assert bench.texts(person(1)) == 1
    assert effects.tally["duplicates", SMS.name] == 1


@pytest.mark.parametrize("later_ms", [0, 1, 4_000, 3_600_000], ids=["same", "a millisecond", "seconds", "an hour"])
def test_an_event_sent_again_counts_once_whatever_time_it_is_stamped_with(later_ms: int) -> None:
    bench = Bench()
    bench.apply(text(person(1), 1, at=NOON), text(person(1), 1, at=NOON + later_ms, offset=1))
    assert bench.texts(person(1)) == 1


def test_an_event_sent_again_after_a_hundred_others_counts_once() -> None:
    bench = Bench()
    bench.apply(*[text(person(1), n) for n in range(101)])
    assert bench.apply(text(person(1), 0, offset=101)).tally["duplicates", SMS.name] == 1
    assert bench.texts(person(1)) == 101


class Paid(CountingDuty):
    """Counts phases of transfers."""

    inputs = (SUBSCRIBERS, SMS, TRANSACTIONS)

    def count(self, state: Counted, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        state.texts += 1
        return ()


def test_two_phases_of_one_transfer_under_one_id_in_one_millisecond_are_two() -> None:
    bench = Bench(duty=Paid())
    value = {"event_id": "t", "occurred_at": NOON, "subscriber": person(1), "payer_account": "6222000000000001",
             "payee_account": "6222000000000002", "amount_minor": 1}  # fmt: skip
    phases = [orjson.dumps({**value, "phase": phase}) for phase in ("initiated", "posted", "initiated", "posted")]
    bench.apply(*[record(raw, person(1), n, TRANSACTIONS) for n, raw in enumerate(phases)])
    assert bench.texts(person(1)) == 2


def test_one_id_in_two_topics_is_two_events() -> None:
    bench = Bench(duty=Noted())
    bench.apply(text(person(1), 1), note(person(1), 1, event_id="event-1"))
    assert bench.texts(person(1)) == 2


def test_whose_ids_stand_for_what_depends_on_the_secret_and_on_nothing_else() -> None:
    """Whoever does not know it cannot search for two ids that are taken for one."""
    mine, again, other = Identity(b"mine"), Identity(b"mine"), Identity(b"other")
    ids = [f"event-{n}" for n in range(1_000)]
    assert list(map(mine.digest, ids)) == list(map(again.digest, ids))
    assert not {*map(mine.digest, ids)} & {*map(other.digest, ids)}
    assert len({*map(mine.stand_in, ids)}) == len(ids)
    assert mine.digest("x" * 5_000) != Identity(b"m" * 100).digest("x" * 5_000)


def test_remembered_event_ids_are_bounded() -> None:
    bench = Bench()
    bench.apply(*[text(person(1), n) for n in range(RECENT_MAX * 3)])
    assert len(bench.state(person(1)).recent) == 8 * RECENT_MAX


@pytest.mark.parametrize("by_ms", [PROMPT_MS + 1, LATE_MS])
def test_a_late_event_is_judged_and_decided_as_of_now(by_ms: int) -> None:
    """What follows from it must not be over before it begins."""
    bench = Bench(every=1)
    effects = bench.apply(text(person(1), 1, at=NOON - by_ms), clock=NOON)
    assert effects.tally["late", SMS.name] == 1
    assert told(effects) == [("tenth-1", NOON)]


@pytest.mark.parametrize("by_ms", [0, 1, PROMPT_MS])
def test_an_event_a_little_behind_its_lane_is_decided_at_its_own_time(by_ms: int) -> None:
    effects = Bench(every=1).apply(text(person(1), 1, at=NOON - by_ms), clock=NOON)
    assert effects.tally["late", SMS.name] == 0
    assert told(effects) == [("tenth-1", NOON - by_ms)]


def test_an_event_older_than_anything_remembered_is_dead_lettered_not_lost() -> None:
    bench = Bench()
    late = text(person(1), 2, at=NOON - LATE_MS - 1)
    effects = bench.apply(text(person(1), 1, at=NOON), late, clock=NOON)
    assert bench.texts(person(1)) == 1
    assert effects.outgoing[0].value == late.value
    assert effects.tally["dead_letters", SMS.name, "too_late"] == 1


def test_one_record_dated_ahead_makes_no_other_of_its_person_late() -> None:
    """It is as far ahead as the clock lets pass; the person's other feeds go on at the true time."""
    bench = Bench(every=1)
    bench.apply(text(person(1), 1, at=NOON + 300_000), clock=NOON)
    effects = bench.apply(*[text(person(1), n, at=NOON + n) for n in range(2, 20)], clock=NOON)
    assert (effects.tally["late", SMS.name], bench.texts(person(1))) == (0, 19)


BAD = {
    "not JSON": (b"{", "not_json"),
    "a null byte": (text_value(person(1), "e\0"), "null_byte"),
    "a wrong type": (text_value(person(1), "e", at="noon"), "wrong_type"),  # type: ignore[arg-type]
    "5 MB of text": (text_value(person(1), "e", text="x" * 5_000_000), "too_large"),
    "an unknown direction": (text_value(person(1), "e", direction="sideways"), "unknown_value"),
    "a missing field": (orjson.dumps({"event_id": "e"}), "missing_field"),
    "the far future": (text_value(person(1), "e", at=NOON * 1000), "time_implausible"),
    "nothing at all": (None, "tombstone"),
}


def test_what_can_be_mended_is_decided_and_told_and_is_no_letter() -> None:
    bench = Bench()
    value = text_value(person(1), "e", text="a\0b", direction="IN")
    effects = bench.apply(record(b"\xef\xbb\xbf" + value, person(1), offset=41), text(person(1), 42))
    assert not effects.outgoing
    assert bench.texts(person(1)) == 2
    told = {labels[1:]: count for labels, count in effects.tally.items() if labels[0] == "mended"}
    assert told == {(SMS.name, "bom"): 1, (SMS.name, "controls"): 1, (SMS.name, "word"): 1}


def test_what_was_mended_and_cannot_be_decided_is_buried_as_it_came() -> None:
    bench = Bench()
    value = text_value(person(1), "e", at=NOON - LATE_MS - 1, direction="IN")
    effects = bench.apply(text(person(1), 1, at=NOON), record(value, person(1), offset=2), clock=NOON)
    assert [letter.value for letter in effects.outgoing] == [value]


@pytest.mark.parametrize(("value", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_dead_lettered_byte_for_byte_with_the_reason(value: bytes | None, reason: str) -> None:
    bench = Bench()
    effects = bench.apply(record(value, person(1), offset=41, headers=(("trace", b"t"),)), text(person(1), 42))
    (letter,) = effects.outgoing
    headers = dict(letter.headers)
    assert (letter.topic, letter.key, letter.value) == (f"{SMS.name}.dead-letter", person(1).encode(), value)
    assert headers["interdict_reason"].decode() == reason
    assert headers["__streams.errors.topic"].decode() == SMS.name
    assert headers["__streams.errors.offset"] == b"41"
    assert headers["trace"] == b"t"
    assert person(1).encode() not in b"".join(headers.values())
    assert bench.texts(person(1)) == 1, "the line goes on"


@pytest.mark.parametrize("written", [-1, 0, NOON, NOON + 10 * DAY_MS])
def test_an_event_ahead_of_the_clock_is_refused_whatever_time_its_feed_wrote(written: int) -> None:
    bench = Bench(future_ms_max=300_000, clock=NOON)
    ahead, near = text(person(1), 1, at=NOON + 300_001), text(person(1), 2, at=NOON + 300_000)
    ahead.timestamp = near.timestamp = written
    assert bench.apply(ahead, near).tally["dead_letters", SMS.name, "time_implausible"] == 1
    assert bench.texts(person(1)) == 1


def test_an_event_ahead_of_the_time_at_which_the_broker_took_it_is_refused_though_it_is_past_now() -> None:
    bench = Bench(future_ms_max=300_000, clock=NOON + DAY_MS)
    taken = {"timestamp": NOON, "timestamp_type": LOG_APPEND_TIME}
    ahead, near = text(person(1), 1, at=NOON + 300_001), text(person(1), 2, at=NOON + 300_000)
    ahead.__dict__.update(taken), near.__dict__.update(taken)
    assert bench.apply(ahead, near).tally["dead_letters", SMS.name, "time_implausible"] == 1
    assert bench.texts(person(1)) == 1


@pytest.mark.parametrize("key", [None, "call-77", b"12345"], ids=["no key", "an event's id", "a number"])
def test_a_feed_that_keys_otherwise_is_sent_on_to_the_subjects_partition(key: Any) -> None:
    bench = Bench()
    effects = bench.apply(record(text_value(person(1), "e"), key))
    (sent,) = effects.outgoing
    assert (sent.topic, sent.key, sent.value) == (SMS.name, person(1).encode(), text_value(person(1), "e"))
    assert (FORWARDED, b"1") in sent.headers
    assert effects.tally["forwarded", SMS.name] == 1


def test_a_record_in_the_wrong_partition_is_sent_on_once_and_then_refused() -> None:
    bench = Bench(partitions=8)
    wrong = (partition_of(person(1).encode(), 8) + 1) % 8
    first = bench.apply(record(text_value(person(1), "e"), person(1), partition=wrong))
    assert first.tally["forwarded", SMS.name] == 1
    headers = tuple(first.outgoing[0].headers)
    second = bench.apply(record(text_value(person(1), "e"), person(1), partition=wrong, headers=headers, offset=1))
    assert second.tally["dead_letters", SMS.name, "key_mismatch"] == 1


@given(st.binary(max_size=40), st.integers(1, 1000))
def test_a_key_is_put_where_kafkas_own_partitioner_puts_it(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


@given(st.lists(st.binary(max_size=40)))
def test_many_keys_are_put_where_each_would_be(keys: list[bytes]) -> None:
    assert hashes_of(keys) == [partition_of(key, 1 << 31) for key in keys]


def test_a_misplaced_record_puts_nothing_into_the_fence_of_its_persons_own_lane() -> None:
    """Offsets of another partition mean nothing there: the person's next records would be passed over."""
    bench = Bench(partitions=8)
    own = partition_of(person(1).encode(), 8)
    astray = record(text_value(person(1), "astray"), person(1), 900, partition=(own + 1) % 8)
    first, second = (record(text_value(person(1), f"e{n}"), person(1), n, partition=own) for n in (5, 6))
    effects = bench.apply(first, astray)
    assert effects.tally["forwarded", SMS.name] == 1
    assert bench.apply(second).tally["fenced", SMS.name] == 0
    assert bench.texts(person(1)) == 2


# -- who is deleted ------------------------------------------------------------------------------------------------


def deletion(key: Any, offset: int = 9) -> SimpleNamespace:
    return record(None, key, offset, SUBSCRIBERS)


def test_a_tombstone_removes_what_is_remembered_of_a_person() -> None:
    bench = Bench()
    profile = orjson.dumps({"subscriber": person(1), "age_band": "65+", "area": "a"})
    bench.apply(record(profile, person(1), topic=SUBSCRIBERS), text(person(1), 1))
    assert bench.state(person(1)).named
    assert bench.apply(deletion(person(1))).outgoing == []
    assert (bench.slot(person(1)), bench.state(person(1)).named) == (None, False)
    assert bench.apply(text(person(1), 1)).tally["fenced", SMS.name] == 1, "what was applied is still known"


def test_a_tombstone_in_the_wrong_partition_is_sent_on_as_it_is() -> None:
    bench = Bench(partitions=8)
    astray = deletion(person(1))
    astray.partition = (partition_of(person(1).encode(), 8) + 1) % 8
    (sent,) = bench.apply(astray).outgoing
    assert (sent.topic, sent.key, sent.value) == (SUBSCRIBERS.name, person(1).encode(), None)


@pytest.mark.parametrize("key", [None, b"", b"12345", b"\xff", b"+86 138"])
def test_a_tombstone_that_names_nobody_is_refused(key: Any) -> None:
    effects = Bench().apply(deletion(key))
    assert effects.tally["dead_letters", SUBSCRIBERS.name, "key_invalid"] == 1


def test_a_tombstone_of_a_topic_that_is_not_compacted_is_refused() -> None:
    assert Bench().apply(record(None, person(1))).tally["dead_letters", SMS.name, "tombstone"] == 1


def test_a_record_in_its_own_partition_is_taken() -> None:
    bench = Bench(partitions=8)
    own = partition_of(person(1).encode(), 8)
    bench.apply(record(text_value(person(1), "e"), person(1), partition=own))
    assert bench.texts(person(1)) == 1


@pytest.mark.parametrize(("key", "reason"), [(person(2), "key_mismatch"), (b"\xff\xfe", "key_invalid")])
def test_a_contradictory_key_is_refused(key: Any, reason: str) -> None:
    effects = Bench().apply(record(text_value(person(1), "e"), key))
    assert effects.tally["dead_letters", SMS.name, reason] == 1


def test_an_idle_key_is_forgotten_but_its_profile_stays() -> None:
    bench = Bench()
    profile = orjson.dumps({"subscriber": person(2), "age_band": "65+", "area": "a"})
    bench.apply(
        record(profile, person(2), topic=SUBSCRIBERS), text(person(1), 1), text(person(2), 2), text(person(3), 3)
    )
    at = NOON + IDLE_MS + 1
    later = bench.apply(text(person(3), 4, at=at), text(person(4), 5, at=at), clock=at)
    assert isinstance(later.changes[0, person(1).encode()], Tombstone)
    assert person(1).encode() not in bench.store.snapshot()
    assert (bench.texts(person(2)), bench.slot(person(2)).profiled) == (0, True)


def test_a_key_that_comes_back_after_ageing_out_starts_afresh_whether_or_not_it_was_swept() -> None:
    """What a reader of the state can see must not depend on when housekeeping happened to pass by."""
    back = NOON + IDLE_MS + 1
    swept, unswept = Bench(), Bench()
    for bench in (swept, unswept):
        bench.apply(text(person(1), 1))
    swept.apply(text(person(2), 2, at=back), clock=back)
    for bench in (swept, unswept):
        bench.apply(text(person(1), 3, at=back), clock=back)
    assert swept.texts(person(1)) == unswept.texts(person(1)) == 1


def test_the_output_of_a_decision_is_the_same_bytes_each_time() -> None:
    batch = [text(person(1), n) for n in range(10)]
    first, second = Bench().apply(*batch).outgoing, Bench().apply(*batch).outgoing
    assert [(o.topic, o.key, o.value, o.headers) for o in first] == [
        (o.topic, o.key, o.value, o.headers) for o in second
    ]
    headers = dict(first[0].headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"].decode() == orjson.loads(first[0].value or b"")["command_id"]


def test_a_happening_is_counted_and_no_record_leaves() -> None:
    effects = Bench(duty=Noted()).apply(note(person(1), 1), note(person(1), 2), note(person(2), 3))
    assert effects.outgoing == []
    assert effects.tally["notes", person(1)] == 2
    assert effects.tally["notes_in_all",] == 3


def test_a_record_of_an_internal_topic_is_never_late() -> None:
    """They come from many lanes, each at its own hour."""
    bench = Bench(duty=Noted())
    effects = bench.apply(note(person(1), 1), note(person(1), 2, NOON - 10 * LATE_MS), clock=NOON)
    assert bench.texts(person(1)) == 2
    assert (effects.outgoing, effects.tally["late", NOTES.name]) == ([], 0)
    assert bench.state(person(1)).seen_at == NOON


def test_what_many_lanes_repeat_after_a_crash_counts_once() -> None:
    bench = Bench(duty=Noted())
    notes = [note(person(1), n) for n in range(RECENT_UNJOINED_MAX)]
    again = [note(person(1), n, offset=RECENT_UNJOINED_MAX + n) for n in range(RECENT_UNJOINED_MAX)]
    assert bench.apply(*notes, *again).tally["duplicates", NOTES.name] == RECENT_UNJOINED_MAX
    assert bench.texts(person(1)) == RECENT_UNJOINED_MAX
    bench.apply(note(person(1), RECENT_UNJOINED_MAX, offset=10_000))
    assert len(bench.state(person(1)).recent) == 8 * RECENT_UNJOINED_MAX


def test_an_output_says_when_the_first_record_of_its_chain_was_published() -> None:
    first = Bench(every=1).apply(text(person(1), 1)).outgoing[0]
    second = Bench(duty=Noted(every=1)).apply(note(person(1), 1, headers=tuple(first.headers), timestamp=NOON + 500))
    assert dict(first.headers)[PUBLISHED_AT] == b"%d" % NOON
    assert dict(second.outgoing[0].headers)[PUBLISHED_AT] == b"%d" % NOON
    assert second.outgoing[0].published_at == NOON


@pytest.mark.parametrize("value", [None, b"", b"soon", b"0", b"-1", b"1.5", b"\xff", b"9" * 30, b"9" * 9_000])
def test_a_feed_that_sends_nonsense_in_our_header_stops_nothing(value: bytes | None) -> None:
    odd = record(text_value(person(1), "e"), person(1), headers=((PUBLISHED_AT, value),))
    (sent,) = Bench(every=1).apply(odd).outgoing
    assert sent.published_at == NOON, "that of the record itself"
