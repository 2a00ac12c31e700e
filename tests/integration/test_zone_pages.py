"""Contact zones on pages, by the interface and as tiles."""

from __future__ import annotations

import peopled_town
import pypdfium2
import pytest
import toy_town
from peopled_town import TOWN
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.rules import Role
from gridsvc.zones.orders import work_grid

GRID = toy_town.code(1, 1)
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
AT = "14/13107/6879.mvt"


@pytest.fixture
def office(session, database):
    peopled_town.build(session)
    app = peopled_town.app_in(session, database)
    return peopled_town.Viewer(app, session, Role.STREET_STAFF, TOWN)


def post(viewer, path: str, how: str = "post", **body):
    return getattr(viewer._client, how)(path, headers=viewer._headers, json=body)


def test_the_office_makes_zones_and_gives_one_another_post(office) -> None:
    made = post(office, f"/api/v1/grids/{GRID}/zones").get_json()
    assert made["households"] == 120
    assert made["made"] == made["given"] > 11
    found = office.get(f"/api/v1/zones?in={GRID}&limit=2").get_json()
    first, second = found["items"]
    assert first["code"] == f"{GRID}-01"
    assert found["next"] == second["code"]
    assert first["state"] == "held"
    assert first["parts"][0]["first"] == 1
    rest = office.get(f"/api/v1/zones?in={GRID}&after={second['code']}").get_json()["items"]
    assert [one["number"] for one in rest] == list(range(3, made["made"] + 1))
    others = {one["post_id"] for one in rest} - {first["post_id"]}
    address = f"/api/v1/zones/{first['id']}/contact"
    given = post(office, address, "put", post_id=min(others)).get_json()
    assert given["post_id"] == min(others)
    office._headers["Accept-Language"] = "zh"
    refused = post(office, address, "put", post_id=2_000_000_000)
    assert refused.status_code == 422 and "团队中的岗位" in refused.get_json()["detail"]
    assert office.get("/api/v1/zones?without_contact=true").get_json()["items"] == []


def test_the_pages_say_how_many_have_somebody_and_list_what_is_wanting(office) -> None:
    post(office, f"/api/v1/grids/{GRID}/zones", contacts=False)
    page = office.get("/zones?list=without", **PAGE).get_data(as_text=True)
    assert "0 of 1,500 households turn to a post that is held" in page
    assert "nobody named" in page
    post(office, f"/api/v1/grids/{GRID}/zones")
    page = office.get("/zones", **PAGE).get_data(as_text=True)
    assert "120 of 1,500 households turn to a post that is held" in page
    assert "every household in a zone" in page
    assert "doors 1–" in office.get(f"/grids/{GRID}/zones", **PAGE).get_data(as_text=True)
    with pypdfium2.PdfDocument(office.get(f"/grids/{GRID}/zones?format=pdf", **PAGE).data) as pdf:
        said = pdf[0].get_textpage().get_text_bounded()
    assert "turns to a post that is held" in said and "1 : " in said and "01" in said
    figures = office.get("/zones/figures").get_json()["grids"]
    place = figures["code"].index(GRID)
    assert (figures["num"][place], figures["den"][place], figures["class"][place]) == (120, 120, 4)


def test_a_tile_holds_the_zones_of_the_own_area_from_near_alone(office) -> None:
    assert office.get(f"/tiles/zones/{AT}").status_code == 204
    post(office, f"/api/v1/grids/{GRID}/zones")
    near = office.get(f"/tiles/zones/{AT}")
    assert f"{GRID}-01".encode() in near.data
    again = office.get(f"/tiles/zones/{AT}", **{"If-None-Match": near.headers["ETag"]})
    assert again.status_code == 304
    assert office.get("/tiles/zones/13/6553/3439.mvt").status_code == 204


def test_the_office_tries_out_the_zones_of_its_area_and_then_makes_them(office, session) -> None:
    def send(path: str) -> str:
        answer = office._client.post(path, data={"in": TOWN}, headers=office._headers)
        assert answer.status_code == 303
        return answer.headers["Location"]

    def worked(path: str) -> str:
        sessions = sessionmaker(session.connection(), join_transaction_mode="create_savepoint")
        waiting = office.get(path, **PAGE)
        assert waiting.headers["Refresh"] == "2"
        while work_grid(sessions, peopled_town.NOW):
            pass
        session.expire_all()
        ended = office.get(path, **PAGE)
        assert "Refresh" not in ended.headers
        return ended.get_data(as_text=True)

    trial = send("/zones/orders")
    assert "Zones are being counted or made" in office.get("/zones", **PAGE).get_data(as_text=True)
    page = worked(trial)
    assert "counted; nothing was changed" in page and "Make the zones of 9 grids" in page
    page = office.get("/zones", **PAGE).get_data(as_text=True)
    assert "0 of 1,500 households" in page and f'<a href="{trial}">The last trial</a>' in page
    order = send(f"{trial}/make")
    assert send(f"{trial}/make") == order
    page = worked(order)
    assert "all made" in page
    assert "import its buildings first" in page
    page = office.get("/zones", **PAGE).get_data(as_text=True)
    assert "in 1 of 9 grids zones are to be made" in page
    foreign = peopled_town.Viewer(office._client.application, session, Role.DISTRICT, "520399")
    assert foreign.get(order).status_code == 404
