"""Honest occasions, a row each: what people do now and then that looks, for an hour or a week, like something else.

An occasion is a script in the language of `steps`, as a scam is. `rate` is how often a year it comes to each of the people
concerned; `kinds` says whom it concerns, and how much more than others.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from interdict.city.town.steps import Round, Script, Step

EVERYBODY: Mapping[str, float] = MappingProxyType({})
"""Concerns all kinds but children, alike."""


class Occasion(NamedTuple):
    """One kind of occasion."""

    name: str
    rate: str
    """Name of a range: times a year and person concerned."""
    script: Script
    kinds: Mapping[str, float] = EVERYBODY
    months: frozenset[int] = frozenset(range(1, 13))
    """When it comes; as often a year, in fewer months."""
    hours: str = "daytime"


FAMILIES = {
    "parent": 1.0,
    "household": 0.3,
    "elder": 0.05,
    "teacher": 0.6,
    "doctor": 0.6,
    "owner": 0.6,
    "homemaker": 0.9,
}
WORKERS = {
    "household": 1.0,
    "parent": 1.0,
    "owner": 1.0,
    "teacher": 1.0,
    "doctor": 1.0,
    "trader": 1.0,
    "finance": 1.0,
    "driver": 0.7,
}
YOUNG = {
    "student": 1.6,
    "household": 0.7,
    "seller": 1.0,
    "courier": 1.0,
    "jobless": 1.0,
    "headhunter": 1.0,
    "agent": 1.0,
}
PLAYERS = {"child": 1.5, "student": 1.5, "household": 0.2, "courier": 0.6, "jobless": 1.0}
SCHOOL_MONTHS = frozenset((2, 3, 8, 9))

# fmt: off
OCCASIONS = (
    Occasion("flat_deposit", "flat_deposit.year", (
        Step("call", by="agent", line="line.few_s"),
        Step("text", "wait.hours_min", by="agent", text="agent", share="share.half"),
        Step("dial", "wait.day_min", "errand", by="agent", line="line.few_s"),
        Step("call", "wait.hours_min", "errand", by="agent", line="line.long_s", covers=2),
        Step("text", "wait.minutes_min", by="agent", text="agent", share="share.half"),
        Step("pay", "wait.minutes_min", size="flat_deposit.cny"),
        Step("text", "wait.days_min", by="other", text="landlord", share="share.half"),
    ), YOUNG),
    Occasion("house", "house.year", (
        Round("often.few", (Step("call", "wait.days_min", "errand", by="agent", line="line.few_s"),)),
        Step("gather", "wait.hours_min", share="share.half"),
        Step("call", "wait.quarter_min", "daytime", by="agent", line="line.long_s", covers=1),
        Step("pay", "wait.minutes_min", to="firm", size="house_deposit.cny"),
        Step("pay", "wait.week_min", "daytime", to="firm", size="house_first.cny", via="counter"),
    ), WORKERS),
    Occasion("wedding", "wedding.year", (
        Step("text", by="friend", text="wedding", share="share.half"),
        Step("pay", "wait.days_min", "private", to="friend", size="wedding.cny", share="share.half"),
        Step("pay", "wait.hours_min", "private", to="new", size="wedding.cny", share="share.most"),
    )),
    Occasion("hongbao", "hongbao.year", (Step("pay", to="friend", size="hongbao.cny", times="often.two"),), hours="private"),
    Occasion("secondhand", "secondhand.year", (
        Step("text", by="other", text="secondhand", share="share.half"),
        Step("call", "wait.hour_min", by="other", share="share.half"),
        Step("pay", "wait.quarter_min", size="secondhand.cny", times="often.two"),
        Step("back", "wait.days_min", to="other", grow="", share="share.rare"),
    ), hours="private"),
    Occasion("car", "car.year", (
        Step("dial", by="other", line="line.few_s"),
        Step("call", "wait.day_min", "errand", by="other", line="line.long_s"),
        Step("pay", "wait.hours_min", size="secondhand.cny"),
        Step("pay", "wait.day_min", "daytime", size="car.cny", via="counter", share="share.half"),
        Step("pay", "wait.hour_min", "daytime", size="car.cny", share="share.half"),
    ), WORKERS),
    Occasion("tuition", "tuition.year", (
        Step("text", by="gateway", text="school"),
        Step("call", "wait.day_min", "office", by="school", share="share.half"),
        Step("pay", "wait.hours_min", "private", to="firm", size="tuition.cny"),
        Step("pay", "wait.minutes_min", to="other", size="tuition_extra.cny", times="often.two", share="share.half"),
    ), FAMILIES, SCHOOL_MONTHS),
    Occasion("course", "course.year", (
        Step("text", by="other", text="lesson", share="share.half"),
        Step("pay", "wait.hours_min", "private", to="other", size="course.cny"),
    ), FAMILIES),
    Occasion("hospital", "hospital.year", (
        Step("code", share="share.half"),
        Step("text", "wait.hours_min", by="gateway", text="hospital"),
        Step("call", "wait.day_min", "office", by="doctor", share="share.half"),
        Step("pay", "wait.hours_min", "daytime", to="firm", size="hospital.cny", via="qr"),
        Step("back", "wait.hour_min", to="family", size="hospital.cny", share="share.some"),
        Step("pay", "wait.hour_min", to="firm", size="hospital_more.cny", share="share.some"),
        Step("pay", "wait.days_min", "daytime", to="other", size="course.cny", share="share.some"),
    )),
    Occasion("urgent", "urgent.year", (
        Step("call", by="family", line="line.few_s"),
        Step("call", "wait.minutes_min", by="other", line="line.long_s", share="share.half"),
        Step("gather", "wait.minutes_min", share="share.some"),
        Step("pay", "wait.minutes_min", to="new", size="urgent.cny", times="often.two"),
    ), hours="private"),
    Occasion("renovation", "renovation.year", (
        Round("often.few", (
            Step("call", "wait.days_min", "errand", by="repair", line="line.few_s"),
            Step("text", "wait.hour_min", by="repair", text="repair", share="share.half"),
            Step("pay", "wait.quarter_min", to="other", size="renovation.cny"),
            Step("pay", "wait.day_min", "daytime", to="new", size="renovation.cny", share="share.half"),
        )),
    ), WORKERS),
    Occasion("repair", "repair.year", (
        Step("dial", by="repair", line="line.short_s"),
        Step("call", "wait.hours_min", "errand", by="repair", line="line.short_s"),
        Step("pay", "wait.hour_min", to="other", size="repair.cny", via="qr"),
    )),
    Occasion("borrow", "borrow.year", (
        Step("text", by="gateway", text="loan.ad", share="share.half"),
        Step("call", "wait.hours_min", "office", by="loans", line="line.few_s", share="share.half"),
        Step("loan", "wait.quarter_min", size="borrow.cny"),
        Step("pay", "wait.hours_min", of_left="borrow.spent", share="share.half"),
        Step("pay", "wait.day_min", "daytime", to="new", size="secondhand.cny", times="often.two"),
    ), {**WORKERS, "jobless": 1.5, "courier": 1.3, "seller": 1.2, "student": 0.3}),
    Occasion("lend", "lend.year", (
        Step("text", by="friend", text="friend", share="share.some"),
        Step("call", "wait.hour_min", by="friend", line="line.few_s"),
        Step("pay", "wait.quarter_min", to="friend", size="lend.cny"),
        Step("back", "wait.week_min", "private", to="friend", share="share.most"),
    ), hours="private"),
    Occasion("coin", "coin.year", (
        Step("code"),
        Step("pay", "wait.quarter_min", to="new", size="coin.cny", times="often.two"),
        Step("text", "wait.minutes_min", by="other", text="otc", share="share.some"),
        Step("back", "wait.days_min", "night", to="new", share="share.half"),
    ), {"trader": 1.0, "dealer": 1.5, "household": 0.03, "student": 0.03, "jobless": 0.06}, hours="night"),
    Occasion("shares", "shares.year", (
        Step("pay", to="platform", size="shares.cny"),
        Step("back", "wait.week_min", "office", to="platform", share="share.half"),
    ), {"trader": 1.0, "household": 0.05, "owner": 0.1, "elder": 0.06, "doctor": 0.1}, hours="office"),
    Occasion("fund", "fund.year", (
        Step("text", by="gateway", text="fund.ad", share="share.half"),
        Step("code", "wait.hours_min"),
        Step("pay", "wait.minutes_min", to="platform", size="fund.cny"),
    ), WORKERS),
    Occasion("insurance", "insurance.year", (
        Step("call", by="insurer", line="line.long_s"),
        Step("text", "wait.minutes_min", by="gateway", text="office", share="share.half"),
        Step("pay", "wait.hours_min", "daytime", to="firm", size="insurance.cny"),
    )),
    Occasion("desk", "desk.year", (  # the bank's own fraud desk asks, and the payment is all right
        Step("pay", size="desk.cny"),
        Step("call", "wait.minutes_min", by="bank", line="line.few_s"),
        Step("pay", "wait.minutes_min", size="desk.cny", share="share.half"),
    )),
    Occasion("talked", "talked.year", (  # a long talk with a friend, and by chance a payment in the middle
        Step("call", by="friend", line="line.long_s", covers=2),
        Step("code", "wait.minutes_min", share="share.half"),
        Step("pay", "wait.minutes_min", to="new", size="secondhand.cny"),
    ), hours="private"),
    Occasion("abroad", "abroad.year", (
        Step("call", by="abroad", line="line.long_s"),
        Step("pay", "wait.hours_min", to="other", size="abroad.cny"),
        Step("pay", "wait.week_min", "daytime", to="other", size="abroad.cny", share="share.half"),
    ), {"parent": 0.04, "elder": 0.1, "household": 0.03, "owner": 0.1}, hours="private"),
    Occasion("leader", "leader.year", (
        Step("text", by="other", text="leader", share="share.some"),
        Step("pay", "wait.hour_min", to="leader", size="leader.cny"),
    ), {**FAMILIES, "elder": 0.8}, hours="private"),
    Occasion("driver", "driver.year", (
        Step("call", by="driver", line="line.short_s"),
        Step("pay", "wait.hour_min", to="driver", size="driver.cny", via="qr"),
    ), hours="private"),
    Occasion("dealer", "dealer.year", (
        Step("text", by="other", text="leader", share="share.half"),
        Step("pay", "wait.hour_min", to="dealer", size="dealer.cny", times="often.two"),
    ), YOUNG, hours="private"),
    Occasion("gold", "gold.year", (
        Step("gather", share="share.some"),
        Step("pay", "wait.quarter_min", to="shop", size="gold.cny", via="pos"),
    ), {**WORKERS, "elder": 1.2, "homemaker": 1.2}),
    Occasion("withdraw", "withdraw.year", (Step("cash", size="withdraw.cny"),), {"elder": 1.0, "owner": 0.5, "household": 0.15, "driver": 0.3}),
    Occasion("emptied", "emptied.year", (  # all of an account to oneself elsewhere, or to one's spouse
        Step("code", share="share.half"),
        Step("pay", "wait.minutes_min", to="family", of_left="emptied.left"),
    )),
    Occasion("play", "play.year", (Step("pay", to="platform", size="play.cny", times="often.few"),), PLAYERS, hours="night"),
    Occasion("sold_account", "play.year", (
        Step("pay", to="new", size="play.cny", times="often.two"),
        Step("text", "wait.minutes_min", by="other", text="secondhand", share="share.some"),
    ), {"student": 0.4, "child": 0.15, "jobless": 0.3}, hours="night"),
    Occasion("ticket", "ticket.year", (
        Step("text", by="gateway", text="office", share="share.half"),
        Step("dial", "wait.hour_min", by="other", line="line.few_s", share="share.some"),
        Step("pay", "wait.quarter_min", to="other", size="ticket.cny", via="web"),
    ), YOUNG),
    Occasion("care", "care.year", (
        Step("text", by="gateway", text="elder.ad"),
        Step("call", "wait.days_min", "daytime", by="sales", line="line.few_s", times="often.few"),
        Step("pay", "wait.days_min", "daytime", to="firm", size="care.cny", via="counter"),
    ), {"elder": 1.0, "household": 0.1}),
    Occasion("fee", "fee.year", (
        Step("text", by="gateway", text="court"),
        Step("call", "wait.days_min", "office", by="public", line="line.few_s"),
        Step("pay", "wait.hours_min", "office", to="firm", size="fee.cny"),
    )),
    Occasion("job", "job.year", (
        Step("call", by="headhunter", line="line.few_s"),
        Step("text", "wait.hour_min", by="headhunter", text="headhunter"),
        Step("call", "wait.days_min", "office", by="headhunter", line="line.long_s", medium="video"),
        Step("pay", "wait.days_min", "daytime", to="other", size="job.cny", share="share.half"),
    ), YOUNG),
    Occasion("refund", "refund.year", (  # a real shop's service, by a line as scammers have it, gives money back
        Step("dial", by="aftersales", line="line.few_s", share="share.half"),
        Step("call", "wait.hours_min", "daytime", by="aftersales", line="line.few_s"),
        Step("code", "wait.minutes_min", share="share.some"),
        Step("back", "wait.day_min", "daytime", to="firm", size="refund.cny"),
    )),
    Occasion("guided", "guided.year", (  # a son on the line, who leads through an app: a long call, codes, a new payee
        Step("call", by="family", line="line.few_s", covers=2),
        Step("code", "wait.minutes_min", times="often.two"),
        Step("pay", "wait.minutes_min", to="firm", size="guided.cny"),
    ), {"elder": 1.0, "homemaker": 0.3}, hours="private"),
    Occasion("witnessed", "witnessed.year", (  # a licensed seller has to record by video that the buyer was told
        Step("call", by="sales", line="line.few_s"),
        Step("call", "wait.days_min", "daytime", by="aftersales", line="line.few_s", covers=2, medium="video"),
        Step("code", "wait.minutes_min", times="often.two"),
        Step("pay", "wait.minutes_min", to="firm", size="witnessed.cny"),
    ), {**WORKERS, "elder": 0.6}),
    Occasion("police_visit", "desk.year", (
        Step("call", by="police", line="line.few_s"),
        Step("text", "wait.minutes_min", by="gateway", text="police"),
        Step("pay", "wait.hours_min", to="friend", size="lend.cny", share="share.some"),
    )),
)
"""By chance, through the year."""

MONTHLY = {
    "rent": (Step("text", by="other", text="landlord", share="share.some"), Step("pay", "wait.hour_min", to="landlord", size="rent.cny")),
    "mortgage": (Step("pay", to="platform", size="mortgage.cny"),),
    "card": (Step("text", by="gateway", text="bank.news", share="share.half"), Step("pay", "wait.hours_min", "private", to="platform", size="card.cny")),
    "own_move": (Step("gather", "wait.hour_min"),),
}
"""Around each person's pay day."""
# fmt: on
