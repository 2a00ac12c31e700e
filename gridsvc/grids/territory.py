"""What is derived from boundaries: the layers of the map, and the gaps and overlaps on any day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Text, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS, gaps, overlaps
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.layers import drawn_layers
from gridsvc.grids.models import (
    Division,
    DivisionBoundary,
    Grid,
    GridBoundary,
    LayerVersion,
    TerritoryFinding,
    TileFeature,
)

DISTRICT_DIGITS = 6
_WEB_MERCATOR = 3857


def refresh(
    session: Session, codes: Iterable[str] | None = None, since: date | None = None
) -> None:
    """Make the layers and the findings anew, and raise the version of the layer ``grids``.

    Work is done by district: every layer of one is simplified as a whole, for every period
    between two changes of a boundary. Along the border of two districts their simplified shapes
    may differ by less than a pixel.

    Parameters
    ----------
    session : Session
        Flushed, not committed; a second refresh waits until the first one's transaction ends.
    codes : iterable of str, optional
        Codes of divisions or grids; only the districts they lie in are made anew. All if None.
    since : date, optional
        The first day on which a boundary may have changed. What was drawn and found before stays
        as it is: a district of many publications costs no more than one of few.
    """
    session.flush()
    bump(session, "grids")
    for district in _districts(session, codes):
        _refresh_district(session, district, since or date.min)


def bump(session: Session, layer: str) -> None:
    """Raise a layer's version, its ETag and cache key; the row stays locked until the commit."""
    session.execute(
        insert(LayerVersion)
        .values(layer=layer, version=1)
        .on_conflict_do_update(
            index_elements=[LayerVersion.layer],
            set_={"version": LayerVersion.version + 1, "changed_at": func.now()},
        )
    )


def stale_layers(session: Session) -> list[str]:
    """List the codes of grids whose boundaries and exact tile shapes do not agree."""
    return list(session.scalars(text(_STALE)))


_STALE = """
    select b.grid_code
    from gridsvc.grid_boundary b
    left join lateral (
        -- one drawing may last through several boundaries of one shape, as after a roll back
        select min(greatest(t.valid_from, b.valid_from)) as since,
               max(least(coalesce(t.valid_to, 'infinity'), coalesce(b.valid_to, 'infinity')))
                   as until
        from gridsvc.tile_feature t
        where t.code = b.grid_code and t.layer = 'grids' and t.lod = 0
          and t.valid_from < coalesce(b.valid_to, 'infinity')
          and coalesce(t.valid_to, 'infinity') > b.valid_from
          and st_npoints(t.geom) = st_npoints(b.geom)
          -- a corner moved by one lattice step changes 100 m of border by half a square metre
          and abs(st_area(t.geom) - st_area(st_transform(b.geom, 3857))) < 0.01
    ) drawn on true
    -- what was taken back before its day is never drawn
    where b.valid_to is distinct from b.valid_from and (drawn.since, drawn.until)
          is distinct from (b.valid_from, coalesce(b.valid_to, 'infinity'))
    union
    select t.code from gridsvc.tile_feature t
    where t.layer = 'grids' and t.lod = 0
      and not exists (select from gridsvc.grid_boundary b where b.grid_code = t.code)
    order by 1
"""


def _districts(session: Session, codes: Iterable[str] | None) -> list[str]:
    known = sorted(session.scalars(select(func.left(Division.code, DISTRICT_DIGITS)).distinct()))
    if codes is None:
        return known
    wanted = tuple({code[:DISTRICT_DIGITS] for code in codes})
    return [code for code in known if code.startswith(wanted)]


def _refresh_district(session: Session, district: str, since: date) -> None:
    features: dict[Any, list[Any]] = {}
    findings: dict[Any, list[Any]] = {}
    for *key, begun, ended in _drawn(session, district):
        _keep_until(features, tuple(key), begun, ended, since)
    for _, *key, begun, ended in _known_findings(session, district):
        _keep_until(findings, tuple(key), begun, ended, since)
    session.execute(delete(TileFeature).where(_within(TileFeature.code, district)))
    grids = _versions(
        session, GridBoundary, GridBoundary.grid_code, district, since, [Grid.kind.label("kind")]
    )
    outlines = _versions(
        session, DivisionBoundary, DivisionBoundary.division_code, district, since, []
    )
    bare = not features and grids.empty
    if bare and (outlines["code"].str.len() <= DISTRICT_DIGITS).all():
        return
    communities = session.scalars(
        select(Division.code).where(
            _within(Division.code, district), Division.digits == COMMUNITY_DIGITS
        )
    ).all()
    flat_grids, flat_outlines = grids.to_crs(_WEB_MERCATOR), outlines.to_crs(_WEB_MERCATOR)
    for begin, end in _periods(grids, outlines, since):
        in_grids, in_outlines = _valid(grids, begin), _valid(outlines, begin)
        for drawn in drawn_layers(flat_grids[in_grids], flat_outlines[in_outlines]):
            shape = _hex(drawn.shape, _WEB_MERCATOR)
            _prolong(features, (*drawn[:4], shape), begin, end)
        for found in _found(grids[in_grids], outlines[in_outlines], communities):
            _prolong(findings, found, begin, end)
    columns = ["layer", "lod", "code", "kind", "geom", "valid_from", "valid_to"]
    copy_rows(session, TileFeature.__tablename__, columns, _stretches(features))
    _write_findings(session, district, findings)


def _drawn(session: Session, district: str) -> Sequence[Any]:
    table = TileFeature
    return session.execute(
        select(
            table.layer,
            table.lod,
            table.code,
            table.kind,
            cast(table.geom, Text),
            table.valid_from,
            table.valid_to,
        )
        .where(_within(table.code, district))
        .order_by(table.valid_from)
    ).all()


