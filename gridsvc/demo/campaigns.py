"""What the demo's street office aims at, and its campaigns: one over, one running, one ahead."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.calendars.festivals import festivals
from gridsvc.campaigns.models import Campaign, CampaignArea
from gridsvc.campaigns.queries import dwellings_of
from gridsvc.campaigns.rules import Measure, planned
from gridsvc.grids.models import Division
from gridsvc.targets.models import Target
from gridsvc.targets.rules import TargetKind

#: Per week, or per cent of places; stations and agents grow towards theirs.
AIMS = {
    TargetKind.TEAM_HALF_DAYS: 1,
    TargetKind.AGENT_DAYS: 2,
    TargetKind.STATION_SHARE: 90,
    TargetKind.AGENT_SHARE: 50,
}
#: Name, purpose, topic, begins so many days ago, lasts, share of the dwellings that is the goal.
CAMPAIGNS = (
    ("秋季安全用水用电走访", "入户查看水电线路和燃气，提醒用电安全", None, 70, 28, 0.18),
    ("冬季敬老走访", "看望老人，登记助餐和陪诊需求", "elderly_care", 18, 35, 0.10),
)
AHEAD = ("节前走访", "节前走访慰问，收集诉求")


def write_campaigns(session: Session, subdistrict: str, since: date, today: date) -> None:
    """Set targets from a day on, and plan three campaigns; flushed.

    Parameters
    ----------
    subdistrict : str
        Code of the office.
    """
    session.add_all(
        Target(prefix=subdistrict, kind=kind, value=value, valid_from=since)
        for kind, value in AIMS.items()
    )
    dwellings = dwellings_of(session, [subdistrict], today)
    for name, purpose, topic, back, days, share in CAMPAIGNS:
        first = today - timedelta(days=back)
        last = first + timedelta(days=days - 1)
        goal = round(share * dwellings, -1)
        _plan(session, subdistrict, Campaign(
            name=name, purpose=purpose, topic=topic, starts_on=first, ends_on=last,
            measure=Measure.DWELLINGS, goal=goal,
        ))  # fmt: skip
    coming = festivals(
        session, subdistrict, today + timedelta(days=20), today + timedelta(days=366)
    )
    first, last = planned(coming[0].day, 14, 14)
    communities = select(Division.code).where(Division.parent_code == subdistrict)
    _plan(session, sorted(session.scalars(communities))[0], Campaign(
        name=coming[0].name + AHEAD[0], purpose=AHEAD[1], topic=None, starts_on=first, ends_on=last,
        measure=Measure.ROUNDS, goal=40, festival_on=coming[0].day,
    ))  # fmt: skip
    session.flush()


def _plan(session: Session, code: str, made: Campaign) -> None:
    made.division_code = code
    made.areas = [CampaignArea(prefix=code)]
    session.add(made)
