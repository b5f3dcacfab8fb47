"""A replay: no broker, no clock, the same bytes; and a clear word where a file is no recording."""

import gzip
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.relay.playbook import Playbook
from agents.victims.policy import Policy
from interdict.city.simulate import Plan
from interdict.replay.player import Replay, as_line
from interdict.replay.recordings import ReplayError
from interdict.topology import load_pipelines
from schemas.topics import SMS, dead_letter
from streams.core.engine import Engine
from streams.settings import Settings
from tests.console.program import interdict
from tests.kit.story import MIDDAY
from tests.live.trial import Trial, simulated

PLAN = Plan(seed=9, population=300, duration_s=14_400, rate=0.5, duplicate_fraction=0.02, late_fraction=0.05)


def new_replay(**more: Any) -> Replay:
    settings = Settings()
    return Replay(load_pipelines(), settings.late_ms_max, settings.idle_ms, **more)


def replayed(*files: Path, **more: Any) -> bytes:
    return b"".join(as_line(record) for record in new_replay(**more).run(files))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trial: Trial = simulated(tmp_path_factory.mktemp("recording"), PLAN)
    assert trial.must_come
    return trial.folder / "feed.ndjson"


@pytest.fixture(scope="module")
def once(recording: Path) -> bytes:
    """What the recording leads to, replayed once for all who compare with it."""
    return replayed(recording)


def test_the_same_file_gives_the_same_bytes(recording: Path, once: bytes) -> None:
    assert once.count(b"\n") > 50
    assert once == replayed(recording)


