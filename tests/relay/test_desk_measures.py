"""The desk's measures: what is taken at once, what an officer is asked about first, and who gives back what."""

from typing import Any

import pytest

from agents.desk import question as q
from agents.desk import reducer as d
from agents.desk.limits import WINDOW_MS
from agents.desk.metrics import WHY
from agents.desk.question import question
from agents.desk.reducer import FORGET_AFTER_MS, signed
from schemas.commands import Dissuasion
from schemas.fields import LABEL_CHARS_MAX, LEVELS
from schemas.ids import command_id
from schemas.spans import HOUR_MS, MINUTE_MS
from schemas.topics import ACCOUNT, DISSUASION, PHONE, SESSION, Output
from streams.core.duty import Count
from tests.kit.centre import NOON, Centre, command, counted, limits, person, proposals, sent, uuid
from tests.kit.rosters import AREAS, small

NAMED_ALIKE = "6222999900000001"


# -- measures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "topic", "key"),
    [
        ("suspend", PHONE, person(1)),
        ("force_login", SESSION, person(1)),
        ("freeze", ACCOUNT, "622200000001"),
        ("stop_payment", ACCOUNT, "622200000001"),
        ("hold", ACCOUNT, "622200000001"),
    ],
)
def test_a_measure_within_its_limits_goes_out_at_once(action: str, topic: Any, key: str) -> None:
    asked = command(action, 1)
    (output,) = Centre().do(asked)
    expected = asked.model_copy(update={"policy_version": "v1/p1/2026-11-01/2026-11-01"})
    assert output == Output(topic, key, expected)


def test_the_versions_of_all_policies_fit_into_a_label() -> None:
    assert len(signed("v" * 64, "l" * 15, "r" * 15)) == LABEL_CHARS_MAX


def test_the_kill_switch_stops_suspensions_and_freezes_and_nothing_else() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    for action in ("suspend", "freeze", "stop_payment", "force_login", "dissuade"):
        centre.do(command(action, 1))
    assert [(task.about, task.why) for task in proposals(centre.said)] == [
        (uuid("suspend", 1), "kill_switch"), (uuid("freeze", 1), "kill_switch"),
    ]  # fmt: skip
    assert {task.action for task in sent(centre.said)} == {"approve", "stop_payment", "force_login", "dissuade"}


def test_a_freeze_at_orange_needs_four_eyes() -> None:
    centre = Centre()
    asked = command("freeze", 1, level="orange")
    (counts, output) = centre.do(asked)
    assert counts == Count("proposals", ("freeze", "four_eyes"))
    assert (output.topic, output.key) == (DISSUASION, person(1))
    proposal = output.value
    assert (proposal.channel, proposal.team, proposal.unit) == ("desk", "command-centre", "command-centre-01")
    assert (proposal.about, proposal.why, proposal.case_id) == (asked.command_id, "four_eyes", asked.case_id)
    assert proposal.command_id == command_id(asked.case_id, "approve/freeze", asked.command_id)
    assert (proposal.deadline_at, proposal.expires_at) == (NOON + 300_000, asked.expires_at)
    assert (proposal.reasons, proposal.score, proposal.caused_by) == (asked.reasons, asked.score, asked.caused_by)


def test_what_an_officer_approved_passes_and_frees_the_officer() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    centre.do(command("freeze", 1))
    assert len(centre.state.tasks) == 1
    (freeze,) = sent(centre.do(command("freeze", 1), NOON + MINUTE_MS, approved=True))
    assert freeze.command_id == uuid("freeze", 1)
    assert not centre.state.tasks


@pytest.mark.parametrize("of", [uuid("freeze", 1), d.proposal_id(command("freeze", 1))])
def test_what_an_officer_declined_frees_the_officer_whichever_id_is_told(of: str) -> None:
    centre = Centre(limits=limits(kill_switch=True))
    centre.do(command("freeze", 1))
    assert centre.done(of) == []
    assert not centre.state.tasks


def test_giving_back_what_still_waits_for_a_yes_takes_the_question_back() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    centre.do(command("freeze", 1))
    assert centre.do(command("release", 1), of=uuid("freeze", 1)) == []
    assert not centre.state.tasks


