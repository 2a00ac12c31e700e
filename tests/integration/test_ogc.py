"""OGC API – Features over the peopled town, asked by hand and read by GDAL."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import peopled_town
import pytest
import shapely
import toy_town
from geoalchemy2.shape import from_shape
from peopled_town import SINCE, TODAY, TOWN, Viewer
from shapely import Point
from sqlalchemy import text
from werkzeug.serving import make_server

from gridsvc.accounts.rules import Role
from gridsvc.grids.models import GridBoundary
from gridsvc.service_points.models import ServicePoint
from gridsvc.service_points.rules import Tier

ITEMS = "/ogc/collections/{}/items"
#: Counts on the day of the town: functional grids are grids, and no division has an outline.
COUNTS = {"grids": 10, "divisions": 0, "incidents": 0, "service_points": 1}


@pytest.fixture
def town(session, database):
    peopled_town.build(session)
    session.add(
        ServicePoint(
            code="S1", name="站", tier=Tier.STATION, services=["证明"], valid_from=SINCE,
            geom=from_shape(Point(*toy_town.position(0.5, 0.5)), 4326),
        )
    )  # fmt: skip
    session.flush()
    return peopled_town.app_in(session, database)


@pytest.fixture
def district(town, session):
    return Viewer(town, session, Role.DISTRICT)


def codes(viewer: Viewer, path: str) -> list[str]:
    answer = viewer.get(path)
    assert answer.status_code == 200, answer.text
    return [one["properties"]["code"] for one in answer.json["features"]]


def test_the_links_lead_from_the_landing_page_to_every_feature(district):
    links = {one["rel"]: one["href"] for one in district.get("/ogc/").json["links"]}
    listed = district.get(links["data"]).json["collections"]
    assert [one["id"] for one in listed] == list(COUNTS)
    for one in listed:
        [items] = [link["href"] for link in one["links"] if link["rel"] == "items"]
        answer = district.get(items)
        assert answer.mimetype == "application/geo+json"
        assert answer.json["numberReturned"] == COUNTS[one["id"]]
        for feature in answer.json["features"]:
            alone = district.get(f"{items}/{feature['id']}").json
            assert alone.pop("links") and alone == feature
    assert (
        "ogcapi-features-1/1.0/conf/core"
        in district.get(links["conformance"]).json["conformsTo"][0]
    )


def test_pages_follow_one_another_without_gap_or_repeat(district):
    seen, path = [], f"{ITEMS.format('grids')}?limit=4"
    while path:
        page = district.get(path).json
        seen += [one["properties"]["code"] for one in page["features"]]
        path = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    assert len(seen) == 10 and len(set(seen)) == 10


def test_a_box_keeps_what_touches_it(district):
    (west, south), (east, north) = toy_town.position(0.2, 0.2), toy_town.position(0.8, 0.8)
    flat, deep = f"{west},{south},{east},{north}", f"{west},{south},0,{east},{north},9"
    for box in (flat, deep):
        assert codes(district, f"{ITEMS.format('grids')}?bbox={box}") == [toy_town.code(2, 1)]


@pytest.fixture
def redrawn(session, town):
    """Grid 001 001 has another version from the town's day on."""
    old = session.query(GridBoundary).filter_by(grid_code=toy_town.code(1, 1)).one()
    geom, old.valid_to = old.geom, TODAY
    session.flush()
    session.add(GridBoundary(grid_code=old.grid_code, geom=geom, valid_from=TODAY))
    session.flush()


@pytest.mark.parametrize(
    ("when", "versions"),
    [("", 1), (TODAY, 1), (TODAY - timedelta(1), 1), (SINCE - timedelta(1), 0), ("../..", 2),
     (f"{SINCE}/{TODAY}", 2), (f"{SINCE}/{TODAY - timedelta(1)}", 1), (f"{TODAY}/..", 1),
     (f"../{SINCE}", 1), (f"{TODAY}T00:00:00Z", 1)],
)  # fmt: skip
def test_a_time_gives_the_versions_in_force_then(redrawn, district, when, versions):
    asked = f"?datetime={when}" if when else ""
    assert codes(district, ITEMS.format("grids") + asked).count(toy_town.code(1, 1)) == versions


