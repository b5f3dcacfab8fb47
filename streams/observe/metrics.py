"""What a worker counts: the machinery's own rows, and the registry made of them and of the duties'.

A metric's key is what the rest of the code calls it by, among them the duties (`streams.core.duty.Count`). All of them
together are on `docs/metrics.md` (`make pages`).
"""

import platform
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from types import MappingProxyType
from typing import Any, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from schemas.codec import UNPACK_REASONS
from schemas.mending import What
from schemas.reference import POLICY_NAMES
from schemas.topics import INTERNAL, TOPICS, Topic
from streams.core import engine
from streams.core.duty import Sample
from streams.core.engine import Effects, Outgoing
from streams.core.lanes import Batch, Entry
from streams.core.metering import CENSUS, LATENCY_BUCKETS_S, NONE, Counting, Label, Metric, age_of
from streams.core.store import Store
from streams.observe.health import REASONS
from streams.observe.logs import NUMBER

WORK_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCH_BUCKETS = (1, 10, 50, 100, 500, 1000, 3000)

OTHER = "other"
"""Stands for every value of a label beyond as many as it may have."""
UNREADABLE = "unreadable"


TOPIC = Label("topic", "an input topic's name", most=32)
PHASE = Label("phase", "the call's or transfer's phase; `none` where the topic has none; `unreadable`", most=16)
REASON = Label("reason", "of a refusal: its code", most=64)
MENDED = Label("what", "what had to be mended, or was left out", get_args(What))
DUTY = Label("duty", "the duty's name", most=8)
UNPACKING = Label("reason", "why it cannot be unpacked", UNPACK_REASONS)
WRITTEN = Label(
    "what", "what is too large: a letter or a record sent on, an output, a state", ("letter", "output", "state")
)
STAGE = Label("stage", "what is written", ("outputs", "changelog"))
STANDS = Label("reason", "of `interdict_not_ready`: what stands in the way", REASONS)
POLICY = Label("policy", "the policy's name", POLICY_NAMES)
POLICY_VERSION = Label("version", "of a policy: the version that holds, one at a time", most=1)
VERSION = Label("version", "of `interdict_build_info`: the package's version", most=1)
PYTHON = Label("python", "the interpreter's version", most=1)
CORE = Label("core", "of `interdict_build_info`: whether what decides is compiled", ("compiled", "interpreted"))
KEY_ID = Label("key_id", "the signing key's id", most=16)


