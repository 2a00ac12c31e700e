"""Proposals beside METIS, GerryChain and spopt, on the same atoms, borders and prices."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.cases import Case, cities, streets
from benchmarks.peers import Peer, Piece, peers, slow_peers
from gridsvc.geo.analysis.adjacency import SHORTEST_BORDER_M
from gridsvc.geo.crs import to_metric
from gridsvc.geo.proposal import Wish, propose, scores
from gridsvc.geo.proposal.balance import is_feasible
from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.web import price_of

SEED = 1
SLOW_CPU_S = 300  # a slow peer's time for one case
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
        Also the methods that take minutes a case.
    tell : callable
        Hears what is being measured, and which peers are absent.

    Returns
    -------
    DataFrame
        A row a case and method: `FIGURES`, and ``failed`` (pieces that the method refused;
        they count as one grid).
    """
    cases = [*streets(range(1, 4)), *(cities(data) if data else ())]
    rows = []
    for case in cases:
        for style in ("balanced", "compact"):
            rows += _own(case, style, f"gridsvc {style}", tell)
        for method, peer in peers():
            rows += _measured(case, method, peer, tell)
        for method, peer in slow_peers() if slow else ():
            rows += _within(SLOW_CPU_S, case, method, peer, tell)
        rows += _repair(case, tell) if case.name.startswith("street") else []
    return pd.DataFrame(rows)


def _measured(
    case: Case, method: str, peer: Peer | None, tell: Callable[[str], None]
) -> list[dict[str, object]]:
    if peer is None:
        tell(f"{case.name}: {method} is not installed")
        return []
    return [_row(case, method, *_by_peer(case, peer), tell)]


def _within(
    seconds: int, case: Case, method: str, peer: Peer | None, tell: Callable[[str], None]
) -> list[dict[str, object]]:
    """Measure in a process of its own, which the system ends when its time is spent."""
    if peer is None:
        return _measured(case, method, peer, tell)
    found, sent = multiprocessing.Pipe(duplex=False)

    def measure() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        sent.send(_measured(case, method, peer, tell))

    child = multiprocessing.get_context("fork").Process(target=measure)
    child.start()
    sent.close()
    try:
        return list(found.recv())
    except EOFError:
        tell(f"{case.name}: {method} was not finished after {seconds} s of a processor")
        return []
    finally:
        child.join()


def _own(
    case: Case, style: str, method: str, tell: Callable[[str], None]
) -> list[dict[str, object]]:
    began = time.process_time()
    labels = propose(case.atoms, case.borders, Wish(style=style, seed=SEED)).labels
    return [_row(case, method, labels, time.process_time() - began, 0, tell)]


def _row(
    case: Case,
    method: str,
    labels: pd.Series,
    cpu_s: float,
    failed: int,
    tell: Callable[[str], None],
) -> dict[str, object]:
    figures = scores(case.atoms, case.borders, labels)
    figures["feasible_in_range"] = _feasible_in_range(case, labels)
    figures["cpu_s"], figures["failed"] = cpu_s, failed
    row = {"case": case.name, "method": method, **figures[[*FIGURES, "failed"]]}
    tell(
        " ".join(
            f"{figure:.3f}" if isinstance(figure, float) else figure for figure in row.values()
        )
    )
    return row


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


def _repair(case: Case, tell: Callable[[str], None]) -> list[dict[str, object]]:
    """Let buildings of a sound division gain households, and mend what left the range."""
    sound = propose(case.atoms, case.borders, Wish(seed=SEED)).labels
    codes = {name: f"{name[:12]}{n % 999 + 1:03d}" for n, name in enumerate(sorted(set(sound)))}
    grown = case.atoms.assign(grid=sound.map(codes).astype(str))
    rng = np.random.default_rng(SEED)
    at = grown.index[rng.choice(len(grown), GROWN, replace=False)]
    grown.loc[at, "households"] += rng.integers(*GAIN, GROWN)
    after = Case(case.name, grown, case.borders)
    return [
        _row(after, "after growth", grown["grid"], 0.0, 0, tell),
        *_own(after, "least_change", "then gridsvc least change", tell),
        *_own(after, "balanced", "then gridsvc balanced", tell),
    ]