def test_the_order_of_the_lines_does_not_matter_the_order_of_the_times_does(recording: Path, tmp_path: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    timeless = [line for line in lines if b'"topic":"reference.' in line]
    timed = [line for line in lines if b'"occurred_at":17' in line and line not in set(timeless)]
    straight, mixed = tmp_path / "straight.ndjson", tmp_path / "mixed.ndjson"
    unique = list(dict.fromkeys(timed))
    straight.write_bytes(b"".join(timeless + unique))
    backwards = sorted(unique, key=lambda line: said_time(line) or 0, reverse=True)  # of one time as before
    mixed.write_bytes(b"".join(timeless + backwards))
    assert sorted(replayed(straight).splitlines()) == sorted(replayed(mixed).splitlines())


def test_a_day_split_into_two_files_is_one_day(recording: Path, once: bytes, tmp_path: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    (tmp_path / "a.ndjson").write_bytes(b"".join(lines[: len(lines) // 2]))
    (tmp_path / "b.ndjson").write_bytes(b"".join(lines[len(lines) // 2 :]))
    assert replayed(tmp_path / "a.ndjson", tmp_path / "b.ndjson") == once


def test_what_cannot_be_read_comes_out_as_a_dead_letter_in_its_own_bytes(tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b'{"topic":"telecom.sms","key":"+8613800000001","value":"{not json"}\n')
    assert orjson.loads(replayed(path)) == {
        "topic": dead_letter(SMS.name), "key": "+8613800000001", "value": "{not json",
    }  # fmt: skip


def test_lines_of_topics_that_are_not_read_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "other.ndjson"
    path.write_bytes(b'{"topic":"police.reports","key":"+8613800000001","value":{}}\n\n')
    replay = new_replay()
    assert list(replay.run([path])) == []
    assert replay.skipped == 1


@pytest.mark.parametrize(
    "line", [b"hello", b"[1]", b'{"topic": 1, "key": null, "value": {}}', b'{"key": null, "value": {}}', b'"x"']
)
def test_a_file_that_is_no_recording_is_refused_with_the_place_and_not_the_content(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no.ndjson"
    good = b'{"topic":"reference.watchlist","key":"x","value":null}'
    path.write_bytes(good + b"\n" + line + b"\n")
    with pytest.raises(ReplayError, match=r"no\.ndjson:2: ") as told:
        replayed(path)
    assert "hello" not in str(told.value)


def test_a_reference_record_applies_where_it_stands(tmp_path: Path) -> None:
    number = "+8613711112222"
    call = {"event_id": "c", "occurred_at": MIDDAY, "subscriber": "+8613900000001", "peer": number, "direction": "in",
            "phase": "answered", "call_id": "c"}  # fmt: skip
    later = {**call, "event_id": "d", "occurred_at": MIDDAY + 60_000, "call_id": "d", "subscriber": "+8613900000002"}
    listed = {"value": number, "kind": "peer", "category": "scam", "source": "t", "added_at": MIDDAY}
    rows = [("telecom.calls", call), ("reference.watchlist", listed), ("telecom.calls", later)]
    lines = [
        orjson.dumps({"topic": topic, "key": value.get("subscriber", number), "value": value}) for topic, value in rows
    ]
    path = tmp_path / "listed.ndjson"
    path.write_bytes(b"\n".join(lines))
    replay = new_replay()
    list(replay.run([path]))
    first, second = (replay.store.snapshot()[key] for key in (b"+8613900000001", b"+8613900000002"))
    assert not first.slots.victims.evidence  # type: ignore[attr-defined]
    assert [piece.code for piece in second.slots.victims.evidence] == ["call.listed"]  # type: ignore[attr-defined]


# -- in batches ----------------------------------------------------------------------------------------------------


SECONDS = {"red": 2, "orange": 3, "yellow": 5}


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_decided_in_batches_is_what_is_decided_one_by_one(seed: int, recording: Path, tmp_path: Path) -> None:
    """With policies that change in the middle, and deadlines so short that many are set and pass within a batch."""
    lines = recording.read_bytes().splitlines(keepends=True)
    chance = random.Random(seed)
    playbook = Playbook.load().model_dump(mode="json")
    quick = {**playbook, "policy_version": "quick", "ack_s": SECONDS, "reach_s": SECONDS, "word_s": 3, "retry_s": 1}
    again = {**Policy.load().model_dump(mode="json"), "policy_version": "again"}
    for number, (name, body) in enumerate((("relay", quick), ("victims", again), ("relay", playbook))):
        record = {"topic": "reference.policies", "key": name, "value": {"name": name, "body": body}}
        place = len(lines) * (2 * number + 1) // 6 + chance.randrange(200)
        lines.insert(place, orjson.dumps(record) + b"\n")
    path = tmp_path / "with-policies.ndjson"
    path.write_bytes(b"".join(lines))
    together = replayed(path)
    assert b'"again/quick"' in together
    assert together == replayed(path, batch_max=1) == replayed(path, batch_max=7)


def test_batches_are_long_enough_to_be_worth_it(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    apply = Engine.apply

    def counting(self: Engine, entries: Iterable[Any], *clocks: Any) -> Any:
        counts.append(0)
        return apply(self, counted(entries), *clocks)

    def counted(entries: Iterable[Any]) -> Iterator[Any]:
        for entry in entries:
            counts[-1] += 1
            yield entry

    monkeypatch.setattr(Engine, "apply", counting)
    replayed(recording)
    assert max(counts) > 100
    assert sum(counts) > 3 * len(counts)


def test_an_engine_that_takes_entries_ahead_is_found_out(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch ends by what its entries lead to, so each must be decided before the next is taken."""
    apply = Engine.apply
    monkeypatch.setattr(Engine, "apply", lambda self, entries, *clocks: apply(self, list(entries), *clocks))
    with pytest.raises(AssertionError, match="decides each entry before it takes the next"):
        replayed(recording)


# -- as users have them --------------------------------------------------------------------------------------------


def told(*words: str, **more: Any) -> bytes:
    return subprocess.run([sys.executable, "-m", "interdict", *words], capture_output=True, check=True, **more).stdout


def test_gzip_standard_input_and_a_pipe_give_the_bytes_of_the_file(
    recording: Path, once: bytes, tmp_path: Path
) -> None:
    plain, packed = recording.read_bytes(), tmp_path / "feed.ndjson.gz"
    packed.write_bytes(gzip.compress(plain, mtime=0))
    assert once.count(b"\n") > 50
    assert replayed(packed) == once
    assert told("replay", "-", input=packed.read_bytes()) == once
    with recording.open("rb") as file:
        assert told("replay", "-", stdin=file) == once
    through_a_pipe = f'"{sys.executable}" -m interdict replay <(cat "{recording}")'
    assert subprocess.run(["bash", "-c", through_a_pipe], capture_output=True, check=True).stdout == once


def test_a_day_in_any_order_comes_out_the_same_and_says_that_it_was_sorted(recording: Path, tmp_path: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    first = [line for line in lines if b'"topic":"reference.' in line]
    by_time = {at: line for line in lines if line not in first and (at := said_time(line)) is not None}
    timed = [by_time[at] for at in sorted(by_time)]
    straight, mixed = tmp_path / "straight.ndjson", tmp_path / "mixed.ndjson"
    straight.write_bytes(b"".join(first + timed))
    random.Random(3).shuffle(timed)
    mixed.write_bytes(b"".join(first + timed))
    expected, shuffled = (interdict("replay", str(path)) for path in (straight, mixed))
    assert shuffled.stdout == expected.stdout
    assert expected.stdout.count("\n") > 20
    assert f"{mixed}: its times go back and forth, so it is sorted first" in shuffled.stderr.splitlines()
    assert "sorted" not in expected.stderr


def said_time(line: bytes) -> int | None:
    """When a recorded event happened; None where it is not dated, or not as events are."""
    value = orjson.loads(line)["value"]
    at = value.get("occurred_at") if isinstance(value, dict) else None
    return at if isinstance(at, int) and at < 2 * MIDDAY else None


@pytest.mark.parametrize(
    ("words", "why"),
    [(("-", "-"), "standard input can be read once"), (("broken.gz",), "a gzip file that is broken or cut short")],
)
def test_what_cannot_be_read_is_one_clear_line(
    words: tuple[str, ...], why: str, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.gz").write_bytes(gzip.compress(recording.read_bytes(), mtime=0)[:-100])
    done = subprocess.run(
        [sys.executable, "-m", "interdict", "replay", *words], capture_output=True, text=True, cwd=tmp_path,
        input="", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == "", "nothing is decided of what cannot be read whole"
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("interdict: ")
    assert line.endswith(why)
