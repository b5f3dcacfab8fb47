"""A release that had the desk among persons, in one piece; this one takes it over once all its workers have stopped."""

import asyncio
from collections import Counter
from pathlib import Path

import orjson
import pytest

from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from interdict.run.worker import ENDS
from schemas.topics import ACTIONS, ORDERS
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.endings import last_words
from tests.live.trial import EVENTS, all_committed, offsets, outcome, producing, simulated
from tests.upgrade.release import unpacked

pytestmark = pytest.mark.broker

PLAN = Plan(seed=29, population=200, duration_s=14_400, rate=0.5, scams_per_typology=1)


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0, commit_interval_s=0.2)
    await ensure_topics(settings)
    return settings


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return unpacked("0.2-one-key-space", tmp_path)


async def test_holds_and_tasks_are_gone_on_with_and_nothing_is_decided_twice(
    settings: Settings, before: Path, tmp_path: Path
) -> None:
    trial = simulated(tmp_path, PLAN, wrongly_keyed=0)
    half = len(trial.rows) // 2
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows[:half], settings)
        async with WorkerProcess(settings, code=before):
            fed = sum(row.topic in EVENTS for row in trial.rows[:half])
            async with asyncio.timeout(PATIENCE_S):
                while sum(at for tp, at in (await offsets(settings)).items() if tp.topic in EVENTS) < fed:
                    await asyncio.sleep(0.1)
        await trial.publish(producer, trial.rows[half:], settings)
        async with WorkerProcess(settings) as worker:
            await all_committed(trial, settings)
            taken_over = worker.metric("interdict_fenced_total", topic=ORDERS.name)
    found = await outcome(settings)
    assert taken_over > 0, "orders that were decided before lie there still"
    commands = [command for topic in ACTIONS for command in found.decided[topic.name].elements()]
    ids = Counter(orjson.loads(value or b"{}").get("command_id") for _, value in commands)
    assert len(ids) > 0
    assert [number for number in ids.values() if number > 1] == [], "whichever release decided it, once"


async def test_beside_a_worker_that_has_the_desk_among_persons_none_of_this_release_begins(
    request: pytest.FixtureRequest, settings: Settings, before: Path
) -> None:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("the embedded broker does not tell what a member reads: make test-kafka")
    async with WorkerProcess(settings, code=before):
        newcomer = WorkerProcess(settings)
        await newcomer.start()
        told = await last_words(newcomer)
    assert f"which reads {ORDERS.name} there: stop all of them" in told.removeprefix(f"{ENDS}: ")
