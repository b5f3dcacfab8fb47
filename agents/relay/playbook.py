"""The playbook: deadlines, measures and times of the relay, which a centre sets without touching code."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas import fields as f

WarnedLevel = Literal["red", "orange", "yellow"]
Measure = Literal["hold", "stop_payment", "freeze", "suspend", "suspend_incoming", "force_login"]
StepName = Literal["text", "bot", "call", "visit", "centre", "family", "station"]
Seconds = Annotated[int, Field(ge=1, le=7 * 86_400)]
MINUTE_H = 1 / 60
SHARED_PAYEES_MAX = 5_000
ADDED = frozenset({"harm", "stake_min_yuan", "tied", "tied_min", "of_payee", "shared_payees", "believed_h"})
ADDED_IN: Mapping[str, tuple[str, ...]] = {"expires_h": ("hold",), "attempts": ("family", "station")}
"""What playbooks of release 0.2 do not have."""
_PACKAGED = files(__package__).joinpath("playbook.json")
Hours = Annotated[float, Field(ge=MINUTE_H, le=24 * 30)]


class Quiet(BaseModel):
    """Hours without anything new after which a case closes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    calm: Hours
    """While somebody is still to be reached."""
    persuaded: Hours
    """After the person was persuaded."""


class Harm(BaseModel):
    """What a measure does to either. Guesses, of the order of magnitude: nobody publishes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    costs_yuan: Annotated[float, Field(ge=0, le=1_000_000)]
    """What it costs an innocent whatever is at stake, in yuan."""
    costs_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """What it costs besides, of what is at stake: money that does not come where it is awaited."""
    saves: Annotated[float, Field(ge=0, le=1)]
    """The share that it still saves a victim: of the payment where it is aimed at one, else of all that is at stake.
    A hold of minutes saves only as often as an officer gets through, and is believed."""


class Expiry(BaseModel):
    """Hours after which a command must not be begun, and what it took is given back. Stop payment is 48 h by rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dissuasion: Hours
    suspend: Hours
    freeze: Hours
    stop_payment: Annotated[float, Field(ge=MINUTE_H, le=48)]
    force_login: Hours
    hold: Annotated[float, Field(ge=MINUTE_H, le=2)]
    """A transfer that somebody waits for: for minutes."""


class Playbook(BaseModel):
    """Everything that the relay's table leaves open."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    policy_version: f.PolicyVersion
    ack_s: dict[WarnedLevel, Seconds]
    """Seconds within which a step is to be acknowledged, by level."""
    reach_s: dict[WarnedLevel, Seconds]
    """Seconds within which the person is to be reached, by level."""
    word_s: Seconds
    """Seconds from reaching the person to being told how it went."""
    quiet_h: Quiet
    keep_closed_h: Hours
    """How long a closed case is remembered: for what is told late of it, and to open it again."""
    measures: dict[WarnedLevel, tuple[Measure, ...]]
    """What `cut` takes, in this order, by level."""
    expires_h: Expiry
    attempts: dict[StepName, Annotated[int, Field(ge=1, le=f.ATTEMPTS_MAX)]]
    """How often a step may be tried in one run of a case; then it is passed over, and after the last, one waits."""
    retries: Annotated[int, Field(ge=0, le=10)]
    """How often a measure that was rejected or failed is ordered again before it goes to a human."""
    retry_s: Seconds
    """Seconds until then; doubled each time."""
    harm: dict[Measure, Harm]
    """Why a measure is taken or not, see `agents.relay.harm`."""
    stake_min_yuan: Annotated[int, Field(ge=0, le=10_000_000)]
    """What a victim is still expected to lose where the payments so far are less, in yuan: a scam begins small. For
    measures that give time to speak to the person, or are not aimed at one payment; what is stopped at the payee's is
    what was paid."""
    tied: Annotated[tuple[f.Slug, ...], Field(max_length=200)]
    """Codes of evidence that is tied to the very payment it speaks of: its payee, its line, its amount. Nothing is
    taken for what strangers did to the person alone."""
    tied_min: Annotated[float, Field(ge=0, le=20)]
    """What they must weigh together for a payment to be suspect, log-odds."""
    of_payee: Annotated[tuple[f.Slug, ...], Field(max_length=200)]
    """Codes of evidence that speaks of the payee alone. What is taken from the person is weighed without it: who once
    pays somebody that a list names, rightly or not, keeps phone and account."""
    shared_payees: Annotated[tuple[f.AccountId, ...], Field(max_length=SHARED_PAYEES_MAX)]
    """Accounts that many pay (payment firms, cash desks, merchants) and that are never stopped; one that ends in `*`
    stands for all that begin so."""
    believed_h: Hours
    """Hours for which a false alarm speaks for further payments to those who were paid before it."""
    on_line_is_red: Annotated[tuple[f.Slug, ...], Field(max_length=f.REASONS_MAX)]
    """Codes of evidence that make any open case red: a call in progress with money leaving."""

    @model_validator(mode="before")
    @classmethod
    def _of_an_earlier_release(cls, body: Any) -> Any:
        """What a playbook of an earlier release does not say is as in the packaged one."""
        if not isinstance(body, dict):
            return body
        packaged = json.loads(_PACKAGED.read_bytes())
        body = {**{name: packaged[name] for name in ADDED}, **body}
        for name, more in ADDED_IN.items():
            if isinstance(body.get(name), dict):
                body[name] = {**{one: packaged[name][one] for one in more}, **body[name]}
        return body

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        for name in ("ack_s", "reach_s", "measures"):
            if missing := set(get_args(WarnedLevel)) - set(getattr(self, name)):
                raise ValueError(f"{name}: nothing for {', '.join(sorted(missing))}")
        if missing := set(get_args(StepName)) - set(self.attempts):
            raise ValueError(f"attempts: nothing for {', '.join(sorted(missing))}")
        if missing := {one for level in self.measures.values() for one in level} - set(self.harm):
            raise ValueError(f"harm: nothing for {', '.join(sorted(missing))}")
        if any(self.ack_s[level] > self.reach_s[level] for level in self.ack_s):
            raise ValueError("ack_s: a step must be acknowledged before the person is to be reached")
        return self

    @classmethod
    def load(cls) -> Self:
        """The playbook that comes with the package."""
        return cls.model_validate_json(_PACKAGED.read_bytes())
