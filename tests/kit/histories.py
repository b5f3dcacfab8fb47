"""Any records of one person that the schemas allow."""

from typing import Any

from hypothesis import strategies as st

from schemas.topics import CALLS, SMS, SUBSCRIBERS, TRANSACTIONS
from tests.kit.story import ME, MIDDAY
from tests.schemas.records import any_record


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Any records that the schemas allow, of one person, near in time and in any order."""
    topics = draw(st.lists(st.sampled_from((CALLS, SMS, TRANSACTIONS, SUBSCRIBERS)), max_size=25))
    records = []
    for number, topic in enumerate(topics):
        assert topic.model is not None
        value = {**draw(any_record(topic.model)), "subscriber": ME}
        if "event_id" in value:
            value["event_id"] = f"{value['event_id'][:40]}{number}"
            value["occurred_at"] = MIDDAY + draw(st.integers(0, 10_000_000))
        records.append((topic.name, value))
    return records
