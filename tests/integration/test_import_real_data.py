"""Files of five countries through the import, counted a second time with plain geopandas."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy import func, select

from gridsvc.errors import BadInput, RuleViolation
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.grids.models import Building, Division, Grid, GridBoundary
from gridsvc.incidents.intake.case_order import CaseOrder
from gridsvc.incidents.intake.case_rows import CaseFile
from gridsvc.incidents.intake.past_cases import import_cases
from gridsvc.incidents.models import Incident
from gridsvc.reports.check import check

DATA = Path(__file__).parents[3] / "shared" / "data"
CAMDEN = DATA / "camden_oa2011" / "camden.gpkg"
SF = DATA / "sf_blockgroups_311" / "sf.gpkg"
CASES = DATA / "sf_blockgroups_311" / "sf311_cases.csv"
DENVER = DATA / "denver_blocks2020" / "denver_blocks_epsg2232.gpkg"
CODES = DATA / "cn_codes"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}"),
]
BOTH = frozenset({"gap", "overlap"})


def take_in(session, path, target, fields, layer=None, since=date(2008, 1, 1), **order):
    rows = read_rows(path, fields, datum="wgs84", layer=layer)
    return import_boundaries(session, rows, Order(target, since, **order))


def camden(session):
    order = {"parent_code": "990101"}
    take_in(
        session, CAMDEN, Target.SUBDISTRICT, Fields(code="MSOA11CD"), "msoa11",
        create_parents=True, parent_name="Camden", **order,
    )  # fmt: skip
    take_in(session, CAMDEN, Target.COMMUNITY, Fields(code="LSOA11CD"), "lsoa11", **order)
    fields = Fields(code="OA11CD", parent="LSOA11CD", households="households")
    return take_in(session, CAMDEN, Target.GRID, fields, "oa11", **order)


def san_francisco(session):
    fields = Fields(code="BKG_KEY", households="HOUSEHOLDS", dwellings="HSE_UNITS")
    return take_in(
        session, SF, Target.GRID, fields, "blockgroups1990",
        parent_code="990201", create_parents=True, parent_name="San Francisco",
        skip_faulty=True, accept=BOTH,
    )  # fmt: skip


def test_camden_stands_as_its_census_drew_it(session):
    report = camden(session)
    areas = gpd.read_file(CAMDEN, layer="oa11")
    assert (report.inserted, report.findings, report.skipped) == (len(areas), [], [])
    placed = session.execute(
        select(Grid.source_code, Division.source_code).join(
            Division, Division.code == Grid.community_code
        )
    )
    assert dict(placed.all()) == dict(areas[["OA11CD", "LSOA11CD"]].to_numpy())
    counted = session.scalar(select(func.sum(GridBoundary.household_count)))
    assert counted == areas["households"].sum()


def test_lsoas_lie_in_the_msoas_that_their_output_areas_name(session):
    camden(session)
    community, subdistrict = Division.__table__.alias(), Division.__table__.alias()
    placed = session.execute(
        select(community.c.source_code, subdistrict.c.source_code).where(
            community.c.parent_code == subdistrict.c.code, community.c.level == "community"
        )
    )
    areas = gpd.read_file(CAMDEN, layer="oa11")
    assert dict(placed.all()) == dict(areas[["LSOA11CD", "MSOA11CD"]].to_numpy())


def test_camdens_grids_out_of_range_are_those_of_the_table(session):
    camden(session)
    areas = gpd.read_file(CAMDEN, layer="oa11")
    outside = areas[(areas["households"] < 100) | (areas["households"] > 300)]
    judged = check(session, date(2020, 1, 1), "990101")
    found = [one for one in judged if one.kind == "out_of_range"]
    codes = dict(session.execute(select(Grid.code, Grid.source_code)).all())
    assert {codes[one.codes[0]] for one in found} == set(outside["OA11CD"])


def test_camden_again_is_already_there(session):
    camden(session)
    again = camden(session)
    assert (again.inserted, again.replaced, len(again.skipped)) == (0, 0, 749)


def test_block_groups_in_several_parts_are_told_and_leave_gaps(session):
    report = san_francisco(session)
    blocks = gpd.read_file(SF, layer="blockgroups1990")
    several = blocks.geometry.count_geometries() > 1
    assert {note.row for note in report.skipped} == set(blocks.index[several] + 1)
    assert report.inserted == (~several).sum()
    # The holes that the loaded ones enclose, measured in California's equal-area projection.
    whole = blocks[~several].to_crs(3310).union_all()
    parts = getattr(whole, "geoms", [whole])
    holes = gpd.GeoSeries([gpd.GeoSeries([r]).polygonize()[0] for p in parts for r in p.interiors])
    expected = sorted(holes.area[holes.area >= 1])
    assert sorted(one.area_m2 for one in report.findings) == pytest.approx(expected, rel=0.001)


def test_block_groups_in_several_parts_refuse_the_file_unless_skipped(session):
    fields = Fields(code="BKG_KEY")
    with pytest.raises(BadInput, match="8 of its rows cannot be loaded: row 1: multipart: 3 parts"):
        take_in(
            session, SF, Target.GRID, fields, "blockgroups1990",
            parent_code="990201", create_parents=True,
        )  # fmt: skip


def test_sf311_cases_come_with_the_block_group_of_their_place(session):
    san_francisco(session)
    columns = {"caseid": "source_ref", "opened": "reported_at", "closed": "closed_at"}
    file = CaseFile(CASES, columns, ZoneInfo("America/Los_Angeles"))
    order = CaseOrder("sf311", "sf311", new_categories=True)
    report = import_cases(session, file, order)
    cases = pd.read_csv(CASES, dtype={"caseid": str})
    backwards = cases["closed"] < cases["opened"]
    assert (len(report.skipped), report.without_place) == (backwards.sum(), 24) == (184, 24)
    assert report.inserted == len(cases) - 184

    blocks = gpd.read_file(SF, layer="blockgroups1990").to_crs(4326)
    blocks = blocks[blocks.geometry.count_geometries() == 1]
    kept = cases[~backwards & cases["lon"].notna()]
    points = gpd.GeoDataFrame(kept, geometry=gpd.points_from_xy(kept.lon, kept.lat), crs=4326)
    joined = points.sjoin(blocks[["BKG_KEY", "geometry"]], predicate="intersects")
    assert report.outside_every_grid == len(kept) - joined["caseid"].nunique()
    stored = session.execute(
        select(Incident.source_ref, Grid.source_code).join(Grid, Grid.code == Incident.grid_code)
    )
    assert set(map(tuple, stored.all())) <= set(
        map(tuple, joined[["caseid", "BKG_KEY"]].to_numpy())
    )
    assert [one for one in check(session, date(2016, 2, 1)) if one.kind == "history_broken"] == []


def test_denvers_blocks_need_tracts_between_them_and_the_city(session):
    order = {"create_parents": True, "accept": BOTH}
    with pytest.raises(RuleViolation, match="would have 10149 parts"), session.begin_nested():
        take_in(
            session, DENVER, Target.GRID, Fields(code="GEOID20"), parent_code="990301001001",
            **order,
        )  # fmt: skip
    fields = Fields(code="GEOID20", parent="TRACTCE20")
    report = take_in(
        session, DENVER, Target.GRID, fields, parent_code="990301", parent_name="Denver", **order
    )
    assert report.inserted == 10_149
    tracts = session.scalar(
        select(func.count()).select_from(Division).where(Division.level == "community")
    )
    assert tracts == gpd.read_file(DENVER, ignore_geometry=True)["TRACTCE20"].nunique()


def test_chinas_codes_make_a_tree_from_three_tables(session):
    fields = Fields(code="code", name="name")
    for target, name in (
        (Target.DISTRICT, "areas_all_china"),
        (Target.SUBDISTRICT, "streets_7_districts"),
        (Target.COMMUNITY, "communities_7_districts"),
    ):
        path = CODES / f"{name}.csv"
        report = take_in(session, path, target, fields)
        assert report.inserted == len(pd.read_csv(path))
    assert session.get(Division, "330702001008").parent_code == "330702001"


def test_districts_of_tianditu_get_outlines_in_cgcs2000(session):
    path = DATA / "cn_districts_tianditu" / "four_cities_districts_epsg4490.gpkg"
    rows = read_rows(path, Fields(code="district_adcode", name="district_name"), datum="cgcs2000")
    report = import_boundaries(session, rows, Order(Target.DISTRICT, date(2024, 1, 1)))
    assert report.inserted == 39
    assert session.get(Division, "330702").name == "婺城区"


def test_choume_of_nishi_are_grids_with_their_households(session):
    path = DATA / "jp_yokohama_nishi_choume" / "nishi_7.geojson"
    fields = Fields(code="key", name="name", households="setai")
    take_in(
        session, path, Target.GRID, fields, parent_code="990401001001", create_parents=True,
        accept=BOTH,
    )  # fmt: skip
    counted = session.execute(
        select(Grid.source_code, GridBoundary.household_count).join(
            GridBoundary, GridBoundary.grid_code == Grid.code
        )
    )
    assert dict(counted.all()) == dict(gpd.read_file(path)[["key", "setai"]].to_numpy())


def test_every_building_of_bubenec_lies_in_its_own_cell(session):
    path = DATA / "buildings_bubenec" / "bubenec.gpkg"
    fields = Fields(code="uID")
    order = {"parent_code": "990501001001", "create_parents": True, "accept": BOTH}
    take_in(session, path, Target.GRID, fields, "tessellation", **order)
    report = take_in(session, path, Target.BUILDING, fields, "buildings")
    placed = session.execute(
        select(Building.code, Grid.source_code)
        .join(GridBoundary, func.st_covers(GridBoundary.geom, Building.anchor))
        .join(Grid, Grid.code == GridBoundary.grid_code)
    ).all()
    assert report.inserted == len(placed) == 144
    assert all(building == cell for building, cell in placed)