def test_a_question_is_asked_once_while_an_officer_has_it() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    assert len(centre.do(command("freeze", 1))) == 2
    assert centre.do(command("freeze", 1)) == []


def test_with_nobody_free_to_decide_a_question_is_the_whole_teams() -> None:
    centre = Centre(small(), limits(kill_switch=True))
    for number in (1, 2):
        centre.do(command("suspend", number))
    assert [(task.team, task.unit) for task in proposals(centre.said)] == [("centre", "centre-01"), ("centre", None)]
    assert not centre.state.queue


@pytest.mark.parametrize(
    ("why", "areas", "rules"),
    [("limit_area", AREAS[:1], ["a", "b", "c"]), ("limit_rule", AREAS, ["a"]), ("limit_total", AREAS, ["a", "b", "c"])],
)
def test_a_wave_passes_as_far_as_the_limits_go_and_the_rest_is_asked(
    why: str, areas: list[str], rules: list[str]
) -> None:
    centre = Centre()
    passes = {"limit_area": 8, "limit_rule": 28, "limit_total": 40}[why]
    for number in range(60):
        asked = command("suspend", number, rule=rules[number % len(rules)])
        centre.do(asked, NOON + number, area=areas[number % len(areas)])
    actions = [task.action for task in sent(centre.said)]
    assert actions == ["suspend"] * passes + ["approve"] * (60 - passes)
    assert {task.why for task in proposals(centre.said)} == {why}
    assert counted(centre.said).count(("limited", why.removeprefix("limit_"))) == 60 - passes
    assert [task.action for task in sent(centre.do(command("suspend", 61), NOON + 60 + WINDOW_MS))] == ["suspend"]


def test_what_was_approved_counts_for_those_that_come_after() -> None:
    centre = Centre()
    for number in range(9):
        centre.do(command("suspend", number), approved=True)
    assert [task.action for task in sent(centre.said)] == ["suspend"] * 9
    (proposal,) = proposals(centre.do(command("suspend", 10)))
    assert proposal.why == "limit_area"


def test_not_from_more_people_at_once_than_the_share_allows() -> None:
    centre = Centre(limits=limits(population=40, share=0.05))
    wanted = [("suspend", 1), ("freeze", 2), ("freeze", 1), ("suspend", 3), ("stop_payment", 4)]
    for action, number in wanted:
        centre.do(command(action, number))
    assert [task.action for task in sent(centre.said)] == ["suspend", "freeze", "freeze", "approve", "stop_payment"]
    assert [task.why for task in proposals(centre.said)] == ["limit_share"]
    later = NOON + 24 * HOUR_MS
    assert [task.action for task in sent(centre.do(command("suspend", 5, later), later))] == ["suspend"]


FOUR_EYES = {"four_eyes": {"freeze": ["red"]}}
NO_TOTAL = {"per_minute": 30}
NO_AREA = {**NO_TOTAL, "per_minute_area": 30}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kill_switch": True, **FOUR_EYES}, "kill_switch"),
        (FOUR_EYES, "four_eyes"),
        ({}, "limit_total"),
        (NO_TOTAL, "limit_area"),
        (NO_AREA, "limit_rule"),
        ({**NO_AREA, "per_minute_rule": 30}, "limit_share"),
    ],
)
def test_of_all_that_holds_a_measure_back_the_first_is_named(fields: dict[str, Any], why: str) -> None:
    tight = {"per_minute": 1, "per_minute_area": 1, "per_minute_rule": 1, "population": 20, "share": 0.05}
    centre = Centre(limits=limits(**{**tight, **fields}))
    centre.do(command("freeze", 1), approved=True)
    assert [task.why for task in proposals(centre.do(command("freeze", 2)))] == [why]


