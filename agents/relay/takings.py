"""What is taken and given back, as tables: a measure's status, upon what was told of it or came to pass, to which
status, doing what. A status changes by one of these rows and not otherwise.

Whatever may have been taken is given back, even where the executor never said that it took it.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from schemas.cases import TakenStatus

Happening = Literal[
    "raised",  # the case is at a higher level than when it was ordered
    "time_over", "case_over",
    "retry_due",  # what failed is to be tried again now
    "tried_enough",  # it failed as often as the playbook says
    "no_room",  # its time is over before the next attempt, or the case holds as much as it can
]  # fmt: skip
HAPPENINGS: tuple[Happening, ...] = get_args(Happening)

FollowUp = Literal[
    "held", "settle", "approve", "decline", "retry", "go_on", "order", "order_again", "give_back", "by_hand", "nothing",
]  # fmt: skip
"""`retry`: try it again after a while. `go_on`: to whatever harder the level asks for. `by_hand`: leave it to a human,
once."""


class Measured(NamedTuple):
    """What a measure is made of."""

    action: Literal["hold", "stop_payment", "freeze", "suspend", "force_login"]
    scope: Literal["all", "incoming"] | None
    undo: Literal["release", "restore"] | None
    """The action that gives it back; None where there is nothing to give back."""


MEASURES: Mapping[str, Measured] = {
    "hold": Measured("hold", None, "release"),
    "stop_payment": Measured("stop_payment", None, "release"),
    "freeze": Measured("freeze", None, "release"),
    "suspend": Measured("suspend", "all", "restore"),
    "suspend_incoming": Measured("suspend", "incoming", "restore"),
    "force_login": Measured("force_login", None, None),
}

TOLD: Mapping[tuple[str, str], tuple[TakenStatus, FollowUp]] = {
    ("ordered", "acknowledged"): ("ordered", "nothing"),
    ("ordered", "executed"): ("held", "held"),
    ("ordered", "approved"): ("ordered", "approve"),
    ("ordered", "declined"): ("not_taken", "decline"),
    ("ordered", "rejected"): ("not_taken", "retry"),
    ("ordered", "failed"): ("not_taken", "retry"),
    ("ordered", "expired"): ("given_back", "give_back"),
    ("held", "expired"): ("given_back", "give_back"),
    ("not_taken", "executed"): ("held", "held"),
    ("not_taken", "approved"): ("ordered", "approve"),
}
"""What is told of taking it. `executed` after `failed` is believed: what may have been taken must be given back. A yes
counts once, and not when the time is over."""

TOLD_OF_HOLD: Mapping[tuple[str, str], tuple[TakenStatus, FollowUp]] = {
    **TOLD, ("ordered", "rejected"): ("not_taken", "go_on"), ("ordered", "failed"): ("not_taken", "go_on"),
}  # fmt: skip
"""What is told of holding one transfer: by the next attempt it would be posted."""


def row_of(measure: str, status: TakenStatus, word: str) -> tuple[TakenStatus, FollowUp] | None:
    """What a word means for a measure that stands so; None where it says nothing that counts."""
    return (TOLD_OF_HOLD if measure == "hold" else TOLD).get((status, word))


BY_ITSELF: Mapping[tuple[TakenStatus, Happening], tuple[TakenStatus, FollowUp]] = {
    ("ordered", "raised"): ("ordered", "order"),
    ("ordered", "time_over"): ("given_back", "give_back"),
    ("held", "time_over"): ("given_back", "give_back"),
    ("ordered", "case_over"): ("given_back", "give_back"),
    ("held", "case_over"): ("given_back", "give_back"),
    ("not_taken", "case_over"): ("given_back", "give_back"),
    ("ordered", "retry_due"): ("ordered", "order_again"),
    ("not_taken", "retry_due"): ("not_taken", "order_again"),
    ("given_back", "retry_due"): ("given_back", "give_back"),
    ("not_taken", "tried_enough"): ("not_taken", "by_hand"),
    ("given_back", "tried_enough"): ("given_back", "by_hand"),
    ("ordered", "no_room"): ("ordered", "by_hand"),
    ("not_taken", "no_room"): ("not_taken", "by_hand"),
}
"""What comes to pass though nobody tells it. What is ordered again is a measure of its own: the attempt that failed
keeps its status, for it may have worked."""

TOLD_OF_RETURN: Mapping[str, FollowUp] = {
    "acknowledged": "nothing", "executed": "settle", "rejected": "retry", "failed": "retry", "expired": "retry",
}  # fmt: skip
"""What is told of giving it back, whose status stays. Nothing hurts like a freeze that is not lifted: giving back is
tried again like taking."""

IN_FORCE = frozenset(status for status, happening in BY_ITSELF if happening == "time_over")
"""What may be in somebody's way, and so has an end."""
