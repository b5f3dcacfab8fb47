"""The registry as a page: `python -m interdict.run.metrics_page` prints what `docs/metrics.md` holds."""

import sys
from collections.abc import Iterator, Mapping

from interdict.topology import load_pipelines, metrics_of
from streams.core.metering import Label, Metric
from streams.observe.metrics import ACCESS, OTHER, PIPELINE, POLICY_ROWS

CENTRE: Mapping[str, Metric] = {**metrics_of(load_pipelines()), **POLICY_ROWS}
METRICS: Mapping[str, Metric] = {**PIPELINE, **CENTRE, **ACCESS}
"""Everything that a worker serves."""

GROUPS: tuple[tuple[str, str, Mapping[str, Metric]], ...] = (
    ("Pipeline", "How the events move. Of interest to whoever runs the workers.", PIPELINE),
    ("Centre", "What is decided and what becomes of it. Of interest to an officer on duty.", CENTRE),
    ("Access", "Who may command.", ACCESS),
)
INTRODUCTION = f"""\
# Metrics

Printed from the tables in `streams/observe/metrics.py`, in `agents/metrics.py` and beside each duty by `make pages`; a
test compares the two.

A worker serves these at `/metrics` on `INTERDICT_METRICS_PORT`, with the `process_*` and `python_info` series of the
client library. Each worker counts what it decides itself, so a centre's figures are sums over its workers. Counters
begin at zero when a worker starts.

Times are in seconds and sizes in bytes. Event time is the time that the events themselves carry.

A batch that a crash made a worker decide again may have been counted twice, once by each worker. Commands and alerts
are counted when the broker has acknowledged them.

Money is in yuan: what was paid in another currency counts by a rough rate (`schemas/money.py`).

No label holds a person, a phone or an account. Every label has a bound: what comes beyond it is counted as `{OTHER}`.
A series marked *from zero* is there before anything has happened, so that the first time is an increase.
"""


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join((INTRODUCTION, *(part for group in GROUPS for part in _group(*group)), *_labels())) + "\n"


def _group(title: str, about: str, metrics: Mapping[str, Metric]) -> Iterator[str]:
    yield f"## {title}\n\n{about}\n"
    yield "| metric | kind | labels | what |\n|---|---|---|---|"
    yield from map(_row, metrics.values())
    yield ""


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{name}`" for name in metric.label_names)
    from_zero = " From zero." if metric.from_zero else ""
    limits = f" Buckets: {', '.join(f'{limit:g}' for limit in metric.buckets)}." if metric.buckets else ""
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help}{from_zero}{limits} |"


def _labels() -> Iterator[str]:
    yield "## Labels\n\n| label | what it says | values at most |\n|---|---|---|"
    labels = dict.fromkeys(label for metric in METRICS.values() for label in metric.labels)
    for label in sorted(labels, key=lambda label: label.name):
        yield f"| `{label.name}` | {label.what}{_values(label)} | {label.bound} |"


def _values(label: Label) -> str:
    return f" ({', '.join(f'`{value}`' for value in label.values)})" if len(label.values) > 1 else ""


if __name__ == "__main__":
    sys.stdout.write(page())
