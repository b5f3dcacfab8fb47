"""`interdict evaluate`: recordings replayed with those who answer, and what came of it counted."""

from pathlib import Path

from agents.victims.policy import Policy
from interdict.judge.answers import Answering
from interdict.judge.figures import Figures, figures
from interdict.judge.known import Known
from interdict.judge.ledger import Ledger
from interdict.replay.player import Replay, seldom_collecting
from interdict.replay.recordings import Recordings
from interdict.replay.timeline import Audience
from interdict.topology import load_pipelines
from schemas.spans import SECOND_MS
from streams.core.engine import Outgoing
from streams.settings import Settings


def evaluate(
    files: list[Path], known: Known, latency_s: float, settings: Settings, audience: Audience | None = None
) -> Figures:
    """Replay recordings through every pipeline and count.

    Args:
        files: recordings; words on commands that stand in them are heard too.
        known: their truth.
        latency_s: how long after its issue an executor carries a command out, and an officer begins a task.
        settings: grace and idleness, as a worker's.
        audience: who is told how far it has come.

    Raises:
        ReplayError: a file is no recording.
        OSError: one cannot be read.
    """
    latency_ms = int(latency_s * SECOND_MS)
    ledger = Ledger(known, latency_ms)
    replay = Replay(
        load_pipelines(), settings.late_ms_max, settings.idle_ms, audience, unnamed_idle_ms=settings.unnamed_idle_ms
    )
    answering = Answering(replay.read, known, latency_ms, ledger.see)
    with seldom_collecting(), Recordings(files) as recordings:
        for record in replay.play(recordings, through=answering.among):
            _take(record, ledger, answering)
    return figures(ledger, latency_s=latency_s, events=answering.taken, base_rate=Policy.load().base_rate)


def _take(record: Outgoing, ledger: Ledger, answering: Answering) -> None:
    if record.output is None:
        return  # a dead letter
    kind, value = record.output.topic.kind, record.output.value
    if kind == "action":
        ledger.command(value)
        answering.hear(value)
    elif kind == "alert" and hasattr(value, "subscriber"):
        ledger.alert(value)
