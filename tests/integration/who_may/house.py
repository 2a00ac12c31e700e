"""The house whose doors are tried: a row behind every address, and a viewer for every role."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

import peopled_town
import toy_town
from apiflask import APIFlask
from peopled_town import TOWN, Viewer
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.appraisals import services as appraising
from gridsvc.cards.models import CardOrder, CardPart
from gridsvc.cards.rules import CardKind, OrderState, Paper
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.models import Incident
from gridsvc.plans import drafts, jobs
from gridsvc.plans.models import PlanJob
from gridsvc.plans.publishing.models import Publication
from gridsvc.plans.publishing.rules import PublicationKind
from gridsvc.plans.rules import JobKind, JobState, PlanState
from gridsvc.reports import cycles
from gridsvc.reports.rules.periods import PeriodKind
from gridsvc.settings import Settings
from gridsvc.staffing.models import Team
from gridsvc.zones.models import ZoneOrder
from who_may.roles import PUBLIC_GRID, VISITOR

#: Service point 9, at the house of the public grid.
SERVICE_POINT = text(
    "insert into gridsvc.service_point (id, code, name, tier, services, geom, valid_from)"
    f" select 9, 'S9', 'x', 'agent', '{{}}', anchor, valid_from from gridsvc.building"
    f" where code = 'B{PUBLIC_GRID}'"
)
#: Project 7, in the public community.
PROJECT_ROWS = text(
    f"""insert into gridsvc.area_project (id, division_code, title, work)
    values (7, '{TOWN}002', 'x', 'x');
    insert into gridsvc.area_project_step
    (project_id, number, stage, reached_on, planned_from, planned_until)
    values (7, 1, 'planned', '2026-01-01', '2026-01-01', '2026-12-31')"""
)
#: Campaign 7, there too.
CAMPAIGN_ROWS = text(
    "with made as (insert into gridsvc.campaign"
    " (id, division_code, name, purpose, starts_on, ends_on, measure, goal)"
    f" values (7, '{TOWN}', 'x', 'x', '2026-09-01', '2026-09-30', 'dwellings', 10) returning id)"
    f" insert into gridsvc.campaign_area select id, '{TOWN}002' from made"
)


CYCLE_OVER = datetime(2026, 9, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """The application over the peopled town, and a viewer for every role."""

    app: APIFlask
    session: Session
    viewers: dict[Role | None, Viewer]
    case: int
    photo: int
    plan: int
    job: int
    version: int
    pack: int
    quarter: int
    team: int
    order: int

    def address(self, pattern: str) -> str:
        return pattern.format(**vars(self))


def furnished(session: Session, database: Settings) -> House:
    """Build the house, with one row behind every address of the table."""
    peopled_town.build(session)
    for rows in (SERVICE_POINT, CAMPAIGN_ROWS, PROJECT_ROWS):
        session.execute(rows)
    app = peopled_town.app_in(session, database)
    viewers = {role: Viewer(app, session, role, TOWN) for role in (*Role, VISITOR)}
    public = (
        session.query(Incident.id).filter_by(grid_code=PUBLIC_GRID).order_by(Incident.id).first()
    )
    assert public is not None
    photo = pictured(session, public[0])
    job = drafted(session)
    session.commit()
    version = published(session)
    session.commit()
    pack = cycles.close(session, TOWN, PeriodKind.CYCLE, date(2026, 8, 29), None, CYCLE_OVER)
    quarter = appraising.open_quarter(session, TOWN, peopled_town.TODAY, None, peopled_town.NOW)
    team = session.query(Team).filter_by(code="T1").one()
    order = printed(session)
    session.commit()
    return House(
        app, session, viewers, public[0], photo, job.plan_id, job.id, version, pack.id,
        quarter.id, team.id, order,
    )  # fmt: skip


def pictured(session: Session, case: int) -> int:
    """A photo of a case."""
    pixels = BytesIO()
    Image.new("RGB", (64, 48)).save(pixels, "JPEG")
    taken = pixels.getvalue()
    return photos.take(session, case, taken, None, "report", None, peopled_town.NOW).id


def drafted(session: Session) -> PlanJob:
    """A draft of the town, and a proposal made for it."""
    now, today = peopled_town.NOW, peopled_town.TODAY
    user = session.query(UserAccount).filter_by(role=Role.PLANNER).one()
    plan = drafts.begin(session, user, name="x", scope=TOWN, now=now, today=today)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    job = jobs.ask(session, plan, user, JobKind.PROPOSE, {}, now)
    job.state, job.result = JobState.DONE, {}
    job.labels = zlib.compress(json.dumps({"balanced": {"1": toy_town.code(1, 2)}}).encode())
    return job


def published(session: Session) -> int:
    """A version of the map, which changed nothing."""
    user = session.query(UserAccount).filter_by(role=Role.PLANNER).one()
    made = Publication(
        kind=PublicationKind.ROLLBACK, scope_code=TOWN, effective_on=peopled_town.TODAY,
        restores_on=peopled_town.SINCE, published_at=peopled_town.NOW, published_by_id=user.id,
        grids_before=9, grids_after=9, households=1500, proof={}, seen={"cases": []},
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def printed(session: Session) -> int:
    """A printing of one card, done, and order 7, which tried out zones."""
    user = session.query(UserAccount).filter_by(role=Role.STREET_STAFF).one()
    made = CardOrder(
        kind=CardKind.CONTACT, paper=Paper.A4, copies=1, grid_codes=[PUBLIC_GRID], within=TOWN,
        base_url="", language="zh", state=OrderState.DONE, done=1, asked_by_id=user.id,
        asked_at=peopled_town.NOW,
    )  # fmt: skip
    session.add(made)
    session.add(
        ZoneOrder(
            id=7, prefixes=[TOWN], trial=True, grids=1, asked_by_id=user.id,
            asked_at=peopled_town.NOW,
        )
    )  # fmt: skip
    session.flush()
    session.add(CardPart(order_id=made.id, number=0, name="x.pdf", pdf=b"%PDF"))
    return made.id
