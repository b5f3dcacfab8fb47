"""Spans: with the extra `otel` and `INTERDICT_TRACES`, each command of a sampled trace is a span, from the moment its
event entered Kafka to the command's acknowledgement, and the command names that span:

    bank's span ─► record, traceparent ─► span "decide freeze" ─► command, traceparent ─► executor's span

No span is made for an event that leads to no command, and none for what a timer leads to: nobody sent that. What is
decided again after a crash goes out with the same ids, and in another span of the same trace.
"""

import asyncio
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.errors import ExpectedError
from streams.core.traceparent import TRACEPARENT, is_sampled
from streams.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

    from streams.core.engine import Outgoing

CLOSE_S = 2.0
"""How long a worker that leaves waits for its last spans to be taken."""
EXPORT_MS = 1_000
NANOS = 1_000_000


class TracingError(ExpectedError):
    """Traces are wanted and cannot be had; says what is missing."""


class Tracing:
    """Spans of commands, from their decision to their acknowledgement.

    Args:
        duty: whose they are.
        exporter: where they go.
    """

    def __init__(self, duty: str, exporter: "SpanExporter") -> None:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased

        self._duty = duty
        self._provider = TracerProvider(
            ParentBased(ALWAYS_OFF), Resource.create({SERVICE_NAME: "interdict"}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_MS))
        self._tracer = self._provider.get_tracer("interdict")
        self._open: dict[bytes, Span] = {}
        """Spans of commands on their way, by the `traceparent` that these bear."""

    def begin(self, outgoing: "list[Outgoing]") -> None:
        """Open a span for each command of a sampled trace, and let the command name it instead of its parent."""
        for place, sent in enumerate(outgoing):
            if is_sampled(sent.traceparent) and sent.output is not None and sent.output.topic.kind == "action":
                span = self._span(sent)
                own = _named(span)
                self._open[own] = span
                headers = [(name, own if name == TRACEPARENT else value) for name, value in sent.headers]
                outgoing[place] = msgspec.structs.replace(sent, headers=headers, traceparent=own)

    def end(self, outgoing: "list[Outgoing]") -> None:
        """Close the spans of what the broker has acknowledged."""
        for sent in outgoing:
            if span := self._open.pop(sent.traceparent, None):
                span.end()

    async def close(self) -> None:
        """Hand over the last spans; what nobody takes in time is given up."""
        closing = threading.Thread(target=self._provider.shutdown, name="tracing-close", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSE_S)

    def _span(self, sent: "Outgoing") -> "Span":
        from opentelemetry.trace import SpanKind

        assert sent.output is not None
        command: Any = sent.output.value
        began_ns = min((sent.published_at or sys.maxsize) * NANOS, time.time_ns())  # clocks of two machines may differ
        return self._tracer.start_span(
            f"decide {command.action}",
            _parent(sent.traceparent),
            SpanKind.PRODUCER,
            {
                "messaging.system": "kafka",
                "messaging.destination.name": sent.topic,
                "interdict.duty": self._duty,
                "interdict.action": command.action,
                "interdict.level": command.level,
                "interdict.typology": command.typology,
            },
            start_time=began_ns,
        )


def _parent(traceparent: bytes) -> "Context":
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    _, trace, span, flags = (int(part, 16) for part in traceparent.split(b"-"))
    return set_span_in_context(NonRecordingSpan(SpanContext(trace, span, True, TraceFlags(flags))))


def _named(span: "Span") -> bytes:
    context = span.get_span_context()
    return b"00-%032x-%016x-%02x" % (context.trace_id, context.span_id, context.trace_flags)


def tracing_of(settings: Settings, duty: str) -> Tracing | None:
    """What the settings ask for; None where they ask for no spans.

    Raises:
        TracingError: the extra is not installed, or the file cannot be written.
    """
    return Tracing(duty, _exporter(settings.traces)) if settings.traces else None


def _exporter(where: str) -> "SpanExporter":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter
    except ImportError:
        raise TracingError(
            "INTERDICT_TRACES is set, and OpenTelemetry is not installed: pip install 'interdict[otel]'"
        ) from None
    if where.startswith("http"):
        return OTLPSpanExporter(endpoint=where)
    out: Any = sys.stdout if where == "console" else _opened(Path(where.removeprefix("file:")))
    return ConsoleSpanExporter(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")


def _opened(path: Path) -> Any:
    try:
        return path.open("a", encoding="utf-8")
    except OSError as problem:
        raise TracingError(f"INTERDICT_TRACES: {path}: {problem.strerror}") from None
