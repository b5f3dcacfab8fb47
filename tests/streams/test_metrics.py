"""What is counted of a batch and of what it wrote; and that the registry, its page and its bounds agree."""

import re
import time
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from agents.metrics import COUNTING
from interdict.run.metrics_page import METRICS, page
from interdict.topology import load_pipelines, metrics_of
from schemas.events import Call, Transaction
from schemas.topics import ACCOUNT_TRANSFERS, CALLS, SMS, TOPICS, TRANSACTIONS, VICTIM_ALERTS, Output
from streams.core.duty import Sample
from streams.core.engine import Effects, Outgoing
from streams.core.lanes import Batch
from streams.core.reader import Reader
from streams.observe.metrics import (
    LATENCY_BUCKETS_S,
    OTHER,
    PHASED,
    Label,
    Metric,
    Metrics,
    of_the_process,
    phases,
)
from tests.streams.bench import Bench, text
from tests.streams.counting import MINUTE_MS, NOON, NOTES, person, record, text_value

ONE = person(1)
CALL = {"event_id": "c-1", "occurred_at": NOON, "subscriber": ONE, "peer": "95588", "direction": "in", "call_id": "c"}
ACTIONS = [topic for topic in TOPICS if topic.kind == "action"]


ROWS = metrics_of(load_pipelines())


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry(), ROWS, COUNTING)


