"""What a complete team and a proper branch are; plain values in, a decision out."""

from __future__ import annotations

import enum

#: A team has 7 to 8 members, a branch 10 to 20; under 3 it must be a group or joint (domain).
TEAM_SIZE = (7, 8)
BRANCH_SIZE = (10, 20)
BRANCH_GROUP_BELOW = 3


class TeamKind(enum.StrEnum):
    """A grid team answers for grids, a specialist team for categories across grids."""

    GRID = "grid"
    SPECIALIST = "specialist"


class Post(enum.StrEnum):
    """A post in a team. The service keeps posts and whether they are held, not persons."""

    LEADER = "leader"
    DEPUTY = "deputy"
    MEMBER = "member"


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
