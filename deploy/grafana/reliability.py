"""*Reliability*: 99.9 % of red commands within 2 s of their event, over thirty days, and whether workers are there.

Everything that looks back over long windows is a recording rule of `deploy/prometheus/rules/slo.yml`; the alerts ask
the same series.
"""

from deploy.grafana.panels import GREEN, ORANGE, RED, YELLOW, Dashboard, Panel, Query, Row, Step, of, quantile

BUDGET = 0.001
RED_COUNT = of("interdict_event_to_command_seconds_count", 'level="red"')
LATE = "interdict:red_commands_late:ratio_rate"


def burn(window: str) -> str:
    """How many times faster than allowed the error budget went, over a window."""
    return f"{LATE}{window} / {BUDGET}"


NOW = Row("The promise: 99.9 % of red commands within 2 s", (
    Panel(
        "stat", "Kept, 30 days", "Share of red commands that left within 2 s of their event.",
        (Query(f"1 - {LATE}30d"),), "percentunit", 4, 4, (Step(RED), Step(YELLOW, 0.999), Step(GREEN, 0.9995)),
        decimals=3,
    ),
    Panel(
        "stat", "Error budget left, 30 days", "One in a thousand may be late. Below nought the promise is broken.",
        (Query("interdict:red_commands_error_budget:left30d"),), "percentunit", 4, 4,
        (Step(RED), Step(YELLOW, 0.25), Step(GREEN, 0.5)), decimals=1,
    ),
    Panel(
        "stat", "Burn rate, 1 h", "1 uses the budget up in thirty days; 14.4 uses 2 % of it within an hour, and pages.",
        (Query(burn("1h")),), "short", 4, 4, (Step(GREEN), Step(YELLOW, 1), Step(RED, 14.4)), decimals=1,
    ),
    Panel(
        "stat", "Burn rate, 6 h", "6 uses 5 % of the budget within six hours, and pages.",
        (Query(burn("6h")),), "short", 4, 4, (Step(GREEN), Step(YELLOW, 1), Step(RED, 6)), decimals=1,
    ),
    Panel(
        "stat", "Late red commands, 1 day", "How many left after more than 2 s.",
        (Query("interdict:red_commands_late:increase1d"),), "short", 4, 4, (Step(GREEN), Step(YELLOW, 1), Step(RED,
         3)), decimals=0,
    ),
    Panel(
        "stat", "Workers ready", "Nought: nothing is decided.",
        (Query(f"sum({of('interdict_ready')})"),), "short", 4, 4, (Step(RED), Step(GREEN, 1)), decimals=0,
    ),
))  # fmt: skip

BURN = Row("Error budget", (
    Panel(
        "lines", "Burn rate by window",
        "Long windows. The alert pages above 14.4 over an hour and above 6 over six hours, and writes a ticket above 3 "
        "over a day and 1 over three; each with a short window beside it, so that it ends soon after the trouble does.",
        tuple(Query(burn(window), window) for window in ("1h", "6h", "1d", "3d")), "short", 12,
        steps=(Step(GREEN), Step(YELLOW, 1), Step(ORANGE, 6), Step(RED, 14.4)),
    ),
    Panel(
        "lines", "Burn rate, short windows", "The short window of each pair: how it goes now.",
        tuple(Query(burn(window), window) for window in ("5m", "30m", "2h")), "short", 12,
        steps=(Step(GREEN), Step(YELLOW, 1), Step(ORANGE, 6), Step(RED, 14.4)),
    ),
    Panel(
        "lines", "Error budget left", "Of thirty days.",
        (Query("interdict:red_commands_error_budget:left30d", "left"),), "percentunit", 8, maximum=1.0,
    ),
    Panel(
        "lines", "Red commands, event to command",
        "p50, p99 and p99.9 over five minutes. The dashed line is the promise.",
        (Query(quantile(0.5, "interdict_event_to_command_seconds", "", 'level="red"', window="5m"), "p50"),
         Query(quantile(0.99, "interdict_event_to_command_seconds", "", 'level="red"', window="5m"), "p99"),
         Query(quantile(0.999, "interdict_event_to_command_seconds", "", 'level="red"', window="5m"), "p99.9")), "s", 8,
        steps=(Step(GREEN), Step(RED, 2)), logarithmic=True,
    ),
    Panel(
        "lines", "Red commands", "With an event of their own, over an hour: in all, and late.",
        (Query(f"sum(increase({RED_COUNT}[1h]))", "in all"),
         Query("interdict:red_commands_late:increase1h", "late")), "short", 8,
    ),
))  # fmt: skip

THERE = Row("Workers", (
    Panel(
        "timeline", "Up", "Whether each worker answers Prometheus.",
        (Query(of("up"), "{{instance}}"),), "short", 8, steps=(Step(RED), Step(GREEN, 1)),
        words={0: ("down", RED), 1: ("up", GREEN)},
    ),
    Panel(
        "lines", "Availability", "Share of the chosen period in which each worker was ready.",
        (Query(f"avg_over_time({of('interdict_ready')}[$__range])", "{{instance}}"),), "percentunit", 8, maximum=1.0,
    ),
    Panel(
        "table", "Alarms that are on", "As Prometheus has them. Each has a page in docs/runbooks.",
        (Query('count by (alertname, severity, team) (ALERTS{alertstate="firing"})', "How many"),), "short", 8,
        columns={"alertname": "Alarm", "severity": "Severity", "team": "For"}, decimals=0,
    ),
))  # fmt: skip

RELIABILITY = Dashboard(
    "interdict-reliability", "Interdict: Reliability",
    "Whether the promise is kept: 99.9 % of red commands within 2 s of their event; and whether workers are there.",
    (NOW, BURN, THERE), since="now-24h", refresh="1m",
)  # fmt: skip
