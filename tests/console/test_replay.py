"""A replay: no broker, no clock, the same bytes; and a clear word where a file is no recording."""

from pathlib import Path

import orjson
import pytest

from interdict.duties import load_duties
from interdict.recordings import ReplayError
from interdict.replay import Replay, as_line
from interdict.simulate import Plan
from schemas.topics import SMS, dead_letter
from streams.settings import Settings
from tests.live.trial import Trial, simulated
from tests.victims.story import MIDDAY

PLAN = Plan(seed=9, population=300, duration_s=14_400, rate=0.5, duplicate_fraction=0.02, late_fraction=0.05)


def new_replay() -> Replay:
    settings = Settings()
    return Replay(load_duties(), settings.late_ms_max, settings.idle_ms)


def replayed(*files: Path) -> bytes:
    return b"".join(as_line(record) for record in new_replay().run(files))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trial: Trial = simulated(tmp_path_factory.mktemp("recording"), PLAN)
    assert trial.must_come
    return trial.folder / "feed.ndjson"


def test_the_same_file_gives_the_same_bytes(recording: Path) -> None:
    first = replayed(recording)
    assert first.count(b"\n") > 50
    assert first == replayed(recording)


def test_the_order_of_the_lines_does_not_matter_the_order_of_the_times_does(recording: Path, tmp_path: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    timeless = [line for line in lines if b'"topic":"reference.' in line]
    timed = [line for line in lines if b'"occurred_at":17' in line and line not in set(timeless)]
    straight, mixed = tmp_path / "straight.ndjson", tmp_path / "mixed.ndjson"
    unique = list(dict.fromkeys(timed))
    straight.write_bytes(b"".join(timeless + unique))
    mixed.write_bytes(b"".join(timeless + unique[::-1]))
    assert sorted(replayed(straight).splitlines()) == sorted(replayed(mixed).splitlines())


def test_a_day_split_into_two_files_is_one_day(recording: Path, tmp_path: Path) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    (tmp_path / "a.ndjson").write_bytes(b"".join(lines[: len(lines) // 2]))
    (tmp_path / "b.ndjson").write_bytes(b"".join(lines[len(lines) // 2 :]))
    assert replayed(tmp_path / "a.ndjson", tmp_path / "b.ndjson") == replayed(recording)


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
