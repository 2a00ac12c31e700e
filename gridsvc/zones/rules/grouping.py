"""Houses grouped to zones: along a walk through the grid, cut where zones are near and even."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, inf, radians

import numpy as np
from numpy.typing import NDArray

from gridsvc.zones.rules import ZONE_HOUSEHOLDS, Doors, House, Zone, households_of

#: Metres of a degree of latitude, near enough to tell which of two houses is nearer.
_DEGREE_M = 111_000.0
#: What the walk may cost in metres to avoid a wrong: a household too few or too many in a zone,
#: and parting a building that could be one zone. A zone of another size than the middle one
#: costs little: half a metre times the square of the difference.
_WRONG_M, _PARTED_M, _UNEVEN_M = 1e7, 1e4, 0.5
#: Of 300 houses the walk is untangled after a dozen passes; this is an end for odd ones.
_MOST_PASSES = 60


@dataclass(frozen=True)
class _Door:
    """A door on the walk: its house, how far the last house is, and whether it may begin a zone."""

    house: House
    number: int
    households: int
    step_m: float


def grouped(houses: Sequence[House], kept: Iterable[Zone] = ()) -> list[Zone]:
    """Group the households of a grid to zones of five to ten, every door in exactly one.

    Houses are taken along a short walk from the westernmost one, and the walk is cut into zones
    so that their houses lie near each other, a house of up to ten households stays whole where
    that is possible, and the sizes are even (dynamic programming over the doors). With five
    households or more and one household a door at most every zone keeps the rule.

    Parameters
    ----------
    houses : sequence of House
        Of one grid; those without doors are left out.
    kept : iterable of Zone
        Zones that stay. Beside what a stretch of fewer than five households leaves over, the
        nearer of the zones at its ends is dissolved.

    Returns
    -------
    list of Zone
        Along the walk, parts in order. The same houses give the same zones in any order.
    """
    doors = list(_doors([one for one in houses if one.doors > 0]))
    zones = [tuple(sorted(zone)) for zone in kept]
    owner = _owners(doors, zones)
    while (taken := _to_dissolve(doors, owner)) is not None:
        owner[owner == taken] = -1
    found: list[Zone] = []
    for first, last in _runs(owner):
        if owner[first] < 0:
            found += _cut(doors[first:last])
        elif zones[owner[first]] not in found:
            found.append(zones[owner[first]])
    return found


def walk(places: NDArray[np.float64]) -> list[int]:
    """Order places (x, y in one unit) as a short walk that begins at the westernmost.

    Always to the nearest one left, then untangled: two legs are exchanged as long as that makes
    the walk shorter (2-opt).
    """
    count = len(places)
    if count < 3:
        return [int(one) for one in np.lexsort((places[:, 1], places[:, 0]))] if count else []
    far = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    order = [int(np.lexsort((places[:, 1], places[:, 0]))[0])]
    left = np.ones(count, dtype=bool)
    while len(order) < count:
        left[order[-1]] = False
        order.append(int(np.where(left, far[order[-1]], inf).argmin()))
    way = np.array(order)
    for _ in range(_MOST_PASSES):
        if not _untangle(way, far):
            break
    return [int(one) for one in way]


def _untangle(way: NDArray[np.int64], far: NDArray[np.float64]) -> bool:
    """Turn round every stretch that makes the walk shorter; tell whether there was one."""
    better = False
    for i in range(len(way) - 2):
        here, there, ends = way[i], way[i + 1], way[i + 2 :]
        beyond = np.append(way[i + 3 :], -1)
        now = far[here, there] + np.where(beyond < 0, 0, far[ends, beyond])
        then = far[here, ends] + np.where(beyond < 0, 0, far[there, beyond])
        best = int((then - now).argmin())
        if then[best] - now[best] < -1e-9:
            way[i + 1 : i + 3 + best] = way[i + 1 : i + 3 + best][::-1]
            better = True
    return better


def _doors(houses: list[House]) -> Iterator[_Door]:
    houses = sorted(houses, key=lambda one: one.id)
    middle = cos(radians(houses[0].lat)) if houses else 1.0
    places = np.array([(one.lon * middle, one.lat) for one in houses]).reshape(-1, 2) * _DEGREE_M
    before: int | None = None
    for at in walk(places):
        house = houses[at]
        step = 0.0 if before is None else float(np.hypot(*(places[at] - places[before])))
        for door in range(1, house.doors + 1):
            households = house.households_up_to(door) - house.households_up_to(door - 1)
            yield _Door(house, door, households, step if door == 1 else 0.0)
        before = at


def _owners(doors: list[_Door], zones: list[Zone]) -> NDArray[np.int64]:
    """Tell of every door on the walk which zone it is in, -1 for none."""
    held = {
        (part.building, door): number
        for number, zone in enumerate(zones)
        for part in zone
        for door in range(part.first, part.last + 1)
    }
    return np.array([held.get((one.house.id, one.number), -1) for one in doors], dtype=np.int64)


def _runs(owner: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Give the stretches of the walk that have one owner: first, and the one after the last."""
    if not len(owner):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), len(owner)]
    return list(zip(cuts[:-1], cuts[1:], strict=True))


def _to_dissolve(doors: list[_Door], owner: NDArray[np.int64]) -> int | None:
    """Find a zone beside a free stretch that is too small to be one; ``None``: there is none."""
    for first, last in _runs(owner):
        small = sum(one.households for one in doors[first:last]) < ZONE_HOUSEHOLDS[0]
        if owner[first] >= 0 or not small:
            continue
        before = doors[first].step_m if first > 0 else inf
        after = doors[last].step_m if last < len(doors) else inf
        if min(before, after) < inf:
            return int(owner[first - 1] if before <= after else owner[last])
    return None


def _cut(doors: list[_Door]) -> list[Zone]:
    """Cut a stretch of the walk into zones at the least cost."""
    cost, begins = [0.0], [0]
    for end in range(1, len(doors) + 1):
        best, begin = inf, end - 1
        households, long_m = 0, 0.0
        for start in range(end - 1, -1, -1):
            households += doors[start].households
            if households > ZONE_HOUSEHOLDS[1] and start < end - 1:
                break
            total = cost[start] + long_m + _price(households) + _parting(doors, start)
            if total < best:
                best, begin = total, start
            long_m += doors[start].step_m
        cost.append(best)
        begins.append(begin)
    zones: list[Zone] = []
    end = len(doors)
    while end:
        zones.append(_zone(doors[begins[end] : end]))
        end = begins[end]
    return zones[::-1]


def _price(households: int) -> float:
    low, high = ZONE_HOUSEHOLDS
    wrong = max(low - households, households - high, 0)
    return wrong * _WRONG_M + _UNEVEN_M * (households - (low + high) / 2) ** 2


def _parting(doors: list[_Door], start: int) -> float:
    """Price a zone that begins inside a house which could be whole."""
    parted = start > 0 and doors[start - 1].house.id == doors[start].house.id
    return _PARTED_M if parted and doors[start].house.households <= ZONE_HOUSEHOLDS[1] else 0.0


def _zone(doors: list[_Door]) -> Zone:
    parts: dict[int, list[_Door]] = {}
    for one in doors:
        parts.setdefault(one.house.id, []).append(one)
    return tuple(
        sorted(
            Doors(house, own[0].number, own[-1].number, sum(one.households for one in own))
            for house, own in parts.items()
        )
    )


__all__ = ["grouped", "households_of", "walk"]
