"""Local search: atoms change to a neighbouring grid, at first also when that costs something.

Annealing after Kirkpatrick, Gelatt & Vecchi, "Optimization by Simulated Annealing", Science 220
(1983), 671. An atom moves only where its grid stays connected and encloses no other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from random import Random

from gridsvc.geo.proposal.plan import Plan
from gridsvc.geo.proposal.web import atoms_of


def anneal(
    plan: Plan, atoms: Iterable[int], rng: Random, tries: int, hot: float, cold: float
) -> None:
    """Let atoms change grids, ever more rarely when it makes the plan dearer.

    Parameters
    ----------
    plan : Plan
        Changed in place.
    atoms : iterable of int
        Those that may move.
    rng : Random
        The only source of chance.
    tries : int
        Moves that are thought of.
    hot, cold : float
        Cost at which one move in e is still made, at the start and at the end.
    """
    movable = [atom for atom in atoms if plan.web.near[atom]]
    ways, near, label, random = plan.web.ways, plan.web.near, plan.label, rng.random
    alone = [households >= plan.low for households in plan.web.households]
    heat, cooling = hot, (cold / hot) ** (1 / max(1, tries))
    for _ in range(tries if movable else 0):
        heat *= cooling
        atom = movable[int(random() * len(movable))]
        neighbours = near[atom]
        place = int(random() * (len(neighbours) + alone[atom]))
        if place == len(neighbours):
            to = plan.spare()
        elif ways[atom] >> neighbours[place][0] & 1:
            to = label[neighbours[place][0]]
        else:
            continue
        if to == label[atom]:
            continue
        dearer = plan.change(atom, to)
        if (dearer <= 0 or random() < math.exp(-dearer / heat)) and plan.may_move(atom, to):
            plan.move(atom, to)


def settle(plan: Plan, atoms: Iterable[int]) -> None:
    """Make every move that makes the plan cheaper, until there is none."""
    movable, again = list(atoms), True
    while again:
        again = False
        for atom in movable:
            ways = plan.web.ways[atom]
            to_parts = {plan.label[b] for b in atoms_of(ways)} - {plan.label[atom]}
            for to in sorted(to_parts):
                if plan.change(atom, to) < -1e-9 and plan.may_move(atom, to):
                    plan.move(atom, to)
                    again = True
