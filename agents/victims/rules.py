"""The rules: one row each. A rule says what was seen, how much it counts, how fast it fades, and how to say it.

Weights that count are the policy's, natural log-odds: `interdict fit` puts every one in it, with a card
(docs/fitting.md). The weight in a row is its author's guess of a likelihood ratio, ordered by what the police publish of
these scams and by what a town of `fit` seeds showed: what a fit begins with, half of which stands until decisions say
otherwise, and what counts of a rule that is newer than the last fit.
A payee on the watchlist suffices alone: the list says so, and nobody but the person chose whom to pay.
Within a *family* only the strongest rule counts, because its rules are witnesses of one and the same thing. A fact that
has a size is graded: a row for each step of it, so that each step can be weighed by itself. Rows of a family speak from
their step on, the steps above them too.
Adding a rule touches this table and one test; then `make weights`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from agents.victims.facts import PARTS_YUAN_MIN, TransferFacts
from agents.victims.graded import ORANGE, RED, YELLOW
from schemas.spans import DAY_MS, HOUR_MS

GATHERED_SHARE = 0.3
"""So much of a sum must have come from other accounts of the person's."""
MET_DAYS = 4
"""From so many days on somebody abroad is somebody's son, and weighs less; known he is not."""


class Rule(NamedTuple):
    """One row."""

    code: str
    family: str
    weight: float
    half_life_ms: int
    when: Callable[[Any], bool]
    """Over the facts of the kind of event that the table is for."""
    text: str
    text_zh: str


def _grows_fast(f: TransferFacts) -> bool:
    return f.small_start and f.growth >= 10 and f.growth_days <= 2 and f.run >= 4 and f.run_payees >= 3


CALL_RULES: tuple[Rule, ...] = (
    Rule("call.listed", "peer", 2.5, DAY_MS, lambda f: f.listed, "a number on the scam watchlist", "来电号码在涉诈名单上"),
    Rule("call.listed_5", "peer", 3.5, DAY_MS, lambda f: f.minutes_listed >= 5, "minutes on the line with a number on the scam watchlist", "与涉诈名单上的号码通话数分钟"),
    Rule("call.lookalike", "peer", 3.0, DAY_MS, lambda f: f.lookalike, "a number made to look like a bank's or the police's", "号码仿冒银行或公安客服短号"),
    Rule("call.foreign", "peer", 4.0, 12 * HOUR_MS, lambda f: f.kind == "foreign" and f.met_days < MET_DAYS, "a call from abroad by someone hardly ever spoken to", "接到境外陌生来电"),
    Rule("call.foreign_met", "peer", 0.8, 12 * HOUR_MS, lambda f: f.kind == "foreign", "a call from abroad by someone unproven", "接到境外来电"),
    Rule("call.voip", "peer", 1.6, 12 * HOUR_MS, lambda f: f.kind == "voip" and f.met_days < MET_DAYS, "a call over an internet line by someone hardly ever spoken to", "接到网络电话陌生来电"),
    Rule("call.voip_met", "peer", 0.8, 12 * HOUR_MS, lambda f: f.kind == "voip", "a call over an internet line by someone unproven", "接到网络电话"),
    Rule("call.forwarded", "peer", 1.0, 12 * HOUR_MS, lambda f: f.forwarded, "a call that came by forwarding, from someone unproven", "接到经呼叫转移的陌生来电"),
    Rule("call.hidden", "peer", 0.6, 12 * HOUR_MS, lambda f: f.kind == "unknown", "a call from a line of unknown kind", "接到类型不明的陌生来电"),
    Rule("call.video", "video", 1.5, 8 * HOUR_MS, lambda f: f.video, "a video call with a stranger", "与陌生人视频通话"),
    Rule("call.long_15", "time_on_line", 2.0, 6 * HOUR_MS, lambda f: f.suspicious and f.minutes_1h >= 15, "over 15 minutes on the line with a suspicious stranger", "与可疑陌生人通话超过15分钟"),
    Rule("call.long_40", "time_on_line", 3.0, 6 * HOUR_MS, lambda f: f.suspicious and f.minutes_1h >= 40, "over 40 minutes of an hour on the line with suspicious strangers", "一小时内与可疑陌生人通话超过40分钟"),
    Rule("call.long_day", "time_on_line", 3.0, 12 * HOUR_MS, lambda f: f.suspicious and f.minutes_24h >= 90, "over 90 minutes of a day on the line with suspicious strangers", "一天内与可疑陌生人通话超过90分钟"),
    Rule("call.long_plain", "time_on_line", 0.6, 6 * HOUR_MS, lambda f: f.minutes_1h >= 20, "over 20 minutes of an hour on the line with strangers", "一小时内与陌生人通话超过20分钟"),
    Rule("call.long_plain_45", "time_on_line", 2.3, 6 * HOUR_MS, lambda f: f.minutes_call >= 45, "over 45 minutes on one call with a stranger", "与陌生人一次通话超过45分钟"),
    Rule("call.long_plain_90", "time_on_line", 2.8, 6 * HOUR_MS, lambda f: f.minutes_call >= 90, "over 90 minutes on one call with a stranger", "与陌生人一次通话超过90分钟"),
    Rule("call.dialled_after", "dialled", 1.2, 6 * HOUR_MS, lambda f: f.dialled_after >= 5, "rang a new number, for minutes, after a suspicious call", "接到可疑来电后主动拨打陌生号码"),
    Rule("call.many_strangers", "strangers", 0.5, 12 * HOUR_MS, lambda f: f.strangers_24h >= 4 and f.suspicious, "four new strangers or more in a day", "一天内接听四个以上陌生来电"),
)  # fmt: skip

