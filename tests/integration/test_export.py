"""What leaves the service as a file: the layers of a day, with their period and lineage."""

from __future__ import annotations

import json
from datetime import date, timedelta

import peopled_town
import pytest
import toy_town
from click.testing import CliRunner
from peopled_town import FUNCTIONAL, NOW, SINCE, TODAY, TOWN
from sqlalchemy import func, select, update
from toy_town import code

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.cli import main
from gridsvc.errors import NotFound
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.frames import with_dense_frames
from gridsvc.geo.files.formats import read_layer, read_table
from gridsvc.grids.models import GridBoundary
from gridsvc.incidents.models import Category, Incident
from gridsvc.plans.models import Plan, PlanGrid
from gridsvc.plans.publishing.models import GridLineage, Publication
from gridsvc.plans.publishing.rules import LineageKind, PublicationKind
from gridsvc.plans.rules import PlanState
from gridsvc.reports.layers import Layer, layer_frame, plan_frame


@pytest.fixture
def town(session):
    peopled_town.build(session)
    return session


def an_account(session) -> UserAccount:
    one = UserAccount(username="planner", title="规划", role=Role.PLANNER, password_hash="x")
    session.add(one)
    session.flush()
    return one


def test_grids_come_with_counts_period_and_who_looks_after_them(town):
    grids = layer_frame(town, Layer.GRIDS, TODAY)
    assert len(grids) == 10 and grids["code"].is_monotonic_increasing
    first = grids.iloc[0]
    assert (first["household_count"], first["valid_from"], first["valid_to"]) == (
        120, SINCE.isoformat(), None,
    )  # fmt: skip
    assert first["team"] and first["branch"] and first["came_from"] is None
    tiling = grids[grids["kind"] == "residential"]
    assert edge_chain(tiling).same_as(edge_chain(toy_town.grids()))
    assert grids.loc[grids["code"] == FUNCTIONAL, "household_count"].isna().all()


def test_a_part_or_another_day_can_be_asked_for(town):
    assert len(layer_frame(town, Layer.GRIDS, TODAY, f"{TOWN}002")) == 3
    assert layer_frame(town, Layer.GRIDS, SINCE - timedelta(1)).empty
    with pytest.raises(NotFound, match="no division or grid 99"):
        layer_frame(town, Layer.GRIDS, TODAY, "99")


def test_a_grid_tells_what_it_took_and_gave(town):
    ids = dict(town.execute(select(GridBoundary.grid_code, GridBoundary.id)).all())
    version = Publication(
        kind=PublicationKind.ROLLBACK, scope_code=TOWN, effective_on=TODAY, restores_on=SINCE,
        published_at=NOW, published_by_id=an_account(town).id, grids_before=9, grids_after=9,
        households=1_500, proof={}, seen={},
    )  # fmt: skip
    town.add(version)
    town.flush()
    for old in (1, 2, 4):
        kind = LineageKind.KEPT if old == 1 else LineageKind.MERGED
        town.add(
            GridLineage(
                publication_id=version.id, from_code=code(1, old), to_code=code(1, 1), kind=kind,
                from_boundary_id=ids[code(1, old)], to_boundary_id=ids[code(1, 1)],
                households=1, area_m2=1.0, estimated=False,
            )
        )  # fmt: skip
    town.flush()
    grids = layer_frame(town, Layer.GRIDS, TODAY).set_index("code")
    assert set(grids.loc[code(1, 1), "came_from"].split()) == {code(1, 2), code(1, 4)}
    assert grids.loc[code(1, 2), "went_to"] == code(1, 1)
    assert grids["went_to"].notna().sum() == 2


def test_buildings_name_the_grid_of_their_anchor(town):
    buildings = layer_frame(town, Layer.BUILDINGS, TODAY)
    assert (buildings["code"] == "B" + buildings["grid_code"]).all()
    assert buildings["household_count"].sum() == 1_500
    assert len(layer_frame(town, Layer.BUILDINGS, TODAY, f"{TOWN}002")) == 3


