"""*Pipeline*: what an engineer wants to know."""

from deploy.grafana.panels import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    YELLOW,
    Dashboard,
    Panel,
    Query,
    Row,
    Step,
    of,
    quantile,
    rate,
    within,
)
from schemas.topics import CALLS, SMS, TRANSACTIONS

FEEDS = "|".join(topic.name for topic in (CALLS, SMS, TRANSACTIONS))
NO_REFERENCES = 'topic!~"reference.*"'
"""Nothing comes of them for days."""
BUCKETS = of("interdict_event_to_command_seconds_bucket")

NOW = Row("Now", (
    Panel(
        "stat", "Workers ready", "Of those that were chosen above. Nought: nothing is decided.",
        (Query(f"sum({of('interdict_ready')})"),), "short", 3, 4, (Step(RED), Step(GREEN, 1)), decimals=0,
    ),
    Panel(
        "stat", "Events", "Input records decided or refused, a second.",
        (Query(rate("interdict_events_total")),), "ops", 4, 4, (Step(BLUE),), decimals=0,
    ),
    Panel(
        "stat", "Event to command, p99",
        "From an event's entry into Kafka until its command is acknowledged. Red ones promise 2 s.",
        (Query(quantile(0.99, "interdict_event_to_command_seconds", window="5m")),), "s", 4, 4,
        (Step(GREEN), Step(YELLOW, 1), Step(RED, 2)),
    ),
    Panel(
        "stat", "Lag", "How old the oldest event is that waits, in event time.",
        (Query(f"max({of('interdict_consumer_lag_seconds')})"),), "s", 3, 4,
        (Step(GREEN), Step(YELLOW, 5), Step(RED, 30)),
    ),
    Panel(
        "stat", "Dead letters", "Records of the chosen period that could not be read.",
        (Query(f"{within('interdict_dead_letters_total')} or vector(0)"),), "short", 3, 4,
        (Step(GREEN), Step(YELLOW, 1)), decimals=0,
    ),
    Panel(
        "stat", "State", "Bytes of keyed state of all workers, without the interpreter's own.",
        (Query(f"sum({of('interdict_state_bytes')})"),), "bytes", 3, 4, (Step(BLUE),),
    ),
    Panel(
        "stat", "Longest silence", "Of the feeds of calls, texts and transfers: since the last event of any of them.",
        (Query(f'max(interdict:feed_silence:seconds{{topic=~"{FEEDS}"}})'),), "s", 4, 4,
        (Step(GREEN), Step(YELLOW, 60), Step(RED, 300)),
    ),
))  # fmt: skip

TRAFFIC = Row("Traffic", (
    Panel(
        "lines", "Events by topic", "Input records decided or refused, a second.",
        (Query(rate("interdict_events_total", "topic"), "{{topic}}"),), "ops", 8, stacked=True,
    ),
    Panel(
        "lines", "Events by phase", "Phases of calls and transfers; `unreadable` is what went to dead letters.",
        (Query(rate("interdict_events_total", "phase"), "{{phase}}"),), "ops", 8, stacked=True,
    ),
    Panel(
        "lines", "Records that took another way",
        "Duplicates, late, fenced (applied before, come again), sent on to their key's partition, naming nobody, "
        "copied to other keys, not to be unpacked; and writes that no topic takes.",
        (Query(rate("interdict_duplicates_total"), "duplicates"),
         Query(rate("interdict_late_total"), "late"),
         Query(rate("interdict_fenced_total"), "fenced"),
         Query(rate("interdict_forwarded_total"), "forwarded"),
         Query(rate("interdict_unattributed_total"), "unattributed"),
         Query(rate("interdict_rekeyed_total"), "copied to accounts"),
         Query(rate("interdict_account_transfers_total", "side"), "{{side}}, at accounts"),
         Query(rate("interdict_unreadable_total"), "unreadable"),
         Query(rate("interdict_writes_too_large_total"), "too large to write")), "ops", 8,
    ),
))  # fmt: skip