PIPELINE: Mapping[str, Metric] = {
    "events": Metric(
        "interdict_events_total", "counter", "Input records decided or refused.", (TOPIC, PHASE)
    ),
    "dead_letters": Metric(
        "interdict_dead_letters_total", "counter", "Input records that could not be read or used.", (TOPIC, REASON)
    ),
    "mended": Metric(
        "interdict_mended_total", "counter", "Input records taken although something in them was not valid.",
        (TOPIC, MENDED),
    ),
    "unreadable": Metric(
        "interdict_unreadable_total", "counter", "Input records, or whole batches, that could not even be unpacked.",
        (UNPACKING,), from_zero=True,
    ),
    "too_large": Metric(
        "interdict_writes_too_large_total", "counter",
        "Writes that are larger than their topic takes: a stub is written for a letter, nothing for an output.",
        (WRITTEN,), from_zero=True,
    ),
    "duplicates": Metric(
        "interdict_duplicates_total", "counter", "Events whose id was there before.", (TOPIC,)
    ),
    "fenced": Metric(
        "interdict_fenced_total", "counter", "Records applied before, come again.", (TOPIC,)
    ),
    "late": Metric(
        "interdict_late_total", "counter", "Events behind the newest of their key.", (TOPIC,)
    ),
    "forwarded": Metric(
        "interdict_forwarded_total", "counter", "Records sent on to their key's partition.", (TOPIC,)
    ),
    "rekeyed": Metric(
        "interdict_rekeyed_total", "counter", "Records copied to another key space, by the topic they are copied to.",
        (TOPIC,),
    ),
    "unattributed": Metric(
        "interdict_unattributed_total", "counter", "Events that name no subject.", (TOPIC,)
    ),
    "decide": Metric(
        "interdict_decide_seconds", "histogram", "Deciding one batch.", buckets=WORK_BUCKETS_S
    ),
    "batch": Metric(
        "interdict_batch_records", "histogram", "Records of one batch.", buckets=BATCH_BUCKETS
    ),
    "outbox": Metric(
        "interdict_outbox_seconds", "histogram", "Writing one flush, until the broker has acknowledged it.", (STAGE,),
        buckets=WORK_BUCKETS_S,
    ),
    "retries": Metric(
        "interdict_write_retries_total", "counter", "Writes that the broker did not take at once.", (STAGE,),
        from_zero=True,
    ),
    "lateness": Metric(
        "interdict_timer_lateness_seconds", "histogram", "How long past its time a timer fired, in event time.",
        buckets=LATENCY_BUCKETS_S,
    ),
    "lag_records": Metric(
        "interdict_consumer_lag_records", "gauge",
        "Records written and not yet decided, over this worker's partitions. Decided is before acknowledged.",
        (TOPIC,), asked=True,
    ),
    "lag_seconds": Metric(
        "interdict_consumer_lag_seconds", "gauge",
        "How old, in event time, the oldest record not yet decided is known to be; 0 where there is none.",
        (TOPIC,), asked=True,
    ),
    "last_event": Metric(
        "interdict_last_event_seconds", "gauge",
        "Unix time at which the latest record of the topic was decided; before the first, at which reading began.",
        (TOPIC,),
    ),
    "clock_compared": Metric(
        "interdict_clock_compared", "gauge",
        "1 while this machine's clock is compared with the brokers', 0 while no broker tells the time.", asked=True,
    ),
    "clock_skew": Metric(
        "interdict_clock_skew_seconds", "gauge", "How far this machine's clock is ahead of the brokers'.", asked=True
    ),
    "timers_stopped": Metric(
        "interdict_timers_stopped", "gauge", "1 while timers stand still because the two differ by too much.",
        asked=True,
    ),
    "feed_timed": Metric(
        "interdict_feed_timed", "gauge",
        "1 while the records of a topic bear times that its feed wrote, 0 while the broker writes them.", (TOPIC,),
        asked=True,
    ),
    "keys": Metric("interdict_state_keys", "gauge", "Keys held.", (DUTY,), asked=True),
    "bytes": Metric(
        "interdict_state_bytes", "gauge", "Bytes of state held, without the interpreter's overhead.", (DUTY,),
        asked=True,
    ),
    "timers": Metric("interdict_timers", "gauge", "Keys that have a timer set.", (DUTY,), asked=True),
    "lanes": Metric("interdict_lanes", "gauge", "Lanes assigned.", (DUTY,)),
    "recovered": Metric("interdict_recovery_records_total", "counter", "Changelog records read back.", (DUTY,)),
    "recovery": Metric("interdict_recovery_seconds", "gauge", "Length of the last recovery.", (DUTY,)),
    "progress": Metric(
        "interdict_recovery_progress_ratio", "gauge", "How much of the changelog is read back: 0 to 1.", (DUTY,)
    ),
    "rebalances": Metric("interdict_rebalances_total", "counter", "Assignments taken up.", (DUTY,)),
    "references": Metric(
        "interdict_reference_rejected_total", "counter", "Broadcast reference records that were refused.",
        (TOPIC, REASON),
    ),
    "aged_out": Metric("interdict_aged_out_total", "counter", "Keys forgotten after long idleness.", (DUTY,)),
    "unnamed": Metric(
        "interdict_unnamed_keys", "gauge", "Keys held that no reference record names.", (DUTY,), asked=True
    ),
    "crowded_out": Metric(
        "interdict_crowded_out_total", "counter",
        "Keys that no reference record names, forgotten early because a lane held too many of them.", (DUTY,),
    ),
    "timers_postponed": Metric(
        "interdict_timers_postponed_total", "counter", "Timers put off because a duty failed on them.", (DUTY,)
    ),
    "ready": Metric("interdict_ready", "gauge", "1 while the worker is ready, 0 while it is not.", asked=True),
    "not_ready": Metric(
        "interdict_not_ready", "gauge", "1 while this stands in the way of being ready.", (STANDS,), from_zero=True,
        asked=True,
    ),
    "build_info": Metric("interdict_build_info", "gauge", "Always 1.", (VERSION, PYTHON, CORE)),
}  # fmt: skip
"""What an engineer wants to know."""

POLICY_ROWS: Mapping[str, Metric] = {
    "policy_info": Metric(
        "interdict_policy_info", "gauge", "Always 1: the version of each policy that holds.", (POLICY, POLICY_VERSION),
        asked=True,
    ),
    "policy_unreadable": Metric(
        "interdict_policy_unreadable", "gauge",
        "1 while the newest record of a policy cannot be read or was deleted: the last good one stays, and of `limits` "
        "with nothing taken automatically.", (POLICY,), asked=True,
    ),
}  # fmt: skip
"""Of policies, whichever duty it is that takes them up."""

