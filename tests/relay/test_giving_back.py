"""Over any sequence of events and outcomes: whatever was taken is given back exactly once, and nothing is given back
that a still open case holds. Judged from outside: from the commands and the case records that left, and what was told.
"""

from collections import Counter
from typing import Any, NamedTuple, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.desk.duty import DeskDuty
from agents.desk.state import DeskState
from agents.relay.case import PAYMENTS_MAX, SENT_MAX, CaseFile
from agents.relay.duty import RelayDuty
from agents.relay.table import OPEN
from agents.victims.rules import RULES
from interdict.topology import policy_record
from schemas.cases import MOMENTS_MAX, TAKEN_MAX
from schemas.commands import Reason
from schemas.events import Outcome
from schemas.fields import EVENT_ID_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, REASONS_MAX
from schemas.ids import case_id, command_id
from schemas.orders import Payment, Signal
from schemas.topics import CASES, ORDERS, OUTCOMES, POLICIES, SIGNALS, Output
from tests.relay.town import GIVE_BACK, LIMITS, PLAYBOOK, ROSTER, TAKE, Person, Town, changed
from tests.victims.story import ABROAD, DAY_MS, MIDDAY, MINUTE_MS, POLICE_TEXT, STRANGER

HOUR_MS = 60 * MINUTE_MS
WORDS: tuple[str, ...] = get_args(Outcome.model_fields["outcome"].annotation)
FAILED = frozenset({"failed", "rejected", "expired"})
ATTEMPTS_LOOKED_FOR = 20
CASE_BYTES_MAX = 40_000
KEPT_MS = int(PLAYBOOK.keep_closed_h * HOUR_MS)
"""How long words are heard about a case that is closed. By then everything that it took ends by itself, or will within
a day."""

PEOPLE = tuple(f"+861380000000{n}" for n in range(3))
PAYERS = ("6222000000000001", "6222000000000001", "6222000000000003")
"""The first two share an account."""
MULES = ("6222999900000001", "6222999900000002", "6222000000000003")
"""The last one is the account of one of them."""
POLICIES_THERE_ARE: dict[str, list[Any]] = {
    "limits": [
        None,
        changed(LIMITS, kill_switch=True),
        changed(LIMITS, per_minute_area=1),
        changed(LIMITS, population=20, share=0.05),
        changed(LIMITS, four_eyes={"freeze": ["red"], "suspend": ["orange", "red"], "stop_payment": ["red"]}),
    ],
    "relay": [
        None,
        changed(PLAYBOOK, retries=0),
        changed(PLAYBOOK, retry_s=3_600, quiet_h={"calm": 30, "persuaded": 1}),
        changed(PLAYBOOK, expires_h={**PLAYBOOK.expires_h.model_dump(), "suspend": 1, "stop_payment": 2}),
    ],
}


# -- the model: what is known from outside -------------------------------------------------------------------------


class Took(NamedTuple):
    """One taking that left."""

    command: Any
    thing: tuple[str, str]
    place: int


class Gave(NamedTuple):
    """One return that left."""

    command: Any
    thing: tuple[str, str]
    place: int
    of: Took
    attempt: int


def thing(command: Any) -> tuple[str, str]:
    """What a command takes or gives back."""
    account = getattr(command, "account", None)
    return ("phone", command.subscriber) if account is None else ("account", account)


