"""The console's commands without a start of Python for each.

Half a second of a command is Python reading its modules. Tests give some hundred commands; a server of
`multiprocessing` has read them once and forks: each command has a process, environment, output and exit code of its own
all the same. How a command starts from nothing is seen by `fresh` in `program.py`, in `test_without_broker.py`, and at
every worker.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from unittest import mock

from tests.kit.patience import PATIENCE_S

READ = (
    "interdict.access.keys", "interdict.access.verify", "interdict.centre.cases", "interdict.centre.trial",
    "interdict.cli", "interdict.city.feed", "interdict.judge.evaluation", "interdict.judge.report",
    "interdict.replay.player", "interdict.run.check", "interdict.run.rebase", "interdict.run.worker",
    "schemas.asyncapi", __name__,
)  # fmt: skip
TERMINAL = {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
"""What some modules look at once, when they are read."""


def run(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `interdict` with these words and nothing on standard input."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _server().Process(target=_command, args=(words, dict(environment), out, err))
        process.start()
        process.join(PATIENCE_S)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(["interdict", *words], PATIENCE_S)
        code = process.exitcode
        process.close()
        assert code is not None
        return subprocess.CompletedProcess(["interdict", *words], code, out.read_text(), err.read_text())


@cache
def _server() -> ForkServerContext:
    """The server; it lives as long as this process does."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(READ))
    with mock.patch.dict(os.environ, TERMINAL):
        forkserver.ensure_running()
    return context


def _command(words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["interdict", *words]

    from interdict.cli import main

    main()
