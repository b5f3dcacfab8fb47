"""Identities that follow from the decision: whoever makes the same one, however often, gives it the same id.

UUIDv5 (RFC 9562, section 5.5) over the parts, joined by a line feed, which no part can contain.
"""

from uuid import UUID, uuid5

NAMESPACE = UUID("cada2101-909a-57a8-9ed5-879391d487bb")
"""Ours alone. Changing it gives every decision a new identity: executors would carry out old ones again."""


def case_id(subscriber: str, opened_by_event_id: str) -> str:
    """Identity of the case that an event opened for a person.

    >>> case_id("+8613800138000", "call-1-ringing")
    'd498d2b6-c931-5d9a-81f4-6265082293ea'
    """
    return _identity("case", subscriber, opened_by_event_id)


def command_id(case_id: str, step: str, target: str) -> str:
    """Identity of a command: one step of a case, done to one target (a phone, an account, a handle).

    >>> command_id("6f0e3b0a-0000-5000-8000-000000000000", "red/freeze", "6222020200112233445")
    '8b7fc2ce-ba6a-5468-bfc3-cfb4b7dca2ee'
    """
    return _identity("command", case_id, step, target)


def alert_id(case_id: str, event_id: str, level: str | None) -> str:
    """Identity of the alert that an event raised in a case. For a mule, the account stands for the case.

    >>> alert_id("6f0e3b0a-0000-5000-8000-000000000000", "tx-1", "red")
    '3e6384cd-ebff-50ce-a2ff-52e8cd6c0291'
    """
    return _identity("alert", case_id, event_id, level or "none")


def _identity(kind: str, *parts: str) -> str:
    assert not any("\n" in part for part in parts), "a part with a line feed could be taken for two"
    return str(uuid5(NAMESPACE, "\n".join((kind, *parts))))
