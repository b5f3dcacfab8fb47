"""Compiles what decides, from the same source: https://mypyc.readthedocs.io.

    a wheel (the image)  ─► hatchling calls `Compiled` ─► extension modules in it, beside the source
    python -m deploy.compiled DIR ─► a copy of this checkout with the same in place, to be tried

Which modules is a list in pyproject.toml. Python takes an extension module before the source beside it, so a checkout
that is worked on has none: an editable installation is never compiled. Where no C compiler is, a wheel is made without,
and is slower; INTERDICT_COMPILE=must makes that an error, INTERDICT_COMPILE=no makes none in any case.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOW = "INTERDICT_COMPILE"
GROUP = "interdict"
"""The modules share one library, which is named after it."""
OF = ".compiled-of"
"""In the copy: what its modules were made from."""
LEFT_OUT = (".git", ".venv", ".compiled", ".supply", "__pycache__", "*.so", "build", "dist", ".*_cache", ".hypothesis")
SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup
to, *files = sys.argv[1:]
modules = mypycify(["--no-warn-unused-configs", *files], opt_level="2", group_name="{group}", target_dir=to + "/c")
setup(name="{group}", packages=[], py_modules=[], ext_modules=modules,
      script_args=["-q", "build_ext", "--build-lib", to + "/lib", "--build-temp", to + "/o"])
"""


class CompileError(Exception):
    """The modules cannot be compiled here."""


class Compiled(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the extension modules into a wheel. Its configuration is `[tool.hatch.build.targets.wheel.hooks.custom]`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See hatchling. `version` is "editable" for an installation that is worked on."""
        how = os.environ.get(HOW, "auto")
        if version == "editable" or how == "no":
            return
        if how != "must" and not has_compiler():
            self.app.display_warning(f"no C compiler: what decides is not compiled ({HOW}=must makes this an error)")
            return
        self._made = tempfile.TemporaryDirectory()
        made = compile_modules(Path(self.root), self.config["modules"], Path(self._made.name))
        build_data["force_include"].update({str(path): name for name, path in made.items()})
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """See hatchling."""
        if (made := getattr(self, "_made", None)) is not None:
            made.cleanup()


def has_compiler() -> bool:
    """Whether the C compiler that this Python was made with is there, and Python's own headers."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    return shutil.which(compiler) is not None and Path(sysconfig.get_path("include"), "Python.h").exists()


def compile_modules(root: Path, modules: Iterable[str], to: Path) -> dict[str, Path]:
    """The extension modules, by their path in a wheel.

    Args:
        root: of the checkout.
        modules: paths and globs in it.
        to: an empty folder for what is made on the way.

    Raises:
        CompileError: with what the compiler said.
    """
    files = sorted({str(path.relative_to(root)) for one in modules for path in root.glob(one)})
    done = subprocess.run(
        [sys.executable, "-c", SETUP.format(group=GROUP), str(to), *files],
        cwd=root, env={**os.environ, "MYPY_CACHE_DIR": str(to / "mypy")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CompileError((done.stdout + done.stderr)[-4000:])
    lib = to / "lib"
    return {str(path.relative_to(lib)): path for path in sorted(lib.rglob("*")) if path.is_file()}


def main(words: list[str]) -> None:
    """Make a copy of this checkout that is compiled."""
    parser = argparse.ArgumentParser(prog="python -m deploy.compiled", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where to; what is there is replaced")
    folder: Path = parser.parse_args(words).folder
    root = Path(__file__).parents[1]
    if not has_compiler():
        sys.exit(
            "no C compiler, or no headers of Python: apt-get install gcc libc6-dev, and python3-dev for Debian's Python"
        )
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    modules: list[str] = wheel["hooks"]["custom"]["modules"]
    of, kept = digest(root), {}
    if (folder / OF).exists() and (folder / OF).read_text() == of:
        kept = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.so")}
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root, folder, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT, folder.name))
    if not kept:
        print("compiling what decides: a minute or two ...", flush=True)
        with tempfile.TemporaryDirectory() as to:
            made = compile_modules(folder, modules, Path(to))
            kept = {Path(name): path.read_bytes() for name, path in made.items()}
    for name, code in kept.items():
        (folder / name).write_bytes(code)
    asked = [sys.executable, "-c", "from streams.observe.metrics import core; print(core())"]
    if (
        core := subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    ) != "compiled":
        sys.exit(f"{folder}: what decides is {core} there after all")
    (folder / OF).write_text(of)


def digest(root: Path) -> str:
    """Of all that the modules are made from: while it stays, they do."""
    sources = sorted(path for name in ("agents", "schemas", "streams") for path in (root / name).rglob("*.py"))
    seen = sha256(sys.version.encode())
    for path in (root / "pyproject.toml", root / "deploy" / "supply" / "dev.lock", Path(__file__), *sources):
        seen.update(path.read_bytes())
    return seen.hexdigest()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CompileError as problem:
        sys.exit(str(problem))
