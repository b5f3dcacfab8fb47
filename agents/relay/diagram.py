"""The relay's table as a Mermaid state diagram: `python -m agents.relay.diagram` prints what README shows."""

from collections.abc import Iterable

from agents.relay.table import NO_HELP, TABLE, TALKING, Row

POINT = "[*]"
GROUP = "talking"
LABELS = {"ack_overdue": "not acknowledged in time", "reach_overdue": "not reached in time"}

Arrow = tuple[str, str, tuple[str, ...]]


def mermaid(rows: Iterable[Row] = TABLE) -> str:
    """One arrow for all that leads the same way and does the same; what all talking states share is drawn once."""
    inner, outer = _arrows(list(rows))
    lines = ["stateDiagram-v2", f"    {POINT} --> opened: first yellow alert of an episode", f"    state {GROUP} {{"]
    lines += [f"        {_drawn(arrow, triggers)}" for arrow, triggers in inner.items()]
    lines += ["    }"]
    lines += [f"    {_drawn(arrow, triggers)}" for arrow, triggers in outer.items()]
    lines += [f"    closed --> {POINT}: forgotten after a day"]
    return "\n".join(lines) + "\n"


def _arrows(rows: list[Row]) -> tuple[dict[Arrow, list[str]], dict[Arrow, list[str]]]:
    """Arrows between talking states, and the others."""
    inner: dict[Arrow, list[str]] = {}
    outer: dict[Arrow, list[str]] = {}
    for row in rows:
        shared = _is_shared(row, rows)
        state = GROUP if shared else row.state
        to = GROUP if shared and row.to in TALKING else row.to
        within = not shared and row.state in TALKING and row.to in TALKING
        triggers = (inner if within else outer).setdefault((state, to, row.do), [])
        if row.on not in triggers:
            triggers.append(row.on)
    return inner, outer


def _is_shared(row: Row, rows: list[Row]) -> bool:
    """Whether every talking state has this arrow: to the same state, or each to itself."""
    alike = [other for other in rows if (other.on, other.do) == (row.on, row.do) and other.state in TALKING]
    stays = {other.to == other.state for other in alike}
    leads = {other.to for other in alike}
    return row.state in TALKING and len(alike) == len(TALKING) and (stays == {True} or len(leads) == 1)


def _drawn(arrow: Arrow, triggers: list[str]) -> str:
    state, to, do = arrow
    if set(NO_HELP) <= set(triggers):
        triggers = ["no help", *(trigger for trigger in triggers if trigger not in NO_HELP)]
    words = ", ".join(LABELS.get(trigger, trigger).replace("_", " ") for trigger in triggers)
    return f"{state} --> {to}: {words} / {', '.join(do)}"


if __name__ == "__main__":
    print(mermaid(), end="")
