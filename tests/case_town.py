"""The toy town with accounts at work: who reports, handles, checks, and a second team beside.

Team T1 looks after grid 001 001. Specialists S of the subdistrict co-handle category ``wires``.
``noise``, ``wires`` are incidents, ``meal`` a request, ``lamp`` a wish, ``quarrel`` is sensitive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import peopled_town
import toy_town
from peopled_town import SINCE, TOWN, Viewer
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount, UserScope
from gridsvc.accounts.rules import Role, Scope, Sight, sight
from gridsvc.incidents.arrival.report import Report
from gridsvc.incidents.arrival.reporting import Reported, report_incident
from gridsvc.incidents.handling.life import Act, act
from gridsvc.incidents.models import Category, Incident, SpecialistTeam
from gridsvc.incidents.rules import Kind, LimitKind, Outcome
from gridsvc.staffing.models import PostHolding, Team, TeamPost
from gridsvc.staffing.rules import Post, Source, TeamKind

GRID = toy_town.code(1, 1)
#: A Wednesday, 14:30 in the office.
NOW = datetime(2026, 9, 16, 6, 30, tzinfo=UTC)
HERE = toy_town.position(0.5, 2.5)
KIND_CATEGORY = {Kind.INCIDENT: "noise", Kind.REQUEST: "meal", Kind.WISH: "lamp"}


def build(session: Session) -> None:
    """Put territory, teams and categories into an empty, migrated database."""
    peopled_town.territory(session)
    peopled_town.staff(session)
    categories(session)
    team = Team(
        code="S", name="专业队", kind=TeamKind.SPECIALIST, division_code=TOWN, valid_from=SINCE
    )
    session.add(team)
    session.flush()
    wires = session.scalars(select(Category.id).where(Category.code == "wires")).one()
    session.add(SpecialistTeam(team_id=team.id, category_id=wires))
    session.flush()


def categories(session: Session) -> None:
    """Two incidents, a request, a wish, a sensitive and a retired one, due in two days."""
    made: list[tuple[str, Kind, dict[str, Any]]] = [
        ("noise", Kind.INCIDENT, {}),
        ("wires", Kind.INCIDENT, {}),
        ("meal", Kind.REQUEST, {}),
        ("lamp", Kind.WISH, {}),
        ("quarrel", Kind.INCIDENT, {"sensitive": True}),
        ("old", Kind.INCIDENT, {"valid_to": date(2026, 9, 1)}),
        ("pictured", Kind.INCIDENT, {"photo_required": True}),
    ]
    for code, kind, more in made:
        session.add(
            Category(
                standard="test", kind=kind, code=code, name=code, valid_from=SINCE,
                limit_kind=LimitKind.WORKING_DAYS, limit_count=2, **more,
            )
        )  # fmt: skip
    session.flush()


def account(session: Session, name: str, role: Role, *prefixes: str) -> UserAccount:
    """Add an account without a usable password: nobody signs in with it."""
    scopes = [UserScope(prefix=one) for one in prefixes]
    user = UserAccount(username=name, role=role, password_hash="none", scopes=scopes)
    session.add(user)
    session.flush()
    return user


def join_team(session: Session, user: UserAccount, code: str) -> None:
    """Let an account hold a post of a team."""
    post = TeamPost(
        team_id=team_id(session, code), post=Post.MEMBER, source=Source.VOLUNTEER, valid_from=SINCE
    )
    session.add(post)
    session.flush()
    session.add(PostHolding(post_id=post.id, user_id=user.id, valid_from=SINCE))
    session.flush()


def team_id(session: Session, code: str) -> int:
    return session.scalars(select(Team.id).where(Team.code == code)).one()


def sight_of(user: UserAccount) -> Sight:
    return sight(user.role, user.scope, Scope())


@dataclass(frozen=True)
class Cast:
    """A fixed cast over grid 001 001: two of the team, the specialists' man, and the offices."""

    leader: UserAccount
    member: UserAccount
    specialist: UserAccount
    community: UserAccount
    street: UserAccount
    district: UserAccount
    reporter: UserAccount


def cast(session: Session) -> Cast:
    """Add the cast; the reporter is a leader elsewhere in the town."""
    made = Cast(
        account(session, "leader1", Role.LEADER, GRID),
        account(session, "member1", Role.TEAM_MEMBER, GRID),
        account(session, "specialist", Role.TEAM_MEMBER, TOWN),
        account(session, "community1", Role.COMMUNITY_STAFF, GRID[:12]),
        account(session, "street1", Role.STREET_STAFF, TOWN),
        account(session, "district1", Role.DISTRICT, TOWN[:6]),
        account(session, "reporter", Role.LEADER, toy_town.code(2, 1)),
    )
    join_team(session, made.specialist, "S")
    return made


def report(
    session: Session, user: UserAccount | None, now: datetime = NOW, **more: Any
) -> Reported:
    """Report noise in the middle of grid 001 001, unless told otherwise."""
    given = {"category": "noise", "lon": HERE[0], "lat": HERE[1], **more}
    return report_incident(session, Report(**given), now, user)


def step(
    session: Session, case: Incident, action: str, user: UserAccount, now: datetime = NOW, **given
) -> Incident:
    """Take a step as a user."""
    return act(session, case.id, action, Act(**given), user, sight_of(user), now)


def resolved(session: Session, case: Incident, people: Cast) -> Incident:
    """Bring a fresh incident as far as its team can."""
    step(session, case, "claim", people.member)
    return step(session, case, "resolve", people.member, outcome=Outcome.SOLVED)


def closed(session: Session, people: Cast) -> Incident:
    """Bring an incident from its report to its end."""
    case = resolved(session, report(session, people.reporter).incident, people)
    step(session, case, "verify", people.street)
    return step(session, case, "close", people.street)


class Client(Viewer):
    """A signed-in client that can also send."""

    def post(self, path: str, body: dict[str, Any], **headers: str):
        return self._client.post(path, json=body, headers={**self._headers, **headers})
