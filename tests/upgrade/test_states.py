"""States of other releases: those of 0.1 are read, and what a later one adds is carried along untouched."""

from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.policy import Policy
from agents.victims.score import score
from agents.victims.state import Evidence
from interdict.topology import LAYOUT_0_1, THE_DESK, load_persons, load_pipelines
from schemas.orders import DESK
from schemas.topics import CALLS, ORDERS, OUTCOMES, SMS, SUBSCRIBERS, TRANSACTIONS
from streams.core.duty import LAYOUT, fence_key
from streams.core.engine import Engine
from streams.core.legacy import is_legacy
from streams.core.pipeline import Pipeline
from streams.core.reader import Reader
from streams.core.store import LayoutError, Store
from tests.streams.bench import LATE_MS, Bench, text
from tests.streams.counting import DAY_MS, NOON, PERSONS, CountingDuty, person
from tests.streams.duties import Echo

GOLDEN = Path(__file__).parent / "golden"
BLOBS: dict[str, bytes] = msgspec.msgpack.decode((GOLDEN / "states-0.1.msgpack").read_bytes())
MEANT: dict[str, Any] = orjson.loads((GOLDEN / "states-0.1.json").read_bytes())
"""What release 0.1 read in each of them."""
INPUTS_0_1 = (SUBSCRIBERS, CALLS, SMS, TRANSACTIONS, OUTCOMES, ORDERS)
SLOTS_0_1 = ("relay", "shadow_relay")


def of_0_1() -> Store:
    store = Store(load_persons(), 90 * DAY_MS, legacy=LAYOUT_0_1)
    for key, blob in BLOBS.items():
        store.recover(0, key.encode(), blob)
    return store


def begins_with(value: Any, meant: Any) -> bool:
    """Whether a value is what was meant, but for fields that a later release has added at its end."""
    if isinstance(meant, list) and isinstance(value, list):
        return len(value) >= len(meant) and all(map(begins_with, value, meant))
    return bool(value == meant)


def plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


# -- of release 0.1 ------------------------------------------------------------------------------------------------


def test_what_release_0_1_kept_of_a_person_is_read_as_it_was_meant() -> None:
    for key, state in of_0_1().snapshot().items():
        meant: dict[str, Any] = MEANT[key.decode()]
        slots: Any = state.slots  # type: ignore[attr-defined]
        assert (state.seen_at, state.timer_at) == (meant["seen_at"], meant["wake_at"])
        for slot in SLOTS_0_1:
            assert begins_with(plain(getattr(slots, slot)), meant[slot]), (slot, "of a golden state")
        kept = msgspec.structs.asdict(slots.victims)
        assert kept.pop("old_marks")
        added = {field: kept.pop(field) for field in set(kept) - set(meant)}
        assert not any(added.values()), "what a later release adds is empty"
        for field, value in kept.items():
            assert begins_with(plain(value), meant[field]), field


def test_the_desk_that_release_0_1_had_among_persons_is_read_by_the_desk_itself() -> None:
    key = DESK.encode()
    store = Store(next(one for one in load_pipelines() if one.space is THE_DESK), 90 * DAY_MS, legacy=LAYOUT_0_1)
    store.recover(0, key, BLOBS[DESK])
    state: Any = store.load(0, key, 0)
    at, tasks, queue, recent, taken = MEANT[DESK]["desk"]
    desk = state.slots.desk
    assert (state.timer_at, desk.at) == (MEANT[DESK]["wake_at"], at)
    assert [plain(task) for task in desk.tasks.values()] == tasks
    assert [plain(waiting)[:7] for waiting in desk.queue.in_turn()] == queue
    assert [plain(measure) for measure in desk.recent.values()] == recent
    assert plain(dict(desk.taken)) == taken
    written = dict(store.pieces_changed(0, key, state))
    assert len(written) == len(tasks) + len(queue) + len(recent) + len(taken), "all of it, once"


def test_what_release_0_1_had_applied_is_not_applied_again() -> None:
    for key, state in of_0_1().snapshot().items():
        *applied, fired = MEANT[key.decode()]["applied"]
        wanted = {fence_key(t.code, 0): at for t, at in zip(INPUTS_0_1, applied, strict=True) if at >= 0}
        assert (state.fence, state.fired) == (wanted, fired + 1)


def test_timers_and_open_cases_of_release_0_1_are_there() -> None:
    store = of_0_1()
    assert store.timers() == sum(meant["wake_at"] > 0 for meant in MEANT.values())
    stands = [meant["relay"][3] for meant in MEANT.values() if meant["relay"] is not None]
    assert sum(1 for _ in store.census()) == sum(state != "closed" for state in stands) > 0


def test_a_state_of_release_0_1_is_written_in_todays_layout_once_it_is_touched() -> None:
    store = of_0_1()
    key = next(iter(BLOBS)).encode()
    assert is_legacy(BLOBS[key.decode()])
    state = store.load(0, key, 0)
    assert state is not None
    blob = store.save(0, key, state)
    assert blob is not None
    assert not is_legacy(blob)
    other = Store(load_persons(), 90 * DAY_MS)
    other.recover(0, key, blob)
    assert other.snapshot()[key] == state


