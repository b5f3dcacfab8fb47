"""Honest life: loud enough that no single thing a victim does is done by victims alone."""

from bisect import bisect
from collections import Counter, defaultdict
from statistics import mean, median

import pytest

from interdict.city.town.numbers import PREFIXES
from interdict.city.town.plan import ZONE_MS, Plan
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS
from tests.city.towns import HARSH, PLAIN, written

BOTH = pytest.mark.parametrize("plan", [PLAIN, HARSH], ids=["plain", "harsh"])


@BOTH
def test_a_person_makes_about_as_many_events_a_day_as_the_design_plans_for(plan: Plan) -> None:
    lines = [line for line in written(plan).lines if not line.topic.startswith("reference")]
    assert 8 < len(lines) / plan.people / plan.days < 26


@BOTH
def test_no_topic_drowns_the_others(plan: Plan) -> None:
    topics = Counter(line.topic for line in written(plan).lines)
    for topic in ("telecom.calls", "telecom.sms", "bank.transactions"):
        assert 0.05 < topics[topic] / topics.total() < 0.8


@BOTH
def test_honest_people_pay_somebody_new_every_week_or_so(plan: Plan) -> None:
    town = written(plan)
    told = {v["subscriber"] for v in town.of("bank.transactions") if v["payee_is_new"] is not None}
    new = {
        (v["subscriber"], (v["occurred_at"] + ZONE_MS) // DAY_MS)
        for v in town.of("bank.transactions")
        if v["payee_is_new"] and v["phase"] == "initiated" and v["subscriber"] in town.honest
    }
    share = len(new) / len(told & town.honest) / plan.days
    assert 0.08 < share < 0.45, "share of honest people with a new payee a day"


@BOTH
def test_sums_and_calls_have_heavy_tails(plan: Plan) -> None:
    town = written(plan)
    sums = sorted(v["amount_minor"] for v in town.of("bank.transactions") if v["phase"] == "posted")
    assert sums[int(len(sums) * 0.99)] > 40 * median(sums)
    lengths = sorted(v["duration_s"] for v in town.of("telecom.calls") if v["phase"] == "ended" and v["duration_s"])
    assert lengths[int(len(lengths) * 0.99)] > 8 * median(lengths)


@BOTH
def test_few_contacts_take_most_calls(plan: Plan) -> None:
    peers: dict[str, Counter[str]] = defaultdict(Counter)
    for v in written(plan).of("telecom.calls"):
        if v["phase"] == "ringing" and v["direction"] == "out":
            peers[v["subscriber"]][v["peer"]] += 1
    shares = [c.most_common(1)[0][1] / c.total() for c in peers.values() if c.total() >= 15]
    assert mean(shares) > 0.15


def test_offices_call_on_working_days_and_shops_are_full_at_the_weekend() -> None:
    town = written()
    calls, buys = Counter[bool](), Counter[bool]()
    for line in town.lines:
        value = line.value
        free = ((value.get("occurred_at", 0) + ZONE_MS) // DAY_MS + 3) % 7 >= 5
        if line.topic == "telecom.calls" and value["phase"] == "ringing" and value["peer_type"] == "voip":
            hour = (value["occurred_at"] + ZONE_MS) % DAY_MS // HOUR_MS
            calls[8 <= hour < 19] += 1
        if line.topic == "bank.transactions" and value["phase"] == "initiated" and value["channel"] in ("qr", "pos"):
            buys[free] += 1
    assert calls[True] > 4 * calls[False]
    assert buys[True] / 2 > 0.95 * buys[False] / 5


@BOTH
def test_people_sleep(plan: Plan) -> None:
    hours = Counter((v["occurred_at"] + ZONE_MS) % DAY_MS // HOUR_MS for v in written(plan).of("telecom.calls"))
    assert sum(hours[h] for h in range(2, 6)) < 0.05 * hours.total()


@BOTH
def test_honest_people_do_all_that_victims_do(plan: Plan) -> None:
    """They pay somebody new during a long call, after a code, at night, a large sum, half of what they have."""
    town = written(plan)
    honest = town.honest
    codes, calls = defaultdict(list), defaultdict(list)
    for v in town.of("telecom.sms"):
        if "验证码" in v["text"]:
            codes[v["subscriber"]].append(v["occurred_at"])
    for v in town.of("telecom.calls"):
        if v["phase"] == "ended" and (v["duration_s"] or 0) > 300:
            calls[v["subscriber"]].append((v["occurred_at"] - v["duration_s"] * 1000, v["occurred_at"]))
    seen = Counter[str]()
    for v in town.of("bank.transactions"):
        who, at = v["subscriber"], v["occurred_at"]
        if who not in honest or v["phase"] != "initiated" or not v["payee_is_new"]:
            continue
        seen["new"] += 1
        seen["large"] += v["amount_minor"] >= 1_000_000
        seen["in a long call"] += any(begin < at < end for begin, end in calls[who])
        seen["after a code"] += bisect(codes[who], at) - bisect(codes[who], at - 10 * MINUTE_MS) > 0
        seen["at night"] += (at + ZONE_MS) % DAY_MS < 5 * HOUR_MS
        balance = v["balance_minor"]
        seen["half of it"] += balance is not None and balance < v["amount_minor"]
    assert all(seen[what] for what in ("new", "large", "in a long call", "after a code", "at night", "half of it")), (
        seen
    )


@BOTH
def test_innocent_accounts_look_like_mules(plan: Plan) -> None:
    """Paid by many who do not know one another; and emptied within the hour."""
    town = written(plan)
    mules = {mule.account for mule in town.mules}
    payers = defaultdict(set)
    came: dict[str, int] = {}
    quick = set()
    for v in town.of("bank.transactions"):
        if v["phase"] != "posted":
            continue
        payers[v["payee_account"]].add(v["payer_account"])
        since = came.get(v["payer_account"])
        if since is not None and v["occurred_at"] - since < 60 * MINUTE_MS:
            quick.add(v["payer_account"])
        came[v["payee_account"]] = v["occurred_at"]
    assert sum(len(of) >= 5 for account, of in payers.items() if account not in mules) > 20
    assert len(quick - mules) > 20


@BOTH
def test_neither_phones_nor_accounts_tell_whose_they_are(plan: Plan) -> None:
    town = written(plan)
    ours = Counter(person.subscriber[3:6] for person in town.people)
    assert len(ours) >= len(PREFIXES) * 0.8
    theirs = {number.peer[3:6] for number in town.numbers if number.line == "mobile"}
    strangers = {v["peer"][3:6] for v in town.of("telecom.calls") if v["peer"].startswith("+861")}
    assert theirs <= strangers
    bins = {purse.account[:6] for person in town.town.people for purse in person.purses}
    assert {mule.account[:6] for mule in town.mules} <= bins


@BOTH
def test_both_sides_of_a_call_in_town_tell_of_it(plan: Plan) -> None:
    town = written(plan)
    phones = {person.subscriber for person in town.people}
    rings = {
        (v["subscriber"], v["peer"], v["occurred_at"]) for v in town.of("telecom.calls") if v["phase"] == "ringing"
    }
    inside = {ring for ring in rings if ring[1] in phones}
    assert inside
    if plan.set == "plain":
        told = {ring for ring in inside if (ring[1], ring[0], ring[2]) in rings}
        assert len(told) > 0.9 * len(inside)


def test_harsh_feeds_tell_less() -> None:
    def untold(plan: Plan, field: str) -> float:
        values = [v[field] for v in written(plan).of("bank.transactions") if v["subscriber"]]
        return values.count(None) / len(values)

    assert untold(HARSH, "payee_name") > untold(PLAIN, "payee_name")
    assert len(written(HARSH).of("telecom.sms")) < len(written(PLAIN).of("telecom.sms"))
