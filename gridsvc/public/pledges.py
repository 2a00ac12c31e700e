"""Making, ending and listing pledges; public words are screened before anybody reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Scope
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import below, valid_on
from gridsvc.incidents.rules.free_text import screen
from gridsvc.public.models import Pledge
from gridsvc.staffing.models import Team

LONGEST = 200


@dataclass(frozen=True)
class PledgeWish:
    """A pledge as it is asked for: ``whose`` is the code of a division, a grid or a team."""

    whose: str
    sentence: str
    sentence_en: str | None
    valid_from: date
    valid_to: date | None


def make_pledge(session: Session, wish: PledgeWish, by: UserAccount, scope: Scope) -> Pledge:
    """Publish a pledge from a day on; the same said again while it holds changes nothing.

    Raises
    ------
    BadInput
        The sentence is empty, too long or names a person's number, or the period is none; ``ids``
        name the field.
    NotFound
        The scope has no such division, grid or team.
    """
    _require_sound(wish)
    place, team = wish.whose, None
    if session.get(Division, place) is None and session.get(Grid, place) is None:
        team = session.scalar(select(Team).where(Team.code == wish.whose))
        if team is None:
            raise NotFound("There is no such place or team of yours.", ["whose"])
        place = team.division_code
    if not scope.covers(place):
        raise NotFound("There is no such place or team of yours.", ["whose"])
    # A form that is sent twice at once would both see none, and the cards say it twice.
    session.get(UserAccount, by.id, with_for_update=True)
    said = {
        "place_code": None if team else place,
        "team_id": team.id if team else None,
        "sentence": wish.sentence,
        "sentence_en": wish.sentence_en,
        "valid_to": wish.valid_to,
    }
    same = select(Pledge).filter_by(**said).where(valid_on(Pledge, wish.valid_from))
    if standing := session.scalar(same.limit(1)):
        return standing
    made = Pledge(**said, valid_from=wish.valid_from, made_by_id=by.id)
    session.add(made)
    session.flush()
    record(session, by, "pledge.made", wish.whose, {"pledge": made.id})
    return made


def end_pledge(session: Session, number: int, by: UserAccount, scope: Scope, on: date) -> None:
    """Let a pledge end with the day before; one that never held is kept with an empty period.

    Raises
    ------
    NotFound
        There is no such pledge in the scope.
    """
    found = session.get(Pledge, number, with_for_update=True)
    team = session.get(Team, found.team_id) if found and found.team_id else None
    place = team.division_code if team else found.place_code if found else None
    if found is None or place is None or not scope.covers(place):
        raise NotFound("There is no such pledge of yours.", [number])
    if found.valid_to is None or found.valid_to > on:
        found.valid_to = max(on, found.valid_from)
        session.flush()
        record(session, by, "pledge.ended", place, {"pledge": number})


def pledges(
    session: Session, scope: Scope, within: str, on: date, *, offset: int, limit: int
) -> tuple[int, list[tuple[Pledge, Team | None]]]:
    """Return how many pledges of a scope have not ended by a day, and a page of them."""
    part = scope.narrowed(within)
    chosen = (
        select(Pledge, Team)
        .outerjoin(Team, Team.id == Pledge.team_id)
        .where(
            or_(Pledge.valid_to.is_(None), Pledge.valid_to > on),
            below(func.coalesce(Pledge.place_code, Team.division_code), part),
        )
    )
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    rows = session.execute(
        chosen.order_by(func.coalesce(Pledge.place_code, Team.code), Pledge.id)
        .offset(offset)
        .limit(limit)
    )
    return total, [(pledge, team) for pledge, team in rows]


def _require_sound(wish: PledgeWish) -> None:
    said = (wish.sentence, wish.sentence_en or "")
    sound = {
        "sentence": 0 < len(wish.sentence) <= LONGEST and not any(map(screen, said)),
        "sentence_en": len(said[1]) <= LONGEST,
        "valid_to": wish.valid_to is None or wish.valid_to > wish.valid_from,
    }
    wrong = [name for name, holds in sound.items() if not holds]
    if wrong:
        raise BadInput(f"This cannot be published: {', '.join(wrong)}.", wrong)
