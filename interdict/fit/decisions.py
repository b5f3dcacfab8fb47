"""What the reducer had as evidence at each decision of a recording, beside what was true then.

    recording ─► the victims' duty, as it decides ─► a shadow that sees a case in anything ─► one Decision each time

The duty is the one that runs in production, with the policy that is to be replaced. What makes it tell every
decision, also where nothing much was seen, is a policy in its shadow: a shadow judges the same evidence beside the
policy that holds, and nothing that is remembered as a fact depends on it.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agents.victims.duty import VictimsDuty
from agents.victims.policy import Policy
from agents.victims.rules import MONEY, PERSON_RULES, RULES
from agents.victims.score import FORGOTTEN, left_of
from agents.victims.state import Victim
from agents.victims.text.scorer import TextScorer
from interdict.judge.known import Known, Standing
from interdict.replay.player import Replay, seldom_collecting
from interdict.replay.recordings import Recordings
from interdict.replay.timeline import Audience
from interdict.topology import ACCOUNTS, PERSONS, load_pipelines, policy_record
from schemas.events import Transaction
from schemas.fields import LEVELS
from schemas.topics import POLICIES, SHADOW_SIGNALS, Topic
from streams.core.duty import Decisions
from streams.core.pipeline import Pipeline
from streams.core.policies import SHADOW_SUFFIX
from streams.settings import Settings

CODES = tuple(RULES)
"""Every code; a decision names one by its place here."""
_PLACE = {code: place for place, code in enumerate(CODES)}


class Decision(NamedTuple):
    """One decision about a person."""

    person: int
    """Its place among the truth's persons."""
    day: int
    at: int
    """Event time, Unix ms."""
    is_victim: bool
    """Whether a scam on this person was under way."""
    pays: bool
    """Whether it was made at a transfer that had not posted yet."""
    has_money: bool
    """Whether the evidence says that money is leaving."""
    left: tuple[tuple[int, float], ...]
    """Codes that spoke, by their places, and what is left of each, 0 to 1."""


def evidence_of(state: Victim, now: int) -> dict[str, float]:
    """What is left of each code at a moment, 0 to 1: all that a score is made of, but for the weights."""
    left = {piece.code: share for piece in state.evidence if (share := left_of(piece, now)) >= FORGOTTEN}
    if left and state.profile is not None:
        left |= {rule.code: 1.0 for rule in PERSON_RULES if rule.when(state.profile)}
    return left


def _told_of_everything(policy: Policy) -> Policy:
    """A policy under which any evidence opens a case."""
    least = {level: {"score": 1e-9, "needs": ()} for level in LEVELS}
    return Policy.model_validate({
        **policy.model_dump(), "policy_version": "probe", "prior": -15.0, "base_rate": None, "fitted_rate": None,
        "levels": least, "weights": dict.fromkeys(RULES, 1.0),
    })  # fmt: skip


class Probe(VictimsDuty):
    """The duty, with somebody who writes down every decision.

    Args:
        policy: what holds.
        known: the truth.
    """

    def __init__(self, policy: Policy, known: Known) -> None:
        super().__init__(policy, TextScorer.load())
        self.on_broadcast(
            POLICIES, self.name + SHADOW_SUFFIX, policy_record("victims", _told_of_everything(policy))
        )  # fmt: skip
        self._known = known
        self._pending: list[tuple[str, int, bool, dict[str, float]]] = []

    def decide(
        self, state: Victim | None, key: str, topic: Topic, event: Any, now: int
    ) -> tuple[Victim | None, Decisions]:
        """See `streams.core.duty.Duty`."""
        if (victim := self._known.by_event.get(getattr(event, "event_id", ""))) is not None:
            victim.see(event.occurred_at)
        held, outputs = super().decide(state, key, topic, event, now)
        if held is not None and any(getattr(output, "topic", None) is SHADOW_SIGNALS for output in outputs):
            pays = isinstance(event, Transaction) and event.phase == "initiated"
            self._pending.append((key, now, pays, evidence_of(held, now)))
        return held, outputs

    def decisions(self) -> Iterator[Decision]:
        """Those whose truth is known. To be asked when the recording is over: then it is seen when a scam ended.

        Whoever lent an account pays on with stolen money, to accounts that are graded: neither a victim nor honest.
        """
        persons = self._known.persons
        lenders = {mule.phone for mule in self._known.mules.values()}
        for person, at, pays, left in self._pending:
            standing, day = self._known.standing(person, at), self._known.day_of(at)
            if day is None or standing not in (Standing.HONEST, Standing.IN_DANGER) or not left or person in lenders:
                continue
            yield Decision(
                persons[person].place, day, at, standing is Standing.IN_DANGER, pays, not MONEY.isdisjoint(left),
                tuple((_PLACE[code], share) for code, share in left.items()),
            )  # fmt: skip


class Draw(NamedTuple):
    """One recording with its truth, reduced to what a fit asks."""

    name: str
    seed: int
    split: str
    set: str
    people: int
    victims: int
    person_days: int
    decisions: tuple[Decision, ...]

    @property
    def rate(self) -> float:
        """Victims by person-day."""
        return self.victims / self.person_days


def read_draw(file: Path, known: Known, policy: Policy, settings: Settings, audience: Audience | None = None) -> Draw:
    """Replay one recording and gather its decisions.

    Raises:
        ReplayError: the file is no recording.
        OSError: it cannot be read.
    """
    probe = Probe(policy, known)
    persons, *others = load_pipelines()
    probing = Pipeline(PERSONS, [probe], rekeys=persons.rekeys)
    accounts = (pipeline for pipeline in others if pipeline.space is ACCOUNTS)
    replay = Replay([probing, *accounts], settings.late_ms_max, settings.idle_ms, audience)
    with seldom_collecting(), Recordings([file]) as recordings:
        for _ in replay.play(recordings):
            pass
    run = known.run
    return Draw(
        file.name, run.seed, run.split, run.set or "free", len(known.persons), len(known.victims),
        len(known.persons) * known.days, tuple(probe.decisions()),
    )  # fmt: skip


def spoken(draws: Iterable[Draw]) -> Mapping[str, tuple[float, float]]:
    """How often each code speaks: of 10,000 honest person-days with any evidence, and the same of victims' days."""
    days: tuple[set[Any], set[Any]] = (set(), set())
    by_code: dict[str, tuple[set[Any], set[Any]]] = {code: (set(), set()) for code in CODES}
    for number, draw in enumerate(draws):
        for one in draw.decisions:
            day = (number, one.person, one.day)
            days[one.is_victim].add(day)
            for place, _ in one.left:
                by_code[CODES[place]][one.is_victim].add(day)
    honest, victims = (max(len(one), 1) for one in days)
    return {code: (10_000 * len(no) / honest, 10_000 * len(yes) / victims) for code, (no, yes) in by_code.items()}
