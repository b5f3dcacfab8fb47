"""The command `interdict` as the tests give it: in which environment, and what is always asked of its end."""

import os
import subprocess
import sys

from tests.console import forked
from tests.kit.patience import PATIENCE_S

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("INTERDICT_")} | forked.TERMINAL
ASCII_ONLY = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""A locale that has no Chinese, on any machine: a program that reads or writes by the locale fails there."""


def interdict(*words: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command; an interpreter of its own where it is to have another locale."""
    environment = ENVIRONMENT | more
    done = fresh(*words, environment=environment) if ASCII_ONLY.keys() & more else forked.run(words, environment)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def fresh(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "interdict", *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env=environment,
    )  # fmt: skip
