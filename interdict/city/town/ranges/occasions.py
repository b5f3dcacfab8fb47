"""How long stories take, and how often honest occasions come, with the amounts that go with them.

Each occasion has a rate a year (of the people whom it concerns) and a median amount. None has a source: nobody publishes
how often people pay a deposit to a stranger. The ranges are wide for that reason.
"""

from interdict.city.town.ranges import ASSUMED, Range


def _assumed(name: str, low: float, high: float, unit: str, wider: float = 1.4) -> Range:
    """A range nobody published; in `harsh` both bounds lie further out by a factor."""
    top = 1.0 if unit == "share" else high * wider
    return Range(name, (low, high), (low / wider, min(high * wider, top)), unit, ASSUMED)


_YEAR = "times a year and person concerned"
_CNY = "CNY, median"

# fmt: off
_TABLE = (
    # How long one step of a story waits for the next, honest or not: medians, spread by `wait.sigma`.
    ("wait.at_once_min", 0.3, 1.2, "min, median"), ("wait.minutes_min", 2, 7, "min, median"),
    ("wait.quarter_min", 9, 22, "min, median"),    ("wait.hour_min", 35, 110, "min, median"),
    ("wait.hours_min", 150, 420, "min, median"),   ("wait.day_min", 1_000, 1_700, "min, median"),
    ("wait.days_min", 2_600, 5_500, "min, median"), ("wait.week_min", 7_000, 13_000, "min, median"),
    ("wait.sigma", 0.35, 0.65, "log"),
    # How long people are on the line.
    ("line.short_s", 14, 35, "s, median"), ("line.few_s", 80, 200, "s, median"), ("line.long_s", 400, 1_000, "s, median"),
    ("line.sigma", 0.5, 0.8, "log"),
    # How often a step is repeated, and how likely an optional one is.
    ("often.two", 1.3, 2.4, "mean"), ("often.few", 2.2, 4.0, "mean"), ("often.many", 4.0, 7.0, "mean"),
    ("share.most", 0.65, 0.9, "share"), ("share.half", 0.35, 0.65, "share"), ("share.some", 0.1, 0.3, "share"),
    ("share.rare", 0.02, 0.08, "share"),
    ("occasion.spread", 0.5, 0.9, "log, of every amount below"),
    # Monthly.
    ("rent.cny", 1_500, 3_800, _CNY), ("mortgage.cny", 2_500, 5_500, _CNY), ("mortgage.share", 0.2, 0.4, "share"),
    ("card.cny", 1_200, 4_000, _CNY), ("card.share", 0.3, 0.6, "share"),
    ("allowance.cny", 1_200, 2_200, _CNY), ("own_move.share", 0.2, 0.5, "share"), ("own_move.left", 0.2, 0.6, "share"),
    # From time to time.
    ("flat_deposit.year", 0.15, 0.4, _YEAR),  ("flat_deposit.cny", 3_000, 9_000, _CNY),
    ("house.year", 0.015, 0.05, _YEAR),       ("house_deposit.cny", 20_000, 60_000, _CNY), ("house_first.cny", 150_000, 400_000, _CNY),
    ("wedding.year", 1.0, 3.0, _YEAR),        ("wedding.cny", 400, 1_200, _CNY),
    ("hongbao.year", 3, 9, _YEAR),            ("hongbao.cny", 40, 200, _CNY),
    ("secondhand.year", 1.2, 4, _YEAR),       ("secondhand.cny", 150, 700, _CNY),
    ("car.year", 0.015, 0.05, _YEAR),         ("car.cny", 25_000, 80_000, _CNY),
    ("tuition.year", 0.5, 1.6, _YEAR),        ("tuition.cny", 1_800, 6_500, _CNY), ("tuition_extra.cny", 200, 700, _CNY),
    ("course.year", 0.8, 2.2, _YEAR),         ("course.cny", 1_000, 3_500, _CNY),
    ("hospital.year", 0.5, 1.3, _YEAR),       ("hospital.cny", 600, 3_500, _CNY), ("hospital_more.cny", 3_000, 12_000, _CNY),
    ("renovation.year", 0.04, 0.12, _YEAR),   ("renovation.cny", 5_000, 18_000, _CNY),
    ("repair.year", 0.6, 1.8, _YEAR),         ("repair.cny", 100, 450, _CNY),
    ("borrow.year", 0.15, 0.5, _YEAR),        ("borrow.cny", 8_000, 30_000, _CNY), ("borrow.spent", 0.5, 0.95, "share"),
    ("lend.year", 0.4, 1.2, _YEAR),           ("lend.cny", 1_000, 6_000, _CNY),
    ("coin.year", 6, 20, _YEAR),              ("coin.cny", 2_000, 12_000, _CNY),
    ("shares.year", 4, 14, _YEAR),            ("shares.cny", 5_000, 30_000, _CNY),
    ("fund.year", 0.6, 2, _YEAR),             ("fund.cny", 2_000, 12_000, _CNY),
    ("insurance.year", 0.6, 1.5, _YEAR),      ("insurance.cny", 1_500, 6_000, _CNY),
    ("desk.year", 0.08, 0.3, _YEAR),          ("desk.cny", 5_000, 25_000, _CNY),
    ("abroad.year", 1, 5, _YEAR),             ("abroad.cny", 2_000, 12_000, _CNY),
    ("leader.year", 8, 26, _YEAR),            ("leader.cny", 30, 110, _CNY),
    ("driver.year", 2, 7, _YEAR),             ("driver.cny", 25, 120, _CNY),
    ("dealer.year", 0.8, 2.5, _YEAR),         ("dealer.cny", 400, 2_500, _CNY),
    ("gold.year", 0.06, 0.25, _YEAR),         ("gold.cny", 4_000, 18_000, _CNY),
    ("withdraw.year", 4, 14, _YEAR),          ("withdraw.cny", 600, 2_200, _CNY),
    ("play.year", 3, 10, _YEAR),              ("play.cny", 20, 120, _CNY),
    ("ticket.year", 0.4, 1.2, _YEAR),         ("ticket.cny", 300, 1_200, _CNY),
    ("care.year", 0.02, 0.07, _YEAR),         ("care.cny", 6_000, 25_000, _CNY),
    ("fee.year", 0.03, 0.1, _YEAR),           ("fee.cny", 800, 4_000, _CNY),
    ("job.year", 0.2, 0.7, _YEAR),            ("job.cny", 80, 350, _CNY),
    ("supplier.cny", 1_500, 7_000, _CNY),     ("supplier_new.share", 0.08, 0.2, "share"),
    ("urgent.year", 0.04, 0.12, _YEAR),       ("urgent.cny", 5_000, 20_000, _CNY),
    ("emptied.year", 0.05, 0.15, _YEAR),      ("emptied.left", 0.6, 0.95, "share"),
    ("talked.year", 0.5, 2.0, _YEAR),
    ("refund.year", 0.5, 2.5, _YEAR),         ("refund.cny", 40, 250, _CNY),
    ("guided.year", 0.5, 3, _YEAR),           ("guided.cny", 100, 900, _CNY),
    ("witnessed.year", 0.05, 0.25, _YEAR),    ("witnessed.cny", 4_000, 20_000, _CNY),
)
# fmt: on
RANGES = tuple(_assumed(*row) for row in _TABLE)
