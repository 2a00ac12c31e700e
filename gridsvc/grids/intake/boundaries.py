"""Taking boundaries in from a file: read, place, mend, fit, number, write, and report."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridsvc.errors import BadInput, NotFound
from gridsvc.geo.cover.chain import LATTICE_DEG
from gridsvc.grids import territory
from gridsvc.grids.intake import buildings, tiling
from gridsvc.grids.intake.coding import place
from gridsvc.grids.intake.framing import framed_grids, framed_outlines
from gridsvc.grids.intake.mending import mend
from gridsvc.grids.intake.recognition import codes_for
from gridsvc.grids.intake.report import ImportReport, RowNote, pass_over
from gridsvc.grids.intake.rows import Rows
from gridsvc.grids.intake.tiling import united
from gridsvc.grids.intake.tree import Placing, Tree
from gridsvc.grids.intake.versions import (
    load_tree,
    outlines_on,
    write_divisions,
    write_grids,
    write_outlines,
)
from gridsvc.grids.intake.whereabouts import require_inside
from gridsvc.grids.models import DivisionLevel
from gridsvc.grids.rules import GridKind

GRID_DIGITS = 15


class Target(enum.StrEnum):
    """What the rows of a file are."""

    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"
    GRID = "grid"
    BUILDING = "building"


@dataclass(frozen=True)
class Order:
    """How a file is to be taken in.

    Attributes
    ----------
    target : Target
        What its rows are.
    valid_from : date
        The first day on which they are so.
    parent_code : str or None
        The division that they lie below, directly or not.
    create_parents : bool
        Make missing divisions as the union of their children.
    parent_name : str or None
        Name of the divisions made for the whole file.
    kind : GridKind
        Of grids: functional ones may lie over others and are not asked to tile.
    skip_faulty : bool
        Load the rows that can be; otherwise one faulty row refuses the file.
    accept : frozenset of str
        ``gap``, ``overlap``: load grids although they leave or share ground.
    """

    target: Target
    valid_from: date
    parent_code: str | None = None
    create_parents: bool = False
    parent_name: str | None = None
    kind: GridKind = GridKind.RESIDENTIAL
    skip_faulty: bool = False
    accept: frozenset[str] = field(default_factory=frozenset)


def import_boundaries(
    session: Session, rows: Rows, order: Order, step: Callable[[str], None] = lambda _: None
) -> ImportReport:
    """Take divisions, grids or buildings in, and make what is derived from them anew.

    Calling it twice with the same rows is safe: the second time they are skipped as already
    there. A boundary that differs from the one in force ends that one if it begins later.

    Parameters
    ----------
    session : Session
        Flushed, not committed.
    rows : Rows
        From `gridsvc.grids.intake.rows.read_rows`.
    order : Order
        What they are and how strict to be.
    step : callable
        Told in a few words what is being done.

    Returns
    -------
    ImportReport

    Raises
    ------
    BadInput, NotFound, RuleViolation
        A row, the parent or the tiling is at fault; one sentence says which. The caller rolls
        back.
    Conflict
        History would be rewritten.
    """
    report = ImportReport()
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))
    step("mending shapes")
    frame, faults = rows.frame, list(rows.faults)
    if rows.has_shapes:
        frame, hopeless = mend(frame, report, multipart=order.target is not Target.GRID)
        faults += hopeless
    elif order.target in (Target.GRID, Target.BUILDING):
        raise BadInput(f"{rows.name} has no shapes, and a {order.target} needs one.")
    faults += _repeated(frame["code"])
    frame = frame.drop(
        index=list(pass_over(faults, rows.name, report, skip_faulty=order.skip_faulty))
    )
    if frame.empty:
        raise BadInput(f"{rows.name} has no row that can be loaded.", ids=[rows.name])
    if order.target is Target.BUILDING:
        step("placing buildings")
        buildings.write(session, frame, order.valid_from, rows.name, report)
        territory.bump(session, "buildings")
        return report
    _import_tree(session, Rows(rows.name, frame, [], rows.has_shapes), order, report, step)
    return report


def _repeated(codes: pd.Series) -> list[RowNote]:
    given = codes.dropna()
    first = {code: row for row, code in given.drop_duplicates().items()}
    return [
        RowNote(row, f"code {code!r} is the code of row {first[code]} too")
        for row, code in given[given.duplicated()].items()
    ]


def _import_tree(
    session: Session, rows: Rows, order: Order, report: ImportReport, step: Callable[[str], None]
) -> None:
    digits = _digits(session, order.target)
    tree = load_tree(session, order.parent_code or "")
    placing = Placing(digits, order.parent_code, order.create_parents, order.parent_name)
    placed, lost = place(
        rows.frame, tree, placing, lambda n: outlines_on(session, order.valid_from, n)
    )
    passed = pass_over(lost, rows.name, report, skip_faulty=order.skip_faulty)
    placed = placed.drop(index=list(passed)).rename(
        columns={"households": "household_count", "dwellings": "dwelling_count"}
    )
    require_inside(placed, outlines_on(session, order.valid_from), rows.name, report)
    if order.target is Target.GRID and order.kind is GridKind.RESIDENTIAL:
        step("fitting borders")
        placed = tiling.fit(placed, order.accept, report)
        placed = framed_grids(session, placed, order.valid_from)
    elif order.target is Target.COMMUNITY:
        placed = framed_outlines(placed)
    step("numbering")
    placed["code"] = codes_for(session, placed, digits)
    step(f"writing {len(placed)} rows")
    if order.target is Target.GRID:
        write_divisions(session, tree, placed.iloc[:0], report)
        write_grids(session, placed, order.kind, order.valid_from, report)
    else:
        _write_divisions(session, tree, placed, rows.has_shapes, order, report)
    _outline_parents(session, tree, placed, order.valid_from)
    step("drawing the layers")
    if rows.has_shapes:
        territory.refresh(session, placed["code"].unique())
    if order.target is Target.GRID:
        report.findings += tiling.judged(session, placed["code"].tolist(), order.accept)


def _write_divisions(
    session: Session,
    tree: Tree,
    placed: gpd.GeoDataFrame,
    has_shapes: bool,
    order: Order,
    report: ImportReport,
) -> None:
    known = placed["code"].isin([c for c, node in tree.nodes.items() if not node.new])
    write_divisions(session, tree, placed, report)
    if has_shapes:
        write_outlines(session, placed, order.valid_from, report)
        return
    report.inserted += int((~known).sum())
    for row, code in placed.loc[known, "code"].items():
        report.skipped.append(RowNote(row, f"already there: {code}"))


def _digits(session: Session, target: Target) -> int:
    if target is Target.GRID:
        return GRID_DIGITS
    found = session.scalar(select(DivisionLevel.digits).where(DivisionLevel.code == target))
    if found is None:
        raise NotFound(f"There is no level {target} in this installation.", ids=[target])
    return found


def _outline_parents(
    session: Session, tree: Tree, placed: gpd.GeoDataFrame, valid_from: date
) -> None:
    """Give the divisions made for these rows an outline: the union of what lies in them."""
    drawn = placed[placed.geometry.notna()]
    made = [node.code for node in tree.created()]
    if not made or drawn.empty:
        return
    shapes = united(drawn, drawn["parent_code"])
    outlines = [
        {"code": code, "geometry": shapely.set_precision(shapely.union_all(inside), LATTICE_DEG)}
        for code in made
        if (inside := [shape for below, shape in shapes.items() if below.startswith(code)])
    ]
    if outlines:
        write_outlines(
            session, gpd.GeoDataFrame(outlines, crs=drawn.crs), valid_from, ImportReport()
        )
