"""The question that an officer is asked, in words: what is to be done, why not at once, and what speaks for it."""

from collections.abc import Callable, Mapping
from typing import Any

from agents.desk.limits import Measure
from schemas.fields import Level, Typology

REASONS_SHOWN = 3

LEVELS_ZH: Mapping[Level, str] = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}
TYPOLOGIES_ZH: Mapping[Typology, str] = {
    "brushing": "刷单返利", "fake_investment": "虚假投资", "fake_loan": "虚假贷款", "fake_service": "冒充客服",
    "fake_police": "冒充公检法", "fake_boss": "冒充领导", "fake_shopping": "虚假购物", "sextortion": "裸聊敲诈",
    "gaming": "游戏交易", "other": "其他",
}  # fmt: skip
WHY_ZH: Mapping[str, str] = {
    "kill_switch": "总开关已关闭自动处置", "four_eyes": "该处置按规定须人工复核",
    "limit_total": "一分钟内自动处置总数已达上限", "limit_area": "该辖区一分钟内自动处置已达上限",
    "limit_rule": "同一规则一分钟内触发的自动处置已达上限", "limit_share": "同时处置中的人数已达上限",
    "limit_person": "一分钟内对同一人的同类自动处置已达上限", "not_own": "无法确认该账户属当事人本人",
}  # fmt: skip
SCOPES_ZH: Mapping[str, str] = {
    "all": "暂停当事人手机的通话", "incoming": "暂停当事人手机的来电", "international": "暂停当事人手机的国际通话",
}  # fmt: skip


def _suspend_zh(command: Any) -> str:
    return SCOPES_ZH[command.scope]


def _freeze_zh(command: Any) -> str:
    return f"冻结{_account_zh(command)}"


def _hold_zh(command: Any) -> str:
    amount = "这一笔" if command.amount_minor is None else f" {command.amount_minor / 100:,.2f} 元的"
    return f"暂缓{_account_zh(command)}{amount}转账入账"


def _stop_payment_zh(command: Any) -> str:
    amount = "全部资金" if command.amount_minor is None else f" {command.amount_minor / 100:,.2f} 元"
    return f"对{_account_zh(command)}止付{amount}"


def _force_login_zh(command: Any) -> str:
    return "强制当事人的社交账号重新登录，以中断诈骗通话"


def _account_zh(command: Any) -> str:
    """Whose account, and its last four characters, to tell two of one case apart."""
    whose = "当事人" if command.hop == 0 else f"第 {command.hop} 级收款"
    return f"{whose}账户（尾号 {command.account[-4:]}）"


_ASKED_ZH: Mapping[Measure, Callable[[Any], str]] = {
    "hold": _hold_zh, "suspend": _suspend_zh, "freeze": _freeze_zh, "stop_payment": _stop_payment_zh,
    "force_login": _force_login_zh,
}  # fmt: skip


def question(command: Any, why: str) -> str:
    """What an officer is asked: what is to be done, why it was not done at once, and what speaks for it."""
    grounds = "；".join(reason.text_zh for reason in command.reasons[:REASONS_SHOWN]) or "无"
    return (
        f"请决定是否{_ASKED_ZH[command.action](command)}。未自动执行的原因：{WHY_ZH[why]}。"
        f"风险等级：{LEVELS_ZH[command.level]}；疑似类型：{TYPOLOGIES_ZH[command.typology]}；评分 {command.score:.2g}。"
        f"主要依据：{grounds}。同意则立即执行，不同意则不执行；期间劝阻照常进行。"
    )
