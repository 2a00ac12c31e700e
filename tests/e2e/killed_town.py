"""An approved draft whose publication is killed, again and again, in a database of its own."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace

import toy_town
from peopled_town import TODAY, TOWN
from redrawn_town import GRID, NEW, asked
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridsvc import cluster
from gridsvc.accounts.models import AuditEntry, UserAccount
from gridsvc.db import make_engine, session_factory
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.grids.territory import stale_layers
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.publishing.models import GridLineage, PlanReview, Publication
from gridsvc.plans.publishing.rules import ReviewAction
from gridsvc.plans.rules import PlanState
from gridsvc.staffing.queries import team_of

OLD, NEW_MAP, MIXED = "old", "new", "mixed"


class Town:
    """The approved draft, and a copy of its database for as long as it was not published there."""

    def __init__(self, settings, plan_id) -> None:
        self.settings, self.plan_id = settings, plan_id
        self.copies, self.url, self.seconds = 0, "", 0.0
        self.statements = 0
        self.drawn = random.Random(11)

    def engine(self, **options):
        engine = make_engine(replace(self.settings, database_url=self.url))
        return engine.execution_options(**options)

    def copy(self) -> None:
        if self.copies:
            cluster.drop_database(self.settings, f"try_{self.copies}")
        self.copies += 1
        self.url = cluster.create_database(self.settings, f"try_{self.copies}", "drawn")
        # A sequence logs 32 numbers ahead; a copy of its page does not, and after a crash would
        # give numbers twice. Written once it logs as it does in a database that was not copied.
        engine = self.engine()
        with engine.begin() as connection:
            connection.execute(text(_SEQUENCES)).all()
        engine.dispose()

    def publish(self, begun, done, written, last, options) -> None:
        engine = self.engine(**options)

        def count(_connection, _cursor, statement, *_) -> None:
            written.value += statement.startswith(("INSERT", "UPDATE", "DELETE"))
            if written.value == last:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "before_cursor_execute", count)
        with session_factory(engine)() as session:
            planner = session.scalars(select(UserAccount).filter_by(username="planner1")).one()
            begun.set()
            with suppress(OperationalError):
                review.publish(session, self.plan_id, asked(planner))
                session.commit()
                done.set()

    def measure(self) -> None:
        """Take the time of a publication that nothing happens to, and count what it writes."""

        def undisturbed(child) -> None:
            began = time.monotonic()
            child.join()
            self.seconds = time.monotonic() - began

        self.copy()
        assert self.attempt(undisturbed) and self.state() == NEW_MAP
        self.copy()

    def attempt(self, fault, last=None, **options):
        """Publish in a process of its own, let a fault happen, and say how far it had come.

        It may also die by itself, before its ``last`` writing statement.
        """
        # Forked, since starting a Python with all its libraries takes ten times a publication.
        world = multiprocessing.get_context("fork")
        begun, done, written = world.Event(), world.Event(), world.Value("i", 0)
        child = world.Process(target=self.publish, args=(begun, done, written, last, options))
        child.start()
        assert begun.wait(300)
        fault(child)
        child.join(300)
        assert child.exitcode is not None, "a publication neither ends nor dies"
        self.statements = max(self.statements, written.value)
        return done.is_set()

    def midst(self, most: int) -> range:
        """Count the statements before which a transaction is open and has written already."""
        return range(2, min(2 + most, self.statements + 1))

    def state(self) -> str:
        """Read the map with everything that goes with it: all old, all new, or neither."""
        engine = self.engine()
        with ExitStack() as after, Session(engine) as session:
            after.callback(engine.dispose)
            grids = ground.in_force(session, TOWN, TODAY)
            published = session.scalar(select(func.count(Publication.id)))
            told = select(func.count(AuditEntry.id)).where(AuditEntry.action == "plan.publish")
            step = select(func.count(PlanReview.id)).where(
                PlanReview.action == ReviewAction.PUBLISH
            )
            facts = {
                "publications": published,
                "map": NEW in grids.index,
                "ground": edge_chain(grids).same_as(edge_chain(toy_town.grids())),
                "parts": grids.index.is_unique and len(grids) == 9 + published,
                "team": team_of(session, NEW, TODAY) is not None,
                "lineage": session.scalar(select(func.count()).select_from(GridLineage)) > 0,
                "audit": session.scalar(told),
                "review": session.scalar(step),
                "state": session.get_one(Plan, self.plan_id).state is PlanState.PUBLISHED,
                "drawn": not stale_layers(session)
                and bool(session.scalar(text(_DRAWN), {"code": NEW})) is (published == 1),
                "households": grids["households"].sum()
                == toy_town.grids()["household_count"].sum(),
                "kept": GRID in grids.index,
            }
        sound = {"ground", "parts", "drawn", "households", "kept"}
        if not all(facts[name] for name in sound):
            return MIXED
        rest = {bool(value) for name, value in facts.items() if name not in sound}
        return {frozenset({False}): OLD, frozenset({True}): NEW_MAP}.get(frozenset(rest), MIXED)

    def killed(self, times, kill, **options) -> Counter[str]:
        """Kill so many publications at random moments, a quarter of them inside; count the maps.

        However wrong the time of one was measured, the moments draw nearer until they meet it.
        """
        left: Counter[str] = Counter()
        while left.total() - left["inside"] < times or left["inside"] < times // 4:

            def fault(child) -> None:
                time.sleep(self.drawn.uniform(0, self.seconds))
                kill(child)

            done = self.attempt(fault, **options)
            # On a busy machine no two take the same time: half of the kills shall come inside.
            self.seconds *= 0.8 if done else 1.2
            self.wait_for_database()
            state = self.state()
            left[state] += 1
            left["inside"] += not done
            assert not (done and state == OLD), "a publication was answered and is not there"
            if state != OLD:
                self.copy()
        return left

    def wait_for_database(self) -> None:
        give_up = time.monotonic() + 120
        while True:
            try:
                cluster.start(self.settings)
                self.state()
                return
            # Its children notice by themselves that it died; a start waits for the last of them.
            except Exception:
                assert time.monotonic() < give_up, "PostgreSQL does not come up again"
                time.sleep(0.5)


_SEQUENCES = """
    select setval(format('%I.%I', schemaname, sequencename)::regclass, last_value)
    from pg_sequences where schemaname = 'gridsvc' and last_value is not null
"""

_DRAWN = "select 1 from gridsvc.tile_feature where code = :code limit 1"