def test_of_cases_only_what_anybody_may_read_leaves(town):
    assert layer_frame(town, Layer.INCIDENTS, TODAY).empty
    town.execute(update(Category).where(Category.code == "noise").values(public=True))
    cases = layer_frame(town, Layer.INCIDENTS, TODAY)
    # Community 002 alone is on the public map: 13 and 4 open, 1 closed.
    assert len(cases) == 18 and cases["grid_code"].str.startswith(f"{TOWN}002").all()
    assert set(cases["category"]) == {"noise"} and cases["closed_at"].notna().sum() == 1
    assert not {"description", "reporter", "contact"} & set(cases.columns)
    earliest = town.scalar(select(func.min(Incident.reported_at)))
    assert layer_frame(town, Layer.INCIDENTS, earliest.date() - timedelta(2)).empty


def test_a_draft_leaves_as_it_is_drawn_now(town):
    plan = Plan(
        name="三月调整", owner_id=an_account(town).id, scope_code=TOWN, base_on=TODAY,
        state=PlanState.DRAFT, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    town.add(plan)
    town.flush()
    shape = select(GridBoundary.geom).where(GridBoundary.grid_code == code(1, 1))
    town.add(
        PlanGrid(
            plan_id=plan.id, grid_code=code(1, 7), households=120, dwellings=120, atoms=1,
            area_m2=1.0, compactness=0.8, changed=True, geom=town.scalar(shape),
        )
    )  # fmt: skip
    town.flush()
    drawn = plan_frame(town, plan.id)
    assert drawn[["code", "household_count", "changed"]].values.tolist() == [
        [code(1, 7), 120, True]
    ]
    with pytest.raises(NotFound, match="no draft 99"):
        plan_frame(town, 99)


@pytest.fixture
def gridsvc(fresh_database, tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", fresh_database.database_url)
    monkeypatch.setenv("GRIDSVC_HOME", str(tmp_path / "home"))
    (tmp_path / "town.geojson").write_text(toy_town.grids().to_json())
    monkeypatch.chdir(tmp_path)

    def run(*words: str):
        return CliRunner().invoke(main, list(words))

    town = "import-boundaries town.geojson --level grid --datum wgs84 --code-field code"
    more = "--households-field household_count --parent-code 520302 --create-parents"
    assert run(*town.split(), *more.split()).exit_code == 0
    return run


def test_the_command_writes_every_layer_in_every_format(gridsvc, tmp_path):
    for layer in Layer:
        for ending in (".gpkg", ".geojson", ".csv", ".xlsx", ".parquet"):
            done = gridsvc("export", layer.value, f"{layer}{ending}", "--json")
            assert done.exit_code == 0, done.output
            assert json.loads(done.output)["layer"] == layer.value
    stored = edge_chain(with_dense_frames(toy_town.grids()))
    assert edge_chain(read_layer(tmp_path / "grids.gpkg")).same_as(stored)
    assert read_table(tmp_path / "divisions.csv")["code"].tolist() == [
        "520302", TOWN, f"{TOWN}001", f"{TOWN}002",
    ]  # fmt: skip


def test_what_was_exported_can_be_imported_again(gridsvc):
    later = date.today() + timedelta(40)
    assert gridsvc("export", "grids", "grids.shp").exit_code == 0
    again = "import-boundaries grids.shp --level grid --datum wgs84 --code-field code"
    done = gridsvc(*again.split(), "--valid-from", later.isoformat(), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["inserted"], told["replaced"], len(told["skipped"])) == (0, 0, 9)


def test_a_refusal_is_one_sentence_and_leaves_nothing(gridsvc, tmp_path):
    before = sorted(part.name for part in tmp_path.iterdir())
    for words in (
        ("export", "grids", "x.gpkg", "--within", "999"),
        ("export", "grids", "x.gpkg", "--plan", "9"),
        ("export", "buildings", "x.gpkg", "--plan", "1"),
        ("export", "grids", "x.doc"),
        ("export", "grids", "town.geojson"),
    ):
        refused = gridsvc(*words)
        assert refused.exit_code == 2 and refused.output.count("\n") == 1, refused.output
    assert sorted(part.name for part in tmp_path.iterdir()) == before
