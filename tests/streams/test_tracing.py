"""A trace goes from an input record to the commands it leads to, with OpenTelemetry or without."""

import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import DISSUASION
from streams.core.engine import Outgoing
from streams.core.traceparent import TRACEPARENT, traceparent_of
from streams.observe.tracing import Tracing, TracingError, tracing_of
from streams.settings import Settings
from tests.streams.bench import Bench
from tests.streams.counting import MINUTE_MS, NOON, person, record, text_value
from tests.streams.duties import Noted, note

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SAMPLED = f"00-{TRACE}-{PARENT}-01".encode()
UNSAMPLED = f"00-{TRACE}-{PARENT}-00".encode()
ONE = person(1)


def traced(*headers: tuple[str, bytes | None]) -> list[Outgoing]:
    """What the text of somebody, with these headers, leads to: one command."""
    return Bench(every=1).apply(record(text_value(ONE, "e"), ONE, headers=headers)).outgoing


def traceparents(outgoing: list[Outgoing]) -> list[bytes]:
    return [value for sent in outgoing for name, value in sent.headers if name == TRACEPARENT]


# -- passed on -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traceparent", [SAMPLED, UNSAMPLED])
def test_a_command_bears_the_trace_of_its_event(traceparent: bytes) -> None:
    assert traceparents(traced((TRACEPARENT, traceparent), ("tracestate", b"x=13800138000"))) == [traceparent]
    assert traceparents(traced()) == []


def test_the_trace_crosses_our_own_topics() -> None:
    (first,) = traced((TRACEPARENT, SAMPLED))
    second = Bench(duty=Noted(every=1)).apply(note(ONE, 1, headers=tuple(first.headers)))
    assert traceparents(second.outgoing) == [SAMPLED]


def test_a_dead_letter_and_a_record_sent_on_keep_their_trace() -> None:
    bad = record(b"{", ONE, headers=((TRACEPARENT, SAMPLED),))
    astray = record(text_value(ONE, "e"), None, headers=((TRACEPARENT, SAMPLED),))
    assert traceparents(Bench().apply(bad, astray).outgoing) == [SAMPLED] * 2


def test_what_a_timer_leads_to_belongs_to_no_trace() -> None:
    bench = Bench()
    bench.apply(record(text_value(ONE, "e", text="remind me"), ONE, headers=((TRACEPARENT, SAMPLED),)))
    (reminder,) = bench.tick(NOON + MINUTE_MS).outgoing
    assert (traceparents([reminder]), reminder.traceparent) == ([], b"")


MALFORMED = [
    None, b"", b"x", SAMPLED.upper(), SAMPLED + b"-", SAMPLED[:-1], SAMPLED + b"\n", b"ff" + SAMPLED[2:],
    b"01" + SAMPLED[2:] + b"-more", b"00-" + b"0" * 32 + SAMPLED[35:], SAMPLED[:36] + b"0" * 16 + b"-01",
    SAMPLED.replace(b"-", b"_"), b"9" * 9_000, "٠٠".encode() + SAMPLED[2:],
]  # fmt: skip


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_header_is_dropped_and_stops_nothing(value: bytes | None) -> None:
    (sent,) = traced((TRACEPARENT, value))
    assert (traceparents([sent]), sent.traceparent) == ([], b"")


def test_two_headers_are_none() -> None:
    assert traceparents(traced((TRACEPARENT, SAMPLED), (TRACEPARENT, UNSAMPLED))) == []


@given(st.binary(max_size=64))
def test_no_bytes_are_taken_for_a_trace_that_are_none(value: bytes) -> None:
    found = traceparent_of(record(b"", None, headers=((TRACEPARENT, value),)))
    assert found in (b"", value)
    assert found == b"" or len(found) == len(SAMPLED)


# -- spans ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Any:
    return pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()


async def test_a_command_of_a_sampled_trace_is_a_span_from_the_events_entry_to_the_acknowledgement(spans: Any) -> None:
    tracing = Tracing("counting", spans)
    outgoing = traced((TRACEPARENT, SAMPLED))
    tracing.begin(outgoing)
    assert spans.get_finished_spans() == (), "not before it is acknowledged"
    tracing.end(outgoing)
    await tracing.close()
    (span,) = spans.get_finished_spans()
    assert span.name == "decide dissuade"
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert traceparents(outgoing) == [f"00-{TRACE}-{span.context.span_id:016x}-01".encode()]
    assert (span.start_time, span.end_time > span.start_time) == (NOON * 1_000_000, True)
    assert dict(span.attributes) == {
        "messaging.system": "kafka", "messaging.destination.name": DISSUASION.name, "interdict.duty": "counting",
        "interdict.action": "dissuade", "interdict.level": "yellow", "interdict.typology": "other",
    }  # fmt: skip
    assert ONE[1:] not in span.to_json()


@pytest.mark.parametrize("headers", [(), ((TRACEPARENT, UNSAMPLED),)])
async def test_a_command_of_no_trace_or_one_that_nobody_records_is_no_span(spans: Any, headers: Any) -> None:
    tracing = Tracing("counting", spans)
    outgoing = traced(*headers)
    before = list(outgoing)
    tracing.begin(outgoing)
    assert outgoing == before
    tracing.end(outgoing)
    await tracing.close()
    assert spans.get_finished_spans() == ()


async def test_an_event_from_a_machine_whose_clock_is_ahead_gives_no_span_that_ends_before_it_begins(
    spans: Any,
) -> None:
    tracing = Tracing("counting", spans)
    outgoing = [
        msgspec.structs.replace(sent, published_at=4_000_000_000_000) for sent in traced((TRACEPARENT, SAMPLED))
    ]
    tracing.begin(outgoing)
    tracing.end(outgoing)
    await tracing.close()
    (span,) = spans.get_finished_spans()
    assert span.start_time <= span.end_time


# -- settings ------------------------------------------------------------------------------------------------------


def test_without_the_setting_there_are_no_spans() -> None:
    assert tracing_of(Settings(), "counting") is None


@pytest.mark.parametrize("missing", ["opentelemetry.sdk.trace.export", "opentelemetry.exporter.otlp.proto.http"])
def test_spans_without_the_extra_are_refused_in_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for name in [name for name in sys.modules if name.startswith(missing + ".")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(TracingError, match=r"pip install 'interdict\[otel\]'"):
        tracing_of(Settings(traces="console"), "counting")


def test_a_file_that_cannot_be_written_is_told() -> None:
    pytest.importorskip("opentelemetry.sdk")
    with pytest.raises(TracingError, match="No such file"):
        tracing_of(Settings(traces="file:/no/such/folder/spans"), "counting")


@pytest.mark.parametrize("where", ["collector:4318", "http://user:secret@collector:4318", "file:", "https://"])
def test_an_address_that_is_none_or_holds_a_password_is_refused_and_not_repeated(where: str) -> None:
    with pytest.raises(ValueError, match="traces") as refused:
        Settings(traces=where)
    assert "secret" not in str(refused.value)
