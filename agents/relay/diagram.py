"""The relay's tables as Mermaid state diagrams: `python -m agents.relay.diagram` prints what README shows."""

from collections.abc import Iterable

from agents.relay.table import NO_HELP, TABLE, TALKING, Row
from agents.relay.takings import BY_ITSELF, TOLD, TOLD_OF_HOLD, TOLD_OF_RETURN

POINT = "[*]"
GROUP = "talking"
HOLD = "hold"
LABELS = {"ack_overdue": "not acknowledged in time", "reach_overdue": "not reached in time"}

Arrow = tuple[str, str, str]
"""From, to, and what is done."""


def mermaid(rows: Iterable[Row] = TABLE) -> str:
    """One arrow for all that leads the same way and does the same; what all talking states share is drawn once."""
    inner, outer = _arrows(list(rows))
    lines = ["stateDiagram-v2", f"    {POINT} --> opened: first yellow alert of an episode", f"    state {GROUP} {{"]
    lines += [f"        {_drawn(arrow, triggers)}" for arrow, triggers in inner.items()]
    lines += ["    }"]
    lines += [f"    {_drawn(arrow, triggers)}" for arrow, triggers in outer.items()]
    return "\n".join(lines) + "\n"


def measure() -> str:
    """One measure, from its order on: what is told of it and of its return, and what comes to pass by itself."""
    arrows: dict[Arrow, list[str]] = {}
    of_hold = [((at, f"{HOLD} {on}"), row) for (at, on), row in TOLD_OF_HOLD.items() if TOLD.get((at, on)) != row]
    for (status, comes), (to, follows) in (*TOLD.items(), *of_hold, *BY_ITSELF.items()):
        arrows.setdefault((status, to, follows), []).append(comes)
    for word, follows in TOLD_OF_RETURN.items():
        arrows.setdefault(("given_back", "given_back", follows), []).append(f"return {word}")
    lines = ["stateDiagram-v2", f"    {POINT} --> ordered: cut"]
    lines += [f"    {_drawn(arrow, comes)}" for arrow, comes in arrows.items()]
    return "\n".join(lines) + "\n"


def _arrows(rows: list[Row]) -> tuple[dict[Arrow, list[str]], dict[Arrow, list[str]]]:
    """Arrows between talking states, and the others."""
    inner: dict[Arrow, list[str]] = {}
    outer: dict[Arrow, list[str]] = {}
    for row in rows:
        shared = _is_shared(row, rows)
        state = GROUP if shared else row.state
        to = (
            GROUP
            if shared and row.to == row.state and _all_stay(row, rows)
            else POINT
            if "forget" in row.do
            else row.to
        )
        within = not shared and row.state in TALKING and row.to in TALKING
        triggers = (inner if within else outer).setdefault((state, to, _does(row)), [])
        if _on(row) not in triggers:
            triggers.append(_on(row))
    return inner, outer


def _is_shared(row: Row, rows: list[Row]) -> bool:
    """Whether every talking state has this arrow: to the same state, or each to itself."""
    alike = [other for other in rows if (other.on, _does(other)) == (row.on, _does(row)) and other.state in TALKING]
    stays = {other.to == other.state for other in alike}
    leads = {other.to for other in alike}
    return row.state in TALKING and len(alike) == len(TALKING) and (stays == {True} or len(leads) == 1)


def _all_stay(row: Row, rows: list[Row]) -> bool:
    return all(other.to == other.state for other in rows if other.on == row.on and other.state in TALKING)


def _on(row: Row) -> str:
    return row.on if row.unless is None else f"{row.on} (unless {row.unless})"


def _does(row: Row) -> str:
    """All that is done along an arrow, and how it closes a case that it closes."""
    return ", ".join(f"close as {row.closed_as}" if action == "close" else action for action in (*row.first, *row.then))


def _drawn(arrow: Arrow, triggers: list[str]) -> str:
    state, to, does = arrow
    if set(NO_HELP) <= set(triggers):
        triggers = ["no help", *(trigger for trigger in triggers if trigger not in NO_HELP)]
    words = ", ".join(LABELS.get(trigger, trigger) for trigger in triggers)
    label = words if does == "nothing" else f"{words} / {does}"
    return f"{state} --> {to}: {label.replace('_', ' ')}"


if __name__ == "__main__":
    print(mermaid(), measure(), sep="\n", end="")
