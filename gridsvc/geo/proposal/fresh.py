"""Grids drawn anew for one community: whole blocks first, then building by building."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from gridsvc.geo.proposal.flips import Plan, Weights, anneal, settle
from gridsvc.geo.proposal.trees import Range, divided
from gridsvc.geo.proposal.web import Web, atoms_of

# Costs are of the order of 1 a grid: nearly every move is made when hot, none when cold.
HOT, COLD = 0.5, 0.005
LUKEWARM = 0.03  # what the search over blocks has found is refined, not lost
BLOCK_SWEEPS, ATOM_SWEEPS = 150, 25


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
    plans = []
    for number, seed in enumerate(seeds):
        tell()
        rng = Random(seed)
        over = coarse if number % 2 == 0 or len(seeds) == 1 else web
        if over is coarse:
            rough = _searched(coarse, [present[next(atoms_of(g))] for g in groups],
                              limits, weights, rng, BLOCK_SWEEPS)  # fmt: skip
            label = [0] * len(web)
            for group, part in zip(groups, rough.label, strict=True):
                for atom in atoms_of(group):
                    label[atom] = part
            plan = Plan(web, label, limits, weights)
            anneal(plan, atoms_of(web.free), rng, ATOM_SWEEPS, LUKEWARM, COLD)
        else:
            plan = _searched(web, present, limits, weights, rng, BLOCK_SWEEPS)
        settle(plan, atoms_of(web.free))
        plans.append(plan)
    return min(plans, key=lambda plan: plan.cost()).label


def _searched(
    web: Web, present: Sequence[int], limits: Range, weights: Weights, rng: Random, sweeps: int
) -> Plan:
    label = list(present)
    part = max(label)
    for piece in web.pieces(web.free):
        for grid in divided(web, piece, limits, rng):
            part += 1
            for atom in atoms_of(grid):
                label[atom] = part
    plan = Plan(web, label, limits, weights)
    anneal(plan, atoms_of(web.free), rng, sweeps, HOT, COLD)
    settle(plan, atoms_of(web.free))
    return plan


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
