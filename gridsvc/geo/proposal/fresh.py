"""Grids drawn anew for one community: whole blocks first, then building by building."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from gridsvc.geo.proposal.flips import anneal, settle
from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.plan import Plan, Weights
from gridsvc.geo.proposal.repair import repaired
from gridsvc.geo.proposal.trees import divided
from gridsvc.geo.proposal.web import Web, atoms_of

# Costs are of the order of 1 a grid: nearly every move is made when hot, none when cold.
HOT, COLD = 0.5, 0.005
LUKEWARM = 0.03  # what the search over blocks has found is refined, not lost
# Moves tried for each grid wanted, but no more for each atom: with few atoms there is less to try.
TRIES, REFINING_TRIES = 1_800, 250
TRIES_AN_ATOM = 600


def drawn_anew(
    web: Web,
    blocks: Sequence[int],
    present: Sequence[int],
    limits: Range,
    weights: Weights,
    seeds: Sequence[str],
    tell: Callable[[], None],
) -> list[int]:
    """Draw the grids of a community.

    Parameters
    ----------
    web : Web
        The community.
    blocks : sequence of int
        Block of each atom, -1 for none.
    present : sequence of int
        Present grid of each atom, numbered from 0; atoms that are not free keep it.
    limits, weights
        What is wanted.
    seeds : sequence of str
        One for each search; the cheapest plan is kept.
    tell : callable
        Called before each search; may raise to end it.

    Returns
    -------
    list of int
        Grid of each atom.
    """
    groups = _whole_blocks(web, blocks, limits)
    coarse = web.joined(groups)
    coarse.tie(limits.low)
    wanted = max(1, sum(web.households) // limits.goal)
    plans = []
    for seed in seeds:
        tell()
        rng = Random(seed)
        home = [present[next(atoms_of(group))] for group in groups]
        rough = Plan(coarse, _first(coarse, home, limits, rng), limits, weights)
        tries = min(TRIES * wanted, TRIES_AN_ATOM * len(coarse))
        anneal(rough, atoms_of(coarse.free), rng, tries, HOT, COLD)
        settle(rough, atoms_of(coarse.free))
        plan = Plan(web, _spread(rough.label, groups), limits, weights)
        anneal(plan, atoms_of(web.free), rng, REFINING_TRIES * wanted, LUKEWARM, COLD)
        settle(plan, atoms_of(web.free))
        plans.append(plan)
    best = min(plans, key=lambda plan: plan.cost())
    return repaired(web, best.label, limits, weights, seeds[:1], tell=lambda: None)


def _first(web: Web, present: Sequence[int], limits: Range, rng: Random) -> list[int]:
    """Cut every piece of free atoms by trees; the other atoms stay where they are."""
    label = list(present)
    part = max(label)
    for piece in web.pieces(web.free):
        for grid in divided(web, piece, limits, rng):
            part += 1
            for atom in atoms_of(grid):
                label[atom] = part
    return label


def _spread(label: Sequence[int], groups: Sequence[int]) -> list[int]:
    """Give every atom the label of its group."""
    spread = {atom: part for part, group in zip(label, groups, strict=True)
              for atom in atoms_of(group)}  # fmt: skip
    return [spread[atom] for atom in range(len(spread))]


def _whole_blocks(web: Web, blocks: Sequence[int], limits: Range) -> list[int]:
    """Group the free atoms of every block that fits in one grid; the others stay alone."""
    by_block: dict[int, int] = {}
    for atom in atoms_of(web.free):
        if blocks[atom] >= 0:
            by_block[blocks[atom]] = by_block.get(blocks[atom], 0) | 1 << atom
    alone = (1 << len(web)) - 1
    groups = []
    for members in by_block.values():
        for piece in web.pieces(members):
            if sum(web.households[a] for a in atoms_of(piece)) <= limits.high:
                groups.append(piece)
                alone &= ~piece
    return groups + [1 << atom for atom in atoms_of(alone)]