def test_cases_are_those_that_anybody_may_read_with_public_fields_alone(district, town, session):
    session.execute(text("update gridsvc.category set public = true where code = 'noise'"))
    path = f"{ITEMS.format('incidents')}?limit=1000"
    told = district.get(path).json["features"]
    # 13 and 5 of public community 002; not the 7 elsewhere, not the 3 sensitive ones
    assert len(told) == 18
    assert told == Viewer(town, session, None).get(path).json["features"]
    assert set(told[0]["properties"]) == {
        "category", "category_name", "category_name_en", "status", "grid_code", "reported_at",
        "due_at", "closed_at",
    }  # fmt: skip
    day = peopled_town.REPORTED.date()
    assert len(district.get(f"{path}&datetime={day}").json["features"]) == 18
    assert district.get(f"{path}&datetime={day + timedelta(1)}/..").json["features"] == []


def test_a_viewer_gets_the_own_part_and_what_is_public(town, session):
    visitor = codes(Viewer(town, session, None), ITEMS.format("grids"))
    assert visitor == [toy_town.code(2, n) for n in (1, 2, 3)]
    leader = codes(Viewer(town, session, Role.LEADER, f"{TOWN}001001"), ITEMS.format("grids"))
    assert set(leader) == {toy_town.code(1, 1), *visitor}


@pytest.mark.parametrize(
    "wrong",
    ["bbox=1,2,3", "bbox=2,2,1,1", "datetime=yesterday", f"datetime={TODAY}/{SINCE}", "datetime=/",
     "datetime=0001-01-01", "limit=0", "colour=red", "after=-1"],
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused(district, wrong):
    if wrong == "datetime=/":  # both ends open: everything, as the standard has it
        assert district.get(f"{ITEMS.format('grids')}?{wrong}").status_code == 200
    else:
        assert district.get(f"{ITEMS.format('grids')}?{wrong}").status_code == 400


@pytest.mark.parametrize("path", ["x", "x/items", "grids/items/999999", "x/items/1"])
def test_what_is_not_there_is_not_found(district, path):
    assert district.get(f"/ogc/collections/{path}").status_code == 404


@pytest.fixture
def address(town):
    # One thread: the test's transaction is one connection.
    server = make_server("127.0.0.1", 0, town)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ogc"
    server.shutdown()
    thread.join()
    server.server_close()


READ = """
import sys, pyogrio
source = "OAPIF:" + sys.argv[1]
print(*(name for name, _ in pyogrio.list_layers(source)))
grids = pyogrio.read_dataframe(source, layer="grids", PAGE_SIZE="2").set_index("code")
print(grids.crs.to_string(), *sorted(grids.index))
print(grids.loc[sys.argv[2]].geometry.wkt)
print(*pyogrio.read_dataframe(source, layer="service_points")["name"])
"""


def test_gdal_lists_the_collections_and_reads_their_pages(address):
    # GDAL does not let go of the interpreter while it waits, so it asks from a process of its own.
    code = toy_town.code(2, 1)
    ran = subprocess.run(
        [sys.executable, "-c", READ, address, code], capture_output=True, text=True, timeout=240
    )
    assert ran.returncode == 0, ran.stderr
    layers, grids, shape, points = ran.stdout.splitlines()
    assert layers.split() == list(COUNTS)
    assert grids.split()[1:] == [toy_town.code(2, n) for n in (1, 2, 3)]
    assert grids.split()[0] in ("EPSG:4326", "OGC:CRS84")
    assert shapely.from_wkt(shape).equals(toy_town.cell(0, 0))
    assert points == "站"
