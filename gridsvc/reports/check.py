"""Do the promises hold? Every household in one grid, somebody in charge, history as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.errors import NotFound
from gridsvc.grids import queries, territory
from gridsvc.grids.intake.buildings import homeless
from gridsvc.grids.intake.report import Finding
from gridsvc.grids.intake.tiling import said
from gridsvc.grids.known import found_by
from gridsvc.grids.models import Division, Grid, TerritoryFinding
from gridsvc.grids.rules import BLOCKING, FindingKind, GridKind, HouseholdReading, household_reading
from gridsvc.plans.publishing.consistency import faults
from gridsvc.staffing.queries import staffing_on
from gridsvc.staffing.tenure import endings
from gridsvc.zones.proof import unproved
from gridsvc.zones.queries import zones_by_grid


def check(session: Session, on: date, within: str = "") -> list[Finding]:
    """List everything that breaks a promise or wants a look, the worst kinds first.

    Parameters
    ----------
    session : Session
        Read only.
    on : date
        The day whose territory and staffing are judged. History is judged whole.
    within : str
        A division or grid code: only what lies in it. Empty: everything.

    Returns
    -------
    list of Finding
        ``blocking`` by `gridsvc.grids.rules.BLOCKING`.

    Raises
    ------
    NotFound
        ``within`` is neither a division nor a grid: no finding there would say nothing.
    """
    if within and not (session.get(Division, within) or session.get(Grid, within)):
        raise NotFound(f"There is no division or grid {within}.", [within])
    session.execute(text("set local statement_timeout = 0"))
    found = [
        *_ground(session, on, within),
        *_bare(session, on, within),
        *homeless(session, on=on, prefix=within),
        *_counts(session, on, within),
        *_ranges(session, on, within),
        *_staffing(session, on, within),
        *_zones(session, on, within),
        *_publications(session, on, within),
        *_history(session, within),
        *_drawn(session, within),
    ]
    worst_first = [kind.value for kind in FindingKind]
    return sorted(found, key=lambda one: (not one.blocking, worst_first.index(one.kind)))


def _finding(
    kind: FindingKind,
    codes: tuple[str, ...],
    words: str,
    place: tuple[float | None, float | None] = (None, None),
    area_m2: float | None = None,
) -> Finding:
    return Finding(kind, codes, words, *place, area_m2, kind in BLOCKING)


def _ground(session: Session, on: date, within: str) -> Iterator[Finding]:
    table = TerritoryFinding
    inside = func.st_pointonsurface(table.geom)
    rows = session.execute(
        select(
            table.kind,
            table.community_code,
            table.grid_codes,
            table.area_m2,
            func.st_x(inside),
            func.st_y(inside),
        )
        .where(queries.valid_on(table, on), found_by(None))
        .order_by(table.area_m2.desc(), table.id)
    )
    for kind, community, grids, area_m2, lon, lat in rows:
        codes = tuple(grids) or (community,)
        if any(code.startswith(within) for code in codes):
            words = said(kind, codes, area_m2)
            yield _finding(FindingKind(kind), codes, words, (lon, lat), area_m2)


def _counts(session: Session, on: date, within: str) -> Iterator[Finding]:
    rows = session.execute(text(_DIFFERENT_COUNTS), {"on": on, "within": f"{within}%"})
    for code, told, counted in rows:
        words = f"{code} is said to have {told} households, its buildings have {counted}"
        yield _finding(FindingKind.HOUSEHOLD_COUNT_DIFFERS, (code,), words)


def _ranges(session: Session, on: date, within: str) -> Iterator[Finding]:
    for row in queries.grids_on(session, Scope((within,)), on).itertuples():
        count = None if row.households != row.households else int(row.households)
        reading = household_reading(count, GridKind(row.kind), row.low, row.high)
        if reading in (HouseholdReading.BELOW, HouseholdReading.ABOVE):
            words = f"{row.Index} has {count} households of {row.low} to {row.high}"
            yield _finding(FindingKind.OUT_OF_RANGE, (row.Index,), words)


def _bare(session: Session, on: date, within: str) -> Iterator[Finding]:
    """Tell which communities have no grid where their subdistrict has begun to be divided.

    Their ground is no gap in `territory`, because a subdistrict is divided one by one; unsaid it
    would pass as sound.
    """
    for code in session.scalars(text(_BARE), {"on": on, "within": f"{within}%"}):
        words = f"community {code} has no grid: its ground and its households are in none"
        yield _finding(FindingKind.COMMUNITY_WITHOUT_GRID, (code,), words)


def _staffing(session: Session, on: date, within: str) -> Iterator[Finding]:
    for row in staffing_on(session, Scope((within,)), on).itertuples():
        code = str(row.Index)
        if not row.has_team:
            yield _finding(FindingKind.NO_TEAM, (code,), f"{code} has no team")
        elif not row.has_leader:
            yield _finding(FindingKind.NO_LEADER, (code,), f"the team of {code} has no leader")
        if not row.has_branch:
            yield _finding(FindingKind.NO_BRANCH, (code,), f"{code} has no branch")
    for one in endings(session, Scope((within,)), on, posts=False):
        words = f"{one.place} has no {one.kind} from {one.ends_on} on: name who follows"
        yield _finding(FindingKind.STAFFING_ENDS, (one.place,), words)


def _zones(session: Session, on: date, within: str) -> Iterator[Finding]:
    for one in unproved(session, on, within):
        words = (
            f"the zones of {one.grid_code} hold {one.in_zones} of its {one.in_grid} households"
            f" ({one.missing} buildings not wholly, {one.strangers} of elsewhere): make them anew"
        )
        yield _finding(FindingKind.ZONES_OUTDATED, (one.grid_code,), words)
    for row in zones_by_grid(session, Scope((within,)), on).itertuples():
        code = str(row.Index)
        if row.wrong:
            words = f"{row.wrong} zones of {code} have too few or too many households"
            yield _finding(FindingKind.ZONE_OUT_OF_RULE, (code,), words)
        if row.with_contact < row.in_zones:
            words = f"{row.in_zones - row.with_contact} households of {code} have no contact"
            yield _finding(FindingKind.ZONE_WITHOUT_CONTACT, (code,), words)


def _publications(session: Session, on: date, within: str) -> Iterator[Finding]:
    for fault in faults(session, on, within):
        yield _finding(FindingKind.PUBLICATION_BROKEN, (fault.code,), fault.words)


def _history(session: Session, within: str) -> Iterator[Finding]:
    # After an import there are no statistics yet, and by a nested loop this would read the whole
    # history once a case: minutes for 14,000 cases, where hashing takes a second.
    session.execute(text("set local enable_nestloop = off"))
    rows = session.execute(text(_BROKEN_HISTORY), {"within": f"{within}%"}).all()
    session.execute(text("set local enable_nestloop = on"))
    for number, code, lon, lat, fault in rows:
        codes = (code,) if code else ()
        words = f"incident {number} {fault}"
        yield _finding(FindingKind.HISTORY_BROKEN, codes, words, (lon, lat))


def _drawn(session: Session, within: str) -> Iterator[Finding]:
    for code in territory.stale_layers(session):
        if code.startswith(within):
            words = f"the map's drawing of {code} is out of date: import or publish draws it anew"
            yield _finding(FindingKind.HISTORY_BROKEN, (code,), words)


_BARE = """
    with divided as (
        select distinct g.community_code as code
        from gridsvc.grid g
        join gridsvc.grid_boundary b on b.grid_code = g.code
        where b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
          and g.kind = 'residential'
    )
    select d.code
    from gridsvc.division d
    where d.level = 'community' and d.code like :within
      and d.code not in (select code from divided)
      and d.parent_code in (select left(code, 9) from divided)
    order by d.code