COACHED_RULES: tuple[Rule, ...] = (
    Rule("call.unreached", "coached", 1.2, 12 * HOUR_MS, lambda f: f.unreached >= 1, "could not be reached by us while a stranger had them on the line", "我方联系时本人正与陌生人通话，无法接通"),
    Rule("call.unreached_again", "coached", 2.0, 12 * HOUR_MS, lambda f: f.unreached >= 2, "could not be reached by us again, with strangers on the line", "我方多次联系时本人均与陌生人通话，无法接通"),
    Rule("call.cut_off", "coached", 0.6, 6 * HOUR_MS, lambda f: f.cut_off >= 2, "two calls or more cut off within seconds around a stranger's", "陌生来电前后有两次以上来电被立即挂断"),
    Rule("call.cut_off_4", "coached", 1.2, 6 * HOUR_MS, lambda f: f.cut_off >= 4, "four calls or more cut off within seconds around a stranger's", "陌生来电前后有四次以上来电被立即挂断"),
    Rule("call.cut_off_ours", "coached", 1.4, 12 * HOUR_MS, lambda f: f.cut_off_ours >= 1, "a call cut off within seconds when we tried to reach them", "我方联系时来电被立即挂断"),
    Rule("call.diverted", "diverted", 0.8, DAY_MS, lambda f: f.diverted, "calls to them have begun to be sent on to a number not known", "来电开始被转移到陌生号码"),
    Rule("call.diverted_after", "diverted", 2.4, DAY_MS, lambda f: f.diverted and f.after_call, "calls to them have begun to be sent on after a stranger's call", "与陌生人通话后来电开始被转移到陌生号码"),
)  # fmt: skip

