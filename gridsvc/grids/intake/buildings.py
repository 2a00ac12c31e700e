"""Buildings and the households in them; each belongs to the grid that holds its anchor."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from gridsvc.errors import BadInput
from gridsvc.grids.intake.report import Finding, ImportReport, RowNote
from gridsvc.grids.intake.versions import same_shape, told
from gridsvc.grids.models import Building
from gridsvc.grids.rules import FindingKind

_SRID = 4326


def write(
    session: Session, rows: gpd.GeoDataFrame, valid_from: date, name: str, report: ImportReport
) -> None:
    """Write buildings; those known by their code are brought up to date where they differ.

    Grids whose households nobody gave get the sum of the buildings in them.

    Parameters
    ----------
    rows : GeoDataFrame
        ``code``, ``name``, ``households``, ``dwellings`` and polygons, EPSG:4326.

    Raises
    ------
    BadInput
        A building without a code: it could not be found again.
    """
    nameless = rows.index[rows["code"].isna()].tolist()
    if nameless:
        raise BadInput(
            f"{name}: row {nameless[0]} has no code; name the field that tells buildings apart "
            "with --code-field.",
            ids=nameless,
        )
    counted = _counts(rows, report)
    known = _known(session, counted["code"].tolist())
    fresh = []
    for row in told(counted).itertuples():
        values = _values(row)
        if row.code not in known:
            fresh.append({"code": row.code, "valid_from": valid_from, **values})
            continue
        last = known[row.code]
        if (row.households, row.dwellings, row.name) == last[1:4] and same_shape(
            row.geometry, last[4]
        ):
            report.skipped.append(RowNote(row.Index, f"already there: {row.code}"))
            continue
        session.execute(update(Building).where(Building.id == last[0]).values(**values))
        report.replaced += 1
    if fresh:
        session.execute(insert(Building), fresh)
    report.inserted += len(fresh)
    codes = counted["code"].tolist()
    session.execute(text(_SETTLE), {"codes": codes})
    known_households = rows["households"].notna().any()
    filled = session.scalars(text(_FILL)).all() if known_households else []
    if filled:
        report.notes.append(
            f"households of {len(filled)} grids that nobody gave: summed by building"
        )
    report.findings += homeless(session, codes, on=valid_from)


def homeless(
    session: Session, codes: list[str] | None = None, *, on: date, prefix: str = ""
) -> list[Finding]:
    """List the buildings with households that lie in no residential grid of a day.

    ``codes`` narrows the list to some buildings, ``prefix`` to those of a division. Served by
    the GiST index of ``grid_boundary.geom``.
    """
    found = session.execute(
        text(_HOMELESS),
        {"codes": codes, "any": codes is None, "within": f"{prefix}%", "on": on},
    )
    return [
        Finding(
            FindingKind.HOUSEHOLD_WITHOUT_GRID,
            (row.code,),
            f"building {row.code} with {row.household_count} households is in no grid",
            row.lon,
            row.lat,
            blocking=True,
        )
        for row in found
    ]


# Functional grids lie over residential ones and answer for no household. On a shared edge the
# lowest code has it (docs/decisions/0002).
_SETTLE = """
    update gridsvc.building b set community_code = coalesce(
        (select grid.community_code
         from gridsvc.grid_boundary g join gridsvc.grid on grid.code = g.grid_code
         where st_covers(g.geom, b.anchor) and g.valid_to is null and grid.kind = 'residential'
         order by g.grid_code limit 1),
        (select d.division_code from gridsvc.division_boundary d
         where st_covers(d.geom, b.anchor) and d.valid_to is null
           and length(d.division_code) = 12
         order by d.division_code limit 1))
    where b.code = any(:codes)
"""

_FILL = """
    with home as (
        select distinct on (b.id) g.id as boundary_id, b.household_count, b.dwelling_count
        from gridsvc.building b
        join gridsvc.grid_boundary g on st_covers(g.geom, b.anchor) and g.valid_to is null
        join gridsvc.grid on grid.code = g.grid_code and grid.kind = 'residential'
        where b.valid_to is null
        order by b.id, g.grid_code
    ), total as (
        select boundary_id, sum(household_count) as households, sum(dwelling_count) as dwellings
        from home group by boundary_id
    )
    update gridsvc.grid_boundary g
    set household_count = coalesce(g.household_count, total.households),
        dwelling_count = coalesce(g.dwelling_count, total.dwellings)
    from total
    where total.boundary_id = g.id
      and (g.household_count is null or g.dwelling_count is null)
    returning g.grid_code
"""

_HOMELESS = """
    select b.code, b.household_count, st_x(b.anchor) as lon, st_y(b.anchor) as lat
    from gridsvc.building b
    where b.valid_from <= :on and coalesce(b.valid_to, 'infinity') > :on
      and b.household_count > 0
      and (:any or b.code = any(cast(:codes as text[])))
      and coalesce(b.community_code, '') like :within
      and not exists (
        select from gridsvc.grid_boundary g
        join gridsvc.grid on grid.code = g.grid_code and grid.kind = 'residential'
        where g.valid_from <= :on and coalesce(g.valid_to, 'infinity') > :on
          and st_covers(g.geom, b.anchor))
    order by b.code
"""


def _counts(rows: gpd.GeoDataFrame, report: ImportReport) -> gpd.GeoDataFrame:
    households = rows["households"]
    if households.isna().all():
        report.notes.append("no building says its households: each counts 0")
    unknown = rows["dwellings"].isna()
    if unknown.any():
        report.notes.append(f"dwellings of {unknown.sum()} buildings taken as their households")
    households = households.fillna(0)
    return rows.assign(
        households=households.astype(int),
        dwellings=rows["dwellings"].fillna(households).astype(int),
    )


def _known(session: Session, codes: list[str]) -> dict[str, tuple[Any, ...]]:
    found = session.execute(
        select(
            Building.code,
            Building.id,
            Building.household_count,
            Building.dwelling_count,
            Building.name,
            func.st_asbinary(Building.geom),
        ).where(Building.code.in_(codes))
    )
    return {row[0]: (*row[1:5], shapely.from_wkb(bytes(row[5]))) for row in found}


def _values(row: Any) -> dict[str, object]:
    shape = row.geometry
    parts = shapely.multipolygons(shapely.get_parts(shape))
    return {
        "name": row.name,
        "geom": from_shape(parts, _SRID),
        "anchor": from_shape(shapely.point_on_surface(shape), _SRID),
        "household_count": row.households,
        "dwelling_count": row.dwellings,
    }