class Ledger:
    """The books: every command that left, once."""

    def __init__(self) -> None:
        self.left: dict[str, Any] = {}
        self.took: list[Took] = []
        self.gave: list[Gave] = []
        self.settled: set[str] = set()
        """Ids of takings after which their phone or account was given back."""
        self.records: dict[str, Any] = {}
        self.forgotten_at: dict[str, int] = {}
        """When a case that was opened again later had been forgotten."""
        self.told: dict[str, set[str]] = {}
        self.to_be_seen_to: list[Gave] = []
        """Returns that were told to have failed while their case was known."""

    def note(self, command: Any) -> None:
        """A command leaves."""
        if command.action == "force_login" and "approved" in self.told.get(command.command_id, ()):
            return  # the desk keeps no books on logins: a yes to one that was not held back sends it again
        assert command.command_id not in self.left, f"{command.action} left twice under one id"
        self.left[command.command_id] = command
        if command.action in TAKE:
            self.took.append(Took(command, thing(command), len(self.left)))
        elif command.action in GIVE_BACK:
            self._note_return(command)

    def _note_return(self, command: Any) -> None:
        of, attempt = self._what_it_gives_back(command)
        lifted = {took.command.command_id for took in self.took if took.thing == thing(command)}
        if attempt == 1:
            assert lifted - self.settled, "given back twice"
        else:
            before = command_id(command.case_id, f"give_back-{attempt - 1}", of.command.command_id)
            assert before not in self.left or self.told.get(before, set()) & FAILED, "given back again without need"
        self.settled |= lifted
        self.gave.append(Gave(command, thing(command), len(self.left), of, attempt))
        assert not [took for took in self._held(self.gave[-1]) if took.command.subscriber != command.subscriber]

    def _what_it_gives_back(self, command: Any) -> tuple[Took, int]:
        for took in self.took:
            for attempt in range(1, ATTEMPTS_LOOKED_FOR):
                if command_id(command.case_id, f"give_back-{attempt}", took.command.command_id) == command.command_id:
                    assert took.thing == thing(command), "something else is given back"
                    return took, attempt
        raise AssertionError("nothing was taken that this gives back")

    def file(self, record: Any) -> None:
        """A case record leaves."""
        if (forgotten_at := self._forgotten_at(record.case_id)) and forgotten_at <= record.updated_at:
            self.forgotten_at[record.case_id] = forgotten_at
        self.records[record.case_id] = record

    def _forgotten_at(self, case: str) -> int:
        """When a case that is closed is forgotten; 0 while it is open."""
        closed_at = self.records[case].closed_at if case in self.records else None
        return closed_at + KEPT_MS if closed_at else 0

    def hear(self, outcome: Outcome, now: int) -> None:
        """Somebody tells what became of a command."""
        self.told.setdefault(outcome.command_id, set()).add(outcome.outcome)
        for gave in self.gave:
            if gave.command.command_id == outcome.command_id and outcome.outcome in FAILED:
                case = gave.of.command.case_id
                was_forgotten = gave.command.issued_at < self.forgotten_at.get(case, 0)
                if not was_forgotten and not 0 < self._forgotten_at(case) <= now:
                    self.to_be_seen_to.append(gave)

    def check_step(self, since: int) -> None:
        """No return of this step gave back what a case holds, the person's own among them."""
        for gave in self.gave[since:]:
            assert self._held(gave) == [], "given back while a case holds it"

    def _held(self, gave: Gave) -> list[Took]:
        """What holds a thing that is given back."""
        before = [took for took in self.took if took.thing == gave.thing and took.place < gave.place]
        return [t for t in before if t.command.expires_at > gave.command.issued_at and not self._is_given_back(t)]

    def _is_given_back(self, took: Took) -> bool:
        record = self.records[took.command.case_id]
        return any(t.command_id == took.command.command_id and t.status == "given_back" for t in record.taken)

    def check_end(self) -> None:
        """Once every case is closed, nothing is left that was taken; and no return that failed was let be."""
        assert all(record.state == "closed" for record in self.records.values())
        assert {took.command.command_id for took in self.took} <= self.settled, "taken, and not given back"
        by_hand = {getattr(command, "proposes", None) for command in self.left.values()}
        for gave in self.to_be_seen_to:
            again = any(other.thing == gave.thing and other.place > gave.place for other in self.gave)
            assert again or gave.command.command_id in by_hand, "a return failed, and nobody saw to it"


# -- the world: relays and the desk, woken as the engine wakes them ------------------------------------------------


