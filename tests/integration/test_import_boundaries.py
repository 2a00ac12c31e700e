from __future__ import annotations

from datetime import date
from itertools import pairwise

import geopandas as gpd
import pytest
import shapely
import toy_town
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.grids.models import (
    Building,
    Division,
    DivisionBoundary,
    Grid,
    GridBoundary,
    LayerVersion,
    TerritoryFinding,
    TileFeature,
)

NEW_YEAR, JULY = date(2026, 1, 1), date(2026, 7, 1)
FIELDS = Fields(code="code", name="name", households="household_count")


def load(session: Session, tmp_path, frame, target=Target.GRID, fields=FIELDS, **order):
    path = tmp_path / "town.geojson"
    path.write_text(frame.to_json())
    order = {"valid_from": NEW_YEAR, "parent_code": "520302", "create_parents": True, **order}
    rows = read_rows(path, fields, datum="wgs84")
    return import_boundaries(session, rows, Order(target, **order))


def houses() -> gpd.GeoDataFrame:
    return toy_town.buildings().assign(code=list("ABCDEFGHIZ"))


def count(session: Session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_our_own_codes_are_kept_and_their_divisions_made(session, tmp_path):
    report = load(session, tmp_path, toy_town.grids(), parent_name="石桥")
    assert report.inserted == 9
    assert report.created == ["520302", "520302001", "520302001001", "520302001002"]
    assert set(session.scalars(select(Grid.code))) == set(toy_town.grids()["code"])
    assert session.get(Division, "520302001").name == "石桥"
    assert report.findings == []


def test_foreign_codes_are_numbered_from_west_to_east_then_north_to_south(session, tmp_path):
    town = toy_town.grids().assign(code=[f"E0{n}" for n in range(9)])
    load(session, tmp_path, town, parent_code="520302001001")
    numbered = dict(session.execute(select(Grid.source_code, Grid.code)).all())
    # The drawing is written row by row; codes run down the columns.
    order = ["E00", "E03", "E06", "E01", "E04", "E07", "E02", "E05", "E08"]
    assert [numbered[one][-3:] for one in order] == [f"{n:03d}" for n in range(1, 10)]


def test_a_parent_field_places_rows_below_divisions_by_their_foreign_code(session, tmp_path):
    town = toy_town.grids()
    town = town.assign(ward="W" + town["code"].str[9:12], code=[f"E{n}" for n in range(9)])
    fields = Fields(code="code", parent="ward")
    load(session, tmp_path, town, fields=fields, parent_code="520302001")
    wards = dict(
        session.execute(
            select(Division.source_code, func.count())
            .join(Grid, Grid.community_code == Division.code)
            .group_by(Division.source_code)
        ).all()
    )
    assert wards == {"W001": 6, "W002": 3}


def test_without_a_parent_field_the_outline_with_the_largest_share_is_the_parent(session, tmp_path):
    load(session, tmp_path, toy_town.communities(), Target.COMMUNITY, Fields(code="code"))
    town = toy_town.grids().assign(code=[f"E{n}" for n in range(9)])
    load(session, tmp_path, town, create_parents=False)
    southern = session.scalars(
        select(Grid.source_code).where(Grid.community_code == "520302001002")
    )
    assert set(southern) == {"E6", "E7", "E8"}


def test_the_same_file_again_changes_nothing(session, tmp_path):
    load(session, tmp_path, toy_town.grids())
    again = load(session, tmp_path, toy_town.grids())
    assert (again.inserted, again.replaced, again.created) == (0, 0, [])
    assert [note.text.split(":")[0] for note in again.skipped] == ["already there"] * 9


def test_rows_without_a_code_are_recognised_by_their_shape(session, tmp_path):
    bare, fields = toy_town.grids()[["geometry"]], Fields()
    load(session, tmp_path, bare, fields=fields, parent_code="520302001001")
    again = load(session, tmp_path, bare, fields=fields, parent_code="520302001001")
    assert (again.inserted, len(again.skipped), count(session, Grid)) == (0, 9, 9)


def moved_border() -> gpd.GeoDataFrame:
    """Grid 001-001 gives its eastern tenth to 001-002."""
    town = toy_town.grids()
    town.loc[0, "geometry"] = toy_town.cell(0, 2, wide=0.9)
    town.loc[1, "geometry"] = toy_town.cell(0.9, 2, wide=1.1)
    return town


def test_a_changed_border_from_a_later_day_ends_the_old_version(session, tmp_path):
    load(session, tmp_path, toy_town.grids())
    report = load(session, tmp_path, moved_border(), valid_from=JULY)
    assert (report.inserted, report.replaced, len(report.skipped)) == (0, 2, 7)
    versions = session.execute(
        select(GridBoundary.valid_from, GridBoundary.valid_to)
        .where(GridBoundary.grid_code == "520302001001001")
        .order_by(GridBoundary.valid_from)
    ).all()
    assert versions == [(NEW_YEAR, JULY), (JULY, None)]


def test_a_changed_border_from_the_same_day_is_refused(session, tmp_path):
    load(session, tmp_path, toy_town.grids())
    with pytest.raises(Conflict, match="520302001001001 has another boundary .* since 2026-01-01"):
        load(session, tmp_path, moved_border())


def test_counts_that_were_unknown_are_learnt_from_a_second_file(session, tmp_path):
    load(session, tmp_path, toy_town.grids(), fields=Fields(code="code"))
    report = load(session, tmp_path, toy_town.grids())
    assert len(report.repaired) == 9
    assert session.scalar(select(func.sum(GridBoundary.household_count))) == 1500


def test_an_overlap_is_refused_by_its_codes_place_and_area(session, tmp_path):
    town = toy_town.grids()
    town.loc[0, "geometry"] = toy_town.cell(0, 2, wide=1.5)
    with pytest.raises(RuleViolation) as refusal:
        load(session, tmp_path, town)
    # Half a cell of 98.7 m by 110.8 m, worked out with the WGS 84 radii at 27.7 N.
    assert "520302001001001 and 520302001001002 both claim 54" in refusal.value.message
    assert "at 108.0012" in refusal.value.message
    assert "--accept overlap" in refusal.value.message


def test_an_accepted_overlap_is_loaded_and_stays_on_the_list(session, tmp_path):
    town = toy_town.grids()
    town.loc[0, "geometry"] = toy_town.cell(0, 2, wide=1.5)
    report = load(session, tmp_path, town, accept=frozenset({"overlap"}))
    assert [finding.kind for finding in report.findings] == ["overlap"]
    stored = session.scalars(select(TerritoryFinding)).one()
    assert stored.grid_codes == ["520302001001001", "520302001001002"]


def test_a_missing_grid_is_a_gap_and_refused_unless_accepted(session, tmp_path):
    town = toy_town.grids().drop(index=4)
    with pytest.raises(RuleViolation, match="of 520302001001 are in no grid at 108.0015"):
        load(session, tmp_path, town)


def test_an_accepted_gap_ends_when_the_missing_grid_comes(session, tmp_path):
    load(session, tmp_path, toy_town.grids().drop(index=4), accept=frozenset({"gap"}))
    report = load(session, tmp_path, toy_town.grids(), valid_from=JULY)
    assert report.findings == []
    gap = session.scalars(select(TerritoryFinding)).one()
    assert (gap.valid_from, gap.valid_to) == (NEW_YEAR, JULY)


def test_an_outline_need_not_be_filled_before_each_of_its_communities_has_grids(session, tmp_path):
    town = toy_town.grids()
    # A field to the west belongs to the district and to no grid.
    whole = gpd.GeoDataFrame(
        {"code": ["520302"]}, geometry=[toy_town.cell(-1, 0, wide=4, high=3)], crs=4326
    )
    alone = {"parent_code": None, "create_parents": False}
    load(session, tmp_path, whole, Target.DISTRICT, Fields(code="code"), **alone)
    codes = ("520302", "520302001", "520302001001")
    for parent, code in (*pairwise(codes), ("520302001", "520302001002")):
        level = {9: "subdistrict", 12: "community"}[len(code)]
        session.add(Division(code=code, level=level, parent_code=parent, name="x"))
        session.flush()
    upper, lower = town[town["code"] < "520302001002"], town[town["code"] > "520302001002"]
    assert load(session, tmp_path, upper).findings == []
    with pytest.raises(RuleViolation, match="of 520302 are in no grid at 107.99"):
        load(session, tmp_path, lower)


def test_a_file_that_lies_elsewhere_than_its_division_is_refused(session, tmp_path):
    load(session, tmp_path, toy_town.grids())
    town = toy_town.grids().assign(code=[f"E{n}" for n in range(9)])
    town.geometry = town.translate(0.01)
    with pytest.raises(BadInput, match="9 of 9 rows lie outside .* row 1 at 108.0105, 27.7025"):
        load(session, tmp_path, town, parent_code="520302001001")


def test_a_single_row_outside_its_division_is_told(session, tmp_path):
    town = toy_town.grids()
    load(session, tmp_path, town)
    strays = gpd.GeoDataFrame(
        {"code": ["520302001001901", "520302001001902"]},
        geometry=[toy_town.cell(0, 2), toy_town.cell(7, 2)],
        crs=4326,
    )
    report = load(session, tmp_path, strays, fields=Fields(code="code"), kind="functional")
    assert report.notes[-1] == "1 rows lie outside the outline of their division (2)"


def test_borders_that_miss_by_a_metre_are_fitted_and_told(session, tmp_path):
    town = toy_town.grids()
    town.loc[4, "geometry"] = toy_town.cell(1, 1, wide=0.99)
    report = load(session, tmp_path, town)
    assert [note.text for note in report.repaired if "borders fitted" in note.text]
    assert report.findings == []


def test_a_functional_grid_may_lie_over_others(session, tmp_path):
    load(session, tmp_path, toy_town.grids())
    market = toy_town.grids().iloc[[4]].assign(code="520302001001901")
    report = load(session, tmp_path, market, kind="functional")
    assert (report.inserted, report.findings) == (1, [])
    assert session.get(Grid, "520302001001901").kind == "functional"


def test_layers_are_drawn_at_three_levels_and_their_version_rises(session, tmp_path):
    before = session.get(LayerVersion, "grids").version
    load(session, tmp_path, toy_town.grids())
    drawn = session.execute(
        select(TileFeature.layer, TileFeature.lod, func.count()).group_by(
            TileFeature.layer, TileFeature.lod
        )
    ).all()
    layers = {"grids": 9, "communities": 2, "subdistricts": 1}
    assert set(drawn) == {(one, lod, n) for one, n in layers.items() for lod in (0, 1, 2)}
    session.expire_all()
    assert session.get(LayerVersion, "grids").version > before


def test_buildings_fill_counts_nobody_gave_and_those_in_no_grid_are_found(session, tmp_path):
    load(session, tmp_path, toy_town.grids(), fields=Fields(code="code"))
    fields = Fields(code="code", households="household_count")
    report = load(session, tmp_path, houses(), Target.BUILDING, fields)
    assert report.inserted == count(session, Building) == 10
    filled = dict(
        session.execute(select(GridBoundary.grid_code, GridBoundary.household_count)).all()
    )
    assert filled == dict(toy_town.grids()[["code", "household_count"]].to_numpy())
    assert [(one.kind, one.codes) for one in report.findings] == [
        ("household_without_grid", ("Z",))
    ]


def test_buildings_brought_up_to_date_are_replaced_and_the_same_ones_skipped(session, tmp_path):
    load(session, tmp_path, toy_town.grids())
    changed, fields = houses(), Fields(code="code", households="household_count")
    load(session, tmp_path, changed, Target.BUILDING, fields)
    changed.loc[0, "household_count"] += 1
    report = load(session, tmp_path, changed, Target.BUILDING, fields)
    assert (report.inserted, report.replaced, len(report.skipped)) == (0, 1, 9)


def test_divisions_come_from_a_table_without_shapes(session, tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("code,name\n520302,红花岗区\n520303,汇川区\n", encoding="utf-8-sig")
    rows = read_rows(path, Fields(code="code", name="name"), datum="wgs84")
    report = import_boundaries(session, rows, Order(Target.DISTRICT, NEW_YEAR))
    assert (report.inserted, count(session, DivisionBoundary)) == (2, 0)
    assert session.get(Division, "520302").name == "红花岗区"


def test_gcj02_outlines_land_where_the_ground_is(session, tmp_path):
    path = tmp_path / "town.geojson"
    path.write_text(toy_town.grids().iloc[[0]].to_json())
    rows = read_rows(path, FIELDS, datum="gcj02")
    import_boundaries(session, rows, Order(Target.GRID, NEW_YEAR, "520302", create_parents=True))
    lon = session.scalar(select(func.st_x(func.st_centroid(GridBoundary.geom))))
    assert 0.001 < 108.0005 - lon < 0.01


def test_a_thousandth_child_is_refused_with_the_remedy(session, tmp_path):
    cells = [shapely.box(108 + n / 1e4, 27, 108 + (n + 1) / 1e4, 27.0001) for n in range(1000)]
    strip = gpd.GeoDataFrame(geometry=cells, crs=4326)
    with pytest.raises(RuleViolation, match="would have 1000 parts, at most 999 .*--parent-field"):
        load(session, tmp_path, strip, fields=Fields(), parent_code="520302001001")


def test_a_missing_parent_is_named(session, tmp_path):
    with pytest.raises(NotFound, match="no division 520302: import it first"):
        load(session, tmp_path, toy_town.grids(), create_parents=False)


def test_foreign_codes_without_a_parent_code_have_no_place(session, tmp_path):
    town = toy_town.grids().assign(code=[f"E{n}" for n in range(9)])
    with pytest.raises(BadInput, match="pass --parent-code"):
        load(session, tmp_path, town, parent_code=None, create_parents=False)
