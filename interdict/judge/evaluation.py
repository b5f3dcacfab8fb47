"""A replay that is judged while it goes by: its commands answered, and what came of them counted.

`interdict evaluate` does nothing else; `interdict replay --truth` and `interdict policy test --truth` do it besides, so
that all three print the same table of the same recordings and truth.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from agents.victims.duty import VictimsDuty
from agents.victims.policy import Policy
from agents.victims.rules import RULES
from interdict.city.town.truth import Truth
from interdict.judge.answers import Answering
from interdict.judge.figures import Figures, figures
from interdict.judge.known import Known, read_lines
from interdict.judge.ledger import Ledger
from interdict.judge.statistics import moved
from interdict.replay.player import Look, Replay, seldom_collecting
from interdict.replay.recordings import Recordings
from interdict.replay.timeline import Audience
from interdict.topology import PACKAGED, load_pipelines
from schemas.spans import SECOND_MS
from schemas.topics import TRANSACTIONS, Topic
from streams.core.engine import Outgoing
from streams.settings import Settings


class Judging:
    """One replay, judged.

    Args:
        known: the truth. It learns from what passes, so each replay needs one of its own.
        latency_s: how long after its issue an executor carries a command out, and an officer begins a task.
    """

    def __init__(self, known: Known, latency_s: float) -> None:
        self._latency_s = latency_s
        self._ledger = Ledger(known, int(latency_s * SECOND_MS))
        self._events = 0
        self._base_rate: float | None = None
        """The district's that scores are probabilities in; None where they are none."""

    def play(self, replay: Replay, recordings: Recordings, *, to_the_end: bool = False) -> Iterator[Outgoing]:
        """Everything that recordings lead to with those who answer, in order; see `Replay.play`. To be run through
        once. Words on commands that stand in the recordings are heard too."""
        ledger = self._ledger
        answering = Answering(replay.read, ledger.known, int(self._latency_s * SECOND_MS), ledger.see)
        scoring = _scoring(replay)
        self._base_rate = scoring.policy.base_rate if scoring is not None else None
        look = _payments_of(scoring, ledger) if scoring is not None else None
        for record in replay.play(recordings, to_the_end=to_the_end, through=answering.among, look=look):
            _take(record, ledger, answering)
            yield record
        self._events = answering.taken

    def figures(self) -> Figures:
        """What came of it, once all is played."""
        return figures(self._ledger, latency_s=self._latency_s, events=self._events, base_rate=self._base_rate)


class Against(NamedTuple):
    """What replays are judged against."""

    truth: tuple[Truth, ...]
    name: str
    """What an error calls the truth."""
    latency_s: float

    @classmethod
    def read(cls, path: Path, latency_s: float) -> "Against":
        """A truth file. It may be a pipe: it is read once, however many replays are judged.

        Raises:
            OSError: it cannot be read.
            TruthError: it is none.
        """
        against = cls(tuple(read_lines(path)), str(path), latency_s)
        against.judging()  # what is wrong with it is said now, not when all is replayed
        return against

    def judging(self) -> Judging:
        """Of one more replay."""
        return Judging(Known(self.truth, self.name), self.latency_s)


def silenced(prefixes: Sequence[str]) -> Policy:
    """The packaged policy under which the codes that begin so weigh nothing: what a witness adds is seen without it.

    The other weights stay as they were fitted beside it, so what is lost is what would be lost if it fell silent, and
    at least what it adds.
    """
    policy = Policy.load()
    nothing = dict.fromkeys((code for code in RULES if code.startswith(tuple(prefixes))), 0.0)
    return Policy.model_validate(
        {**policy.model_dump(), "weights": policy.weights | nothing, "policy_version": "silenced"}
    )


def evaluate(
    files: Iterable[Path],
    against: Against,
    settings: Settings,
    audience: Audience | None = None,
    policies: Mapping[str, BaseModel] = PACKAGED,
) -> Figures:
    """Replay recordings through every pipeline and count.

    Args:
        files: recordings.
        against: their truth, and how late commands are carried out.
        settings: grace and idleness, as a worker's.
        audience: who is told how far it has come.
        policies: by name, those that hold in place of the packaged ones.

    Raises:
        ReplayError: a file is no recording.
        OSError: one cannot be read.
    """
    judging = against.judging()
    replay = Replay(
        load_pipelines(policies), settings.late_ms_max, settings.idle_ms, audience,
        unnamed_idle_ms=settings.unnamed_idle_ms,
    )  # fmt: skip
    with seldom_collecting(), Recordings(files) as recordings:
        for _ in judging.play(replay, recordings):
            pass
    return judging.figures()


def _take(record: Outgoing, ledger: Ledger, answering: Answering) -> None:
    if record.output is None:
        return  # a dead letter
    kind, value = record.output.topic.kind, record.output.value
    if kind == "action":
        ledger.command(value)
        answering.hear(value)
    elif kind == "alert" and hasattr(value, "subscriber"):
        ledger.alert(value)


def _scoring(replay: Replay) -> VictimsDuty | None:
    """The duty that gives scores."""
    duties = (duty for pipeline in replay.pipelines for duty in pipeline.duties)
    return next((duty for duty in duties if isinstance(duty, VictimsDuty)), None)


def _payments_of(scoring: VictimsDuty, ledger: Ledger) -> Look:
    """Who tells the ledger the payer's score at each payment ordered, as the probability that it is here."""
    odds = ledger.known.odds(scoring.policy.base_rate)

    def look(state: Any, key: str, topic: Topic, event: Any, now: int) -> None:
        if topic is TRANSACTIONS and event.phase == "initiated" and event.subscriber is not None:
            chance = scoring.chance(getattr(state.slots, scoring.name), now)
            ledger.payment(key, event.occurred_at, moved(chance, odds))

    return look
