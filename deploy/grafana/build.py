"""Writes the dashboards' JSON: `python -m deploy.grafana.build`.

A test compares what lies on disk with what this makes.
"""

from pathlib import Path

import orjson

from deploy.grafana.centre import CENTRE
from deploy.grafana.panels import Dashboard
from deploy.grafana.pipeline import PIPELINE
from deploy.grafana.reliability import RELIABILITY

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS: tuple[Dashboard, ...] = (CENTRE, PIPELINE, RELIABILITY)


def path_of(dashboard: Dashboard) -> Path:
    """Where its JSON lies."""
    return FOLDER / f"{dashboard.uid.removeprefix('interdict-')}.json"


def written(dashboard: Dashboard) -> bytes:
    """Its JSON as it stands on disk."""
    return orjson.dumps(dashboard.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    for dashboard in DASHBOARDS:
        path_of(dashboard).write_bytes(written(dashboard))
