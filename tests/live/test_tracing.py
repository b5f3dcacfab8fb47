"""A traced transaction in, and its commands out in the same trace: through the relay, the desk's topic and the desk."""

import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from interdict.processes import WorkerProcess
from schemas.topics import ACCOUNT, CASES, DISSUASION, TRANSACTIONS, VICTIM_ALERTS, WATCHLIST
from streams.settings import Settings
from streams.topics import ensure_topics
from streams.traceparent import TRACEPARENT
from tests.live.trial import producing

pytestmark = pytest.mark.broker

MULE = "6222999900000001"
PERSON = "+8619900000001"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SENT = f"00-{TRACE}-{PARENT}-01"
HEARD = (ACCOUNT.name, DISSUASION.name, VICTIM_ALERTS.name, CASES.name)


async def heard(settings: Settings) -> dict[str, list[str]]:
    """Pay a mule, and listen until each topic has told something: the `traceparent` of each record by its topic."""
    now = int(time.time() * 1000)
    entry = {"value": MULE, "kind": "account", "category": "mule", "source": "test", "added_at": now}
    paid = {
        "event_id": "tx-1", "occurred_at": now, "subscriber": PERSON, "payer_account": "6222000000000001",
        "payee_account": MULE, "amount_minor": 5_000_000, "balance_minor": 100_000, "phase": "initiated",
        "payee_is_new": True,
    }  # fmt: skip
    traces: dict[str, list[str]] = {}
    consumer = AIOKafkaConsumer(*HEARD, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with producing(settings) as producer:
            await producer.send_and_wait(WATCHLIST.name, orjson.dumps(entry), MULE.encode())
            async with WorkerProcess(settings):
                headers = [(TRACEPARENT, SENT.encode())]
                await producer.send_and_wait(TRANSACTIONS.name, orjson.dumps(paid), PERSON.encode(), headers=headers)
                while traces.keys() != set(HEARD):
                    record = await consumer.getone()
                    traces.setdefault(record.topic, []).append(dict(record.headers)[TRACEPARENT].decode())
    finally:
        await consumer.stop()
    return traces


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
    commands = [topic for topic in HEARD if topic.startswith("actions.")]
    assert {(topic, trace.split("-")[2]) for topic in commands for trace in traces[topic]} <= made
    assert {trace for topic in HEARD if topic not in commands for trace in traces[topic]} == {SENT}