class World:
    """Some people's relays and the desk they share. Every state goes through its changelog form at every step."""

    def __init__(self) -> None:
        self.relay, self.desk = RelayDuty(PLAYBOOK), DeskDuty(ROSTER, LIMITS)
        self.cases: dict[str, CaseFile | None] = dict.fromkeys(PEOPLE)
        self.desk_state: DeskState | None = None
        self.now = MIDDAY
        self.episodes = Counter(dict.fromkeys(PEOPLE, 1))
        self.payments: dict[str, list[Payment]] = {person: [] for person in PEOPLE}
        self.count = 0
        self.ledger = Ledger()
        self.commands: list[Any] = []

    def play(self, move: Any) -> None:
        kind, *what = move
        getattr(self, kind)(*what)

    # -- moves

    def signal(self, who: int, level: Any, payee: int | None, anew: bool) -> None:
        """What `victims` thinks of somebody, at once or upon a payment; now and then of a new episode."""
        person = PEOPLE[who]
        self.count += 1
        event = f"event-{self.count}"
        if anew:
            self.episodes[person] += 1
            self.payments[person].clear()
        if payee is not None and PAYERS[who] != MULES[payee]:
            self.payments[person].append(Payment(event, PAYERS[who], MULES[payee], 5_000_000 + self.count))
            del self.payments[person][:-8]
        signal = Signal(
            case_id(person, f"episode-{self.episodes[person]}"), person, event, self.now, level, 0.9, "fake_police",
            REASONS[:3], "请勿转账", "v1", tuple(self.payments[person]), (f"wx-{who}",), f"district-0{who % 2}",
        )  # fmt: skip
        self.step(person, lambda case: self.relay.decide(case, person, SIGNALS, signal, self.now))

    def word(self, action: str, back: int, word: Any, earlier_ms: int) -> None:
        """Somebody tells something of one of the latest commands, or of what an officer is asked about."""
        those = [command for command in self.commands if command.action == action]
        if those:
            about = those[-1 - back % len(those)]
            told = about.proposes if action == "approve" else about.command_id
            self.tell(told, about.subscriber, word, max(self.now - earlier_ms, MIDDAY))

    def over(self, who: int, word: Any) -> None:
        """Good news of somebody."""
        those = [c.command_id for c in self.commands if c.action == "dissuade" and c.subscriber == PEOPLE[who]]
        if those:
            self.tell(those[-1], PEOPLE[who], word, self.now)

    def pause(self, how_long_ms: int) -> None:
        self.wait(self.now + how_long_ms)

    def policy(self, name: str, which: int) -> None:
        policy = POLICIES_THERE_ARE[name][which % len(POLICIES_THERE_ARE[name])]
        record = None if policy is None else policy_record(name, policy)
        for duty in (self.relay, self.desk):
            duty.on_broadcast(POLICIES, name, record)

    # -- what moves are made of

    def tell(self, about: str, person: str, word: Any, at: int, **more: Any) -> None:
        told = {"actor": "somebody", **more}
        self._hear(Outcome(command_id=about, occurred_at=at, subscriber=person, outcome=word, **told))

    def wait(self, until: int) -> None:
        """Let time pass, each timer firing at its own."""
        while (due := self._next_due()) is not None and due[0] <= until:
            at, key = due
            if key == "desk":
                self._step_desk(lambda state, at=at: self.desk.on_timer(state, "desk", at))
            else:
                self.step(key, lambda case, key=key, at=at: self.relay.on_timer(case, key, at))
            assert (at, key) < (self._next_due() or (at + 1, key)), "a timer that fired is still set"
        self.now = max(self.now, until)

    def end(self) -> None:
        """Let so much time pass that every case closes, and look at the books."""
        self.wait(self.now + 60 * DAY_MS)
        assert self._next_due() is None, "every timer has fired"
        self.ledger.check_end()

    def _next_due(self) -> tuple[int, str] | None:
        due = [(case.timer_at(), person) for person, case in self.cases.items() if case is not None]
        due += [(self.desk.timer_at(self.desk_state), "desk")] if self.desk_state is not None else []
        return min(((at, key) for at, key in due if at), default=None)

    def _hear(self, outcome: Outcome) -> None:
        self.ledger.hear(outcome, self.now)
        person = outcome.subscriber
        self.step(person, lambda case: self.relay.decide(case, person, OUTCOMES, outcome, outcome.occurred_at))

    def step(self, person: str, step: Any) -> None:
        """One step of a relay, and all that it leads to."""
        case, said = step(at_rest(self.cases[person], CaseFile))
        self.cases[person] = case
        if case is not None:
            within_bounds(case)
        since = len(self.ledger.gave)
        for output in said:
            self._pass_on(output)
        self.ledger.check_step(since)

    def _step_desk(self, step: Any) -> None:
        self.desk_state, said = step(at_rest(self.desk_state, DeskState))
        for output in said:
            self._pass_on(output)

    def _pass_on(self, output: Any) -> None:
        """A record reaches whom it is for."""
        if not isinstance(output, Output):
            return
        value = output.value
        if output.topic is ORDERS:
            self._step_desk(lambda state: self.desk.decide(state, "desk", ORDERS, value, value.occurred_at))
        elif output.topic is OUTCOMES:
            self._hear(value)
        elif output.topic is CASES:
            self.ledger.file(value)
        else:
            self.commands.append(value)
            self.ledger.note(value)


