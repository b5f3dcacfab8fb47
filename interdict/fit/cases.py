"""The centre's own word as truth: how its cases ended.

    case records ─► the latest of each case ─► closed as `safe`: a scam; as `false_alarm`: none ─► a truth

A case that ended otherwise (nobody was reached, nothing more came) says nothing, and neither do days on which its
person had it: the person is left out. Whoever never had a case is taken for honest. Nobody reports to this truth whom
the rules never noticed, so that what is fitted on it learns from the noticed alone: fit on towns besides.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from interdict.city.town.plan import ZONE_MS
from interdict.city.town.truth import PersonTruth, RunTruth, Truth, VictimTruth
from interdict.fit.files import FitError
from interdict.judge.known import Known
from interdict.replay.recordings import Recorded, Recording, record_of
from schemas.cases import CaseRecord
from schemas.codec import Rejected, decoder
from schemas.spans import DAY_MS
from schemas.spelling import number
from schemas.topics import CALLS, CASES, SMS, SUBSCRIBERS, TRANSACTIONS

PERSONS_KIND = "own"
"""What kind of life somebody has a centre does not tell."""
_FEEDS = frozenset(topic.name for topic in (SUBSCRIBERS, CALLS, SMS, TRANSACTIONS))


def known_by_cases(recording: Path, cases: Path) -> Known:
    """What a centre's cases tell of the days of a recording.

    Args:
        recording: what the feeds told, with the reference.
        cases: records of the topic of cases, as a recording.

    Raises:
        FitError: there is no case in it that ended with a word.
        ReplayError: either is no recording.
        OSError: either cannot be read.
    """
    return Known(truth_of(latest(_records(cases)), *_span_and_people(recording)), str(cases))


def latest(records: Iterable[CaseRecord]) -> list[CaseRecord]:
    """Of each case the record that holds, by its id."""
    held: dict[str, CaseRecord] = {}
    for record in records:
        before = held.get(record.case_id)
        if before is None or before.updated_at <= record.updated_at:
            held[record.case_id] = record
    return [held[case] for case in sorted(held)]


def truth_of(cases: Iterable[CaseRecord], starts_at: int, ends_at: int, people: Iterable[str]) -> Iterator[Truth]:
    """A truth's lines.

    Args:
        cases: as they ended, each once.
        starts_at: a midnight in China, Unix ms.
        ends_at: another.
        people: phones of the reference.

    Raises:
        FitError: no case ended with a word.
    """
    cases = list(cases)
    scams = [case for case in cases if case.closed_as == "safe"]
    undecided = {case.subscriber for case in cases if case.closed_as not in ("safe", "false_alarm")}
    if not scams:
        raise FitError("no case ended with a person persuaded: there is nothing to learn from")
    persons = sorted({*people, *(case.subscriber for case in cases)} - undecided)
    days = (ends_at - starts_at) // DAY_MS
    yield RunTruth(seed=0, split="free", set=None, people=len(persons), days=days, starts_at=starts_at, ends_at=ends_at)
    for person in persons:
        yield PersonTruth(subscriber=person, kind=PERSONS_KIND, age_band="", is_known=True)
    for case in scams:
        if case.subscriber not in undecided:
            yield _victim(case)


def _victim(case: CaseRecord) -> VictimTruth:
    """Who was persuaded was being deceived, from the first evidence of the case on."""
    evidence = [moment for moment in case.timeline if moment.what == "evidence"]
    return VictimTruth(
        scam_id=case.case_id, subscriber=case.subscriber, typology=case.typology, variant="case", gang=0,
        first_contact_at=min((case.opened_at, *(moment.at for moment in evidence))),
        event_ids=tuple(dict.fromkeys(moment.event_id for moment in evidence if moment.event_id)),
        is_coached=False, gave_up=True, is_cut_short=False, reported_at=case.closed_at,
    )  # fmt: skip


def _records(file: Path) -> Iterator[CaseRecord]:
    decode = decoder(CASES)
    for record in _lines(file):
        if record.topic != CASES.name or record.value is None:
            continue
        try:
            found = decode(record.value)
        except Rejected as problem:
            raise FitError(f"{file}: not a case's record ({problem.reason})") from None
        if isinstance(found, CaseRecord):
            yield found


class _Told(msgspec.Struct, gc=False):
    """What is looked at of an event."""

    occurred_at: int = 0
    subscriber: str = ""


def _span_and_people(file: Path) -> tuple[int, int, set[str]]:
    """The days of a recording, from midnight to midnight in China, and whom its reference knows."""
    read = msgspec.json.Decoder(_Told).decode
    times, people = [], set[str]()
    for record in _lines(file):
        if record.value is None or record.topic not in _FEEDS:
            continue
        try:
            told = read(record.value)
        except msgspec.DecodeError:
            continue  # a dead letter, as anywhere
        if record.topic == SUBSCRIBERS.name:
            people.add(number(told.subscriber))
        elif told.occurred_at:
            times.append(told.occurred_at)
    if not times:
        raise FitError(f"{file}: no event of a feed is in it")
    first, last = ((at + ZONE_MS) // DAY_MS for at in (min(times), max(times)))
    return first * DAY_MS - ZONE_MS, (last + 1) * DAY_MS - ZONE_MS, people


def _lines(file: Path) -> Iterator[Recorded]:
    recording = Recording(file)
    try:
        for line_number, line in recording.lines():
            yield record_of(line, recording.name, line_number)
    finally:
        recording.close()
