"""Which code a row gets, and below which division: ours kept, foreign ones numbered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.geo.crs import area_m2
from gridsvc.grids.intake.report import RowNote
from gridsvc.grids.rules import SEQUENCE_MAX


@dataclass
class Node:
    """A division, in the database or about to be."""

    code: str
    name: str
    source_code: str | None = None
    name_en: str | None = None
    new: bool = False


class Tree:
    """The divisions that rows can be placed below.

    Parameters
    ----------
    nodes : iterable of Node
        Those of the database.
    digits : list of int
        Code lengths of the levels from the top down, the grids' own last: 6, 9, 12, 15.
    """

    def __init__(self, nodes: Iterable[Node], digits: list[int]) -> None:
        self.nodes = {node.code: node for node in nodes}
        self.digits = digits

    def above(self, digits: int) -> int | None:
        """Return the code length of the level above, or None at the top."""
        place = self.digits.index(digits)
        return self.digits[place - 1] if place else None

    def parent_of(self, code: str) -> str | None:
        """Return the code of the division directly above."""
        above = self.above(len(code))
        return code[:above] if above else None

    def below(self, prefix: str, digits: int) -> list[Node]:
        """Return the divisions of one level within a subtree, in code order."""
        within = (n for c, n in self.nodes.items() if len(c) == digits and c.startswith(prefix))
        return sorted(within, key=lambda node: node.code)

    def create(self, code: str, name: str, source_code: str | None = None) -> str:
        """Add a division that is not there, and those above it that are not."""
        parent = self.parent_of(code)
        if parent is not None:
            self.create(parent, name)
        if code not in self.nodes:
            self.nodes[code] = Node(code, name, source_code, new=True)
        return code

    def created(self) -> list[Node]:
        """Return what was added, parents before their children."""
        new = (node for node in self.nodes.values() if node.new)
        return sorted(new, key=lambda node: (len(node.code), node.code))


@dataclass(frozen=True)
class Placing:
    """Where an import's rows belong.

    Attributes
    ----------
    digits : int
        Length of the codes that the rows get.
    parent_code : str or None
        The division directly above, or one further up.
    create_parents : bool
        Make divisions that are missing.
    parent_name : str or None
        Name of those made for the whole file.
    """

    digits: int
    parent_code: str | None = None
    create_parents: bool = False
    parent_name: str | None = None


def place(
    rows: gpd.GeoDataFrame,
    tree: Tree,
    placing: Placing,
    outlines: Callable[[int], gpd.GeoDataFrame],
) -> tuple[gpd.GeoDataFrame, list[RowNote]]:
    """Give every row its parent, and those with a code of ours that code.

    A code counts as ours if its length is right and its prefix is a division that exists, or may
    be created, below ``parent_code``. As soon as one row has such a code the field holds our
    codes, and a row without one is at fault; otherwise all are kept as ``source_code``.

    Parameters
    ----------
    rows : GeoDataFrame
        As `gridsvc.grids.intake.rows.Rows.frame`.
    tree : Tree
        Known divisions; missing ones are added where the placing allows it.
    placing : Placing
        The level and the subtree.
    outlines : callable
        Gives the outlines (``code``, geometry, EPSG:4326) of the level with so many digits.

    Returns
    -------
    tuple of GeoDataFrame and list of RowNote
        The rows with ``own`` (our code or None), ``source_code`` and ``parent_code``, and those
        that cannot be placed.

    Raises
    ------
    NotFound
        ``parent_code`` is no division and may not be created.
    BadInput
        ``parent_code`` is none of a level above, or is needed and not given.
    """
    _require_parent(tree, placing)
    given = rows["code"].fillna("").astype(str)
    ours = given.map(lambda code: _is_ours(code, tree, placing))
    if ours.any():
        placed = rows.assign(own=given.where(ours), source_code=None)
        above = tree.above(placing.digits)
        placed["parent_code"] = given.str[:above] if above else None
        for code in placed.loc[ours, "parent_code"].dropna().unique():
            tree.create(code, placing.parent_name or code)
        faults = [RowNote(row, _not_ours(given[row], placing)) for row in rows.index[~ours]]
        return placed, faults
    if tree.above(placing.digits) is None:
        raise BadInput(
            f"No row has a code of {placing.digits} digits in its code field, and divisions of "
            "the top level cannot be numbered for you: name the right --code-field."
        )
    placed = rows.assign(own=None, source_code=rows["code"])
    return _below(placed, tree, placing, outlines)


def number(rows: gpd.GeoDataFrame, taken: dict[str, int]) -> pd.Series:
    """Number rows within their parents: west to east, then north to south.

    Parameters
    ----------
    rows : GeoDataFrame
        ``parent_code`` and geometry in EPSG:4326, of which a point inside decides; rows without
        a shape come last, in their own order.
    taken : dict of str to int
        Highest sequence already used below each parent: codes are never used again.

    Returns
    -------
    Series of str
        The new codes, on the rows' index.

    Raises
    ------
    RuleViolation
        A parent would have more children than three digits can number.
    """
    points = shapely.point_on_surface(rows.geometry.to_numpy())
    order = pd.DataFrame(
        {
            "parent": rows["parent_code"],
            "lon": shapely.get_x(points),
            "south": -shapely.get_y(points),
        },
        index=rows.index.rename(None),
    ).sort_values(["parent", "lon", "south"], kind="stable", na_position="last")
    sequence = order.groupby("parent").cumcount() + 1
    sequence += order["parent"].map(lambda code: taken.get(code, 0))
    if (sequence > SEQUENCE_MAX).any():
        parent = order.loc[sequence.idxmax(), "parent"]
        raise RuleViolation(
            f"{parent} would have {sequence[order['parent'] == parent].max()} parts, at most "
            f"{SEQUENCE_MAX} can be numbered: name a field that divides them with --parent-field.",
            ids=[parent],
        )
    return (order["parent"] + sequence.map("{:03d}".format)).reindex(rows.index)


def _require_parent(tree: Tree, placing: Placing) -> None:
    code = placing.parent_code
    if code is None:
        return
    if not re.fullmatch("[0-9]+", code) or len(code) not in tree.digits[:-1]:
        lengths = ", ".join(map(str, tree.digits[:-1]))
        raise BadInput(f"--parent-code {code} is no division's code: those have {lengths} digits.")
    if len(code) >= placing.digits:
        raise BadInput(
            f"--parent-code {code} is not above the level that is imported, whose codes have "
            f"{placing.digits} digits."
        )
    if code in tree.nodes:
        return
    if not placing.create_parents:
        raise NotFound(
            f"There is no division {code}: import it first, or pass --create-parents.", ids=[code]
        )
    tree.create(code, placing.parent_name or code)


def _is_ours(code: str, tree: Tree, placing: Placing) -> bool:
    if not re.fullmatch(f"[0-9]{{{placing.digits}}}", code):
        return False
    above = tree.above(placing.digits)
    if above is None:
        return True
    if placing.parent_code and not code.startswith(placing.parent_code):
        return False
    return code[:above] in tree.nodes or bool(placing.create_parents and placing.parent_code)


def _not_ours(code: str, placing: Placing) -> str:
    if not re.fullmatch(f"[0-9]{{{placing.digits}}}", code):
        return f"code {code!r}: expected {placing.digits} digits, as the other rows have"
    within = f" below {placing.parent_code}" if placing.parent_code else ""
    return f"code {code}: there is no division for it{within}; import that first"


def _below(
    rows: gpd.GeoDataFrame,
    tree: Tree,
    placing: Placing,
    outlines: Callable[[int], gpd.GeoDataFrame],
) -> tuple[gpd.GeoDataFrame, list[RowNote]]:
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
