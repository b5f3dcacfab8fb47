"""What a centre wants to know of its officers and of what is held back."""

from collections.abc import Mapping

from agents.metrics import LEVEL, MEASURE
from streams.core.metering import Label, Metric

LIMIT = Label("limit", "the limit that was reached", ("total", "area", "rule", "person", "share"))
WHY = Label(
    "why", "what holds it back", ("kill_switch", "not_own", "four_eyes", *(f"limit_{limit}" for limit in LIMIT.values))
)

METRICS: Mapping[str, Metric] = {
    "proposals": Metric(
        "interdict_proposals_total", "counter", "Measures that wait for an officer's yes, and why.", (MEASURE, WHY),
        from_zero=True,
    ),
    "limited": Metric(
        "interdict_limiter_tripped_total", "counter", "Measures that a limit held back.", (LIMIT,), from_zero=True
    ),
    "handed_over": Metric("interdict_tasks_handed_over_total", "counter", "Tasks open when their shift ended."),
    "waiting_tasks": Metric(
        "interdict_tasks_queued_total", "counter", "Tasks for which nobody was free.", (LEVEL,), from_zero=True
    ),
    "kill_switch": Metric(
        "interdict_kill_switch", "gauge", "1 while the kill switch is on, 0 while it is off.", asked=True
    ),
}  # fmt: skip
