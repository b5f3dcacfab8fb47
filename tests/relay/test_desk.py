"""The desk: who gets a task, what is held back and why, who gives back what; and nothing is ever dropped."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.desk import question as q
from agents.desk import reducer as d
from agents.desk.limits import PASSED_MAX, WINDOW_MS, Limits
from agents.desk.question import question
from agents.desk.reducer import FORGET_AFTER_MS, Desk, signed
from agents.desk.roster import Roster, manned
from agents.desk.state import DeskState
from schemas.codec import encode
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, SessionCommand
from schemas.events import Outcome
from schemas.fields import LABEL_CHARS_MAX, LEVELS
from schemas.ids import command_id
from schemas.orders import Order
from schemas.topics import ACCOUNT, DISSUASION, OUTCOMES, PHONE, SESSION, Output
from streams.core.duty import Count
from tests.relay.test_roster import AREAS, HOUR_MS, at, small, team

NOON = at("12:00")
MINUTE_MS = 60_000
NAMED_ALIKE = "6222999900000001"
MODELS: dict[str, Any] = {
    "restore": PhoneCommand,
    "suspend": PhoneCommand,
    "force_login": SessionCommand,
    "dissuade": Dissuasion,
}


def uuid(kind: str, number: int) -> str:
    return command_id("test", kind, str(number))


def person(number: int) -> str:
    return f"+86138{number:08d}"


def command(action: str, number: int, issued_at: int = NOON, hours: float = 24, **fields: Any) -> Any:
    """A command like those of a person's relay."""
    reason = {"code": fields.pop("rule", "pay.on_line"), "weight": 3.0, "text": "pays", "text_zh": "通话中转账"}
    common = {
        "command_id": uuid(action, number), "case_id": uuid("case", number), "issued_at": issued_at,
        "expires_at": issued_at + int(hours * HOUR_MS), "subscriber": person(number), "level": "red", "score": 0.97,
        "typology": "fake_police", "reasons": (reason,), "policy_version": "v1/p1", "caused_by": "t-1",
        "action": action,
    }  # fmt: skip
    account = {"account": f"62220000{number:04d}", "hop": 0}
    mine: dict[str, dict[str, Any]] = {
        "dissuade": {"channel": "call", "deadline_at": issued_at + MINUTE_MS, "script": "请勿转账"},
        "force_login": {"handle": "wx-1"}, "freeze": account, "stop_payment": account, "release": account,
    }  # fmt: skip
    return MODELS.get(action, AccountCommand).model_validate({**common, **mine.get(action, {}), **fields})


class Centre:
    """A desk at work, woken as the engine wakes it: each timer before the first order of a later time.

    Its state goes through its changelog form at every step.
    """

    def __init__(self, roster: Roster | None = None, limits: Limits | None = None) -> None:
        self.desk = Desk(roster or Roster.load(), limits or Limits.load())
        self.state = DeskState()
        self.said: list[Output | Count] = []
        self.given: list[tuple[int, Any]] = []
        """When each command was sent."""
        self.orders = 0

    def do(self, what: Any, now: int = NOON, area: str | None = "district-00", **fields: Any) -> list[Any]:
        """Order a command; what follows."""
        return self.order(now, kind="do", command=what, area=area, **fields)

    def done(self, of: str, now: int = NOON) -> list[Any]:
        return self.order(now, kind="done", of=of)

    def order(self, now: int, **fields: Any) -> list[Any]:
        self.orders += 1
        order = Order(event_id=f"order-{self.orders}", occurred_at=now, **fields)
        return [*self.wait(now), *self._step(self.desk.order, order, now)]

    def wait(self, until: int) -> list[Any]:
        """Let time pass; what it brings."""
        said: list[Any] = []
        while 0 < (due := self.desk.timer_at(self.state)) <= until:
            said += self._step(self.desk.on_timer, due)
            assert not 0 < self.desk.timer_at(self.state) <= due, "a timer that fired is still set"
        return said

    def _step(self, step: Any, *args: Any) -> list[Any]:
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.state), type=DeskState)
        self.state, said = step(state, *args)
        self.said += said
        self.given += [(self.state.at, task) for task in sent(said)]
        return list(said)

    @property
    def loads(self) -> Counter[tuple[str, str]]:
        return Counter((task.team, task.unit) for task in self.state.tasks)


