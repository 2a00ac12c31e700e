"""Which code a row brings, and below which division it belongs: ours kept, foreign ones apart."""

from __future__ import annotations

import re
from collections.abc import Callable

import geopandas as gpd

from gridsvc.errors import BadInput, NotFound
from gridsvc.grids.intake import parents
from gridsvc.grids.intake.report import RowNote
from gridsvc.grids.intake.tree import Placing, Tree


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
    return parents.below(placed, tree, placing, outlines)


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
