"""The packages of releases before, as they were: workers of them run from a folder of their own."""

import tarfile
from pathlib import Path

FOLDER = Path(__file__).parent / "releases"


def unpacked(name: str, under: Path) -> Path:
    """A release's packages, to be given to `WorkerProcess` as its code."""
    folder = under / name
    with tarfile.open(FOLDER / f"{name}.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    return folder
