"""What it looks like: the police's classes as rows of affinities to evidence.

A class's standing is the sum of its affinities times what each piece of evidence weighs now. Ties go to the row above.
"""

from collections.abc import Mapping
from typing import NamedTuple

from agents.victims.score import Part
from schemas.fields import Typology


class Pattern(NamedTuple):
    """One class: how much each code speaks for it, and what an officer says to dissuade."""

    typology: Typology
    signs: Mapping[str, float]
    name_zh: str
    script_zh: str


OTHER_SHARE = 1.0
"""A class must stand at least this high, log-odds, to be named; else it is `other`."""

PATTERNS: tuple[Pattern, ...] = (
    Pattern("fake_police", {"text.police": 2.0, "call.lookalike": 0.5, "call.foreign": 0.6, "call.long_40": 0.5, "call.long_day": 0.8, "call.video": 0.3, "pay.drains_most": 0.2, "pay.split": 0.4, "call.dialled_after": 0.4, "pay.on_line": 0.2}, "冒充公检法", "公安机关不会通过电话办案，也没有安全账户。请立即挂断电话，不要转账。"),
    Pattern("fake_boss", {"text.boss": 2.0, "text.boss_to_finance": 2.0, "person.finance": 1.0}, "冒充领导", "请用您原有的号码当面或电话核实领导身份，核实之前不要转账。"),
    Pattern("fake_loan", {"text.loan": 2.0, "pay.growing": 0.1, "pay.growing_days": 0.1}, "虚假贷款", "正规贷款放款前不收任何费用。凡要求先交保证金、解冻费的都是诈骗，请停止转账。"),
    Pattern("fake_service", {"text.service": 2.0, "text.bank": 1.2, "text.phish_link": 0.9, "call.voip": 0.7, "call.lookalike": 0.4, "text.code_on_line": 0.9, "text.code_on_line_15": 0.9, "call.long_plain_45": 0.4, "pay.on_line_plain_40": 0.3, "pay.borrowed": 0.7}, "冒充客服", "客服退款、注销贷款不需要您转账或提供验证码。请挂断电话，通过官方渠道核实。"),
    Pattern("fake_investment", {"text.investment": 2.0, "pay.growing_weeks": 1.0, "pay.growing": 0.4}, "虚假投资", "陌生人推荐的高收益投资平台都是骗局。请停止充值，保留证据。"),
    Pattern("brushing", {"text.brushing": 2.0, "pay.bait_taken": 1.2, "pay.bait_series": 1.2, "pay.small_returns": 1.2, "pay.return_again": 1.0, "pay.growing_fast": 0.5, "pay.growing_five": 0.5, "pay.growing_day": 0.5, "pay.growing_tenfold": 0.5, "pay.growing_days": 0.5, "pay.many_new": 0.3}, "刷单返利", "刷单就是诈骗，小额返利是诱饵。请停止垫付，不要再做任务。"),
    Pattern("sextortion", {"text.sextortion": 2.0, "call.video": 1.0, "pay.night": 0.8, "pay.growing": 0.4, "pay.growing_days": 0.4}, "裸聊敲诈", "请不要付款，付款只会招来更多勒索。请保留证据，民警会帮助您。"),
    Pattern("fake_shopping", {"text.shopping": 2.0, "text.prize": 0.6, "text.stranger_link": 0.3}, "虚假购物", "请不要脱离正规平台私下付款。对方再以定金、运费等要求付款都是诈骗。"),
    Pattern("gaming", {"text.gaming": 2.0, "person.student": 0.3}, "游戏交易", "请不要脱离官方平台交易游戏账号。要求交解冻费、保证金的都是诈骗。"),
)  # fmt: skip

OTHER = Pattern("other", {}, "其他", "您可能正在遭遇诈骗。请停止转账，挂断陌生来电，等候民警与您联系。")
BY_TYPOLOGY = {pattern.typology: pattern for pattern in (*PATTERNS, OTHER)}


def name(parts: tuple[Part, ...]) -> Pattern:
    """The class that the evidence looks most like."""
    best = max(PATTERNS, key=lambda pattern: standing(pattern, parts))
    return best if standing(best, parts) >= OTHER_SHARE else OTHER


def standing(pattern: Pattern, parts: tuple[Part, ...]) -> float:
    """How much the evidence speaks for a class, log-odds."""
    return sum(pattern.signs.get(part.evidence.code, 0.0) * part.weight for part in parts)