ACCESS: Mapping[str, Metric] = {
    "signed": Metric(
        "interdict_commands_signed_total", "counter", "Commands signed and acknowledged by the broker.", (KEY_ID,)
    ),
}  # fmt: skip
"""What whoever keeps the keys wants to know."""

NOTHING: Mapping[str, Any] = MappingProxyType({})

OWN: Mapping[str, Metric] = {**PIPELINE, **POLICY_ROWS, **ACCESS}
"""The machinery's, whatever is decided."""

PHASED = frozenset(
    topic.name for topic in (*TOPICS, *INTERNAL) if topic.model is not None and "phase" in topic.model.model_fields
)
"""Topics whose records have a phase."""

Source = Callable[[], Iterable[Sample]]
"""Tells how things stand now. Asked from another thread."""

_MAKE: Mapping[str, Any] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


class Metrics:
    """Every metric, on the registry it is given.

    Args:
        registry: where they are served from.
        rows: the duties' (`streams.core.pipeline.Pipeline.metrics`).
        counting: by kind of topic, as what its records count once they left.
        now: what the brokers' clock shows, Unix ms: latencies are counted from the times that they wrote.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        rows: Mapping[str, Metric] = NOTHING,
        counting: Mapping[str, Counting] = NOTHING,
        now: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        assert not OWN.keys() & rows.keys(), "two metrics of one key"
        self._rows = {**OWN, **rows}
        assert len({metric.name for metric in self._rows.values()}) == len(self._rows), "two metrics of one name"
        self.registry = registry
        self._counting = counting
        self._now = now
        self._bounds = {label: _Bound(label) for metric in self._rows.values() for label in metric.labels}
        self._made = {key: _made(metric, registry) for key, metric in self._rows.items() if not metric.asked}
        for key, metric in self._rows.items():
            if metric.from_zero and not metric.asked:
                for values in _known(metric):
                    self._series(key, values)
        self._sources: list[Source] = []
        registry.register(_Standing(self._sources, self._rows))
        self._series("build_info", (_package_version(), platform.python_version(), core())).set(1)
        self._expected: set[str] = set()

    def _series(self, key: str, labels: Iterable[str] = ()) -> Any:
        """One series. A value beyond its label's bound becomes `other`."""
        bounds = [self._bounds[label] for label in self._rows[key].labels]
        values = [bound(value) for bound, value in zip(bounds, labels, strict=True)]
        return self._made[key].labels(*values) if values else self._made[key]

    # -- while it runs ---------------------------------------------------------------------------------------

    def batch_decided(self, batch: Batch, effects: Effects, seconds: float) -> None:
        """Count one decided batch."""
        self._series("decide").observe(seconds)
        self._series("batch").observe(len(batch.entries))
        for topic_and_phase, count in phases(batch.entries).items():
            self._series("events", topic_and_phase).inc(count)
        now = time.time()
        for topic in {tp.topic for tp in batch.runs}:
            self._series("last_event", (topic,)).set(now)
        for (what, *labels), count in effects.tally.items():
            self._series(what, labels).inc(count / self._rows[what].per)
            if what == "dead_letters" and labels[-1] in UNPACK_REASONS:
                self._series("unreadable", labels[-1:]).inc(count)
        for what, values, value in effects.observed:
            self._series(what, values).observe(value)
        for lateness_ms in effects.lateness_ms:
            self._series("lateness").observe(lateness_ms / 1000)

    def written(self, outgoing: list[Outgoing], outputs_s: float, changelog_s: float) -> None:
        """Count what one flush wrote, once the broker has it."""
        self._series("outbox", ("outputs",)).observe(outputs_s)
        self._series("outbox", ("changelog",)).observe(changelog_s)
        now_ms = self._now()
        for record in outgoing:
            if record.output is not None:
                seconds = (now_ms - record.published_at) / 1000 if record.published_at else None
                self._produced(record.output.topic, record.output.value, seconds)

    def write_retried(self, stage: str) -> None:
        """Count a write that must be tried again."""
        self._series("retries", (stage,)).inc()

    def too_large(self, what: str) -> None:
        """Count a write that will never be taken as it is."""
        self._series("too_large", (what,)).inc()

    def signed(self, key_id: str, commands: int) -> None:
        """Count commands that left signed, once the broker has them."""
        self._series("signed", (key_id,)).inc(commands)

    def _produced(self, topic: Topic, value: Any, seconds: float | None) -> None:
        if (counting := self._counting.get(topic.kind)) is None:
            return
        labels = [getattr(value, field, None) or NONE for field in counting.fields]
        self._series(counting.metric, labels).inc()
        if counting.timed and seconds is not None:
            self._series(counting.timed, labels).observe(seconds)

    # -- what is asked for -----------------------------------------------------------------------------------

    def ask(self, source: Source) -> None:
        """Let gauges be read from this source whenever they are asked for."""
        self._sources.append(source)

    def follow(self, duty: str, store: Store) -> None:
        """Let the gauges of a store be read from it whenever they are asked for."""
        self.ask(lambda: _of_store(duty, store))

    # -- coming and going ------------------------------------------------------------------------------------

    def assigned(self, duty: str, lanes: int, topics: Iterable[str] = ()) -> None:
        """Count an assignment. From the first one on, events of these topics are waited for."""
        self._series("rebalances", (duty,)).inc()
        self._series("lanes", (duty,)).set(lanes)
        for topic in set(topics) - self._expected:
            self._expected.add(topic)
            self._series("last_event", (topic,)).set_to_current_time()

    def recovering(self, duty: str, share: float) -> None:
        """Follow a recovery under way."""
        self._series("progress", (duty,)).set(share)

    def recovered(self, duty: str, records: int, seconds: float) -> None:
        """Count a finished recovery."""
        self._series("recovered", (duty,)).inc(records)
        self._series("recovery", (duty,)).set(seconds)

    def reference_rejected(self, topic: str, reason: str) -> None:
        """Count a reference record that was not understood."""
        self._series("references", (topic, reason)).inc()


