"""A real compaction takes the last good policy away from under its bad successor: what was kept of it holds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.kafka.cluster import KafkaCluster
from interdict.run.processes import WorkerProcess
from schemas.topics import POLICIES
from streams.kafka.topics import ensure_topics
from streams.runtime.accepted import read_accepted
from streams.settings import Settings
from tests.kafka.compaction import EAGER
from tests.kit.patience import PATIENCE_S
from tests.live.doubtful import ASKED, BAD, TAKEN, centre, doubts, in_topic, page, policy

pytestmark = pytest.mark.broker

AT_ONCE = {**EAGER, "log.cleaner.delete.retention.ms": "100"}
"""Tombstones are taken away as soon as they can be, too."""


@pytest.fixture
async def settings(request: pytest.FixtureRequest) -> AsyncIterator[Settings]:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("Apache Kafka only: make test-kafka")
    async with KafkaCluster(settings=AT_ONCE) as cluster:
        settings = Settings(bootstrap=cluster.bootstrap, session_timeout_s=6.0)
        await ensure_topics(settings)
        yield settings


async def test_what_was_good_before_compaction_holds_after_it(settings: Settings) -> None:
    async with centre(settings) as told:
        async with WorkerProcess(settings) as worker:
            await told.produce(POLICIES.name, "roster", policy("roster", "good"))
            await told.produce(POLICIES.name, "limits", policy("limits", "good"))
            assert await told.plain_scam() == TAKEN
            await told.produce(POLICIES.name, "roster", BAD)
            await told.produce(POLICIES.name, "limits", None)
            await doubts(worker, 2)
            async with asyncio.timeout(PATIENCE_S):
                while (await read_accepted(settings)).keys() != {"roster", "limits"}:
                    await asyncio.sleep(0.1)
        await _compacted_to(settings, told, {b"roster": BAD})
        async with WorkerProcess(settings) as heir:
            assert await told.plain_scam() == ASKED, "the limits were deleted, though nothing is left that says so"
            assert await asyncio.to_thread(heir.metric, "interdict_policy_unreadable") == 2
            told_of = await asyncio.to_thread(page, heir)
            assert 'interdict_policy_info{policy="roster",version="good"} 1.0' in told_of
            assert 'interdict_policy_info{policy="limits",version="good"} 1.0' in told_of
            await told.produce(POLICIES.name, "limits", policy("limits", "next"))
            await doubts(heir, 1)
            assert await told.plain_scam() == TAKEN


async def _compacted_to(settings: Settings, told: Any, wanted: dict[bytes, bytes]) -> None:
    """Wait until nothing but this, and what closes segments, is left of the policies."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            left = [one for one in await in_topic(settings, POLICIES) if one[0] != b"weather"]
            if len(left) == len(wanted) and dict(left) == wanted:
                return
            await told.produce(POLICIES.name, "weather", b"{}")  # closes the segment that is older than its time
            await asyncio.sleep(0.5)
