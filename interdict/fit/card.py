"""The card of a policy that was fitted: what it was made of, and how good it is. As JSON, and for people."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Self

from pydantic import BaseModel, ConfigDict

from agents.victims.policy import Policy
from agents.victims.rules import PERSON_RULES, RULES, Rule
from interdict.judge.statistics import Bin
from schemas.spans import HOUR_MS

PACKAGED = "policy_card.json"


class DrawCard(BaseModel):
    """A recording that was used."""

    model_config = ConfigDict(frozen=True)

    name: str
    seed: int
    split: str
    set: str
    people: int
    victims: int
    person_days: int
    decisions: int
    victims_decisions: int


class LevelCard(BaseModel):
    """What a level reaches."""

    model_config = ConfigDict(frozen=True)

    level: str
    wronged: float
    """Honest person-days of 10,000."""
    victims: int
    of_victims: int
    """Victims with any payment that was decided about."""


class QualityCard(BaseModel):
    """How good the weights are on some draws."""

    model_config = ConfigDict(frozen=True)

    draws: tuple[DrawCard, ...]
    person_days: int
    victims_days: int
    auc: float
    average_precision: float
    calibration_error: float
    bins: tuple[Bin, ...]
    levels: tuple[LevelCard, ...]


class Spoken(BaseModel):
    """Of 10,000 person-days with any evidence, those on which a code spoke."""

    model_config = ConfigDict(frozen=True)

    honest: float
    victims: float


class Card(BaseModel):
    """All of it."""

    model_config = ConfigDict(frozen=True)

    policy_version: str
    fitted_on: date
    fitted: QualityCard
    checked: QualityCard | None
    """On draws that nothing was fitted on; None where none were given."""
    spoken: dict[str, Spoken]

    @classmethod
    def load(cls) -> Self | None:
        """That of the policy that comes with the package; None where it was never fitted."""
        try:
            return cls.model_validate_json(files("agents.victims").joinpath(PACKAGED).read_bytes())
        except FileNotFoundError:
            return None


def shape_of(rule: Rule) -> str:
    """How a rule's weight goes with time and with its family, in words."""
    if rule in PERSON_RULES:
        return f"{rule.family}; does not fade, and counts only beside evidence"
    return f"{rule.family}; halves in {rule.half_life_ms / HOUR_MS:g} h"


def by_weight(policy: Policy) -> list[Rule]:
    """The rules, the heaviest first."""
    return sorted(RULES.values(), key=lambda rule: (-policy.weight(rule.code), rule.code))


def as_markdown(card: Card, policy: Policy) -> str:
    """The card for people."""
    return "\n".join((*_head(card, policy), *_qualities(card), *_levels(card, policy), *_rules(card, policy), ""))


def _head(card: Card, policy: Policy) -> Iterator[str]:
    yield f"# Card: the weights of `victims` policy {card.policy_version}"
    yield ""
    yield f"Written by `interdict fit` on {card.fitted_on}; how, and how to do it again, stands in docs/fitting.md."
    yield ""
    yield "| draws | set | split | people | victims | person-days | decisions | of victims |"
    yield "|---|---|---|--:|--:|--:|--:|--:|"
    for draw in (*card.fitted.draws, *(card.checked.draws if card.checked else ())):
        yield (
            f"| {draw.name} | {draw.set} | {draw.split} | {draw.people:,} | {draw.victims} | {draw.person_days:,} "
            f"| {draw.decisions:,} | {draw.victims_decisions:,} |"
        )
    yield ""
    yield f"Prior {policy.prior:g} at {policy.fitted_rate:.3g} victims a person-day, moved to {policy.base_rate:.3g}: "
    yield f"{policy.start:.2f} log-odds before anything was seen."
    if policy.pinned:
        codes = ", ".join(f"`{code}`" for code in policy.pinned)
        yield f"Not fitted but pinned, on the centre's own word: {codes}."


def _qualities(card: Card) -> Iterator[str]:
    yield from ("", "## Ranking and calibration", "")
    yield "Of person-days with any evidence, each by its highest decision, at the draws' own rate of victims."
    yield from ("", "| | person-days | of victims | AUC | AP | ECE |", "|---|--:|--:|--:|--:|--:|")
    both = (("fitted on", card.fitted), ("checked on", card.checked))
    for what, one in both:
        if one is not None:
            yield (
                f"| {what} | {one.person_days:,} | {one.victims_days:,} | {one.auc:.3f} "
                f"| {one.average_precision:.3f} | {one.calibration_error:.4f} |"
            )
    for what, one in both:
        if one is not None:
            yield from ("", f"| score, {what} | person-days | mean score | true |", "|---|--:|--:|--:|")
            for low, high, days, mean, true in ((*tenth[:4], tenth.share) for tenth in one.bins):
                yield f"| {low:.1f} - {high:.1f} | {days:,} | {mean:.3f} | {true:.3f} |"


def _levels(card: Card, policy: Policy) -> Iterator[str]:
    yield from ("", "## Levels", "")
    yield "Wronged: honest person-days of 10,000 with a decision at the level. Victims: of those who order a payment"
    yield "that is decided about, those who reach the level at one. What is then done, `interdict evaluate` says."
    yield from (
        "",
        "| level | probability | wronged, fitted | victims | wronged, checked | victims |",
        "|---|--:|--:|--:|--:|--:|",
    )
    checked = {one.level: one for one in card.checked.levels} if card.checked else {}
    for one in card.fitted.levels:
        other = checked.get(one.level)
        beside = f"{other.wronged:.2f} | {other.victims} of {other.of_victims}" if other else "- | -"
        score = next(wanted.score for level, wanted in policy.levels.items() if level == one.level)
        yield f"| {one.level} | {score:.2g} | {one.wronged:.2f} | {one.victims} of {one.of_victims} | {beside} |"


def _rules(card: Card, policy: Policy) -> Iterator[str]:
    yield from ("", "## Rules", "")
    yield "How often a code speaks: of 10,000 person-days with any evidence, of honest people and of victims."
    yield from (
        "",
        "| code | weight | family, and how it fades | honest | victims | seen |",
        "|---|--:|---|--:|--:|---|",
    )
    for rule in by_weight(policy):
        how_often = card.spoken.get(rule.code, Spoken(honest=0, victims=0))
        yield (
            f"| `{rule.code}` | {policy.weight(rule.code):.2f} | {shape_of(rule)} | {how_often.honest:,.0f} "
            f"| {how_often.victims:,.0f} | {rule.text} |"
        )
