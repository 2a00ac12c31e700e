"""Drafts of the toy town: opened, redrawn, undone, and what cannot be an edit."""

from __future__ import annotations

import pytest
import toy_town
from case_town import account
from drafted import DOWN, A, B, C, ask, opened, split
from peopled_town import NOW, TOWN
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.accounts.rules import Role
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.grids.models import Grid
from gridsvc.plans import atoms, lines, log, queries
from gridsvc.plans.rules import EditKind, PlanState


def picture(session, plan):
    """Everything of a draft's state, bit by bit."""
    rows = (
        "select to_jsonb(t) || jsonb_build_object('g', st_asewkb(geom)::text) from gridsvc.{} t"
        " where plan_id = {} order by 1"
    )
    names = ("plan_atom", "plan_grid")
    return [session.scalars(text(rows.format(name, plan.id))).all() for name in names]


def test_a_draft_begins_as_the_territory_is(town, plan):
    drawn = queries.outlines(town, plan.id)
    assert drawn["households"].tolist() == toy_town.grids()["household_count"].tolist()
    assert edge_chain(drawn).same_as(edge_chain(toy_town.grids()))
    assert not drawn["changed"].any()
    assert queries.overtaken(town, plan) == []


def test_a_split_keeps_the_chain_and_the_households(town, plan, planner):
    made = split(town, plan, planner)
    drawn = queries.outlines(town, plan.id)
    assert made.seq == plan.log_number == 1
    assert drawn["households"].sum() == toy_town.grids()["household_count"].sum()
    assert drawn.index[drawn["changed"]].tolist() == [A, toy_town.code(1, 7)]
    assert edge_chain(drawn).same_as(edge_chain(atoms.load(town, plan.id)))


def test_a_preview_changes_nothing(town, plan, planner):
    before = picture(town, plan)
    made = split(town, plan, planner, dry_run=True)
    assert made.seq is None and len(made.edit.grids) == 2
    assert picture(town, plan) == before and plan.log_number == 0


def test_undoing_everything_is_bit_identical_also_for_another_session(town, plan, planner):
    began = picture(town, plan)
    split(town, plan, planner)
    log.edit(town, plan, planner, ask("merge", 1, into=B, others=[C]), NOW)
    ended = picture(town, plan)
    town.expire_all()
    for seen in (2, 3):
        log.undo(town, plan, planner, ask("undo", seen), NOW)
    assert picture(town, plan) == began
    for seen in (4, 5):
        log.redo(town, plan, planner, ask("redo", seen), NOW)
    assert picture(town, plan) == ended
    assert queries.standing_of(town, plan.id).edits == (1, 2)


def test_the_base_can_be_had_back_from_the_log(town, plan, planner):
    began = atoms.load(town, plan.id)
    split(town, plan, planner)
    log.edit(town, plan, planner, ask("retire", 1, grid=B), NOW)
    assert lines.base_atoms(town, plan).equals(began)


def test_a_new_edit_ends_what_could_be_redone(town, plan, planner):
    split(town, plan, planner)
    log.undo(town, plan, planner, ask("undo", 1), NOW)
    log.edit(town, plan, planner, ask("merge", 2, into=B, others=[C]), NOW)
    with pytest.raises(RuleViolation, match="nothing to redo"):
        log.redo(town, plan, planner, ask("redo", 3), NOW)


def test_a_code_is_never_given_twice(town, plan, planner):
    split(town, plan, planner)
    log.undo(town, plan, planner, ask("undo", 1), NOW)
    again = split(town, plan, planner, seen=2)
    assert toy_town.code(1, 8) in again.edit.grids


def test_a_code_that_another_draft_published_meanwhile_is_not_given(town, plan, planner):
    code = toy_town.code(1, 7)
    town.add(Grid(code=code, community_code=code[:12], kind="residential", name="x"))
    town.flush()
    assert toy_town.code(1, 8) in split(town, plan, planner).edit.grids


def test_a_published_code_is_not_given_by_hand_either(town, plan, planner):
    log.edit(town, plan, planner, ask("merge", 0, into=B, others=[C]), NOW)
    with pytest.raises(RuleViolation, match="never given again"):
        log.edit(town, plan, planner, ask("renumber", 1, codes={A: C}), NOW)


@pytest.mark.parametrize(
    "change", ["update {} set why = 'x'", "delete from {}", "truncate {} cascade"]
)
def test_the_log_is_append_only(town, plan, planner, change):
    split(town, plan, planner)
    with pytest.raises(DBAPIError, match="append-only"):
        town.execute(text(change.format("gridsvc.plan_edit")))


def test_a_draft_of_another_area_is_not_there(town, plan):
    elsewhere = account(town, "planner3", Role.PLANNER, f"{TOWN}002")
    with pytest.raises(NotFound):
        queries.plan_for(town, plan.id, elsewhere.scope)
    with pytest.raises(NotFound):
        opened(town, elsewhere)
    assert opened(town, elsewhere, f"{TOWN}002").state is PlanState.DRAFT


def test_a_submitted_draft_is_not_redrawn(town, plan, planner):
    plan.state = PlanState.SUBMITTED
    with pytest.raises(RuleViolation, match="submitted"):
        split(town, plan, planner)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("split", {"grid": A}),
        ("split", {"grid": "1", "line": DOWN}),
        ("split", {"grid": A, "line": [[0, 0]]}),
        ("split", {"grid": A, "line": [[0, 0], ["a", 1]]}),
        ("split", {"grid": A, "line": [DOWN[0]] * 5001}),
        ("relabel", {"to": A}),
        ("relabel", {"to": A, "atoms": [True]}),
        ("renumber", {"codes": []}),
        ("retire", {"grid": None}),
        ("merge", {"into": 5, "others": [A]}),
        ("transfer", {"to": [A], "lasso": [*DOWN, DOWN[0]]}),
        ("split", {"grid": A, "line": DOWN, "new_code": [A]}),
        ("renumber", {"codes": {A: 7}}),
        ("undo", {}),
        ("proposal", {}),
    ],
)
def test_what_cannot_be_an_edit_is_said(town, plan, planner, kind, params):
    with pytest.raises(BadInput):
        log.edit(town, plan, planner, log.Asked(EditKind(kind), params, 0), NOW)
