"""A pytest plugin: what is run under other clocks. That is what needs no broker and could tell one clock from another,
and the broker's tests named here."""

import pytest

from tests.clocks.looks import is_timeless

LIVE = ("tests/live/test_tracing.py", "tests/console/test_demo.py")
"""Real workers on a real broker, whose outcome once hung on the hour, or might."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the broker's tests, but for those of `LIVE`, and what passes under every clock if under one."""
    left_out = {item for item in items if _is_left_out(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("broker"):
        return not item.nodeid.startswith(LIVE)
    return is_timeless(item.path)
