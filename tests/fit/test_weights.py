"""The fit finds what is there, stays modest where little is seen, and never lets evidence speak for innocence."""

import math
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.victims.policy import DISTRICT_RATE
from agents.victims.rules import RULES
from interdict.fit import measure, weights
from interdict.fit.card import as_markdown
from interdict.fit.decisions import CODES, Decision, Draw
from interdict.fit.files import FitError, base_policy
from interdict.fit.fitting import settle

TODAY = date(2026, 11, 27)
STRONG, WEAK, BLAMELESS, NEVER = "pay.on_line", "call.long_plain", "pay.night", "call.listed"
SAID = {STRONG: 3.0, WEAK: 1.0, BLAMELESS: 0.0}
START = -3.0


def place(code: str) -> int:
    return CODES.index(code)


@cache
def drawn(seed: int = 1, days: int = 6_000, split: str = "fit", start: float = START) -> Draw:
    """Person-days of which the truth was drawn from known weights; each is decided about twice, once with nothing but
    the weak witness."""
    chance = np.random.default_rng(seed)
    decisions = []
    for day in range(days):
        spoken = {code for code in SAID if chance.random() < 0.3} or {WEAK}
        logit = start + sum(SAID[code] for code in spoken)
        is_victim = bool(chance.random() < 1 / (1 + math.exp(-logit)))
        for codes in ({WEAK}, spoken):
            left = tuple((place(code), 1.0) for code in sorted(codes))
            decisions.append(Decision(day, 0, 0, is_victim, STRONG in codes, STRONG in codes, left))
    victims = sum(one.is_victim for one in decisions[::2])
    return Draw("drawn", seed, split, "plain", days, victims, days, tuple(decisions))


@pytest.fixture(scope="module")
def fitted() -> Any:
    return weights.fit(weights.table_of([drawn()]))


def test_weights_that_decisions_were_drawn_from_are_found_again(fitted: Any) -> None:
    found = fitted.by_code()
    assert found[STRONG] == pytest.approx(SAID[STRONG], abs=0.3)
    assert found[WEAK] + fitted.intercept == pytest.approx(SAID[WEAK] + START, abs=0.4)
    assert found[BLAMELESS] < 0.2


def test_a_rule_that_never_spoke_keeps_what_its_row_guesses_and_trust_leaves(fitted: Any) -> None:
    assert fitted.by_code()[NEVER] == pytest.approx(weights.TRUST * RULES[NEVER].weight, abs=0.01)


@pytest.mark.parametrize("weight", [0.0, 14.0])
def test_a_weight_that_the_policy_pins_is_not_fitted_and_the_card_says_so(weight: float) -> None:
    base = base_policy(None).model_copy(update={"pinned": (STRONG,), "weights": {STRONG: weight}})
    found = settle([drawn()], [], base, "v", DISTRICT_RATE, TODAY)
    assert found.policy.weight(STRONG) == pytest.approx(weight, abs=0.01)
    assert found.policy.pinned == (STRONG,)
    assert f"centre's own word: `{STRONG}`" in as_markdown(found.card, found.policy)


def test_no_weight_is_below_nothing_though_the_evidence_be_of_the_honest() -> None:
    alone, beside = ((place(WEAK), 1.0),), ((place(WEAK), 1.0), (place(BLAMELESS), 1.0))
    decisions = tuple(
        Decision(day, 0, 0, day % 40 < (12 if day % 2 else 2), False, False, alone if day % 2 else beside)
        for day in range(2_000)
    )
    found = weights.fit(weights.table_of([Draw("d", 1, "fit", "plain", 2_000, 100, 2_000, decisions)]))
    assert min(found.weights) >= 0.0
    assert found.by_code()[BLAMELESS] == 0.0


def test_many_decisions_of_one_day_count_as_its_highest(fitted: Any) -> None:
    draw = drawn()
    again = draw._replace(decisions=draw.decisions + draw.decisions[:2] * 500)
    assert weights.fit(weights.table_of([again])).by_code() == fitted.by_code()