LATENCY = Row("Latency", (
    Panel(
        "heatmap", "Event to command",
        "How many commands took how long, from their event's entry into Kafka to their acknowledgement.",
        (Query(f"sum by (le) (increase({BUCKETS}[$__rate_interval]))", "{{le}}"),), "s", 12,
    ),
    Panel(
        "lines", "Event to command, p50 and p99", "By level. The dashed line is the promise for red commands.",
        (Query(quantile(0.5, "interdict_event_to_command_seconds", "level"), "{{level}} p50"),
         Query(quantile(0.99, "interdict_event_to_command_seconds", "level"), "{{level}} p99")), "s", 12,
        steps=(Step(GREEN), Step(RED, 2)), logarithmic=True,
    ),
    Panel(
        "lines", "Deciding a batch",
        "The engine's own time. If it grows with the batch, the worker's one thread is busy.",
        (Query(quantile(0.5, "interdict_decide_seconds"), "p50"), Query(quantile(0.99, "interdict_decide_seconds"),
         "p99")), "s", 6,
    ),
    Panel(
        "lines", "Records a batch", "Large batches are a backlog being worked off, or much traffic.",
        (Query(quantile(0.5, "interdict_batch_records"), "p50"), Query(quantile(0.99, "interdict_batch_records"),
         "p99")), "short", 6,
    ),
    Panel(
        "lines", "Writing a flush, p99", "Until Kafka has acknowledged the outputs, and then the changelog.",
        (Query(quantile(0.99, "interdict_outbox_seconds", "stage"), "{{stage}}"),), "s", 6,
    ),
    Panel(
        "lines", "Timers: how late",
        "How long past its time a deadline was noticed. Beyond a second a lane stands still.",
        (Query(quantile(0.5, "interdict_timer_lateness_seconds"), "p50"),
         Query(quantile(0.99, "interdict_timer_lateness_seconds"), "p99")), "s", 6,
    ),
))  # fmt: skip

LAG = Row("Lag", (
    Panel(
        "lines", "Lag in records", "Written to Kafka and not yet decided.",
        (Query(f"sum by (topic) ({of('interdict_consumer_lag_records')})", "{{topic}}"),), "short", 8,
    ),
    Panel(
        "lines", "Lag in seconds", "How old the oldest waiting event is. Half a minute raises an alarm.",
        (Query(f"max by (topic) ({of('interdict_consumer_lag_seconds')})", "{{topic}}"),), "s", 8,
        steps=(Step(GREEN), Step(RED, 30)),
    ),
    Panel(
        "lines", "Silence of each input",
        "Seconds since its latest record was decided. Calls, texts and transfers are never silent long.",
        (Query(f"time() - max by (topic) ({of('interdict_last_event_seconds', NO_REFERENCES)})", "{{topic}}"),), "s", 8,
    ),
))  # fmt: skip

ERRORS = Row("Errors", (
    Panel(
        "table", "Dead letters",
        "Of the chosen period, by topic and reason. Each lies byte for byte on the topic's dead-letter topic.",
        (Query(f"sort_desc({within('interdict_dead_letters_total', 'topic, reason')} > 0)", "Records"),), "short", 7,
        columns={"topic": "Topic", "reason": "Reason"}, decimals=0,
    ),
    Panel(
        "lines", "Dead letters, a second",
        "By topic. A steady trickle is one sender's mistake; a step is a feed that changed.",
        (Query(rate("interdict_dead_letters_total", "topic"), "{{topic}}"),), "ops", 7,
    ),
    Panel(
        "lines", "Timers put off", "A duty of ours failed on them; the person's next event tries again.",
        (Query(rate("interdict_timers_postponed_total", "duty"), "{{duty}}"),), "ops", 4,
    ),
    Panel(
        "lines", "Mended, a second",
        "Records taken although something in them was not valid, by topic and what it was. `duration` in a step: a "
        "feed tells milliseconds.",
        (Query(rate("interdict_mended_total", "topic, what"), "{{topic}} {{what}}"),), "ops", 7,
    ),
    Panel(
        "lines", "Writes tried again",
        "Kafka did not take them at once. Nothing is lost, and nothing further decided meanwhile.",
        (Query(rate("interdict_write_retries_total", "stage"), "{{stage}}"),), "ops", 4,
    ),
    Panel(
        "table", "Reference records refused",
        "Of the chosen period: policies and watchlist entries. The last good one stays.",
        (Query(f"{within('interdict_reference_rejected_total', 'topic, reason')} > 0", "Records"),), "short", 6,
        columns={"topic": "Topic", "reason": "Reason"}, decimals=0,
    ),
))  # fmt: skip

