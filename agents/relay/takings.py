"""What is taken and given back, as a table: a measure's status, upon what was told of it, to which status, doing what.

Whatever may have been taken is given back, even where the executor never said that it took it.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from schemas.cases import TakenStatus

FollowUp = Literal["retry", "approve", "decline", "give_back", "nothing"]
"""`retry`: order it again, as often as the playbook says, and then leave it to a human."""


class Measured(NamedTuple):
    """What a measure is made of."""

    action: Literal["stop_payment", "freeze", "suspend", "force_login"]
    scope: Literal["all", "incoming"] | None
    undo: Literal["release", "restore"] | None
    """The action that gives it back; None where there is nothing to give back."""


MEASURES: Mapping[str, Measured] = {
    "stop_payment": Measured("stop_payment", None, "release"),
    "freeze": Measured("freeze", None, "release"),
    "suspend": Measured("suspend", "all", "restore"),
    "suspend_incoming": Measured("suspend", "incoming", "restore"),
    "force_login": Measured("force_login", None, None),
}

TOLD: Mapping[tuple[str, str], tuple[TakenStatus, FollowUp]] = {
    ("ordered", "acknowledged"): ("ordered", "nothing"),
    ("ordered", "executed"): ("held", "nothing"),
    ("ordered", "approved"): ("ordered", "approve"),
    ("ordered", "declined"): ("not_taken", "decline"),
    ("ordered", "rejected"): ("not_taken", "retry"),
    ("ordered", "failed"): ("not_taken", "retry"),
    ("ordered", "expired"): ("not_taken", "give_back"),
    ("held", "expired"): ("held", "give_back"),
    ("not_taken", "executed"): ("held", "nothing"),
    ("not_taken", "approved"): ("ordered", "approve"),
}
"""`executed` after `failed` is believed: what may have been taken must be given back."""

TOLD_OF_RETURN: Mapping[str, FollowUp] = {
    "acknowledged": "nothing", "executed": "nothing", "rejected": "retry", "failed": "retry", "expired": "retry",
}  # fmt: skip
"""Nothing hurts like a freeze that is not lifted: giving back is tried again like taking."""
