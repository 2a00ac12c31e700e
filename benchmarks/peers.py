"""Other programs that divide areas, each given the same pieces, borders and prices.

A peer gets one connected piece at a time and answers the part of each atom. Where a program asks
for the number of parts it is told the one that comes closest to the goal.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Piece:
    """A connected piece of one community; atoms are numbered from 0."""

    households: Ints
    block: Ints
    middle: NDArray[np.float64]  # metres
    a: Ints
    b: Ints
    price: NDArray[np.float64]
    parts: int
    low: int
    high: int


Peer = Callable[[Piece, int], Ints]


def peers() -> Iterator[tuple[str, Peer | None]]:
    """Name each quick peer, with the function that runs it or None where it is not installed."""
    for name, run in (
        ("METIS k-way", partial(_metis, recursive=False, ufactor=30)),
        ("METIS k-way, a third off", partial(_metis, recursive=False, ufactor=333)),
        ("METIS recursive", partial(_metis, recursive=True, ufactor=30)),
    ):
        yield name, run if find_spec("pymetis") else None
    for name, region in (("GerryChain", 0.0), ("GerryChain, region aware", 1.0)):
        yield name, partial(_gerrychain, region=region) if find_spec("gerrychain") else None


def slow_peers() -> Iterator[tuple[str, Peer | None]]:
    """Name the peers that take minutes a case."""
    for name, run in (("spopt SKATER", _skater), ("spopt MaxP", _maxp)):
        yield name, run if find_spec("spopt") else None


def _metis(piece: Piece, seed: int, recursive: bool, ufactor: int) -> Ints:
    import pymetis

    if piece.parts == 1:
        return np.zeros(len(piece.households), dtype=np.int64)
    ends = np.concatenate([piece.a, piece.b]), np.concatenate([piece.b, piece.a])
    order = np.lexsort((ends[1], ends[0]))
    # METIS takes whole weights above 0: half metres of price keep the cheapest roads apart.
    weight = np.maximum(1, np.rint(2 * np.tile(piece.price, 2)[order])).astype(int)
    found = pymetis.part_graph(
        piece.parts,
        pymetis.CSRAdjacency(
            np.concatenate([[0], np.cumsum(np.bincount(ends[0], minlength=len(piece.block)))]),
            ends[1][order],
        ),
        vweights=piece.households.tolist(),
        eweights=weight.tolist(),
        recursive=recursive,
        options=pymetis.Options(seed=seed, ufactor=ufactor, ncuts=4, contig=not recursive),
    )
    return np.asarray(found.vertex_part)


def _gerrychain(piece: Piece, seed: int, region: float) -> Ints:
    import networkx as nx
    from gerrychain import Graph
    from gerrychain.partition.initial_partition_generators import recursive_tree_part
    from gerrychain.tree import bipartition_tree

    if piece.parts == 1:
        return np.zeros(len(piece.households), dtype=np.int64)
    web = nx.Graph()
    for atom, (households, block) in enumerate(zip(piece.households, piece.block, strict=True)):
        web.add_node(atom, households=int(households), block=str(block if block >= 0 else -atom))
    web.add_edges_from(zip(piece.a.tolist(), piece.b.tolist(), strict=True))
    goal = piece.households.sum() / piece.parts
    cut = partial(
        bipartition_tree, max_attempts=2_000, region_surcharge={"block": region} if region else {}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = recursive_tree_part(
            Graph.from_networkx(web), range(piece.parts), goal, "households",
            min(1 - piece.low / goal, piece.high / goal - 1),
            bipartition_tree_fn=cut, rng=seed,
        )  # fmt: skip
    return np.array([found[atom] for atom in range(len(piece.households))])


def _frame(piece: Piece) -> pd.DataFrame:
    return pd.DataFrame(
        {"x": piece.middle[:, 0], "y": piece.middle[:, 1], "households": piece.households}
    )


def _links(piece: Piece) -> object:
    from libpysal.weights import W

    near: dict[int, list[int]] = {atom: [] for atom in range(len(piece.households))}
    for a, b in zip(piece.a.tolist(), piece.b.tolist(), strict=True):
        near[a].append(b)
        near[b].append(a)
    return W(near, silence_warnings=True)


def _skater(piece: Piece, seed: int) -> Ints:
    from spopt.region import Skater

    model = Skater(_frame(piece), _links(piece), ["x", "y"], n_clusters=piece.parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.solve()
    return np.asarray(model.labels_)


def _maxp(piece: Piece, seed: int) -> Ints:
    from spopt.region import MaxPHeuristic

    np.random.seed(seed)  # noqa: NPY002 - the library draws from numpy's global state
    threshold = int(1.5 * piece.low)
    # Its defaults, 99 constructions and 10 annealings, take up to 40 seconds a piece.
    model = MaxPHeuristic(
        _frame(piece), _links(piece), ["x", "y"], "households", threshold,
        max_iterations_construction=10, max_iterations_sa=2,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.solve()
    return np.asarray(model.labels_)
