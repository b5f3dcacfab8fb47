"""The policy: what a centre may set without touching code. Validated before it is used.

A score is the probability that a person is being defrauded, where as many people are as in the centre's district. The
weights and the prior are fitted where victims are hundreds of times as frequent (`fitted_rate`); their odds are moved
to the district (`base_rate`), as Saerens, Latinne and Decaestecker (Neural Computation 14, 2002) move a classifier's.
"""

import math
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from agents.victims.rules import RULES
from schemas import fields as f
from schemas.fields import LEVELS, Level, check_levels

Share = Annotated[float, Field(gt=0, lt=1)]
Hours = Annotated[float, Field(gt=0, le=24 * 30)]
Weight = Annotated[float, Field(ge=0, le=20)]
Site = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253)]
Rate = Annotated[float, Field(gt=0, lt=1)]
"""People who begin to fall for a scam, of so many person-days."""

DISTRICT_RATE = 30 / 4_500_000
"""Such a rate where nobody says another: about 30 a day in a district of 4.5 million people."""


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
    """Log-odds that a person is being defrauded before anything was seen, at the rate of `fitted_rate`."""
    levels: dict[Level, LevelPolicy]
    hysteresis: Annotated[float, Field(ge=0, le=5)]
    """How far the score's log-odds must fall below a level's before it is lowered."""
    quiet_h: Hours
    """Hours without evidence after which an episode is over."""
    local_offset_min: Annotated[int, Field(ge=-720, le=840)]
    """Minutes that local time is ahead of UTC, for night hours."""
    weights: dict[str, Weight] = {}
    """Weights by code, log-odds. A rule that is not named, such as one that is newer than the last fit, has the weight
    that its row guesses."""
    known_sites: tuple[Site, ...] = ()
    """Sites whose pages nobody but their makers can write, with all below them: a link to one is no stranger's link."""
    pinned: tuple[str, ...] = ()
    """Codes whose weight no fit moves: what a list says is the centre's word, and no recording can tell its worth."""
    base_rate: Rate | None = None
    """That of the district: the one setting by which a centre says where it is."""
    fitted_rate: Rate | None = None
    """That of the recordings that the prior and the weights were fitted on."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        check_levels({level: wanted.score for level, wanted in self.levels.items()}, LEVELS)
        if (self.base_rate is None) != (self.fitted_rate is None):
            raise ValueError("base_rate and fitted_rate say something together only")
        if unknown := {*self.weights, *self.pinned} - set(RULES):
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        return self

    @classmethod
    def load(cls) -> Self:
        """The policy that comes with the package."""
        return cls.model_validate_json(files(__package__).joinpath("policy.json").read_bytes())

    @cached_property
    def sites(self) -> frozenset[str]:
        """`known_sites`, to be looked up."""
        return frozenset(self.known_sites)

    @cached_property
    def start(self) -> float:
        """Log-odds in the district before anything was seen."""
        moved = math.log(self.base_rate / self.fitted_rate) if self.base_rate and self.fitted_rate else 0.0
        return self.prior + moved

    @cached_property
    def kept_until(self) -> dict[Level, float]:
        """By level, the score below which it is given up."""
        return {
            level: 1 / (1 + (1 / wanted.score - 1) * math.exp(self.hysteresis)) for level, wanted in self.levels.items()
        }

    def weight(self, code: str) -> float:
        """A rule's weight under this policy, log-odds."""
        return self.weights.get(code, RULES[code].weight)