TEXT_RULES: tuple[Rule, ...] = (
    Rule("text.listed_domain", "link", 4.0, 2 * DAY_MS, lambda f: f.listed_domain, "a link to a site on the phishing watchlist", "短信含有涉诈名单上的网址"),
    Rule("text.listed_sender", "link", 1.5, 2 * DAY_MS, lambda f: f.listed_sender, "a text from a number on the scam watchlist", "发信号码在涉诈名单上"),
    Rule("text.stranger_link", "link", 0.6, DAY_MS, lambda f: f.has_link and f.personal_sender, "a link from a stranger's number", "陌生号码发来链接"),
    Rule("text.code_on_line", "code", 1.2, 6 * HOUR_MS, lambda f: f.is_code and (f.line_minutes >= 3 or (f.line_suspicious and f.line_minutes > 0)), "a one-time code arrived while a stranger was on the line", "与陌生人通话时收到验证码"),
    Rule("text.code_on_line_15", "code", 2.6, 6 * HOUR_MS, lambda f: f.is_code and f.line_minutes >= 15, "a one-time code in a stranger's call of a quarter of an hour", "与陌生人通话15分钟后收到验证码"),
    Rule("text.bank", "wording", 1.2, 3 * DAY_MS, lambda f: f.wording == "bank", "a text worded like a fake bank notice", "短信内容疑似冒充银行"),
    Rule("text.phish_link", "wording", 2.5, 3 * DAY_MS, lambda f: f.wording == "phish_link", "a text worded to make one follow a link", "短信内容疑似钓鱼链接"),
    Rule("text.police", "wording", 1.8, 3 * DAY_MS, lambda f: f.wording == "police", "a text worded like fake police or prosecutors", "短信内容疑似冒充公检法"),
    Rule("text.loan", "wording", 2.5, 5 * DAY_MS, lambda f: f.wording == "loan", "a text that offers a loan or asks a fee for one", "短信内容疑似虚假贷款"),
    Rule("text.service", "wording", 2.5, 2 * DAY_MS, lambda f: f.wording == "parcel_service", "a text worded like fake customer service", "短信内容疑似冒充客服"),
    Rule("text.investment", "wording", 1.5, 10 * DAY_MS, lambda f: f.wording == "investment", "a text that promises returns on an investment", "短信内容疑似虚假投资"),
    Rule("text.brushing", "wording", 2.8, 5 * DAY_MS, lambda f: f.wording == "brushing", "a text that pays for clicks, orders or tasks", "短信内容疑似刷单返利"),
    Rule("text.boss", "wording", 2.8, 2 * DAY_MS, lambda f: f.wording == "boss", "a text worded like a boss on a new number", "短信内容疑似冒充领导"),
    Rule("text.prize", "wording", 2.2, 2 * DAY_MS, lambda f: f.wording == "prize", "a text about a prize to be claimed", "短信内容疑似虚假中奖"),
    Rule("text.sextortion", "wording", 3.5, 5 * DAY_MS, lambda f: f.wording == "sextortion", "a text that threatens to send out pictures", "短信内容疑似裸聊敲诈"),
    Rule("text.gaming", "wording", 2.5, 3 * DAY_MS, lambda f: f.wording == "gaming", "a text about trading a game account", "短信内容疑似游戏交易诈骗"),
    Rule("text.shopping", "wording", 2.5, 3 * DAY_MS, lambda f: f.wording == "shopping", "a text about a purchase outside the shop", "短信内容疑似虚假购物"),
    Rule("text.other", "wording", 1.5, 2 * DAY_MS, lambda f: f.wording == "other_fraud", "a text worded like a fraud", "短信内容疑似诈骗"),
    Rule("text.boss_to_finance", "role", 2.0, 2 * DAY_MS, lambda f: f.wording == "boss" and f.occupation == "finance", "such a text to one who pays a firm's bills", "收件人为财务人员"),
)  # fmt: skip

