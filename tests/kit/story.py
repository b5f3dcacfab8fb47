"""Tells what happens to a person, through the same reader, engine, store and duties as a live worker's."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from agents.desk.duty import DeskDuty
from agents.desk.limits import Limits
from agents.desk.roster import Roster
from agents.relay.duty import RelayDuty, ShadowRelayDuty
from agents.relay.playbook import Playbook
from agents.victims.duty import VictimsDuty
from agents.victims.state import Victim
from agents.victims.text.scorer import TextScorer
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from interdict.topology import PERSONS, THE_DESK, policy_record
from schemas.spans import DAY_MS, MINUTE_MS
from schemas.topics import (
    CALLS,
    POLICIES,
    SMS,
    SUBSCRIBERS,
    TRANSACTIONS,
    VICTIM_ALERTS,
    WATCHLIST,
    Output,
    Topic,
    outcomes_of,
)
from streams.core.engine import Outgoing
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from tests.kit.guesses import GUESSES, PLAYBOOK

ROSTER, LIMITS = Roster.load(), Limits.load()
MIDDAY = 1_789_963_200_000
"""12:00 in China."""
ME = "+8613900000001"
MOTHER = "+8613900000002"
MY_ACCOUNT = "6222000000000001"
LANDLORD = "6222000000000777"
MULE = "6222999900000001"
STRANGER = "+8613711112222"
ABROAD = "+85290001111"
POLICE_TEXT = "【公安局】您涉嫌一起洗钱案件，请配合办案并将资金转入安全账户接受清查，不得告知他人"
CODE = "【招商银行】验证码482913，您正在登录手机银行，请勿泄露。"
BANK = "95555"


def outputs_of(sent: Iterable[Outgoing]) -> list[Output]:
    """What a replay's records were decided as; none of them is a dead letter."""
    led_to = []
    for record in sent:
        assert record.output is not None, "told too late to be taken"
        led_to.append(record.output)
    return led_to


