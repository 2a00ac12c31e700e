"""Proposals beside METIS, GerryChain and spopt, on the same atoms, borders and prices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.cases import Case, cities, streets
from benchmarks.peers import Peer, Piece, peers
from gridsvc.geo.adjacency import SHORTEST_BORDER_M
from gridsvc.geo.balance import is_feasible
from gridsvc.geo.crs import to_metric
from gridsvc.geo.proposal import Wish, propose, scores
from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.web import price_of

SEED = 1
GROWN = 60  # buildings that gain households before the repair
GAIN = (30, 120)
FIGURES = ("grids", "in_range", "feasible_in_range", "contiguous", "holes", "variation",
           "compactness", "least_compact", "split_blocks", "moved_share", "changed_grids",
           "cpu_s")  # fmt: skip


def run(data: Path | None, slow: bool, tell: Callable[[str], None]) -> pd.DataFrame:
    """Run every method on every case.

    Parameters
    ----------
    data : Path, optional
        Folder of the cities' files; made streets only without it.
    slow : bool
        Also the methods that take minutes, on the first street alone.
    tell : callable
        Hears what is being measured, and which peers are absent.

    Returns
    -------
    DataFrame
        A row a case and method: `FIGURES`, and ``failed`` (pieces that the method refused;
        they count as one grid).
    """
    rows = []
    for place, case in enumerate([*streets(range(1, 4)), *(cities(data) if data else ())]):
        for method, labels, cpu_s, failed in _methods(case, slow and place == 0, tell):
            figures = scores(case.atoms, case.borders, labels)
            figures["feasible_in_range"] = _feasible_in_range(case, labels)
            figures["cpu_s"], figures["failed"] = cpu_s, failed
            rows.append({"case": case.name, "method": method, **figures})
        rows += list(_repair(case, tell)) if case.name.startswith("street") else []
    return pd.DataFrame(rows)[["case", "method", *FIGURES, "failed"]]


def _methods(
    case: Case, slow: bool, tell: Callable[[str], None]
) -> Iterator[tuple[str, pd.Series, float, int]]:
    for style in ("balanced", "compact"):
        tell(f"{case.name}: {style}")
        began = time.process_time()
        labels = propose(case.atoms, case.borders, Wish(style=style, seed=SEED)).labels
        yield f"gridsvc {style}", labels, time.process_time() - began, 0
    for name, peer in peers(slow):
        if peer is None:
            tell(f"{case.name}: {name} is not installed")
            continue
        tell(f"{case.name}: {name}")
        yield name, *_by_peer(case, peer)


def _by_peer(case: Case, peer: Peer) -> tuple[pd.Series, float, int]:
    labels = pd.Series("", index=case.atoms.index, dtype=object)
    spent, failed = 0.0, 0
    for number, (ids, piece) in enumerate(_pieces(case)):
        part = np.zeros(len(ids), dtype=int)
        began = time.process_time()
        if is_feasible(int(piece.households.sum()), piece.low, piece.high):
            try:
                part = peer(piece, SEED)
            except Exception:  # a peer that finds nothing raises what it likes
                failed += 1
        spent += time.process_time() - began
        labels[ids] = [f"{number} {p}" for p in part]
    return labels, spent, failed


def _pieces(case: Case) -> Iterator[tuple[pd.Index, Piece]]:
    """The connected pieces of all communities, found without the program that is measured."""
    atoms, links = case.atoms, case.borders
    community = atoms["grid"].str[:12]
    same = community.loc[links["a"]].to_numpy() == community.loc[links["b"]].to_numpy()
    links = links[same & (links["border_m"] >= SHORTEST_BORDER_M).to_numpy()]
    a, b = (atoms.index.get_indexer(links[side]) for side in ("a", "b"))
    price = np.array(
        [price_of(m, k) for m, k in zip(links["border_m"], links["kind"], strict=True)]
    )
    web = coo_array((np.ones(len(a)), (a, b)), shape=(len(atoms),) * 2)
    piece = connected_components(web, directed=False)[1]
    middles = to_metric(atoms.geometry).centroid
    middle = np.column_stack([middles.x, middles.y])
    limits = Range(100, 300, 200)
    for one in range(piece.max() + 1):
        mine, edges = np.flatnonzero(piece == one), np.flatnonzero(piece[a] == one)
        households = atoms["households"].to_numpy()[mine]
        yield atoms.index[mine], Piece(
            households, atoms["block"].to_numpy()[mine], middle[mine],
            np.searchsorted(mine, a[edges]), np.searchsorted(mine, b[edges]), price[edges],
            min(len(mine), limits.count(int(households.sum()))), limits.low, limits.high,
        )  # fmt: skip


def _feasible_in_range(case: Case, labels: pd.Series) -> float:
    """Share in range of the grids that could be: no atom too large, a piece that is enough."""
    possible = pd.Series(True, index=case.atoms.index)
    for ids, piece in _pieces(case):
        possible[ids] = is_feasible(int(piece.households.sum()), piece.low, piece.high)
    households = case.atoms["households"]
    table = pd.DataFrame({"households": households, "possible": possible & (households <= 300)})
    grids = table.groupby(labels).agg({"households": "sum", "possible": "all"})
    return float(grids.loc[grids["possible"], "households"].between(100, 300).mean())


def _repair(case: Case, tell: Callable[[str], None]) -> Iterator[dict[str, object]]:
    """Let buildings of a sound division gain households, and mend what left the range."""
    tell(f"{case.name}: repair")
    sound = propose(case.atoms, case.borders, Wish(seed=SEED)).labels
    codes = {name: f"{name[:12]}{n % 999 + 1:03d}" for n, name in enumerate(sorted(set(sound)))}
    grown = case.atoms.assign(grid=sound.map(codes).astype(str))
    rng = np.random.default_rng(SEED)
    at = grown.index[rng.choice(len(grown), GROWN, replace=False)]
    grown.loc[at, "households"] += rng.integers(*GAIN, GROWN)
    after = Case(case.name, grown, case.borders)
    for method, labels, cpu_s in (
        ("after growth", grown["grid"], np.nan),
        *_mended(after),
    ):
        figures = scores(grown, case.borders, labels)
        figures["feasible_in_range"], figures["cpu_s"] = _feasible_in_range(after, labels), cpu_s
        yield {"case": case.name, "method": method, **figures, "failed": 0}


def _mended(case: Case) -> Iterator[tuple[str, pd.Series, float]]:
    for style in ("least_change", "balanced"):
        began = time.process_time()
        labels = propose(case.atoms, case.borders, Wish(style=style, seed=SEED)).labels
        yield f"then {style}", labels, time.process_time() - began
