"""Commands: what others are told to do, with the evidence for it.

For every command an executor

- keeps the `command_id`s it has seen and does nothing on a repeated one (delivery is at least once);
- does not begin after `expires_at`;
- tells `command.outcomes` what became of it, under the same `command_id`;
- keeps the reasons with the order: they are its legal ground.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas import fields as f
from schemas.fields import Record


class Reason(Record):
    """One piece of evidence, in words."""

    code: f.Slug = Field(description=f"Code of the rule that spoke. {f.SLUG_TEXT}")
    weight: f.Weight = Field(description=f"What it adds, after fading. {f.WEIGHT}")
    text: f.ReasonText = Field(description=f"In English. {f.REASON_TEXT}")
    text_zh: f.ReasonText = Field(description=f"In Chinese. {f.REASON_TEXT}")
    event_ids: f.Evidence = Field((), description=f"The events it rests on. {f.EVIDENCE} {f.EVENT_ID}")


Reasons = Annotated[tuple[Reason, ...], Field(strict=False, max_length=f.REASONS_MAX)]
REASONS = f"Heaviest first, at most {f.REASONS_MAX}."


class Command(Record):
    """What every command carries."""

    command_id: f.Uuid = Field(
        description=f"UUIDv5 of (case, step, target): the same decision has the same id. {f.UUID_TEXT}"
    )
    case_id: f.Uuid = Field(description=f"The case it belongs to. {f.UUID_TEXT}")
    issued_at: f.Millis = Field(description=f"Event time of the decision. {f.MILLIS}")
    expires_at: f.Millis = Field(
        description=f"Not to be begun after this; what it takes is given back by then. After `issued_at`. {f.MILLIS}"
    )
    subscriber: f.Phone = Field(description=f"The person it protects. {f.PHONE}")
    level: f.Level = Field(description=f"The person's level of risk. {f.LEVEL}")
    score: f.Score = Field(description=f"The person's score. {f.SCORE}")
    typology: f.Typology = Field(description=f"What it looks like. {f.TYPOLOGY}")
    reasons: Reasons = Field(description=f"The evidence. {REASONS}")
    policy_version: f.Label = Field(description=f"Version of the policy that decided. {f.LABEL}")
    caused_by: f.EventId = Field(description=f"`event_id` of the event that tipped it. {f.EVENT_ID}")

    @model_validator(mode="after")
    def _expires_after_issue(self) -> Self:
        if self.expires_at <= self.issued_at:
            raise ValueError("expires_at must be after issued_at")
        return self


class Dissuasion(Command):
    """Talk to the person. The executor reaches them by `channel` with `script` before `deadline_at`.

    It tells `reached` or `unreachable`, and then `persuaded`, `refused` or `false_alarm`.
    The script carries no link.

    With `approve` an officer at the desk decides whether the command it is `about` goes out: `approved` or `declined`,
    told under the id of that command. `why` says what held it back. Channel `desk` with `dissuade` is a task for the
    centre itself: a command that failed too often (`why` `failed`), one that is too large to leave (`too_large`), or
    a case that holds as many measures as it can (`full`).
    """

    action: Literal["dissuade", "approve"] = Field(
        "dissuade", description="`dissuade`: talk to the person. `approve`: say whether a command may go out."
    )
    channel: Literal["sms", "app", "bot", "call", "visit", "desk"] = Field(
        description="How: a text, an app's notice, a voice bot, an officer's call, an officer at the door; "
        "`desk` for a decision."
    )
    team: f.Label | None = Field(None, description=f"The team it is meant for; null for whoever is free. {f.LABEL}")
    unit: f.Label | None = Field(None, description=f"The officer or patrol; null for the team to choose. {f.LABEL}")
    attempt: Annotated[int, Field(ge=1, le=f.ATTEMPTS_MAX)] = Field(
        1, description=f"Which attempt this is, 1 to {f.ATTEMPTS_MAX}."
    )
    deadline_at: f.Millis = Field(description=f"By when the person is to be reached. {f.MILLIS}")
    speak_to: Literal["person", "family", "station"] = Field(
        "person",
        description="Whom to speak to: the person; where they cannot be reached, somebody close to them; or the police "
        "station of their home, which looks after them.",
    )
    script: f.Text = Field(description=f"What to say or send. {f.TEXT}")
    about: f.Uuid | None = Field(
        None,
        description="The command that the task is about: with `approve` the one that waits for a decision, else the "
        f"one that could not be carried out. {f.UUID_TEXT}",
    )
    why: f.Label | None = Field(
        None, description=f"What held the command back, or why the desk must see to something by hand. {f.LABEL}"
    )


class PhoneCommand(Command):
    """Suspend or restore the person's phone, to cut a scam call.

    On `suspend` the carrier ends the call in progress and bars `scope`, emergency numbers and the command
    centre excepted, and lifts the bar at `expires_at` by itself. On `restore` it lifts the bar at once.
    """

    action: Literal["suspend", "restore"] = Field(description="`suspend` takes service away; `restore` gives it back.")
    scope: Literal["all", "incoming", "international"] = Field("all", description="Which calls are barred.")


class AccountCommand(Command):
    """Hold one transfer, stop a payment at, freeze or release an account.

    On `hold`, the gentlest, the payer's bank does not post one transfer of `account` until `expires_at`, while somebody
    speaks to its customer: the one of `transaction_id`, else the one of `amount_minor` to `payee_account`. Then the
    bank posts it by itself, unless it was told otherwise. A bank that cannot hold, or has posted it, tells `rejected`.
    On `stop_payment` the bank lets no money out of `account`; with `amount_minor` only that much is held. On
    `freeze` nothing goes in or out. Both end at `expires_at` by themselves (a stop-payment after 48 h at
    most, renewable once). On `release` both are lifted at once; one that names a transfer lifts the hold of that
    transfer and nothing else.
    """

    action: Literal["hold", "stop_payment", "freeze", "release"] = Field(
        description="`hold` keeps one transfer from being posted for minutes; `stop_payment` holds money back; "
        "`freeze` closes the account; `release` lifts what was done."
    )
    account: f.AccountId = Field(description=f"The account concerned; of a `hold` the payer's. {f.ACCOUNT_ID}")
    transaction_id: f.EventId | None = Field(
        None,
        description="The transfer that is held, or is not held any more, by its own `transaction_id`; null where the "
        f"bank told none, and for all else. {f.EVENT_ID}",
    )
    payee_account: f.AccountId | None = Field(
        None, description=f"Whom that transfer pays; null for all else. {f.ACCOUNT_ID}"
    )
    amount_minor: f.MoneyMinor | None = Field(
        None, description=f"How much of it, in CNY; null for all there is. {f.MONEY_MINOR}"
    )
    hop: Annotated[int, Field(ge=0, le=f.HOPS_MAX)] = Field(
        description=f"How far from the victim: 0 their own account, 1 the first payee, up to {f.HOPS_MAX}."
    )

    @model_validator(mode="after")
    def _hold_names_its_transfer(self) -> Self:
        named = self.transaction_id is not None or (self.payee_account is not None and self.amount_minor is not None)
        if self.action == "hold" and not named:
            raise ValueError("a hold names its transfer: by transaction_id, or by payee_account and amount_minor")
        return self


class SessionCommand(Command):
    """Force a new login of a messaging account, to cut a scam call there.

    The provider ends every session of `handle` at once; the person logs in again as usual.
    """

    action: Literal["force_login"] = Field("force_login", description="Always `force_login`.")
    handle: f.Handle = Field(description=f"The messaging account. {f.HANDLE}")
