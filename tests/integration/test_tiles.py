"""Tiles: codes and shapes alone, each viewer's own, never stale and never another's."""

from __future__ import annotations

import math
import tempfile
import tracemalloc
from datetime import date

import peopled_town
import pyogrio
import pytest
import toy_town
from peopled_town import TODAY, TOWN, Viewer
from sqlalchemy import text, update

from gridsvc.accounts.rules import Role
from gridsvc.api.places.tiles import ENTRY_BYTES, Kept
from gridsvc.grids.models import BaseFeature, LayerVersion, TileFeature


@pytest.fixture
def viewer(session, database):
    peopled_town.build(session)
    app = peopled_town.app_in(session, database)
    return lambda role=None, scope="": Viewer(app, session, role, scope)


def at(z: int, column: float = 1.5, row: float = 1.5) -> str:
    lon, lat = toy_town.position(column, row)
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"{z}/{x}/{y}.mvt"


def codes(answer) -> set[str]:
    """Find the codes of a tile: strings of the protocol buffer, length first."""
    data = answer.data
    return {
        data[i + 1 : i + 16].decode()
        for i in range(len(data) - 15)
        if data[i] == 15 and data[i + 1 : i + 16].isdigit()
    }


def grids(client, z=14, **headers):
    return client.get(f"/tiles/grids/{at(z)}?on={TODAY}", **headers)


def test_a_tile_holds_the_codes_of_its_grids_and_nothing_else(viewer):
    answer = grids(viewer(Role.DISTRICT))
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert len(codes(answer)) == 10
    assert "格".encode() not in answer.data
    assert b"residential" not in answer.data


def test_each_viewer_gets_his_own_tile_from_one_cache(viewer):
    everything, part, visitor = (
        viewer(Role.DISTRICT),
        viewer(Role.STREET_STAFF, f"{TOWN}001001"),
        viewer(),
    )
    public = {toy_town.code(2, n) for n in (1, 2, 3)}
    for _ in range(2):
        assert len(codes(grids(everything))) == 10
        assert codes(grids(part)) == public | {toy_town.code(1, 1)}
        assert codes(grids(visitor)) == public


def test_an_unchanged_tile_is_not_sent_again(viewer, session):
    client = viewer(Role.DISTRICT)
    first = grids(client)
    assert first.headers["Cache-Control"].startswith("private")
    # what a browser sends: packed and plain tiles must count as the same
    same = {"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"}
    assert grids(client, **same).status_code == 304
    session.execute(update(LayerVersion).where(LayerVersion.layer == "grids").values(version=99))
    assert grids(client, **same).status_code == 200


def test_a_published_plan_replaces_the_kept_tile(viewer, session):
    client = viewer(Role.DISTRICT)
    assert len(codes(grids(client))) == 10
    session.execute(
        update(TileFeature).where(TileFeature.code == toy_town.code(1, 1)).values(valid_to=TODAY)
    )
    session.execute(update(LayerVersion).where(LayerVersion.layer == "grids").values(version=99))
    assert len(codes(grids(client))) == 9
    assert len(codes(client.get(f"/tiles/grids/{at(14)}?on=2026-09-15"))) == 10


def test_a_place_without_grids_is_an_empty_answer(viewer):
    client = viewer(Role.DISTRICT)
    empty = client.get(f"/tiles/grids/{at(14, 400, 400)}")
    assert (empty.status_code, empty.data) == (204, b"")
    assert client.get(f"/tiles/grids/{at(14)}?on={date(2025, 1, 1)}").status_code == 204


def test_far_zooms_ask_for_areas(viewer):
    client = viewer(Role.DISTRICT)
    assert b"grids" in grids(client, 12).data
    # the town has no tile of a community: nothing is drawn rather than grids of a pixel
    assert grids(client, 11).status_code == 204


@pytest.mark.parametrize(
    "place", ["23/0/0", "3/8/0", "3/0/8", "-1/0/0", "1/1/a", "0/0/1", "1.5/0/0", "٣/0/0"]
)
def test_a_tile_that_cannot_be_is_a_bad_request(viewer, place):
    answer = viewer(Role.DISTRICT).get(f"/tiles/grids/{place}.mvt")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_the_base_holds_water_streets_by_rank_and_near_houses(viewer, session):
    shape = toy_town.cell(0, 0)
    for kind, geom in (("water", shape), ("street", shape.boundary), ("green", shape)):
        session.add(BaseFeature(kind=kind, rank=2, geom=peopled_town.from_shape(geom, 4326)))
    session.flush()
    client = viewer()
    near = client.get(f"/tiles/base/{at(16, 0.5, 0.5)}")
    assert all(name in near.data for name in (b"water", b"green", b"streets", b"buildings"))
    assert b"rank" in near.data
    far = client.get(f"/tiles/base/{at(12, 0.5, 0.5)}").data
    assert b"water" in far
    assert b"streets" not in far
    assert near.headers["Cache-Control"].startswith("public")


