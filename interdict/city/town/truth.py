"""What really was: who is who, who was deceived by what, which accounts and numbers served it. NDJSON."""

from typing import Annotated, Literal

import orjson
from pydantic import Field, TypeAdapter

from interdict.city.town.plan import SetName, Split
from schemas import fields as f
from schemas.fields import Record


class RunTruth(Record):
    """The run itself; the first line."""

    record: Literal["run"] = "run"
    seed: int = Field(description="What everything follows from.")
    split: Split = Field(description="What the run may be used for: fit, choose, test; free belongs to nobody.")
    set: SetName | None = Field(
        description="Which column of the ranges the numbers were drawn from; null where none were drawn."
    )
    people: int = Field(description="Townspeople.")
    days: int = Field(description="Days in China's time.")
    starts_at: f.Millis = Field(description=f"The first midnight. {f.MILLIS}")
    ends_at: f.Millis = Field(
        description=f"The last midnight: nothing begins after it, and what was under way then ends. {f.MILLIS}"
    )


class PersonTruth(Record):
    """A townsperson."""

    record: Literal["person"] = "person"
    subscriber: f.Phone = Field(description=f.PHONE)
    kind: f.Slug = Field(description="The kind of life: `household`, `student`, `elder`, `owner`, `courier` ...")
    age_band: str = Field(description="Age in years, as a band.")
    is_known: bool = Field(description="Whether the centre has a reference record.")
    trials: int = Field(0, description="How often scammers tried this person in vain.")


class PaymentTruth(Record):
    """A payment to a scammer, that a hold between its two phases would have stopped."""

    event_id: f.EventId = Field(description="Of `initiated`.")
    posted_event_id: f.EventId = Field(description="Of `posted`.")
    transaction_id: f.EventId = Field(description="Joins the phases.")
    occurred_at: f.Millis = Field(description=f"Of `initiated`: when the victim decided. {f.MILLIS}")
    posted_at: f.Millis = Field(description=f"Of `posted`: when it was gone. {f.MILLIS}")
    amount_minor: f.MoneyMinor = Field(description=f.MONEY_MINOR)
    payee_account: f.AccountId = Field(description=f.ACCOUNT_ID)
    account: f.AccountId = Field(description="The victim's, which it left.")


class VictimTruth(Record):
    """Somebody who was deceived, once."""

    record: Literal["victim"] = "victim"
    scam_id: f.EventId = Field(description="Names the scam.")
    subscriber: f.Phone = Field(description=f.PHONE)
    typology: f.Typology = Field(description=f.TYPOLOGY)
    variant: f.Slug = Field(description="Which script of the typology.")
    gang: int = Field(description="Which gang; its numbers and accounts bear the same.")
    first_contact_at: f.Millis = Field(description=f"When it began, seen by a feed or not. {f.MILLIS}")
    event_ids: tuple[f.EventId, ...] = Field(
        (), strict=False, description="Every event that the scam left behind, in no feed's order."
    )
    payments: tuple[PaymentTruth, ...] = Field((), strict=False, description="Empty if the victim doubted in time.")
    returned_minor: f.MoneyMinor = Field(0, description=f"What the scammers paid back as bait. {f.MONEY_MINOR}")
    is_coached: bool = Field(description="Whether the victim was told to answer nobody.")
    gave_up: bool = Field(description="Whether the victim came to doubt before the script's end.")
    is_cut_short: bool = Field(description="Whether the run ended before the scam did.")
    reported_at: f.Millis | None = Field(
        None, description=f"When the police were told; null if never, or not in this run. {f.MILLIS}"
    )


class MuleTruth(Record):
    """An account that served a gang."""

    record: Literal["mule"] = "mule"
    account: f.AccountId = Field(description=f.ACCOUNT_ID)
    gang: int = Field(description="Which gang.")
    level: int = Field(description="1 is paid by victims, 2 by accounts of level 1, and so on.")
    phone: f.Phone | None = Field(None, description=f"Of the one who lent it, if the bank tells. {f.PHONE}")
    is_local: bool = Field(description="Whether a townsperson lent it.")
    is_seen: bool = Field(description="Whether its bank is in the feed.")
    is_listed: bool = Field(description="Whether the watchlist got it from elsewhere, before any report of this run.")
    first_used_at: f.Millis = Field(description=f.MILLIS)
    victims: tuple[f.EventId, ...] = Field((), strict=False, description="The scams that paid it; of level 1 only.")


class NumberTruth(Record):
    """A number that scammers called, wrote or were called from."""

    record: Literal["number"] = "number"
    peer: f.PeerId = Field(description=f.PEER_ID)
    line: f.Slug = Field(description="mobile, voip, fixed, foreign, gateway (texts from 106...).")
    gang: int = Field(description="Which gang.")
    is_listed: bool = Field(description="Whether the watchlist got it from elsewhere, before any report of this run.")
    first_used_at: f.Millis = Field(description=f.MILLIS)


Truth = RunTruth | PersonTruth | VictimTruth | MuleTruth | NumberTruth
_ADAPTER: TypeAdapter[Truth] = TypeAdapter(Annotated[Truth, Field(discriminator="record")])


def schema_json() -> bytes:
    """The JSON Schema of a line, draft 2020-12. The same models give the same bytes."""
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a truth",
        "description": "What really was, beside a recording: NDJSON, one line of `run` and any of the others, in any "
        "order. Unknown fields are ignored. See docs/evaluation.md.",
    }
    return orjson.dumps(described | _ADAPTER.json_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read(line: bytes | str) -> Truth:
    """A line of a truth file.

    Raises:
        ValidationError: it is none.
    """
    return _ADAPTER.validate_json(line)
