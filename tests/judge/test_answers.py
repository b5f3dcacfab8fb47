"""Executors and officers: when they answer, and that what they say fits what the recording goes on to show."""

from collections.abc import Iterator

import pytest

from interdict.judge.answers import Answering, whom, words_of
from interdict.judge.known import Known
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from interdict.topology import load_pipelines
from schemas.spans import DAY_MS, HOUR_MS, SECOND_MS
from schemas.topics import CALLS
from streams.core.lanes import Entry
from tests.judge.small import (
    CONTACT_AT,
    HONEST,
    HONEST_ACCOUNT,
    PAID_AT,
    STARTS_AT,
    VICTIM,
    freeze,
    payment,
    talk,
    truth,
)


@pytest.mark.parametrize(
    ("person", "at", "expected"),
    [
        (HONEST, PAID_AT, "honest"),
        (VICTIM, CONTACT_AT - 1, "honest"),
        (VICTIM, PAID_AT - 1, "goes_on"),
        (VICTIM, PAID_AT, "stops"),
        (VICTIM, PAID_AT + DAY_MS, "stops"),
    ],
)
def test_who_in_the_recording_goes_on_paying_is_not_persuaded(person: str, at: int, expected: str) -> None:
    assert whom(Known(truth()), person, at) == expected


def test_the_coached_answer_nobody_until_all_is_paid() -> None:
    known = Known(truth(payment(1), payment(2, PAID_AT + HOUR_MS), is_coached=True))
    assert whom(known, VICTIM, PAID_AT) == "coached"
    assert words_of("call", "coached")[-1][0] == "unreachable"
    assert whom(known, VICTIM, PAID_AT + HOUR_MS) == "stops"


def test_only_the_honest_turn_out_to_be_a_false_alarm() -> None:
    told = {who: words_of("call", who)[-1][0] for who in ("honest", "goes_on", "stops")}
    assert told == {"honest": "false_alarm", "goes_on": "refused", "stops": "persuaded"}


def test_every_measure_is_carried_out() -> None:
    assert words_of("freeze", "honest") == words_of("hold", "goes_on") == words_of("release", "stops")
    assert [word for word, _ in words_of("freeze", "honest")] == ["executed"]


def entries() -> Iterator[Entry]:
    """An event a minute."""
    for minute in range(4):
        yield Entry(Recorded(CALLS.name, b"", b"", 0), STARTS_AT + minute * 60 * SECOND_MS, None)


def heard(latency_s: float) -> list[tuple[float, str]]:
    """Seconds and topics of what is decided, when a freeze is ordered at the first event."""
    answering = Answering(
        Replay(load_pipelines(), 0, DAY_MS).read, Known(truth()), int(latency_s * SECOND_MS), lambda _: None
    )
    ahead, taken = answering.among(entries()), []
    answering.hear(freeze(HONEST_ACCOUNT, STARTS_AT))
    while (entry := ahead.next) is not None:
        taken.append(((entry.at - STARTS_AT) / SECOND_MS, entry.record.topic.partition(".")[0]))
        ahead.take()
    return taken


def test_an_answer_stands_where_its_time_is_also_before_the_event_that_was_next() -> None:
    assert heard(15) == [(0, "telecom"), (15, "command"), (60, "telecom"), (120, "telecom"), (180, "telecom")]
    assert heard(61)[:3] == [(0, "telecom"), (60, "telecom"), (61, "command")]


def test_an_answer_after_the_last_event_is_not_heard() -> None:
    assert [topic for _, topic in heard(181)] == ["telecom"] * 4


def test_nobodys_case_waits_for_a_word_about_an_account_that_is_nobodys() -> None:
    command = talk("sms", HONEST, STARTS_AT).model_copy(update={"subscriber": None})
    answering = Answering(Replay(load_pipelines(), 0, DAY_MS).read, Known(truth()), 0, lambda _: None)
    answering.hear(command)
    assert answering.among(iter(())).next is None
