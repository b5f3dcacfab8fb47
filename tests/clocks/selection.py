"""A pytest plugin: what is run under other clocks, which is what needs no broker, and the broker's tests named here."""

import pytest

LIVE = ("tests/live/test_tracing.py", "tests/console/test_demo.py")
"""Real workers on a real broker, whose outcome once hung on the hour, or might."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the broker's tests out, but for those of `LIVE`."""
    left_out = [item for item in items if item.get_closest_marker("broker") and not item.nodeid.startswith(LIVE)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
