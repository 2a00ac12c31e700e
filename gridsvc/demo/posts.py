"""Teams of posts and branches for every grid, and where they are wanting. No persons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np

from gridsvc.demo.story import Story
from gridsvc.demo.town.names import SUBDISTRICT
from gridsvc.staffing.rules import BranchKind, Post, Source, TeamKind

DUTY_PHONE = "0851-2812{:04d}"  # fictional, as the town is
HANDED_OVER = 8  # grids whose team is not the first they had
SHORT_TEAMS = 9  # teams with a leader and a post to fill
SMALL_BRANCHES = 4  # grids with few members have a group

SPECIALISTS = (
    ("safety", "安全生产专业服务队", "Safety specialists"),
    ("environment", "城市环境专业服务队", "Environment specialists"),
    ("disputes", "矛盾纠纷调解专业服务队", "Mediation specialists"),
    ("care", "民生服务专业服务队", "Care specialists"),
)


@dataclass(frozen=True)
class PostRow:
    """A post, where its holder comes from, and since when it is held (None: vacant)."""

    post: Post
    source: Source
    held_from: date | None


@dataclass(frozen=True)
class TeamRow:
    """A team with its posts; ``grid_code`` is None for specialists."""

    code: str
    name: str
    name_en: str
    kind: TeamKind
    division_code: str
    grid_code: str | None
    duty_phone: str
    valid_from: date
    valid_to: date | None
    posts: tuple[PostRow, ...]


@dataclass(frozen=True)
class BranchRow:
    """A branch and the grids it holds."""

    code: str
    name: str
    name_en: str
    kind: BranchKind
    division_code: str
    grid_codes: tuple[str, ...]
    member_count: int
    valid_from: date


@dataclass(frozen=True)
class Staffing:
    """Everybody who answers for the town."""

    teams: list[TeamRow]
    branches: list[BranchRow]


def staffing(
    grids: gpd.GeoDataFrame, story: Story, since: date, today: date, rng: np.random.Generator
) -> Staffing:
    """Staff the town.

    Parameters
    ----------
    grids : GeoDataFrame
        All grids: ``code, community_code, kind, name, name_en``.
    story : Story
        Where nobody is in charge, and the other vacancies.
    since : date
        First day of the territory; most teams began then.
    today : date
        Hand-overs lie in the months before it.
    rng : numpy.random.Generator
        The only source of chance.
    """
    return Staffing(_teams(grids, story, since, today, rng), _branches(grids, story, since, rng))


def _teams(
    grids: gpd.GeoDataFrame, story: Story, since: date, today: date, rng: np.random.Generator
) -> list[TeamRow]:
    staffed = grids[~grids["code"].isin(story.nobody)]
    free = sorted(set(staffed["code"]) - story.leaderless)
    drawn = rng.choice(len(free), HANDED_OVER + SHORT_TEAMS, replace=False)
    handed_over = {free[i] for i in drawn[:HANDED_OVER]}
    short = {free[i] for i in drawn[HANDED_OVER:]}
    rows = []
    for number, grid in enumerate(staffed.itertuples()):
        vacant = {Post.LEADER} if grid.code in story.leaderless else set()
        vacant |= {Post.MEMBER} if grid.code in short else set()
        started = since
        phone = DUTY_PHONE.format(1001 + number)
        if grid.code in handed_over:
            started = today - timedelta(days=int(rng.integers(20, 200)))
            rows.append(_team(grid, 1, phone, since, started, set(), rng))
        rows.append(_team(grid, 1 + (started > since), phone, started, None, vacant, rng))
    for number, (code, name, name_en) in enumerate(SPECIALISTS):
        posts = _posts(since, set(), rng)
        rows.append(TeamRow(
            f"{SUBDISTRICT[0]}-{code}", f"{SUBDISTRICT[1]}{name}", f"Shiqiao {name_en.lower()}",
            TeamKind.SPECIALIST, SUBDISTRICT[0], None, DUTY_PHONE.format(901 + number), since, None,
            posts,
        ))  # fmt: skip
    return rows


def _team(
    grid: Any, turn: int, phone: str, since: date, until: date | None, vacant: set[Post],
    rng: np.random.Generator,
) -> TeamRow:  # fmt: skip
    code, community = str(grid.code), str(grid.community_code)
    return TeamRow(
        f"{code}-T{turn}",
        f"{grid.name}服务团队",
        f"{grid.name_en} team",
        TeamKind.GRID,
        community,
        code,
        phone,
        since,
        until,
        _posts(since, vacant, rng),
    )


def _posts(since: date, vacant: set[Post], rng: np.random.Generator) -> tuple[PostRow, ...]:
    """Seven or eight posts; of the posts in ``vacant`` the last of each kind is not held."""
    lead = Source.SUBDISTRICT_CADRE if rng.random() < 0.4 else Source.COMMUNITY_CADRE
    rest = [Source.COMMUNITY_POLICE, Source.VILLAGER_GROUP_HEAD, Source.VOLUNTEER,
            Source.VOLUNTEER, Source.RESIDENT_UNIT, Source.VOLUNTEER]  # fmt: skip
    size = 7 + int(rng.random() < 0.45)
    plan = [(Post.LEADER, lead), (Post.DEPUTY, Source.COMMUNITY_CADRE)]
    plan += [(Post.MEMBER, source) for source in rest[: size - 2]]
    last = {post: number for number, (post, _) in enumerate(plan)}
    return tuple(
        PostRow(post, source, None if post in vacant and last[post] == number else since)
        for number, (post, source) in enumerate(plan)
    )


def _branches(
    grids: gpd.GeoDataFrame, story: Story, since: date, rng: np.random.Generator
) -> list[BranchRow]:
    bare = story.no_branch | story.nobody
    alone = grids[~grids["code"].isin([*bare, *story.joint])]
    small = set(rng.choice(sorted(set(alone["code"]) - story.small_group), SMALL_BRANCHES, False))
    rows = []
    for grid in alone.itertuples():
        kind, title, members = BranchKind.BRANCH, ("党支部", "branch"), int(rng.integers(10, 21))
        if grid.kind == "functional":
            kind, title = BranchKind.FUNCTIONAL, ("功能型党支部", "functional branch")
        elif grid.code in story.small_group:
            kind, title, members = BranchKind.GROUP, ("党小组", "group"), 2
        elif grid.code in small:
            kind, title, members = BranchKind.GROUP, ("党小组", "group"), int(rng.integers(4, 10))
        rows.append(BranchRow(
            f"{grid.code}-B1", grid.name + title[0], f"{grid.name_en} {title[1]}", kind,
            grid.community_code, (grid.code,), members, since,
        ))  # fmt: skip
    first = grids.set_index("code").loc[story.joint[0]]
    rows.append(BranchRow(
        f"{story.joint[0]}-B1", f"{first['name']}联合党支部", f"{first['name_en']} joint branch",
        BranchKind.JOINT, first["community_code"], story.joint, 17, since,
    ))  # fmt: skip
    return rows
