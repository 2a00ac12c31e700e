"""A layer drawn in QGIS becomes a draft: one line of its log, after a look at what changes."""

from __future__ import annotations

import json

import peopled_town
import pyogrio
import pytest
import shapely
import toy_town
from click.testing import CliRunner
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from toy_town import cell, code

from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.cli import main
from gridsvc.errors import NotFound, RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.plans import atoms as store
from gridsvc.plans import drafts, log, misfits, rebase
from gridsvc.plans.intake import drawing, lay_over
from gridsvc.plans.models import Plan, PlanEdit, PlanGrid
from gridsvc.plans.publishing.change import prospect
from gridsvc.plans.publishing.in_force.boundaries import write_boundaries
from gridsvc.plans.rules import Decision, EditKind, PlanState


def drawn(wide: float = 0.7):
    """The town with the border of its first two grids moved, as QGIS saves it."""
    town = toy_town.grids()[["code", "geometry"]]
    town.loc[[0, 1], "geometry"] = [cell(0, 2, wide=wide), cell(wide, 2, wide=2 - wide)]
    town.index += 1
    return town.rename_axis("row")


def an_account(session, name: str, role: Role):
    return services.add_user(
        session, username=name, role=role, password="a long enough one", prefixes=(TOWN,)
    )


@pytest.fixture
def plan(session):
    peopled_town.territory(session)
    user = an_account(session, "planner", Role.PLANNER)
    made = drafts.begin(session, user, name="外来", scope=TOWN, now=NOW, today=TODAY)
    drafts.fill(session, made)
    made.state = PlanState.DRAFT
    session.flush()
    return made


def test_a_layer_is_one_line_that_can_be_undone(session, plan):
    before = store.load(session, plan.id)
    laid = lay_over(session, plan, plan.owner, drawn(0.3), "r3.gpkg", NOW)
    after = store.load(session, plan.id)
    assert edge_chain(after).same_as(edge_chain(before))
    # The first grid's building, in its middle, lies east of the new border.
    assert laid.report.changes["went"][code(1, 1)] == 120
    line = session.scalars(select(PlanEdit)).one()
    assert (line.kind, line.params["file"]) == (EditKind.INTAKE, "r3.gpkg")
    households = select(PlanGrid.households).where(PlanGrid.grid_code == code(1, 2))
    assert session.scalar(households) == 420
    asked = log.Asked(EditKind.UNDO, {}, plan.log_number)
    log.undo(session, plan, plan.owner, asked, NOW)
    again = store.load(session, plan.id)
    assert again.geometry.geom_equals_exact(before.geometry, 0).all()
    assert again["grid"].equals(before["grid"])


def test_what_is_there_already_is_no_line(session, plan):
    laid = lay_over(session, plan, plan.owner, drawn(1), "same.gpkg", NOW)
    assert laid.outcome is None and set(laid.report.changes["status"]) == {"same"}
    assert plan.log_number == 0


def test_a_dry_run_leaves_the_draft_as_it_was(session, plan):
    laid = lay_over(session, plan, plan.owner, drawn(), "r3.gpkg", NOW, dry_run=True)
    assert laid.outcome.seq is None and plan.log_number == 0


def test_a_gap_refuses_the_layer_with_its_place(session, plan):
    holed = drawn().drop(index=5)
    with pytest.raises(RuleViolation, match="Ground in no grid") as refused:
        lay_over(session, plan, plan.owner, holed, "r3.gpkg", NOW)
    assert cell(1, 1).covers(shapely.Point(refused.value.place))
    assert plan.log_number == 0


