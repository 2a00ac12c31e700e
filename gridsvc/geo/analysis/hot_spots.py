"""Where adjoining grids have more cases per household than chance would place there.

Local Gi* (Getis and Ord) of every grid and those it touches, judged by drawing values of the
same area at random, and corrected for judging many grids (docs/decisions/0032-hot-spots.md).
"""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import false_discovery_control

#: Of the grids that are marked, at most this share is marked by chance.
LEVEL = 0.05
#: Fewer households say too little about a rate: one case among 20 is already 5 per 100.
FEWEST_HOUSEHOLDS = 20
#: A neighbourhood with fewer cases is not marked, however few households it has.
FEWEST_CASES = 5
#: With fewer grids there is nothing to compare a neighbourhood with.
FEWEST_GRIDS = 30
#: Of 1,000 grids the worst must reach 0.05 ÷ 1,000; this many draws tell down to a fifth of that.
DRAWS = 99_999
SEED = 20_261_122


class Change(enum.StrEnum):
    """How a grid's mark differs from that of an earlier day.

    Two judgements side by side, not a test of the difference: a grid that was just below the
    line and is just above it now is `NEW`.
    """

    NEW = "new"
    LASTING = "lasting"
    COOLED = "cooled"


def changes(hot: pd.Series[bool], was_hot: pd.Series[bool]) -> pd.Series[str]:
    """Name the change of every grid: hot now alone, on both days, before alone; else empty.

    Parameters
    ----------
    hot, was_hot : Series of bool
        The marks of two days, with one index.

    Examples
    --------
    >>> now, before = pd.Series([True, True, False, False]), pd.Series([False, True, True, False])
    >>> changes(now, before).tolist()
    ['new', 'lasting', 'cooled', '']
    """
    kinds = [hot & ~was_hot, hot & was_hot, was_hot & ~hot]
    named = np.select(kinds, [one.value for one in Change], "")
    return pd.Series(named, index=hot.index, dtype=object)


