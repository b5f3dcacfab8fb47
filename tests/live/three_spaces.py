"""`interdict` with a third key space: calls by the number that calls. Run as a program, as workers are."""

import re
from types import MappingProxyType

import schemas.topics as topics
from schemas.events import Call
from schemas.spans import DAY_MS

BY_CALLER = topics.Topic(
    "interdict.tests.calls", "", "internal", Call, DAY_MS, "Each call under the number that calls", code=98,
    order="offset", identity=("event_id", "phase"),
)  # fmt: skip
topics.INTERNAL = (*topics.INTERNAL, BY_CALLER)
topics.PIPELINES = MappingProxyType({**topics.PIPELINES, "callers": "persons"})

# What is imported from here on knows of them.
from interdict import cli, topology  # noqa: E402
from streams.core.pipeline import KeySpace, Rekey  # noqa: E402


class RingingDuty:
    """Counts what a number called, in whatever phase."""

    name = "ringing"
    inputs = (BY_CALLER,)
    broadcasts = ()
    metrics = MappingProxyType({})
    state_type = int

    def __init__(self, _identity: object = None) -> None:
        pass

    def decide(self, state, key, topic, event, now):  # type: ignore[no-untyped-def]
        return (state or 0) + 1, ()

    def on_timer(self, state, key, now):  # type: ignore[no-untyped-def]
        return state, ()

    def timer_at(self, state):  # type: ignore[no-untyped-def]
        return 0

    def on_idle(self, state):  # type: ignore[no-untyped-def]
        return None

    def mark(self, state):  # type: ignore[no-untyped-def]
        return None

    def gauges(self):  # type: ignore[no-untyped-def]
        return ()

    def on_broadcast(self, topic, key, record):  # type: ignore[no-untyped-def]
        pass


CALLERS = KeySpace("callers", re.compile(r"[!-~]+"), ".callers")  # type: ignore[arg-type]
persons, *others = topology.PIPELINES
rekeys = (*persons.rekeys, Rekey(topics.CALLS, BY_CALLER, lambda call: (call.peer,) if call.peer else ()))
topology.PIPELINES = (
    persons._replace(rekeys=rekeys), *others, topology.Row(CALLERS, "callers", (RingingDuty,)),
)  # fmt: skip

if __name__ == "__main__":
    cli.main()
