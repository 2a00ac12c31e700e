"""What a proper team and branch are, at the edges of every rule."""

from __future__ import annotations

from datetime import date

import pytest

from gridsvc.staffing.rules import (
    BranchFault,
    BranchKind,
    Post,
    Seats,
    Source,
    TeamFault,
    branch_faults,
    is_village,
    team_faults,
)

TOWN_GRID, VILLAGE_GRID = "520398001003014", "520398001200001"
FULL = {
    (Post.LEADER, Source.COMMUNITY_CADRE): 1,
    (Post.DEPUTY, Source.COMMUNITY_CADRE): 1,
    (Post.MEMBER, Source.COMMUNITY_POLICE): 1,
    (Post.MEMBER, Source.VOLUNTEER): 4,
}


def faults(change: dict, grid: str = TOWN_GRID) -> list[TeamFault]:
    return team_faults(Seats.of({key: n for key, n in {**FULL, **change}.items() if n}), [grid])


def test_a_team_of_seven_from_the_stated_sources_is_proper() -> None:
    assert faults({}) == []


@pytest.mark.parametrize(("volunteers", "told"), [(3, [TeamFault.TOO_FEW]), (5, []),
                                                  (6, [TeamFault.TOO_MANY])])  # fmt: skip
def test_six_are_too_few_and_nine_too_many(volunteers: int, told: list[TeamFault]) -> None:
    assert faults({(Post.MEMBER, Source.VOLUNTEER): volunteers}) == told


def test_the_group_head_has_a_seat_in_villages_alone() -> None:
    assert faults({}, VILLAGE_GRID) == [TeamFault.NO_GROUP_HEAD]
    seats = {(Post.MEMBER, Source.VILLAGER_GROUP_HEAD): 1, (Post.MEMBER, Source.VOLUNTEER): 3}
    assert faults(seats, VILLAGE_GRID) == []


def test_a_team_needs_posts_of_leader_and_deputy_a_cadre_and_the_police() -> None:
    seats = Seats.of({(Post.MEMBER, Source.VOLUNTEER): 7})
    assert team_faults(seats, [TOWN_GRID]) == [
        TeamFault.NO_LEADER_POST, TeamFault.NO_DEPUTY_POST, TeamFault.NO_CADRE,
        TeamFault.NO_POLICE,
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "village"), [
    ("520398001199", False), ("520398001200", True), ("520398001399", True),
    ("520398001400", False), ("520398", False),
])  # fmt: skip
def test_villages_are_numbered_200_to_399(code: str, village: bool) -> None:
    assert is_village(code) is village


@pytest.mark.parametrize(("kind", "members", "grids", "told"), [
    (BranchKind.BRANCH, 10, 1, []),
    (BranchKind.BRANCH, 21, 1, [BranchFault.TOO_MANY]),
    (BranchKind.BRANCH, 2, 1, [BranchFault.MUST_BE_GROUP]),
    (BranchKind.JOINT, 2, 3, []),
    (BranchKind.GROUP, 5, 2, [BranchFault.MUST_BE_JOINT]),
    (BranchKind.FUNCTIONAL, 4, 1, []),
])  # fmt: skip
def test_a_branch_is_judged_by_its_kind(kind, members, grids, told) -> None:
    assert branch_faults(kind, members, grids, None) == told


def test_a_temporary_branch_has_a_last_day() -> None:
    assert branch_faults(BranchKind.TEMPORARY, 5, 0, None) == [BranchFault.NO_END]
    assert branch_faults(BranchKind.TEMPORARY, 5, 0, date(2027, 1, 1)) == []
