"""What is remembered of an account: some days of what went in and out, and how many different accounts paid.

Transfers of an account come from many lanes, each at its own hour, so nothing here depends on the order in which they
come: sums, the latest days, the least stand-ins.
"""

from bisect import bisect_left

import msgspec

from schemas.spans import DAY_MS
from streams.core.identity import BYTES

DAYS_MAX = 3
"""Days remembered: those of the latest transfers. Stolen money is passed on within hours; see DOMAIN, mules."""
PAYERS_MAX = 64
"""Different payers of a day that are counted exactly; of more their number is estimated."""
CURRENCIES_MAX = 4
"""Currencies of a day in which amounts are added up: a feed that makes some up must not fill the state."""
SPACE = 1 << 8 * BYTES


class Side(msgspec.Struct, array_like=True, gc=False):
    """Transfers of one direction."""

    number: int = 0
    minor: dict[str, int] = msgspec.field(default_factory=dict)
    """Their amounts, in each currency's minor unit; of at most `CURRENCIES_MAX`, the first by name."""

    def add(self, currency: str, amount_minor: int) -> None:
        """One more."""
        self.number += 1
        self.minor[currency] = self.minor.get(currency, 0) + amount_minor
        if len(self.minor) > CURRENCIES_MAX:  # what was put aside once never comes back, whatever the order
            del self.minor[max(self.minor)]


class Day(msgspec.Struct, array_like=True, gc=False):
    """One day, UTC."""

    received: Side = msgspec.field(default_factory=Side)
    sent: Side = msgspec.field(default_factory=Side)
    payers: bytes = b""
    """The least of the stand-ins of those who paid, in order, eight bytes each; at most `PAYERS_MAX`."""

    def paid_by(self, stand_in: bytes) -> None:
        """Somebody paid; who did before counts once."""
        held, count = self.payers, len(self.payers) // BYTES
        at = BYTES * bisect_left(range(count), stand_in, key=lambda place: held[BYTES * place : BYTES * (place + 1)])
        if held[at : at + BYTES] != stand_in:
            self.payers = (held[:at] + stand_in + held[at:])[: BYTES * PAYERS_MAX]

    def distinct_payers(self) -> int:
        """How many different accounts paid: exact up to `PAYERS_MAX` less one, then an estimate with a relative error
        of about an eighth.

        The k least of n hashes: n is about (k - 1) / the k-th of them, as a share of the space (Bar-Yossef et al.,
        "Counting distinct elements in a data stream", 2002).
        """
        held = len(self.payers) // BYTES
        if held < PAYERS_MAX:
            return held
        greatest = int.from_bytes(self.payers[-BYTES:], "big")
        return round((held - 1) * SPACE / max(greatest, 1))


class Flows(msgspec.Struct, array_like=True, gc=False):
    """An account's latest days."""

    days: dict[int, Day] = msgspec.field(default_factory=dict)
    """By the number of the day since 1970, UTC; at most `DAYS_MAX`, the latest."""

    def day(self, at: int) -> Day | None:
        """The day of a moment, Unix ms; None where it is older than what is remembered."""
        number = at // DAY_MS
        day = self.days.get(number)
        if day is None:
            if len(self.days) == DAYS_MAX and number < min(self.days):
                return None
            day = self.days[number] = Day()
            if len(self.days) > DAYS_MAX:
                del self.days[min(self.days)]
        return day