def test_scores_are_probabilities_on_draws_that_nothing_was_fitted_on(fitted: Any) -> None:
    other = measure.quality(weights.table_of([drawn(seed=2)]), fitted)
    assert other.calibration_error < 0.02
    assert other.auc > 0.7


@cache
def settled(base_rate: float = DISTRICT_RATE, **more: Any) -> Any:
    """Fitted once for all who ask the same: nothing of a fit is written to."""
    return settle([drawn(**more)], [drawn(seed=2)], base_policy(None), "v", base_rate, TODAY)


def test_every_rule_has_its_weight_in_the_policy_and_its_line_on_the_card() -> None:
    found = settled()
    assert set(found.policy.weights) == set(RULES)
    card = as_markdown(found.card, found.policy)
    assert all(f"| `{code}` |" in card for code in RULES)
    assert "drawn" in card


def test_a_level_wrongs_no_more_than_its_budget_of_honest_days() -> None:
    levels = {one.level: one.wronged for one in settled().card.fitted.levels}
    assert all(levels[level] <= most for level, most in measure.BUDGETS.items())


def test_the_district_moves_odds_and_levels_alike_and_so_no_decision() -> None:
    here, there = settled(), settled(base_rate=DISTRICT_RATE * 10)
    assert there.policy.start - here.policy.start == pytest.approx(math.log(10))
    assert there.policy.weights == here.policy.weights
    for level, wanted in here.policy.levels.items():
        assert there.policy.levels[level].score / wanted.score == pytest.approx(10, rel=0.2)


def test_nothing_is_fitted_on_test_draws_nor_where_all_are_honest() -> None:
    with pytest.raises(FitError, match="nothing is fitted"):
        settled(split="test")
    with pytest.raises(FitError, match="about victims and about others"):
        settled(start=-60.0)


@pytest.mark.parametrize(("narrow", "wide"), [("pay.on_line", "pay.after_call_hour"), ("pay.huge", "pay.large")])
def test_a_row_weighs_no_less_than_one_that_speaks_whenever_it_does_and_no_score_changes(
    narrow: str, wide: str
) -> None:
    spoken = [{narrow: 1.0, wide: 1.0}, {wide: 1.0}, {wide: 0.5}, {narrow: 0.5, wide: 0.7}]
    decisions = tuple(
        Decision(day, 0, 0, day % 2 == 0, True, True, tuple((place(code), share) for code, share in codes.items()))
        for day, codes in enumerate(spoken)
    )
    table = weights.table_of([Draw("x", 1, "fit", "plain", 9, 1, 9, decisions)])
    before = weights.Fitted(-5.0, np.zeros(len(CODES)))
    before.weights[place(narrow)], before.weights[place(wide)] = 0.4, 1.3
    after = weights.in_order(table, before)
    assert after.weights[place(narrow)] == pytest.approx(1.3 + weights.STEP)
    assert after.weights[place(wide)] == 1.3
    scores = weights.logits(table.left, before)
    assert weights.logits(table.left, after) == pytest.approx(scores, abs=1.01 * weights.STEP)


def test_rows_that_may_speak_alone_keep_their_weights() -> None:
    spoken = [{"pay.on_line": 1.0}, {"pay.after_call_hour": 1.0}, {"pay.after_call_hour": 1.0}]
    decisions = tuple(
        Decision(day, 0, 0, False, True, True, tuple((place(code), share) for code, share in codes.items()))
        for day, codes in enumerate(spoken)
    )
    table = weights.table_of([Draw("x", 1, "fit", "plain", 9, 1, 9, decisions)])
    before = weights.Fitted(-5.0, np.zeros(len(CODES)))
    before.weights[place("pay.after_call_hour")] = 1.3
    assert weights.in_order(table, before).weights[place("pay.on_line")] == 0.0
