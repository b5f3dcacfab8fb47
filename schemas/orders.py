"""What one part of Interdict tells another. Not part of the contract: these may change with any release."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from schemas import fields as f
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, Reason, SessionCommand
from schemas.fields import Level, Record, Typology

DESK: Literal["desk"] = "desk"
"""The key of every order: what persons share is decided in one place and in one order."""

AnyCommand = Annotated[Dissuasion | PhoneCommand | AccountCommand | SessionCommand, Field(discriminator="action")]


class Order(Record):
    """From a person's relay to the desk, which knows what persons share: officers, limits, accounts.

    `do` asks for a command to go out; a `restore` or `release` names in `of` what it gives back. `done` tells that an
    officer's task is over.
    """

    event_id: f.EventId = Field(description=f"Identity of the order. {f.EVENT_ID}")
    occurred_at: f.Millis = Field(description=f"When it was decided. {f.MILLIS}")
    desk: Literal["desk"] = Field(DESK, description="The record's key.")
    kind: Literal["do", "done"] = Field(description="`do`: send the command. `done`: the task is over.")
    of: f.Uuid | None = Field(
        None, description=f"The task that is over, or the command that is taken back. {f.UUID_TEXT}"
    )
    area: f.Label | None = Field(None, description=f"The person's area. {f.LABEL}")
    approved: bool = Field(False, description="Whether an officer has said yes to the measure.")
    ask: f.Label | None = Field(
        None, description=f"Why an officer is to be asked first, whatever the limits say; null for no reason. {f.LABEL}"
    )
    money: bool = Field(True, description="Whether money is leaving: a part of each limit is kept for red with it.")
    again: bool = Field(False, description="Whether it gives back what could not be given back before.")
    command: AnyCommand | None = Field(None, description="The command to send.")


class Payment(NamedTuple):
    """A transfer that suspicion is tied to."""

    event_id: str
    payer: str
    payee: str
    amount_minor: int


class Particulars(NamedTuple):
    """What else is known of a payment."""

    transaction_id: str = ""
    """Joins its phases; empty where the bank's feed tells none."""
    posted: bool = False
    """Whether the money has gone."""
    own: bool = False
    """Whether the account that pays is the person's own, by the profile or by the bank's word."""
    shared: bool = False
    """Whether the payee is one whom everybody pays: a machine, a merchant, a payment firm."""


NOTHING_KNOWN: Mapping[str, Particulars] = MappingProxyType({})


class Signal(NamedTuple):
    """What the `victims` duty thinks of a person after an event that has to do with fraud. Never leaves the process.

    Of a reason's events the first that is a payment's is the payment that the reason is about.
    """

    case_id: str
    subscriber: str
    event_id: str
    at: int
    level: Level | None
    """None when there is no risk any more."""
    score: float
    typology: Typology
    reasons: tuple[Reason, ...]
    script: str
    """What an officer says to dissuade."""
    policy_version: str
    payments: tuple[Payment, ...]
    handles: tuple[str, ...]
    area: str | None
    particulars: Mapping[str, Particulars] = NOTHING_KNOWN
    """What else is known of the payments, by their `event_id`."""
