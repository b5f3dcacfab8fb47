"""What one part of Interdict tells another. Not part of the contract: these may change with any release."""

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
    again: bool = Field(False, description="Whether it gives back what could not be given back before.")
    command: AnyCommand | None = Field(None, description="The command to send.")


class Payment(NamedTuple):
    """A transfer that suspicion is tied to."""

    event_id: str
    payer: str
    payee: str
    amount_minor: int


class Signal(NamedTuple):
    """What the `victims` duty thinks of a person after an event that has to do with fraud. Never leaves the process."""

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
    shared: tuple[str, ...] = ()
    """Payees of these payments who are paid by everybody (a machine, a merchant, a payment firm): nothing is stopped
    there."""
