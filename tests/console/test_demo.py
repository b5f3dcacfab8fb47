"""The demonstration, as short as it can be: every class of scam planted, shown and stopped."""

import re
import subprocess
import sys

import pytest

from interdict.city.simulate import TYPOLOGIES
from tests.console.program import ENVIRONMENT
from tests.kit.patience import PATIENCE_S


@pytest.mark.broker
@pytest.mark.embedded
def test_the_demo_shows_every_class_of_scam_and_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "interdict", "demo", "--plain", "--seconds", "12"], capture_output=True, text=True,
        timeout=PATIENCE_S, check=False, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert all(typology in done.stdout for typology in TYPOLOGIES)
    assert "False alarms" in done.stdout
    assert re.search(r"p50 \d+ ms, p99 \d+ ms", done.stdout)
    assert done.stdout.count("missed") <= 2
    assert not re.search(r"\+?86\d{11}|\d{15,}", done.stdout), "no phone and no account number is shown"
