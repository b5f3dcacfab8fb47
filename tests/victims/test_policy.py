"""The policy file: what a centre may set, and what is refused before it can do harm."""

from typing import Any

import pytest
from pydantic import ValidationError

from agents.victims.duty import VictimsDuty
from agents.victims.policy import Policy
from agents.victims.rules import RULES
from agents.victims.text.scorer import TextScorer
from tests.kit.guesses import GUESSES
from tests.kit.story import Story, robbed_on_the_phone


def changed(**fields: Any) -> dict[str, Any]:
    return {**GUESSES.model_dump(mode="json"), **fields}


def levels(**scores: float) -> dict[str, Any]:
    held: dict[str, Any] = changed()["levels"]
    return {level: {**rule, "score": scores.get(level, rule["score"])} for level, rule in held.items()}


def test_the_policy_that_comes_with_the_package_is_valid() -> None:
    assert Policy.model_validate(Policy.load().model_dump(mode="json")) == Policy.load()


@pytest.mark.parametrize(
    "fields",
    [
        {"prior": 1.0},
        {"levels": levels(red=0.5)},
        {"levels": {"red": {"score": 0.9}}},
        {"hysteresis": 9},
        {"quiet_h": 0},
        {"weights": {"no.such_rule": 1.0}},
        {"weights": {"pay.on_line": -1.0}},
        {"pinned": ["no.such_rule"]},
        {"policy_version": "a/b"},
        {"local_offset_min": 9_000},
        {"unheard_of": 1},
        {"base_rate": 1e-5, "fitted_rate": None},
        {"base_rate": 0, "fitted_rate": 1e-3},
        {"base_rate": 1e-5, "fitted_rate": 2},
    ],
    ids=str,
)
def test_a_policy_that_could_do_harm_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(changed(**fields))


def test_a_policy_can_silence_a_rule() -> None:
    loud = robbed_on_the_phone()
    rules = [code for code, rule in RULES.items() if rule.family in ("peer", "timing", "time_on_line", "balance")]
    policy = Policy.model_validate(changed(weights=dict.fromkeys(rules, 0.0)))
    quiet = Story(duty=VictimsDuty(policy, TextScorer.load()))
    assert loud.levels[-1] == "red"
    assert robbed_on_the_phone(quiet).levels == []


def test_a_decision_names_the_policy_it_was_made_by() -> None:
    assert {a.policy_version for a in robbed_on_the_phone().alerts} == {GUESSES.policy_version}