def sent(said: Sequence[Any]) -> list[Any]:
    """The commands among what was said."""
    return [item.value for item in said if isinstance(item, Output) and item.topic is not OUTCOMES]


def told(said: Sequence[Any]) -> list[tuple[str, str]]:
    """Outcomes that the desk told."""
    return [
        (item.value.command_id, item.value.outcome)
        for item in said
        if isinstance(item, Output) and item.topic is OUTCOMES
    ]


def counted(said: Sequence[Any]) -> list[tuple[str, ...]]:
    return [(item.metric, *item.labels) for item in said if isinstance(item, Count)]


def limits(**fields: Any) -> Limits:
    return Limits.model_validate({**Limits.load().model_dump(mode="json"), **fields})


def one_officer(**fields: Any) -> Centre:
    """A centre with one officer for calls by day, and one by night."""
    return Centre(
        small(team("day", "call", shift="08:00-22:00"), team("night", "call", shift="22:00-08:00"), **fields)
    )  # fmt: skip


# -- tasks ---------------------------------------------------------------------------------------------------------


def test_a_call_goes_to_an_officer_of_the_shift_and_a_visit_to_one_of_the_area() -> None:
    centre = Centre()
    (call,) = centre.do(command("dissuade", 1))
    (visit,) = centre.do(command("dissuade", 2, channel="visit"), area="district-07")
    assert (call.topic, call.key) == (DISSUASION, person(1))
    assert (call.value.team, call.value.unit) == ("early-warning-1", "early-warning-1-01")
    assert visit.value.team in ("station-07", "patrol-07-day")
    assert call.value.policy_version == "v1/p1/2026-11-01/2026-11-01"
    assert call.value.command_id == uuid("dissuade", 1)


def test_calls_are_spread_over_the_officers() -> None:
    centre = Centre()
    units = [sent(centre.do(command("dissuade", n)))[0].unit for n in range(24)]
    assert len(set(units)) == 24


def test_a_task_for_which_nobody_is_free_waits_until_one_is_done() -> None:
    centre = one_officer()
    assert len(sent(centre.do(command("dissuade", 1, level="yellow")))) == 1
    assert centre.do(command("dissuade", 2, level="yellow")) == [Count("waiting_tasks", ("yellow",))]
    (call,) = sent(centre.done(uuid("dissuade", 1), NOON + MINUTE_MS))
    expected = command("dissuade", 2, level="yellow", team="day", unit="day-01", policy_version="v1/p1/2026-11-01/r1")
    assert call == expected


def test_what_waits_goes_out_by_level_and_then_by_time() -> None:
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    levels = ["red", "yellow", "orange", "red", "orange", "red"]
    for number, level in enumerate(levels):
        centre.do(command("dissuade", number, level=level), NOON + number)
    order, current = [], 0
    for _ in levels[1:]:
        (call,) = sent(centre.done(uuid("dissuade", current), NOON + MINUTE_MS))
        current = next(n for n in range(6) if uuid("dissuade", n) == call.command_id)
        order.append(current)
    assert order == [3, 5, 2, 4, 1]


def test_red_calls_overflow_to_the_command_centre_and_yellow_ones_do_not() -> None:
    centre = one_officer()
    for number, level in enumerate(("red", "red", "yellow")):
        centre.do(command("dissuade", number, level=level))
    assert [call.team for call in sent(centre.said)] == ["day", "centre"]
    assert [waiting.level for waiting in centre.state.queue] == ["yellow"]


def test_what_waits_takes_over_when_the_next_shift_begins() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    said = centre.wait(at("22:00"))
    assert told(said) == [(uuid("dissuade", 1), "handed_over")]
    assert counted(said) == [("handed_over",)]
    assert [call.unit for call in sent(said)] == ["night-01"]


def test_a_task_that_waited_too_long_is_told_to_have_expired() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1))
    centre.do(command("dissuade", 2, level="yellow", hours=1))
    (outcome,) = centre.wait(NOON + HOUR_MS)
    assert outcome == Output(
        OUTCOMES, person(2),
        Outcome(command_id=uuid("dissuade", 2), occurred_at=NOON + HOUR_MS, subscriber=person(2), outcome="expired",
                actor="desk"),
    )  # fmt: skip
    assert centre.state.queue == []