class Story:
    """One person's events, told in the order in which they arrive. Minutes count from midday of one day."""

    phone = ME
    policy = GUESSES
    playbook = PLAYBOOK

    def __init__(self, late_ms_max: int = 7 * DAY_MS, duty: VictimsDuty | None = None, **profile: Any) -> None:
        self.duty = duty or VictimsDuty(self.policy, TextScorer.load())
        self.relay = RelayDuty(self.playbook)
        self.replay = Replay(
            [
                Pipeline(PERSONS, (self.duty, self.relay, ShadowRelayDuty(self.playbook))),
                Pipeline(THE_DESK, (DeskDuty(ROSTER, LIMITS),)),
            ],
            late_ms_max,
            90 * DAY_MS,
        )
        self._count = 0
        self.outputs: list[Output] = []
        if profile:
            value = {"subscriber": ME, "age_band": "35-44", "area": "a", "accounts": [MY_ACCOUNT], **profile}
            self.record(SUBSCRIBERS.name, value)

    def goes_by(self, playbook: Playbook) -> None:
        """From here on another playbook holds."""
        self.relay.on_broadcast(POLICIES, "relay", policy_record("relay", playbook))

    def record(self, topic: str, value: dict[str, Any]) -> list[Output]:
        """Let one record arrive; what it led to."""
        key = value["value"] if topic == WATCHLIST.name else ME
        entry = self.replay.read(Recorded(topic, key.encode(), orjson.dumps(value), 0))
        assert entry.rejected is None, entry.rejected
        return self._heard(self.replay.take(entry))

    def wait(self, minute: float) -> list[Output]:
        """Let time pass until then; what it led to."""
        return self._heard(self.replay.advance(MIDDAY + int(minute * MINUTE_MS)))

    def _heard(self, sent: Iterator[Outgoing]) -> list[Output]:
        led_to = outputs_of(sent)
        self.outputs += led_to
        return led_to

    def tell(self, minute: float, command: Any, outcome: str, actor: str = "officer", **more: Any) -> list[Output]:
        """Whoever was to carry a command out tells what became of it."""
        topic = outcomes_of(outcome, command.action, getattr(command, "channel", None))
        return self.told_on(topic, minute, command, outcome, actor, **more)

    def told_on(
        self, topic: Topic, minute: float, command: Any, outcome: str, actor: str = "officer", **more: Any
    ) -> list[Output]:
        """Somebody tells it on this topic."""
        value = {"command_id": command.command_id, "occurred_at": MIDDAY + int(minute * MINUTE_MS), "subscriber": ME,
                 "outcome": outcome, "actor": actor, **more}  # fmt: skip
        return self.record(topic.name, value)

    def listed(self, value: str, kind: str, expires_at: int | None = None) -> None:
        self.record(
            WATCHLIST.name,
            {"value": value, "kind": kind, "category": "scam", "source": "test", "added_at": MIDDAY,
             "expires_at": expires_at},
        )  # fmt: skip

    def call(
        self, minute: float, peer: str, minutes: float | None = None, phases: str = "ae", **more: Any
    ) -> list[Output]:
        """A call answered at `minute`; without a length it goes on. `phases` picks records: a(nswered), e(nded)."""
        call_id = more.pop("call_id", f"call-{peer}-{minute}")
        common = {"subscriber": ME, "peer": peer, "call_id": call_id, "direction": "in", "peer_type": "mobile", **more}
        led_to = []
        if "a" in phases:
            led_to += self.record(CALLS.name, {**self._event(minute), "phase": "answered", **common})
        if "e" in phases and minutes is not None:
            ended = {"phase": "ended", "duration_s": int(minutes * 60)}
            led_to += self.record(CALLS.name, {**self._event(minute + minutes), **ended, **common})
        return led_to

    def text(self, minute: float, peer: str, text: str, **more: Any) -> list[Output]:
        value = {"subscriber": ME, "peer": peer, "direction": "in", "text": text, **more}
        return self.record(SMS.name, {**self._event(minute), **value})

    def pay(self, minute: float, payee: str, yuan: float, left: float | None = None, **more: Any) -> list[Output]:
        """A transfer of `yuan` after which `left` yuan remain."""
        value = {
            "subscriber": ME, "payer_account": MY_ACCOUNT, "payee_account": payee, "amount_minor": int(yuan * 100),
            "balance_minor": None if left is None else int(left * 100), "phase": "initiated", "payee_is_new": True,
            **more,
        }  # fmt: skip
        return self.record(TRANSACTIONS.name, {**self._event(minute), **value})

    def habits(self, days: int = 12, yuan: float = 80, left: float = 60_000) -> None:
        """Ordinary days before the story: a shop paid each day, mother calls, wages kept."""
        for day in range(-days, 0):
            start = day * 24 * 60
            self.call(start, MOTHER, 5, direction="out" if day % 2 else "in")
            self.pay(start + 60, f"622200000000{day % 5:04d}", yuan * (1 + day % 3 / 4), left, phase="posted",
                     payee_is_new=False)  # fmt: skip

    def _event(self, minute: float) -> dict[str, Any]:
        self._count += 1
        return {"event_id": f"event-{self._count}", "occurred_at": MIDDAY + int(minute * MINUTE_MS)}

    # -- what came of it -------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        return self.replay.store

    @property
    def kept(self) -> Any:
        """Everything kept under the person's key."""
        return self.store.snapshot()[self.phone.encode()]

    @property
    def slots(self) -> Any:
        """What each duty keeps of the person."""
        return self.kept.slots

    @property
    def state(self) -> Victim:
        state = self.slots.victims
        assert isinstance(state, Victim)
        return state

    @property
    def alerts(self) -> list[Any]:
        return [output.value for output in self.outputs if output.topic is VICTIM_ALERTS]

    @property
    def commands(self) -> list[Any]:
        return [output.value for output in self.outputs if output.topic.kind == "action"]

    @property
    def levels(self) -> list[str | None]:
        return [alert.level for alert in self.alerts]

    @property
    def steps(self) -> set[str]:
        """What was commanded: actions, and channels of dissuasion."""
        return {getattr(command, "channel", None) or command.action for command in self.commands}

    def codes(self) -> set[str]:
        """Codes of all the evidence held now."""
        return {piece.code for piece in self.state.evidence}


def told(**profile: object) -> Story:
    """A story so far: ordinary days."""
    story = Story(**profile)
    story.habits()
    return story


def robbed_on_the_phone(story: Story | None = None, **pay: Any) -> Story:
    """The plainest of scams: a call from abroad, and most of the savings sent to a stranger during it."""
    story = story or Story(handles=["wx_me"], occupation=None)
    story.habits()
    story.call(0, ABROAD, peer_type="foreign")
    story.text(10, STRANGER, POLICE_TEXT)
    story.pay(40, MULE, 50_000, 10_000, **pay)
    return story
