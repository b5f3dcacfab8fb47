"""Every rule: the facts that make it speak, and the nearest ones that do not."""

from typing import Any

import pytest

from agents.victims.coached import CoachedFacts
from agents.victims.facts import NEVER, QUIET, CallFacts, Line, Retry, TextFacts, TransferFacts
from agents.victims.graded import ORANGE, RED, YELLOW
from agents.victims.rules import CALL_RULES, COACHED_RULES, PERSON_RULES, RULES, TEXT_RULES, TRANSFER_RULES, Rule
from agents.victims.state import Profile
from agents.victims.typology import PATTERNS

CALL = CallFacts(False, False, "mobile", 0, False, False, False, 0.0, 0.0, 0.0, 0.0, 1)
TEXT = TextFacts("none", False, False, False, False, False, False, 0.0, None)
PAY = TransferFacts(
    False, False, True, QUIET, QUIET, NEVER, 0.0, 0.0, 0.0, 1, False, 1.0, 0.0, False, 0, False, False, False
)
FAST = {"small_start": True, "growth": 10.0, "growth_days": 2.0, "run": 4, "run_payees": 3}
DAY_RUN = {"small_start": True, "growth": 50.0, "growth_days": 1.0, "run": 5, "run_payees": 4}
FIVE = {"small_start": True, "growth": 10.0, "growth_days": 7.0, "run": 5, "run_payees": 4}
COACHED = CoachedFacts()
PERSON = Profile("35-44", None, [], [], [], [])


def line(gap_min: float, minutes: float = 2.0, *, dialled: bool = False) -> Line:
    """A talk with a stranger that ended so many minutes ago, after so many."""
    return Line(gap_min, minutes, dialled, "call")