TRANSFER_RULES: tuple[Rule, ...] = (
    Rule("pay.on_line", "timing", 5.5, 6 * HOUR_MS, lambda f: f.tells and f.suspicious.gap_min == 0, "paid while on the line with a suspicious stranger", "与可疑陌生人通话中转账"),
    Rule("pay.on_line_usual", "timing", 1.5, 6 * HOUR_MS, lambda f: f.suspicious.gap_min == 0, "paid a usual sum while on the line with a suspicious stranger", "与可疑陌生人通话中支付平常金额"),
    Rule("pay.after_call", "timing", 3.0, 6 * HOUR_MS, lambda f: f.tells and f.suspicious.gap_min <= 15, "paid within minutes of a suspicious stranger's call", "可疑陌生来电挂断后数分钟内转账"),
    Rule("pay.after_call_hour", "timing", 2.2, 6 * HOUR_MS, lambda f: f.tells and f.suspicious.gap_min <= 60, "paid within an hour of a suspicious stranger's call", "可疑陌生来电挂断后一小时内转账"),
    Rule("pay.after_call_hours", "timing", 0.8, 6 * HOUR_MS, lambda f: f.tells and f.suspicious.gap_min <= 240, "paid within hours of a suspicious stranger's call", "可疑陌生来电挂断后数小时内转账"),
    Rule("pay.on_line_listed", "timing", 6.0, 6 * HOUR_MS, lambda f: f.tells and f.listed_line.gap_min <= 15, "paid while or just after talking to a listed number", "与涉诈名单号码通话中或挂断后不久转账"),
    Rule("pay.after_listed", "timing", 4.0, 6 * HOUR_MS, lambda f: f.listed_line.gap_min <= 240, "paid within hours of a talk with a listed number", "与涉诈名单号码通话后数小时内转账"),
    Rule("pay.on_line_plain", "timing", 0.8, 6 * HOUR_MS, lambda f: f.plain.gap_min <= 15, "paid while or just after talking to a stranger", "与陌生人通话中或挂断后不久转账"),
    Rule("pay.on_line_plain_20", "timing", 2.2, 6 * HOUR_MS, lambda f: f.plain.gap_min <= 15 and f.plain.minutes >= 20, "paid while or just after a long call with a stranger", "与陌生人长时间通话中或挂断后不久转账"),
    Rule("pay.on_line_plain_40", "timing", 4.0, 6 * HOUR_MS, lambda f: f.plain.gap_min <= 15 and f.plain.minutes >= 40, "paid while or just after a very long call with a stranger", "与陌生人超长时间通话中或挂断后不久转账"),
    Rule("pay.on_line_dialled", "timing", 3.0, 6 * HOUR_MS, lambda f: f.tells and f.plain.gap_min <= 15 and f.plain.dialled and f.plain.minutes >= 10, "paid on, or just after, a long call to a number never rung before", "主动拨打陌生号码长时间通话中转账"),
    Rule("pay.after_plain_hour", "timing", 0.8, 6 * HOUR_MS, lambda f: f.tells and f.plain.gap_min <= 60 and f.plain.minutes >= 10, "paid within an hour of a long call with a stranger", "与陌生人长时间通话后一小时内转账"),
    Rule("pay.after_text_hours", "timing", 2.2, 12 * HOUR_MS, lambda f: f.text_gap_h <= 2, "paid within two hours of a text worded like a fraud", "收到疑似诈骗短信后两小时内转账"),
    Rule("pay.after_text", "timing", 1.0, 12 * HOUR_MS, lambda f: f.text_gap_h <= 24, "paid within a day of a text worded like a fraud", "收到疑似诈骗短信后一天内转账"),
    Rule("pay.listed_payee", "payee", 11.0, 12 * HOUR_MS, lambda f: f.listed, "the payee's account is on the mule watchlist", "收款账户在涉诈名单上"),
    Rule("pay.graded_yellow", "graded", 3.5, 12 * HOUR_MS, lambda f: f.payee_grade >= YELLOW, "what comes into the payee's account leaves at once", "收款账户资金快进快出"),
    Rule("pay.graded_orange", "graded", 5.0, 12 * HOUR_MS, lambda f: f.payee_grade >= ORANGE, "the payee's account is new, and what comes in leaves at once", "收款账户新近出现且资金快进快出"),
    Rule("pay.graded_red", "graded", 5.5, 12 * HOUR_MS, lambda f: f.payee_grade >= RED, "money has gone through the payee's new account again and again", "收款账户新近出现且多次快进快出"),
    Rule("pay.new_payee", "payee", 1.0, DAY_MS, lambda f: f.new_payee, "a payee not paid before, or not for long", "收款账户为新近首次付款"),
    Rule("pay.large", "amount", 0.8, DAY_MS, lambda f: f.surprise >= 2.0, "much more than this person usually pays", "金额明显高于本人平时水平"),
    Rule("pay.very_large", "amount", 1.3, DAY_MS, lambda f: f.surprise >= 3.0, "far more than this person usually pays", "金额远高于本人平时水平"),
    Rule("pay.huge", "amount", 1.7, DAY_MS, lambda f: f.surprise >= 4.5, "out of all proportion to what this person pays", "金额与本人平时水平完全不符"),
    Rule("pay.beyond", "amount", 1.7, DAY_MS, lambda f: f.surprise >= 6.0, "beyond all that this person pays", "金额远远超出本人一贯水平"),
    Rule("pay.sum_large", "amount", 1.3, DAY_MS, lambda f: f.parts >= 3 and f.parts_surprise >= 3.0, "in parts, far more to one payee than this person usually pays", "数日内向同一新账户多笔付款，合计远高于本人平时水平"),
    Rule("pay.sum_huge", "amount", 1.8, DAY_MS, lambda f: f.parts >= 3 and f.parts_surprise >= 4.0, "in parts, out of all proportion to what this person pays", "数日内向同一新账户多笔付款，合计与本人平时水平完全不符"),
    Rule("pay.over_20k", "sum", 0.2, DAY_MS, lambda f: f.yuan >= 20_000, "20,000 yuan or more at once", "单笔两万元以上"),
    Rule("pay.over_50k", "sum", 0.4, DAY_MS, lambda f: f.yuan >= 50_000, "50,000 yuan or more at once", "单笔五万元以上"),
    Rule("pay.over_100k", "sum", 0.6, DAY_MS, lambda f: f.yuan >= 100_000, "100,000 yuan or more at once", "单笔十万元以上"),
    Rule("pay.drains_third", "balance", 0.8, DAY_MS, lambda f: f.drained >= 1 / 3, "a third of the balance or more leaves", "转出余额三分之一以上"),
    Rule("pay.drains_half", "balance", 2.1, DAY_MS, lambda f: f.drained >= 0.5, "half the balance or more leaves", "转出余额一半以上"),
    Rule("pay.drains_most", "balance", 2.4, DAY_MS, lambda f: f.drained >= 0.8, "four fifths of the balance or more leave", "转出余额八成以上"),
    Rule("pay.drains_in_parts", "balance", 2.1, DAY_MS, lambda f: f.parts >= 2 and f.parts_drained >= 0.5, "half the balance left in parts for one new payee", "数日内分笔向同一新账户转出余额一半以上"),
    Rule("pay.drains_most_in_parts", "balance", 2.4, DAY_MS, lambda f: f.parts >= 2 and f.parts_drained >= 0.8, "four fifths of the balance left in parts for one new payee", "数日内分笔向同一新账户转出余额八成以上"),
    Rule("pay.again_3", "again", 0.8, DAY_MS, lambda f: f.parts >= 3 and f.parts_yuan >= PARTS_YUAN_MIN, "a new payee paid three times within days", "数日内三次以上向同一新账户付款"),
    Rule("pay.again_5", "again", 1.6, DAY_MS, lambda f: f.parts >= 5 and f.parts_yuan >= PARTS_YUAN_MIN, "a new payee paid five times within days", "数日内五次以上向同一新账户付款"),
    Rule("pay.two_accounts", "accounts", 0.8, DAY_MS, lambda f: f.accounts >= 2, "new payees paid from two accounts in a day", "一天内用两个账户向新账户付款"),
    Rule("pay.second_account", "accounts", 2.2, DAY_MS, lambda f: f.second_account, "another account paid from under the same stranger's call", "与同一陌生人通话期间换用另一账户付款"),
    Rule("pay.three_accounts", "accounts", 2.4, DAY_MS, lambda f: f.accounts >= 3, "new payees paid from three accounts in a day", "一天内用三个以上账户向新账户付款"),
    Rule("pay.smaller_held", "refused", 0.6, DAY_MS, lambda f: f.retry.held, "less to the same payee, while more has not gone yet", "大额付款未成后向同一账户改付小额"),
    Rule("pay.smaller_refused", "refused", 1.2, DAY_MS, lambda f: f.retry.smaller, "less to the same payee after more was declined", "大额付款被拒后向同一账户改付小额"),
    Rule("pay.refused_elsewhere", "refused", 1.6, DAY_MS, lambda f: f.retry.elsewhere, "the same to another new payee after it was declined", "付款被拒后向另一新账户付同样金额"),
    Rule("pay.refused_split", "refused", 2.2, DAY_MS, lambda f: f.retry.split, "in parts to new payees what was declined at once", "付款被拒后分笔向新账户转出"),
    Rule("pay.many_new", "pattern", 0.5, DAY_MS, lambda f: f.new_payees_24h >= 3, "three new payees or more in a day", "一天内向三个以上新账户付款"),
    Rule("pay.many_new_5", "pattern", 0.8, DAY_MS, lambda f: f.new_payees_24h >= 5, "five new payees or more in a day", "一天内向五个以上新账户付款"),
    Rule("pay.split", "pattern", 1.3, DAY_MS, lambda f: f.split, "several like amounts to new payees within two hours", "两小时内向新账户分笔转出相近金额"),
    Rule("pay.growing", "growth", 0.3, 2 * DAY_MS, lambda f: f.growth > 1, "payments to new payees that keep growing", "向新账户付款金额逐笔增大"),
    Rule("pay.growing_weeks", "growth", 1.3, 2 * DAY_MS, lambda f: f.small_start and f.growth >= 4, "payments to new payees that grew from a small one over weeks", "数周内向新账户付款由小额逐步增大"),
    Rule("pay.growing_days", "growth", 2.2, 2 * DAY_MS, lambda f: f.small_start and f.growth >= 4 and f.growth_days <= 2, "payments to new payees that grew from a small one within two days", "两天内向新账户付款由小额迅速增大"),
    Rule("pay.growing_tenfold", "growth", 2.4, 2 * DAY_MS, lambda f: f.small_start and f.growth >= 10 and f.growth_days <= 2, "payments to new payees that grew tenfold within two days", "两天内向新账户付款由小额增大十倍以上"),
    Rule("pay.growing_fast", "growth", 4.0, 2 * DAY_MS, _grows_fast, "four payments, each to more, that grew tenfold within two days", "两日内向多个新账户连续付款且金额增至十倍"),
    Rule("pay.growing_five", "growth", 4.5, 2 * DAY_MS, lambda f: f.small_start and f.growth >= 10 and f.growth_days <= 7 and f.run >= 5 and f.run_payees >= 4, "five payments to new payees that grew tenfold within a week", "一周内五次以上向新账户付款且金额增至十倍"),
    Rule("pay.growing_day", "growth", 6.0, 2 * DAY_MS, lambda f: f.small_start and f.growth >= 50 and f.growth_days <= 1 and f.run >= 5 and f.run_payees >= 4, "five payments to new payees that grew fiftyfold within a day", "一日内五次以上向新账户付款且金额增至五十倍"),
    Rule("pay.small_return", "returns", 0.5, 5 * DAY_MS, lambda f: f.returns >= 1, "a small gain came back after a small payment", "小额付款后收到一笔小额返利"),
    Rule("pay.small_returns", "returns", 1.2, 5 * DAY_MS, lambda f: f.returns >= 2, "small gains came back after small payments", "小额付款后多次收到小额返利"),
    Rule("pay.bait_taken", "returns", 5.0, 2 * DAY_MS, lambda f: f.returns >= 2 and f.small_start and f.growth >= 10, "small gains came back, and the payments grew tenfold", "多次收到小额返利后付款金额增大十倍以上"),
    Rule("pay.bait_series", "returns", 6.0, 2 * DAY_MS, lambda f: f.returns >= 2 and _grows_fast(f), "small gains came back, and four payments to several grew tenfold", "多次收到小额返利后向多个新账户付款且金额猛增"),
    Rule("pay.return_again", "returns", 2.4, 2 * DAY_MS, lambda f: f.returns >= 1 and f.parts >= 3, "a small gain came back, and its payee is paid again and again", "收到小额返利后多次向同一新账户付款"),
    Rule("pay.borrowed", "loan", 1.2, DAY_MS, lambda f: f.borrowed, "money came in at once and most of it is sent on", "大额资金到账后随即转出"),
    Rule("pay.cash", "cash", 1.2, DAY_MS, lambda f: f.cash and min(f.suspicious.gap_min, f.plain.gap_min) <= 60, "cash taken out on the phone with a stranger, or just after", "与陌生人通话中或通话后取现"),
    Rule("pay.cash_30k", "cash", 0.8, DAY_MS, lambda f: f.cash and f.yuan >= 30_000, "30,000 yuan or more in cash", "一次取现三万元以上"),
    Rule("pay.gold", "cash", 0.8, DAY_MS, lambda f: f.gold and f.yuan >= 20_000, "gold for 20,000 yuan or more", "一次购买黄金两万元以上"),
    Rule("pay.gathered", "gathered", 0.6, DAY_MS, lambda f: f.gathered >= GATHERED_SHARE, "paid with what came from own accounts within hours", "数小时内从本人其他账户归集资金后付款"),
    Rule("pay.gathered_large", "gathered", 1.6, DAY_MS, lambda f: f.gathered >= GATHERED_SHARE and f.surprise >= 2.0, "gathered from own accounts, much more than they usually pay", "归集本人资金后付款，金额明显高于平时"),
    Rule("pay.fortnight", "series", 0.02, 2 * DAY_MS, lambda f: f.fortnight >= 3 and f.fortnight_surprise >= 3.0, "far more than usual to new payees within two weeks", "两周内向新账户付款合计远高于平时"),
    Rule("pay.fortnight_huge", "series", 0.05, 2 * DAY_MS, lambda f: f.fortnight >= 3 and f.fortnight_surprise >= 4.5, "out of all proportion, to new payees within two weeks", "两周内向新账户付款合计与平时水平不符"),
    Rule("pay.after_call_day", "before", 0.02, DAY_MS, lambda f: f.tells and f.call_24h >= 10, "paid within a day of a long call with a stranger", "与陌生人长时间通话后一天内转账"),
    Rule("pay.warned", "warned", 0.8, DAY_MS, lambda f: f.warned_h <= 3, "paid within hours of an anti-fraud centre's warning", "收到反诈预警短信后数小时内转账"),
    Rule("pay.night", "night", 0.3, DAY_MS, lambda f: f.night, "at night, to a new payee", "深夜向新账户付款"),
)  # fmt: skip

