"""Specialist and volunteer teams: across grids, with how many members and which skills."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import BadInput, NotFound
from gridsvc.grids.models import Division
from gridsvc.grids.queries import below, valid_on
from gridsvc.staffing.models import PostHolding, Team, TeamPost
from gridsvc.staffing.rules import TeamKind

ACROSS = (TeamKind.SPECIALIST, TeamKind.VOLUNTEER)
MOST_SKILLS, LONGEST_SKILL, LONGEST_NAME, MOST_MEMBERS = 12, 30, 80, 100_000
_CODE = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True)
class SpecialTeam:
    """A team across grids; ``members`` are those counted, else the holders of its posts."""

    team: Team
    members: int


def special_teams(session: Session, scope: Scope, on: date) -> list[SpecialTeam]:
    """Return the specialist and volunteer teams of a scope on a day, in order of code."""
    held = (
        select(func.count(PostHolding.id))
        .join(TeamPost, TeamPost.id == PostHolding.post_id)
        .where(TeamPost.team_id == Team.id, valid_on(PostHolding, on), valid_on(TeamPost, on))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Team, func.coalesce(Team.member_count, held))
        .where(Team.kind.in_(ACROSS), valid_on(Team, on), below(Team.division_code, scope))
        .order_by(Team.code)
    )
    return [SpecialTeam(team, members) for team, members in rows]


def skills_of(text: str) -> list[str]:
    """Return the skills of a list written with commas, each once, in the order of their writing.

    Examples
    --------
    >>> skills_of("水电维修、 first aid，水电维修;")
    ['水电维修', 'first aid']
    """
    parted = (" ".join(one.split()) for one in re.split(r"[,，、;；\n]", text))
    return list(dict.fromkeys(one for one in parted if one))


@dataclass(frozen=True)
class TeamWish:
    """What a team across grids is to be; of one that is there, its code names it."""

    code: str
    name: str
    kind: TeamKind
    division_code: str
    members: int
    skills: list[str]
    duty_phone: str | None


def keep_team(session: Session, wish: TeamWish, today: date, scope: Scope) -> Team:
    """Make a team across grids, or change one of the scope; what it is called stays.

    Raises
    ------
    BadInput
        A value is missing, too long or out of bounds; ``ids`` name the field.
    NotFound
        The area is none of the scope, or the code is that of a team which is not the scope's.
    """
    _require_sound(wish)
    area = session.get(Division, wish.division_code, with_for_update={"key_share": True})
    found = session.scalar(select(Team).where(Team.code == wish.code).with_for_update())
    if area is None or not scope.covers(area.code):
        raise NotFound("There is no such area of yours.", ["division_code"])
    if found is None:
        found = Team(
            code=wish.code,
            name=wish.name,
            kind=wish.kind,
            division_code=area.code,
            valid_from=today,
        )
        session.add(found)
    elif found.kind not in ACROSS or not scope.covers(found.division_code):
        raise NotFound("Another team has this code: choose another one.", ["code"])
    found.member_count, found.skills = wish.members, wish.skills
    found.duty_phone = wish.duty_phone
    session.flush()
    return found


def _require_sound(wish: TeamWish) -> None:
    phone = wish.duty_phone or ""
    sound = {
        "code": bool(_CODE.fullmatch(wish.code)),
        "name": 0 < len(wish.name.strip()) <= LONGEST_NAME,
        "kind": wish.kind in ACROSS,
        "members": 0 <= wish.members <= MOST_MEMBERS,
        "skills": len(wish.skills) <= MOST_SKILLS
        and all(len(one) <= LONGEST_SKILL for one in wish.skills),
        "phone": not phone or bool(re.fullmatch(r"\+?[0-9][0-9 ()-]{4,22}[0-9]", phone)),
    }
    wrong = [name for name, holds in sound.items() if not holds]
    if wrong:
        raise BadInput(f"This cannot be right: {', '.join(wrong)}.", wrong)
