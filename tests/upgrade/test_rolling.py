"""Workers of two releases work on one feed beside one another, and what they leave is what one release leaves.

A rolling change of two workers from the release before to this one, and back. Both must judge alike for that: where the
judgement changes, the release before is packed anew (`git archive` of the four packages).
"""

import asyncio
from pathlib import Path

import pytest

from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.trial import FED, all_committed, differences, offsets, outcome, producing, simulated
from tests.upgrade.release import unpacked

pytestmark = pytest.mark.broker

BEFORE = "0.2-desk"
PLAN = Plan(seed=23, population=300, duration_s=18_000, rate=2.0, scams_per_typology=1, duplicate_fraction=0.02)
AT_ONCE = 5
"""Records decided together: so few that the feed takes longer than all the coming and going, on any machine."""


@pytest.fixture
async def settings(request: pytest.FixtureRequest, lone_broker: str) -> Settings:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("Apache Kafka only: make test-kafka")
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0, commit_interval_s=0.2, batch_records_max=AT_ONCE)
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


async def decided(settings: Settings) -> int:
    """Records of the feed that are committed."""
    return sum(at for tp, at in (await offsets(settings)).items() if tp.topic in FED)


async def test_a_rolling_change_to_this_release_and_back_loses_nothing_and_doubles_nothing(
    settings: Settings, before: Path, tmp_path: Path
) -> None:
    """The feed lies ready, and is decided so slowly that workers come and go in the middle of it."""
    trial = simulated(tmp_path, PLAN)
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows, settings)
    async with Fleet(settings, before) as fleet:
        for is_new in (True, True, False, False):
            at = await decided(settings)
            async with asyncio.timeout(PATIENCE_S):
                while await decided(settings) <= at:
                    await asyncio.sleep(0.05)
            await fleet.replace_one(is_new=is_new)
        assert await decided(settings) < trial.records_to_commit, "in the middle of it"
        await all_committed(trial, settings)
    assert differences(trial, await outcome(settings)) == []
