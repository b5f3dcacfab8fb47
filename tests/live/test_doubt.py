"""Limits that nobody can read, on a live worker: it warns as ever, and takes nothing without an officer's yes."""

import asyncio

import pytest

from interdict.run.processes import WorkerProcess
from schemas.topics import ACCEPTED, POLICIES
from streams.kafka.topics import ensure_topics
from streams.runtime.accepted import read_accepted
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.doubtful import ASKED, BAD, TAKEN, centre, doubts, in_topic, page, policy

pytestmark = pytest.mark.broker


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


@pytest.mark.parametrize("end", [None, BAD], ids=["a tombstone", "a bad record"])
async def test_limits_that_nobody_can_read_take_nothing_also_after_a_restart_until_good_ones_come(
    end: bytes | None, settings: Settings
) -> None:
    async with centre(settings) as told:
        async with WorkerProcess(settings) as worker:
            assert await told.plain_scam() == TAKEN
            await told.produce(POLICIES.name, "limits", policy("limits", "1"))
            await told.produce(POLICIES.name, "limits", end)
            await doubts(worker, 1)
            assert await told.plain_scam() == ASKED
            assert worker.metric("interdict_kill_switch") == 1
        async with WorkerProcess(settings) as heir:
            assert await told.plain_scam() == ASKED
            await told.produce(POLICIES.name, "limits", policy("limits", "2"))
            await doubts(heir, 0)
            assert await told.plain_scam() == TAKEN


async def test_a_worker_that_starts_where_compaction_left_no_good_policy_takes_up_what_was_kept(
    settings: Settings,
) -> None:
    async with centre(settings) as told:
        await told.produce(ACCEPTED.name, "roster", policy("roster", "kept"))
        await told.produce(POLICIES.name, "roster", b"{")
        await told.produce(ACCEPTED.name, "limits", policy("limits", "kept"))  # and of its tombstone nothing is left
        async with WorkerProcess(settings) as worker:
            assert await told.plain_scam() == ASKED
            assert await asyncio.to_thread(worker.metric, "interdict_policy_unreadable") == 2
            told_of = await asyncio.to_thread(page, worker)
            assert 'interdict_policy_info{policy="roster",version="kept"} 1.0' in told_of
            assert 'interdict_policy_info{policy="limits",version="kept"} 1.0' in told_of


async def test_what_is_accepted_is_kept_once_as_it_came_and_what_is_refused_is_not(settings: Settings) -> None:
    first, second = policy("limits", "1"), b" " + policy("limits", "2")
    async with centre(settings) as told, WorkerProcess(settings), WorkerProcess(settings):
        for value in (first, BAD, b"{", second, None):
            await told.produce(POLICIES.name, "limits", value)
        async with asyncio.timeout(PATIENCE_S):
            while (await read_accepted(settings)).get("limits") != second:
                await asyncio.sleep(0.1)
        assert await told.plain_scam() == ASKED, "deleted, whichever worker decides"
    assert await in_topic(settings, ACCEPTED) == [(b"limits", first), (b"limits", second)]
