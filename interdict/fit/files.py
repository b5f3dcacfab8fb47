"""Policies as a fit reads and writes them. Needs nothing but the package."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from agents.victims.policy import Policy
from agents.victims.rules import RULES
from interdict.centre.policies import laid_out
from interdict.fit.card import Card, by_weight, shape_of
from streams.core.errors import ExpectedError


class FitError(ExpectedError):
    """Something that nothing can be fitted on; says why."""


def base_policy(path: Path | None) -> Policy:
    """The policy that gives what is not fitted; the packaged one where no file is named. Of its weights only those of
    rules that there still are hold: rules may have changed since it was fitted.

    Raises:
        FitError: it is no policy.
        OSError: it cannot be read.
    """
    raw = path.read_bytes() if path else files("agents.victims").joinpath("policy.json").read_bytes()
    try:
        found: Any = orjson.loads(raw)
        found["weights"] = {code: weight for code, weight in found.get("weights", {}).items() if code in RULES}
        found["pinned"] = [code for code in found.get("pinned", ()) if code in RULES]
        return Policy.model_validate(found)
    except (orjson.JSONDecodeError, ValidationError, TypeError, AttributeError):
        raise FitError(f"{path or 'the packaged policy'} is no `victims` policy") from None


def policy_text(policy: Policy) -> str:
    """A policy as it is written to a file: no line is longer than people read."""
    return laid_out(policy.model_dump(mode="json"))


def listing(path: Path | None) -> Table:
    """Every rule in a table, the heaviest first."""
    policy, card = base_policy(path), Card.load()
    fitted = f", as fitted for {card.policy_version}" if card else ": nothing was fitted yet"
    table = Table(
        title=f"policy {policy.policy_version}: {policy.start:.2f} log-odds before anything was seen",
        caption=f"speaks: of 10,000 person-days with any evidence, honest people's and victims'{fitted}",
    )
    table.add_column("rule, and what was seen", ratio=1)
    table.add_column("weight", justify="right")
    table.add_column("family, and how it fades")
    for name in ("honest", "victims"):
        table.add_column(name, justify="right")
    for rule in by_weight(policy):
        often = card.spoken.get(rule.code) if card else None
        days = (f"{often.honest:,.0f}", f"{often.victims:,.0f}") if often else ("-", "-")
        weight = f"{policy.weight(rule.code):.2f}" + ("" if rule.code in policy.weights else " guessed")
        table.add_row(Text.assemble(rule.code, "\n", (rule.text, "dim")), weight, shape_of(rule), *days)
    return table
