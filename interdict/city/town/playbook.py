"""Scams as they are in 2025 and 2026, a row each, over the police's ten typologies.

None of the people who do this announce themselves. Most steps that matter happen in an app (`app`), which no feed sees; what
is left is a call of two minutes days before, a code, a payment to somebody's account. `gang2` is a second number.
"""

from collections.abc import Mapping
from typing import NamedTuple

from interdict.city.town.steps import Round, Script, Step
from schemas.fields import Typology


class Scam(NamedTuple):
    """One script of one typology."""

    typology: Typology
    variant: str
    weight: float
    """How often, relative to all others."""
    script: Script
    prey: Mapping[str, float]
    """Whom it befalls: kinds of people with their weights; others do not."""
    coaches: bool = False
    """Whether victims may be told to answer nobody."""
    hours: str = "daytime"
    """When it begins."""


ANY = {"household": 1.0, "parent": 1.0, "homemaker": 1.3, "elder": 0.6, "student": 0.8, "seller": 1.0, "teacher": 0.6, "courier": 0.8,
       "driver": 0.8, "owner": 0.7, "finance": 0.7, "doctor": 0.3, "jobless": 1.2, "landlord": 0.6, "agent": 0.7}  # fmt: skip
SAVERS = {
    "household": 1.0,
    "owner": 1.6,
    "trader": 2.5,
    "elder": 1.4,
    "landlord": 1.6,
    "doctor": 1.0,
    "homemaker": 1.2,
    "finance": 1.0,
}
NEEDY = {
    "owner": 1.6,
    "household": 0.7,
    "courier": 1.6,
    "driver": 1.5,
    "seller": 1.3,
    "jobless": 2.0,
    "student": 0.8,
    "parent": 0.8,
}
EARNERS = {
    "homemaker": 2.5,
    "student": 1.6,
    "parent": 1.2,
    "jobless": 1.8,
    "household": 0.7,
    "seller": 0.8,
    "teacher": 0.5,
    "elder": 0.3,
}
YOUNG_MEN = {
    "student": 1.5,
    "household": 1.0,
    "courier": 1.5,
    "driver": 1.0,
    "jobless": 1.5,
    "seller": 1.0,
    "owner": 0.5,
}
PLAYERS = {"child": 3.0, "student": 2.0, "household": 0.2, "courier": 0.5, "jobless": 0.8}
OLD = {"elder": 1.0}

_TASKS = (
    Round("often.two", (
        Step("pay", "wait.quarter_min", to="gang", size="bait.cny", quits=True),
        Step("back", "wait.quarter_min", grow="bait.margin"),
    )),
    Step("text", "wait.quarter_min", by="gang", text="hook.brushing", share="share.some"),
    Step("pay", "wait.hour_min", to="gang", grow="stake.grow"),
    Step("back", "wait.quarter_min", grow="bait.margin", share="share.half"),
    Round("often.few", (Step("pay", "wait.hour_min", to="gang", grow="stake.grow", quits=True),)),
)  # fmt: skip
_DEEPER = (
    Step("loan", "wait.hours_min", size="quick_loan.cny", share="share.half"),
    Step("gather", "wait.quarter_min", share="share.half"),
    Step("pay", "wait.quarter_min", to="gang", of_left="all.left", times="often.two", quits=True),
)

