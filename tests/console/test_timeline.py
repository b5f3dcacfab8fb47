"""Recordings in event-time order: as if all of them were held and sorted, in memory that holds a part."""

import gzip
import io
import random
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interdict.replay import timeline
from interdict.replay.recordings import LINE_BYTES_MAX, Recordings, ReplayError, record_of
from interdict.replay.sorting import RUNS_MAX, Row, Sorter
from interdict.replay.timeline import DECIDING, LOOKING, SORTING, Nobody, Timeline
from interdict.topology import load_persons
from streams.core.reader import Reader
from tests.kit.story import MIDDAY

DUTY = load_persons()
TOPICS = (*DUTY.broadcasts, *DUTY.inputs)
RANKS = {topic.name: rank for rank, topic in enumerate(TOPICS)}


def text(at: object, **more: object) -> bytes:
    value = {"event_id": "e#", "occurred_at": at, "subscriber": "+8613900000001", "peer": "10086",
             "direction": "in", "text": "x", **more}  # fmt: skip
    return line("telecom.sms", value)


def call(at: object, **more: object) -> bytes:
    value = {"event_id": "e#", "occurred_at": at, "subscriber": "+8613900000001", "peer": "10086",
             "direction": "in", "phase": "answered", "call_id": "c", **more}  # fmt: skip
    return line("telecom.calls", value)


def subscriber() -> bytes:
    return line("reference.subscribers", {"subscriber": "+8613900000001", "area": "a#"})


def line(topic: str, value: object) -> bytes:
    return orjson.dumps({"topic": topic, "key": "+8613900000001", "value": value}) + b"\n"


def numbered(made: list[bytes]) -> list[bytes]:
    """The same lines, no two of them alike."""
    return [one.replace(b"#", b"%d" % number) for number, one in enumerate(made)]


def refused(at: object) -> bytes:
    """A record that looks like an event of that time and is none: it has no time."""
    return text(at, direction="up")


def as_string(made: bytes) -> bytes:
    """The same record with its value as a string."""
    fields = orjson.loads(made)
    return orjson.dumps({**fields, "value": orjson.dumps(fields["value"]).decode()}) + b"\n"


def ordered(files: Iterable[Path], run_bytes: int = 1 << 20) -> list[bytes]:
    """The values of all records in the order in which they are decided."""
    with Recordings(files) as recordings:
        entries = Timeline(TOPICS, Reader(TOPICS), Nobody(), run_bytes).entries(recordings)
        return [entry.record.value for entry in entries]


def held_and_sorted(files: Iterable[Path]) -> list[bytes]:
    """What it must be: everything in memory, and one stable sort."""
    read, placed = Reader(TOPICS), []
    for path in files:
        stands_at = 0
        for number, one in enumerate(path.read_bytes().splitlines(keepends=True), 1):
            entry = read(record_of(one, str(path), number))
            stands_at = entry.at or stands_at
            placed.append((stands_at, RANKS[entry.record.topic] if entry.at else 1 << 30, entry.record.value))
    return [value for *_, value in sorted(placed, key=lambda one: one[:2])]


KINDS = (text, call, refused, lambda at: as_string(text(at)), lambda at: text(str(at)), lambda at: text(float(at)))
moments = st.integers(MIDDAY, MIDDAY + 6)
lines = st.one_of(
    st.builds(lambda make, at: make(at), st.sampled_from(KINDS), moments),
    st.builds(lambda make, at: make(at), st.sampled_from((text, call)), moments),
    st.builds(subscriber),
    st.builds(lambda: refused("noon")),
    st.builds(lambda: line("telecom.sms", "{not json")),
    st.builds(lambda: refused(MIDDAY * 1000)),
)
recordings = st.lists(st.lists(lines, max_size=20), min_size=1, max_size=3)


