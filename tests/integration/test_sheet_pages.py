"""The A3 plan of the published grids and of a draft."""

from __future__ import annotations

import peopled_town
import pytest
from peopled_town import NOW, TODAY, TOWN, Viewer, app_in
from toy_town import code

from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.plans import drafts
from gridsvc.plans.rules import PlanState

ON = f"on={TODAY}"


@pytest.fixture
def town(session, settings):
    peopled_town.build(session)
    return session, app_in(session, settings)


def test_a_sheet_holds_numbers_households_teams_scale_and_day(town):
    session, app = town
    page = Viewer(app, session, Role.PLANNER, TOWN).get(f"/maps/sheet?in={TOWN}&{ON}")
    assert page.status_code == 200
    assert page.text.count('font-weight="700"') == 9
    for said in ("1 : 1500", "CGCS2000", str(TODAY), code(1, 1), "1500"):
        assert said in page.text
    # 99, 301 and none are outside the range of 100 to 300.
    assert page.text.count('fill="url(#out)" fill-opacity') == 3


def test_a_visitor_prints_the_public_part_alone(town):
    session, app = town
    page = Viewer(app, session, None).get(f"/maps/sheet?{ON}")
    assert page.status_code == 200 and code(2, 1) in page.text
    assert code(1, 1) not in page.text


def test_a_day_without_grids_is_told_in_one_sentence(town):
    session, app = town
    page = Viewer(app, session, Role.PLANNER, TOWN).get("/maps/sheet?on=2020-01-01")
    assert page.status_code == 400 and "2020-01-01" in page.text


def test_a_draft_says_that_it_is_one(town):
    session, app = town
    user = services.add_user(
        session,
        username="drawer",
        role=Role.PLANNER,
        password="a long enough one",
        prefixes=(TOWN,),
    )
    plan = drafts.begin(session, user, name="<b>三月</b>", scope=TOWN, now=NOW, today=TODAY)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    session.flush()
    page = Viewer(app, session, Role.PLANNER, TOWN).get(f"/plans/{plan.id}/sheet")
    assert page.status_code == 200 and "&lt;b&gt;三月" in page.text
    assert code(1, 1) in page.text and "#e4e4e4" in page.text
    assert (
        Viewer(app, session, Role.PLANNER, "520999").get(f"/plans/{plan.id}/sheet").status_code
        == 404
    )
