"""The truth is true: what it says of victims, mules and numbers stands in the recording."""

from collections import Counter
from statistics import mean, median
from typing import get_args

import pytest

from interdict.city.town.plan import Plan
from interdict.city.town.playbook import PLAYBOOK
from interdict.city.town.truth import read
from schemas.fields import Typology
from schemas.spans import DAY_MS, MINUTE_MS
from tests.city.towns import HARSH, PLAIN, written

BOTH = pytest.mark.parametrize("plan", [PLAIN, HARSH], ids=["plain", "harsh"])


@BOTH
def test_every_line_of_the_truth_reads_back(plan: Plan) -> None:
    for record in written(plan).truth:
        assert read(record.model_dump_json()) == record


@BOTH
def test_there_are_as_many_victims_as_were_asked_for_and_each_is_one_once(plan: Plan) -> None:
    victims = written(plan).victims
    assert len(victims) == plan.victims
    assert len({victim.subscriber for victim in victims}) == plan.victims


@BOTH
def test_every_typology_occurs(plan: Plan) -> None:
    assert {victim.typology for victim in written(plan).victims} == set(get_args(Typology))
    assert {scam.typology for scam in PLAYBOOK} == set(get_args(Typology))


@BOTH
def test_every_piece_of_evidence_is_an_event_of_the_recording(plan: Plan) -> None:
    town = written(plan)
    ids = {line.value["event_id"] for line in town.lines if "event_id" in line.value}
    for victim in town.victims:
        assert set(victim.event_ids) <= ids
        assert {p.event_id for p in victim.payments} | {p.posted_event_id for p in victim.payments} <= set(
            victim.event_ids
        )


@BOTH
def test_every_payment_of_a_victim_is_there_as_it_is_told(plan: Plan) -> None:
    town = written(plan)
    transfers = town.transfers()
    for victim in town.victims:
        for payment in victim.payments:
            initiated, posted, *_ = transfers[payment.transaction_id]
            assert (initiated["event_id"], initiated["occurred_at"]) == (payment.event_id, payment.occurred_at)
            assert (posted["event_id"], posted["phase"]) == (payment.posted_event_id, "posted")
            assert initiated["subscriber"] == victim.subscriber
            assert initiated["amount_minor"] == payment.amount_minor
            assert (initiated["payer_account"], initiated["payee_account"]) == (payment.account, payment.payee_account)
            assert payment.occurred_at >= victim.first_contact_at


@BOTH
def test_a_report_is_on_its_topic_when_the_truth_says_so(plan: Plan) -> None:
    town = written(plan)
    reported = {(victim.subscriber, victim.reported_at) for victim in town.victims if victim.reported_at}
    assert reported == {(value["subscriber"], value["occurred_at"]) for value in town.of("police.reports")}
    assert reported


@BOTH
def test_mules_send_most_of_it_on_within_the_hour(plan: Plan) -> None:
    town = written(plan)
    seen = {mule.account for mule in town.mules if mule.is_seen}
    came = {p.payee_account: p.posted_at for v in town.victims for p in v.payments if p.payee_account in seen}
    left: dict[str, int] = {}
    for transfer in town.of("bank.transactions"):
        account, at = transfer["payer_account"], transfer["occurred_at"]
        if at > came.get(account, at):
            left.setdefault(account, at)
    waits = [left[account] - at for account, at in came.items() if account in left]
    assert len(waits) > len(came) * 0.8
    assert median(waits) < 60 * MINUTE_MS


@BOTH
def test_a_mule_serves_its_gang_alone_and_some_serve_several_victims(plan: Plan) -> None:
    town = written(plan)
    gang = {victim.scam_id: victim.gang for victim in town.victims}
    shared = 0
    for mule in town.mules:
        assert {gang[scam] for scam in mule.victims} <= {mule.gang}
        shared += len(mule.victims) > 1
    assert shared
    assert {mule.level for mule in town.mules} >= {1, 2}


@BOTH
def test_scam_numbers_are_no_townspeoples(plan: Plan) -> None:
    town = written(plan)
    assert not {number.peer for number in town.numbers} & {person.subscriber for person in town.people}
    assert len({number.line for number in town.numbers}) >= 4


@BOTH
def test_the_list_knows_some_of_them_and_some_who_are_innocent(plan: Plan) -> None:
    town = written(plan)
    guilty = {mule.account for mule in town.mules} | {number.peer for number in town.numbers}
    first = [v for v in town.of("reference.watchlist") if v["source"] == "exchange"]
    listed = {value["value"] for value in first}
    assert 0 < len(listed & guilty) < len(guilty) / 2
    assert listed - guilty


def test_what_a_report_names_is_listed_hours_later() -> None:
    town = written()
    listed = {v["value"]: v["added_at"] for v in town.of("reference.watchlist") if v["source"] == "report"}
    for value in town.of("police.reports"):
        for account in set(value["payee_accounts"]) & set(listed):
            assert listed[account] > value["occurred_at"] or account in {
                a for other in town.of("police.reports") if other is not value for a in other["payee_accounts"]
            }


@BOTH
def test_some_scams_take_days_and_some_leave_almost_nothing(plan: Plan) -> None:
    victims = [victim for victim in written(plan).victims if victim.payments]
    spans = [(v.payments[-1].occurred_at - v.first_contact_at) / DAY_MS for v in victims]
    assert max(spans) > 4
    assert min(spans) < 0.2
    bare = [v for v in victims if len(v.event_ids) == 2 * len(v.payments)]
    assert bare, "a victim of whom the feeds show payments alone"


@BOTH
def test_victims_pay_in_growing_sums_and_some_get_bait_back(plan: Plan) -> None:
    victims = written(plan).victims
    baited = [v for v in victims if v.returned_minor]
    assert baited
    assert {v.typology for v in baited} <= {"brushing", "fake_investment"}
    grown = [v.payments[-1].amount_minor > v.payments[0].amount_minor for v in baited if len(v.payments) > 2]
    assert mean(grown) > 0.5


@BOTH
def test_some_doubt_and_some_are_coached_and_some_report(plan: Plan) -> None:
    victims = written(plan).victims
    assert 0 < sum(v.is_coached for v in victims) < len(victims)
    assert 0 < sum(v.reported_at is not None for v in victims) < len(victims)
    tried = Counter(person.trials > 0 for person in written(plan).people)
    assert tried[True] > plan.victims, "many more are tried than fall for it"
