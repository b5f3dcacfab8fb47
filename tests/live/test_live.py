"""A real worker process on a real broker, against the replay of the same feed."""

import asyncio
import signal
from typing import Any
from urllib.request import urlopen

import orjson
import pytest

from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from schemas.topics import SMS, dead_letter
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.trial import INPUTS, Trial, all_committed, differences, outcome, producing, simulated

pytestmark = pytest.mark.broker

PLAN = Plan(seed=5, population=400, duration_s=36_000, rate=0.35, scams_per_typology=1, duplicate_fraction=0.02)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return simulated(tmp_path_factory.mktemp("trial"), PLAN)


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0, account_partitions=5)
    await ensure_topics(settings)
    return settings


async def test_a_worker_decides_what_the_replay_of_its_feed_decides(trial: Trial, settings: Settings) -> None:
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows, settings)
    async with WorkerProcess(settings) as worker:
        await all_committed(trial, settings)
        assert worker.metric("interdict_duplicates_total") > 0
        assert worker.metric("interdict_forwarded_total") == trial.wrongly_keyed
        assert await asyncio.to_thread(_page, worker, "/readyz") == {"ready": True, "reasons": {}}
        assert await asyncio.to_thread(_page, worker, "/livez") == {"alive": True}
        log = worker.log.read_text()
    found = await outcome(settings)
    assert len(found.decided) > 5, "commands, alerts and dead letters did come"
    assert sum(found.decided[dead_letter(SMS.name)].values()) == 11, "two of the hostile ones are mended"
    assert differences(trial, found) == []
    assert all(row.key is None or row.key.decode() not in log for row in trial.rows if row.topic in INPUTS)


async def test_a_worker_killed_in_the_middle_loses_nothing_and_decides_nothing_else(
    trial: Trial, settings: Settings
) -> None:
    """It dies with half of the feed decided, or some of it, and nothing committed: its heir meets all of that again."""
    half = len(trial.rows) // 2
    victim = WorkerProcess(settings.model_copy(update={"commit_interval_s": 60.0}))
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows[:half], settings)
        async with victim:
            async with asyncio.timeout(PATIENCE_S):
                while not await asyncio.to_thread(victim.metric, "interdict_alerts_total"):
                    await asyncio.sleep(0.01)
            victim.send(signal.SIGKILL)
        await trial.publish(producer, trial.rows[half:], settings)
    async with WorkerProcess(settings) as heir:
        await all_committed(trial, settings)
        assert heir.metric("interdict_recovery_records_total") > 0
        assert heir.metric("interdict_fenced_total") > 0
    assert differences(trial, await outcome(settings), repeats=True) == []


def _page(worker: WorkerProcess, path: str) -> Any:
    with urlopen(worker.address + path, timeout=PATIENCE_S) as answer:
        return orjson.loads(answer.read())