@pytest.fixture
def gridsvc(fresh_database, tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", fresh_database.database_url)
    monkeypatch.setenv("GRIDSVC_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    engine = create_engine(fresh_database.database_url)
    with Session(engine) as session:
        peopled_town.territory(session)
        an_account(session, "planner", Role.PLANNER)
        an_account(session, "leader", Role.LEADER)
        session.commit()
    drawn().to_file("r3.gpkg", layer="r3", engine="pyogrio")

    def run(*more: str, planner: str = "planner", answer: str = ""):
        words = ["import-plan", "r3.gpkg", "--name", "三月", "--within", TOWN, "--datum", "wgs84"]
        words += ["--planner", planner, "--code-field", "code", *more]
        return CliRunner().invoke(main, words, input=answer)

    def plans() -> int:
        with Session(engine) as session:
            return len(session.scalars(select(Plan)).all())

    yield run, plans
    engine.dispose()


def test_the_planner_sees_the_report_before_the_draft_exists(gridsvc):
    run, plans = gridsvc
    refused = run(answer="n\n")
    assert refused.exit_code != 0 and plans() == 0
    assert "2 grids change, 7 stay" in refused.output and code(1, 1) in refused.output
    made = run(answer="y\n")
    assert made.exit_code == 0 and plans() == 1 and "/plans/" in made.output


def test_a_dry_run_and_json_tell_every_grid(gridsvc):
    run, plans = gridsvc
    told = json.loads(run("--dry-run", "--json").output)
    assert plans() == 0 and told["plan"] is None and len(told["changes"]) == 9
    assert {one["status"] for one in told["changes"]} == {"same", "changed"}
    made = json.loads(run("--yes", "--json").output)
    assert plans() == 1 and made["plan"] is not None


def test_only_a_planner_draws_plans(gridsvc):
    run, plans = gridsvc
    refused = run("--yes", planner="leader")
    assert refused.exit_code == 2 and "may not draw plans" in refused.output and plans() == 0


def test_a_drawing_from_cad_says_its_projection_with_an_option(gridsvc, tmp_path):
    run, plans = gridsvc
    lines = drawn().to_crs(toy_town.METRIC).boundary.to_frame("geometry").assign(Layer="GRID")
    pyogrio.write_dataframe(lines, tmp_path / "r3.dxf", driver="DXF")
    words = ["import-plan", "r3.dxf", "--name", "三月", "--within", TOWN, "--datum", "cgcs2000"]
    words += ["--planner", "planner", "--yes"]
    assert "--crs" in CliRunner().invoke(main, words).output and plans() == 0
    made = CliRunner().invoke(main, [*words, "--crs", toy_town.METRIC])
    assert made.exit_code == 0 and plans() == 1 and "2 grids change, 7 stay" in made.output


def test_a_file_that_a_newer_map_displaced_is_looked_at_and_laid_again(session, plan):
    lay_over(session, plan, plan.owner, drawn(0.3), "r3.gpkg", NOW)
    # Elsewhere in the community the map in force changes meanwhile.
    other = drafts.begin(session, plan.owner, name="别处", scope=TOWN, now=NOW, today=TODAY)
    drafts.fill(session, other)
    other.state = PlanState.DRAFT
    merge = log.Asked(EditKind.MERGE, {"into": code(2, 1), "others": [code(2, 2)]}, 0)
    log.edit(session, other, plan.owner, merge, NOW)
    whole, change = prospect.drawn(session, other, TODAY)
    write_boundaries(session, change)
    assert len(whole) == 9
    found = rebase.rebase(session, plan, plan.owner, plan.log_number, NOW, TODAY, print)
    assert [(one.kind, one.drawn is not None) for one in found.misfits] == [(EditKind.INTAKE, True)]
    seq = found.misfits[0].seq
    name, again = drawing(session, plan, seq)
    assert name == "r3.gpkg" and set(again["code"].str[:12]) == {f"{TOWN}001"}
    laid = lay_over(session, plan, plan.owner, again, name, NOW, redoes=seq)
    # The report anew: the same houses change hands, and what was merged elsewhere stays merged.
    assert laid.report.changes["went"][code(1, 1)] == 120
    held = set(session.scalars(select(PlanGrid.grid_code).where(PlanGrid.plan_id == plan.id)))
    assert code(2, 1) in held and code(2, 2) not in held
    assert [one.decision for one, _, _ in misfits.misfits(session, plan.id)] == [Decision.REDONE]
    with pytest.raises(NotFound):
        drawing(session, plan, seq)