PERSON_RULES: tuple[Rule, ...] = (
    Rule("person.old", "person", 0.7, 0, lambda p: p.age_band == "65+", "65 or older", "65岁以上"),
    Rule("person.student", "person", 0.8, 0, lambda p: p.occupation == "student" or p.age_band == "0-17", "a student or a minor", "学生或未成年人"),
    Rule("person.finance", "person", 0.2, 0, lambda p: p.occupation == "finance", "pays a firm's bills", "财务人员"),
)  # fmt: skip

RULES: dict[str, Rule] = {
    rule.code: rule for table in (CALL_RULES, TEXT_RULES, TRANSFER_RULES, PERSON_RULES, COACHED_RULES) for rule in table
}
MONEY = frozenset(rule.code for rule in TRANSFER_RULES)
"""Codes that say money is leaving."""
TIMING = tuple(rule for rule in TRANSFER_RULES if rule.family == "timing")
TIME_ON_LINE = tuple(
    rule for rule in CALL_RULES if rule.family in ("time_on_line", "dialled") or rule.code == "call.listed_5"
)
WORDED = frozenset(
    rule.code for rule in TEXT_RULES if rule.family in ("wording", "link") and rule.code != "text.stranger_link"
)
"""Codes that say a text tried to deceive. A link alone does not."""
LISTS = frozenset({"pay.listed_payee", "text.listed_domain"})
"""Codes that repeat a list's own word of a payee or a site; that a listed number rang or wrote says little."""
STRANGERS = frozenset(rule.code for rule in (*CALL_RULES, *TEXT_RULES, *COACHED_RULES))
"""Codes of what strangers do to a person: never enough, alone, for anything to be taken."""
