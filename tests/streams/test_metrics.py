"""What is counted of a batch and of what it wrote."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from schemas.topics import VICTIM_ALERTS, Output
from streams.engine import Effects, Outgoing
from streams.lanes import Batch
from streams.metrics import LATENCY_BUCKETS_S, Metrics
from tests.streams.bench import Bench, text
from tests.streams.counting import MINUTE_MS, NOON, NOTES, person

ONE = person(1)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def counted(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_happenings_are_counted_with_and_without_labels(metrics: Metrics) -> None:
    effects = Effects()
    effects.tally["handed_over",] = 2
    effects.tally["proposals", "freeze", "limit"] = 3
    metrics.batch_decided(Batch([], {}), effects, 0.001)
    assert counted(metrics, "interdict_tasks_handed_over_total") == 2
    assert counted(metrics, "interdict_proposals_total", action="freeze", why="limit") == 3


def test_how_late_each_timer_fired_is_observed(metrics: Metrics) -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me"), text(person(2), 2, NOON + 30, text="remind me"))
    metrics.batch_decided(Batch([], {}), bench.tick(NOON + MINUTE_MS + 40), 0.001)
    assert counted(metrics, "interdict_timer_lateness_seconds_count") == 2
    assert counted(metrics, "interdict_timer_lateness_seconds_sum") == pytest.approx(0.050)


def test_a_command_of_a_timer_counts_but_not_for_the_latency(metrics: Metrics) -> None:
    bench = Bench(every=2)
    bench.apply(text(ONE, 1, text="remind me"))
    metrics.written(bench.tick(NOON + MINUTE_MS).outgoing, 0.0, 0.0)
    commands = {"action": "dissuade", "level": "yellow"}
    assert counted(metrics, "interdict_commands_total", **commands) == 1
    assert counted(metrics, "interdict_event_to_command_seconds_count", **commands) is None
    metrics.written(bench.apply(text(ONE, 2, NOON + MINUTE_MS + 1)).outgoing, 0.0, 0.0)
    assert counted(metrics, "interdict_commands_total", **commands) == 2
    assert counted(metrics, "interdict_event_to_command_seconds_count", **commands) == 1


class Anything:
    """A value of whatever kind."""

    def __getattr__(self, name: str) -> Any:
        return "red"


def test_an_alert_counts_as_one_and_an_internal_record_as_neither(metrics: Metrics) -> None:
    outputs = [Output(VICTIM_ALERTS, ONE, Anything()), Output(NOTES, ONE, Anything())]
    metrics.written([Outgoing(o.topic.name, ONE.encode(), b"", [], o, NOON) for o in outputs], 0.0, 0.0)
    assert counted(metrics, "interdict_alerts_total", level="red", typology="red") == 1
    assert counted(metrics, "interdict_commands_total", action="red", level="red") is None


def test_open_timers_are_read_from_the_store_when_asked_for(metrics: Metrics) -> None:
    bench = Bench()
    metrics.follow("counting", bench.store)
    bench.apply(*[text(person(n), n, text="remind me") for n in range(3)])
    assert counted(metrics, "interdict_timers", duty="counting") == 3
    bench.tick(NOON + MINUTE_MS)
    assert counted(metrics, "interdict_timers", duty="counting") == 0


def test_half_a_second_is_a_limit_of_the_buckets() -> None:
    """So that the share of timers that fired within it can be read off."""
    assert 0.5 in LATENCY_BUCKETS_S
