"""Reads of contact zones on a day: lines of a list, and sums by grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Building, Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, framed, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.staffing.models import PostHolding, Team, TeamAssignment, TeamPost
from gridsvc.staffing.rules import Post, Source
from gridsvc.zones.models import ContactZone, ContactZonePart, ZoneContact, ZoneRound
from gridsvc.zones.proof import unproved
from gridsvc.zones.rules import ZONE_HOUSEHOLDS, ContactState, ZoneFault, zone_fault, zone_reading


@dataclass(frozen=True)
class ZoneLine:
    """A zone on a day, with the post that its households turn to.

    Attributes
    ----------
    id, number, households, dwellings : int
        ``number`` counts within the grid.
    in_grid : int
        Households of all zones of the grid.
    grid_code, grid_name, grid_name_en : str
        ``grid_name_en`` may be None, as ``team_name_en``.
    state : ContactState
        Of the contact; ``post_id`` and what follows are None where there is none.
    valid_from : date
        Its first day.
    """

    id: int
    grid_code: str
    grid_name: str
    grid_name_en: str | None
    number: int
    households: int
    dwellings: int
    in_grid: int
    state: ContactState
    post_id: int | None
    post: Post | None
    source: Source | None
    team_name: str | None
    team_name_en: str | None
    valid_from: date

    @property
    def code(self) -> str:
        """Its name: the grid's code and its own number."""
        return f"{self.grid_code}-{self.number:02d}"

    @property
    def fault(self) -> ZoneFault | None:
        """Why it has too few or too many households, or ``None``."""
        return zone_fault(self.households, self.dwellings, self.in_grid)


@dataclass(frozen=True)
class PartLine:
    """The doors of a building in a zone; ``whole`` tells that it has no others."""

    building: str
    name: str | None
    first: int
    last: int
    households: int
    whole: bool


def lasting(table: Any) -> ColumnElement[bool]:
    """Say in SQL that a period has a day: one without was taken back before it began."""
    return or_(table.valid_to.is_(None), table.valid_to > table.valid_from)


def zones_on(
    session: Session,
    scope: Scope,
    on: date,
    *,
    broken: bool = False,
    without: bool = False,
    after: str = "",
    limit: int = 1000,
) -> list[ZoneLine]:
    """List the zones of a day in order of grid and number, from after a zone's code on.

    Parameters
    ----------
    broken : bool
        Only those with too few or too many households.
    without : bool
        Only those that have nobody to turn to, for whatever reason.
    after : str
        Code of the last zone seen, ``520398001001001-07``.
    limit : int
        At most so many.
    """
    # The sum is taken over all zones of a grid before any is left out.
    query = _lines(scope, on).subquery()
    found = select(query)
    if broken:
        found = found.where(~query.c.households.between(*ZONE_HOUSEHOLDS))
    if without:
        found = found.where(query.c.state != ContactState.HELD.value)
    if after:
        code, _, number = after.partition("-")
        later = and_(query.c.grid_code == code, query.c.number > int(number or 0))
        found = found.where(or_(query.c.grid_code > code, later))
    found = found.order_by(query.c.grid_code, query.c.number).limit(limit)
    lines = []
    for row in session.execute(found):
        values = row._asdict()
        lines.append(ZoneLine(**{**values, "state": ContactState(values["state"])}))
    return lines


def contact_state() -> ColumnElement[str]:
    """Say in SQL how a zone's contact stands; to be used with `_joined`'s tables."""
    return case(
        (ZoneContact.id.is_(None), ContactState.NOBODY.value),
        (or_(TeamPost.id.is_(None), TeamAssignment.id.is_(None)), ContactState.ELSEWHERE.value),
        (PostHolding.id.is_(None), ContactState.VACANT.value),
        else_=ContactState.HELD.value,
    )


def _lines(scope: Scope, on: date) -> Select[Any, Any, Any, Any]:
    in_grid = func.sum(ContactZone.households).over(partition_by=ContactZone.grid_code)
    columns = (
        ContactZone.id,
        ContactZone.grid_code,
        Grid.name.label("grid_name"),
        Grid.name_en.label("grid_name_en"),
        ContactZone.number,
        ContactZone.households,
        ContactZone.dwellings,
        in_grid.label("in_grid"),
        contact_state().label("state"),
        ZoneContact.post_id,
        TeamPost.post,
        TeamPost.source,
        Team.name.label("team_name"),
        Team.name_en.label("team_name_en"),
        ContactZone.valid_from,
    )
    return _joined(select(*columns), scope, on)


def _joined(query: Any, scope: Scope, on: date) -> Any:
    """Join the zones of a scope on a day with grid, contact, post, team and holder."""
    looks_after = and_(
        TeamAssignment.grid_code == ContactZone.grid_code,
        TeamAssignment.team_id == TeamPost.team_id,
        valid_on(TeamAssignment, on),
    )
    return (
        query.select_from(ContactZone)
        .join(Grid, Grid.code == ContactZone.grid_code)
        # A grid that was merged away has no boundary on the day, and no zones either.
        .join(
            GridBoundary,
            and_(GridBoundary.grid_code == ContactZone.grid_code, valid_on(GridBoundary, on)),
        )
        .outerjoin(
            ZoneContact, and_(ZoneContact.zone_id == ContactZone.id, valid_on(ZoneContact, on))
        )
        .outerjoin(TeamPost, and_(TeamPost.id == ZoneContact.post_id, valid_on(TeamPost, on)))
        .outerjoin(Team, Team.id == TeamPost.team_id)
        .outerjoin(TeamAssignment, looks_after)
        .outerjoin(PostHolding, and_(PostHolding.post_id == TeamPost.id, valid_on(PostHolding, on)))
        .where(valid_on(ContactZone, on), below(ContactZone.grid_code, scope, GRID_DIGITS))
    )


