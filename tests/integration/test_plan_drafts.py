"""Drafts of the toy town: opened, redrawn, undone, and what two planners do to each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import peopled_town
import pytest
import toy_town
from case_town import account
from geoalchemy2.shape import from_shape
from peopled_town import NOW, TODAY, TOWN
from shapely import MultiPolygon
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.grids.models import Building, Grid
from gridsvc.plans import atoms, drafts, lines, locks, log, queries
from gridsvc.plans.rules import EditKind, PlanState
from gridsvc.plans.shapes import shapes_to_publish

A, B, C = (toy_town.code(1, sequence) for sequence in (1, 2, 3))
LOW = toy_town.code(2, 1)
DOWN = [list(toy_town.position(0.5, 3.2)), list(toy_town.position(0.5, 1.8))]


@pytest.fixture
def town(session):
    peopled_town.territory(session)
    return session


@pytest.fixture
def planner(town):
    return account(town, "planner1", Role.PLANNER, TOWN)


@pytest.fixture
def plan(town, planner):
    return opened(town, planner)


def opened(session, user, scope=TOWN):
    plan = drafts.begin(session, user, name="西片", scope=scope, now=NOW, today=TODAY)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    return plan


def ask(kind, seen, client_id=None, **params):
    return log.Asked(EditKind(kind), params, seen, client_id)


def split(session, plan, user, seen=None, client_id=None, **more):
    seen = plan.log_number if seen is None else seen
    return log.edit(
        session, plan, user, ask("split", seen, client_id, grid=A, line=DOWN), NOW, **more
    )


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


def test_edits_that_do_not_meet_pass_each_other_and_edits_that_meet_do_not(town, plan, planner):
    other = account(town, "planner2", Role.PLANNER, TOWN)
    split(town, plan, planner, seen=0)
    apart = log.edit(town, plan, other, ask("merge", 0, into=B, others=[C]), NOW)
    assert apart.rebased and apart.seq == 2
    with pytest.raises(log.EditsMeet, match="line 1") as met:
        log.edit(town, plan, other, ask("merge", 0, into=A, others=[toy_town.code(1, 4)]), NOW)
    assert met.value.ids == ["1"]
    with pytest.raises(log.EditsMeet):
        log.undo(town, plan, planner, ask("undo", 1), NOW)


def test_a_repeat_gets_the_first_answer_and_other_content_is_refused(town, plan, planner):
    first = split(town, plan, planner, client_id="x")
    again = split(town, plan, planner, seen=0, client_id="x")
    assert (again.seq, again.repeated, plan.log_number) == (first.seq, True, 1)
    with pytest.raises(Conflict, match="another edit"):
        log.edit(town, plan, planner, ask("merge", 1, "x", into=B, others=[C]), NOW)


@pytest.mark.parametrize("code", [A, A[:12]])
def test_a_lock_names_who_and_why(town, plan, planner, code):
    locks.lock(town, plan, planner, code, "school year", NOW)
    with pytest.raises(RuleViolation, match="planner1: school year"):
        split(town, plan, planner)
    locks.unlock(town, plan, planner, code)
    assert split(town, plan, planner).seq == 1


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


@pytest.fixture
def committed(fresh_database):
    """A draft that is really stored, so that two planners can have sessions of their own."""
    engine = make_engine(fresh_database, pool_size=4)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as town:
        peopled_town.territory(town)
        number = opened(town, account(town, "planner1", Role.PLANNER, TOWN)).id
    yield sessions, number
    engine.dispose()


def at_once(committed, *asked):
    """Let every edit begin before any of them is done; answer the lines, or the refusals."""
    sessions, number = committed
    ready = Barrier(len(asked))

    def draws(one):
        with sessions() as town:
            user = town.scalars(select(UserAccount)).one()
            ready.wait()
            try:
                plan = queries.plan_for(town, number, user.scope, lock=True)
                made = log.edit(town, plan, user, one, NOW)
                town.commit()
                return made.seq
            except Conflict as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(asked)) as pool:
        return sorted(pool.map(draws, asked), key=str)


def test_two_planners_at_once_elsewhere_are_both_heard(committed):
    told = at_once(
        committed, ask("split", 0, grid=A, line=DOWN), ask("merge", 0, into=B, others=[C])
    )
    assert told == [1, 2]


def test_two_planners_at_once_in_one_grid_are_one_and_a_refusal(committed):
    told = at_once(
        committed, ask("merge", 0, into=B, others=[A]), ask("merge", 0, into=B, others=[C])
    )
    assert told == [1, "edits_meet"]


def test_the_same_edit_sent_three_times_at_once_is_made_once(committed):
    told = at_once(committed, *[ask("merge", 0, "x", into=B, others=[C])] * 3)
    assert told == [1, 1, 1]


def houses(session, plan):
    """Three more buildings in grid A, and the draft drawn again with cells for all of them."""
    for place, (column, row) in enumerate([(0.2, 2.2), (0.8, 2.2), (0.8, 2.8)]):
        shape = toy_town.cell(column, row, wide=0.1, high=0.1)
        session.add(
            Building(
                code=f"more{place}",
                geom=from_shape(MultiPolygon([shape]), 4326),
                anchor=from_shape(shape.centroid, 4326),
                household_count=10 * (place + 1),
                dwelling_count=40,
                valid_from=peopled_town.SINCE,
            )
        )
    session.flush()
    drafts.fill(session, plan)
    return atoms.load(session, plan.id, [A])


def test_buildings_are_the_atoms_and_chosen_ones_pass_with_their_households(town, plan, planner):
    cells = houses(town, plan)
    assert sorted(cells["households"]) == [10, 20, 30, 120]
    chosen = cells["building"][cells["households"] == 20].tolist()
    below = toy_town.code(1, 4)
    log.edit(town, plan, planner, ask("relabel", 0, to=below, buildings=chosen), NOW)
    assert queries.outlines(town, plan.id, [A, below])["households"].tolist() == [160, 120]


def test_chosen_buildings_sent_again_are_one_edit_and_others_are_not(town, plan, planner):
    cells = houses(town, plan).set_index("households")["building"]
    one, two = int(cells[10]), int(cells[20])
    below = toy_town.code(1, 4)
    first = ask("relabel", 0, "x", to=below, buildings=[one])
    assert log.edit(town, plan, planner, first, NOW).seq == 1
    assert log.edit(town, plan, planner, first, NOW).repeated
    with pytest.raises(Conflict, match="another edit"):
        log.edit(town, plan, planner, ask("relabel", 1, "x", to=below, buildings=[two]), NOW)


def test_what_would_be_published_leaves_the_borders_that_nobody_drew(town, plan, planner):
    houses(town, plan)
    before = shapes_to_publish(town, plan)
    untouched = before["geometry"][A]
    assert queries.outlines(town, plan.id, [A])["geometry"][A] != untouched
    assert untouched.normalize().equals_exact(toy_town.cell(0, 2).normalize(), 0)
    log.edit(town, plan, planner, ask("merge", 0, into=B, others=[C]), NOW)
    after = shapes_to_publish(town, plan)
    assert after.index[after["changed"] & ~before["changed"].reindex(after.index)].tolist() == [B]
    assert edge_chain(after).same_as(edge_chain(toy_town.grids()))
