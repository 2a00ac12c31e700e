"""Writing what a new map changes: boundaries end and begin, new grids get names, with lineage."""

from __future__ import annotations

from typing import Any

import pandas as pd
from geoalchemy2.shape import from_shape
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gridsvc.grids.models import Division, Grid, GridBoundary
from gridsvc.grids.queries import valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.plans.publishing.change.ground import Change
from gridsvc.plans.publishing.models import GridLineage
from gridsvc.plans.publishing.rules import LineageKind


def write_boundaries(session: Session, change: Change) -> None:
    """End the boundaries that a new map replaces, and begin its own, with their grids."""
    _end_boundaries(session, change)
    _begin_grids(session, change)
    _begin_boundaries(session, change)


def write_lineage(session: Session, publication_id: int, change: Change) -> None:
    """Write where ground went, between the boundaries that were ended and begun."""
    ended = change.before["boundary_id"]
    begun = dict(
        session.execute(
            select(GridBoundary.grid_code, GridBoundary.id).where(
                GridBoundary.grid_code.in_(list(change.after.index)),
                valid_on(GridBoundary, change.on),
            )
        ).all()
    )
    rows = [
        {
            "publication_id": publication_id,
            "from_boundary_id": int(ended[row["from_code"]]),
            "to_boundary_id": begun[row["to_code"]],
            **row,
        }
        for row in change.flows.to_dict("records")
    ]
    if rows:
        session.execute(insert(GridLineage), rows)


def _end_boundaries(session: Session, change: Change) -> None:
    ids = [int(one) for one in change.before["boundary_id"]]
    if ids:
        ended = update(GridBoundary).where(GridBoundary.id.in_(ids))
        session.execute(ended.values(valid_to=change.on))


def _begin_grids(session: Session, change: Change) -> None:
    """Write the grids whose codes were never in force; one that is put back has its row."""
    codes = list(change.after.index)
    known = set(session.scalars(select(Grid.code).where(Grid.code.in_(codes))))
    fresh = [code for code in codes if code not in known]
    if not fresh:
        return
    communities = {
        one.code: one
        for one in session.scalars(
            select(Division).where(Division.code.in_({code[:12] for code in fresh}))
        )
    }
    session.execute(
        insert(Grid),
        [
            {
                "code": code,
                "community_code": code[:12],
                "kind": GridKind.RESIDENTIAL,
                **_name(session, change, code, communities[code[:12]]),
            }
            for code in fresh
        ],
    )


def _name(session: Session, change: Change, code: str, community: Division) -> dict[str, Any]:
    """Name a new grid by its number in the community; one that was renumbered keeps its own."""
    renumbered = change.flows[
        (change.flows["to_code"] == code) & (change.flows["kind"] == LineageKind.RENUMBERED)
    ]
    if len(renumbered):
        old = session.get_one(Grid, renumbered["from_code"].iloc[0])
        return {"name": old.name, "name_en": old.name_en}
    number = int(code[12:])
    english = f"{community.name_en} Grid {number}" if community.name_en else None
    return {"name": f"{community.name}第{number}网格", "name_en": english}


def _begin_boundaries(session: Session, change: Change) -> None:
    rows = [
        {
            "grid_code": code,
            "geom": from_shape(row.geometry, 4326),
            "household_count": None if pd.isna(row.households) else int(row.households),
            "dwelling_count": None if pd.isna(row.dwellings) else int(row.dwellings),
            "valid_from": change.on,
        }
        for code, row in zip(change.after.index, change.after.itertuples(), strict=True)
    ]
    if rows:
        session.execute(insert(GridBoundary), rows)
