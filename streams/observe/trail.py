"""One line of the log for each command that was written: enough to follow a person's trail, not to know the person.

Person, case and command appear as keyed hashes. A case's id follows from the person's number and an event's id, with no
secret in it (`schemas.ids`): who guesses the event's id could try all numbers, so it is hidden like the number itself.
`interdict trail` tells the hash of a number or an id to whoever holds the key.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog

from streams.core.engine import Outgoing
from streams.core.traceparent import trace_id
from streams.observe.logs import hidden

log = structlog.get_logger(__name__)

COMMANDED = "command written"
ALERTED = "alert written"

SAID = {
    "action": "action", "risk": "level", "typology": "typology", "subscriber": "subscriber", "account": "account",
    "case": "case_id", "command": "command_id",
}  # fmt: skip
"""What a line says, and the record's field that it is taken from. `level` is the line's own."""
HIDDEN = {"subscriber", "account", "case", "command"}

LINES_MAX_PER_S = 500
"""More are counted and not told, in a line of their own: a log is no place for a flood, and the topics have all."""


class Trail:
    """Tells the log of commands, and at level debug of alerts.

    Args:
        duty: whose they are.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, duty: str, now: Callable[[], float] = time.monotonic) -> None:
        self._duty = duty
        self._now = now
        self._second = 0
        self._told = 0
        self._left_out = 0

    def written(self, outgoing: list[Outgoing]) -> None:
        """Tell of the records of a flush, once the broker has them."""
        for sent in outgoing:
            kind = sent.output.topic.kind if sent.output is not None else None
            if kind in ("action", "alert") and self._may_tell():
                self._tell(sent, kind == "action")

    def _tell(self, sent: Outgoing, is_command: bool) -> None:
        assert sent.output is not None
        about = sent.output.value
        line: dict[str, Any] = {"duty": self._duty}
        for word, name in SAID.items():
            if (value := getattr(about, name, None)) is not None:
                line[word] = hidden(value) if word in HIDDEN else value
        if sent.traceparent:
            line["trace"] = trace_id(sent.traceparent)
        if is_command:
            log.info(COMMANDED, **line)
        else:
            log.debug(ALERTED, **line)

    def _may_tell(self) -> bool:
        """Whether this second still has room for a line."""
        second = int(self._now())
        if second != self._second:
            if self._left_out:
                log.warning("lines left out: more than a log should hold", lines=self._left_out)
            self._second, self._told, self._left_out = second, 0, 0
        self._told += 1
        self._left_out += self._told > LINES_MAX_PER_S
        return self._told <= LINES_MAX_PER_S