Given = dict[str, Any]
ROWS: dict[str, tuple[Any, Given, Given]] = {
    # code: (quiet facts, what makes it speak, what almost does)
    "call.listed": (CALL, {"listed": True}, {}),
    "call.listed_5": (CALL, {"minutes_listed": 5.0}, {"minutes_listed": 4.9}),
    "call.lookalike": (CALL, {"lookalike": True}, {}),
    "call.foreign": (CALL, {"kind": "foreign", "met_days": 3}, {"kind": "foreign", "met_days": 4}),
    "call.foreign_met": (CALL, {"kind": "foreign", "met_days": 4}, {"kind": "fixed"}),
    "call.voip": (CALL, {"kind": "voip", "met_days": 3}, {"kind": "voip", "met_days": 4}),
    "call.voip_met": (CALL, {"kind": "voip", "met_days": 4}, {"kind": "fixed"}),
    "call.forwarded": (CALL, {"forwarded": True}, {}),
    "call.hidden": (CALL, {"kind": "unknown"}, {"kind": None}),
    "call.video": (CALL, {"video": True}, {}),
    "call.long_15": (CALL, {"suspicious": True, "minutes_1h": 15}, {"suspicious": True, "minutes_1h": 14.9}),
    "call.long_40": (CALL, {"suspicious": True, "minutes_1h": 40}, {"minutes_1h": 60}),
    "call.long_day": (CALL, {"suspicious": True, "minutes_24h": 90}, {"suspicious": True, "minutes_24h": 89}),
    "call.long_plain": (CALL, {"minutes_1h": 20}, {"minutes_1h": 19.9}),
    "call.long_plain_45": (CALL, {"minutes_call": 45}, {"minutes_call": 44.9}),
    "call.long_plain_90": (CALL, {"minutes_call": 90}, {"minutes_call": 89}),
    "call.dialled_after": (CALL, {"dialled_after": 5}, {"dialled_after": 4.9}),
    "call.many_strangers": (CALL, {"strangers_24h": 4, "suspicious": True}, {"strangers_24h": 9}),
    "call.unreached": (COACHED, {"unreached": 1}, {"cut_off": 4}),
    "call.unreached_again": (COACHED, {"unreached": 2}, {"unreached": 1}),
    "call.cut_off": (COACHED, {"cut_off": 2}, {"cut_off": 1}),
    "call.cut_off_4": (COACHED, {"cut_off": 4}, {"cut_off": 3}),
    "call.cut_off_ours": (COACHED, {"cut_off_ours": 1}, {"cut_off": 4}),
    "call.diverted": (COACHED, {"diverted": True}, {"after_call": True}),
    "call.diverted_after": (COACHED, {"diverted": True, "after_call": True}, {"diverted": True}),
    "text.listed_domain": (TEXT, {"listed_domain": True}, {"has_link": True}),
    "text.listed_sender": (TEXT, {"listed_sender": True}, {}),
    "text.stranger_link": (TEXT, {"has_link": True, "personal_sender": True}, {"has_link": True}),
    "text.code_on_line": (
        TEXT, {"is_code": True, "line_minutes": 1, "line_suspicious": True}, {"is_code": True, "line_minutes": 2.9},
    ),
    "text.code_on_line_15": (TEXT, {"is_code": True, "line_minutes": 15}, {"is_code": True, "line_minutes": 14}),
    "text.boss_to_finance": (TEXT, {"wording": "boss", "occupation": "finance"}, {"wording": "boss"}),
    **{
        code: (TEXT, {"wording": wording}, {"wording": "none"})
        for code, wording in {
            "text.bank": "bank", "text.phish_link": "phish_link", "text.police": "police", "text.loan": "loan",
            "text.service": "parcel_service", "text.investment": "investment", "text.brushing": "brushing",
            "text.boss": "boss", "text.prize": "prize", "text.sextortion": "sextortion", "text.gaming": "gaming",
            "text.shopping": "shopping", "text.other": "other_fraud",
        }.items()
    },
    "pay.on_line": (PAY, {"suspicious": line(0)}, {"suspicious": line(0), "tells": False}),
    "pay.on_line_usual": (PAY, {"suspicious": line(0), "tells": False}, {"suspicious": line(0.1)}),
    "pay.after_call": (PAY, {"suspicious": line(15)}, {"suspicious": line(15.1)}),
    "pay.after_call_hour": (PAY, {"suspicious": line(60)}, {"suspicious": line(60.1)}),
    "pay.after_call_hours": (PAY, {"suspicious": line(240)}, {"suspicious": line(240), "tells": False}),
    "pay.on_line_listed": (PAY, {"listed_line": line(15)}, {"listed_line": line(15), "tells": False}),
    "pay.after_listed": (PAY, {"listed_line": line(240), "tells": False}, {"listed_line": line(241)}),
    "pay.on_line_plain": (PAY, {"plain": line(15)}, {"plain": line(15.1)}),
    "pay.on_line_plain_20": (PAY, {"plain": line(0, 20)}, {"plain": line(0, 19.9)}),
    "pay.on_line_plain_40": (PAY, {"plain": line(0, 40)}, {"plain": line(0, 39.9)}),
    "pay.on_line_dialled": (PAY, {"plain": line(0, 10, dialled=True)}, {"plain": line(0, 10)}),
    "pay.after_plain_hour": (PAY, {"plain": line(60, 10)}, {"plain": line(60, 9.9)}),
    "pay.after_text_hours": (PAY, {"text_gap_h": 2}, {"text_gap_h": 2.1}),
    "pay.after_text": (PAY, {"text_gap_h": 24}, {"text_gap_h": 24.1}),
    "pay.listed_payee": (PAY, {"listed": True}, {}),
    "pay.graded_yellow": (PAY, {"payee_grade": YELLOW}, {"payee_grade": YELLOW - 1}),
    "pay.graded_orange": (PAY, {"payee_grade": ORANGE}, {"payee_grade": YELLOW}),
    "pay.graded_red": (PAY, {"payee_grade": RED}, {"payee_grade": ORANGE}),
    "pay.new_payee": (PAY, {"new_payee": True}, {}),
    "pay.large": (PAY, {"surprise": 2.0}, {"surprise": 1.9}),
    "pay.very_large": (PAY, {"surprise": 3.0}, {"surprise": 2.9}),
    "pay.huge": (PAY, {"surprise": 4.5}, {"surprise": 4.4}),
    "pay.sum_large": (PAY, {"parts": 3, "parts_surprise": 3.0}, {"parts": 2, "parts_surprise": 9.0}),
    "pay.sum_huge": (PAY, {"parts": 3, "parts_surprise": 4.0}, {"parts": 3, "parts_surprise": 3.9}),
    "pay.over_20k": (PAY, {"yuan": 20_000}, {"yuan": 19_999}),
    "pay.over_50k": (PAY, {"yuan": 50_000}, {"yuan": 49_999}),
    "pay.over_100k": (PAY, {"yuan": 100_000}, {"yuan": 99_999}),
    "pay.drains_third": (PAY, {"drained": 0.34}, {"drained": 0.33}),
    "pay.drains_half": (PAY, {"drained": 0.5}, {"drained": 0.49}),
    "pay.drains_most": (PAY, {"drained": 0.8}, {"drained": 0.79}),
    "pay.drains_in_parts": (PAY, {"parts": 2, "parts_drained": 0.5}, {"parts": 2, "parts_drained": 0.49}),
    "pay.drains_most_in_parts": (PAY, {"parts": 2, "parts_drained": 0.8}, {"parts": 1, "parts_drained": 0.8}),
    "pay.again_3": (PAY, {"parts": 3, "parts_yuan": 1_000}, {"parts": 2, "parts_yuan": 1_000}),
    "pay.again_5": (PAY, {"parts": 5, "parts_yuan": 1_000}, {"parts": 4, "parts_yuan": 1_000}),
    "pay.two_accounts": (PAY, {"accounts": 2}, {}),
    "pay.three_accounts": (PAY, {"accounts": 3}, {"accounts": 2}),
    "pay.second_account": (PAY, {"second_account": True}, {"accounts": 2}),
    "pay.smaller_held": (PAY, {"retry": Retry(held=True)}, {}),
    "pay.smaller_refused": (PAY, {"retry": Retry(smaller=True)}, {"retry": Retry(held=True)}),
    "pay.refused_elsewhere": (PAY, {"retry": Retry(elsewhere=True)}, {"retry": Retry(smaller=True)}),
    "pay.refused_split": (PAY, {"retry": Retry(split=True)}, {"retry": Retry(smaller=True)}),
    "pay.many_new": (PAY, {"new_payees_24h": 3}, {"new_payees_24h": 2}),
    "pay.many_new_5": (PAY, {"new_payees_24h": 5}, {"new_payees_24h": 4}),
    "pay.split": (PAY, {"split": True}, {}),
    "pay.growing": (PAY, {"growth": 1.5}, {}),
    "pay.growing_weeks": (PAY, {"growth": 4.0, "small_start": True}, {"growth": 4.0}),
    "pay.growing_days": (
        PAY,
        {"growth": 4.0, "small_start": True, "growth_days": 2.0},
        {"growth": 4.0, "small_start": True, "growth_days": 2.1},
    ),
    "pay.growing_tenfold": (PAY, {"growth": 10.0, "small_start": True}, {"growth": 9.9, "small_start": True}),
    "pay.growing_fast": (PAY, FAST, FAST | {"run_payees": 2}),
    "pay.growing_five": (PAY, FIVE, FIVE | {"run": 4}),
    "pay.growing_day": (PAY, DAY_RUN, DAY_RUN | {"growth": 49.0}),
    "pay.small_return": (PAY, {"returns": 1}, {}),
    "pay.small_returns": (PAY, {"returns": 2}, {"returns": 1}),
    "pay.bait_taken": (
        PAY,
        {"returns": 2, "growth": 10.0, "small_start": True},
        {"returns": 2, "growth": 9.9, "small_start": True},
    ),
    "pay.bait_series": (PAY, FAST | {"returns": 2}, FAST | {"returns": 1}),
    "pay.return_again": (PAY, {"returns": 1, "parts": 3}, {"returns": 1, "parts": 2}),
    "pay.cash": (PAY, {"cash": True, "plain": line(60)}, {"cash": True, "plain": line(61)}),
    "pay.cash_30k": (PAY, {"cash": True, "yuan": 30_000}, {"cash": True, "yuan": 29_999}),
    "pay.gold": (PAY, {"gold": True, "yuan": 20_000}, {"gold": True, "yuan": 19_999}),
    "pay.beyond": (PAY, {"surprise": 6.0}, {"surprise": 5.9}),
    "pay.gathered": (PAY, {"gathered": 0.3}, {"gathered": 0.29}),
    "pay.gathered_large": (PAY, {"gathered": 0.3, "surprise": 2.0}, {"gathered": 0.3, "surprise": 1.9}),
    "pay.fortnight": (PAY, {"fortnight": 3, "fortnight_surprise": 3.0}, {"fortnight": 2, "fortnight_surprise": 9.0}),
    "pay.fortnight_huge": (
        PAY, {"fortnight": 3, "fortnight_surprise": 4.5}, {"fortnight": 3, "fortnight_surprise": 4.4},
    ),
    "pay.after_call_day": (PAY, {"tells": True, "call_24h": 10.0}, {"tells": True, "call_24h": 9.9}),
    "pay.warned": (PAY, {"warned_h": 3.0}, {"warned_h": 3.1}),
    "pay.borrowed": (PAY, {"borrowed": True}, {}),
    "pay.night": (PAY, {"night": True}, {}),
    "person.old": (PERSON, {"age_band": "65+"}, {"age_band": "55-64"}),
    "person.student": (PERSON, {"occupation": "student"}, {"occupation": "teacher"}),
    "person.finance": (PERSON, {"occupation": "finance"}, {"occupation": "sales"}),
}  # fmt: skip


