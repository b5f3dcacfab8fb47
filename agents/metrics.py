"""What leaves the duties, counted by the kind of its topic; and the labels that several duties count by."""

from collections.abc import Mapping
from typing import Any, get_args

from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, SessionCommand
from schemas.fields import LEVELS, Typology
from streams.core.metering import LATENCY_BUCKETS_S, NONE, Counting, Label, Metric


def _actions(*models: Any) -> tuple[str, ...]:
    return tuple(action for model in models for action in get_args(model.model_fields["action"].annotation))


LEVEL = Label("level", "the level of urgency", LEVELS)
ALERT_LEVEL = Label("level", "of alerts: the same, or `none` where the risk is over", (*LEVELS, NONE))
TYPOLOGY = Label("typology", "the fraud's class", get_args(Typology))
ALERT_TYPOLOGY = Label("typology", "of alerts: the same, or `none` for an account's", (*TYPOLOGY.values, NONE))
AREA = Label(
    "area", "the person's area; `unknown` where none is told, `other` where it could be somebody's number",
    ("unknown",), most=201, told_by_feed=True,
)  # fmt: skip
ACTION = Label(
    "action", "of commands: what is done", _actions(Dissuasion, PhoneCommand, AccountCommand, SessionCommand)
)
MEASURE = Label(
    "action",
    "of interceptions and proposals: the measure",
    ("hold", "suspend", "freeze", "stop_payment", "force_login"),
)

METRICS: Mapping[str, Metric] = {
    "alerts": Metric(
        "interdict_alerts_total", "counter", "Alerts acknowledged by the broker.", (ALERT_LEVEL, ALERT_TYPOLOGY),
        from_zero=True,
    ),
    "commands": Metric(
        "interdict_commands_total", "counter", "Commands acknowledged by the broker.", (ACTION, LEVEL), from_zero=True
    ),
    "latency": Metric(
        "interdict_event_to_command_seconds", "histogram",
        "From an event's entry into Kafka to its command's acknowledgement; commands of timers are not in it.",
        (ACTION, LEVEL), buckets=LATENCY_BUCKETS_S, from_zero=True,
    ),
}  # fmt: skip
"""Of everything that leaves, whichever duty it is that says it."""

COUNTING: Mapping[str, Counting] = {
    "action": Counting("commands", ("action", "level"), "latency"),
    "alert": Counting("alerts", ("level", "typology")),
}
"""By the kind of topic."""