def at_rest(state: Any, kind: Any) -> Any:
    return None if state is None else msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=kind)


def within_bounds(case: CaseFile) -> None:
    assert len(case.timeline) <= MOMENTS_MAX
    assert len(case.taken) <= TAKEN_MAX
    assert len(case.before) <= TAKEN_MAX
    assert len(case.steps) <= SENT_MAX
    assert len(case.payments) <= PAYMENTS_MAX
    assert len(msgspec.msgpack.encode(case)) < CASE_BYTES_MAX


REASONS = tuple(
    Reason(code=rule.code, weight=3.0, text=rule.text, text_zh=rule.text_zh, event_ids=(f"event-{n}",) * 5)
    for n, rule in enumerate(RULES.values())
)

WHO = st.integers(0, len(PEOPLE) - 1)
ROBBED = st.tuples(
    st.just("signal"), WHO, st.just("red"), st.integers(0, len(MULES) - 1), st.sampled_from([False, False, True])
)
OVER = st.tuples(st.just("over"), WHO, st.sampled_from(["false_alarm", "persuaded"]))
SIGNAL = st.tuples(
    st.just("signal"), WHO, st.sampled_from(["red", "red", "orange", "yellow", "blue", None]),
    st.none() | st.integers(0, len(MULES) - 1), st.sampled_from([False, False, False, True]),
)  # fmt: skip
ABOUT = st.sampled_from(["approve", "dissuade", "dissuade", "force_login", *sorted(TAKE), *sorted(GIVE_BACK)])
WORD = st.tuples(
    st.just("word"), ABOUT, st.sampled_from([0, 0, 0, 1, 2, 5]), st.sampled_from([*WORDS, "failed", "failed"]),
    st.sampled_from([0, 0, MINUTE_MS, 10 * MINUTE_MS]),
)  # fmt: skip
PAUSE = st.tuples(
    st.just("pause"), st.sampled_from([s * 1_000 for s in (5, 31, 400, 3_585, 18_000, 45_000, 86_385, 180_000)])
)
POLICY = st.tuples(st.just("policy"), st.sampled_from(["limits", "relay"]), st.integers(0, 4))
MOVES = st.lists(st.one_of(ROBBED, ROBBED, OVER, SIGNAL, WORD, WORD, WORD, PAUSE, POLICY), max_size=60)


@settings(max_examples=500, deadline=None)
@given(MOVES)
def test_whatever_was_taken_is_given_back_once_and_nothing_that_an_open_case_holds(moves: list[Any]) -> None:
    world = World()
    for move in moves:
        world.play(move)
    world.end()


# -- the same through the whole chain ------------------------------------------------------------------------------

VICTIMS = 3
TOLD = st.tuples(
    st.integers(1, VICTIMS), ABOUT, st.sampled_from([*WORDS, "failed"]), st.sampled_from([0.2, 1, 7, 90, 700, 1_500])
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0.3, 5, 300]), min_size=VICTIMS, max_size=VICTIMS),
    st.lists(st.integers(1, 2), min_size=VICTIMS, max_size=VICTIMS),
    st.lists(TOLD, max_size=25),
    st.booleans(),
)
def test_people_robbed_by_the_same_mules_get_everything_back(
    pauses: list[float], mules: list[int], told: list[Any], kill_switch: bool
) -> None:
    town, ledger = Town(), Ledger()
    town.push("limits", changed(LIMITS, kill_switch=kill_switch))
    people = [Person(town, number) for number in range(1, VICTIMS + 1)]
    for person in people:
        person.habits(days=2)
        person.call(0, ABROAD, peer_type="foreign")
        person.text(10, STRANGER, POLICE_TEXT)
    minute = 40.0
    for person, pause, mule in zip(people, pauses, mules, strict=True):
        minute += pause
        person.pay(minute, f"622299990000000{mule}", 50_000, 10_000)
    for number, action, word, pause in told:
        minute += pause
        town.wait(minute)
        those = [command for command in people[number - 1].commands if command.action == action]
        if those:
            about = those[-1].proposes if action == "approve" else those[-1].command_id
            people[number - 1].tell(minute, those[-1].model_copy(update={"command_id": about}), word)
    town.wait(minute + 60 * 24 * 60)
    for output in town.outputs:
        if output.topic is CASES:
            ledger.file(output.value)
        elif output.topic.kind == "action":
            ledger.told.setdefault(output.value.command_id, set()).update(FAILED | {"approved"})
            ledger.note(output.value)
    ledger.check_end()
    for person in people:
        assert person.kept.timer_at == 0


