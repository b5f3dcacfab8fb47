"""The `victims` duty as `streams` runs it: which topics, which state, and which reducer function for which."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from agents.victims.policy import Policy
from agents.victims.reducer import Reducer, Scorer
from agents.victims.state import Victim
from agents.victims.text import TextScorer
from agents.victims.watchlist import Watchlist
from schemas.topics import CALLS, SMS, SUBSCRIBERS, TRANSACTIONS, WATCHLIST, Output, Topic


class VictimsDuty:
    """Scores protected persons in flight and says what to do. Implements `streams.duty.Duty`."""

    name = "victims"
    inputs = (SUBSCRIBERS, CALLS, SMS, TRANSACTIONS)
    broadcasts = (WATCHLIST,)
    state_type = Victim

    def __init__(self, policy: Policy, scorer: Scorer) -> None:
        self.policy = policy
        self._watchlist = Watchlist()
        reducer = Reducer(policy, self._watchlist, scorer)
        self._decide: dict[str, Any] = {
            SUBSCRIBERS.name: reducer.profile,
            CALLS.name: reducer.call,
            SMS.name: reducer.text,
            TRANSACTIONS.name: reducer.transfer,
        }

    @classmethod
    def load(cls) -> "VictimsDuty":
        """With the policy and the text model that come with the package."""
        return cls(Policy.load(), TextScorer.load())

    def fresh(self) -> Victim:
        """Somebody never seen before."""
        return Victim()

    def rest(self, state: Victim) -> Victim | None:
        """After long silence only who this person is stays."""
        return Victim(profile=state.profile) if state.profile is not None else None

    def decide(self, state: Victim, key: str, topic: Topic, event: Any, now: int) -> Sequence[Output]:
        """See `streams.duty.Duty`."""
        outputs: Sequence[Output] = self._decide[topic.name](state, key, event, now)
        return outputs

    def learn(self, topic: Topic, key: str, record: BaseModel | None) -> None:
        """Take in an entry of the watchlist."""
        self._watchlist.learn(key, record)  # type: ignore[arg-type]
