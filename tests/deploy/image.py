"""The Dockerfile, read: what it copies, runs and says of the container. No Docker is needed for that."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import orjson

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IGNORED = ROOT / ".dockerignore"


class Instruction(NamedTuple):
    """One instruction with its continuation lines joined."""

    word: str
    rest: str


def instructions() -> list[list[Instruction]]:
    """The instructions of each stage; what stands before the first FROM is left out."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]
    stages: list[list[Instruction]] = []
    for word, _, rest in (line.strip().partition(" ") for line in lines):
        if word == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(Instruction(word, rest.strip()))
    return stages


def of(word: str, stage: int) -> list[str]:
    """What stands behind each such word of a stage: 0 builds, -1 is what runs."""
    return [one.rest for one in instructions()[stage] if one.word == word]


def copied() -> list[str]:
    """Paths that the image is built from."""
    return [path for rest in of("COPY", 0) for path in rest.split()[:-1]]


def environment() -> dict[str, str]:
    """What the image sets, but for the path."""
    pairs = (pair.partition("=") for rest in of("ENV", -1) for pair in shlex.split(rest))
    return {name: value for name, _, value in pairs if name != "PATH"}


def health_check() -> list[str]:
    """The command that tells whether a worker is well."""
    (rest,) = of("HEALTHCHECK", -1)
    command: list[str] = orjson.loads(rest.partition("CMD ")[2])
    return command
