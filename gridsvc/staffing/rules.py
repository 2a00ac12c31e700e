"""What a complete team and a proper branch are; plain values in, a decision out."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

#: Under so many members a branch must be a group or joint (domain); the database holds it too.
BRANCH_GROUP_BELOW = 3

#: So many days before an assignment ends somebody is told, the last time in red.
ALERT_DAYS = (7, 30, 60)
#: How long an assignment runs where nobody says otherwise (domain).
TERM_YEARS = 3


def alert_step(days_left: int) -> int:
    """Return the smallest of `ALERT_DAYS` that an end lies within.

    Examples
    --------
    >>> alert_step(60), alert_step(31), alert_step(7)
    (60, 60, 7)
    """
    return min(days for days in ALERT_DAYS if days >= days_left)


def term_end(begin: date) -> date:
    """Return the first day after an assignment's usual term.

    Examples
    --------
    >>> term_end(date(2024, 2, 29)).isoformat()
    '2027-03-01'
    """
    try:
        return begin.replace(year=begin.year + TERM_YEARS)
    except ValueError:
        return date(begin.year + TERM_YEARS, 3, 1)


class TeamKind(enum.StrEnum):
    """A grid team answers for grids; the others work across grids, by category or by skill."""

    GRID = "grid"
    SPECIALIST = "specialist"
    VOLUNTEER = "volunteer"


class Post(enum.StrEnum):
    """A post in a team. The service keeps posts and whether they are held, not persons."""

    LEADER = "leader"
    DEPUTY = "deputy"
    MEMBER = "member"


class Decision(enum.StrEnum):
    """What came of an offered post."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Source(enum.StrEnum):
    """Where the holder of a post is drawn from."""

    SUBDISTRICT_CADRE = "subdistrict_cadre"
    COMMUNITY_CADRE = "community_cadre"
    COMMUNITY_POLICE = "community_police"
    VILLAGER_GROUP_HEAD = "villager_group_head"
    VOLUNTEER = "volunteer"
    RESIDENT_UNIT = "resident_unit"


class BranchKind(enum.StrEnum):
    """The kinds of 党支部; a joint one may hold several grids."""

    BRANCH = "branch"
    GROUP = "group"
    JOINT = "joint"
    FUNCTIONAL = "functional"
    TEMPORARY = "temporary"


class StaffingReading(enum.StrEnum):
    """How a grid is staffed, worst first; the first that holds is the reading."""

    NOBODY = "nobody"
    NO_BRANCH = "no_branch"
    NO_LEADER = "no_leader"
    VACANCIES = "vacancies"
    COMPLETE = "complete"


def staffing_reading(
    *, has_team: bool, has_branch: bool, has_leader: bool, vacancies: int
) -> StaffingReading:
    """Judge one grid's staffing; nobody in charge outweighs every other want."""
    if not has_team:
        return StaffingReading.NOBODY
    if not has_branch:
        return StaffingReading.NO_BRANCH
    if not has_leader:
        return StaffingReading.NO_LEADER
    return StaffingReading.VACANCIES if vacancies else StaffingReading.COMPLETE


class TeamFault(enum.StrEnum):
    """What a grid team's posts lack or have too many of."""

    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NO_LEADER_POST = "no_leader_post"
    NO_DEPUTY_POST = "no_deputy_post"
    NO_SEAT = "no_seat"


class BranchFault(enum.StrEnum):
    """What is wrong with a branch."""

    TOO_FEW = "branch_too_few"
    TOO_MANY = "branch_too_many"
    MUST_BE_GROUP = "must_be_group"
    MUST_BE_JOINT = "must_be_joint"
    NO_END = "temporary_without_end"


@dataclass(frozen=True)
class Fault:
    """What breaks a rule, with the number that was passed or the sources of the missing seat."""

    reason: TeamFault | BranchFault
    limit: int | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Seat:
    """A seat that a team must have: a post of one of these sources, maybe in villages alone."""

    sources: tuple[Source, ...]
    villages: bool = False


@dataclass(frozen=True)
class Composition:
    """How many posts a team has and members a branch, and which seats a team must have.

    What the domain says where no division set anything else: a team has 7 to 8 members, a branch
    10 to 20. A cadre and the community's police have a seat in every team; the head of a
    villagers' group in those of villages alone, where there are such groups.
    """

    team: tuple[int, int] = (7, 8)
    branch: tuple[int, int] = (10, 20)
    seats: tuple[Seat, ...] = (
        Seat((Source.SUBDISTRICT_CADRE, Source.COMMUNITY_CADRE)),
        Seat((Source.COMMUNITY_POLICE,)),
        Seat((Source.VILLAGER_GROUP_HEAD,), villages=True),
    )


