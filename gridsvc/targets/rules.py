"""What can be aimed at, in which unit, and between which bounds; plain values alone."""

from __future__ import annotations

import enum


class TargetKind(enum.StrEnum):
    """What a target is about; its unit is in `BOUNDS`."""

    TEAM_HALF_DAYS = "team_half_days"
    AGENT_DAYS = "agent_days"
    CENTRE_SHARE = "centre_share"
    STATION_SHARE = "station_share"
    AGENT_SHARE = "agent_share"


#: Quotas of a week: half-days of a team on its rounds, days on which an agent is met.
QUOTAS = (TargetKind.TEAM_HALF_DAYS, TargetKind.AGENT_DAYS)
#: Per cent of the subdistricts, communities and grids that have a service point.
SHARES = (TargetKind.CENTRE_SHARE, TargetKind.STATION_SHARE, TargetKind.AGENT_SHARE)
#: Least and most: a week has 14 half-days and 7 days, a share is in per cent.
BOUNDS = {
    TargetKind.TEAM_HALF_DAYS: (1, 14),
    TargetKind.AGENT_DAYS: (1, 7),
    **dict.fromkeys(SHARES, (1, 100)),
}
#: Where an office has set nothing every place is to be served; a week has no quota of its own.
USUAL = dict.fromkeys(SHARES, 100)


def nearest(lines: dict[str, int], code: str) -> int | None:
    """Choose, of targets by prefix, the one of the nearest division at or above a code.

    Examples
    --------
    >>> nearest({"": 1, "520302": 2, "520303": 9}, "520302001")
    2
    """
    above = [prefix for prefix in lines if code.startswith(prefix)]
    return lines[max(above, key=len)] if above else None
