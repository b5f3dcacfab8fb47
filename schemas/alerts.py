"""Alerts: each change of risk, with its evidence. To inform; nothing is to be carried out on an alert."""

from pydantic import Field

from schemas import fields as f
from schemas.commands import REASONS, Reasons
from schemas.fields import Record


class Alert(Record):
    """What every alert carries."""

    alert_id: f.Uuid = Field(description=f"UUIDv5 of what it is about, event and level. {f.UUID_TEXT}")
    occurred_at: f.Millis = Field(description=f"Event time of the change. {f.MILLIS}")
    level: f.Level | None = Field(description=f"Level from now on; null when there is no risk any more. {f.LEVEL}")
    previous_level: f.Level | None = Field(None, description=f"Level until now; null when there was none. {f.LEVEL}")
    score: f.Score = Field(description=f"The score that led to the level. {f.SCORE}")
    reasons: Reasons = Field(description=f"The evidence. {REASONS}")
    policy_version: f.Label = Field(description=f"Version of the policy that decided. {f.LABEL}")
    caused_by: f.EventId = Field(description=f"`event_id` of the event that tipped it. {f.EVENT_ID}")


class VictimAlert(Alert):
    """A protected person's level of risk changed."""

    case_id: f.Uuid = Field(description=f"The case it belongs to. {f.UUID_TEXT}")
    subscriber: f.Phone = Field(description=f"The person at risk. {f.PHONE}")
    typology: f.Typology = Field(description=f"What it looks like. {f.TYPOLOGY}")


class MuleAlert(Alert):
    """A receiving account's level of suspicion changed."""

    account: f.AccountId = Field(description=f"The account that looks like a mule's. {f.ACCOUNT_ID}")
    expires_at: f.Millis | None = Field(
        None, description=f"From when the level no longer counts, unless it is told again; null if never. {f.MILLIS}"
    )