USUAL = Composition()


def composition_fault(rule: Composition) -> str | None:
    """Say what is wrong with a rule as somebody wrote it, or ``None``.

    ``team_size`` and ``branch_size``: the smaller number comes first, a team has at least a
    leader and a deputy, a branch three members; ``seats``: a seat without a source, or more seats
    that every team must have than a team has posts.
    """
    if not 2 <= rule.team[0] <= rule.team[1] <= 50:
        return "team_size"
    if not BRANCH_GROUP_BELOW <= rule.branch[0] <= rule.branch[1] <= 200:
        return "branch_size"
    bare = any(not seat.sources for seat in rule.seats)
    return "seats" if bare or len(rule.seats) > rule.team[0] else None


@dataclass(frozen=True)
class Seats:
    """How many posts a team has, by post and by source, held or not."""

    total: int
    posts: frozenset[Post]
    sources: frozenset[Source]

    @classmethod
    def of(cls, counts: Mapping[tuple[Post, Source], int]) -> Seats:
        """Add up counts by post and source."""
        return cls(
            sum(counts.values()),
            frozenset(post for post, _ in counts),
            frozenset(source for _, source in counts),
        )


def is_village(code: str) -> bool:
    """Tell from a code of 12 digits or more whether its community is a village.

    The last three of the twelve are 001 to 199 for residents' committees and 200 to 399 for
    villagers' committees (国家统计局, 统计用区划代码和城乡划分代码编制规则).

    Examples
    --------
    >>> is_village("520398001201014"), is_village("520398001003014")
    (True, False)
    """
    return len(code) >= 12 and "200" <= code[9:12] <= "399"


def team_faults(seats: Seats, grid_codes: Iterable[str], rule: Composition = USUAL) -> list[Fault]:
    """Judge the posts of a grid team.

    Parameters
    ----------
    seats : Seats
        Of one day.
    grid_codes : iterable of str
        The grids that it looks after, or its division's code.
    rule : Composition
        Of its place and day.
    """
    village = any(is_village(code) for code in grid_codes)
    low, high = rule.team
    broken = {
        Fault(TeamFault.TOO_FEW, low): seats.total < low,
        Fault(TeamFault.TOO_MANY, high): seats.total > high,
        Fault(TeamFault.NO_LEADER_POST): Post.LEADER not in seats.posts,
        Fault(TeamFault.NO_DEPUTY_POST): Post.DEPUTY not in seats.posts,
    }
    empty = [
        Fault(TeamFault.NO_SEAT, sources=seat.sources)
        for seat in rule.seats
        if (village or not seat.villages) and not seats.sources & set(seat.sources)
    ]
    return [*(fault for fault, holds in broken.items() if holds), *empty]


def branch_faults(
    kind: BranchKind, members: int, grids: int, ends_on: date | None, rule: Composition = USUAL
) -> list[Fault]:
    """Judge a branch by its kind, its members, the grids that it holds and its last day.

    The size of a full branch binds no group (it is small by its nature), no temporary and no
    functional branch.

    Examples
    --------
    >>> branch_faults(BranchKind.GROUP, 2, 1, None)
    []
    >>> [one.reason.value for one in branch_faults(BranchKind.BRANCH, 9, 2, None)]
    ['branch_too_few', 'must_be_joint']
    """
    low, high = rule.branch
    full = kind in (BranchKind.BRANCH, BranchKind.JOINT)
    small = members < BRANCH_GROUP_BELOW
    broken = {
        Fault(BranchFault.MUST_BE_GROUP, BRANCH_GROUP_BELOW): small
        and kind not in (BranchKind.GROUP, BranchKind.JOINT),
        Fault(BranchFault.TOO_FEW, low): full and not small and members < low,
        Fault(BranchFault.TOO_MANY, high): full and members > high,
        Fault(BranchFault.MUST_BE_JOINT): grids > 1 and kind is not BranchKind.JOINT,
        Fault(BranchFault.NO_END): kind is BranchKind.TEMPORARY and ends_on is None,
    }
    return [fault for fault, holds in broken.items() if holds]
