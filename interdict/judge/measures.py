"""What a command does to whom it concerns: which of the measures it is, and what it costs officers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

MEASURES = ("text", "bot", "call", "visit", "hold", "stop_payment", "freeze", "suspend", "force_login")
"""What can be done to a person, the gentlest first."""
TAKINGS = frozenset({"hold", "stop_payment", "freeze", "suspend", "force_login"})
"""Those that take something away."""
OF_ACCOUNTS = frozenset({"hold", "stop_payment", "freeze"})
"""Those that stop a payment. A suspended phone or a forced login may well end a scam too, but the truth does not tell
of any payment that it depended on a line or a session: they are never counted as having stopped one."""
ENDS = frozenset({"release"})
"""What lifts the measures on an account; one that names a transfer, its hold."""

BY_CHANNEL: Mapping[str, str] = MappingProxyType(
    {"sms": "text", "app": "text", "bot": "bot", "call": "call", "visit": "visit", "desk": "by_hand"}
)

OFFICERS_MINUTES: Mapping[str, float] = MappingProxyType({"call": 8, "visit": 60, "approve": 2, "by_hand": 10})
"""ASSUMED minutes of one officer, a task: nobody publishes them. A call with its notes; two ways and a talk at the
door, one officer counted; a look at a proposal; a measure seen to by hand. Texts and bots take none."""


def kind_of(command: Any) -> str:
    """What a command is: one of `MEASURES`, `approve`, `by_hand`, or its action where it gives something back."""
    if command.action != "dissuade":
        return str(command.action)
    return BY_CHANNEL[command.channel]
