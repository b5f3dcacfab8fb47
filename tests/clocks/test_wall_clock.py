"""Who looks at the wall clock, in tests, tools and the console, and why nothing that is decided hangs on it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOOKED_THROUGH = ("tests", "interdict", "deploy")
"""What is decided, `agents` and the pure part of `streams`, may not import `time` at all: an import contract."""
LOOKS = {
    "time.time", "time.time_ns", "time.localtime", "time.ctime", "time.strftime", "datetime.now", "datetime.utcnow",
    "datetime.today", "date.today",
}  # fmt: skip
"""Ways to ask what time it is, by their last two names."""
MAY: Mapping[str, str] = {
    "deploy/examples/executor.py": "an executor refuses what has expired",
    "deploy/grafana/city.py": "a city by the wall clock, in which it is noon whenever it is played",
    "deploy/kafka/certificates.py": "certificates are valid from two days ago",
    "interdict/access/verify.py": "a command that has expired is told as such",
    "interdict/bench/throughput.py": "how long ago an event was published: a difference",
    "interdict/centre/cases.py": "how old a case is",
    "interdict/city/commands.py": "what simulate sends to Kafka ends now; its recordings have a day of their own",
    "interdict/city/demo.py": "how long ago an event was published: a difference",
    "interdict/fit/commands.py": "a card bears the day on which it was made",
    "interdict/fit/packaged.py": "a card bears the day on which it was made",
    "interdict/city/live.py": "a city by the wall clock, for somebody who looks at it",
    "tests/chaos/strewn.py": "poison is dated beside the feed's own time and beside now",
    "tests/clocks/__main__.py": "moves the clock",
    "tests/console/test_live.py": "events happen as they are sent",
    "tests/console/test_verify.py": "a command that expires in an hour",
    "tests/kafka/test_transactions.py": "events happen as they are sent; the plain scam is red at any hour",
    "tests/live/doubtful.py": "events happen as they are sent; the plain scam is red at any hour",
    "tests/live/test_clock_steps.py": "moves the clock",
    "tests/live/test_hostile.py": "a record's timestamp: everything in it is dated long before",
    "tests/live/test_poison.py": "events happen as they are sent; the plain scam is red at any hour",
    "tests/live/test_policies.py": "a call from a listed number and a text: evidence at any hour",
    "tests/live/test_rebase.py": "events happen as they are sent; the plain scam is red at any hour",
    "tests/live/test_relay.py": "live deadlines go by the worker's clock; the plain scam is red at any hour",
    "tests/live/test_tracing.py": "live deadlines go by the worker's clock; the plain scam is red at any hour",
    "tests/live/test_unreadable.py": "events happen as they are sent; the scam is red at any hour",
    "tests/streams/test_metrics.py": "a metric that tells the time, between two looks at it",
    "tests/streams/test_ticks.py": "an idle lane goes on with the clock",
    "tests/streams/test_timekeeper.py": "events happen as they are sent",
    "tests/streams/test_transport.py": "how long ago a record was written: a difference",
}
"""By file: why it looks. Whoever adds one says what keeps its outcome the same at night, on another date, elsewhere."""


def looks(source: str) -> Iterator[str]:
    """Every place of a program that asks what time it is, or hands on what asks."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            names = [".".join(ast.unparse(node).split(".")[-2:])]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name in LOOKS)


def test_whoever_looks_at_the_wall_clock_says_why_its_outcome_does_not_hang_on_it() -> None:
    files = sorted(path for folder in LOOKED_THROUGH for path in (ROOT / folder).rglob("*.py"))
    found = {str(path.relative_to(ROOT)) for path in files if any(looks(path.read_text(encoding="utf-8")))}
    assert sorted(found - MAY.keys()) == [], "give it a time of its own, or a reason in MAY"
    assert sorted(MAY.keys() - found) == [], "no longer looks: take it out of MAY"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time\nat = int(time.time() * 1000)", ["time.time"]),
        ("import datetime\nat = datetime.datetime.now(datetime.UTC)", ["datetime.now"]),
        ("from time import monotonic, time", ["time.time"]),
        ("watch(clock=time.time)", ["time.time"]),
        ("began = time.monotonic()", []),
        ("at = datetime(2026, 1, 1, tzinfo=UTC)", []),
    ],
)
def test_a_look_at_the_clock_is_found_in_whatever_spelling(source: str, found: list[str]) -> None:
    assert list(looks(source)) == found