STATE = Row("State, recovery, group", (
    Panel(
        "lines", "Keys held", "Persons that a worker keeps in memory.",
        (Query(f"sum by (instance) ({of('interdict_state_keys')})", "{{instance}}"),), "short", 6,
    ),
    Panel(
        "lines", "Bytes of state",
        "What those keys take. Memory grows by more than this: the interpreter has its share.",
        (Query(f"sum by (instance) ({of('interdict_state_bytes')})", "{{instance}}"),), "bytes", 6,
    ),
    Panel(
        "lines", "Timers and keys aged out", "Keys that have a deadline set, and keys forgotten after long idleness.",
        (Query(f"sum({of('interdict_timers')})", "timers"), Query(within("interdict_aged_out_total"),
         "aged out")), "short", 6,
    ),
    Panel(
        "lines", "Clocks",
        "How far a worker's machine is ahead of the brokers' time; nothing where no broker tells it. Beyond a minute "
        "timers stand still.",
        (Query(of("interdict_clock_skew_seconds"), "{{instance}}"),), "s", 6,
        steps=(Step(GREEN), Step(RED, 60)),
    ),
    Panel(
        "timeline", "Whose time it is",
        "Whether the brokers' time is known, whether timers stand still, and which feeds write times themselves.",
        (Query(f"min({of('interdict_clock_compared')})", "compared"),
         Query(f"max({of('interdict_timers_stopped')})", "timers stand still"),
         Query(f"max by (topic) ({of('interdict_feed_timed')})", "{{topic}} by its feed")), "short", 6,
        steps=(Step(BLUE), Step(ORANGE, 1)), words={0: ("no", BLUE), 1: ("yes", ORANGE)},
    ),
    Panel(
        "lines", "Persons whom nobody named", "Held though no reference record names them; forgotten early for others.",
        (Query(f"sum({of('interdict_unnamed_keys')})", "held"), Query(within("interdict_crowded_out_total"),
         "forgotten early")), "short", 6,
    ),
    Panel(
        "lines", "Lanes", "How the group shares them out. Their sum is the partition count, or some are not served.",
        (Query(f"sum by (instance) ({of('interdict_lanes')})", "{{instance}}"),), "short", 6, stacked=True,
    ),
    Panel(
        "timeline", "Ready", "Green while a worker decides.",
        (Query(of("interdict_ready"), "{{instance}}"),), "short", 6,
        steps=(Step(RED), Step(GREEN, 1)), words={0: ("not ready", RED), 1: ("ready", GREEN)},
    ),
    Panel(
        "timeline", "What stands in the way", "Why a worker is not ready.",
        (Query(f"max by (reason) ({of('interdict_not_ready')})", "{{reason}}"),), "short", 6,
        steps=(Step(GREEN), Step(ORANGE, 1)), words={0: ("no", GREEN), 1: ("yes", ORANGE)},
    ),
    Panel(
        "lines", "Recovery", "How much of the changelog is read back: 1 is all of it.",
        (Query(f"min by (instance) ({of('interdict_recovery_progress_ratio')})", "{{instance}}"),), "percentunit", 6,
        maximum=1.0,
    ),
    Panel(
        "table", "Recoveries and rebalances",
        "Length of the last recovery, records read back and assignments of the chosen period.",
        (Query(f"max by (instance) ({of('interdict_recovery_seconds')})", "Last, s"),
         Query(within("interdict_recovery_records_total", "instance"), "Records"),
         Query(within("interdict_rebalances_total", "instance"), "Rebalances")), "short", 6,
        columns={"instance": "Worker"},
    ),
))  # fmt: skip

PROCESS = Row("Process and versions", (
    Panel(
        "lines", "Memory", "Resident size, and what a worker is given. At three quarters of it an alarm is raised.",
        (Query(of("process_resident_memory_bytes"), "{{instance}}"),
         Query("interdict:worker_memory_limit:bytes", "limit")), "bytes", 6,
    ),
    Panel(
        "lines", "CPU",
        "Cores in use. A worker decides on one thread: near 1 it is full, and more workers must share its lanes.",
        (Query(f"rate({of('process_cpu_seconds_total')}[$__rate_interval])", "{{instance}}"),), "short", 6,
        steps=(Step(GREEN), Step(ORANGE, 0.9)),
    ),
    Panel(
        "table", "Policies", "The versions by which each worker decides. They differ for a moment only.",
        (Query(f"count by (policy, version) ({of('interdict_policy_info')} == 1)", "Workers"),), "short", 6,
        columns={"policy": "Policy", "version": "Version"}, decimals=0,
    ),
    Panel(
        "table", "Build", "What runs.",
        (Query(f"count by (version, python, core) ({of('interdict_build_info')})", "Workers"),), "short", 3,
        columns={"version": "Version", "python": "Python", "core": "Core"}, decimals=0,
    ),
    Panel(
        "table", "Signed commands", "Of the chosen period, by key: while a key is changed, two.",
        (Query(within("interdict_commands_signed_total", "key_id"), "Commands"),), "short", 3,
        columns={"key_id": "Key"}, decimals=0,
    ),
))  # fmt: skip

PIPELINE = Dashboard(
    "interdict-pipeline", "Interdict: Pipeline",
    "For engineers: what comes in, how long it takes, what waits, what failed, and how the workers are.",
    (NOW, TRAFFIC, LATENCY, LAG, ERRORS, STATE, PROCESS), since="now-1h",
)  # fmt: skip
