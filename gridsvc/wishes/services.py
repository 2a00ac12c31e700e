"""Use cases of the wish board: claim a wish, sort it, say what a team can do."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Sight
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, Conflict, NotAllowed, NotFound
from gridsvc.incidents.cases import visible
from gridsvc.incidents.handling.life import Act, act
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Kind
from gridsvc.incidents.rules.life import Action
from gridsvc.staffing.models import Team
from gridsvc.wishes.models import SkillService, SortedWish, WishTopic


def claim(
    session: Session,
    number: int,
    team_id: int | None,
    user: UserAccount,
    sight: Sight,
    now: datetime,
) -> Incident:
    """Claim a wish for a team of the user; of any number who do at once exactly one has it.

    Raises
    ------
    Conflict
        Another team was first.
    NotFound
        There is no such wish, or not for this user.
    RuleViolation, BadInput
        As `gridsvc.incidents.handling.life.act` refuses a step.
    """
    _require_wish(session, number, sight)
    return act(session, number, Action.CLAIM, Act(team_id=team_id), user, sight, now)


def add_topic(session: Session, name: str, name_en: str, user: UserAccount) -> WishTopic:
    """Add a topic that wishes can be sorted under.

    Raises
    ------
    BadInput
        It has no name.
    Conflict
        There is one of that name.
    """
    if not name.strip():
        raise BadInput("Give the topic a name.", ["name"])
    values = {"name": name.strip(), "name_en": name_en.strip() or None}
    made = session.scalar(
        insert(WishTopic).values(values).on_conflict_do_nothing().returning(WishTopic)
    )
    if made is None:
        raise Conflict("There is a topic of that name already.", [name])
    record(session, user, "wish.topic", name.strip())
    return made


def sort(
    session: Session, number: int, topic_id: int | None, user: UserAccount, sight: Sight
) -> None:
    """Put a wish under a topic, or under none again.

    Raises
    ------
    NotFound
        There is no such wish or topic, or not for this user.
    """
    _require_wish(session, number, sight)
    if topic_id is None:
        held = session.get(SortedWish, number)
        if held is not None:
            session.delete(held)
        session.flush()
    else:
        _require_topic(session, topic_id)
        wanted = insert(SortedWish).values(incident_id=number, topic_id=topic_id)
        key = [SortedWish.incident_id]
        session.execute(wanted.on_conflict_do_update(index_elements=key, set_={
            "topic_id": topic_id,
        }))  # fmt: skip
    record(session, user, "wish.sort", str(number), {"topic": topic_id})


def offer(
    session: Session, team_id: int, topic_id: int, skill: str, user: UserAccount, today: date
) -> SkillService:
    """Say what a team can do about a topic, from a day on; said again it changes nothing.

    Raises
    ------
    NotAllowed
        The team belongs to no division of the account's area.
    NotFound
        There is no such topic.
    BadInput
        The skill is not named.
    """
    _require_team(session, team_id, user)
    _require_topic(session, topic_id)
    if not skill.strip():
        raise BadInput("Say what the team can do.", ["skill"])
    # A form that is sent twice at once would both see none.
    session.get(UserAccount, user.id, with_for_update=True)
    known = {"team_id": team_id, "topic_id": topic_id, "skill": skill.strip()}
    same = select(SkillService).filter_by(**known).where(SkillService.valid_to.is_(None))
    if standing := session.scalar(same.limit(1)):
        return standing
    made = SkillService(**known, valid_from=today)
    session.add(made)
    session.flush()
    record(session, user, "wish.offer", str(made.id), {"team": team_id, "topic": topic_id})
    return made


def end(session: Session, number: int, user: UserAccount, today: date) -> None:
    """End a service from today on; ending it twice changes nothing.

    Raises
    ------
    NotFound
        There is no such service.
    NotAllowed
        Its team belongs to no division of the account's area.
    """
    found = session.get(SkillService, number)
    if found is None:
        raise NotFound(f"There is no service {number}.", [number])
    _require_team(session, found.team_id, user)
    found.valid_to = found.valid_to or max(today, found.valid_from)
    session.flush()
    record(session, user, "wish.end", str(number))


def _require_wish(session: Session, number: int, sight: Sight) -> None:
    seen = select(Incident.id).where(
        Incident.id == number, Incident.kind == Kind.WISH, visible(sight)
    )
    if session.scalar(seen) is None:
        raise NotFound(f"There is no wish {number}.", [number])


def _require_topic(session: Session, topic_id: int) -> None:
    if session.get(WishTopic, topic_id) is None:
        raise NotFound("There is no such topic.", [topic_id])


def _require_team(session: Session, team_id: int, user: UserAccount) -> None:
    team = session.get(Team, team_id)
    if team is None or not user.scope.covers(team.division_code):
        raise NotAllowed("This team belongs to another area.", [team_id])
