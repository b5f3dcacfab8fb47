"""The fast part of the suite under other clocks: `make test-clocks`, or `python -m tests.clocks`.

Each run begins half a minute before something turns: a day, a shift, a year, summer time. So tests run on both sides of
it. libfaketime moves the wall clock of pytest and of every process that it starts; the monotonic clock stays, so limits
of time are what they are. The embedded broker is linked statically and keeps the true time, as a broker's clock may
differ. A clock that cannot be had is said, and fails.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

BEFORE_S = 30
"""From the beginning of a run to the moment at which something turns."""
OFF_S_MAX = 5.0
"""How far a child's clock may be from what was asked for: it takes a moment to start."""
LONG = (
    "tests/schemas/test_asyncapi.py", "tests/victims/test_state.py",
    "tests/victims/test_scams.py", "tests/relay/test_giving_back.py", "tests/console/test_policies.py",
    "tests/fit/test_weights.py",
)  # fmt: skip
"""Not fast, and left out: what they test is pure, or the same command again and again."""
PYTEST = ("-m", "pytest", "-p", "tests.clocks.selection", "-m", "not data and not deploy_tools and not slow", "-n", "2",
          "--dist", "worksteal", "--hypothesis-profile=clocks", *(f"--ignore={path}" for path in LONG))  # fmt: skip
SAY = "import time; began = time.time(); time.sleep(0.01); print(began, time.tzname[0])"


class Clock(NamedTuple):
    """When and where the tests believe they are. China's hours are the policies' own, wherever a machine stands."""

    name: str
    turns_at: str
    """ISO 8601 with a zone: what the run crosses."""
    zone: str
    locale: str


CLOCKS = (
    Clock("midnight in China, and a new year", "2027-01-01T00:00:00+08:00", "Asia/Shanghai", "C.UTF-8"),
    Clock("eight in the morning in China, of a leap day", "2028-02-29T08:00:00+08:00", "UTC", "C.UTF-8"),
    Clock("two at night in New York, which becomes three", "2027-03-14T07:00:00+00:00", "America/New_York", "C"),
)


class ClockError(Exception):
    """A clock cannot be had here; says why, and what to do."""


def main() -> int:
    """Run the tests under each clock; 1 where a test failed, or where a clock could not be had."""
    failed = []
    for clock in CLOCKS:
        print(f"\n== {clock.name}: {clock.turns_at}, zone {clock.zone}, locale {clock.locale}", flush=True)
        try:
            passed = run(clock)
        except ClockError as problem:
            print(f"tests.clocks: {problem}", flush=True)
            passed = False
        if not passed:
            failed.append(clock.name)
    print("\nnot under: " + "; ".join(failed) if failed else f"\nthe same under {len(CLOCKS)} clocks", flush=True)
    return int(bool(failed))


def run(clock: Clock) -> bool:
    """Run the tests under one clock; whether all passed."""
    look(clock, moved(clock))
    began = time.monotonic()
    done = subprocess.run([sys.executable, *PYTEST], env=moved(clock), check=False)
    if time.monotonic() - began < BEFORE_S:
        raise ClockError(f"the run was over before the clock turned: it must take longer than {BEFORE_S} s")
    return done.returncode == 0


def moved(clock: Clock) -> dict[str, str]:
    """The environment in which it is half a minute before the clock turns: an offset, which all processes share."""
    offset_s = round(begins_at(clock) - time.time())
    return os.environ | {
        "TZ": clock.zone, "LC_ALL": clock.locale, "LD_PRELOAD": str(library()), "FAKETIME": f"{offset_s:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",  # files keep their times: Python would compile every module anew
    }  # fmt: skip


def begins_at(clock: Clock) -> float:
    """The wall clock when the run begins, Unix seconds."""
    return datetime.fromisoformat(clock.turns_at).timestamp() - BEFORE_S


def library() -> Path:
    """Where libfaketime is. The one from PyPI: with Debian 12's every `time.sleep` of Python 3.11 fails."""
    found = find_spec("libfaketime")
    places = [] if found is None else found.submodule_search_locations or []
    files = [file for place in places for file in Path(place).glob("vendor/**/libfaketime.so.1")]
    if not files:
        raise ClockError("no libfaketime: python -m pip install libfaketime, which needs a C compiler and Linux")
    return files[0]


def look(clock: Clock, environment: Mapping[str, str]) -> None:
    """Ask a child's child what time it is.

    Raises:
        ClockError: not what was asked for.
    """
    words = ("sh", "-c", f'"{sys.executable}" -c "{SAY}"')
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if told.returncode:
        raise ClockError(f"no process runs under this clock: {told.stderr.strip()}")
    now, zone = told.stdout.split()
    if abs(float(now) - begins_at(clock)) > OFF_S_MAX:
        raise ClockError(f"libfaketime does not work here: the clock says {now}, and not {begins_at(clock)}")
    if zone == "UTC" and clock.zone != "UTC":
        raise ClockError(f"this machine does not know the zone {clock.zone}: apt-get install tzdata")


if __name__ == "__main__":
    sys.exit(main())
