"""The tools, in a virtual environment of their own, installed from their lock."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
HOME = ROOT / ".supply"
LOCK = HERE / "tools.lock"
INSTALLED = HOME / "tools.lock"
"""A copy of the lock that the environment was made from."""


def tool(name: str) -> str:
    """The path of a tool's program. Makes the environment where there is none, or one made from another lock."""
    if not INSTALLED.exists() or INSTALLED.read_bytes() != LOCK.read_bytes():
        print(f"making {HOME.name} from {LOCK.relative_to(ROOT)} ...", file=sys.stderr)
        venv.create(HOME, clear=True, with_pip=True)
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)])
        INSTALLED.write_bytes(LOCK.read_bytes())
    return str(HOME / "bin" / name)


def run(command: list[str]) -> None:
    """Run a program in the checkout's root.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    subprocess.run(command, cwd=ROOT, check=True)
