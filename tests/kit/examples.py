"""How many examples hypothesis tries of a property: one number a profile, and what a test asks for in proportion to it.

A profile is chosen by hypothesis's own option, `--hypothesis-profile`:

- `quick`: `make test`. Every run draws others, so that a week of runs sees what one thorough run does.
- `thorough`: `make test-properties`, and CI: as many as each test says.
- `clocks`: `make test-clocks`, where the clock differs and the property does not.
"""

from collections.abc import Mapping

from hypothesis import HealthCheck, settings

FULL = 100
"""Examples of a property that asks for no number of its own, when thorough."""
PROFILES: Mapping[str, int] = {"quick": 40, "thorough": FULL, "clocks": 5}
"""By profile: how many of `FULL` are tried."""
LEAST = 5
"""However few: a property of which only the simplest example is tried is none."""


def register() -> None:
    """Make the profiles known, and take the quick one where none is asked for. How long an example takes fails none:
    a machine may be busy with other things."""
    for name, share in PROFILES.items():
        settings.register_profile(
            name, max_examples=share, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
        )
    settings.load_profile("quick")


def examples(thorough: int) -> settings:
    """So many examples when thorough, and in proportion otherwise.

    Args:
        thorough: what the test needs to find each of the faults that were tried on it, examples.
    """
    return settings(max_examples=scaled(thorough, settings.default.max_examples))


def scaled(thorough: int, of_full: int) -> int:
    """How many examples a profile that tries `of_full` of `FULL` tries of a property that needs `thorough`.

    >>> scaled(500, 40), scaled(40, 100), scaled(40, 5)
    (200, 40, 5)
    """
    return min(thorough, max(LEAST, thorough * of_full // FULL))
