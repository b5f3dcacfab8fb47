"""A new duty on a person's key, by the recipe of ARCHITECTURE.md alone: a package of its own and one row."""

import importlib
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from interdict import topology
from interdict.access.acls import worker_rights
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from schemas.spans import DAY_MS
from schemas.topics import SMS
from streams.core.engine import Engine
from streams.core.lanes import Batch
from streams.core.pipeline import Pipeline
from streams.core.reader import Reader
from streams.core.store import Store
from streams.observe.metrics import Metrics
from streams.settings import Settings
from tests.kit.story import ME, MIDDAY, robbed_on_the_phone

TOY = '''
"""Counts the texts of a person."""

from schemas.topics import SMS
from streams.core.duty import Count
from streams.core.metering import Metric


class TextsDuty:
    name = "texts"
    inputs = (SMS,)
    broadcasts = ()
    metrics = {"texts": Metric("interdict_texts_total", "counter", "Texts to persons.")}
    state_type = int

    def decide(self, state, key, topic, event, now):
        return (state or 0) + 1, [Count("texts")]

    def on_timer(self, state, key, now):
        return state, ()

    def timer_at(self, state):
        return 0

    def on_idle(self, state):
        return None

    def census_entry(self, state):
        return None

    def gauges(self):
        return ()

    def on_broadcast(self, topic, key, record):
        pass
'''


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """All duties and one more."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "__init__.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "texts", raising=False)
    toy = importlib.import_module("texts")
    persons, *others = topology.PIPELINES
    more = persons._replace(duties=(*persons.duties, lambda _: toy.TextsDuty()))
    monkeypatch.setattr(topology, "PIPELINES", (more, *others))
    return topology.load_persons()


def text(number: int) -> Recorded:
    value = {"event_id": f"t{number}", "occurred_at": MIDDAY + number, "subscriber": ME, "peer": "10086",
             "direction": "in", "text": "hello"}  # fmt: skip
    return Recorded(SMS.name, ME.encode(), orjson.dumps(value), number)


def replay(pipeline: Pipeline) -> Replay:
    settings = Settings()
    return Replay([pipeline], settings.late_ms_max, settings.idle_ms)


def test_it_decides_beside_the_others_in_a_replay(pipeline: Pipeline) -> None:
    there = replay(pipeline)
    for number in range(3):
        assert list(there.take(there.read(text(number)))) == []
    slots: Any = there.store.snapshot()[ME.encode()]
    assert slots.slots.texts == 3
    assert slots.slots.victims is not None


def test_a_state_without_it_gets_its_slot_and_keeps_the_others(pipeline: Pipeline) -> None:
    before = robbed_on_the_phone()
    blob = before.store.at_rest(0)[ME.encode()]
    there = replay(pipeline)
    there.store.recover(0, ME.encode(), blob)
    for number in (7, 8):  # the first bears an offset that the state has applied
        list(there.take(there.read(text(number))))
    slots: Any = there.store.snapshot()[ME.encode()]
    assert slots.slots.texts == 1
    assert slots.slots.relay == before.slots.relay


def test_a_release_without_it_carries_its_slot_along(pipeline: Pipeline) -> None:
    there = replay(pipeline)
    list(there.take(there.read(text(1))))
    blob = there.store.at_rest(0)[ME.encode()]
    old = Store(Pipeline(topology.PERSONS, pipeline.duties[:-1]), DAY_MS)
    old.recover(0, ME.encode(), blob)
    state: Any = old.load(0, ME.encode(), MIDDAY)
    assert set(state.carried) == {"texts"}


def test_what_it_counts_is_served(pipeline: Pipeline) -> None:
    metrics = Metrics(CollectorRegistry(), topology.metrics_of([pipeline]))
    store = Store(pipeline, DAY_MS)
    effects = Engine(pipeline, store, DAY_MS).apply([Reader(pipeline.inputs)(text(1))])
    metrics.batch_decided(Batch([], {}), effects, 0.0)
    assert metrics.registry.get_sample_value("interdict_texts_total") == 1


def test_a_worker_asks_for_no_other_rights(pipeline: Pipeline) -> None:
    settings = Settings()
    assert set(worker_rights(settings, [pipeline])) == set(worker_rights(settings, [topology.load_persons()]))
