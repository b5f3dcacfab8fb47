"""The `victims` duty as `streams` runs it: which topics, which state, and which reducer function for which."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from agents.victims.graded import Graded
from agents.victims.policy import Policy
from agents.victims.reducer import Reducer, Scorer
from agents.victims.score import score
from agents.victims.state import Victim
from agents.victims.text.scorer import TextScorer
from agents.watchlist import Watchlist
from schemas.topics import CALLS, GRADED, OUTCOME_TOPICS, POLICIES, SMS, SUBSCRIBERS, TRANSACTIONS, WATCHLIST, Topic
from streams.core.duty import Decisions, OnlyDecides, Sample
from streams.core.identity import Identity
from streams.core.policies import SHADOW_SUFFIX, Slot


class VictimsDuty(OnlyDecides):
    """Scores protected persons in flight and says what to do. Implements `streams.core.duty.Duty`: evidence fades
    without being told to, and cases are the relay's."""

    name = "victims"
    inputs = (SUBSCRIBERS, CALLS, SMS, TRANSACTIONS, *OUTCOME_TOPICS)
    broadcasts = (WATCHLIST, GRADED, POLICIES)
    state_type = Victim

    def __init__(self, policy: Policy, scorer: Scorer, identity: Identity | None = None) -> None:
        self._watchlist = Watchlist()
        self._graded = Graded()
        stand_in = (identity or Identity()).stand_in
        self._reducer = reducer = Reducer(policy, self._watchlist, self._graded, scorer, stand_in)
        self._shadow: Policy | None = None
        self._relay_has_shadow = False
        self._slots = (
            Slot("victims", Policy, policy, self._take_up),
            Slot("victims" + SHADOW_SUFFIX, Policy, None, self._take_up_shadow),
        )
        self._decide: dict[str, Any] = {
            SUBSCRIBERS.name: reducer.profile,
            CALLS.name: reducer.call,
            SMS.name: reducer.text,
            TRANSACTIONS.name: reducer.transfer,
            **{topic.name: reducer.outcome for topic in OUTCOME_TOPICS},
        }

    @classmethod
    def load(cls, identity: Identity | None = None) -> "VictimsDuty":
        """With the policy and the text model that come with the package."""
        return cls(Policy.load(), TextScorer.load(), identity)

    def on_idle(self, state: Victim) -> Victim | None:
        """After long silence only who this person is stays."""
        return Victim(profile=state.profile, spelt=state.spelt) if state.profile is not None else None

    @property
    def policy(self) -> Policy:
        """The policy that holds now."""
        return self._reducer.policy

    def chance(self, state: Victim, now: int) -> float:
        """The score of a person at event time `now`, Unix ms, 0 to 1, also where nothing is said of it."""
        return score(state.evidence, state.profile, self.policy, now).value

    def decide(
        self, state: Victim | None, key: str, topic: Topic, event: Any, now: int
    ) -> tuple[Victim | None, Decisions]:
        """See `streams.core.duty.Duty`. Of a person whose reference record was deleted nothing is remembered,
        and nothing is kept of one of whom nothing but our own orders is known."""
        if event is None or (state is None and topic in OUTCOME_TOPICS):
            return None, ()
        if state is None:
            state = Victim(spelt=True)
        outputs: Decisions = self._decide[topic.name](state, key, event, now)
        return state, outputs

    def gauges(self) -> Iterator[Sample]:
        """The policies that hold."""
        for slot in self._slots:
            yield from slot.gauges()

    def on_broadcast(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take in an entry of the watchlist, an account's grade, or a policy."""
        if topic is POLICIES:
            for slot in self._slots:
                slot.on_broadcast(key, record)
            if key == "relay" + SHADOW_SUFFIX:
                self._relay_has_shadow = record is not None
                self._set_shadow()
        elif topic is GRADED:
            self._graded.learn(key, record)  # type: ignore[arg-type]
        else:
            self._watchlist.learn(key, record)  # type: ignore[arg-type]

    def _take_up(self, policy: Policy) -> None:
        self._reducer.policy = policy
        self._set_shadow()

    def _take_up_shadow(self, policy: Policy | None) -> None:
        self._shadow = policy
        self._set_shadow()

    def _set_shadow(self) -> None:
        """A shadow playbook must hear something even where the rules have no shadow of their own."""
        self._reducer.shadow = self._shadow or (self.policy if self._relay_has_shadow else None)
