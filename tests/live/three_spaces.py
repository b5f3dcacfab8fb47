"""`interdict` with a third key space: calls by the number that calls. Run as a program, as workers are."""

import re
from types import MappingProxyType
from typing import Any

from schemas import topics
from schemas.events import Call
from schemas.spans import DAY_MS

BY_CALLER = topics.Topic(
    "interdict.tests.calls", "", "internal", Call, DAY_MS, "Each call under the number that calls", code=98,
    order="offset", identity=("event_id", "phase"),
)  # fmt: skip


class RingingDuty:
    """Counts what a number called, in whatever phase."""

    name = "ringing"
    inputs = (BY_CALLER,)
    broadcasts = ()
    metrics = MappingProxyType({})
    state_type = int

    def __init__(self, _identity: object = None) -> None:
        """It needs none."""

    def decide(self, state: int | None, key: str, topic: Any, event: Any, now: int) -> tuple[int, tuple[()]]:
        return (state or 0) + 1, ()

    def on_timer(self, state: int, key: str, now: int) -> tuple[int, tuple[()]]:
        return state, ()

    def timer_at(self, state: int) -> int:
        return 0

    def on_idle(self, state: int) -> None:
        """Nothing is kept."""

    def census_entry(self, state: int) -> None:
        """Nothing counts."""

    def gauges(self) -> tuple[()]:
        return ()

    def on_broadcast(self, topic: Any, key: str, record: Any) -> None:
        """It hears none."""


def main() -> None:
    """Add the space to the lists before anything reads them, and go on as `interdict`."""
    topics.INTERNAL = (*topics.INTERNAL, BY_CALLER)
    topics.PIPELINES = MappingProxyType({**topics.PIPELINES, "callers": "persons"})

    from interdict import cli, topology
    from streams.core.pipeline import KeySpace, Rekey

    callers: Any = KeySpace("callers", re.compile(r"[!-~]+"), ".callers")  # type: ignore[arg-type]
    persons, *others = topology.PIPELINES
    persons = persons._replace(rekeys=(*persons.rekeys, Rekey(topics.CALLS, BY_CALLER, lambda call: (call.peer,))))
    topology.PIPELINES = (persons, *others, topology.Row(callers, "callers", (RingingDuty,)))  # type: ignore[arg-type]
    cli.main()


if __name__ == "__main__":
    main()