def parts_of(session: Session, zone_ids: Iterable[int]) -> dict[int, list[PartLine]]:
    """Return what zones hold of which building, in order of door."""
    ids = list(zone_ids)
    rows = session.execute(
        select(
            ContactZonePart.zone_id,
            Building.code,
            Building.name,
            ContactZonePart.first_door,
            ContactZonePart.last_door,
            ContactZonePart.households,
            (ContactZonePart.first_door == 1)
            & (ContactZonePart.last_door >= Building.dwelling_count),
        )
        .join(Building, Building.id == ContactZonePart.building_id)
        .where(ContactZonePart.zone_id.in_(ids))
        .order_by(ContactZonePart.zone_id, Building.code, ContactZonePart.first_door)
    )
    found: dict[int, list[PartLine]] = {number: [] for number in ids}
    for row in rows:
        found[row[0]].append(PartLine(*row[1:]))
    return found


def zones_by_grid(session: Session, scope: Scope, on: date) -> pd.DataFrame:
    """Return how the zones of every residential grid stand on a day, in order of code.

    Index: ``code``. Columns: ``name``, ``name_en`` (str, the latter may be None), ``households``
    (float; NaN: never counted), ``zones``, ``in_zones``, ``with_contact``, ``wrong`` (int: zones,
    households in them and of those with a held contact post, zones of too few or too many),
    ``reading`` (ZoneReading). Served by ``one_zone_of_a_number`` and
    ``ix_zone_round_grid_code_made_for``.
    """
    zones, ground = _sums(scope, on), _last_rounds(scope, on)
    counts = ("zones", "in_zones", "with_contact", "wrong")
    query = (
        select(
            Grid.code,
            Grid.name,
            Grid.name_en,
            cast(Grid.kind, Text).label("kind"),
            GridBoundary.household_count.label("households"),
            (ground.c.boundary_id == GridBoundary.id).label("same_ground"),
            *(func.coalesce(zones.c[name], 0).label(name) for name in counts),
        )
        .join(GridBoundary, GridBoundary.grid_code == Grid.code)
        .outerjoin(zones, zones.c.grid_code == Grid.code)
        .outerjoin(ground, ground.c.grid_code == Grid.code)
        .where(
            Grid.kind == GridKind.RESIDENTIAL,
            valid_on(GridBoundary, on),
            below(Grid.code, scope, GRID_DIGITS),
        )
        .order_by(Grid.code)
    )
    frame = framed(session, query).set_index("code")
    frame = frame.astype({"households": float, **dict.fromkeys(counts, int)})
    same_ground = _same_ground(session, frame, on)
    reading = [
        zone_reading(
            row.zones,
            row.in_zones,
            None if row.households != row.households else int(row.households),
            same_ground=str(row.Index) in same_ground,
        )
        for row in frame.itertuples()
    ]
    return frame.assign(reading=reading).drop(columns=["same_ground"])


def _sums(scope: Scope, on: date) -> CTE:
    """Count the zones of each grid on a day, and the households in them."""
    held = contact_state() == ContactState.HELD.value
    sums = _joined(
        select(
            ContactZone.grid_code,
            func.count().label("zones"),
            func.sum(ContactZone.households).label("in_zones"),
            func.coalesce(func.sum(ContactZone.households).filter(held), 0).label("with_contact"),
            func.count().filter(~ContactZone.households.between(*ZONE_HOUSEHOLDS)).label("wrong"),
        ),
        scope,
        on,
    )
    return sums.group_by(ContactZone.grid_code).cte("zones")


def _last_rounds(scope: Scope, on: date) -> CTE:
    """Under which boundary the zones of each grid were made last, up to a day."""
    return (
        select(ZoneRound.grid_code, ZoneRound.boundary_id)
        .ext(distinct_on(ZoneRound.grid_code))
        .where(ZoneRound.made_for <= on, below(ZoneRound.grid_code, scope, GRID_DIGITS))
        .order_by(ZoneRound.grid_code, ZoneRound.made_for.desc(), ZoneRound.id.desc())
        .cte("ground")
    )


#: More grids than a publication draws at once; beyond them all are named, and none is proved.
_MOST_PROVED = 1000


def _same_ground(session: Session, frame: pd.DataFrame, on: date) -> set[str]:
    """Return the grids whose zones are those of their ground, though its outline may be another.

    A neighbour of a redrawn grid gains a corner in its outline and no house.
    """
    same = frame["same_ground"].fillna(value=False).astype(bool)
    doubtful = frame.index[~same & (frame["zones"] > 0)].tolist()
    wrong = set(doubtful)
    if 0 < len(doubtful) <= _MOST_PROVED:
        wrong = {one.grid_code for one in unproved(session, on, codes=doubtful)}
    return set(frame.index) - wrong
