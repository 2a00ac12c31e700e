"""The page of the map's versions: a former one is looked at and put back, or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import redrawn_town
from peopled_town import SINCE, TODAY, TOWN, Viewer, app_in
from redrawn_town import GRID, NEW

from gridsvc.accounts.rules import Role
from gridsvc.grids.models import GridBoundary
from gridsvc.plans.publishing.models import RollbackRequest

#: The pages go by the clock of the machine; the town's days are fixed.
DAY = max(date.today(), TODAY) + timedelta(days=1)
PAGE = f"/plans/versions?in={TOWN}"


@pytest.fixture
def town(session, database):
    planner, street = redrawn_town.build(session)
    redrawn_town.published(session, redrawn_town.split(session, planner), planner, street, DAY)
    session.commit()
    app = app_in(session, database)
    return {role: Viewer(app, session, role, TOWN) for role in (Role.PLANNER, Role.STREET_STAFF)}


def shown(viewer: Viewer, path: str):
    return viewer.get(path, **{"Accept": "text/html", "Accept-Language": "en"})


def send(viewer: Viewer, path: str = "", **given: object):
    """Send a form in the name of a viewer who reads Chinese."""
    headers = {**viewer._headers, "Accept": "text/html", "Accept-Language": "zh-CN"}
    data = {"in": TOWN, **given}
    return viewer._client.post(f"/plans/versions{path}", data=data, headers=headers)


def text(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def test_versions_stand_with_their_day_and_who_published_them(town) -> None:
    told = text(shown(town[Role.STREET_STAFF], PAGE))
    assert f'data-version="{DAY}"' in told and f'data-version="{SINCE}"' in told
    assert "from a draft" in told and "from a file" in told
    assert "Put this version back" not in told


def test_a_planner_sees_what_would_change_and_the_office_puts_the_former_map_back(
    town, session
) -> None:
    planner, street = town[Role.PLANNER], town[Role.STREET_STAFF]
    before = text(shown(planner, f"{PAGE}&to={SINCE}"))
    assert "Put back the map of" in before and "changes" in before and "ends" in before
    sent = send(planner, to=SINCE, reason="drawn by mistake", **{"from": DAY})
    assert sent.status_code == 303, text(sent)
    assert session.query(GridBoundary).filter_by(grid_code=NEW, valid_to=None).count() == 1
    wish = session.query(RollbackRequest).one()
    assert "drawn by mistake" in text(shown(street, PAGE))
    assert "Agree" not in text(shown(planner, PAGE))
    assert send(street, f"/{wish.id}/refuse", reason=" ").status_code == 400
    assert send(planner, f"/{wish.id}/withdraw").status_code == 303
    assert "号申请已答复或已撤回" in text(send(street, f"/{wish.id}/approve"))
    send(planner, to=SINCE, reason="drawn by mistake", **{"from": DAY})
    sent = send(street, f"/{wish.id + 1}/approve")
    assert sent.status_code == 303, text(sent)
    held = session.query(GridBoundary).filter_by(grid_code=NEW).all()
    assert [one.valid_to == one.valid_from for one in held] == [True]
    assert session.query(GridBoundary).filter_by(grid_code=GRID, valid_to=None).count() == 1
    assert "drawn by mistake" in text(shown(planner, sent.location))


def test_a_planner_reads_why_a_former_map_was_not_put_back(town) -> None:
    planner, street = town[Role.PLANNER], town[Role.STREET_STAFF]
    number = send(planner, to=SINCE, reason="slip", **{"from": DAY}).location.rpartition("=")[2]
    assert send(street, f"/{number}/refuse", reason="the new one holds").status_code == 303
    assert f"{SINCE} hold again: the new one holds" in text(shown(planner, PAGE))
    send(planner, to=SINCE, reason="slip again", **{"from": DAY})
    assert "the new one holds" not in text(shown(planner, PAGE))


def test_a_grid_that_was_merged_away_is_shown_as_on_its_last_day(session, database) -> None:
    planner, street = redrawn_town.build(session)
    redrawn_town.published(session, redrawn_town.merged(session, planner), planner, street)
    session.commit()
    viewer = Viewer(app_in(session, database), session, Role.STREET_STAFF, TOWN)
    led = shown(viewer, f"/grids/{redrawn_town.FAR_EAST}")
    assert led.location == f"/grids/{redrawn_town.FAR_EAST}?on={TODAY - timedelta(days=1)}"
    assert shown(viewer, led.location).status_code == 200
    assert shown(viewer, f"/grids/{redrawn_town.FAR_EAST}?on={TODAY}").status_code == 404


def test_an_office_may_let_one_person_put_a_map_back(town, session, database) -> None:
    alone = app_in(session, replace(database, rollback_alone=True))
    planner = Viewer(alone, session, Role.PLANNER, TOWN[:6])
    sent = send(planner, to=SINCE, reason="drawn by mistake", **{"from": DAY})
    assert sent.status_code == 303 and "done=" in sent.location, text(sent)
    assert session.query(RollbackRequest).count() == 0
    assert session.query(GridBoundary).filter_by(grid_code=NEW, valid_to=None).count() == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": SINCE, "from": DAY, "reason": " "}, "请写明自哪天起、为什么。"),
        ({"to": DAY, "from": DAY, "reason": "x"}, "请选更早的版本"),
        ({"to": SINCE, "from": TODAY - timedelta(days=900), "reason": "x"}, "地图不能自"),
        ({"to": "soon", "from": DAY, "reason": "x"}, "不是日期"),
    ],
)
def test_what_cannot_be_put_back_is_told_in_one_sentence(town, session, given, said) -> None:
    planner = town[Role.PLANNER]
    before = session.query(GridBoundary).count()
    sent = send(planner, **given)
    assert sent.status_code == 400 and said in text(sent)
    if given["to"] == SINCE:  # what was looked at and typed is there still
        assert 'id="put-back"' in text(sent) and f'value="{given["from"]}"' in text(sent)
        assert f"required>{given['reason']}</textarea>" in text(sent)
    assert session.query(GridBoundary).count() == before
