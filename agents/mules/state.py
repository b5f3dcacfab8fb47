"""What is remembered of an account: its latest real movements, since when it is known, and its grade.

Transfers of an account come from many lanes, each at its own hour. What is kept is the latest of them in an order of
their own, so that however they come the same ones are left.
"""

from bisect import insort

import msgspec

from schemas.fields import Level

IN_MAX, OUT_MAX = 12, 16
"""Movements remembered: a mule is fed a few times and emptied in some parts. Measured on towns of `fit` seeds against
48 of each, which found no more."""
LEAST_MINOR = 10_000
"""Below this, in fen, a movement says nothing of where money goes: a coffee, a fare, a gang's trial of an account."""


UNTOLD = -1
"""In place of a balance that is not known."""


class Move(msgspec.Struct, array_like=True, gc=False, order=True, frozen=True):
    """Money that came in or went out."""

    at: int
    other: int
    """What stands for the other account."""
    minor: int
    """In fen, whatever it was paid in."""
    cash: bool = False
    """Whether it left at a machine or a till."""
    balance: int = UNTOLD
    """What it left on the account, in fen."""


class Mule(msgspec.Struct, array_like=True, gc=False):
    """An account as it is judged. New fields come last."""

    first_at: int
    """Event time of the earliest movement seen, of whatever sum."""
    ins: list[Move] = msgspec.field(default_factory=list)
    """In order of their times, at most `IN_MAX`."""
    outs: list[Move] = msgspec.field(default_factory=list)
    level: Level | None = None
    """Its grade, as it was last told."""
    until: int = 0
    """When the grade ends, event time, Unix ms."""

    def take(self, move: Move, *, came: bool) -> None:
        """One more movement of a real sum; the oldest goes."""
        moves, most = (self.ins, IN_MAX) if came else (self.outs, OUT_MAX)
        insort(moves, move)
        if len(moves) > most:
            del moves[0]
