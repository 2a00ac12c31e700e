"""How unevenly visits fall on the grids of a place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def gini(visited: ArrayLike, dwellings: ArrayLike) -> float | None:
    """Return the Gini coefficient of coverage among dwellings, from 0 (even) towards 1.

    Twice the area between the Lorenz curve and the diagonal: grids in order of their coverage,
    across the share of all dwellings, upwards the share of all dwellings visited. Half the mean
    difference between the coverage of two dwellings' grids, by the mean coverage. Chosen over the
    range between the quartiles because that one does not see a fifth of the grids that nobody
    called on, which is what an office looks for; weighted, so that a grid of 300 dwellings counts
    thrice one of 100 and a functional change of borders alone moves nothing.

    Parameters
    ----------
    visited, dwellings : array_like
        Of each grid; grids without dwellings, or not counted (NaN), are left out.

    Returns
    -------
    float or None
        ``None`` with fewer than two grids, or where nothing was visited.

    References
    ----------
    Lerman and Yitzhaki (1989), Improving the accuracy of estimates of Gini coefficients, Journal
    of Econometrics 42(1), 43-47: the weighted form.

    Examples
    --------
    >>> gini([50, 100], [100, 200])
    0.0
    >>> gini([0, 60], [100, 100])
    0.5
    """
    done, doors = np.asarray(visited, float), np.asarray(dwellings, float)
    counted = (doors > 0) & ~np.isnan(done)
    done, doors = done[counted], doors[counted]
    if len(doors) < 2 or not done.sum():
        return None
    order = np.argsort(done / doors, kind="stable")
    across = np.r_[0, np.cumsum(doors[order])] / doors.sum()
    upwards = np.r_[0, np.cumsum(done[order])] / done.sum()
    below_curve = np.sum(np.diff(across) * (upwards[1:] + upwards[:-1])) / 2
    return max(0.0, round(float(1 - 2 * below_curve), 4))
