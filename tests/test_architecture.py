"""The map is true: every file that ARCHITECTURE.md names is there, and so is every test beside an invariant."""

import re
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


def test_no_test_is_a_harness_what_tests_share_has_a_module_of_its_own() -> None:
    """`tests/kit` for stories; else a module beside the tests, which says what it is."""
    shared = re.compile(r"^\s*(?:from|import) tests\.[\w.]*\btest_", re.MULTILINE)
    assert [path for path, text in TESTS.items() if shared.search(text)] == []
