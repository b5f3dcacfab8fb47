"""Intervals and calibration against values that were worked out elsewhere."""

import math

import pytest

from interdict.judge.figures import figures
from interdict.judge.known import Known
from interdict.judge.ledger import Ledger
from interdict.judge.statistics import calibration_error, quantile, ranking, reliability, wilson
from schemas.spans import DAY_MS, HOUR_MS
from tests.judge.small import CONTACT_AT, HONEST, PAID_AT, STARTS_AT, VICTIM, alert, counted, events, truth


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (15, 148, 0.0624, 0.1605), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_has_the_published_values(hits: int, of: int, low: float, high: float) -> None:
    """15 of 148 and 81 of 263: R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3."""
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0, 1)
    assert quantile([], 0.5) is None
    assert calibration_error(()) is None


def test_the_calibration_error_of_a_known_table() -> None:
    scored = [(0.15, False)] * 9 + [(0.15, True)] + [(0.85, True)] * 6 + [(0.85, False)] * 4
    low, high = reliability(scored)
    assert (low.days, low.share, high.share) == (10, 0.1, 0.6)
    assert calibration_error((low, high)) == pytest.approx((10 * 0.05 + 10 * 0.25) / 20)


@pytest.mark.parametrize(
    ("scored", "area", "precision"),
    [
        ([(0.9, True), (0.1, False)], 1.0, 1.0),
        ([(0.1, True), (0.9, False)], 0.0, 0.5),
        ([(0.5, True), (0.5, False)], 0.5, 0.5),
        ([(0.9, True), (0.8, False), (0.7, True), (0.1, False)], 0.75, (1 + 2 / 3) / 2),
        ([(0.5, True), (0.5, False), (0.5, True), (0.2, False)], 0.75, 2 / 3),
    ],
)
def test_ranking_is_measured_as_by_hand(scored: list[tuple[float, bool]], area: float, precision: float) -> None:
    assert ranking(scored) == pytest.approx((area, precision))
    assert ranking(reversed(scored)) == ranking(scored)


def test_where_all_are_of_one_kind_there_is_nothing_to_rank() -> None:
    assert ranking([(0.3, True), (0.2, True)]) == pytest.approx((math.nan, 1.0), nan_ok=True)
    assert all(map(math.isnan, ranking([(0.3, False)])))


def test_the_score_is_that_of_the_highest_alert_of_a_person_day() -> None:
    noon = STARTS_AT + 12 * HOUR_MS
    alerts = [
        alert(VICTIM, PAID_AT, 0.95),
        alert(VICTIM, PAID_AT + 1, 0.55, "yellow"),
        alert(HONEST, noon, 0.45, "yellow"),
        alert(HONEST, noon + HOUR_MS, 0.75, "orange"),
        alert(VICTIM, PAID_AT + 2 * DAY_MS, 0.95),
    ]
    found = counted(truth(), (), alerts)
    assert [(one.low, one.days, one.victims) for one in found.calibration.bins] == [(0.7, 1, 0), (0.9, 1, 1)]
    assert found.calibration.expected_error == pytest.approx((0.75 + 0.05) / 2)


def test_the_typology_is_that_of_the_highest_alert_while_the_scam_was_under_way() -> None:
    alerts = [alert(VICTIM, PAID_AT - 1, 0.6, "yellow", "fake_loan"), alert(VICTIM, PAID_AT, 0.9)]
    right = counted(truth(), (), alerts).typology_right
    assert (right.hits, right.of) == (1, 1)
    assert counted(truth()).typology_right.of == 0


def test_payments_are_calibrated_by_whether_a_scam_was_under_way_whatever_was_alerted() -> None:
    known = Known(truth())
    ledger = Ledger(known, 0)
    for entry in events(known):
        ledger.see(entry)
    ledger.payment(HONEST, PAID_AT, 0.05)
    ledger.payment(VICTIM, CONTACT_AT - 1, 0.15)  # before it began
    ledger.payment(VICTIM, PAID_AT, 0.95)
    ledger.payment(VICTIM, PAID_AT + DAY_MS, 0.95)  # when it is over nothing is known
    ledger.payment("+8613900000099", PAID_AT, 0.95)  # nor of who is in no truth
    found = figures(ledger, latency_s=0, events=0).calibration_of_payments
    assert [(one.low, one.days, one.victims) for one in found.bins] == [(0.0, 1, 0), (0.1, 1, 0), (0.9, 1, 1)]
    assert (found.counted, found.expected_error) == (3, pytest.approx((0.05 + 0.15 + 0.05) / 3))
