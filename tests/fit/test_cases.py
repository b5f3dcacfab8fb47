"""The centre's own word as truth: cases that ended with one teach, and the others say nothing."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from interdict.fit.cases import known_by_cases, latest, truth_of
from interdict.fit.files import FitError
from interdict.judge.known import Known, Standing
from schemas.cases import CaseRecord, ClosedAs
from schemas.codec import encode
from schemas.spans import DAY_MS, HOUR_MS
from schemas.topics import CASES, SMS, SUBSCRIBERS, VICTIM_ALERTS
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


def written(path: Path, *rows: tuple[str, str, dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps({"topic": t, "key": k, "value": v}) + b"\n" for t, k, v in rows))
    return path


def test_days_and_people_are_those_of_the_feeds_and_of_nothing_else(tmp_path: Path) -> None:
    recording = written(
        tmp_path / "feed.ndjson",
        (SUBSCRIBERS.name, NEVER_NOTICED, {"subscriber": NEVER_NOTICED}),
        (SMS.name, SAVED, {"subscriber": SAVED, "occurred_at": OPENED}),
        (SMS.name, SAVED, {"subscriber": SAVED, "occurred_at": OPENED + DAY_MS}),
        (VICTIM_ALERTS.name, "+8613800138009", {"subscriber": "+8613800138009", "occurred_at": OPENED + 9 * DAY_MS}),
    )
    case = ended(SAVED, "safe")
    told = known_by_cases(
        recording, written(tmp_path / "cases.ndjson", (CASES.name, case.case_id, orjson.loads(encode(case))))
    )
    assert (told.days, told.run.starts_at) == (2, MIDNIGHT + DAY_MS)
    assert set(told.persons) == {NEVER_NOTICED, SAVED}


@pytest.mark.parametrize("content", [b"{}", b'{"case_id":1}'])
def test_what_is_no_case_is_told_in_one_line(content: bytes, tmp_path: Path) -> None:
    feed = written(tmp_path / "feed.ndjson", (SMS.name, SAVED, {"subscriber": SAVED, "occurred_at": OPENED}))
    cases = tmp_path / "cases.ndjson"
    cases.write_bytes(b'{"topic":"cases","key":"c","value":' + content + b"}\n")
    with pytest.raises(FitError, match="not a case's record"):
        known_by_cases(feed, cases)


def test_a_recording_of_no_feed_teaches_nothing(tmp_path: Path) -> None:
    case = ended(SAVED, "safe")
    cases = written(tmp_path / "cases.ndjson", (CASES.name, case.case_id, orjson.loads(encode(case))))
    with pytest.raises(FitError, match="no event of a feed"):
        known_by_cases(written(tmp_path / "feed.ndjson"), cases)
