"""What a planner draws, made into an edit of the atoms near it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.errors import BadGeometry, BadInput, NotFound, RuleViolation
from gridsvc.geo import edits
from gridsvc.geo.edits import Edit
from gridsvc.geo.numbering import next_codes
from gridsvc.plans import atoms as store
from gridsvc.plans import queries
from gridsvc.plans.models import Plan, PlanAtom
from gridsvc.plans.rules import COMMUNITY_DIGITS, EditKind, require_code

#: Vertices of a drawn line or lasso; a scribble beyond that is refused before it costs anything.
MOST_VERTICES = 5_000
#: Atoms named in one edit.
MOST_NAMED = 20_000

_SAME_PLACE_DEG = 2e-7


@dataclass(frozen=True)
class Drawn:
    """An edit, the atoms that it was made of, and what was asked as it can be asked again.

    Attributes
    ----------
    edit : Edit
        Proved.
    atoms : GeoDataFrame
        All atoms of the communities concerned, before it.
    params : dict
        As given, with the codes of new grids, and with places beside atoms' ids, which another
        base does not know.
    of_seq : int or None
        The line that it is about, of an undo, a redo or an edit drawn again on another base.
    """

    edit: Edit
    atoms: gpd.GeoDataFrame
    params: dict[str, Any]
    of_seq: int | None = None


@dataclass(frozen=True)
class Canvas:
    """A draft as gestures see it: its communities are read once, when one is asked for."""

    session: Session
    plan: Plan

    @cached_property
    def _communities(self) -> dict[str, gpd.GeoDataFrame]:
        return {}

    def atoms(self, codes: Iterable[str]) -> gpd.GeoDataFrame:
        """Read the atoms of every community that some codes are in.

        Raises
        ------
        NotFound
            A community has no atom in this draft.
        """
        wanted = sorted({code[:COMMUNITY_DIGITS] for code in codes})
        for one in wanted:
            if one not in self._communities:
                self._communities[one] = store.load(self.session, self.plan.id, [one])
            if self._communities[one].empty:
                raise NotFound(f"Community {one} is not in this draft.", [one])
        return pd.concat([self._communities[one] for one in wanted])

    def grids_at(self, shape: shapely.Geometry) -> list[str]:
        """Name the grids that a shape touches; by ``ix_plan_atom_place``."""
        drawn = func.ST_GeomFromWKB(shapely.to_wkb(shape), 4326)
        rows = self.session.scalars(
            select(PlanAtom.grid_code)
            .where(PlanAtom.plan_id == self.plan.id, func.ST_Intersects(PlanAtom.geom, drawn))
            .distinct()
            .order_by(PlanAtom.grid_code)
        )
        return list(rows)

    def free(self, community: str, wanted: str | None) -> str:
        """Give a code that an edit had before if it is free, or one that no grid ever had."""
        used = queries.published_codes(self.session, [community])
        here = self.atoms([community])["grid"]
        if wanted and _code(wanted) not in used and wanted not in set(here):
            return wanted
        ever = queries.used_codes(self.session, self.plan.id, [community])
        return next_codes(community, 1, ever)[0]


Gesture = Callable[[Canvas, Mapping[str, Any]], Drawn]


def draw(canvas: Canvas, kind: EditKind, params: Mapping[str, Any]) -> Drawn:
    """Make an edit of what was asked.

    Raises
    ------
    BadInput
        Something is missing or is not what it should be.
    BadGeometry, RuleViolation, NotFound
        As `gridsvc.geo.edits` says, with the place.
    """
    if kind not in _GESTURES:
        raise BadInput(f"{kind.value} is nothing that can be drawn.", ["kind"])
    try:
        return _GESTURES[kind](canvas, params)
    except KeyError as missing:
        raise BadInput(f"{kind.value} needs {missing.args[0]}.", [missing.args[0]]) from None


def _split(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    grid = _code(asked["grid"])
    atoms, line = canvas.atoms([grid]), _line(asked["line"])
    code = canvas.free(grid[:COMMUNITY_DIGITS], asked.get("new_code"))
    edit = edits.split(atoms, grid, line, code, canvas.plan.next_atom)
    return Drawn(edit, atoms, {"grid": grid, "line": asked["line"], "new_code": code})


def _merge(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    into, others = _code(asked["into"]), _codes(asked["others"])
    atoms = canvas.atoms([into, *others])
    return Drawn(edits.merge(atoms, into, others), atoms, {"into": into, "others": others})


def _transfer(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    to, lasso = _code(asked["to"]), _polygon(asked["lasso"])
    givers = _codes(asked["givers"]) if asked.get("givers") else None
    atoms = canvas.atoms([to, *(givers or [])])
    edit = edits.transfer(atoms, lasso, to, canvas.plan.next_atom, givers)
    params = {"lasso": asked["lasso"], "to": to}
    return Drawn(edit, atoms, params | ({"givers": givers} if givers else {}))


def _relabel(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    to = _code(asked["to"])
    atoms = canvas.atoms([to])
    chosen = _chosen(atoms, asked)
    edit = edits.relabel(atoms, chosen, to)
    places = shapely.get_coordinates(shapely.point_on_surface(atoms.loc[chosen].geometry.array))
    return Drawn(edit, atoms, {**asked, "atoms": chosen, "places": places.tolist()})


def _reshape(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    one, other = _code(asked["one"]), _code(asked["other"])
    atoms, line = canvas.atoms([one, other]), _line(asked["line"])
    edit = edits.reshape(atoms, one, other, line, canvas.plan.next_atom)
    return Drawn(edit, atoms, {"one": one, "other": other, "line": asked["line"]})


def _drag(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    vertex, to = _position(asked["vertex"]), _position(asked["to"])
    near = canvas.grids_at(shapely.Point(vertex).buffer(_SAME_PLACE_DEG))
    if not near:
        raise BadGeometry("There is no border at the vertex to be dragged.", place=vertex)
    atoms = canvas.atoms(near)
    edit = edits.drag(atoms, vertex, to, canvas.plan.next_atom)
    return Drawn(edit, atoms, {"vertex": list(vertex), "to": list(to)})


def _retire(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    grid = _code(asked["grid"])
    heirs = _codes(asked["heirs"]) if asked.get("heirs") else None
    atoms = canvas.atoms([grid, *(heirs or [])])
    params = {"grid": grid} | ({"heirs": heirs} if heirs else {})
    return Drawn(edits.retire(atoms, grid, heirs), atoms, params)


def _create(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    polygon = _polygon(asked["polygon"])
    givers = _codes(asked["givers"]) if asked.get("givers") else None
    home = givers or canvas.grids_at(polygon.representative_point())
    if not home:
        place = polygon.representative_point()
        raise BadGeometry("The new grid lies outside this draft.", place=(place.x, place.y))
    atoms = canvas.atoms(home)
    code = canvas.free(home[0][:COMMUNITY_DIGITS], asked.get("new_code"))
    edit = edits.create(atoms, polygon, code, canvas.plan.next_atom, givers)
    params = {"polygon": asked["polygon"], "new_code": code}
    return Drawn(edit, atoms, params | ({"givers": givers} if givers else {}))


def _renumber(canvas: Canvas, asked: Mapping[str, Any]) -> Drawn:
    given = asked["codes"]
    if not isinstance(given, Mapping) or not given:
        raise BadInput("Renumbering needs codes: the old one and the new one.", ["codes"])
    codes = {_code(old): _code(new) for old, new in given.items()}
    communities = {one[:COMMUNITY_DIGITS] for one in codes}
    atoms = canvas.atoms(codes)
    present = set(atoms["grid"])
    gone = queries.published_codes(canvas.session, communities) - present
    if reused := sorted(set(codes.values()) & gone):
        raise RuleViolation(
            f"Code {reused[0]} was another grid's and is never given again.", reused
        )
    return Drawn(edits.renumber(atoms, codes), atoms, {"codes": codes})


_GESTURES: dict[EditKind, Gesture] = {
    EditKind.SPLIT: _split,
    EditKind.MERGE: _merge,
    EditKind.TRANSFER: _transfer,
    EditKind.RELABEL: _relabel,
    EditKind.RESHAPE: _reshape,
    EditKind.DRAG: _drag,
    EditKind.RETIRE: _retire,
    EditKind.CREATE: _create,
    EditKind.RENUMBER: _renumber,
}


def _chosen(atoms: gpd.GeoDataFrame, asked: Mapping[str, Any]) -> list[int]:
    """Find the atoms meant: by places (on another base ids differ), ids, buildings or blocks."""
    named = {name: asked[name] for name in ("atoms", "buildings", "blocks") if asked.get(name)}
    if asked.get("places"):
        points = shapely.points([_position(one) for one in asked["places"]])
        found = shapely.STRtree(atoms.geometry.to_numpy()).query(points, predicate="within")
        if len(set(found[0])) < len(points):
            lost = points[sorted(set(range(len(points))) - set(found[0]))[0]]
            raise BadGeometry("A chosen building is not here any more.", place=(lost.x, lost.y))
        return sorted({int(one) for one in atoms.index[found[1]]})
    if len(named) != 1:
        raise BadInput("Choose atoms, buildings or blocks.", ["atoms"])
    ((name, ids),) = named.items()
    if not isinstance(ids, list) or not all(type(one) is int for one in ids):
        raise BadInput(f"{name} are whole numbers.", [name])
    if len(ids) > MOST_NAMED:
        raise BadInput(f"At most {MOST_NAMED} {name} at once.", [name])
    column = {"buildings": "building", "blocks": "block"}.get(name)
    held = atoms.index.isin(ids) if column is None else atoms[column].isin(ids)
    chosen = [int(one) for one in atoms.index[held]]
    known = set(chosen) if column is None else set(atoms.loc[held, column])
    if missing := [one for one in ids if one not in known]:
        raise NotFound(f"{name[:-1].capitalize()} {missing[0]} is not in this community.", missing)
    return chosen


def _codes(given: Any) -> list[str]:
    if not isinstance(given, list) or not given:
        raise BadInput("Grids are named by their 15 digits.", ["grids"])
    return list(dict.fromkeys(_code(one) for one in given))


def _code(given: Any) -> str:
    if not isinstance(given, str):
        raise BadInput("Grids are named by their 15 digits.", ["grids"])
    return require_code(given, 15)


def _line(given: Any) -> shapely.LineString:
    positions = _positions(given, 2)
    return shapely.LineString(positions)


def _polygon(given: Any) -> shapely.Polygon:
    return shapely.Polygon(_positions(given, 3))


def _positions(given: Any, least: int) -> list[tuple[float, float]]:
    if not isinstance(given, list) or len(given) < least:
        raise BadGeometry(f"A line needs at least {least} positions, each lon and lat.")
    if len(given) > MOST_VERTICES:
        place = _position(given[0])
        raise BadGeometry(
            f"The line has {len(given)} vertices, at most {MOST_VERTICES} are read: draw it with "
            "fewer.",
            place=place,
        )
    return [_position(one) for one in given]


def _position(given: Any) -> tuple[float, float]:
    try:
        lon, lat = (float(one) for one in given)
    except (TypeError, ValueError):
        raise BadGeometry("A position is lon and lat in degrees.") from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # also false for NaN
        raise BadGeometry(f"{lon:g}, {lat:g} is not on earth: give lon, lat in degrees.")
    return lon, lat
