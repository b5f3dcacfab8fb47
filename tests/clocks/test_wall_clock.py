"""Who looks at the wall clock, in tests, tools and the console, and why nothing that is decided hangs on it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clocks.looks import ROOT, imports, is_timeless, local, looks

LOOKED_THROUGH = ("tests", "interdict", "deploy")
"""What is decided, `agents` and the pure part of `streams`, may not import `time` at all: an import contract."""
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
    "interdict/screen/commands.py": "a card bears the day on which it was made",
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
    "interdict/centre/accounts.py": "an officer's word holds from when it is given; a grade is over by now, or not",
    "tests/console/test_accounts.py": "transfers happen as they are sent; who empties an account is told at any hour",
    "tests/live/test_mules.py": "transfers happen as they are sent; who empties an account is told at any hour",
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
        ("packed = gzip.compress(data)", ["gzip.compress"]),
        ("packed = gzip.compress(data, mtime=0)", []),
        ("pack = partial(gzip.compress, mtime=0)", []),
        ("began = time.monotonic()", []),
        ("at = datetime(2026, 1, 1, tzinfo=UTC)", []),
    ],
)
def test_a_look_at_the_clock_is_found_in_whatever_spelling(source: str, found: list[str]) -> None:
    assert list(looks(source)) == found


# -- what cannot tell one clock from another -----------------------------------------------------------------------

PURE = "import datetime\nfrom agents.far import away"


@pytest.mark.parametrize(
    ("far", "is_so"),
    [
        ("import re", True),
        ("from datetime import UTC, datetime\nat = datetime.fromtimestamp(1, UTC)", True),
        ("import time\nbegan = time.process_time()", True),
        ("import time\nat = time.time()", False),
        ("def later():\n    from datetime import datetime\n    return datetime.now", False),
        ("from datetime import datetime\nat = datetime.fromtimestamp(1)", False),
        ("import subprocess", False),
        ("import asyncio", False),
        ("import a_package_that_nobody_looked_through", False),
        ("text = path.read_text()", False),
        ("text = path.read_text(encoding='utf-8')", True),
        ("from . import beside", False),
    ],
)
def test_a_file_is_timeless_if_all_that_it_brings_in_is(tmp_path: Path, far: str, is_so: bool) -> None:
    package = tmp_path / "agents"
    package.mkdir()
    files = {"__init__": "", "far": far, "beside": "import socket", "test_near": PURE}
    for name, source in files.items():
        (package / f"{name}.py").write_text(source, encoding="utf-8")
    assert is_timeless(package / "test_near.py", tmp_path) is is_so


def test_a_package_above_what_is_imported_is_brought_in_too(tmp_path: Path) -> None:
    package = tmp_path / "agents"
    package.mkdir()
    (package / "__init__.py").write_text("import asyncio", encoding="utf-8")
    (package / "far.py").write_text("", encoding="utf-8")
    (tmp_path / "test_near.py").write_text(PURE, encoding="utf-8")
    assert not is_timeless(tmp_path / "test_near.py", tmp_path)


def test_what_starts_a_worker_or_a_console_is_not_timeless() -> None:
    for told in ("tests/live/test_tracing.py", "tests/console/test_demo.py", "tests/streams/test_wallclock.py"):
        assert not is_timeless(ROOT / told), told


def test_names_of_a_package_may_be_modules() -> None:
    assert {"a.b", "a.b.c"} <= set(imports("from a.b import c"))
    assert {"tests.kit", "tests.kit.town"} <= set(imports("from .kit import town", "tests"))


@pytest.mark.parametrize("call", ["at.astimezone()", "mktime(t)", "open('x')", "open('x', 'w')"])
def test_a_call_that_goes_by_the_machine_is_found(call: str) -> None:
    assert list(local(call))