def test_when_more_come_on_duty_those_who_wait_are_not_overtaken() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    centre.desk.roster = small(team("day", "call", count=2))
    centre.do(command("dissuade", 3, level="yellow"))
    assert [call.command_id for call in sent(centre.said)] == [uuid("dissuade", 1), uuid("dissuade", 2)]


def test_a_task_that_is_withdrawn_while_it_waits_never_goes_out() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    assert centre.done(uuid("dissuade", 2)) == []
    assert centre.done(uuid("dissuade", 1)) == []
    assert centre.desk.timer_at(centre.state) == 0


def test_a_task_ordered_twice_is_given_once() -> None:
    centre = one_officer()
    for number in (1, 2, 1, 2):
        centre.do(command("dissuade", number, level="yellow"))
    assert len(sent(centre.said)) == 1
    assert len(centre.state.queue) == 1


def test_the_end_of_an_unknown_task_changes_nothing() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1))
    before = msgspec.msgpack.encode(centre.state)
    assert centre.done(uuid("dissuade", 9)) == []
    assert msgspec.msgpack.encode(centre.state) == before
    centre.done(uuid("dissuade", 1))
    assert centre.done(uuid("dissuade", 1)) == []


def test_an_officer_who_never_tells_the_end_is_free_when_the_task_expires() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1, level="yellow", hours=1))
    centre.do(command("dissuade", 2, level="yellow"))
    assert [call.command_id for call in sent(centre.wait(NOON + HOUR_MS))] == [uuid("dissuade", 2)]


def test_a_full_queue_drops_nothing_the_oldest_of_the_lowest_level_becomes_the_centres() -> None:
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    centre.do(command("dissuade", 0))
    for number in range(1, d.QUEUE_MAX + 1):
        centre.do(command("dissuade", number, level="yellow" if number % 2 else "orange"))
    (waits, call) = centre.do(command("dissuade", 1_000, level="red"))
    assert waits == Count("waiting_tasks", ("red",))
    assert (call.value.command_id, call.value.team, call.value.unit) == (uuid("dissuade", 1), "centre", None)
    assert len(centre.state.queue) == d.QUEUE_MAX


def test_a_queue_of_long_commands_is_bounded_in_bytes() -> None:
    centre = one_officer(overflow=dict.fromkeys(LEVELS, "queue"))
    noise = [chr(0x4E00 + (n * n * 7919 + n * 31) % 20_000) for n in range(2_000 * 60)]
    for number in range(60):
        centre.do(command("dissuade", number, script="".join(noise[number * 2_000 : (number + 1) * 2_000])))
    assert sum(len(waiting.packed) for waiting in centre.state.queue) <= d.QUEUE_BYTES_MAX
    assert len(sent(centre.said)) + len(centre.state.queue) == 60
    assert len(centre.state.queue) < 59


def test_a_task_that_names_its_team_is_that_teams_even_when_all_are_busy() -> None:
    centre = one_officer()
    for number in (1, 2):
        centre.do(command("dissuade", number, team="centre", level="yellow"))
    centre.do(command("dissuade", 3, team="long gone", level="yellow"))
    assert [(call.team, call.unit) for call in sent(centre.said)] == [
        ("centre", "centre-01"), ("centre", None), ("centre", None),
    ]  # fmt: skip


@pytest.mark.parametrize("channel", ["sms", "app", "bot", "desk"])
def test_what_takes_no_officers_time_passes(channel: str) -> None:
    centre = Centre()
    (task,) = sent(centre.do(command("dissuade", 1, channel=channel)))
    assert (task.unit, centre.state.tasks) == (None, [])


def test_whoever_is_struck_off_the_roster_hands_over_at_the_next_wake() -> None:
    centre = one_officer()
    centre.do(command("dissuade", 1))
    centre.desk.roster = small(team("other", "call", shift="08:00-22:00"))
    said = centre.wait(at("22:00"))
    assert told(said) == [(uuid("dissuade", 1), "handed_over")]


