"""What the deployment tests need is named in one table, and what is missing is said together with what helps."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.tools import install
from deploy.tools.install import TOOLS, InstallError, Tool, place


def test_every_tool_that_does_not_come_from_debian_has_a_pinned_version() -> None:
    assert all(tool.version for tool in TOOLS.values() if tool.how != "apt")


def test_a_missing_tool_is_named_with_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "BIN", tmp_path)
    with pytest.raises(InstallError, match=r"helm is not there: make test-deploy"):
        place("helm")


def test_without_go_it_says_which_go_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "BIN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError, match=r"helm: Go 1\.24 or newer"):
        install.install([TOOLS["helm"]])


def test_a_program_that_fails_is_told_with_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "go").write_text("#!/bin/sh\necho no such module; exit 1\n")
    (tmp_path / "go").chmod(0o755)
    monkeypatch.setattr(install, "BIN", tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(InstallError, match="no such module"):
        install.install([Tool("nothing", "go", "example.org/nothing", "v1.0.0")])
    assert not list((tmp_path / "bin").iterdir())


def test_a_name_that_is_no_tools_is_wrong_usage() -> None:
    asked = [sys.executable, "-m", "deploy.tools.install", "hammer"]
    assert subprocess.run(asked, capture_output=True, check=False, cwd=Path(__file__).parents[2]).returncode == 2
