"""Keep the numbers people know: new grids take the codes of those they most resemble."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

# A grid without households still has its ground: area decides where nobody lives.
_GROUND_SHARE = 1e-3


def matched(
    label: NDArray[np.int64],
    present: pd.Series,
    households: NDArray[np.int64],
    area_m2: NDArray[np.float64],
) -> pd.Series:
    """Name the grids of one community so that as many households as possible keep their code.

    The assignment of new grids to present codes is the Hungarian method's (H. W. Kuhn, 1955).

    Parameters
    ----------
    label : ndarray of int
        New grid of each atom.
    present : Series of str
        Present code of each atom.
    households, area_m2 : ndarray
        Of each atom.

    Returns
    -------
    Series of str
        On the index of ``present``: the code kept, or the community, ``+`` and a number from 01
        for a grid that resembles none.
    """
    weight = households + _GROUND_SHARE * area_m2 / max(area_m2.sum(), 1.0)
    codes, old = np.unique(present.to_numpy(dtype=str), return_inverse=True)
    parts, new = np.unique(label, return_inverse=True)
    shared = np.zeros((len(parts), len(codes)))
    np.add.at(shared, (new, old), weight)
    row, column = linear_sum_assignment(shared, maximize=True)
    names = np.full(len(parts), "", dtype=object)
    kept = shared[row, column] > 0
    names[row[kept]] = codes[column[kept]]
    fresh = np.flatnonzero(names == "")
    community = codes[0][:12]
    taken = {code for code in codes if not code.isdigit()}
    free = (f"{community}+{n:02d}" for n in range(1, len(parts) + len(taken) + 1))
    for part, name in zip(fresh, (n for n in free if n not in taken), strict=False):
        names[part] = name
    return pd.Series(names[new], index=present.index, name="grid", dtype=object)
