"""The kinds of people, a row each. Shares and rates are relative: what a run multiplies them with is in `ranges`."""

from typing import NamedTuple

from schemas.reference import AgeBand


class Kind(NamedTuple):
    """A kind of people."""

    name: str
    weight: float
    """Share of the people, relative to the other rows."""
    ages: tuple[AgeBand, ...]
    """Age bands, equally often."""
    occupation: str | None
    """What the centre's record says."""
    wage: float
    """Monthly income relative to the run's median; 0 where nobody pays a wage."""
    calls_out: float
    """Calls to one's own circle, relative."""
    calls_in: float
    """Calls from outside one's circle, relative."""
    buys: float
    gives: float
    """Purchases and transfers to persons, relative."""
    novelty: float
    """How readily new payees are paid, relative."""
    savings: float
    """Savings in months of income, relative."""
    suppliers_a_day: float = 0.0
    """Payments to business partners on a working day."""
    takings_a_day_wages: float = 0.0
    """What customers from outside the town pay in on a day, in shares of a month's income; paid on like `sweep`."""
    firm_months: float = 0.0
    """What a firm's account in this person's hands holds, in months of income; 0 where there is none."""
    sweep: bool = False
    """Whether the day's takings are paid on in the evening: a leader to the supplier, a dealer to the seller."""
    role: str = ""
    """The pool of callers that these people belong to, if their work is to call others."""


# fmt: off
KINDS = (
    Kind("household",  36, ("25-34", "35-44", "45-54"), None,         1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    Kind("parent",     10, ("25-34", "35-44"),          None,         1.1, 1.2, 1.2, 1.2, 1.4, 1.2, 0.9),
    Kind("student",    10, ("18-24",),                  "student",    0.0, 0.5, 0.7, 1.2, 0.9, 1.3, 0.5),
    Kind("child",       3, ("0-17",),                   "student",    0.0, 0.4, 0.2, 0.3, 0.3, 1.0, 0.1),
    Kind("elder",      15, ("55-64", "65+", "65+"),     "retired",    0.6, 0.9, 0.7, 0.5, 0.5, 0.5, 3.5),
    Kind("homemaker",   5, ("25-34", "35-44", "45-54"), None,         0.2, 1.1, 1.0, 1.4, 1.2, 1.2, 1.5),
    Kind("owner",       4, ("35-44", "45-54", "55-64"), "owner",      2.0, 2.2, 2.0, 1.1, 2.0, 1.6, 3.0, 2.5, 0.06, 12),
    Kind("finance",   1.6, ("25-34", "35-44", "45-54"), "finance",    1.2, 1.4, 1.2, 1.0, 1.0, 1.0, 1.2, 1.5, 0.06, 45),
    Kind("teacher",   2.4, ("25-34", "35-44", "45-54"), "teacher",    1.0, 1.2, 1.0, 1.0, 1.0, 0.9, 1.2, role="school"),
    Kind("doctor",    1.2, ("25-34", "35-44", "45-54"), "doctor",     1.6, 1.2, 1.0, 1.0, 0.9, 0.9, 1.5, role="doctor"),
    Kind("courier",   1.2, ("18-24", "25-34", "35-44"), "courier",    0.9, 1.0, 0.8, 1.1, 0.9, 1.0, 0.6, role="courier"),
    Kind("driver",    1.6, ("25-34", "35-44", "45-54"), "driver",     0.9, 1.3, 1.2, 1.2, 0.8, 1.0, 0.8, 0, 0.04, role="driver"),
    Kind("agent",     0.8, ("25-34", "35-44"),          "agent",      1.0, 1.6, 1.5, 1.2, 1.4, 1.4, 0.8, role="agent"),
    Kind("headhunter", .3, ("25-34", "35-44"),          "sales",      1.2, 1.5, 1.2, 1.2, 1.0, 1.0, 1.0, role="headhunter"),
    Kind("seller",    1.2, ("18-24", "25-34", "35-44"), "sales",      0.9, 1.2, 1.0, 1.1, 1.0, 1.2, 0.6, role="sales"),
    Kind("landlord",  1.5, ("45-54", "55-64"),          None,         1.0, 1.2, 1.2, 0.9, 0.9, 0.8, 5.0, 0, 0.02),
    Kind("leader",    0.7, ("25-34", "35-44", "45-54"), None,         0.5, 1.5, 1.4, 1.3, 1.5, 1.2, 1.0, 0, 0.15, 0, True),
    Kind("dealer",    0.4, ("18-24", "25-34", "35-44"), None,         0.8, 1.2, 1.2, 1.2, 2.0, 2.0, 1.2, 0, 0.30, 0, True),
    Kind("trader",    1.5, ("25-34", "35-44", "45-54"), "finance",    1.5, 0.8, 1.0, 1.0, 1.6, 2.0, 3.0),
    Kind("jobless",   2.6, ("18-24", "25-34", "45-54"), None,         0.0, 0.8, 1.0, 0.8, 0.9, 1.3, 0.4),
)
# fmt: on
BY_NAME = {kind.name: kind for kind in KINDS}
