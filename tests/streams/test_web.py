"""A worker's one port."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import orjson
import pytest
from prometheus_client import CollectorRegistry, Counter

from streams.kafka.children import free_port
from streams.observe import web
from streams.observe.health import BEAT_S_MAX, REASONS, Health
from streams.observe.metrics import Metrics
from streams.settings import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


@pytest.fixture
def get(health: Health) -> Iterator[Callable[[str], tuple[int, Any]]]:
    registry = CollectorRegistry()
    Counter("interdict_things", "Things.", registry=registry).inc(3)
    port = free_port()
    stop = web.serve(port, registry, health)

    def get(path: str) -> tuple[int, Any]:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                body = answer.read()
                return answer.status, body.decode() if path == "/metrics" else orjson.loads(body)
        except HTTPError as refusal:
            with refusal:
                return refusal.code, orjson.loads(refusal.read())

    yield get
    stop()


def test_a_starting_worker_lives_and_is_not_ready(get: Any) -> None:
    assert get("/livez") == (200, {"alive": True})
    assert get("/readyz") == (503, {"ready": False, "reasons": {"start": "the worker is starting"}})


def test_a_recovery_tells_how_far_it_has_come(get: Any, health: Health) -> None:
    health.tell(recovery="10 of 40 changelog offsets read")
    assert get("/readyz") == (503, {"ready": False, "reasons": {"recovery": "10 of 40 changelog offsets read"}})


def test_a_worker_in_whose_way_nothing_stands_is_ready(get: Any, health: Health) -> None:
    health.tell()
    assert get("/readyz") == (200, {"ready": True, "reasons": {}})


def test_a_worker_whose_event_loop_is_stuck_neither_lives_nor_is_ready(get: Any, health: Health, clock: Clock) -> None:
    health.tell()
    clock.now += BEAT_S_MAX
    assert get("/livez") == (503, {"alive": False})
    assert get("/readyz")[0] == 503


def test_what_stands_in_the_way_is_a_metric_too_and_one_at_a_time(health: Health, clock: Clock) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.ask(health.gauges)

    def ready() -> tuple[float | None, set[str]]:
        stands = {r for r in REASONS if metrics.registry.get_sample_value("interdict_not_ready", {"reason": r})}
        return metrics.registry.get_sample_value("interdict_ready"), stands

    assert ready() == (0, {"start"})
    health.tell(recovery="10 of 40 changelog offsets read")
    assert ready() == (0, {"recovery"})
    health.tell()
    assert ready() == (1, set())
    clock.now += BEAT_S_MAX
    assert ready() == (0, {"loop"})


def test_the_port_is_on_loopback_unless_told_otherwise(health: Health) -> None:
    port = free_port()
    stop = web.serve(port, CollectorRegistry(), health, "127.0.0.2")
    try:
        with urlopen(f"http://127.0.0.2:{port}/livez", timeout=5) as answer:
            assert answer.status == 200
        with pytest.raises(URLError):
            urlopen(f"http://127.0.0.1:{port}/livez", timeout=5)
    finally:
        stop()
    assert Settings.model_fields["metrics_host"].default == "127.0.0.1"


def test_metrics_are_served_beside_them(get: Any) -> None:
    status, text = get("/metrics")
    assert status == 200
    assert "interdict_things_total 3.0" in text


def test_a_page_that_is_not_there_names_those_that_are(get: Any) -> None:
    assert get("/") == (404, {"pages": ["/metrics", "/livez", "/readyz"]})
