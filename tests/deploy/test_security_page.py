"""docs/security.md claims no test that does not exist, and its commands are ones that the console has."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from interdict.cli import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CLAIMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))
WRITTEN = {name for path in ROOT.glob("tests/**/*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}
COMMANDS = sorted(set(re.findall(r"(?:^|`|file interdict )interdict ([a-z][^`#\n]*)", PAGE, re.MULTILINE)))
THREATS = re.split(r"^### ", PAGE.partition("## Threats")[2].partition("\n## ")[0], flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("name", CLAIMED)
def test_a_test_that_the_page_names_exists(name: str) -> None:
    assert name in WRITTEN


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat.partition("\n")[0])
def test_what_is_defended_is_tested_and_what_is_not_is_said(threat: str) -> None:
    assert "*Not defended.*" in threat
    assert ("*Defended.*" in threat) == ("*Tested.*" in threat)
    if "*Tested.*" in threat:
        tested = threat.partition("*Tested.*")[2].partition("*Not defended.*")[0]
        assert "`test_" in tested or "As above" in tested


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_that_the_page_shows_is_one_with_these_options(words: str) -> None:
    command: Any = get_command(cli)
    given = words.split()
    while hasattr(command, "commands") and given:
        command = command.commands[given.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in given if word.startswith("--")} <= options


def test_the_page_was_read() -> None:
    assert len(CLAIMED) > 40
    assert len(THREATS) > 10
    assert "verify --keys keys/ --from-beginning" in [words.strip() for words in COMMANDS]
