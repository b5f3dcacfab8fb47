"""Whether the brokers' time is known, and what is said where it is not."""

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace as Record

import pytest

from schemas.topics import CALLS, CLOCK, SMS, SUBSCRIBERS
from streams.kafka.topics import ensure_topics
from streams.runtime.timekeeper import Stamps, Timekeeper
from streams.runtime.wallclock import WallClock
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S

HOUR_S = 3600.0


async def kept(bootstrap: str, wall: Callable[[], float]) -> WallClock:
    settings = Settings(bootstrap=bootstrap, partitions=2)
    await ensure_topics(settings, {CLOCK.name})
    clock = WallClock(60_000, wall)
    keeper = Timekeeper(settings, clock)
    async with asyncio.timeout(PATIENCE_S):
        while clock.skew_ms is None:  # a topic that was just made may have no leader yet
            await keeper.start()
            await keeper.stop()
    return clock


@pytest.mark.broker
async def test_apache_kafka_tells_the_time(request: pytest.FixtureRequest, lone_broker: str) -> None:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("the embedded broker keeps what a producer wrote")
    right = await kept(lone_broker, time.time)
    assert abs(right.skew_ms or 0) < 5_000
    assert not right.is_off
    wrong = await kept(lone_broker, lambda: time.time() - HOUR_S)
    assert wrong.is_off
    assert abs(wrong.latest() - time.time() * 1000) < 5_000


@pytest.mark.broker
async def test_a_broker_that_keeps_what_a_producer_wrote_is_no_witness(
    request: pytest.FixtureRequest, lone_broker: str
) -> None:
    if request.config.getoption("--broker") != "embedded":
        pytest.skip("only the embedded broker does")
    settings = Settings(bootstrap=lone_broker, partitions=2)
    await ensure_topics(settings, {CLOCK.name})
    clock = WallClock(60_000, lambda: time.time() - HOUR_S)
    keeper = Timekeeper(settings, clock)
    await keeper.start()
    await keeper.stop()
    assert clock.skew_ms is None
    assert {(seen.metric, seen.value) for seen in clock.gauges()} == {("clock_compared", 0), ("timers_stopped", 0)}


def test_who_wrote_the_times_of_an_input_is_told_by_its_latest_record() -> None:
    stamps = Stamps((CALLS, SMS, SUBSCRIBERS))
    assert list(stamps.gauges()) == []
    for topic, kind in ((CALLS, 0), (SMS, 1), (SUBSCRIBERS, 0), (CALLS, 1), (CALLS, 0)):
        stamps.read([Record(topic=topic.name, timestamp_type=kind)])
    assert {(seen.labels, seen.value) for seen in stamps.gauges()} == {((CALLS.name,), True), ((SMS.name,), False)}