def test_those_who_stay_on_keep_what_they_have() -> None:
    centre = Centre()
    centre.do(command("dissuade", 1, issued_at=at("07:50")), at("07:50"))
    assert centre.wait(at("11:00")) == [], "the seat at the command centre is manned round the clock"


# -- measures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "topic", "key"),
    [
        ("suspend", PHONE, person(1)),
        ("force_login", SESSION, person(1)),
        ("freeze", ACCOUNT, "622200000001"),
        ("stop_payment", ACCOUNT, "622200000001"),
    ],
)
def test_a_measure_within_its_limits_goes_out_at_once(action: str, topic: Any, key: str) -> None:
    asked = command(action, 1)
    (output,) = Centre().do(asked)
    expected = asked.model_copy(update={"policy_version": "v1/p1/2026-11-01/2026-11-01"})
    assert output == Output(topic, key, expected)


def test_the_versions_of_all_policies_fit_into_a_label() -> None:
    assert len(signed("v" * 64, "l" * 15, "r" * 15)) == LABEL_CHARS_MAX


def proposals(said: Sequence[Any]) -> list[Dissuasion]:
    return [task for task in sent(said) if task.action == "approve"]


def test_the_kill_switch_stops_suspensions_and_freezes_and_nothing_else() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    for action in ("suspend", "freeze", "stop_payment", "force_login", "dissuade"):
        centre.do(command(action, 1))
    assert [(task.proposes, task.why) for task in proposals(centre.said)] == [
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
    assert (proposal.proposes, proposal.why, proposal.case_id) == (asked.command_id, "four_eyes", asked.case_id)
    assert proposal.command_id == command_id(asked.case_id, "approve/freeze", asked.command_id)
    assert (proposal.deadline_at, proposal.expires_at) == (NOON + 300_000, asked.expires_at)
    assert (proposal.reasons, proposal.score, proposal.caused_by) == (asked.reasons, asked.score, asked.caused_by)


def test_what_an_officer_approved_passes_and_frees_the_officer() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    centre.do(command("freeze", 1))
    assert len(centre.state.tasks) == 1
    (freeze,) = sent(centre.do(command("freeze", 1), NOON + MINUTE_MS, approved=True))
    assert freeze.command_id == uuid("freeze", 1)
    assert centre.state.tasks == []


@pytest.mark.parametrize("of", [uuid("freeze", 1), d.proposal_id(command("freeze", 1))])
def test_what_an_officer_declined_frees_the_officer_whichever_id_is_told(of: str) -> None:
    centre = Centre(limits=limits(kill_switch=True))
    centre.do(command("freeze", 1))
    assert centre.done(of) == []
    assert centre.state.tasks == []


def test_giving_back_what_still_waits_for_a_yes_takes_the_question_back() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    centre.do(command("freeze", 1))
    assert centre.do(command("release", 1), of=uuid("freeze", 1)) == []
    assert centre.state.tasks == []


def test_a_question_is_asked_once_while_an_officer_has_it() -> None:
    centre = Centre(limits=limits(kill_switch=True))
    assert len(centre.do(command("freeze", 1))) == 2
    assert centre.do(command("freeze", 1)) == []


def test_with_nobody_free_to_decide_a_question_is_the_whole_teams() -> None:
    centre = Centre(small(), limits(kill_switch=True))
    for number in (1, 2):
        centre.do(command("suspend", number))
    assert [(task.team, task.unit) for task in proposals(centre.said)] == [("centre", "centre-01"), ("centre", None)]
    assert centre.state.queue == []


@pytest.mark.parametrize(
    ("why", "areas", "rules"),
    [("limit_area", AREAS[:1], ["a", "b", "c"]), ("limit_rule", AREAS, ["a"]), ("limit_total", AREAS, ["a", "b", "c"])],
)
def test_a_wave_passes_as_far_as_the_limits_go_and_the_rest_is_asked(
    why: str, areas: list[str], rules: list[str]
) -> None:
    centre = Centre()
    passes = {"limit_area": 6, "limit_rule": 20, "limit_total": 30}[why]
    for number in range(40):
        asked = command("suspend", number, rule=rules[number % len(rules)])
        centre.do(asked, NOON + number, area=areas[number % len(areas)])
    actions = [task.action for task in sent(centre.said)]
    assert actions == ["suspend"] * passes + ["approve"] * (40 - passes)
    assert {task.why for task in proposals(centre.said)} == {why}
    assert counted(centre.said).count(("limited", why.removeprefix("limit_"))) == 40 - passes
    assert [task.action for task in sent(centre.do(command("suspend", 41), NOON + 40 + WINDOW_MS))] == ["suspend"]


def test_what_was_approved_counts_for_those_that_come_after() -> None:
    centre = Centre()
    for number in range(7):
        centre.do(command("suspend", number), approved=True)
    assert [task.action for task in sent(centre.said)] == ["suspend"] * 7
    (proposal,) = proposals(centre.do(command("suspend", 8)))
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
    assert set(q.WHY_ZH) == {"kill_switch", "four_eyes", *(f"limit_{w}" for w in ("total", "area", "rule", "share"))}


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
    assert centre.state.taken == {}


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


# -- orders that make no sense, and time ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "do"},
        {"kind": "done"},
        {"kind": "do", "command": command("release", 1)},
        {"kind": "do", "command": command("restore", 1), "approved": True},
    ],
    ids=str,
)
def test_an_order_that_makes_no_sense_does_nothing(fields: dict[str, Any]) -> None:
    centre = Centre()
    assert centre.order(NOON, **fields) == []
    assert centre.desk.timer_at(centre.state) == 0


