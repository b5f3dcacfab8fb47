"""What a centre wants to know of cases."""

from collections.abc import Mapping
from typing import get_args

from agents.metrics import AREA, LEVEL, MEASURE, TYPOLOGY
from schemas.cases import CaseStateName, ClosedAs
from schemas.events import Outcome
from streams.core.metering import AGE, Label, Metric

CONTACT_BUCKETS_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600)

STATE = Label("state", "where the relay stands", get_args(CaseStateName))
CLOSED_AS = Label("closed_as", "how the case ended", get_args(ClosedAs))
OUTCOME = Label("outcome", "what was told", get_args(Outcome.model_fields["outcome"].annotation))
TAKEN = Label(
    "taken", "what the relay made of it", ("taken", "repeated", "late", "contradictory", "unknown", "not_theirs")
)

METRICS: Mapping[str, Metric] = {
    "outcomes": Metric(
        "interdict_outcomes_total", "counter", "What was told of commands, and how it was taken.", (OUTCOME, TAKEN)
    ),
    "cases_opened": Metric(
        "interdict_cases_opened_total", "counter", "Cases opened, and closed ones opened again.", (TYPOLOGY, AREA)
    ),
    "cases_closed": Metric(
        "interdict_cases_closed_total", "counter", "Cases closed.", (CLOSED_AS, TYPOLOGY), from_zero=True
    ),
    "census": Metric(
        "interdict_open_cases", "gauge", "Cases open now.", (STATE, LEVEL, AGE), from_zero=True, asked=True
    ),
    "case_steps": Metric(
        "interdict_case_steps_total", "counter", "States that cases entered.", (STATE,), from_zero=True
    ),
    "first_contact": Metric(
        "interdict_first_contact_seconds", "histogram",
        "From a case's opening to the first word of the person being reached, in event time.", (LEVEL,),
        buckets=CONTACT_BUCKETS_S,
    ),
    "interceptions": Metric(
        "interdict_interceptions_total", "counter", "Measures told as executed, each once.", (MEASURE, TYPOLOGY, AREA)
    ),
    "money_held": Metric(
        "interdict_money_held_yuan_total", "counter", "Money in stopped payments told as executed, yuan.",
        (TYPOLOGY, AREA), per=100,
    ),
    "overdue": Metric(
        "interdict_relay_overdue_total", "counter", "Steps not done by their deadline.", (STATE, LEVEL), from_zero=True
    ),
    "full_cases": Metric(
        "interdict_cases_full_total", "counter", "Cases that hold as many measures as they can.", (LEVEL,),
        from_zero=True,
    ),
}  # fmt: skip
