"""The locks hold what pyproject.toml asks for; an audit that could not look says so; an SBOM lists what is locked."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.supply.audit import CANARY, Exit, judged, knows
from deploy.supply.locks import SOURCES, Pin, read
from deploy.supply.sbom import looked_through
from deploy.supply.tools import HERE, ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPILING: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
LOCKS: dict[str, dict[str, Pin]] = {name: {pin.name: pin for pin in read(HERE / name)} for name in SOURCES}


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


ASKED = {
    "run.lock": [*PROJECT["project"]["dependencies"], *EXTRAS["otel"]],
    "dev.lock": [*PROJECT["project"]["dependencies"], *EXTRAS["otel"], *EXTRAS["dev"], *EXTRAS["broker"]],
    "train.lock": [*PROJECT["project"]["dependencies"], *EXTRAS["train"]],
    "build.lock": [*PROJECT["build-system"]["requires"], *COMPILING, *lines_of(HERE / "build.in")],
    "tools.lock": lines_of(HERE / "tools.in"),
}


# -- the locks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lock", "asked"), [(lock, one) for lock, all_ in ASKED.items() for one in all_])
def test_what_is_asked_for_is_locked_at_a_version_that_is_allowed(lock: str, asked: str) -> None:
    wanted = Requirement(asked)
    pin = LOCKS[lock].get(canonicalize_name(wanted.name))
    assert pin is not None, "`make lock` was forgotten"
    assert wanted.specifier.contains(pin.version, prereleases=True), "`make lock` was forgotten"


@pytest.mark.parametrize("lock", SOURCES)
def test_every_package_is_pinned_with_hashes_and_none_comes_from_an_address(lock: str) -> None:
    text = (HERE / lock).read_text()
    assert all(pin.hashes for pin in read(HERE / lock))
    assert not re.search(r"https?:|file:|@ |--(extra-)?index|--find-links|--trusted-host", text)


@pytest.mark.parametrize("line", ["jinja2", "jinja2==2.11.2", "--index-url x", "jinja2 @ file:///x", "-e ."])
def test_a_line_that_a_lock_cannot_have_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.lock"
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match=r"x\.lock:1"):
        read(path)


def test_what_is_tested_is_what_runs() -> None:
    assert {name: LOCKS["dev.lock"][name].version for name in LOCKS["run.lock"]} == {
        name: pin.version for name, pin in LOCKS["run.lock"].items()
    }


def test_what_make_installs_is_what_is_locked() -> None:
    """By hash, and then the project itself with nothing more: no step of `make install` may choose a version."""
    recipe = (ROOT / "Makefile").read_text().partition("$(READY):")[2].partition("\n\n")[0]
    steps = [line.partition("$(INSTALL)")[2].split() for line in recipe.splitlines() if "$(INSTALL)" in line]
    assert [sorted(step) for step in steps] == [
        sorted(["--require-hashes", "-r", "deploy/supply/build.lock", "-r", "deploy/supply/dev.lock"]),
        sorted(["--no-deps", "--no-build-isolation", "-e", "."]),
    ]
    assert {"deploy/supply/build.lock", "deploy/supply/dev.lock"} <= set(recipe.partition("\n")[0].split())


def needed(name: str, extras: frozenset[str], seen: set[tuple[str, str]]) -> Iterator[Requirement]:
    """Everything that an installed package needs here, and what that needs."""
    for extra in ("", *extras):
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:  # the extra `otel` may be absent
            return
        for wanted in map(Requirement, requires):
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                yield wanted
                yield from needed(canonicalize_name(wanted.name), frozenset(wanted.extras), seen)


@pytest.mark.parametrize(
    ("lock", "extras"), [("run.lock", frozenset({"otel"})), ("dev.lock", frozenset({"otel", "dev", "broker"}))]
)
def test_a_lock_is_closed_over_what_its_packages_need(lock: str, extras: frozenset[str]) -> None:
    wanted = [one for one in needed("interdict", extras, set()) if canonicalize_name(one.name) != "interdict"]
    assert len(wanted) > 30
    assert {canonicalize_name(one.name) for one in wanted} <= LOCKS[lock].keys()


def test_nothing_is_locked_for_some_pythons_only() -> None:
    """One lock for 3.11, 3.12 and later: a package may differ by system, and not be absent by version."""
    markers = {pin.marker for pins in LOCKS.values() for pin in pins.values() if pin.marker}
    assert all(Marker(marker) for marker in markers)
    for lock in ("run.lock", "dev.lock"):
        for version in ("3.11", "3.12", "3.13"):
            here = {"python_full_version": version + ".0", "python_version": version}
            there = [pin.name for pin in LOCKS[lock].values() if not pin.marker or Marker(pin.marker).evaluate(here)]  # type: ignore[arg-type]
            assert {canonicalize_name(Requirement(one).name) for one in ASKED[lock]} <= set(there)


# -- the audit -----------------------------------------------------------------------------------------------------

NOT_FOUND = {
    "dependencies": [{"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited"}]
}
CLEAN = {"dependencies": [{"name": "idna", "version": "3.20", "vulns": []}]}
WRONG = {"dependencies": [{"name": "jinja2", "version": "2.11.2",
                           "vulns": [{"id": "PYSEC-2021-66", "fix_versions": ["2.11.3"], "aliases": []}]}]}  # fmt: skip


def test_a_service_that_does_not_know_the_canary_is_not_believed() -> None:
    assert CANARY.startswith("jinja2==")
    assert [knows(report) for report in (WRONG, NOT_FOUND, {"dependencies": []}, None)] == [True, False, False, False]


def test_an_audit_without_findings_says_how_many_packages_it_looked_at() -> None:
    assert judged("pypi", {"run.lock": CLEAN, "dev.lock": CLEAN}) == (
        Exit.CLEAN,
        ("1 packages, no known vulnerability, says pypi",),
    )


def test_a_vulnerability_fails_and_says_what_mends_it_whatever_else_was_missed() -> None:
    verdict = judged("pypi", {"run.lock": WRONG, "dev.lock": None})
    assert verdict.exit is Exit.VULNERABLE
    assert verdict.lines[0] == "run.lock: jinja2 2.11.2: PYSEC-2021-66, mended in 2.11.3"


@pytest.mark.parametrize("missed", [None, NOT_FOUND])
def test_what_could_not_be_looked_at_is_no_clean_audit(missed: Any) -> None:
    verdict = judged("pypi", {"run.lock": CLEAN, "dev.lock": missed})
    assert verdict.exit is Exit.NOT_RUN
    assert all(line.startswith("NOT RUN: dev.lock") for line in verdict.lines)


# -- the SBOM ------------------------------------------------------------------------------------------------------


def document(**versions: str) -> dict[str, Any]:
    pins = {pin.name: pin.version for pin in read(HERE / "run.lock") if not pin.marker} | versions
    licences = [{"license": {"id": "MIT"}}]
    return {"specVersion": "1.6", "components": [
        {"name": name, "version": version, "licenses": licences if name != "idna" else []}
        for name, version in pins.items() if version
    ]}  # fmt: skip


def test_an_sbom_says_of_what_it_knows_no_licence() -> None:
    told = looked_through(document())
    assert re.match(r"\d\d components, CycloneDX 1\.6", told[0])
    assert told[1] == "no licence is declared by: idna"


@pytest.mark.parametrize("version", ["", "0.0.1"])
def test_an_sbom_without_what_is_locked_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"pydantic$"):
        looked_through(document(pydantic=version))
