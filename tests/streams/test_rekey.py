"""What a pipeline reads is copied to another key space: once for each key, as it came, whoever it names."""

from typing import Any

import orjson

from schemas.events import Transaction
from schemas.topics import ACCOUNT_TRANSFERS, SMS, SUBSCRIBERS, TRANSACTIONS
from streams.core.engine import PUBLISHED_AT, Effects
from streams.core.pipeline import Pipeline, Rekey
from streams.core.traceparent import TRACEPARENT
from tests.streams.bench import Bench
from tests.streams.counting import NOON, PERSONS, CountingDuty, person, record

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Taking(CountingDuty):
    """Takes transfers too, and raises on those of one fen."""

    inputs = (SUBSCRIBERS, SMS, TRANSACTIONS)

    def decide(self, state: Any, key: str, topic: Any, event: Any, now: int) -> Any:
        if topic is TRANSACTIONS:
            assert event.amount_minor != 1
            return state, ()
        return super().decide(state, key, topic, event, now)


def parts(transfer: Transaction) -> tuple[str, ...]:
    return (transfer.payer_account, transfer.payee_account)


def bench(**more: Any) -> Bench:
    return Bench(duty=Pipeline(PERSONS, [Taking()], rekeys=[Rekey(TRANSACTIONS, ACCOUNT_TRANSFERS, parts)]), **more)


def paid(number: int, subscriber: str | None = person(1), offset: int | None = None, **more: Any) -> Any:
    value = {"event_id": f"t{number}", "occurred_at": NOON, "subscriber": subscriber, "payer_account": "A",
             "payee_account": "B", "amount_minor": 500, "phase": "posted"}  # fmt: skip
    key, fields = more.pop("key", subscriber), {**value, **more.pop("fields", {})}
    made = record(orjson.dumps(fields), key, number if offset is None else offset, TRANSACTIONS)
    for name, changed in more.items():
        setattr(made, name, changed)
    return made


def copies(effects: Effects) -> list[tuple[bytes | None, bytes | None]]:
    return [(sent.key, sent.value) for sent in effects.outgoing if sent.topic == ACCOUNT_TRANSFERS.name]


def test_a_record_goes_to_each_of_its_keys_as_it_came() -> None:
    one = paid(1)
    effects = bench().apply(one)
    assert copies(effects) == [(b"A", one.value), (b"B", one.value)]
    assert effects.tally["rekeyed", ACCOUNT_TRANSFERS.name] == 2


def test_a_record_that_names_nobody_goes_there_too() -> None:
    effects = bench().apply(paid(1, None, key="A"))
    assert len(copies(effects)) == 2
    assert effects.tally["unattributed", TRANSACTIONS.name] == 1


def test_what_is_read_or_sent_again_is_not_copied_again() -> None:
    it = bench()
    assert len(copies(it.apply(paid(1), paid(1, offset=2)))) == 2
    assert copies(it.apply(paid(1))) == []


def test_what_is_sent_on_is_copied_where_it_belongs_and_not_on_its_way() -> None:
    effects = bench().apply(paid(1, key="A"))
    assert [sent.topic for sent in effects.outgoing] == [TRANSACTIONS.name]


def test_what_could_not_be_decided_goes_to_a_letter_alone() -> None:
    effects = bench().apply(paid(1, fields={"amount_minor": 1}))
    assert copies(effects) == []
    assert effects.tally["dead_letters", TRANSACTIONS.name, "undecidable"] == 1


def test_other_topics_are_not_copied() -> None:
    text = {"event_id": "s", "occurred_at": NOON, "subscriber": person(1), "peer": "1", "direction": "in", "text": "A"}
    assert copies(bench().apply(record(orjson.dumps(text), person(1)))) == []


def test_a_copy_says_when_its_record_entered_kafka_and_what_trace_it_belongs_to() -> None:
    one = paid(1, timestamp=NOON + 5, headers=((TRACEPARENT, TRACE), ("of the feed", b"x")))
    for sent in bench().apply(one).outgoing:
        assert dict(sent.headers) == {PUBLISHED_AT: b"%d" % (NOON + 5), TRACEPARENT: TRACE}
        assert sent.origin == (TRANSACTIONS.name, one.partition, one.offset)
