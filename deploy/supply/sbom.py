"""The SBOM: what the image runs, with licences, as CycloneDX JSON.

Made from an environment into which run.lock was installed, since a lock knows no licences, and checked by the tool
against CycloneDX's schema. What is compiled into a wheel (the Rust crates of pydantic-core and cramjam, OpenSSL) is not
in it.
"""

import json
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from platform import python_version
from typing import Any

from deploy.supply.locks import RUN, read
from deploy.supply.tools import ROOT, run, tool

SPEC_VERSION = "1.6"
OUT = ROOT / "dist"


def make() -> Path:
    """Write the SBOM; the same for the same lock and Python.

    Raises:
        subprocess.CalledProcessError: the lock could not be installed, or the tool refuses what it made.
        ValueError: something that was installed is missing from it.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    path = OUT / f"interdict-{version}.cdx.json"
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        python = str(Path(folder) / "bin" / "python")
        run([tool("uv"), "venv", "--quiet", "--python", sys.executable, folder])
        run([tool("uv"), "pip", "install", "--quiet", "--python", python, "--require-hashes", "--only-binary", ":all:",
             "--requirement", str(RUN)])  # fmt: skip
        run([tool("cyclonedx-py"), "environment", "--pyproject", "pyproject.toml", "--mc-type", "application",
             "--output-reproducible", "--spec-version", SPEC_VERSION, "--output-format", "JSON", "--validate",
             "--output-file", str(path), python])  # fmt: skip
    for line in looked_through(json.loads(path.read_text())):
        print(line, file=sys.stderr)
    return path


def looked_through(document: Mapping[str, Any]) -> list[str]:
    """What a reader should know of an SBOM: how much is in it, and of what it knows no licence.

    Raises:
        ValueError: a package that is needed everywhere is missing, or is there in another version.
    """
    versions = {part["name"].lower().replace("_", "-"): part["version"] for part in document["components"]}
    wrong = [pin.name for pin in read(RUN) if not pin.marker and versions.get(pin.name) != pin.version]
    if wrong:
        raise ValueError(f"not in the SBOM as they are locked: {', '.join(wrong)}")
    unknown = sorted(part["name"] for part in document["components"] if not part.get("licenses"))
    told = [f"{len(versions)} components, CycloneDX {document['specVersion']}, as Python {python_version()} needs them"]
    return told + ([f"no licence is declared by: {', '.join(unknown)}"] if unknown else [])
