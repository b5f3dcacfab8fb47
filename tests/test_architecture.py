"""The map is true: every file that ARCHITECTURE.md names is there, and so is every test beside an invariant. And what
tests share has a place of its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "ARCHITECTURE.md").read_text()
PACKAGES = ("schemas", "streams", "agents", "interdict", "deploy", "tests")
FILES = [path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
TESTS = {path: (ROOT / path).read_text() for path in FILES if path.startswith("tests/")}
INVARIANTS = PAGE.split("## Invariants", 1)[1].split("\n## ", 1)[0]
BESIDE = sorted(set(re.findall(r"\[([^\]]+)\]", INVARIANTS)))
OTHER_PROOFS = ("import-linter", "replay", "chaos seed", "make ")
"""What is no test of its own: a contract, a target of the Makefile."""


def named_files() -> list[str]:
    return sorted(set(re.findall(r"`([\w/]+\.py)`", PAGE)))


@pytest.mark.parametrize("name", named_files())
def test_a_file_that_the_map_names_is_there(name: str) -> None:
    assert any(path == name or path.endswith(f"/{name}") for path in FILES)


@pytest.mark.parametrize("proofs", BESIDE)
def test_what_stands_beside_an_invariant_is_there(proofs: str) -> None:
    for proof in re.split(r"[;,]\s*", proofs.replace("\n", " ")):
        if any(other in proof for other in OTHER_PROOFS):
            continue
        file, _, begins = proof.partition(":")
        for name in re.findall(r"[\w/]+", file):
            assert any(path.endswith(f"{name}.py") for path in TESTS) or _is_a_test(name), proof
        for name in re.findall(r"\w+", begins):
            assert _is_a_test(name), proof


def _is_a_test(begins: str) -> bool:
    """Whether some test's name begins so."""
    return any(re.search(rf"def (test_)?{begins}", text) for text in TESTS.values())


# -- what tests share ----------------------------------------------------------------------------------------------

LIVE = "tests.live.test_live"
"""A test module, to be found where it is imported."""


def imported_tests(source: str) -> Iterator[str]:
    """Every test module that a module imports, also in a program that it keeps as a string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            folder = [*["tests"] * bool(node.level), *filter(None, [node.module])]
            names = [".".join([*folder, alias.name]) for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = re.findall(r"(?:from|import) (tests\.[\w.]+)", node.value)
        else:
            continue
        yield from (name for name in names if re.match(r"tests\.(.*\.)?test_", name))


def test_no_test_module_is_imported_by_another() -> None:
    found = {path: names for path, text in TESTS.items() if (names := sorted(set(imported_tests(text))))}
    assert found == {}, (
        "a test module is nobody's library: what tests share belongs in a module named for what it is, in tests/kit/ "
        "where it tells stories, else beside the tests"
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (f"from {LIVE} import PLAN", [f"{LIVE}.PLAN"]),
        (f"import {LIVE} as live", [LIVE]),
        ("from tests.live import test_live", [LIVE]),
        ("from .live import test_live", [LIVE]),
        ("from . import test_architecture", ["tests.test_architecture"]),
        (f"def late():\n    from {LIVE} import PLAN", [f"{LIVE}.PLAN"]),
        (f"CODE = 'import sys; from {LIVE} import PLAN'", [LIVE]),
        ("from tests.live.trial import Trial", []),
        ("from hypothesis import test_tools", []),
    ],
)
def test_an_imported_test_module_is_found_in_whatever_spelling(source: str, found: list[str]) -> None:
    assert list(imported_tests(source)) == found
