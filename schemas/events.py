"""The inputs: what telecom, banks, the police and the executors of commands tell us."""

from typing import Literal

from pydantic import Field

from schemas import fields as f
from schemas.fields import Record

Direction = Literal["in", "out"]
DIRECTION = "Seen from the subscriber: `in` reached them, `out` was made or sent by them."


class Call(Record):
    """One phase of one call. Its phases share a `call_id` and each has an `event_id` of its own."""

    event_id: f.EventId = Field(description=f"Identity of this event; a repeated one counts once. {f.EVENT_ID}")
    occurred_at: f.Millis = Field(description=f"When the phase was entered. {f.MILLIS}")
    subscriber: f.Phone = Field(description=f"The protected person's phone. {f.PHONE}")
    peer: f.PeerId = Field(description=f"The other end, as the network shows it. {f.PEER_ID}")
    direction: Direction = Field(description=DIRECTION)
    phase: Literal["ringing", "answered", "ongoing", "ended"] = Field(
        description="`ongoing` is a sign of life of a long call; `ended` follows an unanswered one too."
    )
    call_id: f.EventId = Field(description=f"Identity of the call. {f.EVENT_ID}")
    duration_s: f.DurationS | None = Field(
        None, description=f"Time on the line so far; null before it is answered, and when not told. {f.DURATION_S}"
    )
    medium: Literal["voice", "video"] | None = Field(None, description="`voice` or `video`; null when not told.")
    peer_type: Literal["mobile", "fixed", "voip", "foreign", "service", "unknown"] | None = Field(
        None,
        description="The peer's line; `service` is a short code. Null when not told, like `unknown`.",
    )
    forwarded: bool | None = Field(None, description="True if it came by call forwarding; null when not told.")
    forwarded_to: f.PeerId | None = Field(
        None,
        description="Where a call to the subscriber was sent on to by the subscriber's own call forwarding, as the "
        "record of the forwarded leg has it (MOC-CF of 3GPP TS 32.250); null when it was not, or not told. "
        f"{f.PEER_ID}",
    )


class Sms(Record):
    """One text message to or from the subscriber."""

    event_id: f.EventId = Field(description=f"Identity of this event; a repeated one counts once. {f.EVENT_ID}")
    occurred_at: f.Millis = Field(description=f"When the network took the message. {f.MILLIS}")
    subscriber: f.Phone = Field(description=f"The protected person's phone. {f.PHONE}")
    peer: f.PeerId = Field(description=f"The other end, as the network shows it. {f.PEER_ID}")
    direction: Direction = Field(description=DIRECTION)
    text: f.Message = Field(description=f"The message, its parts joined. {f.MESSAGE}")


class Transaction(Record):
    """One phase of one transfer of money. One seen `initiated` can still be stopped before it is `posted`.

    Its phases share a `transaction_id` where the bank tells one; else payee and amount join them.
    """

    event_id: f.EventId = Field(description=f"Identity of this event; a repeated one counts once. {f.EVENT_ID}")
    transaction_id: f.EventId | None = Field(
        None, description=f"Identity of the transfer, the same in each of its phases; null when not told. {f.EVENT_ID}"
    )
    occurred_at: f.Millis = Field(description=f"When the phase was entered. {f.MILLIS}")
    subscriber: f.Phone | None = Field(
        None, description=f"The payer's registered phone; null if the bank knows none. {f.PHONE}"
    )
    payer_account: f.AccountId = Field(description=f"The account that pays. {f.ACCOUNT_ID}")
    payer_is_subscriber: bool | None = Field(
        None,
        description="True if the bank knows the subscriber as the holder of `payer_account`; null when not told. "
        "Without it only accounts of the person's own record are frozen unasked.",
    )
    payee_account: f.AccountId = Field(description=f"The account that receives. {f.ACCOUNT_ID}")
    payee_name: f.Name | None = Field(None, description=f"Whose account it is said to be; null if unsaid. {f.NAME}")
    amount_minor: f.MoneyMinor = Field(description=f"What is paid. {f.MONEY_MINOR}")
    currency: f.Currency = Field("CNY", description=f"Currency of the amount and the balance. {f.CURRENCY}")
    balance_minor: f.BalanceMinor | None = Field(
        None, description=f"What the payer's account holds afterwards; null when not told. {f.BALANCE_MINOR}"
    )
    channel: Literal["mobile", "web", "atm", "counter", "pos", "qr"] | None = Field(
        None, description="How the payer gave the order; null when not told."
    )
    phase: Literal["initiated", "posted", "declined", "reversed"] = Field(
        description="`initiated`: ordered, not gone. `posted`: gone. `declined`: refused. `reversed`: back."
    )
    payee_is_new: bool | None = Field(
        None,
        description="True if the payer never paid this payee before; null when not told.",
    )


class Report(Record):
    """A victim's report to the police that money was lost."""

    report_id: f.EventId = Field(description=f"Identity of the report; a repeated one counts once. {f.EVENT_ID}")
    occurred_at: f.Millis = Field(description=f"When the report was taken. {f.MILLIS}")
    subscriber: f.Phone = Field(description=f"The victim's phone. {f.PHONE}")
    account: f.AccountId | None = Field(
        None, description=f"The victim's account the money left; null when not told. {f.ACCOUNT_ID}"
    )
    amount_minor: f.MoneyMinor | None = Field(
        None, description=f"What was lost, in CNY; null when not told. {f.MONEY_MINOR}"
    )
    transaction_ids: f.EventIds = Field((), description=f"`event_id`s of the transfers. {f.LIST} {f.EVENT_ID}")
    payee_accounts: f.Accounts = Field((), description=f"The accounts that received it. {f.LIST} {f.ACCOUNT_ID}")
    typology: f.Typology | None = Field(None, description=f"What the officer takes it for; null if open. {f.TYPOLOGY}")


VERDICTS = frozenset({"approved", "declined"})
"""What an officer says of a measure that was proposed."""


class Outcome(Record):
    """What became of a command, as told by the one who had to carry it out."""

    command_id: f.Uuid = Field(description=f"The command this is about. {f.UUID_TEXT}")
    occurred_at: f.Millis = Field(description=f"When it came to this. {f.MILLIS}")
    subscriber: f.Phone = Field(description=f"The command's subscriber. {f.PHONE}")
    outcome: Literal[
        "acknowledged",
        "executed",
        "rejected",
        "failed",
        "reached",
        "unreachable",
        "persuaded",
        "refused",
        "false_alarm",
        "expired",
        "approved",
        "declined",
        "handed_over",
    ] = Field(
        description="Of the order: acknowledged, executed, rejected (will not), failed (could not), expired, approved "
        "or declined (whether a proposal goes out), handed_over (its unit's shift is over). "
        "Of the person: reached, unreachable, persuaded, refused, false_alarm."
    )
    actor: f.Name | None = Field(
        None, description=f"Who says so: an officer, a team or a system; null if unsaid. {f.NAME}"
    )
    note: f.Note | None = Field(None, description=f"In the actor's own words; null when none. {f.NOTE}")
