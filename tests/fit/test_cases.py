"""The centre's own word as truth: cases that ended with one teach, and the others say nothing."""

from typing import Any

import pytest

from interdict.fit.cases import latest, truth_of
from interdict.fit.files import FitError
from interdict.judge.known import Known, Standing
from schemas.cases import CaseRecord, ClosedAs
from schemas.spans import DAY_MS, HOUR_MS
from tests.kit.story import MIDDAY

MIDNIGHT = MIDDAY - MIDDAY % DAY_MS - 8 * HOUR_MS
OPENED = MIDNIGHT + DAY_MS + 12 * HOUR_MS
SAVED, BOTHERED, UNREACHED, NEVER_NOTICED = (f"+861380013800{digit}" for digit in range(4))


def ended(subscriber: str, closed_as: ClosedAs | None, updated_at: int = OPENED + HOUR_MS) -> CaseRecord:
    return CaseRecord.model_validate({
        "case_id": f"00000000-0000-4000-8000-{subscriber[-12:]}", "subscriber": subscriber, "state": "closed",
        "level": "red", "typology": "fake_police", "score": 0.5, "opened_at": OPENED, "updated_at": updated_at,
        "closed_at": updated_at if closed_as else None, "closed_as": closed_as, "policy_version": "p",
        "timeline": ({"at": OPENED, "what": "evidence", "text": "a call", "event_id": "e1"},),
    })  # fmt: skip


def known(*cases: CaseRecord) -> Known:
    return Known(truth_of(cases, MIDNIGHT, MIDNIGHT + 3 * DAY_MS, [NEVER_NOTICED]))


@pytest.mark.parametrize(
    ("subscriber", "stands"),
    [
        (SAVED, Standing.IN_DANGER),
        (BOTHERED, Standing.HONEST),
        (UNREACHED, Standing.UNKNOWN),
        (NEVER_NOTICED, Standing.HONEST),
    ],
)
def test_a_person_stands_as_the_case_ended(subscriber: str, stands: Standing) -> None:
    told: Any = known(ended(SAVED, "safe"), ended(BOTHERED, "false_alarm"), ended(UNREACHED, "quiet"))
    assert told.standing(subscriber, OPENED) is stands


def test_whoever_was_persuaded_was_honest_before_the_case() -> None:
    assert known(ended(SAVED, "safe")).standing(SAVED, OPENED - 1) is Standing.HONEST


def test_of_a_case_the_latest_record_holds() -> None:
    early, late = ended(SAVED, None, OPENED), ended(SAVED, "safe")
    assert latest([late, early]) == [late]


def test_an_open_case_says_nothing_yet() -> None:
    assert known(ended(SAVED, "safe"), ended(BOTHERED, None)).standing(BOTHERED, OPENED) is Standing.UNKNOWN


def test_nothing_is_learned_where_nobody_was_persuaded() -> None:
    with pytest.raises(FitError, match="nothing to learn"):
        known(ended(BOTHERED, "false_alarm"))