def hot_spots(
    grids: pd.DataFrame,
    touching: pd.DataFrame,
    *,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Mark the grids where cases per household lie higher, with those around, than by chance.

    A grid is *hot* when three things hold: the values of the grid and of all that touch it are,
    together, among the highest that as many grids drawn at random from the area show (`reference`,
    Benjamini and Hochberg's correction at ``level``); its own rate lies above the area's; and it
    and those around it have `FEWEST_CASES` cases or more. What is drawn are not rates but how far
    each lies from the area's, in standard errors of a grid of so many households (`standardised`),
    so that a small grid with one case does not stand out.

    Parameters
    ----------
    grids : DataFrame
        Index of codes; ``cases`` and ``households`` (float, NaN where not known).
    touching : DataFrame
        ``a``, ``b``: codes that share a border or a corner, as of `adjacency.touching`.
    level : float
        Expected share of chance finds among the marked, 0 to 1.
    draws, seed : int
        Of the reference; the same seed gives the same answer.

    Returns
    -------
    DataFrame
        Index as given; ``judged`` (bool: enough households, and a neighbour that has them),
        ``expected`` (cases at the area's rate), ``z`` (Gi* in standard deviations), ``p``, ``q``
        (corrected), ``hot`` (bool), ``cluster`` (int: hot grids that touch each other, numbered
        from 0 by their surplus of cases over the expected, -1 for others). Nothing is judged
        with fewer than `FEWEST_GRIDS` grids, or where all are alike.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27(4); Assunção and Reis (1999), Statistics in
    Medicine 18(16); Benjamini and Hochberg (1995), JRSS B 57(1).

    Examples
    --------
    >>> codes = list("abc")
    >>> frame = pd.DataFrame({"cases": [9, 1, 0], "households": [100, 100, 100]}, codes)
    >>> pair = pd.DataFrame({"a": ["a"], "b": ["b"]})
    >>> hot_spots(frame, pair)["judged"].tolist()  # three grids are too few
    [False, False, False]
    """
    told = _unjudged(grids)
    within = _touching_pairs(grids, touching)
    judged = grids.index.isin(within["a"])
    frame = grids.loc[judged, ["cases", "households"]].astype(float)
    if len(frame) < FEWEST_GRIDS or not frame["cases"].sum():
        return told
    rate = frame["cases"].sum() / frame["households"].sum()
    value = standardised(frame["cases"].to_numpy(), frame["households"].to_numpy())
    if np.ptp(value) == 0:
        return told
    # Gi* is told for values above zero, and does not change when all are raised alike.
    value += 1.0 - value.min()
    lag, z, size = _gi_star(frame.index, value, within)
    p = reference(value, size, lag, draws=draws, seed=seed)
    q = false_discovery_control(p)
    around = _sums(frame["cases"], within)
    hot = (q <= level) & (frame["cases"] > rate * frame["households"]) & (around >= FEWEST_CASES)
    measured = pd.DataFrame(
        {"judged": True, "expected": rate * frame["households"], "z": z, "p": p, "q": q, "hot": hot}
    )
    told.loc[judged, list(measured)] = measured
    told["cluster"] = _clusters(frame["cases"] - measured["expected"], hot, within).reindex(
        told.index, fill_value=-1
    )
    return told


def standardised(
    cases: NDArray[np.float64], households: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give how far each rate lies from the area's, in its standard errors.

    Assunção and Reis (1999), empirical Bayes: the variance of a rate is what the rates differ by
    in truth, ``a``, and what chance adds with so few households, ``b`` ÷ households. Where ``a``
    would be negative it is 0, as they have it; esda's ``assuncao_rate`` lets it reduce the chance
    part, and blows up the values of the largest grids.
    """
    rates = cases / households
    b = cases.sum() / households.sum()
    spread = (households * (rates - b) ** 2).sum() / households.sum()
    a = max(0.0, spread - b / households.mean())
    return (rates - b) / np.sqrt(a + b / households)


def reference(
    value: NDArray[np.float64],
    size: NDArray[np.int64],
    lag: NDArray[np.float64],
    *,
    draws: int,
    seed: int,
) -> NDArray[np.float64]:
    """Tell how often as many values drawn at random sum to at least what each window holds.

    Gi* weighs all grids of a window alike, so that what chance gives hangs on their number alone:
    one set of draws without repetition serves every window, and 20,000 grids cost what 200 do.

    Parameters
    ----------
    value : array
        Of every grid of the area.
    size, lag : array
        Of every window: its grids, and the sum of their values.

    Returns
    -------
    array
        One-sided, (1 + as high) ÷ (1 + draws), never 0.
    """
    drawn = value[_without_repetition(len(value), int(size.max()), draws, seed)]
    sums = np.cumsum(drawn, axis=1)
    p = np.empty(len(value))
    for grids in np.unique(size):
        windows = size == grids
        ordered = np.sort(sums[:, grids - 1])
        # A sum in another order differs in its last digits; a tie counts as reached.
        below = np.searchsorted(ordered, lag[windows] - 1e-9)
        p[windows] = (1 + draws - below) / (1 + draws)
    return p


def _without_repetition(among: int, count: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Draw rows of different numbers below ``among``: the n-th of those that are left, each."""
    chance = np.random.default_rng(seed)
    taken = np.empty((draws, count), np.int64)
    for place in range(count):
        one = chance.integers(0, among - place, draws)
        for earlier in np.sort(taken[:, :place], axis=1).T:
            one += one >= earlier
        taken[:, place] = one
    return taken


def _unjudged(grids: pd.DataFrame) -> pd.DataFrame:
    none = {"judged": False, "expected": np.nan, "z": np.nan, "p": np.nan, "q": np.nan}
    return pd.DataFrame({**none, "hot": False, "cluster": -1}, index=grids.index)


def _touching_pairs(grids: pd.DataFrame, touching: pd.DataFrame) -> pd.DataFrame:
    """Return both directions of every border between grids that are large enough."""
    large = grids.index[grids["households"] >= FEWEST_HOUSEHOLDS]
    one = touching.loc[touching["a"].isin(large) & touching["b"].isin(large), ["a", "b"]]
    return pd.concat([one, one.rename(columns={"a": "b", "b": "a"})], ignore_index=True)


def _gi_star(
    codes: pd.Index, value: NDArray[np.float64], within: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the sum of every window, Gi* in standard deviations, and the grids of the window."""
    # Loading them takes half a second and 60 MB: only the process that asks pays.
    from esda.getisord import G_Local
    from libpysal.graph import Graph

    itself = np.arange(len(codes))
    window = np.r_[itself, codes.get_indexer(within["a"])]
    holds = np.r_[itself, codes.get_indexer(within["b"])]
    order = np.lexsort((holds, window))
    weights = Graph.from_arrays(window[order], holds[order], np.ones(len(order)))
    # Binary: with weights that sum to one esda takes the variance of a window of one grid.
    with np.errstate(divide="ignore", invalid="ignore"):
        found = G_Local(value, weights, transform="B", star=True, permutations=0)
    size = np.bincount(window)
    # A grid that touches all others differs from nothing; esda divides by that nothing.
    z = np.where(size < len(value), found.Zs, 0.0)
    return found.Gs * value.sum(), z, size


def _sums(cases: pd.Series[float], within: pd.DataFrame) -> pd.Series[float]:
    """Return the cases of each grid and those it touches."""
    around = cases.reindex(within["b"]).groupby(within["a"].to_numpy()).sum()
    return cases.add(around)


def _clusters(surplus: pd.Series, hot: pd.Series, within: pd.DataFrame) -> pd.Series:
    """Number the hot grids that hang together, the largest surplus first."""
    codes = hot.index[hot]
    place = pd.Series(range(len(codes)), codes)
    inner = within[within["a"].isin(codes) & within["b"].isin(codes)]
    ends = (place[inner["a"]].to_numpy(), place[inner["b"]].to_numpy())
    graph = coo_array((np.ones(len(inner)), ends), shape=(len(codes), len(codes)))
    label = pd.Series(connected_components(graph, directed=False)[1], codes)
    order = (-surplus[codes]).groupby(label).sum().sort_values(kind="stable").index
    return label.map({old: new for new, old in enumerate(order)})