def test_nothing_is_drawn_for_who_sees_nothing(viewer, session):
    session.query(peopled_town.Division).update({"public_map": False})
    assert grids(viewer()).status_code == 401
    assert viewer().get(f"/tiles/base/{at(14)}").status_code == 401
    assert grids(viewer(Role.AUDITOR)).status_code == 404


def test_a_tile_is_cut_from_the_index_of_its_level_of_detail(session):
    from gridsvc.grids import tiles

    peopled_town.build(session)
    peopled_town.many_more(session)
    # That the index serves is asked, not what the planner thinks of a town this small.
    session.execute(text("set local enable_seqscan = off"))
    z, x, y = (int(part) for part in at(14).removesuffix(".mvt").split("/"))
    bound = {"layer": "grids", "lod": 1, "on": TODAY, "prefixes": [""], "z": z, "x": x, "y": y}
    plan = session.scalars(text("explain " + tiles._AREAS.text), bound)
    assert "ix_tile_feature_cut" in "\n".join(plan)


def test_the_cache_forgets_the_oldest_beyond_its_size():
    kept = Kept(2 * (ENTRY_BYTES + 4))
    cut: list[str] = []

    def ask(key: str) -> bytes:
        def make() -> bytes:
            cut.append(key)
            return b"1234"

        return kept.get(key, make)

    for key in ("a", "b", "a", "c", "b", "a"):
        assert ask(key) == b"1234"
    assert cut == ["a", "b", "c", "b", "a"]


def test_tiles_without_content_fill_the_cache_as_well():
    kept = Kept(1000 * ENTRY_BYTES)
    tracemalloc.start()
    for column in range(20_000):
        kept.get(("grids", 1, date(2026, 9, 16), (22, column, 0), ("520398001",)), bytes)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2 * 1000 * ENTRY_BYTES


def counted(data: bytes) -> list[int]:
    """Read the property n of a tile's points with GDAL, which knows nothing of us."""
    if not data:
        return []
    with tempfile.NamedTemporaryFile(suffix=".mvt") as file:
        file.write(data)
        file.flush()
        return sorted(pyogrio.read_dataframe(f"MVT:{file.name}", layer="issues")["n"].tolist())


def test_open_cases_are_counted_in_cells_exactly_for_those_who_answer_for_them(viewer):
    exact = viewer(Role.DISTRICT).get(f"/tiles/issues/{at(14)}?on={TODAY}")
    assert sum(counted(exact.data)) == 25


def test_outsiders_get_open_cases_in_multiples_of_the_threshold(viewer):
    masked = counted(viewer().get(f"/tiles/issues/{at(14)}?on={TODAY}").data)
    assert sum(masked) in (10, 15)
    assert all(n >= 5 and n % 5 == 0 for n in masked)


def test_the_cells_of_an_outsider_are_whole_at_every_zoom(viewer):
    """A cell cut by a tile's edge would tell more at one zoom than at another."""
    visitor = viewer()

    def total(z: int) -> int:
        _, x, y = (int(part) for part in at(z).removesuffix(".mvt").split("/"))
        around = [(x + i, y + j) for i in range(-3, 4) for j in range(-3, 4)]
        return sum(
            sum(counted(visitor.get(f"/tiles/issues/{z}/{i}/{j}.mvt?on={TODAY}").data))
            for i, j in around
        )

    assert total(14) == total(15) == total(16)


def test_buildings_are_shown_with_their_households_inside_the_scope_alone(viewer):
    everything = viewer(Role.DISTRICT).get(f"/tiles/buildings/{at(14)}?on={TODAY}")
    part = viewer(Role.STREET_STAFF, f"{TOWN}001001").get(f"/tiles/buildings/{at(14)}?on={TODAY}")
    assert b"households" in everything.data
    assert len(part.data) < len(everything.data)
    assert viewer().get(f"/tiles/buildings/{at(14)}").status_code == 401