def test_an_idle_desk_sets_no_timer() -> None:
    centre = Centre()
    assert centre.desk.timer_at(centre.state) == 0
    centre.do(command("force_login", 1))
    assert centre.desk.timer_at(centre.state) == 0
    centre.do(command("dissuade", 1))
    assert centre.desk.timer_at(centre.state) == at("15:00")
    centre.done(uuid("dissuade", 1))
    assert centre.desk.timer_at(centre.state) == 0


def test_an_order_from_earlier_is_decided_by_the_latest_time_known() -> None:
    centre = Centre()
    centre.do(command("dissuade", 1), at("15:00"))
    (call,) = sent(centre.do(command("dissuade", 2), at("14:00")))
    assert call.team == "early-warning-2"
    assert centre.state.at == at("15:00")


# -- whatever comes ------------------------------------------------------------------------------------------------

PEOPLE = st.integers(0, 5)
STEP_MS = st.integers(-10 * MINUTE_MS, 90 * MINUTE_MS)
TASK = st.tuples(st.just("task"), st.integers(0, 40), st.sampled_from(["call", "visit"]), st.sampled_from(LEVELS))
DONE = st.tuples(st.just("done"), st.integers(0, 40))
TAKE = st.tuples(
    st.just("take"), st.sampled_from(["suspend", "freeze", "stop_payment"]), PEOPLE, st.integers(0, 2), st.booleans()
)
GIVE = st.tuples(st.just("give"), st.sampled_from(["suspend", "freeze", "stop_payment"]), PEOPLE, st.integers(0, 2))


def moves(*kinds: Any) -> Any:
    return st.lists(st.tuples(STEP_MS, st.sampled_from([*AREAS[:2], None, "nowhere"]), st.one_of(*kinds)), max_size=60)


SMALL = small(
    team("calls", "call", shift="08:00-22:00", count=2, capacity=2),
    team("nights", "call", shift="22:00-08:00"),
    team("visits-0", "visit", [AREAS[0]]),
    team("visits-1", "visit", [AREAS[1]], shift="06:00-18:00", count=2),
)
CAPACITY = {(unit.team, unit.name): unit.capacity for team_ in SMALL.teams for unit in team_.members}


