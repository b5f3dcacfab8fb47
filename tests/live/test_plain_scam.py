"""What live tests rely on: their scam is as red at noon as at night, and on any date."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from interdict.replay.player import Recorded, Replay
from interdict.topology import load_pipelines
from schemas.topics import ACCOUNT, VICTIM_ALERTS
from streams.settings import Settings
from tests.live.plain_scam import ANSWERED_ON, before, scam
from tests.live.trial import Row

MIDNIGHT = datetime(2028, 2, 29, tzinfo=UTC)


def answers(rows: list[Row]) -> Iterator[tuple[str, dict[str, object]]]:
    """All that a worker would say of these records, by topic."""
    settings = Settings()
    replay = Replay(load_pipelines(), settings.late_ms_max, settings.idle_ms)
    for row in rows:
        for sent in replay.take(replay.read(Recorded(*row, 0))):
            yield sent.topic, orjson.loads(sent.value or b"{}")


@pytest.mark.parametrize("minute", range(0, 24 * 60, 30))
def test_at_any_hour_the_plain_scam_is_red_and_answered_on_every_topic(minute: int) -> None:
    at = int((MIDNIGHT + timedelta(minutes=minute)).timestamp() * 1000)
    said = list(answers([*before(at), *scam(at)]))
    assert {topic for topic, _ in said} >= set(ANSWERED_ON)
    assert [value["level"] for topic, value in said if topic == VICTIM_ALERTS.name][-1] == "red"
    assert {value["action"] for topic, value in said if topic == ACCOUNT.name} == {"hold", "freeze", "stop_payment"}
