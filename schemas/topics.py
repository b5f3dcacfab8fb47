"""Every topic, once. This is the only place where a topic's name is written."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pydantic import BaseModel

from schemas.alerts import MuleAlert, VictimAlert
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, SessionCommand
from schemas.events import Call, Outcome, Report, Sms, Transaction
from schemas.reference import Subscriber, WatchlistEntry

DAY_MS = 24 * 3600 * 1000
DEAD_LETTER_RETENTION_MS = 14 * DAY_MS
"""Long enough to mend a feed and send its letters again."""

Kind = Literal["input", "reference", "action", "alert", "case"]
Cleanup = Literal["delete", "compact"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic and what it carries. How many partitions it has is a setting, not part of the contract."""

    name: str
    key: str
    """The field whose value is the record's key, in UTF-8."""
    kind: Kind
    """`input` and `reference` are read; `action`, `alert` and `case` are written."""
    model: type[BaseModel] | None
    """What a value is; None where a later duty will say."""
    cleanup: Cleanup
    retention_ms: int | None
    """How long a record is kept; None where the latest of each key is kept for good."""
    summary: str


class Output(NamedTuple):
    """One record that a decision led to."""

    topic: Topic
    key: str
    value: BaseModel


def _log(name: str, key: str, kind: Kind, model: type[BaseModel], days: int, summary: str) -> Topic:
    return Topic(name, key, kind, model, "delete", days * DAY_MS, summary)


def _latest(name: str, key: str, kind: Kind, model: type[BaseModel] | None, summary: str) -> Topic:
    return Topic(name, key, kind, model, "compact", None, summary)


CALLS = _log(
    "telecom.calls", "subscriber", "input", Call, 7, "Call phases: ringing, answered, ongoing, ended"
)
SMS = _log("telecom.sms", "subscriber", "input", Sms, 3, "Text messages to or from the subscriber")
TRANSACTIONS = _log(
    "bank.transactions", "subscriber", "input", Transaction, 7, "Transfers, by the payer's phone"
)
REPORTS = _log("police.reports", "subscriber", "input", Report, 30, "A victim's report of money lost")
OUTCOMES = _log("command.outcomes", "subscriber", "input", Outcome, 30, "What became of a command")
SUBSCRIBERS = _latest("reference.subscribers", "subscriber", "reference", Subscriber, "Who is protected")
WATCHLIST = _latest(
    "reference.watchlist", "value", "reference", WatchlistEntry, "Known scam numbers, mules, domains"
)
POLICIES = _latest("reference.policies", "name", "reference", None, "Rule packs, playbook, roster, limits")
DISSUASION = _log("actions.dissuasion", "subscriber", "action", Dissuasion, 30, "Dissuasion tasks")
PHONE = _log("actions.phone", "subscriber", "action", PhoneCommand, 30, "Suspend or restore a phone")
ACCOUNT = _log(
    "actions.account",
    "account",
    "action",
    AccountCommand,
    30,
    "Stop payment at, freeze or release an account",
)
SESSION = _log(
    "actions.session", "subscriber", "action", SessionCommand, 30, "Force a login of a messaging account"
)
VICTIM_ALERTS = _log(
    "alerts.victims", "subscriber", "alert", VictimAlert, 90, "Each change of a person's risk"
)
MULE_ALERTS = _log(
    "alerts.mules", "account", "alert", MuleAlert, 90, "Each change of a receiving account's risk"
)
CASES = _latest("cases", "case_id", "case", None, "The state of each case")

TOPICS: tuple[Topic, ...] = (
    CALLS,
    SMS,
    TRANSACTIONS,
    REPORTS,
    OUTCOMES,
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
BY_NAME = {topic.name: topic for topic in TOPICS}


def dead_letter(topic: str) -> str:
    """Where a topic's unreadable records go.

    >>> dead_letter("telecom.calls")
    'telecom.calls.dead-letter'
    """
    return f"{topic}.dead-letter"


def changelog(duty: str) -> str:
    """The compacted topic that a duty's state is recovered from.

    >>> changelog("victims")
    'interdict.victims.changelog'
    """
    return f"interdict.{duty}.changelog"
