"""The profiles of hypothesis: how many examples each tries, and that the tests go by them."""

import ast
from pathlib import Path

import pytest

from tests.kit.examples import LEAST, PROFILES, scaled

TESTS = Path(__file__).parent


@pytest.mark.parametrize("asked", [1, 5, 40, 500])
def test_thorough_is_what_a_test_asks_for_and_no_profile_tries_more(asked: int) -> None:
    assert scaled(asked, PROFILES["thorough"]) == asked
    assert all(min(asked, LEAST) <= scaled(asked, share) <= asked for share in PROFILES.values())


def test_no_test_has_a_number_of_examples_that_no_profile_changes() -> None:
    told = [
        str(path.relative_to(TESTS))
        for path in sorted(TESTS.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "max_examples"
    ]
    assert told == [], "tests.kit.examples.examples(N) goes by the profile"
