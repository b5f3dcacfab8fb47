"""The locks: every package that is installed, at one version, with the hashes of the files that may stand for it.

    run.lock     what the image runs: the project's dependencies, and the extra `otel`
    dev.lock     the same, what tests and linters need, and the embedded broker: what `make install` installs
    train.lock   what makes the text model and the rules' weights anew
    build.lock   what builds the wheel
    tools.lock   what works on these locks

They hold for Python 3.11 and newer and for every system, by markers, and name no index: where packages come from is the
installing machine's business, what they are is not.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from deploy.supply.tools import HERE, ROOT, run, tool

PYTHON_MIN = "3.11"
RUN = HERE / "run.lock"
SOURCES: Mapping[str, tuple[str, ...]] = {
    "run.lock": ("pyproject.toml", "--extra", "otel"),
    "dev.lock": (
        "pyproject.toml",
        "--extra",
        "otel",
        "--extra",
        "dev",
        "--extra",
        "broker",
        "--constraints",
        "deploy/supply/run.lock",
    ),
    "train.lock": ("pyproject.toml", "--extra", "train", "--constraints", "deploy/supply/dev.lock"),
    "build.lock": ("deploy/supply/build.in", "--constraints", "deploy/supply/dev.lock"),
    "tools.lock": ("deploy/supply/tools.in",),
}
"""What each is made from, in the order to make them in."""

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))? \\$")


class Pin(NamedTuple):
    """One package of a lock."""

    name: str
    version: str
    marker: str
    """Where it is needed; empty for everywhere."""
    hashes: tuple[str, ...]


def renew() -> None:
    """Resolve everything anew, to the newest versions that pyproject.toml allows."""
    uv = tool("uv")
    for name, source in SOURCES.items():
        run(
            [uv, "pip", "compile", *source, "--quiet", "--upgrade", "--universal", "--python-version", PYTHON_MIN,
             "--generate-hashes", "--annotation-style=line", "--custom-compile-command", "make lock",
             "--output-file", str((HERE / name).relative_to(ROOT))]
        )  # fmt: skip


def read(path: Path) -> list[Pin]:
    """The packages of a lock.

    Raises:
        ValueError: a line is none that a lock can have: an index, an address, a package without version or hash.
    """
    pins: list[Pin] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if match := PIN.match(line):
            pins.append(Pin(match["name"], match["version"], (match["marker"] or "").strip(), ()))
        elif pins and (digest := re.fullmatch(r"--hash=(sha256:[0-9a-f]{64})(?: \\)?", text)):
            pins[-1] = pins[-1]._replace(hashes=(*pins[-1].hashes, digest[1]))
        else:
            raise ValueError(f"{path.name}:{number}: neither a pinned package nor a hash")
    if bare := [pin.name for pin in pins if not pin.hashes]:
        raise ValueError(f"{path.name}: no hash for {', '.join(bare)}")
    return pins
