"""A worker whose machine's clock is set forward or back by hours, in the middle of its work."""

import asyncio
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from interdict.run.processes import WorkerProcess
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.plain_scam import before, produce, scam
from tests.live.trial import producing

pytestmark = pytest.mark.broker

HOURS_S = 3 * 3600
CASES = "interdict_cases_opened_total"
OVERDUE = "interdict_relay_overdue_total"
STOPPED = "interdict_timers_stopped"


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, partitions=2, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


Step = Callable[[int], None]


@pytest.fixture
def step(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Step:
    """Sets the clock of every process started from here on so many seconds forward, or back: of none before, so the
    broker goes right. Elapsed time is left alone, as it is by a step."""
    found = find_spec("libfaketime")
    places = [] if found is None else found.submodule_search_locations or []
    files = [file for place in places for file in Path(place).glob("vendor/**/libfaketime.so.1")]
    if not files:
        pytest.skip("no libfaketime: python -m pip install libfaketime")
    offset = tmp_path / "offset"
    offset.write_text("+0")
    environment = {
        "LD_PRELOAD": str(files[0]), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda seconds: replace(offset, f"{seconds:+d}")


def replace(file: Path, text: str) -> None:
    """At once: who reads it meanwhile reads the one or the other."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


async def until(worker: WorkerProcess, name: str, at_least: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await asyncio.to_thread(worker.metric, name) < at_least:
            await asyncio.sleep(0.05)


def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.mark.parametrize("seconds", [HOURS_S, -HOURS_S], ids=["forward", "back"])
async def test_a_step_fires_no_deadline_and_stops_no_decision(settings: Settings, step: Step, seconds: int) -> None:
    async with producing(settings) as producer, WorkerProcess(settings) as worker:
        await produce(producer, before(now_ms()))
        await produce(producer, scam(now_ms()))
        await until(worker, CASES, 1)
        step(seconds)
        await produce(producer, scam(now_ms(), "+8619900000002"))
        await until(worker, CASES, 2)
        assert worker.metric(OVERDUE) == 0
        assert worker.alive


@pytest.mark.parametrize("seconds", [HOURS_S, -HOURS_S], ids=["forward", "back"])
async def test_timers_stand_still_while_the_machine_and_the_brokers_differ(
    request: pytest.FixtureRequest, settings: Settings, step: Step, seconds: int
) -> None:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("the embedded broker does not tell the time")
    async with WorkerProcess(settings) as worker:
        assert worker.metric("interdict_clock_compared") == 1
        assert worker.metric(STOPPED) == 0
        step(seconds)
        await until(worker, STOPPED, 1)
        async with asyncio.timeout(PATIENCE_S):
            while "timers stand still" not in worker.log.read_text():
                await asyncio.sleep(0.05)
        step(0)
        async with asyncio.timeout(PATIENCE_S):
            while "timers go on" not in worker.log.read_text():
                await asyncio.sleep(0.05)
        assert worker.metric(STOPPED) == 0
