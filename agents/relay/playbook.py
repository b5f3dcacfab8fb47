"""The playbook: deadlines, measures and times of the relay, which a centre sets without touching code."""

from importlib.resources import files
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas import fields as f

WarnedLevel = Literal["red", "orange", "yellow"]
Measure = Literal["stop_payment", "freeze", "suspend", "suspend_incoming", "force_login"]
StepName = Literal["text", "bot", "call", "visit", "centre"]
Seconds = Annotated[int, Field(ge=1, le=7 * 86_400)]
MINUTE_H = 1 / 60
Hours = Annotated[float, Field(ge=MINUTE_H, le=24 * 30)]


class Quiet(BaseModel):
    """Hours without anything new after which a case closes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    calm: Hours
    """While somebody is still to be reached."""
    persuaded: Hours
    """After the person was persuaded."""


class Expiry(BaseModel):
    """Hours after which a command must not be begun, and what it took is given back. Stop payment is 48 h by rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dissuasion: Hours
    suspend: Hours
    freeze: Hours
    stop_payment: Annotated[float, Field(ge=MINUTE_H, le=48)]
    force_login: Hours


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
    on_line_is_red: Annotated[tuple[f.Slug, ...], Field(max_length=f.REASONS_MAX)]
    """Codes of evidence that make any open case red: a call in progress with money leaving."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        for name in ("ack_s", "reach_s", "measures"):
            if missing := set(get_args(WarnedLevel)) - set(getattr(self, name)):
                raise ValueError(f"{name}: nothing for {', '.join(sorted(missing))}")
        if missing := set(get_args(StepName)) - set(self.attempts):
            raise ValueError(f"attempts: nothing for {', '.join(sorted(missing))}")
        if any(self.ack_s[level] > self.reach_s[level] for level in self.ack_s):
            raise ValueError("ack_s: a step must be acknowledged before the person is to be reached")
        return self

    @classmethod
    def load(cls) -> Self:
        """The playbook that comes with the package."""
        return cls.model_validate_json(files(__package__).joinpath("playbook.json").read_bytes())
