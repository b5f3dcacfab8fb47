"""A feed that places its records by another partitioner than Kafka's: it must end like one that does not."""

import asyncio
import zlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from agents.victims.duty import VictimsDuty
from agents.victims.policy import Policy
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from interdict.topology import policy_record
from schemas.codec import encode
from schemas.fields import LEVELS, Level
from schemas.topics import CALLS, POLICIES, SMS, SUBSCRIBERS, TRANSACTIONS, VICTIM_ALERTS, dead_letter
from streams.core.partitioner import partition_of
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.live.trial import EVENTS, Row, Trial, all_committed, outcome, producing, simulated

pytestmark = pytest.mark.broker

PLAN = Plan(seed=25, population=200, duration_s=7_200, rate=0.4, scams_per_typology=1)
FEEDS = {
    "the bank's": frozenset({TRANSACTIONS.name}),
    "the carrier's": frozenset({CALLS.name, SMS.name}),
    "all of them": frozenset({TRANSACTIONS.name, CALLS.name, SMS.name, SUBSCRIBERS.name}),
}
MARGIN = 1.05
"""Within a minute an event may be decided a little later than it was: what it rests on has faded by a hundredth. Nobody
of the feed may stand so little above a level that this decides."""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    trial = simulated(tmp_path_factory.mktemp("partitioners"), PLAN, 0)
    higher = with_levels(trial, MARGIN).must_come[VICTIM_ALERTS.name]
    assert highest(higher) == highest(trial.must_come[VICTIM_ALERTS.name]), "take a seed of which nobody is so near"
    return trial


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


async def publish(producer: AIOKafkaProducer, rows: list[Row], settings: Settings, by_crc32: frozenset[str]) -> int:
    """Publish rows; of these topics by librdkafka's default partitioner. How many lie astray."""
    sent, astray = [], 0
    for row in rows:
        lane = None
        if row.topic in by_crc32 and row.key is not None:
            lane = zlib.crc32(row.key) % settings.partitions
            astray += lane != partition_of(row.key, settings.partitions) and _is_valid(row)
        sent.append(await producer.send(row.topic, row.value, row.key, partition=lane))
    await asyncio.gather(*sent)
    return astray


def _is_valid(row: Row) -> bool:
    """Whether it is sent on: one that cannot be read is buried where it lies."""
    return row in _valid


_valid: set[Row] = set()


def _is_last_word(row: Row) -> bool:
    """Days after all that happened: behind it everything else is days late."""
    return b'"last-' in row.value


def highest(alerts: Any) -> dict[str, Level]:
    """Of each person ever warned, how urgent it got."""
    found: dict[str, Level] = {}
    for _, value in alerts:
        alert = orjson.loads(value)
        if alert["level"] is not None:
            held = found.get(alert["subscriber"], "blue")
            found[alert["subscriber"]] = min(held, alert["level"], key=LEVELS.index)
    return found


def with_levels(trial: Trial, factor: float) -> Trial:
    """The same feed, before it a policy whose levels need so many times the score."""
    policy = Policy.load().model_dump(mode="json") | {"policy_version": "trial"}
    for level in policy["levels"].values():
        level["score"] *= factor
    record = policy_record(VictimsDuty.name, Policy.model_validate(policy))
    return Trial([Row(POLICIES.name, record.name.encode(), encode(record)), *trial.rows], trial.folder)


@pytest.mark.parametrize("outage", [True, False], ids=["after an outage", "live"])
@pytest.mark.parametrize("feed", FEEDS)
async def test_a_feed_that_partitions_otherwise_ends_like_one_that_does_not(
    trial: Trial, settings: Settings, feed: str, outage: bool
) -> None:
    rows = [row for row in trial.rows if not _is_last_word(row)]
    refused = {(k, v) for name in EVENTS for k, v in trial.must_come.get(dead_letter(name), {})}
    _valid.clear()
    _valid.update(row for row in rows if (row.key, row.value) not in refused)
    async with producing(settings) as producer:
        if outage:
            astray = await publish(producer, rows, settings, FEEDS[feed])
        async with WorkerProcess(settings) as worker:
            if not outage:
                astray = await publish(producer, rows, settings, FEEDS[feed])
            assert astray > 100
            await all_committed(Trial(rows, Path(), astray), settings)
            assert worker.metric("interdict_fenced_total") == 0
    found = await outcome(settings)
    for topic in EVENTS:
        assert found.decided.get(dead_letter(topic), {}) == trial.must_come.get(dead_letter(topic), {}), topic
    live, replayed = (highest(alerts[VICTIM_ALERTS.name]) for alerts in (found.decided, trial.must_come))
    assert not replayed.keys() - live.keys()
    lower = {who for who, level in replayed.items() if LEVELS.index(live[who]) > LEVELS.index(level)}
    # It may be more: where a call's start comes an hour late, its end behind it, it looks for a moment as if it had
    # lasted that hour, and what was paid in it as if on the line.
    assert not lower, "what comes late is judged at the worst of its own time and of now: never less"