# -- stories that went wrong ---------------------------------------------------------------------------------------


class One(World):
    """The first of the people, told of by moves with names."""

    who = PEOPLE[0]

    @property
    def case(self) -> CaseFile:
        case = self.cases[self.who]
        assert case is not None
        return case

    def red(self, *, mule: int | None = 0, anew: bool = False) -> None:
        self.signal(0, "red", mule, anew)

    def hears(self, action: str, word: str, back: int = 0) -> list[str]:
        """Somebody tells something of the latest command of an action; what leaves."""
        before = len(self.commands)
        self.word(action, back, word, 0)
        return self.left(before)

    def passes(self, **time: float) -> list[str]:
        before = len(self.commands)
        self.wait(self.now + int(1_000 * time.get("s", 0)) + int(HOUR_MS * time.get("h", 0)))
        return self.left(before)

    def left(self, since: int) -> list[str]:
        return [command.action for command in self.commands[since:]]


def test_a_case_that_was_opened_again_closes_again() -> None:
    world = One()
    states = []
    world.red()
    for step in (lambda: world.passes(h=25), lambda: world.red(mule=1), lambda: world.passes(h=25)):
        step()
        states.append(world.case.state)
    assert states == ["closed", "calling", "closed"]
    world.end()


def test_a_transfer_after_the_person_was_persuaded_begins_the_quiet_hours_anew() -> None:
    world = One()
    world.red()
    world.hears("dissuade", "persuaded")
    world.passes(h=PLAYBOOK.quiet_h.persuaded - 0.1)
    world.red(mule=1)
    assert "release" not in world.passes(h=0.2), "the robbery is on"
    assert world.case.state in OPEN
    world.end()


def test_a_measure_that_fails_just_before_its_end_is_not_ordered_for_no_time_at_all() -> None:
    world = One()
    world.red()
    world.passes(h=PLAYBOOK.expires_h.force_login - 15 / 3600)
    world.hears("force_login", "failed")
    assert "force_login" not in world.passes(s=PLAYBOOK.retry_s + 1)
    assert getattr(world.commands[-1], "why", None) == "failed", "a human is told"
    world.end()


@pytest.mark.parametrize("told_before", ["declined", "failed"])
def test_a_yes_that_comes_when_the_time_is_over_lets_nothing_out(told_before: str) -> None:
    world = One()
    world.red()
    world.hears("suspend", told_before)
    world.passes(h=20)
    world.red(mule=1)
    world.passes(h=5)
    suspend = next(command for command in world.commands if command.action == "suspend")
    before = len(world.commands)
    world.tell(suspend.command_id, world.who, "approved", world.now)
    assert "suspend" not in world.left(before)
    world.end()


def test_a_return_that_failed_is_tried_again_though_the_case_closes_meanwhile() -> None:
    world = One()
    world.policy("relay", 3)  # suspends for an hour
    world.red()
    assert "restore" in world.passes(h=1.1)
    world.hears("restore", "failed")
    assert "restore" not in world.hears("dissuade", "false_alarm")
    assert "restore" in world.passes(s=PLAYBOOK.retry_s + 1)
    world.end()