def changed(facts: Any, given: Given) -> Any:
    if isinstance(facts, Profile):
        return Profile(**{name: given.get(name, getattr(facts, name)) for name in facts.__struct_fields__})
    return facts._replace(**given)


def test_every_rule_has_its_row_here() -> None:
    assert set(ROWS) == set(RULES)


@pytest.mark.parametrize("code", ROWS)
def test_a_rule_speaks_on_its_facts_and_not_on_the_nearest_others(code: str) -> None:
    quiet, speaks, silent = ROWS[code]
    when = RULES[code].when
    assert when(changed(quiet, speaks))
    assert not when(quiet)
    assert not when(changed(quiet, silent))


SUFFICES = {"pay.listed_payee"}
"""What is enough alone, at the prior of -8."""


@pytest.mark.parametrize("table", [CALL_RULES, COACHED_RULES, TEXT_RULES, TRANSFER_RULES, PERSON_RULES])
def test_a_rule_is_said_in_both_languages_and_weighs_something(table: tuple[Rule, ...]) -> None:
    for rule in table:
        assert rule.text.isascii()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in rule.text_zh)
        assert 0 < rule.weight <= (12 if rule.code in SUFFICES else 8)
        assert rule.half_life_ms > 0 or rule in PERSON_RULES


def test_no_two_rules_share_a_code() -> None:
    tables = (CALL_RULES, COACHED_RULES, TEXT_RULES, TRANSFER_RULES, PERSON_RULES)
    assert len(RULES) == sum(map(len, tables))


def test_patterns_speak_of_rules_that_exist() -> None:
    for pattern in PATTERNS:
        assert set(pattern.signs) <= set(RULES)