def of_the_process(registry: CollectorRegistry) -> None:
    """Serve what the client library tells of the process too, and leave out when each series was made: it doubles them
    and nobody asks."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)


def core() -> str:
    """Whether what decides is compiled (`deploy/compiled.py`) in this installation, a value of `CORE`."""
    return "interpreted" if engine.__file__.endswith(".py") else "compiled"


def phases(entries: Iterable[Entry]) -> Mapping[tuple[str, str], int]:
    """How many records of each topic and phase there are."""
    seen: dict[tuple[str, str], int] = {}
    for entry in entries:
        topic = entry.record.topic
        if entry.rejected is not None:
            phase = UNREADABLE
        elif topic in PHASED:
            phase = entry.event.phase
        else:
            phase = NONE
        seen[topic, phase] = seen.get((topic, phase), 0) + 1
    return seen


class _Bound:
    """Lets as many distinct values of a label through as it may have. For the life of the process: a series that was
    served once stays."""

    def __init__(self, label: Label) -> None:
        self._known = set(label.values)
        self._most = label.bound
        self._told_by_feed = label.told_by_feed

    def __call__(self, value: str) -> str:
        if value not in self._known:
            if len(self._known) >= self._most or (self._told_by_feed and NUMBER.search(value)):
                return OTHER
            self._known.add(value)
        return value


class _Standing(Collector):
    """Serves the gauges that are worked out when they are asked for."""

    def __init__(self, sources: list[Source], rows: Mapping[str, Metric]) -> None:
        self._sources = sources
        self._asked = {key: metric for key, metric in rows.items() if metric.asked}

    def describe(self) -> list[GaugeMetricFamily]:
        return [_family(metric, {}) for metric in self._asked.values()]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        stands: dict[str, dict[tuple[str, ...], float]] = {
            key: dict.fromkeys(_known(metric), 0.0) if metric.from_zero else {} for key, metric in self._asked.items()
        }
        for source in list(self._sources):
            for key, labels, value in source():
                stands[key][labels] = value
        for key, values in stands.items():
            yield _family(self._asked[key], values)


def _family(metric: Metric, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.label_names)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _known(metric: Metric) -> list[tuple[str, ...]]:
    return list(product(*(label.values for label in metric.labels)))


def _made(metric: Metric, registry: CollectorRegistry) -> Any:
    more = {"buckets": metric.buckets} if metric.kind == "histogram" else {}
    return _MAKE[metric.kind](metric.name, metric.help, metric.label_names, registry=registry, **more)


def _of_store(duty: str, store: Store) -> Iterator[Sample]:
    yield Sample("keys", (duty,), store.keys())
    yield Sample("bytes", (duty,), store.size_bytes())
    yield Sample("timers", (duty,), store.timers())
    yield Sample("unnamed", (duty,), store.unnamed())
    census = Tally((*entry.labels, age_of(age_ms)) for entry, age_ms in store.census())
    for labels, count in census.items():
        yield Sample(CENSUS, labels, count)


def _package_version() -> str:
    try:
        return version("interdict")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
