"""How a grid could come back into its range: merged, or a few buildings given over the border."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridsvc.geo.analysis.adjacency import SHORTEST_BORDER_M
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.findings.draft import Draft
from gridsvc.geo.findings.kinds import Fix

_MOST_FIXES = 3
# A hand-over of more is a new drawing, not a repair.
_MOST_STEPS = 12


def range_fixes(draft: Draft, code: str, low: int, high: int) -> tuple[Fix, ...]:
    """Offer what brings a grid into its range without putting a neighbour out of its own.

    Hand-overs first, the one that moves fewest households leading, then mergers, longest border
    first; where neither is possible a new proposal for the grid and its neighbours.
    """
    own = draft.atoms.index[draft.atoms["grid"] == code]
    near = [
        c for c in draft.neighbours(own).index if c[:COMMUNITY_DIGITS] == code[:COMMUNITY_DIGITS]
    ]
    here = int(draft.households[code])
    handed, merged = [], []
    for other in near:
        there = int(draft.households[other])
        if here < low:
            moved = _handed_over(draft, other, code, low - here, min(there - low, high - here))
        else:
            moved = _handed_over(draft, code, other, here - high, min(here - low, high - there))
        if moved is not None:
            to = code if here < low else other
            handed.append((int(draft.atoms.loc[moved, "households"].sum()), moved, to))
        if low <= here + there <= high:
            households = ((other, here + there),)
            merged.append(Fix("merge", to=other, grids=(code,), households=households))
    handed.sort(key=lambda one: one[0])
    fixes = [draft.relabelling(moved, to) for _, moved, to in handed] + merged
    return tuple(fixes[:_MOST_FIXES]) or (Fix("propose", grids=(code, *near)),)


def _handed_over(draft: Draft, giver: str, taker: str, least: int, most: int) -> list[int] | None:
    """Choose atoms at the common border with ``least`` to ``most`` households in all.

    One after another, those first that lie along the taker longest; the giver stays connected
    after each. None where that does not lead there.
    """
    if least > most:
        return None
    left = draft.atoms.loc[draft.atoms["grid"] == giver, "households"]
    side = set(draft.atoms.index[draft.atoms["grid"] == taker])
    borders = draft.borders[draft.borders["border_m"] >= SHORTEST_BORDER_M]
    moved: list[int] = []
    total = 0
    while total < least and len(moved) < _MOST_STEPS:
        near = borders[borders.index.isin(left.index) & borders["b"].isin(list(side))]
        metres = near["border_m"].groupby(level=0).sum().sort_values(ascending=False)
        room = left[metres.index].between(1, most - total)
        atom = next(
            (a for a in metres.index[room] if _stays_whole(left.index.drop(a), borders)), None
        )
        if atom is None:
            return None
        moved.append(int(atom))
        total += int(left[atom])
        side.add(atom)
        left = left.drop(atom)
    return moved if total >= least else None


def _stays_whole(atoms: pd.Index, borders: pd.DataFrame) -> bool:
    one = atoms.get_indexer(borders.index)
    other = atoms.get_indexer(borders["b"])
    inside = (one >= 0) & (other >= 0)
    links = coo_array(
        (np.ones(inside.sum()), (one[inside], other[inside])), shape=(len(atoms),) * 2
    )
    return len(atoms) > 0 and connected_components(links, directed=False, return_labels=False) == 1
