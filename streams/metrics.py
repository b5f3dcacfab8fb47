"""What a worker counts. One registry a process; base units; no label names a person or an account."""

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from schemas.topics import Topic
from streams.engine import Effects, Outgoing
from streams.lanes import Batch
from streams.store import Store

LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """Every metric of the spine, on the registry it is given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        r = registry
        self._events = Counter("interdict_events", "Input records decided or refused.", ["topic"], registry=r)
        self._tallies = {
            "dead_letters": Counter(
                "interdict_dead_letters", "Records that could not be read.", ["topic", "reason"], registry=r
            ),
            "duplicates": Counter("interdict_duplicates", "Repeated event ids.", ["topic"], registry=r),
            "fenced": Counter("interdict_fenced", "Records applied before, come again.", ["topic"], registry=r),
            "late": Counter("interdict_late", "Events behind the newest of their key.", ["topic"], registry=r),
            "forwarded": Counter(
                "interdict_forwarded", "Records sent to their key's partition.", ["topic"], registry=r
            ),
            "unattributed": Counter("interdict_unattributed", "Events that name no subject.", ["topic"], registry=r),
            "outcomes": Counter(
                "interdict_outcomes",
                "What was told of commands, how it was taken.",
                ["outcome", "taken"],
                registry=r,
            ),
            "proposals": Counter(
                "interdict_proposals",
                "Commands that wait for a decision, and why.",
                ["action", "why"],
                registry=r,
            ),
            "limited": Counter(
                "interdict_limiter_tripped", "Commands that the limiter held back.", ["limit"], registry=r
            ),
            "case_steps": Counter("interdict_case_steps", "States that cases entered.", ["state"], registry=r),
            "overdue": Counter(
                "interdict_relay_overdue", "Steps not done by their deadline.", ["state", "level"], registry=r
            ),
            "handed_over": Counter("interdict_tasks_handed_over", "Tasks open when their shift ended.", [], registry=r),
            "waiting_tasks": Counter(
                "interdict_tasks_queued", "Tasks for which nobody was free.", ["level"], registry=r
            ),
            "full_cases": Counter(
                "interdict_cases_full", "Cases that hold as many measures as they can.", ["level"], registry=r
            ),
            "aged_out": Counter("interdict_aged_out", "Keys forgotten after long idleness.", ["duty"], registry=r),
        }
        self._commands = Counter("interdict_commands", "Commands acknowledged.", ["action", "level"], registry=r)
        self._alerts = Counter("interdict_alerts", "Alerts acknowledged.", ["level", "typology"], registry=r)
        self._latency = Histogram(
            "interdict_event_to_command_seconds", "From an event's entry into Kafka to its command's acknowledgement.",
            ["action", "level"], buckets=LATENCY_BUCKETS_S, registry=r,
        )  # fmt: skip
        self._lateness = Histogram(
            "interdict_timer_lateness_seconds", "How long past its time a timer fired, in event time.",
            buckets=LATENCY_BUCKETS_S, registry=r,
        )  # fmt: skip
        self._decide = Histogram("interdict_decide_seconds", "Deciding one batch.", registry=r)
        self._batch = Histogram(
            "interdict_batch_records", "Records of a batch.", buckets=(1, 10, 50, 100, 500, 1000, 3000), registry=r
        )
        self._outbox = Histogram(
            "interdict_outbox_seconds", "Writing one flush, until acknowledged.", ["stage"], registry=r
        )
        self._retries = Counter(
            "interdict_write_retries", "Writes that the broker did not take at once.", ["stage"], registry=r
        )
        self._keys = Gauge("interdict_state_keys", "Keys held.", ["duty"], registry=r)
        self._bytes = Gauge("interdict_state_bytes", "Bytes of state held.", ["duty"], registry=r)
        self._timers = Gauge("interdict_timers", "Keys that have a timer set.", ["duty"], registry=r)
        self._lanes = Gauge("interdict_lanes", "Lanes assigned.", ["duty"], registry=r)
        self._recovered = Counter("interdict_recovery_records", "Changelog records read back.", ["duty"], registry=r)
        self._recovery = Gauge("interdict_recovery_seconds", "Length of the last recovery.", ["duty"], registry=r)
        self._progress = Gauge(
            "interdict_recovery_progress_ratio", "How much of the changelog is read back: 0 to 1.", ["duty"], registry=r
        )
        self._rebalances = Counter("interdict_rebalances", "Assignments taken up.", ["duty"], registry=r)
        self._references = Counter(
            "interdict_reference_rejected", "Reference records not understood.", ["topic", "reason"], registry=r
        )

    def batch_decided(self, batch: Batch, effects: Effects, seconds: float) -> None:
        """Count one decided batch."""
        self._decide.observe(seconds)
        self._batch.observe(len(batch.entries))
        for tp, (first, end) in batch.runs.items():
            self._events.labels(tp.topic).inc(end - first)
        for (what, *labels), count in effects.tally.items():
            tally = self._tallies[what]
            (tally.labels(*labels) if labels else tally).inc(count)
        for lateness_ms in effects.lateness_ms:
            self._lateness.observe(lateness_ms / 1000)

    def written(self, outgoing: list[Outgoing], outputs_s: float, changelog_s: float) -> None:
        """Count what one flush wrote, once the broker has it."""
        self._outbox.labels("outputs").observe(outputs_s)
        self._outbox.labels("changelog").observe(changelog_s)
        now_ms = time.time() * 1000
        for record in outgoing:
            if record.output is not None:
                seconds = (now_ms - record.published_at) / 1000 if record.published_at else None
                self._produced(record.output.topic, record.output.value, seconds)

    def write_retried(self, stage: str) -> None:
        """Count a write that must be tried again."""
        self._retries.labels(stage).inc()

    def _produced(self, topic: Topic, value: Any, seconds: float | None) -> None:
        if topic.kind == "action":
            self._commands.labels(value.action, value.level).inc()
            if seconds is not None:
                self._latency.labels(value.action, value.level).observe(seconds)
        elif topic.kind == "alert":
            self._alerts.labels(value.level or "none", value.typology).inc()

    def follow(self, duty: str, store: Store) -> None:
        """Let the gauges of a store be read from it whenever they are asked for."""
        self._keys.labels(duty).set_function(store.keys)
        self._bytes.labels(duty).set_function(store.size_bytes)
        self._timers.labels(duty).set_function(store.timers)

    def assigned(self, duty: str, lanes: int) -> None:
        """Count an assignment."""
        self._rebalances.labels(duty).inc()
        self._lanes.labels(duty).set(lanes)

    def recovering(self, duty: str, share: float) -> None:
        """Follow a recovery under way."""
        self._progress.labels(duty).set(share)

    def recovered(self, duty: str, records: int, seconds: float) -> None:
        """Count a finished recovery."""
        self._recovered.labels(duty).inc(records)
        self._recovery.labels(duty).set(seconds)

    def reference_rejected(self, topic: str, reason: str) -> None:
        """Count a reference record that was not understood."""
        self._references.labels(topic, reason).inc()
