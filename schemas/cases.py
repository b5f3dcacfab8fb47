"""The case record: the state of one case, for an audit and for a screen. The latest record of a case holds."""

from typing import Annotated, Literal

from pydantic import Field

from schemas import fields as f
from schemas.fields import Record

MOMENTS_MAX = 48
"""Of this length: with the longest words in any script, a record is still read back."""
MOMENT_TEXT_CHARS_MAX = 104
ACTOR_CHARS_MAX = 48
REMARK_CHARS_MAX = 72
MOMENTS_LEFT_OUT_MAX = 1_000_000
TAKEN_MAX = 32

CaseStateName = Literal["opened", "texting", "bot_calling", "calling", "visiting", "escalated", "watching", "closed"]
CASE_STATE = "Where the relay stands; README has the diagram."

ClosedAs = Literal["safe", "false_alarm", "quiet"]
MomentKind = Literal["evidence", "command", "outcome", "state", "timer", "taken_back"]
TakenAction = Literal["suspend", "freeze", "stop_payment", "hold"]
TakenStatus = Literal["ordered", "held", "not_taken", "given_back"]

MomentText = Annotated[str, Field(min_length=1, max_length=MOMENT_TEXT_CHARS_MAX, pattern=f.NO_CONTROLS)]
MOMENT_TEXT = f"Cut to {MOMENT_TEXT_CHARS_MAX} characters, no controls."

Actor = Annotated[str, Field(min_length=1, max_length=ACTOR_CHARS_MAX, pattern=f.NO_CONTROLS)]
ACTOR = f"Cut to {ACTOR_CHARS_MAX} characters, no controls."

Remark = Annotated[str, Field(min_length=1, max_length=REMARK_CHARS_MAX, pattern=f.NO_CONTROLS)]
REMARK = f"In one line, cut to {REMARK_CHARS_MAX} characters, no controls."

Count = Annotated[int, Field(ge=0, le=MOMENTS_LEFT_OUT_MAX)]
COUNT = f"0 to {MOMENTS_LEFT_OUT_MAX:,}; more are counted as so many."


class Moment(Record):
    """One line of a case's timeline."""

    at: f.Millis = Field(description=f"When. {f.MILLIS}")
    what: MomentKind = Field(
        description="Evidence that came, a command given, what became of one, a state entered, a deadline that passed, "
        "or something given back."
    )
    text: MomentText = Field(description=f"In words. {MOMENT_TEXT}")
    actor: Actor | None = Field(None, description=f"Who did it; null for Interdict itself. {ACTOR}")
    command_id: f.Uuid | None = Field(None, description=f"The command concerned; null for none. {f.UUID_TEXT}")
    event_id: f.EventId | None = Field(None, description=f"The event that led to it; null for a timer. {f.EVENT_ID}")
    note: Remark | None = Field(None, description=f"In the actor's own words; null when none. {REMARK}")


class Taken(Record):
    """Something taken from somebody for the case's sake."""

    command_id: f.Uuid = Field(description=f"The command that took it. {f.UUID_TEXT}")
    action: TakenAction = Field(description="What was done.")
    target: f.AccountId = Field(description=f"The phone or the account. {f.ACCOUNT_ID}")
    until: f.Millis = Field(description=f"When it is given back at the latest. {f.MILLIS}")
    status: TakenStatus = Field(
        description="`ordered`: on its way. `held`: the executor has done it. `not_taken`: it could not be done."
    )


class CaseRecord(Record):
    """One case: one episode of one person, from the first yellow alert until the person is safe."""

    case_id: f.Uuid = Field(description=f"The case, and the record's key. {f.UUID_TEXT}")
    subscriber: f.Phone = Field(description=f"The person it protects. {f.PHONE}")
    area: f.Label | None = Field(None, description=f"The area that answers for the person. {f.LABEL}")
    state: CaseStateName = Field(description=CASE_STATE)
    level: f.Level = Field(description=f"Highest level of the case's present run. {f.LEVEL}")
    typology: f.Typology = Field(description=f"What it looks like. {f.TYPOLOGY}")
    score: f.Score = Field(description=f"The latest score. {f.SCORE}")
    opened_at: f.Millis = Field(description=f"When it was opened. {f.MILLIS}")
    updated_at: f.Millis = Field(description=f"When it last changed. {f.MILLIS}")
    contacted_at: f.Millis | None = Field(
        None, description=f"When the person was first reached; null if never. {f.MILLIS}"
    )
    closed_at: f.Millis | None = Field(None, description=f"When it was closed; null while it is open. {f.MILLIS}")
    closed_as: ClosedAs | None = Field(None, description="How it ended; null while it is open.")
    taken: Annotated[tuple[Taken, ...], Field(strict=False, max_length=TAKEN_MAX)] = Field(
        (), description=f"What was taken and what became of it, at most {TAKEN_MAX}."
    )
    timeline: Annotated[tuple[Moment, ...], Field(strict=False, max_length=MOMENTS_MAX)] = Field(
        (), description=f"What happened, oldest first: the first third and the latest of {MOMENTS_MAX} at most."
    )
    moments_left_out: Count = Field(0, description=f"Lines of the timeline that were left out. {COUNT}")
    policy_version: f.Label = Field(description=f"Version of the playbook that runs it. {f.LABEL}")
