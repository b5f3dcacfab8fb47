"""Every topic, once. This is the only place where a topic's name is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from schemas.alerts import MuleAlert, VictimAlert
from schemas.cases import CaseRecord
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, SessionCommand
from schemas.events import VERDICTS, Call, Outcome, Report, Sms, Transaction
from schemas.orders import Order as DeskOrder
from schemas.reference import PolicyRecord, Subscriber, WatchlistEntry
from schemas.spans import DAY_MS, HOUR_MS

DEAD_LETTER_RETENTION_MS = 14 * DAY_MS
"""Long enough to mend a feed and send its letters again."""

Kind = Literal["input", "reference", "action", "alert", "case", "internal", "signal"]
Cleanup = Literal["delete", "compact"]
Order = Literal["time", "offset"]
Space = Literal["persons", "desk", "accounts", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """One topic and what it carries. A topic equals itself only, so that looking one up costs nothing.

    How many partitions it has is a setting, not part of the contract.
    """

    name: str
    key: str
    """The field whose value is the record's key, in UTF-8; empty where the record's key alone says it."""
    kind: Kind
    """`input` and `reference` are read; `action`, `alert` and `case` are written. `internal` ones are both, and no
    part of the contract; a `signal` never leaves the process."""
    model: type[BaseModel] | None
    """What a value is; None where a later duty will say."""
    retention_ms: int | None
    """How long a record is kept, milliseconds; None where the latest of each key is kept for good."""
    summary: str
    space: Space = "persons"
    """What key space its keys are of: how many partitions it has goes by that. `all`: one partition, whoever reads it
    reads the whole."""
    code: int = 0
    """Stands for the topic in keyed state, for good: a number is never given to another topic. 0 where no state can
    name it, because nobody decides on it by key."""
    order: Order = "time"
    """What order its records are decided in: joined with others by event time; or as they lie in their partition, each
    at its own time and none of them late, since they come from many lanes of which each has its own hour."""
    identity: tuple[str, ...] = ()
    """The fields that tell one event of a key from another, for all time: what bears them again is the same event sent
    again, whatever time it is stamped with. Empty where applying a record twice changes nothing."""

    is_told_to_all: bool = False
    """Whether every worker reads the whole of what workers write to it."""

    @property
    def cleanup(self) -> Cleanup:
        """Kafka's `cleanup.policy`."""
        return "compact" if self.retention_ms is None else "delete"


class Output(NamedTuple):
    """One record that a decision led to; a signal carries a value of another kind."""

    topic: Topic
    key: str
    value: Any


# fmt: off
CALLS = Topic("telecom.calls", "subscriber", "input", Call, 7 * DAY_MS,
              "Call phases: ringing, answered, ongoing, ended", code=1, identity=("event_id", "phase"))
SMS = Topic("telecom.sms", "subscriber", "input", Sms, 3 * DAY_MS,
            "Text messages to or from the subscriber", code=2, identity=("event_id",))
TRANSACTIONS = Topic("bank.transactions", "subscriber", "input", Transaction, 7 * DAY_MS,
                     "Transfers, by the payer's registered phone", code=3, identity=("event_id", "phase"))
REPORTS = Topic("police.reports", "subscriber", "input", Report, 30 * DAY_MS,
                "Victims' reports of money lost", code=4, identity=("report_id",))
OUTCOMES = Topic("command.outcomes", "subscriber", "input", Outcome, 30 * DAY_MS,
                 "What executors say became of a command: gateways, voice bots, carriers, banks", code=5)
OFFICER_OUTCOMES = Topic("officer.outcomes", "subscriber", "input", Outcome, 30 * DAY_MS,
                         "What officers say of their tasks: calls, visits, measures proposed to them", code=9)
SUBSCRIBERS = Topic("reference.subscribers", "subscriber", "reference", Subscriber, None,
                    "Who is protected", code=6)
WATCHLIST = Topic("reference.watchlist", "value", "reference", WatchlistEntry, None,
                  "Known scam numbers, mule accounts and phishing domains", "all")
POLICIES = Topic("reference.policies", "name", "reference", PolicyRecord, None,
                 "Rule packs, playbook, roster and limits", "all")
DISSUASION = Topic("actions.dissuasion", "subscriber", "action", Dissuasion, 30 * DAY_MS,
                   "Dissuasion tasks for the command centre")
PHONE = Topic("actions.phone", "subscriber", "action", PhoneCommand, 30 * DAY_MS,
              "Suspend or restore a phone")
ACCOUNT = Topic("actions.account", "account", "action", AccountCommand, 30 * DAY_MS,
                "Stop payment at, freeze or release an account", "accounts")
