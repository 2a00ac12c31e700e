"""Addresses: a compound, lane or place for every block, a number for every building on it."""

from __future__ import annotations

from collections import Counter

from gridsvc.demo.town.layout import Drawing
from gridsvc.demo.town.names import LANES, NAMES, ordinal
from gridsvc.demo.town.zones import OLD, SLABS, TOWERS, VILLAGE

QUARTERS = ("", "东区", "西区", "南区", "北区")
UNIT = {SLABS: "栋", TOWERS: "栋", OLD: "号", VILLAGE: "号"}


def addresses(drawing: Drawing) -> list[str]:
    """The address of every house, such as 幸福小区3栋 or 水井巷12号; each one only once."""
    of_block = _block_names(drawing)
    number: Counter[int] = Counter()
    found = []
    for house, block in zip(drawing.houses, drawing.house_block, strict=True):
        number[block] += 1
        found.append(f"{of_block[block]}{number[block]}{UNIT.get(house.use, '号楼')}")
    return found


def _block_names(drawing: Drawing) -> list[str]:
    taken: Counter[str] = Counter()
    found = []
    for use in drawing.block_use:
        found.append(_block_name(use, taken[use]))
        taken[use] += 1
    return found


def _block_name(use: str, number: int) -> str:
    """The name of the ``number``-th block of a use: 水井二巷, 上坝三组, 幸福小区东区, 石桥小学."""
    if use not in NAMES:
        return ""
    turn, place = divmod(number, len(NAMES[use]))
    lead = NAMES[use][place]
    if use in LANES:
        return lead + ordinal(turn + 1) + LANES[use]
    return lead + QUARTERS[turn]
