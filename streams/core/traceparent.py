"""The trace that a record belongs to (W3C Trace Context): what it leads to belongs to the same, from topic to topic.

Passing it on needs no library. The header is no part of the decision, no more than `PUBLISHED_AT` is.
"""

import re
from typing import Any

TRACEPARENT = "traceparent"
"""Header of a record that belongs to a trace. `tracestate` is not passed on: nobody knows what senders put there."""
FORM = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""Version 00, trace id, parent's span id, flags. Whatever else stands in the header is dropped."""
SAMPLED = 1


def traceparent_of(record: Any) -> bytes:
    """The record's `traceparent`; empty where it has none, more than one, or one that is malformed."""
    found = [value for name, value in record.headers if name == TRACEPARENT]
    return found[0] if len(found) == 1 and FORM.fullmatch(found[0] or b"") else b""


def is_sampled(traceparent: bytes) -> bool:
    """Whether the sender records this trace.

    >>> is_sampled(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    True
    """
    return bool(traceparent) and bool(int(traceparent[-2:], 16) & SAMPLED)


def trace_id(traceparent: bytes) -> str | None:
    """The trace's id, 32 hexadecimal digits.

    >>> trace_id(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    '4bf92f3577b34da6a3ce929d0e0e4736'
    """
    return traceparent[3:35].decode() if traceparent else None