def test_a_measure_ordered_twice_goes_out_once() -> None:
    centre = Centre()
    for approved in (False, False, True):
        centre.do(command("freeze", 1), approved=approved)
    assert len(sent(centre.said)) == 1


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("suspend", {"scope": "incoming"}, "暂停当事人手机的来电"),
        ("freeze", {"account": "6222020200112233445"}, "冻结当事人账户（尾号 3445）"),
        ("stop_payment", {"hop": 1, "amount_minor": 5_000_000}, "对第 1 级收款账户（尾号 0001）止付 50,000.00 元"),
        ("hold", {"amount_minor": 5_000_000}, "暂缓当事人账户（尾号 0001） 50,000.00 元的转账入账"),
        ("stop_payment", {"hop": 2}, "对第 2 级收款账户（尾号 0001）止付全部资金"),
        ("force_login", {}, "强制当事人的社交账号重新登录"),
    ],
)
def test_an_officer_is_asked_in_plain_words(action: str, fields: dict[str, Any], words: str) -> None:
    script = question(command(action, 1, **fields), "limit_area")
    assert words in script
    assert "该辖区一分钟内自动处置已达上限" in script
    assert "红色" in script
    assert "冒充公检法" in script
    assert "通话中转账" in script
    assert "http" not in script


def test_every_reason_to_hold_back_every_level_and_every_typology_has_its_words() -> None:
    assert set(q.LEVELS_ZH) == set(LEVELS)
    typologies = Dissuasion.model_json_schema()["properties"]["typology"]["enum"]
    assert set(q.TYPOLOGIES_ZH) == set(typologies)
    assert set(q.WHY_ZH) == set(WHY.values)


# -- what is kept for those who need it most -------------------------------------------------------------------------


def test_orange_burners_use_up_half_of_a_minute_and_red_with_money_still_passes() -> None:
    centre = Centre()
    for number in range(60):
        centre.do(command("suspend", number, level="orange", rule=str(number)), area=AREAS[number % len(AREAS)])
    assert [task.action for task in sent(centre.said)].count("suspend") == 20
    (red,) = sent(centre.do(command("suspend", 99)))
    assert red.action == "suspend"


def test_red_without_money_is_no_more_urgent_than_orange() -> None:
    centre = Centre()
    for number in range(10):
        centre.do(command("suspend", number), money=False)
    assert [task.action for task in sent(centre.said)].count("suspend") == 4


def test_a_victim_with_eight_handles_does_not_use_up_a_minutes_logins() -> None:
    centre = Centre()
    for number in range(8):
        login = command("force_login", number, subscriber=person(1), handle=f"wx-{number}")
        centre.do(login)
    assert [task.action for task in sent(centre.said)] == ["force_login"] * 4 + ["approve"] * 4
    assert {task.why for task in proposals(centre.said)} == {"limit_person"}
    assert [task.action for task in sent(centre.do(command("suspend", 9)))] == ["suspend"]


def test_holds_have_a_budget_of_their_own() -> None:
    centre = Centre()
    for number in range(20):
        centre.do(command("hold", number))
    assert [task.action for task in sent(centre.said)].count("hold") == 12
    assert [task.action for task in sent(centre.do(command("freeze", 21)))] == ["freeze"]


def test_what_the_relay_wants_to_be_asked_about_is_asked() -> None:
    centre = Centre()
    (asked,) = sent(centre.do(command("freeze", 1), ask="not_own"))
    assert (asked.action, asked.why) == ("approve", "not_own")
    assert [task.action for task in sent(centre.do(command("freeze", 1), approved=True, ask="not_own"))] == ["freeze"]


# -- giving back ---------------------------------------------------------------------------------------------------


def give_back(centre: Centre, action: str, undo: str, number: int, now: int = NOON, **fields: Any) -> list[Any]:
    of = uuid(action, fields.pop("of", number))
    approved = fields.pop("approved", False)
    return sent(centre.do(command(undo, number, issued_at=now, **fields), now, of=of, approved=approved))


def test_what_was_taken_is_given_back_once() -> None:
    centre = Centre()
    centre.do(command("suspend", 1))
    (restore,) = give_back(centre, "suspend", "restore", 1)
    assert (restore.action, restore.policy_version) == ("restore", "v1/p1/2026-11-01/2026-11-01")
    assert give_back(centre, "suspend", "restore", 1) == []
    assert centre.desk.timer_at(centre.state) == 0


