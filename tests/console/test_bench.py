"""What a measurement leaves behind."""

import math

import orjson

from interdict.bench.throughput import Drain, Figures, Latency, Spread


def test_figures_are_written_with_every_latency_and_null_where_nothing_came() -> None:
    nothing = Spread(0, math.nan, math.nan)
    half = Latency(0.5, 20_000.0, 51, 30.0, 90.0, Spread(10, 25.0, 80.0), nothing)
    runs = [Drain(rate, 20.0, 5.0, 0.8) for rate in (40_000.0, 50_000.0, 45_000.0)]
    figures = Figures("x86_64", 2, "3.11", "compiled", 400_000, 100_000, runs, latencies=[half])
    told = orjson.loads(figures.to_json())
    assert told["throughput"] == 45_000
    assert told["throughput_runs"][0] == {"events_per_s": 40_000, "worker_us": 20, "broker_us": 5, "used": 0.8}
    assert told["latencies"][0]["first"] == {"commands": 10, "p50_ms": 25.0, "p99_ms": 80.0}
    assert told["latencies"][0]["next"]["p99_ms"] is None
