"""Below which division a row lies: by the field that names it, or by the ground it covers."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import BadInput
from gridsvc.geo.crs import area_m2
from gridsvc.grids.intake.numbering import number
from gridsvc.grids.intake.report import RowNote
from gridsvc.grids.intake.tree import Placing, Tree


def below(
    rows: gpd.GeoDataFrame,
    tree: Tree,
    placing: Placing,
    outlines: Callable[[int], gpd.GeoDataFrame],
) -> tuple[gpd.GeoDataFrame, list[RowNote]]:
    """Give every row the division right above it.

    Parameters
    ----------
    rows : GeoDataFrame
        ``parent``, a name or code or nothing, and geometry in EPSG:4326; indexed from 0.
    tree, placing, outlines
        As for `gridsvc.grids.intake.coding.place`.

    Returns
    -------
    tuple of GeoDataFrame and list of RowNote
        The rows with ``parent_code``, and those that have none.

    Raises
    ------
    BadInput
        ``parent_code`` is needed and not given.
    """
    above = tree.above(placing.digits)
    assert above is not None  # noqa: S101  the top level has left before
    root = placing.parent_code
    if root is None:
        raise BadInput(
            "The codes are not ours, so the rows need a place in the tree: pass --parent-code."
        )
    if len(root) == above:
        return rows.assign(parent_code=root), []
    if rows["parent"].notna().any():
        parents = _named_parents(rows, tree, placing, above)
        missing = "no division {!r} below " + root + "; import it first or pass --create-parents"
        faults = [
            RowNote(row, f"parent: {missing.format(rows.at[row, 'parent'])}")
            for row in rows.index[parents.isna()]
        ]
        return rows.assign(parent_code=parents), faults
    known = outlines(above)
    known = known[known["code"].str.startswith(root)]
    if known.empty and placing.create_parents:
        only = tree.create(root + "001" * ((above - len(root)) // 3), placing.parent_name or root)
        return rows.assign(parent_code=only), []
    parents = _largest_share(rows, known)
    text = f"parent: it lies in no outline of a division with {above} digits below {root}"
    return rows.assign(parent_code=parents), [RowNote(r, text) for r in rows.index[parents.isna()]]


def _named_parents(rows: gpd.GeoDataFrame, tree: Tree, placing: Placing, above: int) -> pd.Series:
    root = placing.parent_code
    assert root is not None  # noqa: S101
    known: dict[str, str] = {}
    for node in reversed(tree.below(root, above)):
        # The code itself is the surest name, then the code of the source, then the name.
        for key in (node.name, node.source_code, node.code):
            if key:
                known[key] = node.code
    named = rows["parent"]
    missing = rows[named.notna() & ~named.isin(list(known))]
    if len(missing) and placing.create_parents:
        for value, code in _numbered_parents(missing, tree, placing, above).items():
            known[str(value)] = tree.create(code, str(value), str(value))
    return named.map(known).where(named.notna())


def _numbered_parents(
    rows: gpd.GeoDataFrame, tree: Tree, placing: Placing, above: int
) -> pd.Series:
    """Number the parents to be made by the field's values, by the place of their children."""
    stem, upper = placing.parent_code, tree.above(above)
    assert stem is not None  # noqa: S101  the caller has seen to it
    if upper is not None and upper > len(stem):
        name = placing.parent_name or tree.nodes[stem].name
        stem = tree.create(stem + "001" * ((upper - len(stem)) // 3), name)
    groups = rows.geometry.groupby(rows["parent"]).agg(
        lambda shapes: shapely.union_all(shapes.to_numpy())
    )
    made = gpd.GeoDataFrame({"parent_code": stem}, index=groups.index, geometry=groups.to_numpy())
    used = [int(node.code[-3:]) for node in tree.below(stem, above)]
    return number(made, {stem: max(used, default=0)})


def _largest_share(rows: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame) -> pd.Series:
    """Return, for each row, the code of the outline that covers most of it."""
    shapes = rows.geometry.to_numpy()
    around = outlines.geometry.to_numpy()
    row, outline = shapely.STRtree(around).query(shapes, predicate="intersects")
    shared = gpd.GeoSeries(shapely.intersection(shapes[row], around[outline]), crs=rows.crs)
    shares = pd.DataFrame(
        {
            "row": row,
            "code": outlines["code"].to_numpy()[outline],
            "area": area_m2(shared).to_numpy(),
        }
    )
    best = shares[shares["area"] > 0].sort_values(["area", "code"], ascending=[False, True])
    chosen = best.drop_duplicates("row").set_index("row")["code"]
    return pd.Series(chosen.reindex(np.arange(len(rows))).to_numpy(), index=rows.index)
