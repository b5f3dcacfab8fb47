"""The score: log-odds that add up, fade, and can be explained."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.rules import PERSON_RULES, RULES
from agents.victims.score import REASONS_SHOWN, level_of, logistic, reasons, score
from agents.victims.state import Evidence, Profile
from agents.victims.typology import name
from schemas.spans import DAY_MS, HOUR_MS
from tests.kit.guesses import GUESSES
from tests.kit.story import MIDDAY, robbed_on_the_phone

POLICY = GUESSES
SEEN = [code for code in RULES if not code.startswith("person.")]


def evidence(*codes: str, at: int = MIDDAY, strength: float = 1.0) -> list[Evidence]:
    return [Evidence(code, at, strength, ["e"]) for code in codes]


def of(*codes: str, at: int = MIDDAY, now: int = MIDDAY, profile: Profile | None = None) -> float:
    return score(evidence(*codes, at=at), profile, POLICY, now).value


def test_nothing_seen_scores_the_prior() -> None:
    assert of() == logistic(POLICY.start) < 0.001


def test_weights_of_different_families_add_up() -> None:
    expected = POLICY.start + POLICY.weight("call.foreign") + POLICY.weight("pay.new_payee")
    assert of("call.foreign", "pay.new_payee") == logistic(expected)


def test_of_one_family_only_the_strongest_counts() -> None:
    assert of("pay.drains_half", "pay.drains_most") == max(of("pay.drains_half"), of("pay.drains_most"))


def test_evidence_halves_in_its_half_life() -> None:
    rule = RULES["call.foreign"]
    found = score(evidence(rule.code), None, POLICY, MIDDAY + rule.half_life_ms)
    assert found.parts[0].weight == pytest.approx(POLICY.weight(rule.code) / 2)


def test_evidence_that_has_faded_away_is_gone() -> None:
    assert of("call.foreign", now=MIDDAY + 30 * DAY_MS) == of()


def test_evidence_fades_with_the_distance_in_time_whichever_is_taken_first() -> None:
    ahead, behind = (
        of("call.foreign", at=MIDDAY + HOUR_MS, now=MIDDAY),
        of("call.foreign", at=MIDDAY - HOUR_MS, now=MIDDAY),
    )
    assert ahead == behind < of("call.foreign")


def test_who_a_person_is_adds_to_what_was_seen_and_says_nothing_alone() -> None:
    old = Profile("65+", None, [], [], [], [])
    assert of(profile=old) == of()
    assert of("call.foreign", profile=old) > of("call.foreign")


@given(st.sets(st.sampled_from(SEEN)), st.sampled_from(SEEN), st.integers(0, 3 * DAY_MS))
def test_more_evidence_never_lowers_the_score(held: set[str], more: str, later: int) -> None:
    now = MIDDAY + later
    assert of(*held, more, now=now) >= of(*held, now=now)


@given(st.sets(st.sampled_from(SEEN), min_size=1), st.integers(0, 2 * DAY_MS))
def test_the_parts_and_the_prior_add_up_to_the_score(codes: set[str], later: int) -> None:
    found = score(evidence(*codes), Profile("65+", None, [], [], [], []), POLICY, MIDDAY + later)
    logit = POLICY.start + math.fsum(part.weight for part in found.parts)
    assert found.value == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-6)


def test_an_officer_can_add_up_the_reasons_of_a_command() -> None:
    command = robbed_on_the_phone().commands[0]
    assert len(command.reasons) < REASONS_SHOWN, "all of them are shown"
    logit = POLICY.start + sum(reason.weight for reason in command.reasons)
    assert command.score == pytest.approx(1 / (1 + math.exp(-logit)), abs=0.001)
    assert all(reason.text and reason.text_zh for reason in command.reasons)
    assert all(reason.event_ids for reason in command.reasons if not reason.code.startswith("person."))


def test_reasons_stand_heaviest_first() -> None:
    found = score(evidence("pay.new_payee", "call.listed", "pay.on_line"), None, POLICY, MIDDAY)
    assert [reason.code for reason in reasons(found)] == ["pay.on_line", "call.listed", "pay.new_payee"]


def test_a_level_is_reached_at_its_score_and_kept_until_well_below() -> None:
    found = score(evidence("call.listed", "pay.on_line"), None, POLICY, MIDDAY)
    reached, kept = POLICY.levels["orange"].score, POLICY.kept_until["orange"]
    assert math.log(reached / (1 - reached)) - math.log(kept / (1 - kept)) == pytest.approx(POLICY.hysteresis)
    assert level_of(found._replace(value=reached), POLICY, None) == "orange"
    assert level_of(found._replace(value=(kept + reached) / 2), POLICY, None) != "orange"
    assert level_of(found._replace(value=(kept + reached) / 2), POLICY, "orange") == "orange"
    assert level_of(found._replace(value=kept * 0.99), POLICY, "orange") != "orange"


def test_red_needs_money_that_is_leaving() -> None:
    talked = score(evidence("call.foreign", "text.police", "call.video", "text.listed_domain"), None, POLICY, MIDDAY)
    assert talked.value > POLICY.levels["red"].score
    assert level_of(talked, POLICY, None) == "orange"


@pytest.mark.parametrize("rule", PERSON_RULES)
def test_who_a_person_is_weighs_little(rule: object) -> None:
    assert RULES[rule.code].weight < 1.0  # type: ignore[attr-defined]


def test_evidence_of_no_class_is_called_other() -> None:
    assert name(score(evidence("pay.new_payee"), None, POLICY, MIDDAY).parts).typology == "other"