class Played(Centre):
    """A centre to which drawn orders come."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(SMALL, limits(**fields))
        self.now = NOON
        self.asked: dict[str, Any] = {}

    def play(self, step_ms: int, area: str | None, move: Any) -> list[Any]:
        self.now = max(self.now + step_ms, NOON)
        kind, *what = move
        return getattr(self, f"_{kind}")(area, *what)  # type: ignore[no-any-return]

    def _task(self, area: str | None, number: int, channel: str, level: str) -> list[Any]:
        task = command("dissuade", number, self.now, hours=4, channel=channel, level=level)
        if task.command_id in self.asked:
            return []
        self.asked[task.command_id] = task
        return self.do(task, self.now, area)

    def _done(self, _: str | None, number: int) -> list[Any]:
        return self.done(uuid("dissuade", number), self.now)

    def _take(self, area: str | None, action: str, who: int, target: int, approved: bool) -> list[Any]:
        return self.do(self.taking(action, who, target), self.now, area, approved=approved)

    def _give(self, _: str | None, action: str, who: int, target: int) -> list[Any]:
        undo = "restore" if action == "suspend" else "release"
        taking = self.taking(action, who, target)
        fields = {"subscriber": taking.subscriber}
        if undo == "release":
            fields["account"] = taking.account
        return self.do(command(undo, who, self.now, **fields), self.now, None, of=taking.command_id)

    def taking(self, action: str, who: int, target: int) -> Any:
        """One case's measure against one target: cases share targets."""
        fields = {"subscriber": person(target)} if action == "suspend" else {"account": f"acct-{target}"}
        return command(action, who * 10 + target, self.now, hours=5, **fields)


@settings(max_examples=120, deadline=None)
@given(moves(TASK, DONE))
def test_nobody_ever_has_more_than_they_can_carry_and_only_those_on_duty_are_given_tasks(drawn: Any) -> None:
    centre = Played()
    for move in drawn:
        centre.play(*move)
        assert all(load <= CAPACITY[unit] for unit, load in centre.loads.items())
    for moment, task in centre.given:
        assert task.unit is None or (task.team, task.unit) in manned(SMALL, moment)