def test_what_was_never_taken_is_not_given_back() -> None:
    assert give_back(Centre(), "freeze", "release", 1) == []


def test_an_account_that_two_cases_hold_is_released_by_the_last() -> None:
    centre = Centre()
    centre.do(command("stop_payment", 1, account=NAMED_ALIKE))
    centre.do(command("freeze", 2, account=NAMED_ALIKE))
    assert give_back(centre, "stop_payment", "release", 1, account=NAMED_ALIKE) == []
    (release,) = give_back(centre, "freeze", "release", 2, account=NAMED_ALIKE)
    assert release.case_id == uuid("case", 2)


def test_a_transfer_is_let_go_though_its_account_is_frozen_and_the_freeze_stays() -> None:
    centre = Centre()
    centre.do(command("hold", 1, account=NAMED_ALIKE))
    centre.do(command("freeze", 2, account=NAMED_ALIKE))
    (release,) = give_back(centre, "hold", "release", 1, account=NAMED_ALIKE, transaction_id="transfer-1")
    assert (release.account, release.transaction_id) == (NAMED_ALIKE, "transfer-1")
    assert len(give_back(centre, "freeze", "release", 2, account=NAMED_ALIKE)) == 1


def test_a_phone_barred_twice_is_restored_in_full_by_the_last() -> None:
    centre = Centre()
    centre.do(command("suspend", 1, scope="all"))
    centre.do(command("suspend", 2, scope="incoming", subscriber=person(1)))
    assert give_back(centre, "suspend", "restore", 1, scope="all") == []
    (restore,) = give_back(centre, "suspend", "restore", 2, scope="incoming", subscriber=person(1))
    assert restore.scope == "all"


def test_a_hold_past_its_end_keeps_nobody_else_from_giving_back() -> None:
    centre = Centre()
    centre.do(command("freeze", 1, account=NAMED_ALIKE, hours=1))
    centre.do(command("freeze", 2, account=NAMED_ALIKE, hours=2))
    later = NOON + HOUR_MS + MINUTE_MS
    assert len(give_back(centre, "freeze", "release", 2, later, account=NAMED_ALIKE)) == 1
    assert give_back(centre, "freeze", "release", 1, later, account=NAMED_ALIKE) == [], "lifted with the other"


def test_a_hold_that_nobody_gives_back_is_forgotten_a_week_after_its_end() -> None:
    centre = Centre()
    centre.do(command("freeze", 1, hours=1))
    centre.wait(NOON + HOUR_MS + FORGET_AFTER_MS - 1)
    assert len(centre.state.taken) == 1
    centre.wait(NOON + HOUR_MS + FORGET_AFTER_MS)
    assert not centre.state.taken


def test_a_return_that_failed_goes_out_again_unless_somebody_holds_the_account_by_now() -> None:
    centre = Centre()
    assert len(give_back(centre, "freeze", "release", 1, approved=True, account=NAMED_ALIKE)) == 1
    centre.do(command("stop_payment", 2, account=NAMED_ALIKE))
    assert give_back(centre, "freeze", "release", 1, approved=True, account=NAMED_ALIKE) == []


@pytest.mark.parametrize(("undo", "fields"), [("restore", {}), ("release", {"account": NAMED_ALIKE})])
def test_a_return_of_something_else_is_none(undo: str, fields: dict[str, Any]) -> None:
    centre = Centre()
    centre.do(command("freeze", 1))
    assert give_back(centre, "freeze", undo, 1, **fields) == []
    assert len(centre.state.taken) == 1


def test_with_too_many_holds_to_remember_an_officer_is_asked_and_a_yes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(d, "TAKEN_MAX", 3)
    centre = Centre()
    for number in range(3):
        centre.do(command("stop_payment", number, hours=3 - number))
    (proposal,) = proposals(centre.do(command("stop_payment", 4)))
    assert proposal.why == "limit_share"
    centre.do(command("stop_payment", 4), approved=True)
    assert len(centre.state.taken) == 3
    assert give_back(centre, "stop_payment", "release", 2) == [], "what ends first was forgotten"
    assert len(give_back(centre, "stop_payment", "release", 4)) == 1
