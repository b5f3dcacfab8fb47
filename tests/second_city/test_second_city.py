"""The second city's recordings are what a judge can be tried on: readable, with a truth, the same for the same seed."""

from pathlib import Path

import orjson
import pytest

from interdict.judge.known import read_truth
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from interdict.topology import load_pipelines
from schemas.spans import DAY_MS
from tests.second_city import city


def written(folder: Path, which: str, seed: int = 11) -> tuple[Path, Path]:
    file, truth = folder / "city.ndjson", folder / "city.truth"
    size = ("--people", "60", "--days", "4", "--victims", "6")
    city.main([*size, "--seed", str(seed), "--set", which, "--out", str(file), "--truth", str(truth)])
    return file, truth


@pytest.mark.parametrize("which", ["plain", "harsh"])
def test_every_record_is_taken_and_the_truth_is_one(tmp_path: Path, which: str) -> None:
    file, truth = written(tmp_path, which)
    replay = Replay(load_pipelines(), 900_000, 90 * DAY_MS)
    heard = {topic.name for pipeline in load_pipelines() for topic in (*pipeline.inputs, *pipeline.broadcasts)}
    topics = set()
    for line in file.read_bytes().splitlines():
        row = orjson.loads(line)
        topics.add(row["topic"])
        if row["topic"] in heard:
            entry = replay.read(Recorded(row["topic"], row["key"].encode(), orjson.dumps(row["value"]), 0))
            assert entry.rejected is None, entry.rejected
    assert {"telecom.calls", "telecom.sms", "bank.transactions", "reference.subscribers"} <= topics
    known = read_truth(truth)
    assert (known.run.set, known.run.split, len(known.persons), len(known.victims)) == (which, "fit", 60, 6)


def test_the_same_seed_gives_the_same_city_and_another_another(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in written(tmp_path, "plain")]
    assert [path.read_bytes() for path in written(tmp_path, "plain")] == first
    assert [path.read_bytes() for path in written(tmp_path, "plain", seed=12)] != first
