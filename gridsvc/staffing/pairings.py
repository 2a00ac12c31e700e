"""Which outside organisations stand by which community. Names of organisations, no persons."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.grids.models import Division
from gridsvc.grids.queries import below, valid_on
from gridsvc.staffing.models import Pairing

LONGEST_NAME = 120
MOST_PEOPLE = 100_000
_COMMUNITY_DIGITS = 12


def pairings(session: Session, scope: Scope, on: date) -> list[Pairing]:
    """Return the pairings of a day, by community, the organisation that sends most first."""
    query = select(Pairing).where(valid_on(Pairing, on), below(Pairing.division_code, scope))
    order = (Pairing.division_code, Pairing.people.desc(), Pairing.organisation)
    return list(session.scalars(query.order_by(*order)))


def pair(
    session: Session, organisation: str, community: str, people: int, since: date, scope: Scope
) -> Pairing:
    """Pair an organisation with a community from a day on.

    Raises
    ------
    BadInput
        The name is empty or too long, or the number is out of bounds.
    NotFound
        There is no such community in the scope.
    RuleViolation
        The organisation stands by the community already.
    """
    organisation = " ".join(organisation.split())
    if not 0 < len(organisation) <= LONGEST_NAME:
        raise BadInput(f"An organisation's name has 1 to {LONGEST_NAME} signs.", ["organisation"])
    if not 0 <= people <= MOST_PEOPLE:
        raise BadInput(f"The number of people is 0 to {MOST_PEOPLE}.", ["people"])
    # Locked, so that two clerks who pair the same at once take turns.
    found = session.get(Division, community, with_for_update={"key_share": True})
    if found is None or len(community) != _COMMUNITY_DIGITS or not scope.covers(community):
        raise NotFound("There is no such community in your area.", [community[:20]])
    there = select(Pairing.id).where(
        Pairing.organisation == organisation,
        Pairing.division_code == community,
        or_(Pairing.valid_to.is_(None), Pairing.valid_to > since),
    )
    if session.scalar(there.limit(1)) is not None:
        raise RuleViolation("This organisation stands by the community already.", [community])
    made = Pairing(
        organisation=organisation, division_code=community, people=people, valid_from=since
    )
    session.add(made)
    session.flush()
    return made


def part(session: Session, number: int, on: date, scope: Scope) -> Pairing:
    """End a pairing on a day, which is the first without it.

    Raises
    ------
    NotFound
        There is no such pairing in the scope, or it has ended.
    """
    query = select(Pairing).where(
        Pairing.id == number, below(Pairing.division_code, scope), Pairing.valid_to.is_(None)
    )
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotFound("There is no such pairing in your area.", [number])
    found.valid_to = max(on, found.valid_from)
    session.flush()
    return found


def totals(session: Session, scope: Scope, on: date) -> tuple[int, int, int]:
    """Count organisations, communities that have one, and the people who come."""
    query = select(
        func.count(Pairing.organisation.distinct()),
        func.count(Pairing.division_code.distinct()),
        func.coalesce(func.sum(Pairing.people), 0),
    ).where(valid_on(Pairing, on), below(Pairing.division_code, scope))
    organisations, communities, people = session.execute(query).one()
    return organisations, communities, people
