"""Rosters of a few teams, and times on the wall."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.desk.roster import (
    Roster,
)  # fmt: skip

SHANGHAI = ZoneInfo("Asia/Shanghai")
AREAS = [f"district-{n:02d}" for n in range(24)]


def at(wall: str, day: int = 20, zone: ZoneInfo = SHANGHAI) -> int:
    """A time on a day of September 2026, Unix ms."""
    return int(datetime(2026, 9, day, int(wall[:2]), int(wall[3:]), tzinfo=zone).timestamp()) * 1000


def team(name: str, channels: str, areas: Any = "*", shift: str = "00:00-00:00", **units: Any) -> dict[str, Any]:
    starts, ends = shift.split("-")
    return {
        "name": name, "channels": channels.split(), "areas": areas, "shifts": [{"starts": starts, "ends": ends}],
        "units": {"count": 1, **units},
    }  # fmt: skip


def small(*teams: dict[str, Any], **fields: Any) -> Roster:
    """A centre of one seat that does desk work, and what else there is."""
    centre = team("centre", "call visit desk")
    centre["shifts"][0]["channels"] = ["desk"]
    body = {
        "policy_version": "r1", "time_zone": "Asia/Shanghai", "centre": "centre", "teams": [centre, *teams],
        "overflow": {"red": ["*", "centre"], "orange": ["centre"], "yellow": "queue", "blue": "queue"}, **fields,
    }  # fmt: skip
    return Roster.model_validate(body)
