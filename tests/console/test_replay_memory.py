"""A replay's memory, which no length of a recording changes: that of the program itself, at its highest."""

import os
import random
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from agents.victims.policy import Policy
from streams.kafka.children import free_port
from tests.kit.story import MIDDAY

pytestmark = pytest.mark.slow

PEOPLE = 300
EVENTS = 25_000
PEAK_MB_MAX = 250
"""What a replay may take besides its people's states, however long the recording is."""
NOISE_MB = 25
"""By how much the same work may differ from run to run."""

PEAK = """
from pathlib import Path
import sys

status = Path("/proc/self/status")
if status.exists():  # the peak of this very program: what getrusage tells begins with that of who started it
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    print(int(line.split()[1]) // 1024, file=sys.stderr)
else:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
"""
COMMAND = """
import sys
from interdict.cli import cli

cli(sys.argv[1:], standalone_mode=False)
"""
SORTING = """
import sys
from pathlib import Path
from interdict.topology import load_pipelines
from interdict.replay.player import Replay

for _ in Replay(load_pipelines(), 900_000, 90 * 86_400_000, run_bytes=1 << 20).run([Path(sys.argv[1])]):
    pass
"""


def quiet_day(path: Path, events: int, *, is_mixed: bool = False) -> Path:
    """Calls of the same few people, none of which means anything."""
    order = list(range(events))
    if is_mixed:
        random.Random(events).shuffle(order)
    with path.open("wb") as file:
        for number in order:
            subscriber = f"+86139{number % PEOPLE:08d}"
            value = {
                "event_id": str(number),
                "occurred_at": MIDDAY + 50 * number,
                "subscriber": subscriber,
                "peer": f"+86138{number % 7:08d}",
                "direction": "out",
                "phase": "answered",
                "call_id": str(number),
            }
            file.write(orjson.dumps({"topic": "telecom.calls", "key": subscriber, "value": value}) + b"\n")  # fmt: skip
    return path


def peak_mb(code: str, *words: str) -> int:
    """The most memory that a program took, as it says itself in its last line."""
    nowhere = {"INTERDICT_BOOTSTRAP": f"127.0.0.1:{free_port()}"}
    done = subprocess.run(
        [sys.executable, "-c", code + PEAK, *words], capture_output=True, text=True, check=True, timeout=150,
        env={**os.environ, **nowhere},
    )  # fmt: skip
    return int(done.stderr.split()[-1])


@pytest.mark.parametrize(
    ("words", "events"), [(("replay",), 2 * EVENTS), (("policy", "test", "{policy}", "--name", "victims"), EVENTS)]
)
def test_memory_does_not_grow_with_the_recording(words: tuple[str, ...], events: int, tmp_path: Path) -> None:
    policy = tmp_path / "victims.json"
    policy.write_text(Policy.load().model_copy(update={"policy_version": "tried"}).model_dump_json())
    command = [word.format(policy=policy) for word in words]
    short, long = (
        peak_mb(COMMAND, *command, str(quiet_day(tmp_path / f"{count}.ndjson", count)))
        for count in (events, 4 * events)
    )
    assert long < PEAK_MB_MAX
    assert long - short < NOISE_MB


def test_nor_does_it_where_the_recording_must_be_sorted(tmp_path: Path) -> None:
    short, long = (
        peak_mb(SORTING, str(quiet_day(tmp_path / f"{events}.ndjson", events, is_mixed=True)))
        for events in (EVENTS, 4 * EVENTS)
    )
    assert long < PEAK_MB_MAX
    assert long - short < NOISE_MB
