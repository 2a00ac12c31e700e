"""What a contact zone is, and what is wrong with one; plain values in, a decision out."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Households of a zone (domain: 联邻帮户, 5 to 10 households).
ZONE_HOUSEHOLDS = (5, 10)


@dataclass(frozen=True)
class House:
    """A building: where it stands in degrees (EPSG:4326), its households and its doors.

    Who lives behind which door is not known, and not asked: the households are spread over the
    doors in order, as evenly as whole numbers allow.
    """

    id: int
    lon: float
    lat: float
    households: int
    doors: int

    def households_up_to(self, door: int) -> int:
        """Count the households behind the first so many doors.

        Examples
        --------
        >>> House(1, 106.9, 27.7, households=5, doors=8).households_up_to(4)
        2
        """
        return self.households * door // self.doors


@dataclass(frozen=True, order=True)
class Doors:
    """The doors of a building from the first to the last, both included, and who lives there."""

    building: int
    first: int
    last: int
    households: int


Zone = tuple[Doors, ...]


def households_of(zone: Zone) -> int:
    """Count the households of a zone."""
    return sum(part.households for part in zone)


def still_right(zone: Zone, houses: Mapping[int, House]) -> bool:
    """Tell whether a zone holds among these houses what it was made of, and keeps the rule."""
    low, high = ZONE_HOUSEHOLDS
    return low <= households_of(zone) <= high and all(
        part.building in houses
        and part.last <= houses[part.building].doors
        and part.households
        == houses[part.building].households_up_to(part.last)
        - houses[part.building].households_up_to(part.first - 1)
        for part in zone
    )


class ZoneFault(enum.StrEnum):
    """Why a zone is not of five to ten households."""

    SMALL_GRID = "small_grid"
    ONE_DOOR = "one_door"
    REST = "rest"


def zone_fault(households: int, doors: int, in_grid: int) -> ZoneFault | None:
    """Say why a zone has too few or too many households, or ``None``.

    A grid with fewer than five households is one zone. More than ten behind one door, as in a
    dormitory, cannot be parted. Anything else is a rest that whole doors leave.

    Parameters
    ----------
    households, doors : int
        Of the zone.
    in_grid : int
        Households of its grid.
    """
    low, high = ZONE_HOUSEHOLDS
    if low <= households <= high:
        return None
    if households > high and doors == 1:
        return ZoneFault.ONE_DOOR
    return ZoneFault.SMALL_GRID if in_grid < low else ZoneFault.REST


class ContactState(enum.StrEnum):
    """Whether the households of a zone have a post to turn to on a day."""

    NOBODY = "nobody"
    ELSEWHERE = "elsewhere"
    VACANT = "vacant"
    HELD = "held"


def shared_out(
    zones: Sequence[int], posts: Sequence[int], loads: Mapping[int, int]
) -> dict[int, int]:
    """Give zones to posts: neighbours to the same one, no post more than its share.

    Parameters
    ----------
    zones : sequence of int
        Those without a contact, in the order of their walk.
    posts : sequence of int
        Posts that can be contacts, in order.
    loads : mapping
        How many zones each post has already.

    Returns
    -------
    dict
        Post by zone; empty without posts.

    Examples
    --------
    >>> shared_out([11, 12, 13, 14, 15], [1, 2], {1: 1})
    {11: 1, 12: 1, 13: 2, 14: 2, 15: 2}
    """
    given: dict[int, int] = {}
    if not posts:
        return given
    total = len(zones) + sum(loads.get(post, 0) for post in posts)
    most, further = divmod(total, len(posts))
    waiting = iter(zones)
    for place, post in enumerate(posts):
        room = most + (place < further) - loads.get(post, 0)
        given.update((zone, post) for _, zone in zip(range(room), waiting, strict=False))
    # A post that had more than its share leaves some over.
    last = min(posts, key=lambda post: (sum(one == post for one in given.values()), post))
    return {**given, **dict.fromkeys(waiting, last)}


class ZoneReading(enum.StrEnum):
    """How the zones of a grid stand on a day, worst first."""

    NONE = "none"
    REDRAWN = "redrawn"
    DIFFERENT = "different"
    COMPLETE = "complete"


def zone_reading(
    zones: int, in_zones: int, households: int | None, *, same_ground: bool
) -> ZoneReading:
    """Judge the zones of a grid: after a redrawing they are to be made anew.

    Parameters
    ----------
    zones, in_zones : int
        How many there are, and the households in them.
    households : int or None
        Of the grid; None: never counted.
    same_ground : bool
        Whether the grid has the boundary that its zones were made under.
    """
    if not zones:
        return ZoneReading.NONE
    if not same_ground:
        return ZoneReading.REDRAWN
    if households is not None and in_zones != households:
        return ZoneReading.DIFFERENT
    return ZoneReading.COMPLETE
