"""The relay as a table: in which state, upon what, to which state, doing what. The code only walks it.

    warning text ─► voice bot ─► officer's call ─► cut phone, account, session ─► visit ─► command centre
         when one step fails, the next takes over (接力拦截), until somebody has spoken to the person

README's diagram is drawn from this table (`python -m agents.relay.diagram`).
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from schemas.cases import CaseStateName
from schemas.fields import Level

Trigger = Literal[
    "yellow", "orange", "red",  # the level rose to this, or there is fresh evidence at it after the case had calmed
    "transfer",  # money leaves again
    "acknowledged", "reached", "persuaded", "false_alarm",  # good news of the step that is on
    "unreachable", "refused", "failed", "rejected", "expired", "ack_overdue", "reach_overdue",  # it did not help
    "handed_over",  # its officer's shift is over
    "quiet",  # nothing has happened for long enough
]  # fmt: skip
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
STATES: tuple[CaseStateName, ...] = get_args(CaseStateName)

Action = Literal["text", "bot", "call", "visit", "centre", "cut", "again", "ack", "contact", "watch", "close"]


class Row(NamedTuple):
    """One arrow."""

    state: CaseStateName
    on: Trigger
    to: CaseStateName
    do: tuple[Action, ...]


NO_HELP: tuple[Trigger, ...] = (
    "unreachable", "refused", "failed", "rejected", "expired", "ack_overdue", "reach_overdue",
)  # fmt: skip
"""The relay's rule: whatever of these comes of a step, the next takes over."""
TALKING: tuple[CaseStateName, ...] = ("texting", "bot_calling", "calling", "visiting", "escalated")
"""States in which somebody is to reach the person."""
OPEN: tuple[CaseStateName, ...] = (*TALKING, "watching")


def _rows(states: tuple[CaseStateName, ...], on: tuple[Trigger, ...], to: CaseStateName, *do: Action) -> list[Row]:
    return [Row(state, trigger, to, do) for state in states for trigger in on]


def _staying(states: tuple[CaseStateName, ...], on: Trigger, *do: Action) -> list[Row]:
    return [Row(state, on, state, do) for state in states]


TABLE: tuple[Row, ...] = (
    # the first warning
    Row("opened", "yellow", "texting", ("text",)),
    Row("opened", "orange", "calling", ("call",)),
    Row("opened", "red", "calling", ("cut", "call")),
    # it gets worse: steps are skipped
    *_rows(("texting", "bot_calling"), ("orange",), "calling", "call"),
    *_rows(("texting", "bot_calling"), ("red",), "calling", "cut", "call"),
    *_staying(("calling", "visiting", "escalated"), "red", "cut"),
    *_staying(("calling", "visiting", "escalated"), "transfer", "cut"),
    # a step does not help: the next takes over
    *_rows(("texting",), NO_HELP, "bot_calling", "bot"),
    *_rows(("bot_calling",), NO_HELP, "calling", "call"),
    *_rows(("calling",), NO_HELP, "visiting", "cut", "visit"),
    *_rows(("visiting",), NO_HELP, "escalated", "centre"),
    *_rows(("escalated",), NO_HELP, "escalated", "centre"),
    # word of the step that is on
    *_staying(TALKING, "acknowledged", "ack"),
    *_staying(TALKING, "reached", "contact"),
    *_staying(TALKING, "handed_over", "again"),
    *_rows(TALKING, ("persuaded",), "watching", "watch"),
    # persuaded, and yet money leaves or the evidence mounts
    *_rows(("watching",), ("transfer", "orange", "red"), "calling", "cut", "call"),
    # over
    *_rows(OPEN, ("false_alarm",), "closed", "close"),
    *_rows(OPEN, ("quiet",), "closed", "close"),
    # a case that was closed too early
    Row("closed", "orange", "calling", ("call",)),
    Row("closed", "red", "calling", ("cut", "call")),
    Row("closed", "transfer", "calling", ("cut", "call")),
)

ROWS: dict[tuple[CaseStateName, Trigger], Row] = {(row.state, row.on): row for row in TABLE}
assert len(ROWS) == len(TABLE), "two arrows for one trigger"

CHANNEL: Mapping[str, Literal["sms", "bot", "call", "visit"]] = {
    "text": "sms",
    "bot": "bot",
    "call": "call",
    "visit": "visit",
    "centre": "call",
}
"""How each talking action reaches the person. `centre` is a call by the command centre, again and again."""

RISE: dict[Level, Trigger] = {"red": "red", "orange": "orange", "yellow": "yellow"}
