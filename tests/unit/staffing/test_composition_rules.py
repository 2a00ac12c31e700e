"""What a proper team and branch are, at the edges of every rule."""

from __future__ import annotations

from datetime import date

import pytest

from gridsvc.staffing.rules import (
    BranchFault,
    BranchKind,
    Composition,
    Fault,
    Post,
    Seat,
    Seats,
    Source,
    TeamFault,
    branch_faults,
    composition_fault,
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
    seats = Seats.of({key: n for key, n in {**FULL, **change}.items() if n})
    return [one.reason for one in team_faults(seats, [grid])]


def test_a_team_of_seven_from_the_stated_sources_is_proper() -> None:
    assert faults({}) == []


@pytest.mark.parametrize(("volunteers", "told"), [(3, [TeamFault.TOO_FEW]), (5, []),
                                                  (6, [TeamFault.TOO_MANY])])  # fmt: skip
def test_six_are_too_few_and_nine_too_many(volunteers: int, told: list[TeamFault]) -> None:
    assert faults({(Post.MEMBER, Source.VOLUNTEER): volunteers}) == told


def test_the_group_head_has_a_seat_in_villages_alone() -> None:
    assert faults({}, VILLAGE_GRID) == [TeamFault.NO_SEAT]
    seats = {(Post.MEMBER, Source.VILLAGER_GROUP_HEAD): 1, (Post.MEMBER, Source.VOLUNTEER): 3}
    assert faults(seats, VILLAGE_GRID) == []


def test_a_team_needs_posts_of_leader_and_deputy_a_cadre_and_the_police() -> None:
    seats = Seats.of({(Post.MEMBER, Source.VOLUNTEER): 7})
    assert team_faults(seats, [TOWN_GRID]) == [
        Fault(TeamFault.NO_LEADER_POST),
        Fault(TeamFault.NO_DEPUTY_POST),
        Fault(TeamFault.NO_SEAT, sources=(Source.SUBDISTRICT_CADRE, Source.COMMUNITY_CADRE)),
        Fault(TeamFault.NO_SEAT, sources=(Source.COMMUNITY_POLICE,)),
    ]


def test_a_place_may_ask_for_other_numbers_and_other_seats() -> None:
    rule = Composition((5, 6), (3, 9), (Seat((Source.RESIDENT_UNIT,)),))
    seats = Seats.of(FULL)
    assert team_faults(seats, [TOWN_GRID], rule) == [
        Fault(TeamFault.TOO_MANY, 6),
        Fault(TeamFault.NO_SEAT, sources=(Source.RESIDENT_UNIT,)),
    ]
    told = branch_faults(BranchKind.BRANCH, 10, 1, None, rule)
    assert told == [Fault(BranchFault.TOO_MANY, 9)]


@pytest.mark.parametrize(("rule", "told"), [
    (Composition(), None),
    (Composition(team=(8, 7)), "team_size"),
    (Composition(branch=(2, 20)), "branch_size"),
    (Composition(seats=(Seat(()),)), "seats"),
    (Composition(team=(2, 2)), "seats"),
])  # fmt: skip
def test_a_rule_that_nobody_could_keep_is_refused(rule, told) -> None:
    assert composition_fault(rule) == told


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
    assert [one.reason for one in branch_faults(kind, members, grids, None)] == told


def test_a_temporary_branch_has_a_last_day() -> None:
    assert branch_faults(BranchKind.TEMPORARY, 5, 0, None) == [Fault(BranchFault.NO_END)]
    assert branch_faults(BranchKind.TEMPORARY, 5, 0, date(2027, 1, 1)) == []
