"""A publication that fails, at whichever statement, changes nothing; of two at once one wins."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest
import redrawn_town
from redrawn_town import approved, asked, merged, split
from sqlalchemy import event, select, text

from gridsvc import cluster
from gridsvc.accounts.models import UserAccount
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import Conflict
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.publishing.in_force import publication

#: What a publication writes; of the rest the foreign keys tell.
_WRITTEN = (
    "audit_log", "branch_assignment", "grid", "grid_boundary", "grid_lineage", "layer_version",
    "notice", "plan", "plan_review", "publication", "team_assignment", "tile_feature",
)  # fmt: skip


class Cut(Exception):
    """The line to the database, cut."""


@contextmanager
def failing_at(engine, number):
    """Let the n-th statement fail before it is sent; ``count`` is how many were tried."""
    seen = Counter()

    def before(*_):
        seen["statements"] += 1
        if seen["statements"] == number:
            raise Cut

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


@pytest.fixture(scope="module")
def ready(template, settings):
    """A committed town with two approved drafts of one base."""
    name = f"gridsvc_test_{uuid.uuid4().hex[:8]}"
    url = cluster.create_database(settings, name, template)
    engine = make_engine(replace(settings, database_url=url), pool_size=6)
    with session_factory(engine).begin() as session:
        planner, street = redrawn_town.build(session)
        plans = [
            approved(session, draw(session, planner), planner, street).id
            for draw in (split, merged)
        ]
    yield engine, plans
    engine.dispose()
    cluster.drop_database(settings, name)


def content(session):
    """A hash of every table that a publication writes, as a transaction sees it."""
    row = "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from gridsvc.{} t"
    return {name: session.scalar(text(row.format(name))) for name in _WRITTEN}


def published(session, plan_id):
    planner = session.scalars(select(UserAccount).filter_by(username="planner1")).one()
    return review.publish(session, plan_id, asked(planner)).id


def test_whichever_statement_fails_nothing_is_half_done(ready):
    engine, (plan_id, _) = ready
    session, number = session_factory(engine)(), 1
    before = content(session)
    session.rollback()
    while True:
        with failing_at(engine, number) as seen:
            try:
                published(session, plan_id)
                break
            except Cut:
                session.rollback()
        assert seen["statements"] >= number
        assert content(session) == before, f"statement {number} left something behind"
        session.rollback()
        number += 1
    after = content(session)
    assert number > 40 and {name for name in before if after[name] != before[name]} == set(_WRITTEN)
    session.rollback()
    session.close()


def test_of_two_planners_at_once_one_wins_and_the_other_is_told_of_the_newer_version(ready):
    engine, plans = ready
    told, start = {}, threading.Barrier(2)

    def go(plan_id):
        start.wait()
        try:
            with session_factory(engine).begin() as session:
                told[plan_id] = published(session, plan_id)
        except Conflict as refused:
            told[plan_id] = refused.message

    both = [threading.Thread(target=go, args=(one,)) for one in plans]
    for one in both:
        one.start()
    for one in both:
        one.join()
    won = [value for value in told.values() if isinstance(value, int)]
    lost = [value for value in told.values() if isinstance(value, str)]
    assert len(won) == len(lost) == 1
    assert f"version {won[0]}, published" in lost[0]


def test_a_publication_that_has_to_wait_too_long_is_told_why(ready, monkeypatch):
    engine, (plan_id, _) = ready
    with session_factory(engine)() as first, session_factory(engine)() as second:
        publication.one_at_a_time(first)
        monkeypatch.setattr(publication, "_PATIENCE_MS", 1)
        with pytest.raises(Conflict, match="Another map is being put in force just now"):
            published(second, plan_id)