def _known_findings(session: Session, district: str) -> Sequence[Any]:
    table = TerritoryFinding
    here = or_(_within(table.community_code, district), _within(table.grid_codes[1], district))
    return session.execute(
        select(
            table.id,
            table.kind,
            table.community_code,
            cast(table.grid_codes, Text),
            table.area_m2,
            cast(table.geom, Text),
            table.valid_from,
            table.valid_to,
        )
        .where(here, table.superseded_at.is_(None))
        .order_by(table.valid_from)
    ).all()


def _write_findings(session: Session, district: str, findings: dict[Any, list[Any]]) -> None:
    """Write what was not found before, and note what is no longer found; what stays stays."""
    table = TerritoryFinding
    columns = ["kind", "community_code", "grid_codes", "area_m2", "geom", "valid_from", "valid_to"]
    known = {tuple(told): number for number, *told in _known_findings(session, district)}
    rows = list(_stretches(findings))
    gone = [known[one] for one in known.keys() - set(rows)]
    # What was found in this very transaction nobody has read yet.
    session.execute(delete(table).where(table.id.in_(gone), table.recorded_at == func.now()))
    session.execute(update(table).where(table.id.in_(gone)).values(superseded_at=func.now()))
    copy_rows(session, table.__tablename__, columns, (one for one in rows if one not in known))


def _within(code: Any, district: str) -> Any:
    # A range and not LIKE: the index on the codes need not be in the C collation then.
    return code.between(district, district.ljust(15, "9"))


def _versions(
    session: Session, table: Any, key: Any, district: str, since: date, more: list[Any]
) -> gpd.GeoDataFrame:
    query = select(
        key.label("code"), table.valid_from, table.valid_to, func.st_asbinary(table.geom), *more
    ).where(_within(key, district), or_(table.valid_to.is_(None), table.valid_to > since))
    if more:
        query = query.join(Grid, Grid.code == key)
    found = session.execute(query.order_by(key, table.valid_from)).all()
    names = ["code", "valid_from", "valid_to", "geometry", *(one.name for one in more)]
    frame = pd.DataFrame(found, columns=names).astype(dict.fromkeys(names, object))
    shapes = shapely.from_wkb([bytes(one) for one in frame.pop("geometry")])
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=STORAGE)


def _periods(
    grids: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, since: date
) -> Iterator[tuple[date, date | None]]:
    """Give the periods between two changes from a day on; the last has no end."""
    days = [day for one in (grids, outlines) for name in ("valid_from", "valid_to")
            for day in one[name]]  # fmt: skip
    dates = {max(day, since) for day in days if day}
    ordered = sorted(dates)
    yield from zip(ordered, [*ordered[1:], None], strict=True) if ordered else ()


def _valid(frame: gpd.GeoDataFrame, on: date) -> pd.Series:
    begun = frame["valid_from"].map(lambda day: day <= on).astype(bool)
    return begun & frame["valid_to"].map(lambda day: day is None or day > on).astype(bool)


def _found(
    grids: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, communities: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    tiling = grids[grids["kind"] == "residential"]
    for pair in overlaps(tiling).itertuples():
        codes = f"{{{pair.code_a},{pair.code_b}}}"
        community = pair.code_a[:12] if pair.code_a[:12] == pair.code_b[:12] else None
        yield "overlap", community, codes, round(pair.area_m2, 2), _hex(pair.geometry)
    for gap in gaps(tiling, _frames(tiling, outlines, communities)).itertuples():
        yield "gap", gap.community_code, "{}", round(gap.area_m2, 2), _hex(gap.geometry)


def _frames(
    grids: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, communities: Sequence[str]
) -> gpd.GeoDataFrame | None:
    """Choose the outlines that grids must fill: of each grid the smallest one around it.

    A division is not yet divided while one of its communities has no grid: what is bare of it may
    be that community's ground, and is no gap.
    """
    drawn = set(outlines["code"])
    divided = set(grids["code"].str[:COMMUNITY_DIGITS])
    waiting = [code for code in communities if code not in divided]
    lengths = sorted({len(code) for code in drawn}, reverse=True)
    chosen: set[str] = set()
    for community in grids["code"].str[:COMMUNITY_DIGITS].unique():
        around = (community[:n] for n in lengths if community[:n] in drawn)
        chosen.update(islice(around, 1))
    smallest = {
        code
        for code in chosen
        if not any(o != code and o.startswith(code) for o in chosen)
        and not any(one.startswith(code) for one in waiting)
    }
    return outlines[outlines["code"].isin(smallest)] if smallest else None


def _prolong(
    stretches: dict[Any, list[Any]], key: tuple[Any, ...], since: date, until: date | None
) -> None:
    """Let a row of the last period last through this one, or begin another."""
    periods = stretches.setdefault(key, [])
    if periods and periods[-1][1] == since:
        periods[-1][1] = until
    else:
        periods.append([since, until])


def _keep_until(
    stretches: dict[Any, list[Any]],
    key: tuple[Any, ...],
    begun: date,
    ended: date | None,
    day: date,
) -> None:
    """Keep of a row what lies before a day."""
    if begun < day:
        _prolong(stretches, key, begun, min(ended or day, day))


def _stretches(rows: dict[Any, list[Any]]) -> Iterator[tuple[Any, ...]]:
    for key, periods in rows.items():
        for since, until in periods:
            yield (*key, since, until)


def _hex(shape: shapely.Geometry, srid: int = 4326) -> str:
    return shapely.to_wkb(shapely.set_srid(shape, srid), hex=True, include_srid=True)
