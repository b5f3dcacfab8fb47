"""Accounts through which money went as through a mule's, as the accounts' own pipeline tells. Every worker holds all of
those whose grade has not ended.
"""

from schemas.alerts import MuleAlert
from schemas.fields import LEVELS, Level

STEPS: dict[Level | None, int] = {None: 0} | {level: len(LEVELS) - place for place, level in enumerate(LEVELS)}
"""How grave each level is, 0 for none."""
YELLOW, ORANGE, RED = (STEPS[level] for level in ("yellow", "orange", "red"))
LOOK_EVERY = 10_000
"""Grades heard between two looks for those that have ended."""


class Graded:
    """Grades by account, until they end."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, int]] = {}
        """By account: how grave, and until when, Unix ms."""
        self._heard = 0

    def learn(self, account: str, alert: MuleAlert | None) -> None:
        """Take in an account's grade; None where it was deleted."""
        if alert is None or alert.level is None or alert.expires_at is None:
            self._held.pop(account, None)
            return
        self._held[account] = STEPS[alert.level], alert.expires_at
        self._heard += 1
        if self._heard % LOOK_EVERY == 0:
            now = alert.occurred_at
            self._held = {account: held for account, held in self._held.items() if held[1] > now}

    def step(self, account: str, now: int) -> int:
        """How grave what is known of an account is: 0 for nothing, 1 for the least level."""
        held = self._held.get(account)
        return held[0] if held is not None and held[1] > now else 0

    def __len__(self) -> int:
        return len(self._held)
