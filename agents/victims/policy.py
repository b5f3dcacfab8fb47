"""The policy: what a centre may set without touching code. Validated before it is used."""

from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.victims.rules import RULES
from schemas import fields as f
from schemas.fields import LEVELS, Level

Share = Annotated[float, Field(gt=0, lt=1)]
Hours = Annotated[float, Field(gt=0, le=24 * 30)]
Weight = Annotated[float, Field(ge=0, le=20)]


class LevelPolicy(BaseModel):
    """When a level is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: Share
    needs: tuple[Literal["money"], ...] = ()
    """`money`: evidence that money is leaving; nobody's account is frozen for having answered a call."""


class Policy(BaseModel):
    """Thresholds, weights and times of the `victims` duty."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    policy_version: f.PolicyVersion
    prior: Annotated[float, Field(ge=-15, le=0)]
    """Log-odds that a person is being defrauded before anything was seen; -8 is 3 in 10,000."""
    levels: dict[Level, LevelPolicy]
    hysteresis: Annotated[float, Field(ge=0, lt=0.5)]
    """How far the score must fall below a level before it is lowered."""
    quiet_h: Hours
    """Hours without evidence after which an episode is over."""
    local_offset_min: Annotated[int, Field(ge=-720, le=840)]
    """Minutes that local time is ahead of UTC, for night hours."""
    weights: dict[str, Weight] = {}
    """Weights that differ from the rules' own, by code."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if set(self.levels) != set(LEVELS):
            raise ValueError(f"levels must be {', '.join(LEVELS)}")
        scores = [self.levels[level].score for level in LEVELS]
        if scores != sorted(scores, reverse=True):
            raise ValueError("a higher level must not need a lower score")
        if unknown := set(self.weights) - set(RULES):
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        return self

    @classmethod
    def load(cls) -> Self:
        """The policy that comes with the package."""
        return cls.model_validate_json(files(__package__).joinpath("policy.json").read_bytes())

    def weight(self, code: str) -> float:
        """A rule's weight under this policy, log-odds."""
        return self.weights.get(code, RULES[code].weight)
