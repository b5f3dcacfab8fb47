"""Reference records: who is protected, and what is known to be bad. The latest record of a key holds."""

from typing import Literal

from pydantic import Field

from schemas import fields as f
from schemas.fields import Record

POLICY_NAMES = ("victims", "victims.shadow", "relay", "relay.shadow", "roster", "limits", "mules")
"""Every name that a policy's record may have. What people share has no shadow."""

AgeBand = Literal["0-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"]


class Subscriber(Record):
    """A protected person."""

    subscriber: f.Phone = Field(description=f"The person's phone, and the record's key. {f.PHONE}")
    age_band: AgeBand | None = Field(None, description="Age in years, as a band; null when not known.")
    area: f.Label | None = Field(
        None,
        description=f"The district or station that answers for the person; null when not known. {f.LABEL}",
    )
    occupation: f.Slug | None = Field(
        None,
        description=f"`student`, `finance` (handles a firm's money) or another; null when not known. {f.SLUG_TEXT}",
    )
    accounts: f.Accounts = Field((), description=f"The person's own bank accounts. {f.LIST} {f.ACCOUNT_ID}")
    handles: f.Handles = Field((), description=f"The person's messaging accounts. {f.LIST} {f.HANDLE}")
    trusted_peers: f.Peers = Field((), description=f"Family, colleagues and the like. {f.LIST} {f.PEER_ID}")
    trusted_payees: f.Accounts = Field((), description=f"Accounts known to be harmless. {f.LIST} {f.ACCOUNT_ID}")


class PolicyRecord(Record):
    """A part of what a centre may set: rules, playbook, roster or limits. What is in `body`, its duty says."""

    name: f.Slug = Field(
        description="`victims`, `relay`, `roster` or `limits`, and the record's key; with `.shadow` behind it, a "
        f"policy that decides and records, and commands nothing. {f.SLUG_TEXT}"
    )
    body: f.JsonObject = Field(
        description=f"The policy. `interdict policy show` prints the present one. {f.JSON_OBJECT}"
    )


class WatchlistEntry(Record):
    """A peer, an account or a domain that is known to serve fraud; or an account of which it is known not to."""

    value: f.Watched = Field(description=f"What is watched for, and the record's key. {f.WATCHED}")
    kind: Literal["peer", "account", "domain", "honest_account"] = Field(
        description="What `value` is. `honest_account`: somebody has looked at it; as long as this holds, how money "
        "goes through it is held against nobody who pays it."
    )
    category: f.Slug = Field(
        description=f"Why it is listed: `mule`, `phishing`, `fake_police`; `merchant`, `charity` ... {f.SLUG_TEXT}"
    )
    source: f.Label = Field(description=f"Who listed it. {f.LABEL}")
    added_at: f.Millis = Field(description=f"When it was listed. {f.MILLIS}")
    expires_at: f.Millis | None = Field(None, description=f"From when it no longer counts; null if never. {f.MILLIS}")
    note: f.Note | None = Field(None, description=f"In the words of who listed it; null when none. {f.NOTE}")
