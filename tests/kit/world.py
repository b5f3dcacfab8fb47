"""Some people's relays and the desk they share, woken as the engine wakes them, with the books of what left."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from agents.desk.duty import DeskDuty
from agents.desk.state import DeskState
from agents.relay.case import PAYMENTS_MAX, SENT_MAX, CaseFile
from agents.relay.duty import RelayDuty
from agents.victims.rules import RULES
from interdict.topology import policy_record
from schemas.cases import MOMENTS_MAX, TAKEN_MAX
from schemas.commands import Reason
from schemas.events import Outcome
from schemas.ids import case_id
from schemas.orders import Particulars, Payment, Signal
from schemas.spans import DAY_MS, HOUR_MS
from schemas.topics import CASES, ORDERS, OUTCOME_TOPICS, POLICIES, SIGNALS, Output, Topic, outcomes_of
from tests.kit.changelog import Changelog
from tests.kit.ledger import Ledger
from tests.kit.story import MIDDAY
from tests.kit.town import LIMITS, PLAYBOOK, ROSTER, changed

CASE_BYTES_MAX = 40_000
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


class World:
    """Some people's relays and the desk they share. Every state goes through its changelog form at every step."""

    def __init__(self) -> None:
        self.relay, self.desk = RelayDuty(PLAYBOOK), DeskDuty(ROSTER, LIMITS)
        self.cases: dict[str, CaseFile | None] = dict.fromkeys(PEOPLE)
        self.desk_state: DeskState | None = None
        self._changelog = Changelog()
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
            (*REASONS[:2], *suspect(self.payments[person])), "请勿转账", "v1", tuple(self.payments[person]),
            (f"wx-{who}",), f"district-0{who % 2}", OWN,
        )  # fmt: skip
        self.step(person, lambda case: self.relay.decide(case, person, SIGNALS, signal, self.now))

    def word(self, action: str, back: int, word: Any, earlier_ms: int) -> None:
        """Somebody tells something of one of the latest commands, or of what an officer is asked about."""
        those = [command for command in self.commands if command.action == action]
        if those:
            about = those[-1 - back % len(those)]
            told = about.about if action == "approve" else about.command_id
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
        told = {"actor": None, **more}
        asked = next((c for c in self.commands if c.command_id == about), None)
        action, channel = ("dissuade", asked.channel) if getattr(asked, "channel", None) else ("stop_payment", None)
        outcome = Outcome(command_id=about, occurred_at=at, subscriber=person, outcome=word, **told)
        self._hear(outcome, outcomes_of(word, action, channel))

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

    def _hear(self, outcome: Outcome, topic: Topic) -> None:
        self.ledger.hear(outcome, self.now)
        person = outcome.subscriber
        self.step(person, lambda case: self.relay.decide(case, person, topic, outcome, outcome.occurred_at))

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
        self.desk_state, said = step(self._changelog.read())
        self._changelog.write(self.desk_state)
        for output in said:
            self._pass_on(output)

    def _pass_on(self, output: Any) -> None:
        """A record reaches whom it is for."""
        if not isinstance(output, Output):
            return
        value = output.value
        if output.topic is ORDERS:
            self._step_desk(lambda state: self.desk.decide(state, "desk", ORDERS, value, value.occurred_at))
        elif output.topic in OUTCOME_TOPICS:
            self._hear(value, output.topic)
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


class _Own(dict[str, Particulars]):
    """Of every payment, that the person's own account pays."""

    def get(self, _: str, __: Any = None) -> Any:
        return Particulars(own=True)


OWN = _Own()


def suspect(payments: Iterable[Payment]) -> tuple[Reason, ...]:
    """What speaks against each payment itself."""
    rule = RULES["pay.on_line"]
    return tuple(
        Reason(code=rule.code, weight=3.0, text=rule.text, text_zh=rule.text_zh, event_ids=(payment.event_id,))
        for payment in payments
    )


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

    def cleared(self) -> list[str]:
        """One officer finds nothing wrong, and then another; what leaves at the second word."""
        self.hears("dissuade", "false_alarm")
        return self.hears("dissuade", "false_alarm")

    def passes(self, **time: float) -> list[str]:
        before = len(self.commands)
        self.wait(self.now + int(1_000 * time.get("s", 0)) + int(HOUR_MS * time.get("h", 0)))
        return self.left(before)

    def left(self, since: int) -> list[str]:
        return [command.action for command in self.commands[since:]]