def counted(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_happenings_are_counted_with_and_without_labels(metrics: Metrics) -> None:
    effects = Effects()
    effects.tally["handed_over",] = 2
    effects.tally["proposals", "freeze", "four_eyes"] = 3
    metrics.batch_decided(Batch([], {}), effects, 0.001)
    assert counted(metrics, "interdict_tasks_handed_over_total") == 2
    assert counted(metrics, "interdict_proposals_total", action="freeze", why="four_eyes") == 3


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
    assert counted(metrics, "interdict_event_to_command_seconds_count", **commands) == 0
    metrics.written(bench.apply(text(ONE, 2, NOON + MINUTE_MS + 1)).outgoing, 0.0, 0.0)
    assert counted(metrics, "interdict_commands_total", **commands) == 2
    assert counted(metrics, "interdict_event_to_command_seconds_count", **commands) == 1


class Anything:
    """A value of whatever kind."""

    def __getattr__(self, name: str) -> Any:
        return {"level": "red", "typology": "fake_police", "action": "freeze"}[name]


def test_an_alert_counts_as_one_and_an_internal_record_as_neither(metrics: Metrics) -> None:
    outputs = [Output(VICTIM_ALERTS, ONE, Anything()), Output(NOTES, ONE, Anything())]
    metrics.written([Outgoing(o.topic.name, ONE.encode(), b"", [], o, NOON) for o in outputs], 0.0, 0.0)
    assert counted(metrics, "interdict_alerts_total", level="red", typology="fake_police") == 1
    assert counted(metrics, "interdict_commands_total", action="freeze", level="red") == 0


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


# -- events, and what duties say of money and durations ------------------------------------------------------------


def test_events_are_counted_by_topic_and_phase_and_the_unreadable_apart(metrics: Metrics) -> None:
    read = Reader([CALLS, SMS])
    ringing, ended = (Call(**{**CALL, "phase": phase}).model_dump_json().encode() for phase in ("ringing", "ended"))
    raw = [(ringing, CALLS), (ended, CALLS), (ended, CALLS), (b"{", CALLS), (text_value(ONE, "e"), SMS), (None, SMS)]
    entries = [read(record(value, ONE, offset, topic)) for offset, (value, topic) in enumerate(raw)]
    metrics.batch_decided(Batch(entries, {}), Effects(), 0.001)
    expected = {
        (CALLS.name, "ringing"): 1, (CALLS.name, "ended"): 2, (CALLS.name, "unreadable"): 1,
        (SMS.name, "none"): 1, (SMS.name, "unreadable"): 1,
    }  # fmt: skip
    assert phases(entries) == expected
    for (topic, phase), count in expected.items():
        assert counted(metrics, "interdict_events_total", topic=topic, phase=phase) == count


def test_when_a_topics_latest_record_was_decided_is_known_and_before_one_when_reading_began(metrics: Metrics) -> None:
    def decided_at(topic: str) -> float:
        at = counted(metrics, "interdict_last_event_seconds", topic=topic)
        assert at is not None
        return at

    began = time.time()
    metrics.assigned("counting", 1, [SMS.name, CALLS.name])
    texts, calls = decided_at(SMS.name), decided_at(CALLS.name)
    metrics.batch_decided(Batch([], {TP(SMS.name, 0): (0, 1)}), Effects(), 0.001)
    metrics.assigned("counting", 2, [SMS.name, CALLS.name])
    assert began <= texts <= decided_at(SMS.name) <= time.time()
    assert decided_at(CALLS.name) == calls, "a further assignment does not begin anew"


def test_money_told_in_fen_is_counted_in_yuan(metrics: Metrics) -> None:
    effects = Effects()
    effects.tally["money_held", "fake_police", "district-01"] = 5_000_050
    metrics.batch_decided(Batch([], {}), effects, 0.001)
    held = counted(metrics, "interdict_money_held_yuan_total", typology="fake_police", area="district-01")
    assert held == 50_000.5


def test_a_duration_that_a_duty_tells_is_observed(metrics: Metrics) -> None:
    effects = Effects()
    effects.observed += [Sample("first_contact", ("red",), 45.0), Sample("first_contact", ("red",), 700.0)]
    metrics.batch_decided(Batch([], {}), effects, 0.001)
    assert counted(metrics, "interdict_first_contact_seconds_sum", level="red") == 745
    assert counted(metrics, "interdict_first_contact_seconds_bucket", level="red", le="60.0") == 1


# -- what is asked for ---------------------------------------------------------------------------------------------


def test_what_stands_is_asked_for_anew_each_time_and_what_is_replaced_is_gone(metrics: Metrics) -> None:
    stands = [Sample("policy_info", ("relay", "1"), 1)]
    metrics.ask(lambda: stands)
    assert counted(metrics, "interdict_policy_info", policy="relay", version="1") == 1
    stands[:] = [Sample("policy_info", ("relay", "2"), 1)]
    assert counted(metrics, "interdict_policy_info", policy="relay", version="1") is None
    assert counted(metrics, "interdict_policy_info", policy="relay", version="2") == 1


def test_open_cases_are_counted_by_age_and_are_zero_where_there_are_none(metrics: Metrics) -> None:
    bench = Bench()
    metrics.follow("counting", bench.store)
    texting = {"state": "texting", "level": "yellow"}
    assert counted(metrics, "interdict_open_cases", age="under_1h", **texting) == 0
    bench.apply(text(ONE, 1, text="remind me"), text(person(2), 2, NOON + 30_000, text="remind me"))
    assert counted(metrics, "interdict_open_cases", age="under_1h", **texting) == 2
    bench.store.set_clock(0, NOON + 60 * MINUTE_MS)
    assert counted(metrics, "interdict_open_cases", age="under_1h", **texting) == 1
    assert counted(metrics, "interdict_open_cases", age="1h_to_6h", **texting) == 1


# -- the registry --------------------------------------------------------------------------------------------------


def everything(metrics: Metrics) -> None:
    """Make every series of the table appear, with a value that no label knows."""
    for key, metric in METRICS.items():
        labels = tuple(f"{label.name}-1" for label in metric.labels)
        if metric.asked:
            metrics.ask(lambda key=key, labels=labels: [Sample(key, labels, 1)])  # type: ignore[misc]
        elif metric.labels:
            metrics._series(key, labels)


def served(metrics: Metrics) -> dict[str, str]:
    """Kind by name, of everything that `/metrics` shows."""
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {f.name + ("_total" if f.type == "counter" else ""): f.type for f in families if f.samples}


def test_what_is_served_is_the_table_no_more_and_no_less(metrics: Metrics) -> None:
    everything(metrics)
    ours = {name: kind for name, kind in served(metrics).items() if not name.endswith("_created")}
    assert ours == {metric.name: metric.kind for metric in METRICS.values()}


def test_a_process_is_served_too_and_nothing_says_when_a_series_was_made() -> None:
    metrics = Metrics(CollectorRegistry(), ROWS, COUNTING)
    of_the_process(metrics.registry)
    names = served(metrics)
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "python_info"} <= set(names)
    assert not [name for name in names if name.endswith("_created")]


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_names_follow_the_conventions(metric: Metric) -> None:
    assert re.fullmatch(r"interdict_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert tuple(sorted(metric.buckets)) == metric.buckets
    assert not re.search(r"(milli|micro|minute|hour|kilo|percent)", metric.name), "base units"
    assert metric.help.endswith(".")


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_no_label_is_a_person_or_an_account(metric: Metric) -> None:
    telling = {"subscriber", "peer", "phone", "account", "payee", "payer", "handle", "case_id", "command_id", "actor"}
    assert not telling & set(metric.label_names)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_the_series_of_a_metric_have_a_bound(metric: Metric) -> None:
    series = 1
    for label in metric.labels:
        assert 0 < label.bound <= 201, label
        series *= label.bound + 1
    assert series <= 15_000
    if metric.from_zero:
        assert all(label.values for label in metric.labels)


@pytest.mark.parametrize(("key", "place"), [("cases_opened", 1), ("dead_letters", 1), ("events", 0), ("signed", 0)])
def test_a_feed_that_makes_up_values_without_end_makes_no_series_without_end(
    metrics: Metrics, key: str, place: int
) -> None:
    metric = METRICS[key]
    label: Label = metric.labels[place]
    for number in range(label.bound + 50):
        effects = Effects()
        values = [label.values[0] if label.values else "a" for label in metric.labels]
        values[place] = f"made-up-{number}"
        effects.tally[key, *values] = 1
        metrics.batch_decided(Batch([], {}), effects, 0.0)
    samples = [s for family in metrics.registry.collect() for s in family.samples if s.name == metric.name]
    made_up = {sample.labels[label.name] for sample in samples}
    assert len(made_up) <= label.bound + 1
    assert OTHER in made_up
    assert sum(sample.value for sample in samples) == label.bound + 50, "nothing is left uncounted"


@pytest.mark.parametrize("area", ["+8613900000001", "13900000001", "6222000000000001"])
def test_an_area_that_could_be_somebodys_number_is_not_shown(metrics: Metrics, area: str) -> None:
    effects = Effects()
    effects.tally["cases_opened", "fake_police", area] = 1
    metrics.batch_decided(Batch([], {}), effects, 0.0)
    assert area not in generate_latest(metrics.registry).decode()
    assert counted(metrics, "interdict_cases_opened_total", typology="fake_police", area=OTHER) == 1


def test_values_that_the_table_knows_are_those_of_the_models() -> None:
    phases_there_are = {
        phase for model in (Call, Transaction) for phase in get_args(model.model_fields["phase"].annotation)
    }
    assert len(phases_there_are | {"none", "unreadable"}) <= METRICS["events"].labels[1].bound
    actions = [get_args(topic.model.model_fields["action"].annotation) for topic in ACTIONS if topic.model is not None]
    assert sorted(METRICS["commands"].labels[0].values) == sorted(chain.from_iterable(actions))
    assert {CALLS.name, TRANSACTIONS.name, ACCOUNT_TRANSFERS.name} == PHASED


def test_the_page_is_the_table() -> None:
    root = Path(__file__).parents[2]
    assert (root / "docs" / "metrics.md").read_text() == page(), "`make pages` prints it"
