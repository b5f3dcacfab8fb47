"""Every rule: the facts that make it speak, and the nearest ones that do not."""

from typing import Any

import pytest

from agents.victims.facts import CallFacts, TextFacts, TransferFacts
from agents.victims.rules import CALL_RULES, PERSON_RULES, RULES, TEXT_RULES, TRANSFER_RULES, Rule
from agents.victims.state import Profile
from agents.victims.typology import PATTERNS

CALL = CallFacts(False, False, "mobile", False, False, False, 0.0, 0.0, 1)
TEXT = TextFacts("none", False, False, False, False, False, "quiet", None)
PAY = TransferFacts(False, False, "quiet", False, False, 0.0, 0.0, 1, False, False, False, False, False)
PERSON = Profile("35-44", None, [], [], [], [])

Given = dict[str, Any]
ROWS: dict[str, tuple[Any, Given, Given]] = {
    # code: (quiet facts, what makes it speak, what almost does)
    "call.listed": (CALL, {"listed": True}, {}),
    "call.lookalike": (CALL, {"lookalike": True}, {}),
    "call.foreign": (CALL, {"kind": "foreign"}, {"kind": "fixed"}),
    "call.voip": (CALL, {"kind": "voip"}, {"kind": "fixed"}),
    "call.forwarded": (CALL, {"forwarded": True}, {}),
    "call.hidden": (CALL, {"kind": "unknown"}, {"kind": None}),
    "call.video": (CALL, {"video": True}, {}),
    "call.long_15": (CALL, {"suspicious": True, "minutes_1h": 15}, {"suspicious": True, "minutes_1h": 14.9}),
    "call.long_40": (CALL, {"suspicious": True, "minutes_1h": 40}, {"minutes_1h": 60}),
    "call.long_day": (CALL, {"suspicious": True, "minutes_24h": 90}, {"suspicious": True, "minutes_24h": 89}),
    "call.long_plain": (CALL, {"minutes_1h": 20}, {"minutes_1h": 19.9}),
    "call.many_strangers": (CALL, {"strangers_24h": 4, "suspicious": True}, {"strangers_24h": 9}),
    "text.listed_domain": (TEXT, {"listed_domain": True}, {"has_link": True}),
    "text.listed_sender": (TEXT, {"listed_sender": True}, {}),
    "text.stranger_link": (TEXT, {"has_link": True, "personal_sender": True}, {"has_link": True}),
    "text.code_on_line": (TEXT, {"is_code": True, "line": "open"}, {"is_code": True}),
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
    "pay.on_line": (PAY, {"line": "open", "line_suspicious": True}, {"line": "open"}),
    "pay.after_call": (PAY, {"line": "just_ended", "line_suspicious": True}, {"line": "just_ended"}),
    "pay.on_line_plain": (PAY, {"line": "open"}, {"line": "open", "line_suspicious": True}),
    "pay.after_text": (PAY, {"after_text": True}, {}),
    "pay.listed_payee": (PAY, {"listed": True}, {}),
    "pay.new_payee": (PAY, {"new_payee": True}, {}),
    "pay.large": (PAY, {"surprise": 2.0}, {"surprise": 1.9}),
    "pay.very_large": (PAY, {"surprise": 3.0}, {"surprise": 2.9}),
    "pay.drains_half": (PAY, {"drained": 0.5}, {"drained": 0.49}),
    "pay.drains_most": (PAY, {"drained": 0.8}, {"drained": 0.79}),
    "pay.many_new": (PAY, {"new_payees_24h": 3}, {"new_payees_24h": 2}),
    "pay.split": (PAY, {"split": True}, {}),
    "pay.growing": (PAY, {"growing": True}, {}),
    "pay.small_returns": (PAY, {"small_returns": True}, {}),
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


@pytest.mark.parametrize("table", [CALL_RULES, TEXT_RULES, TRANSFER_RULES, PERSON_RULES])
def test_a_rule_is_said_in_both_languages_and_weighs_something(table: tuple[Rule, ...]) -> None:
    for rule in table:
        assert rule.text.isascii()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in rule.text_zh)
        assert 0 < rule.weight <= (12 if rule.code in SUFFICES else 8)
        assert rule.half_life_ms > 0 or rule in PERSON_RULES


def test_no_two_rules_share_a_code() -> None:
    assert len(RULES) == len(CALL_RULES) + len(TEXT_RULES) + len(TRANSFER_RULES) + len(PERSON_RULES)


def test_patterns_speak_of_rules_that_exist() -> None:
    for pattern in PATTERNS:
        assert set(pattern.signs) <= set(RULES)