SESSION = Topic("actions.session", "subscriber", "action", SessionCommand, 30 * DAY_MS,
                "Force a new login of a messaging account")
VICTIM_ALERTS = Topic("alerts.victims", "subscriber", "alert", VictimAlert, 90 * DAY_MS,
                      "Each change of a person's risk, with its evidence")
MULE_ALERTS = Topic("alerts.mules", "account", "alert", MuleAlert, 90 * DAY_MS,
                    "Each change of a receiving account's risk, with its evidence", "accounts")
CASES = Topic("cases", "case_id", "case", CaseRecord, None,
              "The state of each case, for audit and for the command centre")
ORDERS = Topic("interdict.orders", "desk", "internal", DeskOrder, 3 * DAY_MS,
               "What persons' relays ask of the desk", "desk", 7, "offset", ("event_id", "occurred_at"))
ACCOUNT_TRANSFERS = Topic("interdict.accounts.transactions", "", "internal", Transaction, 3 * DAY_MS,
                          "Each transfer under its payer's account and under its payee's", "accounts", 8, "offset",
                          ("event_id", "phase"))
ACCEPTED = Topic("interdict.policies.accepted", "name", "internal", PolicyRecord, None,
                 "The last good version of each policy; no bad one enters", "all")
GRADED = Topic("interdict.accounts.graded", "account", "internal", MuleAlert, None,
               "The latest grade of each account through which money went as through a mule's", "all",
               is_told_to_all=True)
SHADOW = Topic("interdict.shadow", "subscriber", "internal", None, 7 * DAY_MS,
               "What a shadow policy would have done")
CLOCK = Topic("interdict.clock", "worker", "internal", None, HOUR_MS,
              "Empty records, on which the broker writes the time")
SIGNALS = Topic("interdict.signals", "subscriber", "signal", None, DAY_MS,
                "What `victims` thinks of a person; from duty to duty")
SHADOW_SIGNALS = Topic("interdict.shadow-signals", "subscriber", "signal", None, DAY_MS,
                       "What it would think under a shadow policy")
# fmt: on

TOPICS: tuple[Topic, ...] = (
    CALLS,
    SMS,
    TRANSACTIONS,
    REPORTS,
    OUTCOMES,
    OFFICER_OUTCOMES,
    SUBSCRIBERS,
    WATCHLIST,
    POLICIES,
    DISSUASION,
    PHONE,
    ACCOUNT,
    SESSION,
    VICTIM_ALERTS,
    MULE_ALERTS,
    CASES,
)
ACTIONS = tuple(topic for topic in TOPICS if topic.kind == "action")
"""Topics of commands."""
INTERNAL: tuple[Topic, ...] = (ORDERS, ACCOUNT_TRANSFERS, GRADED, SHADOW, ACCEPTED, CLOCK)
"""Topics that are made on the broker and are no part of the contract."""
BY_NAME = {topic.name: topic for topic in TOPICS}


OUTCOME_TOPICS = (OUTCOMES, OFFICER_OUTCOMES)
"""Where it is told what became of commands; which of them a word belongs to says `outcomes_of`."""
MACHINE_CHANNELS = frozenset({"sms", "app", "bot"})
"""Channels of dissuasion that no human takes."""


def outcomes_of(outcome: str, action: str, channel: str | None = None) -> Topic:
    """Where a word on a command belongs: to those who carry it out. On the other topic it does not count.

    Args:
        outcome: what is told. Whether a measure that was proposed goes out is the officers' to say.
        action: the command's.
        channel: of a task to dissuade somebody.

    >>> outcomes_of("executed", "freeze").name, outcomes_of("approved", "freeze").name
    ('command.outcomes', 'officer.outcomes')
    >>> outcomes_of("reached", "dissuade", "bot").name, outcomes_of("reached", "dissuade", "call").name
    ('command.outcomes', 'officer.outcomes')
    """
    by_officers = outcome in VERDICTS or (action == "dissuade" and channel not in MACHINE_CHANNELS)
    return OFFICER_OUTCOMES if by_officers else OUTCOMES


def dead_letter(topic: str) -> str:
    """Where a topic's unreadable records go.

    >>> dead_letter("telecom.calls")
    'telecom.calls.dead-letter'
    """
    return f"{topic}.dead-letter"


PIPELINES: Mapping[str, Space] = MappingProxyType({"victims": "persons", "desk": "desk", "accounts": "accounts"})
"""The key space of each pipeline that keeps states, by the name that its changelog bears."""


def changelog(pipeline: str) -> str:
    """The compacted topic that a pipeline's states are recovered from.

    >>> changelog("victims")
    'interdict.victims.changelog'
    """
    return f"interdict.{pipeline}.changelog"
