"""The policy of accounts' grades: what a centre may set without touching code. Validated before it is used."""

import math
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from agents.mules.rules import RULES
from schemas import fields as f
from schemas.fields import Level, check_levels
from schemas.spelling import account

Share = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[float, Field(ge=0, le=20)]
Account = Annotated[str, StringConstraints(min_length=1, max_length=64)]
GRADES: tuple[Level, ...] = ("red", "orange", "yellow")
"""The gravest first."""
LEFT_ALONE_MAX = 20_000
"""Accounts that are left alone: a body of them stays well below what a record may have."""


class Policy(BaseModel):
    """Weights and thresholds of the `mules` duty, and whom it leaves alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    policy_version: f.PolicyVersion
    base_rate: Share
    """Mules' accounts among the payees that somebody pays for the first time."""
    levels: dict[Level, Share]
    """The probability from which an account has a grade. None is enough to take anything by itself."""
    weights: dict[str, Weight] = {}
    """Weights by code, log-odds. A rule that is not named has the weight of its row."""
    left_alone: Annotated[tuple[Account, ...], Field(max_length=LEFT_ALONE_MAX)] = ()
    """Accounts that get no grade, however money goes through them: of settlement, of payroll, of a wallet. Of one that
    an officer has looked at, `interdict account clear` says who did, why and until when."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        check_levels(self.levels, GRADES)
        if unknown := self.weights.keys() - RULES.keys():
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        return self

    @classmethod
    def load(cls) -> Self:
        """The policy that comes with the package."""
        return cls.model_validate_json(files(__package__).joinpath("policy.json").read_bytes())

    @cached_property
    def start(self) -> float:
        """Log-odds before anything was seen."""
        return math.log(self.base_rate / (1 - self.base_rate))

    def weight(self, code: str) -> float:
        """A rule's weight under this policy, log-odds."""
        return self.weights.get(code, RULES[code].weight)

    @cached_property
    def spared(self) -> frozenset[str]:
        """`left_alone` as events spell accounts."""
        return frozenset(map(account, self.left_alone))