def test_a_return_that_failed_is_tried_again_though_the_next_case_has_begun() -> None:
    world = One()
    world.red()
    world.signal(0, "yellow", None, True)
    world.hears("restore", "failed")
    assert "restore" in world.passes(s=PLAYBOOK.retry_s + 1)
    for _ in range(PLAYBOOK.retries):
        world.hears("restore", "failed")
        world.passes(h=0.1)
    assert [c.proposes for c in world.commands if getattr(c, "why", None) == "failed"] == [
        [c.command_id for c in world.commands if c.action == "restore"][-1]
    ]
    world.end()


def test_the_next_case_takes_for_itself_what_the_one_before_gave_back() -> None:
    world = One()
    world.red()
    before = len(world.commands)
    world.red(anew=True)
    assert Counter(world.left(before)) == Counter(
        ["restore", "release", "release", "suspend", "freeze", "stop_payment", "force_login", "dissuade"]
    )
    world.end()


def test_a_return_that_failed_late_is_not_forgotten_with_its_case() -> None:
    world = One()
    world.red()
    world.hears("dissuade", "false_alarm")
    world.passes(h=PLAYBOOK.keep_closed_h, s=-10)
    world.hears("restore", "failed")
    assert "restore" in world.passes(s=PLAYBOOK.retry_s + 1)
    assert "restore" in [*world.hears("restore", "failed"), *world.passes(s=2 * PLAYBOOK.retry_s + 1)]
    world.end()


def test_a_return_that_is_carried_out_after_all_is_not_ordered_again() -> None:
    world = One()
    world.red()
    world.hears("dissuade", "false_alarm")
    world.hears("restore", "failed")
    world.hears("restore", "executed")
    assert world.passes(h=1) == []


def test_a_freeze_that_is_carried_out_after_all_is_not_ordered_again() -> None:
    world = One()
    world.red()
    world.hears("freeze", "failed")
    world.hears("freeze", "executed")
    assert "freeze" not in world.passes(s=PLAYBOOK.retry_s + 1)
    world.end()


def test_a_human_is_asked_once_however_often_it_is_told_that_nothing_helped() -> None:
    world = One()
    world.policy("relay", 1)  # no retries
    world.red()
    assert world.hears("freeze", "failed") == ["dissuade"]
    world.hears("freeze", "approved")
    assert world.hears("freeze", "failed") == []
    world.hears("dissuade", "false_alarm", back=1)
    assert world.hears("release", "failed") == ["dissuade"], "of its return, too"
    assert world.hears("release", "failed") == []
    world.end()


def test_an_attempt_is_made_once_though_the_one_before_is_said_to_have_failed_again() -> None:
    world = One()
    world.red()
    world.hears("freeze", "failed")
    assert "freeze" in world.passes(s=PLAYBOOK.retry_s + 1)
    world.hears("freeze", "expired")
    first = next(command for command in world.commands if command.action == "freeze")
    for word in ("approved", "failed"):
        world.tell(first.command_id, world.who, word, world.now)
    assert "freeze" not in world.passes(s=PLAYBOOK.retry_s + 1)
    world.end()


def test_a_yes_told_twice_lets_a_login_out_once() -> None:
    world = One()
    world.policy("limits", 3)  # one person at most
    world.signal(1, "red", 0, False)
    world.desk.on_broadcast(
        POLICIES, "limits", policy_record("limits", changed(LIMITS, four_eyes={"force_login": ["red"]}))
    )
    world.red()
    (question,) = [c for c in world.commands if c.action == "approve" and c.subscriber == world.who]
    logins = []
    for _ in range(2):
        before = len(world.commands)
        world.tell(question.proposes, world.who, "approved", world.now)
        logins += world.left(before)
    assert logins == ["force_login"]


def test_a_case_whose_calls_are_used_up_is_not_called_safe_after_new_evidence() -> None:
    world = One()
    for _ in range(PLAYBOOK.attempts["call"]):
        world.red(mule=None)
        world.red(mule=0)
        world.hears("dissuade", "persuaded")
        world.passes(h=0.1)
    for _ in range(20):
        world.red(mule=0)
        world.passes(h=2)
    assert world.case.closed_as is None
    world.end()


# -- whatever is said, in whatever state ---------------------------------------------------------------------------

