"""A traced transaction in, and its commands out in the same trace: through the relay, the desk's topic and the desk."""

import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from interdict.run.processes import WorkerProcess
from streams.core.traceparent import TRACEPARENT
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.live.plain_scam import ANSWERED_ON, before, produce, scam
from tests.live.trial import producing

pytestmark = pytest.mark.broker

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SENT = f"00-{TRACE}-{PARENT}-01"


async def heard(settings: Settings) -> dict[str, list[str]]:
    """Pay a mule, and listen until each topic has told something: the `traceparent` of each record by its topic."""
    traces: dict[str, list[str]] = {}
    consumer = AIOKafkaConsumer(*ANSWERED_ON, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with producing(settings) as producer:
            await produce(producer, before(_now_ms()))
            async with WorkerProcess(settings):
                await produce(producer, scam(_now_ms()), headers=[(TRACEPARENT, SENT.encode())])
                while traces.keys() != set(ANSWERED_ON):
                    record = await consumer.getone()
                    traces.setdefault(record.topic, []).append(dict(record.headers)[TRACEPARENT].decode())
    finally:
        await consumer.stop()
    return traces


def _now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


async def test_without_spans_everything_bears_the_header_that_came(settings: Settings) -> None:
    assert {trace for traces in (await heard(settings)).values() for trace in traces} == {SENT}


async def test_with_spans_each_command_names_its_own_in_the_same_trace(settings: Settings, tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    file = tmp_path / "spans"
    traces = await heard(settings.model_copy(update={"traces": f"file:{file}"}))
    spans: list[dict[str, Any]] = [orjson.loads(line) for line in file.read_text().splitlines()]
    assert {span["context"]["trace_id"] for span in spans} == {f"0x{TRACE}"}
    assert {span["parent_id"] for span in spans} == {f"0x{PARENT}"}
    made = {(span["attributes"]["messaging.destination.name"], span["context"]["span_id"][2:]) for span in spans}
    commands = [topic for topic in ANSWERED_ON if topic.startswith("actions.")]
    assert {(topic, trace.split("-")[2]) for topic in commands for trace in traces[topic]} <= made
    assert {trace for topic in ANSWERED_ON if topic not in commands for trace in traces[topic]} == {SENT}
