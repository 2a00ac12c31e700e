"""A file drawn elsewhere goes over the draft by the page: looked at, then confirmed, or refused."""

from __future__ import annotations

import re
from io import BytesIO

import geopandas as gpd
import pytest
import toy_town
from peopled_town import NOW, TODAY, TOWN, Viewer, app_in, territory
from sqlalchemy import select
from toy_town import cell, code

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.plans import drafts
from gridsvc.plans.intake import kept
from gridsvc.plans.models import PlanEdit, PlanGrid, PlanMisfit
from gridsvc.plans.rules import Decision, PlanState


@pytest.fixture
def send(session, database):
    """Give what posts to the page of a draft in the name of its planner."""
    territory(session)
    viewer = Viewer(app_in(session, database), session, Role.PLANNER, TOWN)
    user = session.scalars(select(UserAccount).filter_by(role=Role.PLANNER)).one()
    plan = drafts.begin(session, user, name="外来", scope=TOWN, now=NOW, today=TODAY)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    session.commit()
    headers = {**viewer._headers, "Accept": "text/html", "Accept-Language": "zh-CN"}

    def sent(**form: object):
        if again := form.pop("look", None):
            return viewer._client.get(f"/plans/{plan.id}/file?again={again}", headers=headers)
        return viewer._client.post(f"/plans/{plan.id}/file", data=form, headers=headers)

    return sent


def drawn(wide: float, name: str = "r3.geojson") -> tuple[BytesIO, str]:
    """Give the town with the border of its first two grids moved, as QGIS saves it."""
    town = toy_town.grids()[["code", "geometry"]]
    town.loc[[0, 1], "geometry"] = [cell(0, 2, wide=wide), cell(wide, 2, wide=2 - wide)]
    return BytesIO(town.to_json().encode()), name


def test_what_was_looked_at_is_what_becomes_a_step_of_the_draft(send, session) -> None:
    looked = send(file=drawn(0.3), code_field="code", datum="wgs84")
    page = looked.get_data(as_text=True)
    assert looked.status_code == 200 and "120 户换网格" in page
    assert session.scalars(select(PlanEdit)).all() == []
    form = re.search(r'name="kept" value="([^"]*)"', page).group(1).replace("&#34;", '"')
    laid = send(kept=form, seen="0", sure="1")
    assert laid.status_code == 303
    assert session.scalars(select(PlanEdit)).one().params["file"] == "r3.geojson"
    households = select(PlanGrid.households).where(PlanGrid.grid_code == code(1, 2))
    assert session.scalar(households) == 420


def test_a_file_that_a_newer_map_displaced_is_kept_and_laid_with_one_look(send, session) -> None:
    looked = send(file=drawn(0.3), code_field="code", datum="wgs84").get_data(as_text=True)
    kept_form = re.search(r'name="kept" value="([^"]*)"', looked).group(1).replace("&#34;", '"')
    send(kept=kept_form, seen="0", sure="1")
    line = session.scalars(select(PlanEdit)).one()
    misfit = PlanMisfit(plan_id=line.plan_id, rebase_seq=1, seq=line.seq, why="newer")
    # The draft stands as its base did: laid again, the file moves the border a second time.
    misfit.drawn = kept(atoms_of(drawn(0.6)), [code(1, 1)])
    session.add(misfit)
    session.commit()
    page = send(look=line.seq).get_data(as_text=True)
    again = re.search(r'name="kept" value="([^"]*)"', page).group(1).replace("&#34;", '"')
    assert f'name="again" value="{line.seq}"' in page and "r3.geojson" in again
    assert send(kept=again, seen="1", sure="1", again=str(line.seq)).status_code == 303
    session.refresh(misfit)
    assert misfit.decision is Decision.REDONE
    # It waits no more: the page says so, and asks for a file.
    assert "kept" not in send(look=line.seq).get_data(as_text=True)


def atoms_of(file: tuple[BytesIO, str]):
    town = (
        gpd.read_file(file[0]).rename(columns={"code": "grid"}).set_crs(4326, allow_override=True)
    )
    return town.set_crs(4326, allow_override=True).assign(households=1, dwellings=1)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "请选择以下格式的文件"),
        ({"file": (BytesIO(b"x"), "grids.exe")}, "请选择以下格式的文件"),
        ({"file": (BytesIO(b"no drawing"), "grids.geojson")}, "grids.geojson 不是有效的 JSON"),
        ({"file": (BytesIO(b"\xff"), "grids.geojson")}, "请另存为 UTF-8"),
        ({"file": (BytesIO(b"x"), "grids.gpkg")}, "的内容与扩展名 .gpkg 不符"),
        ({"file": (BytesIO(b"0"), "grids.dxf")}, "请填写投影"),
        ({"sure": "1", "kept": '{"name": "x", "rows": [["1", "00"]]}'}, "请重新上传文件"),
        ({"sure": "1", "kept": "[1"}, "请重新上传文件"),
    ],
)
def test_what_cannot_be_read_is_told_and_changes_nothing(send, session, form, said) -> None:
    refused = send(**form)
    assert refused.status_code == 400 and said in refused.get_data(as_text=True)
    assert session.scalars(select(PlanEdit)).all() == []