PATHS: dict[str, list[Any]] = {
    "opened": [],
    "texting": [("signal", 0, "yellow", None, False)],
    "bot_calling": [("signal", 0, "yellow", None, False), ("pause", 16 * MINUTE_MS)],
    "calling": [("signal", 0, "red", 0, False), ("signal", 0, "red", 1, False)],
    "visiting": [("signal", 0, "red", 0, False), ("pause", 70_000)],
    "escalated": [("signal", 0, "red", 0, False), ("pause", 4 * MINUTE_MS)],
    "watching": [("signal", 0, "red", 0, False), ("word", "dissuade", 0, "persuaded", 0)],
    "closed": [("signal", 0, "red", 0, False), ("word", "dissuade", 0, "false_alarm", 0)],
}
EVERYTHING_IS_ASKED: list[Any] = [("policy", "limits", 4), ("policy", "limits", 1)]


def reached(state: str, before: list[Any]) -> One:
    world = One()
    for move in [*before, *PATHS[state]]:
        world.play(move)
    assert state == "opened" or world.case.state == state
    return world


def test_there_is_a_way_to_every_state() -> None:
    assert set(PATHS) == {"opened", *OPEN, "closed"}


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("word", WORDS)
def test_any_word_may_be_told_of_any_command_in_any_state(state: str, word: Any) -> None:
    for before in ([], EVERYTHING_IS_ASKED):
        world = reached(state, before)
        about = [c.command_id for c in world.commands]
        about += [c.proposes for c in world.commands if getattr(c, "proposes", None)]
        for command in [*about, command_id("nobody", "knows", "this")]:
            for _ in range(2):
                world.tell(command, world.who, word, world.now)
            world.passes(s=20)
        world.end()


# -- size ----------------------------------------------------------------------------------------------------------


def test_a_long_case_with_long_words_stays_small() -> None:
    """Sixteen reasons, payments without end, everything taken fails, and whoever reports is wordy, in Chinese."""
    world = One()
    event = "e" * (EVENT_ID_CHARS_MAX // 2)
    reasons = tuple(reason.model_copy(update={"event_ids": (event,) * 5}) for reason in REASONS[:REASONS_MAX])
    said = {"actor": "警" * NAME_CHARS_MAX, "note": "她仍不相信" * (NOTE_CHARS_MAX // 5)}
    for number, word in zip(range(60), ["acknowledged", "failed", "reached"] * 20, strict=True):
        payments = tuple(
            Payment(f"{event}{n}", f"62220000000{n:08d}", f"62229999000{n:08d}", 5_000_000)
            for n in range(number, number + 8)
        )
        signal = Signal(
            case_id(world.who, f"episode-{number // 30}"), world.who, f"{event}{number + 7}", world.now, "red", 0.99,
            "fake_police", reasons, "请勿转账" * 200, "v1", payments, tuple(f"wx_{n}" * 5 for n in range(3)), "a",
        )  # fmt: skip
        world.step(world.who, lambda case, signal=signal: world.relay.decide(case, world.who, SIGNALS, signal, 0))
        for command in world.commands[-20:]:
            world.tell(command.command_id, world.who, word, world.now, **said)
        world.passes(s=50)
    case = world.case
    assert (len(case.taken), len(case.timeline)) == (TAKEN_MAX, MOMENTS_MAX)
    assert len(case.before) > TAKEN_MAX * 3 // 4
    world.end()


def test_a_case_that_holds_as_much_as_it_can_asks_the_centre_to_see_to_the_rest_once() -> None:
    world = One()
    for number in range(TAKEN_MAX + 5):
        world.passes(s=5)
        payments = (Payment(f"e-{number}", "6222000000000001", f"62229999{number:08d}", 5_000_000),)
        signal = Signal(
            case_id(world.who, "episode"), world.who, f"e-{number}", world.now, "red", 0.99, "fake_police",
            REASONS[:3], "请勿转账", "v1", payments, (), "a",
        )  # fmt: skip
        world.step(world.who, lambda case, signal=signal: world.relay.decide(case, world.who, SIGNALS, signal, 0))
    assert len(world.case.taken) == TAKEN_MAX
    told = [c for c in world.commands if getattr(c, "why", None) == "full"]
    assert [(c.channel, c.team) for c in told] == [("desk", "command-centre")]
    world.end()