"""

# Where a grid has no building at all its count cannot be compared.
_DIFFERENT_COUNTS = """
    with home as (
        select distinct on (b.id) g.id as boundary_id, b.household_count
        from gridsvc.building b
        join gridsvc.grid_boundary g on st_covers(g.geom, b.anchor)
             and g.valid_from <= :on and coalesce(g.valid_to, 'infinity') > :on
        join gridsvc.grid on grid.code = g.grid_code and grid.kind = 'residential'
        where b.valid_from <= :on and coalesce(b.valid_to, 'infinity') > :on
          and g.grid_code like :within
        order by b.id, g.grid_code
    )
    select g.grid_code, g.household_count, sum(home.household_count)
    from home join gridsvc.grid_boundary g on g.id = home.boundary_id
    group by g.id
    having sum(home.household_count) <> g.household_count
    order by g.grid_code
"""

# st_covers may say no within 1e-19 degrees of a slanted edge (geo.analysis.locate); 1e-9 is 0.1 mm.
# A file may bring its own time zone, so the local day of a case may be one off.
_BROKEN_HISTORY = """
    select broken.* from (
        select i.id, coalesce(i.grid_code, i.division_code), st_x(i.geom), st_y(i.geom), case
            when told.steps is null then 'has no history'
            when told.last <> told.steps then 'lacks a step of its history'
            when told.broken then 'has a step that was changed after it was written'
            when g.grid_code <> i.grid_code
                 or not (st_covers(g.geom, i.geom) or st_dwithin(g.geom, i.geom, 1e-9)
                         or (i.grid_was_chosen and i.grid_code = any(i.grid_candidates)))
                then 'lies outside the boundary that it was given'
            when g.valid_from > (i.reported_at at time zone 'UTC')::date + 1
                 or g.valid_to <= (i.reported_at at time zone 'UTC')::date - 1
                then 'has a boundary that was not in force on its day'
            end as fault
        from gridsvc.incident i
        left join gridsvc.grid_boundary g on g.id = i.grid_boundary_id
        left join (
            select incident_id, count(*) as steps, max(seq) as last,
                   bool_or(hash is distinct from gridsvc.event_hash(before, step)) as broken
            from (
                select e as step, e.incident_id, e.seq, e.hash,
                       lag(e.hash) over (partition by e.incident_id order by e.seq) as before
                from gridsvc.incident_event e
            ) chained
            group by incident_id
        ) told on told.incident_id = i.id
        where coalesce(i.grid_code, i.division_code, '') like :within
    ) broken
    where fault is not null
    order by 1
"""
