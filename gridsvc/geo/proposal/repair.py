"""Least change: only what left the range, and the grids beside it, give or take atoms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from gridsvc.geo.proposal.flips import anneal, settle
from gridsvc.geo.proposal.limits import Range
from gridsvc.geo.proposal.plan import Plan, Weights
from gridsvc.geo.proposal.trees import divided
from gridsvc.geo.proposal.web import Web, atoms_of

HOT, COLD = 1.0, 0.02  # a building's move costs about 0.5, a grid out of the range at least 4
SWEEPS = 40  # tries for each atom of the neighbourhood
MOST_RINGS = 3  # neighbours, their neighbours and theirs: full grids pass on what they take


def repaired(
    web: Web,
    present: Sequence[int],
    limits: Range,
    weights: Weights,
    seeds: Sequence[str],
    tell: Callable[[], None],
) -> list[int]:
    """Bring the grids of a community back into the range with few households moved.

    Parameters
    ----------
    web : Web
        The community.
    present : sequence of int
        Present grid of each atom, numbered from 0.
    limits, weights
        What is wanted; ``weights.moved`` should outweigh the rest.
    seeds : sequence of str
        One for each search; the cheapest plan is kept.
    tell : callable
        Called before each search; may raise to end it.

    Returns
    -------
    list of int
        Grid of each atom; the present one wherever that is possible.
    """
    best: tuple[float, list[int]] | None = None
    for seed in seeds:
        tell()
        plan = Plan(web, _in_one_piece(web, present), limits, weights, present)
        rng, given_up = Random(seed), set[int]()
        while (bad := _worst(plan, limits, given_up)) is not None:
            better = _mended(plan, bad, limits, rng)
            if better is None:
                given_up.add(plan.members[bad])
            else:
                plan = better
        if best is None or plan.cost() < best[0]:
            best = plan.cost(), plan.label
    return list(best[1]) if best else list(present)


def _in_one_piece(web: Web, present: Sequence[int]) -> list[int]:
    """Give a number of its own to every piece of a grid but the one with most households."""
    label = list(present)
    for part in range(max(present) + 1):
        members = sum(1 << a for a in atoms_of(web.free) if present[a] == part)
        pieces = sorted(web.pieces(members), key=lambda p: _households(web, p), reverse=True)
        for piece in pieces[1:]:
            number = max(label) + 1
            for atom in atoms_of(piece):
                label[atom] = number
    return label


def _worst(plan: Plan, limits: Range, given_up: set[int]) -> int | None:
    """The free grid furthest out of the range of those not given up."""
    out = [
        (max(limits.low - size, size - limits.high), -part)
        for part, (members, size) in enumerate(zip(plan.members, plan.size, strict=True))
        if members & plan.web.free and members not in given_up
    ]
    by, part = max(out, default=(0, 0))
    return -part if by > 0 else None


def _mended(plan: Plan, bad: int, limits: Range, rng: Random) -> Plan | None:
    """The plan with one grid brought back, in a neighbourhood no wider than it takes."""
    before, own = _lack(plan, limits), plan.size[bad]
    aim = before - max(limits.low - own, own - limits.high)
    around, found = plan.members[bad], []
    for _ in range(MOST_RINGS):
        around = _widened(plan, around)
        for label in _beginnings(plan, bad, limits, rng):
            other = plan.again(label)
            anneal(other, atoms_of(around), rng, SWEEPS * around.bit_count(), HOT, COLD)
            settle(other, atoms_of(around))
            found.append(other)
        best = min(found, key=lambda one: one.cost())
        if _lack(best, limits) <= aim:
            break
    return best if _lack(best, limits) < before else None


def _beginnings(plan: Plan, bad: int, limits: Range, rng: Random) -> Iterator[list[int]]:
    """As it is, divided if that is possible, and given whole to each neighbour if it is small."""
    yield list(plan.label)
    members = plan.members[bad]
    if plan.size[bad] > limits.high:
        halves = sorted(divided(plan.web, members, limits, rng), key=int.bit_count, reverse=True)
        if len(halves) > 1:
            yield _relabelled(plan, enumerate(halves[1:], start=len(plan.members)))
    elif plan.size[bad] < limits.low:
        for part in _neighbours(plan, members):
            yield _relabelled(plan, [(part, members)])


def _relabelled(plan: Plan, changes: Iterable[tuple[int, int]]) -> list[int]:
    label = list(plan.label)
    for part, members in changes:
        for atom in atoms_of(members):
            label[atom] = part
    return label


def _neighbours(plan: Plan, members: int) -> list[int]:
    beside = 0
    for atom in atoms_of(members):
        beside |= plan.web.ways[atom]
    return sorted({plan.label[atom] for atom in atoms_of(beside & ~members)})


def _widened(plan: Plan, around: int) -> int:
    for part in _neighbours(plan, around):
        around |= plan.members[part] & plan.web.free
    return around


def _lack(plan: Plan, limits: Range) -> int:
    """Households by which all free grids together are out of the range."""
    return sum(
        max(limits.low - size, size - limits.high, 0)
        for members, size in zip(plan.members, plan.size, strict=True)
        if members & plan.web.free
    )


def _households(web: Web, members: int) -> int:
    return sum(web.households[atom] for atom in atoms_of(members))
