"""Specialist and volunteer teams: counts and skills, kept by the office that answers for them."""

from __future__ import annotations

from dataclasses import replace

import peopled_town
import pytest
from peopled_town import NOW, SINCE, TODAY, TOWN

from gridsvc.accounts.rules import Role, Scope
from gridsvc.errors import BadInput, NotFound
from gridsvc.staffing.models import PostHolding, Team, TeamPost
from gridsvc.staffing.rules import Post, Source, TeamKind
from gridsvc.staffing.special_teams import TeamWish, keep_team, special_teams

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
HERE = Scope((TOWN,))
WISH = TeamWish("V1", "志愿队", TeamKind.VOLUNTEER, TOWN, 40, ["first aid"], "0851-28120000")


@pytest.fixture
def town(session):
    peopled_town.build(session)
    return session


def test_a_team_is_made_then_changed_and_keeps_its_name(town):
    keep_team(town, WISH, TODAY, HERE)
    keep_team(town, replace(WISH, name="other", members=41, skills=["repairs"]), TODAY, HERE)
    (one,) = special_teams(town, HERE, TODAY)
    assert (one.members, one.team.skills, one.team.name) == (41, ["repairs"], "志愿队")


def test_members_who_are_not_counted_are_the_holders_of_posts(town):
    team = Team(code="S", name="专", kind=TeamKind.SPECIALIST, division_code=TOWN, valid_from=SINCE)
    town.add(team)
    town.flush()
    for held in (True, True, False):
        post = TeamPost(
            team_id=team.id, post=Post.MEMBER, source=Source.VOLUNTEER, valid_from=SINCE
        )
        town.add(post)
        town.flush()
        if held:
            town.add(PostHolding(post_id=post.id, valid_from=SINCE))
    town.flush()
    assert [one.members for one in special_teams(town, HERE, TODAY)] == [2]


@pytest.mark.parametrize(("change", "field"), [
    ({"code": "a b"}, "code"), ({"name": " "}, "name"), ({"kind": TeamKind.GRID}, "kind"),
    ({"members": -1}, "members"), ({"skills": ["x"] * 13}, "skills"),
    ({"skills": ["x" * 31]}, "skills"), ({"duty_phone": "1.39E+10"}, "phone"),
])  # fmt: skip
def test_what_cannot_be_is_named_by_its_field(town, change, field):
    with pytest.raises(BadInput) as refusal:
        keep_team(town, replace(WISH, **change), TODAY, HERE)
    assert refusal.value.ids == [field]


@pytest.mark.parametrize("change", [{"code": "T1"}, {"division_code": "520302"}])
def test_a_grids_team_and_another_area_are_left_alone(town, change):
    with pytest.raises(NotFound):
        keep_team(town, replace(WISH, **change), TODAY, HERE)


def test_the_page_keeps_a_team_and_finds_it_by_its_skill(town, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    app = peopled_town.app_in(town, settings)
    street = peopled_town.Viewer(app, town, Role.STREET_STAFF, TOWN)

    def send(**sent: str):
        return street._client.post("/staff/teams", data=sent, headers={**street._headers, **PAGE})

    form = {"code": "V1", "name": "<b>队", "kind": "volunteer", "area": TOWN, "members": "40",
            "skills": "repairs, <i>aid</i>", "phone": ""}  # fmt: skip
    assert send(**form).status_code == 303
    page = street.get("/staff/teams?skill=repairs", **PAGE).get_data(as_text=True)
    assert "&lt;b&gt;队" in page and "&lt;i&gt;aid" in page and 'class="n">40<' in page
    page = street.get("/staff/teams?skill=nothing", **PAGE).get_data(as_text=True)
    assert "No team of this kind" in page
    answer = send(**{**form, "members": "many"})
    assert answer.status_code == 400
    assert "Check what you wrote: Number of members." in answer.get_data(as_text=True)
