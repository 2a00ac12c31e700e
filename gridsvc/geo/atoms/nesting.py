"""Cells fitted into grids: their borders noded with the grids', ends at locked edges moved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import BadGeometry
from gridsvc.geo.atoms.frame import atoms_frame
from gridsvc.geo.atoms.voronoi import nearest_ground
from gridsvc.geo.cover import noding
from gridsvc.geo.cover.chain import to_degrees
from gridsvc.geo.cover.noding import in_degrees
from gridsvc.geo.edits.ground import Ground, united
from gridsvc.geo.edits.lines import laid
from gridsvc.geo.edits.pieces import Piece, joined
from gridsvc.geo.edits.proof import same_ground

# Nearer to a locked edge a line runs along it and cuts nothing; ends this near go to its vertex.
_ALONG_STEPS = 1.0


@dataclass(frozen=True)
class Cell:
    """Ground meant for one building, or for none.

    ``grid`` is the place of its grid in the ground, ``shape`` in steps, ``anchor`` a Point or
    None.
    """

    grid: int
    block: int
    shape: shapely.Geometry
    households: int = 0
    dwellings: int = 0
    building: int | None = None
    anchor: shapely.Point | None = None


@dataclass
class Plan:
    """How the grids of one community are to be divided; `cut` does it."""

    ground: Ground
    cells: list[Cell] = field(default_factory=list)
    lines: list[shapely.LineString] = field(default_factory=list)

    def keep(self, place: int) -> None:
        """Let a grid be one atom with its own counts."""
        self.cells.append(Cell(place, -1, self.ground.shapes[place], *self.ground.counts[place]))

    def divide(
        self,
        place: int,
        shape: shapely.Polygon,
        block: int,
        buildings: pd.DataFrame,
        *,
        alone: bool,
    ) -> None:
        """Divide a part of a grid, or all of it, among the buildings that stand in it."""
        if not alone:
            locked = self.ground.locked[self.ground.locked_tree.query(shape)]
            along = shapely.buffer(shapely.multilinestrings(locked), _ALONG_STEPS)
            rim = shapely.difference(shape.boundary, along)
            self._add(self.ground.shapes[place], rim)
        own = buildings[shapely.intersects(shape, buildings["anchor"].to_numpy())]
        if own.empty:
            self.cells.append(Cell(place, block, shape))
            return
        grounds = np.array([shape], dtype=object)
        if len(own) > 1:
            grounds = nearest_ground(own["shape"].to_numpy(), shape)
            self._add(shape, shapely.union_all(shapely.boundary(grounds)))
            grounds = shapely.intersection(grounds, shape)
        for ground, row in zip(grounds, own.itertuples(), strict=True):
            self.cells.append(
                Cell(place, block, ground, row.households, row.dwellings, row.id, row.anchor)
            )

    def _add(self, outline: shapely.Polygon, lines: shapely.Geometry) -> None:
        parts = shapely.get_parts(lines)
        self.lines += list(laid(self.ground, outline, parts).pieces)

    def cut(self) -> gpd.GeoDataFrame:
        """Node everything at once, label the faces, and unite them to atoms.

        Raises
        ------
        BadGeometry
            The grids do not tile, so that the atoms would not cover the same ground.
        """
        shapes = self.ground.shapes
        borders = shapely.boundary(shapes)
        faces = noding.faces(np.array([*borders, *self.lines], dtype=object))
        points = shapely.point_on_surface(faces)
        held: dict[int, list[shapely.Polygon]] = {}
        face, grid = shapely.STRtree(shapes).query(points, predicate="intersects")
        for place in range(len(shapes)):
            own = face[grid == place]
            cells = [n for n, cell in enumerate(self.cells) if cell.grid == place]
            meant = shapely.STRtree([self.cells[n].shape for n in cells]).nearest(points[own])
            for one, cell in zip(own, meant, strict=True):
                held.setdefault(cells[cell], []).append(faces[one])
        atoms = self._atoms({cell: united(np.array(own)) for cell, own in held.items()})
        if not same_ground(shapes, noding.in_steps(atoms.geometry.to_numpy())):
            code = self.ground.grid[0][:12]
            raise BadGeometry(
                f"The grids of community {code} do not tile: mend them before dividing them.",
                ids=[code],
            )
        return atoms

    def _atoms(self, held: dict[int, shapely.Geometry]) -> gpd.GeoDataFrame:
        """Make the atoms; crumbs that lie apart from their cell's building go to a neighbour."""
        cells = [self.cells[n] for n in held]
        shapes = list(held.values())
        own = self._frame(cells, [shapely.get_parts(shape)[0] for shape in shapes])
        ground = Ground(own, noding.in_steps(own.geometry.to_numpy()), own["grid"].to_numpy())
        pieces = [
            Piece(part, n, ground.grid[n], heir=part is heir)
            for n, (cell, shape) in enumerate(zip(cells, shapes, strict=True))
            for heir in [_main(shape, cell.anchor)]
            for part in [heir, *(one for one in shapely.get_parts(shape) if one != heir)]
        ]
        kept = joined(ground, pieces)
        made = [
            replace(cells[piece.owner], shape=piece.shape)
            if piece.heir
            else Cell(cells[piece.owner].grid, cells[piece.owner].block, piece.shape)
            for piece in kept
        ]
        made = self._with_homeless(made, set(range(len(self.cells))) - set(held))
        made.sort(key=_reading_order)
        return self._frame(made, [cell.shape for cell in made])

    def _with_homeless(self, made: list[Cell], lost: set[int]) -> list[Cell]:
        """Count a building that got no ground, as one of two at one place, where it stands."""
        for cell in (self.cells[n] for n in sorted(lost)):
            if cell.anchor is None:
                continue
            place = next(n for n, one in enumerate(made) if one.shape.intersects(cell.anchor))
            made[place] = replace(
                made[place],
                households=made[place].households + cell.households,
                dwellings=made[place].dwellings + cell.dwellings,
            )
        return made

    def _frame(self, cells: list[Cell], shapes: list[shapely.Polygon]) -> gpd.GeoDataFrame:
        shapes = [
            self._as_it_was(cell.grid, shape) for cell, shape in zip(cells, shapes, strict=True)
        ]
        anchors = shapely.get_coordinates([cell.anchor for cell in cells])
        places = np.full((len(cells), 2), np.nan)
        places[[cell.anchor is not None for cell in cells]] = to_degrees(anchors)
        return atoms_frame(
            grid=self.ground.grid[[cell.grid for cell in cells]],
            households=np.array([cell.households for cell in cells]),
            dwellings=np.array([cell.dwellings for cell in cells]),
            shapes=in_degrees(np.array(shapes, dtype=object)),
            first_atom=1,
            anchors=places,
            building=pd.array([cell.building for cell in cells], dtype="Int64"),
            block=np.array([cell.block for cell in cells]),
        )

    def _as_it_was(self, place: int, shape: shapely.Polygon) -> shapely.Polygon:
        """Keep the shape of a grid that is one cell, down to where its ring begins."""
        grid = self.ground.shapes[place]
        same = shapely.normalize(shape) == shapely.normalize(grid)
        return grid if same else shapely.orient_polygons(shape, exterior_cw=False)


def _reading_order(cell: Cell) -> tuple[float, ...]:
    building = np.inf if cell.building is None else cell.building
    return (cell.grid, cell.block, building, *cell.shape.bounds)


def _main(shape: shapely.Geometry, anchor: shapely.Point | None) -> shapely.Polygon:
    parts = shapely.get_parts(shape)
    if anchor is not None and (held := shapely.intersects(parts, anchor)).any():
        return parts[held.argmax()]
    return parts[shapely.area(parts).argmax()]
