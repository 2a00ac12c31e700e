"""Whom a step of a case concerns, and the notice that tells them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount, UserScope
from gridsvc.accounts.rules import HANDLERS, Role
from gridsvc.calendars.queries import office_zone
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import valid_on
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.incidents.rules import Level
from gridsvc.notices import services as notices
from gridsvc.staffing.models import PostHolding, Team, TeamAssignment, TeamPost


class Audience(enum.StrEnum):
    """Who is told of a step."""

    TEAM = "team"
    DECIDERS = "deciders"
    REPORTER = "reporter"


_DECIDER = {
    Level.GRID: Role.COMMUNITY_STAFF,
    Level.COMMUNITY: Role.COMMUNITY_STAFF,
    Level.SUBDISTRICT: Role.STREET_STAFF,
    Level.DISTRICT: Role.DISTRICT,
}


def accounts_over(session: Session, code: str | None, roles: frozenset[Role]) -> list[int]:
    """Return the accounts of some roles whose scope holds a grid or division code, in order."""
    covers = func.starts_with(literal(code or ""), UserScope.prefix)
    return list(
        session.scalars(
            select(UserAccount.id)
            .join(UserScope, UserScope.user_id == UserAccount.id)
            .where(UserAccount.role.in_(roles), UserAccount.disabled_at.is_(None), covers)
            .distinct()
            .order_by(UserAccount.id)
        )
    )


def team_accounts(session: Session, team_id: int, on: date) -> list[int]:
    """Return who works for a team on a day, as `life.teams_of` has it.

    Holders of its posts, and handlers over its area who hold no post in any team.
    """
    holders = (
        select(PostHolding.user_id)
        .join(TeamPost, TeamPost.id == PostHolding.post_id)
        .where(
            TeamPost.team_id == team_id,
            valid_on(PostHolding, on),
            PostHolding.user_id.is_not(None),
        )
    )
    areas = (
        select(TeamAssignment.grid_code)
        .where(TeamAssignment.team_id == team_id, valid_on(TeamAssignment, on))
        .union_all(
            select(Team.division_code).where(
                Team.id == team_id,
                ~select(TeamAssignment.id)
                .where(TeamAssignment.team_id == team_id, valid_on(TeamAssignment, on))
                .exists(),
            )
        )
        .subquery()
    )
    over = (
        select(UserScope.user_id)
        .join(areas, func.starts_with(areas.c[0], UserScope.prefix))
        .join(UserAccount, UserAccount.id == UserScope.user_id)
        .where(
            UserAccount.role.in_(HANDLERS),
            ~exists().where(PostHolding.user_id == UserScope.user_id, valid_on(PostHolding, on)),
        )
    )
    query = select(UserAccount.id).where(
        or_(UserAccount.id.in_(holders), UserAccount.id.in_(over)),
        UserAccount.disabled_at.is_(None),
    )
    return list(session.scalars(query.order_by(UserAccount.id)))


def tell(
    session: Session,
    incident: Incident,
    step: IncidentEvent,
    topic: str,
    audience: tuple[Audience, ...],
    *,
    but: UserAccount | None = None,
) -> None:
    """Write the notices of a step, in its transaction; whoever took it (``but``) is not told."""
    zone = office_zone(session)
    on = step.at.astimezone(zone).date()
    sensitive = session.get_one(Category, incident.category_id).sensitive
    if sensitive and Audience.DECIDERS in audience:
        # Sensitive cases are the handling team's alone: its leader decides.
        audience = (Audience.TEAM, *(one for one in audience if one is Audience.REPORTER))
    users: set[int] = set()
    if Audience.TEAM in audience and (step.team_id or incident.team_id):
        users |= set(team_accounts(session, step.team_id or incident.team_id or 0, on))
    if Audience.DECIDERS in audience:
        roles = frozenset({_DECIDER[incident.level]})
        users |= set(accounts_over(session, incident.place, roles))
    if Audience.REPORTER in audience and incident.reporter_user_id:
        users.add(incident.reporter_user_id)
    notices.tell(
        session,
        dedupe_key=f"case:{incident.id}:{step.seq}",
        topic=topic,
        params=params(session, incident, zone.key),
        incident_id=incident.id,
        user_ids=users - {but.id if but else None},
        code=incident.place,
        now=step.at,
    )


def params(session: Session, incident: Incident, zone: str) -> dict[str, str]:
    """Return what a notice says of a case: its category, grid and due time; no person, no text.

    Of a sensitive case nothing: mails and chats leave the house.
    """
    about = session.get_one(Category, incident.category_id)
    if about.sensitive:
        return {}
    grid = session.get(Grid, incident.grid_code) if incident.grid_code else None
    told = {
        "category": about.name,
        "category_en": about.name_en,
        "grid": grid.name if grid else None,
        "grid_en": grid.name_en if grid else None,
        "due_at": _local(incident.due_at, ZoneInfo(zone)),
    }
    return {name: text for name, text in told.items() if text is not None}


def _local(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="minutes") if at else None
