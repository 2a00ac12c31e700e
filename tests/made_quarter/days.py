"""Where and when the quarter lies."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DISTRICT, OFFICE = "990001", "990001001"
GRIDS, CASES, ROUNDS = 782, 3000, 3000
ZONE = ZoneInfo("Asia/Shanghai")
SINCE = date(2025, 1, 1)
FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
#: The day of the redraw, and the first on which it holds.
REDRAWN, IN_FORCE = datetime(2026, 8, 16, 3, 0, tzinfo=UTC), date(2026, 8, 17)
SPLIT = f"{OFFICE}001013"
KNOWN = datetime(2025, 1, 1, tzinfo=UTC)
RECORDED = KNOWN.isoformat()


def at_hour(day: date, hours: float) -> datetime:
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hours)