@settings(max_examples=120, deadline=None)
@given(moves(TASK, DONE), st.integers(0, 3))
def test_no_task_is_dropped(drawn: Any, queue_max: int) -> None:
    """Every task ordered is out, waits, was withdrawn, or is told to have expired; and never two of these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(d, "QUEUE_MAX", queue_max)
        centre = Played()
        withdrawn: set[str] = set()
        for move in drawn:
            before = {waiting.command_id for waiting in centre.state.queue}
            centre.play(*move)
            if move[2][0] == "done":
                withdrawn |= before & {uuid("dissuade", move[2][1])}
    out = Counter(task.command_id for task in sent(centre.said))
    waits = {waiting.command_id for waiting in centre.state.queue}
    expired = Counter(command_id for command_id, outcome in told(centre.said) if outcome == "expired")
    assert all(count == 1 for count in (*out.values(), *expired.values()))
    ended_waiting = withdrawn - set(out) - set(expired)
    assert sorted(centre.asked) == sorted([*out, *waits, *expired, *ended_waiting])
    centre.wait(centre.now + 5 * HOUR_MS)
    assert centre.state.queue == []
    assert centre.desk.timer_at(centre.state) == 0


@settings(max_examples=150, deadline=None)
@given(moves(TAKE, GIVE))
def test_whatever_is_taken_is_given_back_once_by_the_last_who_holds_it(drawn: Any) -> None:
    centre = Played()
    holders: dict[tuple[str, str], dict[str, int]] = {}
    for step_ms, area, move in drawn:
        said = sent(centre.play(step_ms, area, move))
        now = centre.state.at
        kind, action, who, target = move[:4]
        taking = centre.taking(action, who, target)
        thing = ("phone", taking.subscriber) if action == "suspend" else ("account", taking.account)
        held = holders.setdefault(thing, {})
        for mark in [mark for mark, until in held.items() if until + d.FORGET_AFTER_MS <= now]:
            del held[mark]
        if kind == "take":
            goes_out = [task.command_id for task in said if task.action == action]
            assert not set(goes_out) & set(held), "what holds is not taken twice"
            held.update((task.command_id, task.expires_at) for task in said if task.action == action)
            continue
        was_held = held.pop(taking.command_id, None) is not None
        is_last = not any(until > now for until in held.values())
        assert len(said) == int(was_held and is_last)
        if said:
            held.clear()


@settings(max_examples=100, deadline=None)
@given(moves(TAKE, GIVE), st.integers(1, 6), st.integers(1, 3))
def test_the_limits_hold_in_every_minute_unless_an_officer_said_yes(drawn: Any, total: int, area_most: int) -> None:
    centre = Played(per_minute=total, per_minute_area=area_most, per_minute_rule=5, population=60, share=0.05)
    passed: list[tuple[int, str | None]] = []
    for step_ms, area, move in drawn:
        said = sent(centre.play(step_ms // 100, area, move))
        now = centre.state.at
        for task in said:
            if task.action not in ("suspend", "freeze"):
                continue
            minute = [where for moment, where in passed if moment > now - WINDOW_MS]
            if not move[4]:
                assert len(minute) < min(total, 5)
                assert minute.count(area) < area_most
                assert len(taken_from(centre)) <= 3 or was_taken_from(centre, task)
            passed.append((now, area))


def taken_from(centre: Centre) -> set[str]:
    now = centre.state.at
    return {h.subscriber for h in centre.state.taken.values() if h.action in d.SHARED and h.until > now}


def was_taken_from(centre: Centre, task: Any) -> bool:
    now = centre.state.at
    holds = [h.subscriber for h in centre.state.taken.values() if h.action in d.SHARED and h.until > now]
    return holds.count(task.subscriber) > 1


@settings(max_examples=80, deadline=None)
@given(moves(TASK, DONE, TAKE, GIVE))
def test_time_never_runs_backwards(drawn: Any) -> None:
    centre = Played(kill_switch=True)
    before = 0
    for move in drawn:
        said = centre.play(*move)
        assert centre.state.at >= before
        moments = [item.value.occurred_at for item in said if isinstance(item, Output) and item.topic is OUTCOMES]
        moments += [task.issued_at for task in proposals(said)]
        assert moments == sorted(moments)
        assert all(before <= moment <= centre.state.at for moment in moments)
        assert [one.at for one in centre.state.passed] == sorted(one.at for one in centre.state.passed)
        before = centre.state.at


@settings(max_examples=60, deadline=None)
@given(moves(TASK, DONE, TAKE, GIVE))
def test_the_same_orders_lead_to_the_same_commands_and_every_one_can_be_read(drawn: Any) -> None:
    first, second = Played(), Played()
    for move in drawn:
        assert first.play(*move) == second.play(*move)
    assert msgspec.msgpack.encode(first.state) == msgspec.msgpack.encode(second.state)
    for output in (item for item in first.said if isinstance(item, Output)):
        assert output.topic.model is not None
        assert output.topic.model.model_validate_json(encode(output.value)) == output.value
        assert output.key == getattr(output.value, output.topic.key)


# -- size ----------------------------------------------------------------------------------------------------------


def within_bounds(state: DeskState) -> None:
    assert len(state.tasks) <= d.TASKS_MAX
    assert len(state.queue) <= d.QUEUE_MAX
    assert len(state.passed) <= PASSED_MAX
    assert len(state.taken) <= d.TAKEN_MAX


def test_a_busy_days_state_is_small() -> None:
    centre = Centre()
    for number in range(30):
        area = AREAS[number % 24]
        centre.do(command("dissuade", number), area=area)
        centre.do(command("dissuade", 100 + number, channel="visit"), area=area)
        centre.do(command("freeze", number), area=area, approved=True)
    assert len(centre.state.tasks) == 60
    assert len(centre.state.taken) == 30
    assert len(msgspec.msgpack.encode(centre.state)) < 12_000


def test_a_flood_does_not_make_the_state_too_large_for_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    roster = small(team("calls", "call", count=200, capacity=20))
    centre = Centre(roster)
    for number in range(1_500):
        centre.desk.order(centre.state, Order(event_id="e", occurred_at=NOON, kind="do", area=AREAS[0],
                          command=command("dissuade", number)), NOON)  # fmt: skip
    for number in range(d.TAKEN_MAX + 20):
        centre.desk.order(centre.state, Order(event_id="e", occurred_at=NOON, kind="do", area=AREAS[0], approved=True,
                          command=command("freeze", number)), NOON)  # fmt: skip
    within_bounds(centre.state)
    assert len(centre.state.tasks) == d.TASKS_MAX
    assert len(centre.state.queue) == d.QUEUE_MAX
    assert len(centre.state.taken) == d.TAKEN_MAX
    assert len(msgspec.msgpack.encode(centre.state)) < 524_288
