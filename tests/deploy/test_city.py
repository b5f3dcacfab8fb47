"""The city behind dashboards and alarms: what they show does not hang on the hour at which it is played."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from agents.desk.roster import Roster
from agents.victims.policy import Policy
from deploy.grafana.city import noon


@pytest.mark.parametrize("hour", range(24))
def test_it_is_noon_in_the_city_whenever_it_is_played(hour: int) -> None:
    now = datetime(2027, 3, 14, hour, 59, 59, tzinfo=UTC)
    victims, roster = (orjson.loads(value)["body"] for _, _, value in noon(now))
    ahead = timedelta(minutes=Policy.model_validate(victims).local_offset_min)
    assert ((now + ahead).hour, now.astimezone(Roster.model_validate(roster).zone).hour) == (12, 12)
