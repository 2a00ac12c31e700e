"""From the atoms of a draft and a wish to a proposal, community by community."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridsvc.errors import BadInput
from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.proposal.community import Community, communities
from gridsvc.geo.proposal.fresh import drawn_anew
from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.matching import matched
from gridsvc.geo.proposal.plan import Weights
from gridsvc.geo.proposal.repair import repaired
from gridsvc.geo.proposal.scoring import scores
from gridsvc.geo.proposal.web import atoms_of
from gridsvc.geo.proposal.wish import Infeasible, Proposal, Why, Wish

# Found by trying on three made streets and three cities; see docs/proposals.md.
WEIGHTS = {
    "balanced": Weights(size=3.0, shape=0.6, border=1.0),
    "compact": Weights(size=0.6, shape=1.0, border=1.0),
    "least_change": Weights(size=0.02, shape=0.2, border=0.6, moved=5.0),
}
STARTS = {"balanced": 2, "compact": 4, "least_change": 4}

Progress = Callable[[int, int], None]


def propose(
    atoms: gpd.GeoDataFrame,
    borders: pd.DataFrame,
    wish: Wish,
    progress: Progress | None = None,
) -> Proposal:
    """Propose grids within the range, each in one piece and inside its community.

    Parameters
    ----------
    atoms : GeoDataFrame
        ``grid`` (15 digits, the first 12 its community), ``households``, ``block`` (-1 for none)
        and polygons in EPSG:4326 that form an exact coverage; the index names the atoms.
    borders : DataFrame
        Of `gridsvc.geo.proposal.borders.atom_borders`.
    wish : Wish
        Style, range, locks, chosen communities and seed.
    progress : callable, optional
        Hears how many searches are done and of how many; may raise to cancel.

    Returns
    -------
    Proposal
        Labels of every atom, their scores, and what is infeasible.

    Raises
    ------
    BadInput
        A community or locked grid of the wish is not among the atoms.

    Examples
    --------
    >>> from gridsvc.geo.atoms import grid_atoms
    >>> from gridsvc.geo.proposal import atom_borders
    >>> atoms = grid_atoms(town)
    >>> found = propose(atoms, atom_borders(atoms), Wish("least_change"))
    >>> found.labels[found.labels != atoms["grid"]].to_dict()  # nobody lives in 002 002
    {8: '520302001002003'}
    >>> [(piece.households, str(piece.why)) for piece in found.infeasible]
    [(99, 'not_found'), (301, 'atom_too_large')]
    """
    began = time.process_time()
    _require_known(atoms, wish)
    labels = atoms["grid"].copy()
    infeasible: list[Infeasible] = []
    chosen = list(communities(atoms, borders, wish))
    starts = wish.starts or STARTS[wish.style]
    for place, community in enumerate(chosen):
        done = iter(range(place * starts, (place + 1) * starts))

        def tell(done: Iterator[int] = done) -> None:
            if progress is not None:
                progress(next(done), starts * len(chosen))

        found = _searched(community, wish, starts, tell)
        labels[community.atoms.index] = _named(community, found)
        infeasible += _outside(community, found, wish)
    if progress is not None:
        progress(starts * len(chosen), starts * len(chosen))
    figures = scores(atoms, borders, labels, wish.low, wish.high).rename(wish.style)
    figures["cpu_s"] = time.process_time() - began
    return Proposal(wish, labels, figures, tuple(infeasible))


def _require_known(atoms: gpd.GeoDataFrame, wish: Wish) -> None:
    codes = set(atoms["grid"])
    if strange := sorted(wish.locked - codes):
        raise BadInput(f"Grid {strange[0]} is locked but not in this draft.", ids=strange)
    communities = {code[:COMMUNITY_DIGITS] for code in codes}
    if strange := sorted((wish.communities or frozenset()) - communities):
        raise BadInput(f"Community {strange[0]} is not in this draft.", ids=strange)


def _searched(community: Community, wish: Wish, starts: int, tell: Callable[[], None]) -> list[int]:
    seeds = [f"{wish.seed} {community.code} {start}" for start in range(starts)]
    limits = Range(wish.low, wish.high, wish.goal)
    given: tuple[Any, ...] = (limits, WEIGHTS[wish.style], seeds, tell)
    if wish.style == "least_change":
        return repaired(community.web, community.present, *given)
    blocks = community.atoms["block"].tolist()
    return drawn_anew(community.web, blocks, community.present, *given)


def _named(community: Community, label: list[int]) -> pd.Series:
    """Codes for the new grids; a locked grid keeps its own and is kept out of the matching."""
    frame, web = community.atoms, community.web
    free = np.array([bool(web.free >> a & 1) for a in range(len(web))])
    names = frame["grid"].copy()
    if free.any():
        names[free] = matched(
            np.array(label)[free], frame["grid"][free],
            np.array(web.households)[free], np.array(web.area_m2)[free],
        )  # fmt: skip
    return names


def _outside(community: Community, label: list[int], wish: Wish) -> Iterator[Infeasible]:
    """Name the free grids outside the range, with the reason."""
    web, limits = community.web, Range(wish.low, wish.high, wish.goal)
    for piece in web.pieces(web.free):
        whole = sum(web.households[a] for a in atoms_of(piece))
        parts: dict[int, list[int]] = {}
        for atom in atoms_of(piece):
            parts.setdefault(label[atom], []).append(atom)
        for members in parts.values():
            own = [web.households[a] for a in members]
            if not wish.low <= sum(own) <= wish.high:
                yield _infeasible(community, members, _why(whole, max(own), limits))


def _why(whole: int, largest: int, limits: Range) -> Why:
    if whole < limits.low:
        return Why.TOO_FEW
    if largest > limits.high:
        return Why.ATOM_TOO_LARGE
    return Why.NO_COUNT if limits.lack(whole) else Why.NOT_FOUND


def _infeasible(community: Community, members: list[int], why: Why) -> Infeasible:
    frame = community.atoms.iloc[members]
    place = frame.geometry.iloc[int(np.argmax(frame["households"]))].representative_point()
    return Infeasible(
        community.code, tuple(frame.index.tolist()), int(frame["households"].sum()), why,
        place.x, place.y,
    )  # fmt: skip
