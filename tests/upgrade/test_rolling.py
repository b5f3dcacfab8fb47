"""Workers of two releases work on one feed beside one another, and what they leave is what one release leaves.

A rolling change of two workers from the release before to this one, and back.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from schemas.orders import DESK
from streams.kafka.children import LOOPBACK
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.chaos.harness import stage
from tests.chaos.wire import Wire
from tests.live.trial import FED, INPUTS, Trial, behind, differences, offsets, outcome, producing, simulated
from tests.upgrade.release import unpacked

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

BEFORE = "0.2-desk"
PLAN = Plan(seed=23, population=300, duration_s=7_200, rate=2.0, scams_per_typology=1, duplicate_fraction=0.02)
PACE = 250_000.0
"""Bytes a second of each connection: the feed takes longer than all the coming and going."""
WAIT_S = 90.0


@pytest.fixture
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("Apache Kafka only: make test-kafka")
    async with stage(request.config.getoption("--broker")) as on:
        yield on.wires[0]


@pytest.fixture
async def settings(wire: Wire) -> Settings:
    settings = Settings(bootstrap=f"{LOOPBACK}:{wire.port}", session_timeout_s=6.0, commit_interval_s=0.2)
    await ensure_topics(settings)
    return settings


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return unpacked(BEFORE, tmp_path)


class Fleet:
    """Two workers, each of one release or the other."""

    def __init__(self, settings: Settings, before: Path) -> None:
        self._settings = settings
        self._before = before
        self._workers: list[WorkerProcess] = []

    async def __aenter__(self) -> "Fleet":
        await asyncio.gather(self._add(is_new=False), self._add(is_new=False))
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(worker.end() for worker in self._workers))

    async def replace_one(self, *, is_new: bool) -> None:
        """The one that has been there longest leaves in order, and another one comes."""
        assert await self._workers.pop(0).end() == 0
        await self._add(is_new=is_new)

    async def _add(self, *, is_new: bool) -> None:
        worker = WorkerProcess(self._settings, code=None if is_new else self._before)
        self._workers.append(worker)
        await worker.start()
        await worker.until_ready()


async def so_much_decided(records: int, settings: Settings) -> None:
    """Wait until so much of the feed is committed."""
    async with asyncio.timeout(WAIT_S):
        while sum(at for tp, at in (await offsets(settings)).items() if tp.topic in FED) < records:
            await asyncio.sleep(0.1)


async def decided_by_persons(trial: Trial, settings: Settings) -> None:
    """Wait until every record of the feed, and what follows from it about persons, is committed."""
    async with asyncio.timeout(WAIT_S):
        while True:
            at = {tp: offset for tp, offset in (await offsets(settings)).items() if tp.topic in INPUTS}
            fed = sum(offset for tp, offset in at.items() if tp.topic in FED)
            if fed >= trial.records_to_commit and not await behind(settings, at):
                return
            await asyncio.sleep(0.2)


async def test_a_rolling_change_to_this_release_and_back_loses_nothing_and_doubles_nothing(
    settings: Settings, wire: Wire, before: Path, tmp_path: Path
) -> None:
    """The feed lies ready, and comes so slowly that workers come and go in the middle of it."""
    trial = simulated(tmp_path, PLAN)
    steps = (True, True, False, False)
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows, settings)
    wire.pace = PACE
    async with Fleet(settings, before) as fleet:
        for number, is_new in enumerate(steps, 1):
            await so_much_decided(trial.records_to_commit * number // (len(steps) + 2), settings)
            await fleet.replace_one(is_new=is_new)
        wire.pace = None
        assert sum(at for tp, at in (await offsets(settings)).items() if tp.topic in FED) < trial.records_to_commit
        await decided_by_persons(trial, settings)
    found = await outcome(settings)
    trial.unasked = {key for key in (*trial.must_remain, *found.states) if not key.startswith((b"+", DESK.encode()))}
    assert differences(trial, found) == []