def sorted_by_time(made: list[bytes]) -> list[bytes]:
    """The same lines with times that go up, as an archive has them; those without a time stay among them."""
    read = Reader(TOPICS)
    at = [read(record_of(one, "", 0)).at for one in made]
    timed = sorted((when, place) for place, when in enumerate(at) if when)
    places = iter(timed)
    return [made[next(places)[1]] if when else made[place] for place, when in enumerate(at)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@given(
    made=recordings,
    is_sorted=st.lists(st.booleans(), min_size=3, max_size=3),
    run_bytes=st.sampled_from([1, 600, 1 << 20]),
)
def test_it_is_as_if_all_were_held_and_sorted(
    folder: Path, made: list[list[bytes]], is_sorted: list[bool], run_bytes: int
) -> None:
    paths = [folder / f"{number}.ndjson" for number in range(len(made))]
    for path, file, straight in zip(paths, made, is_sorted, strict=False):
        path.write_bytes(b"".join(sorted_by_time(numbered(file)) if straight else numbered(file)))
    before = timeline.MOMENT_ROWS_MAX
    timeline.MOMENT_ROWS_MAX = 3
    try:
        assert ordered(paths, run_bytes=run_bytes) == held_and_sorted(paths)
    finally:
        timeline.MOMENT_ROWS_MAX = before


class Listening:
    """An audience that remembers."""

    def __init__(self) -> None:
        self.told: dict[str, list[tuple[int, int]]] = {}
        self.notes: list[str] = []

    def progress(self, what: str, done: int, of: int) -> None:
        self.told.setdefault(what, []).append((done, of))

    def note(self, line: str) -> None:
        self.notes.append(line)


def listened_to(paths: Iterable[Path], run_bytes: int) -> Listening:
    audience = Listening()
    with Recordings(paths) as recordings:
        assert list(Timeline(TOPICS, Reader(TOPICS), audience, run_bytes).entries(recordings))
    return audience


@pytest.mark.parametrize("is_packed", [False, True])
def test_progress_is_the_bytes_read_of_those_there_are(is_packed: bool, tmp_path: Path) -> None:
    straight, mixed = tmp_path / "straight", tmp_path / "mixed"
    made = [text(MIDDAY + number) for number in range(20_000)]
    pack = partial(gzip.compress, mtime=0) if is_packed else bytes
    straight.write_bytes(pack(b"".join(made)))
    mixed.write_bytes(pack(b"".join(made[::-1])))
    told = listened_to([straight, mixed], 1 << 20).told
    size = straight.stat().st_size, mixed.stat().st_size
    assert {of for _, of in told[LOOKING]} == {sum(size)}
    assert {of for _, of in told[SORTING]} == {size[1]}
    assert len({of for _, of in told[DECIDING]}) == 1
    for what in (LOOKING, SORTING, DECIDING):
        done = [done for done, _ in told[what]]
        assert done == sorted(done)
        assert len(done) > 3
        assert done[0] < done[-1] <= told[what][-1][1]
    last, of = told[DECIDING][-1]
    assert last / of > 0.8


def test_whoever_waits_is_told_that_it_must_be_sorted_and_where(tmp_path: Path) -> None:
    straight, mixed = tmp_path / "straight", tmp_path / "mixed"
    straight.write_bytes(text(MIDDAY) + text(MIDDAY + 1))
    mixed.write_bytes(text(MIDDAY + 1) + text(MIDDAY))
    assert listened_to([straight], 1).notes == []
    first, second = listened_to([straight, mixed], 1).notes
    assert first == f"{mixed}: its times go back and forth, so it is sorted first"
    assert second.startswith("sorting takes 0 MB in ")
    assert listened_to([mixed], 1 << 20).notes == [first]


def test_what_is_sorted_leaves_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's calls lie about in a temporary directory, not even while it sorts."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sorter = Sorter(run_bytes=10)
    for at in range(100, 0, -1):
        sorter.add(Row(at, 0, b"a line of somebody"))
    assert sorter.spilled
    rows = sorter.rows()
    assert next(rows).at == 1
    assert list(tmp_path.iterdir()) == []
    assert [row.at for row in rows] == list(range(2, 101))


@given(places=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=300), run_bytes=st.integers(1, 200))
def test_sorting_keeps_the_order_of_equals(places: list[tuple[int, int]], run_bytes: int) -> None:
    """Also where there are more files than are open at a time."""
    rows = [Row(at, rank, b"%d" % number) for number, (at, rank) in enumerate(places)]
    sorter = Sorter(run_bytes)
    for row in rows:
        sorter.add(row)
    assert list(sorter.rows()) == sorted(rows, key=lambda row: row[:2])


def test_there_are_never_more_files_open_than_are_allowed() -> None:
    sorter, rows = Sorter(run_bytes=1), [Row(at, 0, b"x") for at in range(5 * RUNS_MAX)]
    random.Random(1).shuffle(rows)
    for row in rows:
        sorter.add(row)
        assert len(sorter._runs) <= RUNS_MAX
    assert list(sorter.rows()) == sorted(rows)


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.ndjson"
    path.write_bytes(text(MIDDAY) + b" " * (LINE_BYTES_MAX + 1))
    with pytest.raises(ReplayError, match=r"long\.ndjson:2: a line of more than"):
        ordered([path])


@pytest.mark.parametrize("harm", [lambda packed: packed[:-20], lambda packed: packed[:40] + b"\0" * 20 + packed[60:]])
def test_a_broken_gzip_file_is_one_clear_word(harm: object, tmp_path: Path) -> None:
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb") as file:
        file.writelines(text(MIDDAY + number) for number in range(100))
    path = tmp_path / "feed.ndjson.gz"
    path.write_bytes(harm(made.getvalue()))  # type: ignore[operator]
    with pytest.raises(ReplayError, match=r"feed\.ndjson\.gz"):
        ordered([path])
