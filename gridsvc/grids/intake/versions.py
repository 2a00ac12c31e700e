"""Writing the territory: what is new, what is the same, what ends so that the next can begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from gridsvc.errors import Conflict
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.intake.report import ImportReport, RowNote
from gridsvc.grids.intake.tree import Node, Tree
from gridsvc.grids.models import Division, DivisionBoundary, DivisionLevel, Grid, GridBoundary
from gridsvc.grids.rules import GridKind

COUNTS = ("household_count", "dwelling_count")
_SRID = 4326


@dataclass(frozen=True)
class Sorted:
    """Rows sorted by what has to happen to them; all are on the index of the rows."""

    new: gpd.GeoDataFrame
    ending: list[int]
    learnt: pd.DataFrame


def load_tree(session: Session, prefix: str = "") -> Tree:
    """Read the divisions of a subtree, and those above it.

    Served by ``ix_division_code_prefix``.
    """
    above = [prefix[:n] for n in range(1, len(prefix))]
    found = session.execute(
        select(Division.code, Division.name, Division.source_code, Division.name_en).where(
            Division.code.like(f"{prefix}%") | Division.code.in_(above)
        )
    )
    digits = session.scalars(select(DivisionLevel.digits).order_by(DivisionLevel.digits)).all()
    return Tree([Node(*row) for row in found], [*digits, 15])


def outlines_on(session: Session, on: date, digits: int | None = None) -> gpd.GeoDataFrame:
    """Read the outlines of divisions valid on a day.

    Returns
    -------
    GeoDataFrame
        ``code`` (str) and MultiPolygons in EPSG:4326, in code order.
    """
    query = (
        select(DivisionBoundary.division_code, func.st_asbinary(DivisionBoundary.geom))
        .where(
            DivisionBoundary.valid_from <= on,
            func.coalesce(DivisionBoundary.valid_to, date.max) > on,
        )
        .order_by(DivisionBoundary.division_code)
    )
    if digits is not None:
        query = query.where(func.length(DivisionBoundary.division_code) == digits)
    return _frame(session.execute(query).all(), ["code"])


def latest_boundaries(session: Session, codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Read the last version of each of some grids; columns as `_known` has them."""
    counts = [getattr(GridBoundary, name) for name in COUNTS]
    return _known(session, GridBoundary, GridBoundary.grid_code, codes, counts)


def write_divisions(
    session: Session, tree: Tree, rows: gpd.GeoDataFrame, report: ImportReport
) -> None:
    """Insert the divisions that are not there yet: first the parents made, then the rows."""
    levels = {
        digits: code
        for code, digits in session.execute(select(DivisionLevel.code, DivisionLevel.digits))
    }
    made = tree.created()
    report.created += [node.code for node in made]
    fresh = rows[~rows["code"].isin(list(tree.nodes))]
    nodes = [
        Node(row.code, row.name or row.source_code or row.code, row.source_code, row.name_en)
        for row in told(fresh).itertuples(index=False)
    ]
    for node in [*made, *nodes]:
        session.add(
            Division(
                code=node.code,
                level=levels[len(node.code)],
                parent_code=tree.parent_of(node.code),
                name=node.name,
                name_en=node.name_en,
                source_code=node.source_code,
            )
        )
    session.flush()


def write_outlines(
    session: Session, rows: gpd.GeoDataFrame, valid_from: date, report: ImportReport
) -> pd.Index:
    """Give divisions their outlines from a day on; rows have ``code`` and polygons.

    Returns
    -------
    Index
        The rows whose outline was written; the others were there already.
    """
    key = DivisionBoundary.division_code
    known = _known(session, DivisionBoundary, key, rows["code"].tolist(), [])
    work = _sorted(rows, known, valid_from, report)
    _end(session, DivisionBoundary, work.ending, valid_from, report)
    written = [
        {"division_code": row.code, "geom": from_shape(_multi(row.geometry), _SRID)}
        for row in work.new.itertuples()
    ]
    _insert(session, DivisionBoundary, written, valid_from)
    report.inserted += len(work.new) - len(work.ending)
    return work.new.index


def write_grids(
    session: Session,
    rows: gpd.GeoDataFrame,
    kind: GridKind,
    valid_from: date,
    report: ImportReport,
) -> None:
    """Write grids and what they cover from a day on.

    ``rows`` has ``code``, ``parent_code``, ``name``, ``name_en``, ``source_code``,
    ``household_count``, ``dwelling_count`` and polygons; boundaries that were valid until then
    end on that day.

    Raises
    ------
    Conflict
        A grid has another boundary from that day, or from a later one.
    """
    codes = rows["code"].tolist()
    present = set(session.scalars(select(Grid.code).where(Grid.code.in_(codes))))
    fresh = [
        {
            "code": row.code,
            "community_code": row.parent_code,
            "kind": kind,
            "name": row.name or row.source_code or row.code,
            "name_en": row.name_en,
            "source_code": row.source_code,
        }
        for row in told(rows).itertuples(index=False)
        if row.code not in present
    ]
    if fresh:
        session.execute(insert(Grid), fresh)
    work = _sorted(rows, latest_boundaries(session, codes), valid_from, report)
    _end(session, GridBoundary, work.ending, valid_from, report)
    written = [
        {
            "grid_code": row.code,
            "geom": from_shape(row.geometry, _SRID),
            **{name: _or_null(getattr(row, name)) for name in COUNTS},
        }
        for row in work.new.itertuples()
    ]
    _insert(session, GridBoundary, written, valid_from)
    _learn(session, work.learnt, report)
    report.inserted += len(work.new) - len(work.ending)


