"""A process that a test brings down is told by that test's name; all others are run, and the run ends."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.scheduling import APART

FALLS = "import os\ndef test_falls(): os._exit(1)\n"
PASSES = "def test_passes(): pass\n"
FILES = {
    "alone": {"test_one.py": FALLS},
    "the last of its file": {"test_one.py": PASSES + FALLS},
    "the first of its file": {"test_one.py": FALLS + PASSES},
    "in many files": {f"test_{number}.py": FALLS + PASSES for number in range(4)},
    "each test by itself": {min(APART): FALLS + PASSES},
    "beside others": {"test_one.py": FALLS, "test_two.py": PASSES, "test_three.py": PASSES, min(APART): PASSES},
}


@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
def test_a_run_ends_though_a_process_fell_and_every_other_test_was_run(files: dict[str, str], tmp_path: Path) -> None:
    for name, source in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "tests.kit.scheduling", "-p", "no:cacheprovider", "-c", os.devnull]
    ended = subprocess.run(
        [*command, "--rootdir", tmp_path, "-n", "2", "--dist", "loadfile", tmp_path],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    sources = "".join(files.values())
    assert re.findall(r"(\d+) (failed|passed)", ended.stdout.splitlines()[-1]) == [
        (str(count), kind)
        for kind, count in (("failed", sources.count("test_falls")), ("passed", sources.count("test_passes")))
        if count
    ]
