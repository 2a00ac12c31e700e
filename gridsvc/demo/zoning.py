"""Contact zones of the demo: one community has them with contacts, the next has just begun."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.zones.bulk import grids_to_zone
from gridsvc.zones.contacts import share_out
from gridsvc.zones.services import renew

#: Grids of the second community that have zones, but nobody to turn to yet.
BEGUN = 4


def write_zones(session: Session, communities: list[str], now: datetime, today: date) -> int:
    """Make the zones of two communities; flushed. Returns how many zones there are."""
    done, begun = communities[:2]
    zones = 0
    for code in grids_to_zone(session, Scope((done,)), today):
        zones += renew(session, code, today, by=None, now=now, today=today).made
        share_out(session, code, today, by=None, now=now)
    for code in grids_to_zone(session, Scope((begun,)), today)[:BEGUN]:
        zones += renew(session, code, today, by=None, now=now, today=today).made
    return zones