def _known(
    session: Session, table: Any, key: Any, codes: Sequence[str], counts: Sequence[Any]
) -> gpd.GeoDataFrame:
    """Read the last version of each code.

    Indexed by ``code``: ``id``, ``valid_from``, ``valid_to``, the counts asked for, geometry.
    """
    query = (
        select(
            key, table.id, table.valid_from, table.valid_to, *counts, func.st_asbinary(table.geom)
        )
        .where(key.in_(codes))
        .ext(distinct_on(key))
        # Of two from one day the first was taken back before it began.
        .order_by(key, table.valid_from.desc(), table.id.desc())
    )
    names = ["code", "id", "valid_from", "valid_to", *(count.key for count in counts)]
    return _frame(session.execute(query).all(), names).set_index("code")


def _frame(found: Sequence[Any], names: list[str]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(found, columns=[*names, "geometry"]).astype(dict.fromkeys(names, object))
    shapes = shapely.from_wkb([bytes(one) for one in table.pop("geometry")])
    return gpd.GeoDataFrame(table, geometry=shapes, crs=STORAGE)


def _sorted(
    rows: gpd.GeoDataFrame, known: gpd.GeoDataFrame, valid_from: date, report: ImportReport
) -> Sorted:
    fresh, ending, clashes = [], [], []
    learnt: list[tuple[int, int, dict[str, int]]] = []
    for row in rows.itertuples():
        if row.code not in known.index:
            fresh.append(row.Index)
            continue
        last = known.loc[row.code]
        ended = last.valid_to is not None and last.valid_to <= valid_from
        counts = {name: _or_null(getattr(row, name, None)) for name in COUNTS if name in known}
        more = {n: v for n, v in counts.items() if v is not None and v != _or_null(last[n])}
        if not ended and same_shape(row.geometry, last.geometry):
            if not more:
                since = "" if last.valid_from == valid_from else f", since {last.valid_from}"
                report.skipped.append(RowNote(row.Index, f"already there: {row.code}{since}"))
                continue
            if all(_or_null(last[name]) is None for name in more):
                learnt.append((row.Index, last.id, more))
                continue
        if last.valid_from >= valid_from:
            clashes.append((row.Index, row.code, last.valid_from))
            continue
        fresh.append(row.Index)
        if last.valid_to is None or last.valid_to > valid_from:
            ending.append(last.id)
    if clashes:
        _refuse(clashes, valid_from)
    table = pd.DataFrame(learnt, columns=["row", "id", "counts"])
    return Sorted(rows.loc[fresh], ending, table)


def told(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write what a row does not tell as None in every column of text; pandas likes NaN there."""
    texts = [name for name in ("name", "name_en", "source_code") if name in rows]
    return rows.assign(
        **{name: rows[name].astype(object).where(rows[name].notna(), None) for name in texts}
    )


def same_shape(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Tell whether two shapes have the same rings, wherever each ring begins."""
    return comparable(one) == comparable(other)


def comparable(shape: shapely.Geometry) -> bytes:
    """Write a shape in the one form that all shapes with the same rings have."""
    return bytes(_multi(shape).normalize().wkb)


def _refuse(clashes: list[tuple[int, str, date]], valid_from: date) -> None:
    row, code, since = clashes[0]
    more = f" (and {len(clashes) - 1} more rows)" if len(clashes) > 1 else ""
    raise Conflict(
        f"Row {row}: {code} has another boundary or other counts since {since}{more}; what was "
        f"valid is not rewritten: pass a --valid-from later than that, not {valid_from}.",
        ids=[clash[1] for clash in clashes],
    )


def _end(
    session: Session, table: Any, ids: list[int], valid_from: date, report: ImportReport
) -> None:
    if ids:
        session.execute(update(table).where(table.id.in_(ids)).values(valid_to=valid_from))
    report.replaced += len(ids)


def _insert(session: Session, table: Any, written: list[dict[str, Any]], valid_from: date) -> None:
    if written:
        session.execute(insert(table), [{**one, "valid_from": valid_from} for one in written])


def _learn(session: Session, learnt: pd.DataFrame, report: ImportReport) -> None:
    for one in learnt.itertuples(index=False):
        session.execute(update(GridBoundary).where(GridBoundary.id == one.id).values(**one.counts))
        report.repaired.append(RowNote(one.row, f"counts that were unknown: {one.counts}"))


def _or_null(number: Any) -> int | None:
    return None if number is None or pd.isna(number) else int(number)


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