def test_todays_record_of_a_person_is_later_than_that_of_release_0_1() -> None:
    store = of_0_1()
    for key, old in BLOBS.items():
        state = store.load(0, key.encode(), 0)
        assert state is not None
        state.fence = {**state.fence, fence_key(CALLS.code, 0): state.fence.get(fence_key(CALLS.code, 0), 0) + 1}
        new = store.save(0, key.encode(), state)
        for blob in (old, new, old):
            store.recover(0, key.encode(), blob)
        assert store.snapshot()[key.encode()] == state


# -- of the next one -----------------------------------------------------------------------------------------------


def read_back(store: Store, changes: dict[tuple[int, bytes], bytes | None]) -> Store:
    for (lane, key), blob in changes.items():
        store.recover(lane, key, blob)
    return store


def now() -> Pipeline:
    return Pipeline(PERSONS, [CountingDuty(every=2)])


def next_release() -> Pipeline:
    """A release with one duty more, which hears every text."""
    return Pipeline(PERSONS, [CountingDuty(every=2), Echo("mules", inputs=(now().inputs[1],))])


@given(st.lists(st.sampled_from(["old", "new"]), min_size=2, max_size=6))
def test_however_releases_take_turns_each_finds_what_it_had_kept(turns: list[str]) -> None:
    blobs: dict[tuple[int, bytes], bytes | None] = {}
    counted = heard = 0
    for number, release in enumerate(turns):
        bench = Bench(duty=now() if release == "old" else next_release())
        read_back(bench.store, blobs)
        blobs.update(bench.apply(text(person(1), number)).changes)
        counted, heard = counted + 1, heard + (release == "new")
    final = Bench(duty=next_release())
    read_back(final.store, blobs)
    slots = final.state(person(1)).slots
    assert slots.counting.texts == counted
    assert len(slots.mules.heard if slots.mules else []) == heard


def test_a_release_says_of_a_layout_it_cannot_read_that_it_cannot() -> None:
    bench = Bench()
    ((place, blob),) = bench.apply(text(person(1), 1)).changes.items()
    fields = msgspec.msgpack.decode(blob)
    fields[0], fields[1] = LAYOUT + 1, 1
    bench.store.recover(*place, msgspec.msgpack.encode(fields))
    with pytest.raises(LayoutError, match="upgrade"):
        bench.store.load(*place, 0)


def test_a_field_that_a_later_release_added_behind_ours_is_survived() -> None:
    bench = Bench()
    ((place, blob),) = bench.apply(text(person(1), 1)).changes.items()
    fields = msgspec.msgpack.decode(blob)
    fields[-2]["counting"].append("new")
    fields.append("newer")
    bench.store.recover(*place, msgspec.msgpack.encode(fields))
    assert bench.texts(person(1)) == 1


def test_evidence_under_a_code_that_no_rule_has_weighs_nothing() -> None:
    policy = Policy.load()
    known = Evidence("call.foreign", NOON, 1.0, ["e"])
    unknown = Evidence("of.another.release", NOON, 1.0, ["f"])
    assert score([known, unknown], None, policy, NOON) == score([known], None, policy, NOON)
    assert score([unknown], None, policy, NOON) == score([], None, policy, NOON)


def test_a_new_input_begins_its_own_fence() -> None:
    old, new = Bench(duty=now()), Bench(duty=next_release())
    read_back(new.store, old.apply(text(person(1), 1, offset=50)).changes)
    assert new.apply(text(person(1), 2, offset=50)).tally["fenced", "telecom.sms"] == 1
    assert new.apply(text(person(1), 3, offset=51)).tally["fenced", "telecom.sms"] == 0


def test_a_topic_made_anew_is_told_from_the_one_that_a_state_knows() -> None:
    """Offsets of another topic of the same name mean nothing."""
    pipeline = now()
    store, read = Store(pipeline, DAY_MS), Reader(pipeline.inputs)
    first, second = (Engine(pipeline, store, LATE_MS, topic_ids={"telecom.sms": number}) for number in (7, 8))
    first.apply([read(text(person(1), 1, offset=900))])
    assert second.apply([read(text(person(1), 2, offset=0))]).tally["fenced", "telecom.sms"] == 0
    assert store.snapshot()[person(1).encode()].fence == {fence_key(2, 7): 900, fence_key(2, 8): 0}


def test_a_state_from_before_topics_had_ids_is_fenced_by_them_all_the_same() -> None:
    pipeline = now()
    store, read = Store(pipeline, DAY_MS), Reader(pipeline.inputs)
    Engine(pipeline, store, LATE_MS).apply([read(text(person(1), 1, offset=900))])
    told = Engine(pipeline, store, LATE_MS, topic_ids={"telecom.sms": 7})
    assert told.apply([read(text(person(1), 1, offset=900))]).tally["fenced", "telecom.sms"] == 1
    told.apply([read(text(person(1), 2, offset=901))])
    assert store.snapshot()[person(1).encode()].fence == {fence_key(2, 7): 901}
