"""Planning a campaign, changing it while it runs, and ending it early."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope, simplest
from gridsvc.accounts.services import record
from gridsvc.campaigns.models import Campaign, CampaignArea
from gridsvc.campaigns.queries import dwellings_of
from gridsvc.campaigns.reasons import because
from gridsvc.campaigns.rules import Measure
from gridsvc.errors import BadInput, NotAllowed, NotFound, RuleViolation
from gridsvc.grids.models import Division, Grid
from gridsvc.visits.rules import TOPICS

LONGEST_DAYS = 366


@dataclass(frozen=True)
class Wanted:
    """What an office wants of a campaign; ``ends_on`` belongs to it."""

    name: str
    purpose: str
    topic: str | None
    starts_on: date
    ends_on: date
    measure: Measure
    goal: int
    prefixes: tuple[str, ...]
    festival_on: date | None = None


def plan(session: Session, wanted: Wanted, user: UserAccount) -> Campaign:
    """Plan a campaign of the office whose account this is; flushed, not committed.

    Raises
    ------
    BadInput, NotAllowed, RuleViolation
        With a reason of `gridsvc.campaigns.reasons`.
    """
    areas = _checked(session, wanted, user)
    made = Campaign(division_code=_office(areas), made_by=user.id)
    return _written(session, made, wanted, areas, user, "campaign.plan")


def change(
    session: Session, number: int, wanted: Wanted, user: UserAccount, today: date
) -> Campaign:
    """Change a campaign that is not over; what counts for it follows at once.

    Raises
    ------
    NotFound
        There is none, or it is another office's.
    RuleViolation
        It is over.
    """
    found = _kept(session, number, user, today)
    areas = _checked(session, wanted, user)
    found.division_code = _office(areas)
    return _written(session, found, wanted, areas, user, "campaign.change")


def end(session: Session, number: int, user: UserAccount, today: date, now: datetime) -> Campaign:
    """End a campaign with today; one that has not begun is called off, and keeps its first day.

    Raises
    ------
    NotFound, RuleViolation
        As `change` does.
    """
    found = _kept(session, number, user, today)
    found.ends_on = max(today, found.starts_on)
    found.ended_at, found.ended_by = now, user.id
    session.flush()
    record(session, user, "campaign.end", str(number), {"ends_on": str(found.ends_on)})
    return found


def campaign(session: Session, number: int, scope: Scope) -> Campaign:
    """Return a campaign that concerns a scope.

    Raises
    ------
    NotFound
        There is none.
    """
    found = session.get(Campaign, number)
    if found is None or not any(scope.touches(prefix) for prefix in found.prefixes):
        raise because(NotFound, "campaign_none", [number], number=number)
    return found


def keeps(user: UserAccount, found: Campaign) -> bool:
    """Tell whether an account answers for every grid of a campaign."""
    return all(user.scope.covers(prefix) for prefix in found.prefixes)


def _kept(session: Session, number: int, user: UserAccount, today: date) -> Campaign:
    found = session.get(Campaign, number, with_for_update=True)
    if found is None or not keeps(user, found):
        raise because(NotFound, "campaign_none", [number], number=number)
    if found.ended_at is not None or found.ends_on < today:
        raise because(RuleViolation, "campaign_over", [number], last=str(found.ends_on))
    return found


def _checked(session: Session, wanted: Wanted, user: UserAccount) -> tuple[str, ...]:
    """Refuse what cannot be; return the codes, each once and none below another."""
    if not wanted.name.strip() or not wanted.purpose.strip():
        raise because(BadInput, "campaign_words", ["name", "purpose"])
    if wanted.topic is not None and wanted.topic not in TOPICS:
        raise because(BadInput, "campaign_topic", ["topic"], topic=wanted.topic[:40])
    if not 0 <= (wanted.ends_on - wanted.starts_on).days < LONGEST_DAYS:
        days = {"first": str(wanted.starts_on), "last": str(wanted.ends_on)}
        raise because(BadInput, "campaign_days", ["starts_on", "ends_on"], **days)
    if wanted.goal < 1:
        raise because(BadInput, "campaign_goal", ["goal"])
    areas = simplest(wanted.prefixes).prefixes
    if not areas:
        raise because(BadInput, "campaign_no_area", ["areas"])
    for code in areas:
        known = session.get(Division, code) or session.get(Grid, code)
        if known is None or not user.scope.covers(code):
            raise because(NotAllowed, "campaign_area", [code], code=code[:20])
    _require_reachable(session, wanted, areas)
    return areas


def _require_reachable(session: Session, wanted: Wanted, areas: tuple[str, ...]) -> None:
    if wanted.measure is not Measure.DWELLINGS:
        return
    there = dwellings_of(session, areas, wanted.starts_on)
    if wanted.goal > there:
        values = {"goal": wanted.goal, "dwellings": there}
        raise because(RuleViolation, "campaign_goal_above", ["goal"], **values)


def _office(areas: tuple[str, ...]) -> str:
    """Return the nearest division that holds every area: a community, a subdistrict, a district."""
    for digits in (12, 9, 6):
        shared = {code[:digits] for code in areas}
        if len(shared) == 1 and len(min(areas, key=len)) >= digits:
            return shared.pop()
    raise because(BadInput, "campaign_apart", areas)


def _written(
    session: Session,
    made: Campaign,
    wanted: Wanted,
    areas: tuple[str, ...],
    user: UserAccount,
    action: str,
) -> Campaign:
    told = asdict(wanted)
    told.pop("prefixes")
    for name, value in told.items():
        setattr(made, name, value.strip() if name in ("name", "purpose") else value)
    held = {one.prefix: one for one in made.areas}
    made.areas = [held.get(code) or CampaignArea(prefix=code) for code in areas]
    session.add(made)
    session.flush()
    detail = {name: str(value) for name, value in told.items()} | {"areas": list(areas)}
    record(session, user, action, str(made.id), detail)
    return made