# fmt: off
PLAYBOOK = (
    Scam("brushing", "gift_courier", 9, (
        Step("call", by="gang", line="line.few_s", quits=True),
        Step("app", "wait.hours_min"),
        Step("code", "wait.minutes_min", share="share.half"),
        Step("back", "wait.hours_min", "daytime", size="bait.gift_cny", share="share.most"),
        *_TASKS, *_DEEPER,
    ), EARNERS),
    Scam("brushing", "text_first", 7, (
        Step("text", by="gang", text="hook.brushing"),
        Step("reply", "wait.quarter_min", by="gang", text="reply", share="share.half"),
        Step("app", "wait.day_min"),
        *_TASKS,
        Step("text", "wait.hours_min", by="gang2", text="hook.brushing", share="share.some"),
        Step("pay", "wait.hours_min", "private", to="gang", grow="stake.grow", times="often.two", quits=True),
        Step("cash", "wait.day_min", "daytime", of_left="stake.left", share="share.some"),
    ), EARNERS, hours="private"),
    Scam("brushing", "group_only", 8, (Step("app", "wait.days_min"), *_TASKS, *_DEEPER), EARNERS, hours="private"),
    Scam("fake_investment", "teacher", 7, (
        Step("call", by="gang", line="line.few_s", share="share.half"),
        Step("text", "wait.hours_min", by="gang", text="hook.invest", share="share.half", quits=True),
        Step("app", "groom.days_min"),
        Step("pay", "wait.day_min", "office", to="gang", size="invest.first_cny", quits=True),
        Step("back", "wait.days_min", "office", grow="bait.margin", share="share.half"),
        Round("often.many", (
            Step("text", "wait.days_min", "office", by="gang", text="hook.invest", share="share.some"),
            Step("pay", "wait.days_min", "office", to="gang", size="invest.later_cny", quits=True),
        )),
        Step("pay", "wait.days_min", "daytime", to="gang", of_left="stake.left", share="share.half"),
        Step("pay", "wait.days_min", "daytime", to="gang", size="fee.big_cny", times="often.two", share="share.half"),
    ), SAVERS, hours="office"),
    Scam("fake_investment", "sweetheart", 5, (
        Step("text", by="gang", text="hook.night", share="share.some"),
        Step("app", "groom.weeks_min"),
        Step("call", "wait.days_min", "night", by="gang", line="grip.call_s", share="share.some"),
        Step("pay", "wait.days_min", "private", to="gang", size="invest.first_cny", quits=True),
        Step("back", "wait.days_min", "private", grow="bait.margin", share="share.half"),
        Round("often.few", (Step("pay", "wait.week_min", "private", to="gang", grow="stake.grow", quits=True),)),
        Step("loan", "wait.days_min", "private", size="quick_loan.cny", share="share.half"),
        Step("cash", "wait.day_min", "daytime", of_left="stake.left", share="share.some"),
        Step("pay", "wait.days_min", "private", to="gang", of_left="all.left", quits=True),
    ), SAVERS, hours="night"),
    Scam("fake_investment", "coins_and_gold", 4, (
        Step("text", by="gang", text="hook.invest", share="share.half"),
        Step("app", "groom.days_min"),
        Step("text", "wait.day_min", by="gang", text="hook.coin", share="share.some"),
        Round("often.few", (Step("pay", "wait.days_min", "private", to="dealer", size="invest.later_cny", quits=True),)),
        Step("pay", "wait.days_min", "daytime", to="shop", size="invest.later_cny", via="pos", share="share.half"),
        Step("cash", "wait.days_min", "daytime", of_left="stake.left", share="share.half"),
    ), SAVERS, hours="private"),
    Scam("fake_loan", "text", 6, (
        Step("text", by="gang", text="hook.loan"),
        Step("dial", "wait.hour_min", "daytime", by="gang2", line="line.few_s", share="share.half", quits=True),
        Step("code", "wait.quarter_min", share="share.most"),
        Step("pay", "wait.hour_min", to="gang", size="fee.small_cny", quits=True),
        Step("text", "wait.quarter_min", by="gang2", text="hook.loan", share="share.half"),
        Round("often.few", (Step("pay", "wait.hour_min", to="gang", grow="stake.grow", quits=True),)),
    ), NEEDY),
    Scam("fake_loan", "call", 5, (
        Step("call", by="gang", line="grip.call_s", quits=True),
        Step("app", "wait.hours_min"),
        Step("pay", "wait.hours_min", "daytime", to="gang", size="fee.small_cny", quits=True),
        Step("call", "wait.hour_min", by="gang", line="grip.long_s", covers=2, share="share.half"),
        Step("code", "wait.minutes_min", share="share.half"),
        Step("pay", "wait.minutes_min", to="gang", size="fee.big_cny", times="often.two"),
        Step("pay", "wait.day_min", "daytime", to="gang", size="fee.big_cny", share="share.half", quits=True),
    ), NEEDY),
    Scam("fake_loan", "record", 4, (
        Step("call", by="gang", line="line.few_s", quits=True),
        Step("call", "wait.quarter_min", by="gang2", line="grip.long_s", covers=4),
        Step("code", "wait.minutes_min", times="often.two"),
        Step("loan", "wait.quarter_min", size="quick_loan.cny"),
        Step("gather", "wait.minutes_min", share="share.half"),
        Step("pay", "wait.minutes_min", to="gang", of_left="all.left", times="often.few"),
    ), {"student": 1.5, "household": 1.0, "seller": 1.0, "teacher": 1.0, "parent": 0.8, "doctor": 0.4}, True),
    Scam("fake_service", "refund", 8, (
        Step("text", by="gang", text="hook.service", share="share.some"),
        Step("call", "wait.quarter_min", by="gang", line="grip.call_s", share="share.half", quits=True),
        Step("call", "wait.quarter_min", by="gang2", line="grip.long_s", covers=3),
        Step("code", "wait.minutes_min", times="often.two", share="share.most"),
        Step("gather", "wait.minutes_min", share="share.some"),
        Step("pay", "wait.minutes_min", to="gang", of_left="all.left", times="often.two"),
        Step("loan", "wait.quarter_min", size="quick_loan.cny", share="share.some"),
        Step("pay", "wait.quarter_min", to="gang", of_left="all.left", share="share.half", quits=True),
    ), ANY, True),
    Scam("fake_service", "member", 6, (
        Step("call", by="gang", line="grip.call_s", covers=2),
        Step("code", "wait.minutes_min", times="often.few"),
        Step("pay", "wait.quarter_min", to="gang", of_left="stake.left", times="often.two"),
        Step("app", "wait.hour_min"),
        Step("pay", "wait.hour_min", to="gang", of_left="all.left", share="share.half", quits=True),
    ), ANY, True),
    Scam("fake_service", "searched_number", 4, (
        Step("dial", by="gang", line="line.few_s", quits=True),
        Step("call", "wait.quarter_min", by="gang2", line="grip.long_s", covers=2),
        Step("code", "wait.minutes_min", share="share.most"),
        Step("pay", "wait.minutes_min", to="gang", of_left="stake.left", times="often.two"),
        Step("pay", "wait.day_min", "daytime", to="gang", of_left="stake.left", share="share.some", quits=True),
    ), ANY),
    Scam("fake_police", "hand_over", 6, (
        Step("call", by="gang", line="grip.call_s", quits=True),
        Step("call", "wait.minutes_min", by="gang2", line="grip.call_s", medium="video", quits=True),
        Step("text", "wait.hour_min", by="gang2", text="hook.police", share="share.half"),
        Step("gather", "wait.hours_min", share="share.half"),
        Round("often.two", (Step("call", "wait.hours_min", "daytime", by="gang2", line="line.few_s", share="share.half"),)),
        Step("call", "wait.day_min", "daytime", by="gang2", line="grip.long_s", covers=3, medium="video"),
        Step("code", "wait.quarter_min", times="often.two"),
        Step("pay", "wait.quarter_min", to="gang", of_left="all.left", times="often.two"),
        Step("gather", "wait.minutes_min", share="share.some"),
        Step("loan", "wait.day_min", "daytime", size="quick_loan.cny", share="share.half"),
        Step("pay", "wait.hour_min", to="gang", of_left="all.left", times="often.two", quits=True),
    ), {"elder": 1.6, "household": 0.8, "student": 1.0, "teacher": 1.2, "homemaker": 1.2, "doctor": 0.8, "landlord": 1.0}, True),
    Scam("fake_police", "searched_hotline", 3, (
        Step("text", by="gang", text="hook.police", share="share.half"),
        Step("dial", "wait.quarter_min", by="gang2", line="grip.call_s", quits=True),
        Step("app", "wait.hours_min"),
        Step("pay", "wait.day_min", "daytime", to="gang", of_left="stake.left", via="counter", share="share.half"),
        Step("pay", "wait.hours_min", "daytime", to="gang", of_left="all.left", times="often.two", quits=True),
        Step("cash", "wait.day_min", "daytime", of_left="all.left", share="share.some"),
    ), {"elder": 1.5, "student": 1.2, "teacher": 1.0, "household": 0.6}, True),
    Scam("fake_boss", "group_chat", 4, (
        Step("app", "wait.hour_min"),
        Step("text", "wait.quarter_min", by="gang", text="hook.boss", share="share.some"),
        Step("pay", "wait.hour_min", "office", to="gang", size="boss.cny", times="often.two", via="web", of_firm=True, quits=True),
        Step("miss", "wait.quarter_min", by="friend", share="share.some"),
        Step("pay", "wait.hour_min", "office", to="gang", size="boss.cny", share="share.some", via="web", of_firm=True),
    ), {"finance": 5.0, "owner": 1.0}, hours="office"),
    Scam("fake_boss", "old_friend_in_office", 4, (
        Step("text", by="gang", text="hook.boss", share="share.most"),
        Step("call", "wait.day_min", "office", by="gang", line="line.short_s", share="share.half", quits=True),
        Step("pay", "wait.hours_min", "office", to="gang", size="fee.big_cny", quits=True),
        Step("text", "wait.hour_min", by="gang", text="hook.boss", share="share.half"),
        Step("pay", "wait.hour_min", to="gang", grow="stake.grow", share="share.half", quits=True),
    ), {"teacher": 2.0, "owner": 1.5, "household": 0.6, "finance": 1.0, "doctor": 1.0, "seller": 0.6}, hours="office"),
    Scam("fake_shopping", "goods", 6, (
        Step("app", "wait.hours_min"),
        Step("text", "wait.quarter_min", by="gang", text="hook.shopping", share="share.some"),
        Step("pay", "wait.quarter_min", to="gang", size="goods.cny", quits=True),
        Step("pay", "wait.hours_min", to="gang", grow="stake.grow", share="share.half", quits=True),
        Step("pay", "wait.day_min", "private", to="gang", size="goods.cny", share="share.some"),
    ), ANY, hours="private"),
    Scam("fake_shopping", "tickets_and_bargains", 4, (
        Step("dial", by="gang", line="line.few_s", share="share.some"),
        Step("app", "wait.quarter_min"),
        Step("pay", "wait.quarter_min", to="gang", size="goods.cny", times="often.two", via="qr", quits=True),
        Step("text", "wait.hours_min", by="gang", text="hook.shopping", share="share.some"),
        Step("pay", "wait.hour_min", to="gang", size="fee.small_cny", share="share.half"),
    ), {**ANY, "student": 2.0}, hours="private"),
    Scam("sextortion", "app", 5, (
        Step("app", "wait.hour_min"),
        Step("code", "wait.quarter_min", share="share.some"),
        Step("call", "wait.quarter_min", by="gang", line="line.short_s", share="share.half"),
        Step("text", "wait.minutes_min", by="gang", text="hook.night", share="share.half"),
        Step("pay", "wait.minutes_min", to="gang", size="hush.cny", quits=True),
        Round("often.few", (
            Step("call", "wait.quarter_min", by="gang", line="line.short_s", share="share.some"),
            Step("pay", "wait.quarter_min", to="gang", grow="stake.grow", quits=True),
        )),
        Step("loan", "wait.hour_min", size="quick_loan.cny", share="share.some"),
        Step("pay", "wait.hours_min", "night", to="gang", of_left="all.left", share="share.some"),
    ), YOUNG_MEN, hours="night"),
    Scam("gaming", "account", 5, (
        Step("app", "wait.hour_min"),
        Step("text", "wait.quarter_min", by="gang", text="hook.gaming", share="share.some"),
        Step("pay", "wait.quarter_min", to="gang", size="game.cny", quits=True),
        Round("often.few", (Step("pay", "wait.quarter_min", to="gang", grow="stake.grow", quits=True),)),
    ), PLAYERS, hours="private"),
    Scam("gaming", "parents_phone", 3, (
        Step("app", "wait.quarter_min"),
        Step("call", "wait.minutes_min", by="gang", line="grip.call_s", covers=2, medium="video", share="share.half"),
        Step("code", "wait.minutes_min", times="often.two"),
        Step("pay", "wait.minutes_min", to="gang", size="game.cny", times="often.two"),
        Step("pay", "wait.minutes_min", to="gang", of_left="stake.left", times="often.few", via="qr"),
    ), {"parent": 2.0, "homemaker": 1.0, "elder": 0.8}, hours="private"),
    Scam("other", "protection_screen", 6, (
        Step("call", by="gang", line="grip.long_s", covers=3),
        Step("code", "wait.quarter_min", times="often.few"),
        Step("gather", "wait.minutes_min", share="share.half"),
        Step("pay", "wait.minutes_min", to="gang", of_left="all.left", times="often.few"),
        Step("text", "wait.minutes_min", by="gang", text="hook.screen", share="share.some"),
        Step("call", "wait.hour_min", by="gang2", line="grip.long_s", covers=1, share="share.half"),
        Step("pay", "wait.minutes_min", to="gang", of_left="all.left"),
    ), {**ANY, "elder": 1.5}, True),
    Scam("other", "elder_care", 4, (
        Round("often.many", (
            Step("call", "wait.days_min", "daytime", by="gang", line="line.few_s"),
            Step("text", "wait.hours_min", by="gang", text="hook.elder", share="share.some"),
        )),
        Step("pay", "wait.days_min", "daytime", to="gang", size="elder.cny", via="counter", quits=True),
        Step("cash", "wait.week_min", "daytime", of_left="stake.left", share="share.half"),
        Step("pay", "wait.week_min", "daytime", to="gang", size="elder.cny", times="often.two", quits=True),
    ), OLD),
    Scam("other", "grandchild", 3, (
        Step("call", by="gang", line="line.few_s", quits=True),
        Step("call", "wait.hour_min", by="gang", line="grip.call_s"),
        Step("cash", "wait.hour_min", "daytime", size="crisis.cny", share="share.half"),
        Step("pay", "wait.hours_min", "daytime", to="gang", size="crisis.cny", via="counter", share="share.half"),
        Step("pay", "wait.day_min", "daytime", to="gang", size="crisis.cny", share="share.half", quits=True),
    ), {"elder": 1.0, "homemaker": 0.1}),
    Scam("other", "ticket_refund", 4, (
        Step("text", by="gang", text="hook.ticket"),
        Step("dial", "wait.quarter_min", by="gang2", line="grip.long_s", covers=2),
        Step("code", "wait.minutes_min", share="share.most"),
        Step("pay", "wait.minutes_min", to="gang", of_left="stake.left", times="often.two"),
        Step("pay", "wait.quarter_min", to="gang", of_left="all.left", share="share.some", quits=True),
    ), {"student": 1.2, "household": 1.0, "seller": 1.0, "owner": 0.8, "teacher": 1.0, "headhunter": 1.0}),
    Scam("other", "relative_in_need", 3, (
        Step("text", by="gang", text="hook.family"),
        Step("pay", "wait.hour_min", to="gang", size="fee.small_cny", quits=True),
        Step("pay", "wait.hour_min", to="gang", grow="stake.grow", share="share.half", quits=True),
    ), {"parent": 2.0, "elder": 1.5, "homemaker": 1.0, "household": 0.5}),
    Scam("other", "kind_heart", 1, (
        Step("text", by="gang", text="hook.charity", share="share.half"),
        Step("app", "wait.day_min"),
        Round("often.few", (Step("pay", "wait.hour_min", to="gang", size="fee.small_cny", quits=True),)),
    ), {"elder": 1.0, "homemaker": 1.0, "household": 0.3}),
)
# fmt: on
