"""What falls due is done once, however many workers do it."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from overdue import START, ZONE, one_case
from sqlalchemy import select, text

from gridsvc.incidents.escalation import sweep
from gridsvc.incidents.models import Incident
from gridsvc.notices.models import Notice

MANY = 2000
_OVERDUE = """
    with made as (
        insert into gridsvc.incident (kind, category_id, status, level, datum, provenance,
            reported_at, received_at, geom, grid_code, grid_boundary_id, division_code, due_at,
            sweep_at)
        select i.kind, i.category_id, 'reported', 'grid', 'wgs84', 'gps', :start, :start, i.geom,
            i.grid_code, i.grid_boundary_id, i.division_code, :due, :start
        from (select * from gridsvc.incident where grid_code is not null limit 1) i,
            generate_series(1, :many)
        returning id
    ), begun as (
        insert into gridsvc.incident_event (incident_id, seq, at, action, to_status, detail)
        select id, 1, :start, 'report', 'reported', '{}' from made
    )
    insert into gridsvc.clock_entry (incident_id, seq, kind, at, limit_kind, limit_count, due_at)
    select id, 1, 'start', :start, 'working_days', 1, :due from made
"""


def at_once(count: int, work) -> list:
    """Run something in threads that begin together."""
    together = threading.Barrier(count)

    def begin(number: int):
        together.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_two_thousand_overdue_cases_are_escalated_once_each_by_four_workers(sessions):
    due = datetime(2026, 9, 11, 17, 30, tzinfo=ZONE)
    with sessions.begin() as session:
        session.execute(text(_OVERDUE), {"start": START, "due": due, "many": MANY})
    done = at_once(4, lambda _: sweep.tick(sessions, due + timedelta(minutes=1)))
    done.append(sweep.tick(sessions, due + timedelta(minutes=1)))
    assert sum(one.rungs for one in done) == 4 * MANY
    assert sum(one.raised for one in done) == MANY
    assert sum(one.failed for one in done) == 0
    assert sum(one.cases > 0 for one in done) > 1
    with sessions() as session:
        raised = text("select incident_id from gridsvc.incident_event where action = 'escalate'")
        assert set(Counter(session.scalars(raised)).values()) == {1}
        per_case = Counter(session.scalars(select(Notice.incident_id)))
        assert len(per_case) == MANY and len(set(per_case.values())) == 1


def test_without_the_key_and_the_lock_two_workers_tell_everybody_twice(sessions):
    """The control: the same work by looking first and writing then does double."""
    due = datetime(2026, 9, 11, 17, 30, tzinfo=ZONE)
    with sessions.begin() as session:
        session.execute(text(_OVERDUE), {"start": START, "due": due, "many": 50})
    looked = threading.Barrier(2)
    user = text("select min(id) from gridsvc.user_account")

    def naive(_: int) -> None:
        with sessions.begin() as session:
            untold = ~select(Notice.id).where(Notice.incident_id == Incident.id).exists()
            running = Incident.sweep_at.is_not(None)
            cases = session.scalars(select(Incident.id).where(running, untold)).all()
            looked.wait()
            whom = session.scalar(user)
            session.add_all(
                Notice(dedupe_key=uuid.uuid4().hex, channel="inbox", user_id=whom, topic="overdue",
                       params={}, incident_id=one)
                for one in cases
            )  # fmt: skip

    at_once(2, naive)
    with sessions() as session:
        per_case = Counter(session.scalars(select(Notice.incident_id)))
    assert len(per_case) == 50 and set(per_case.values()) == {2}


def test_a_rung_recorded_by_another_worker_is_not_climbed_although_the_lock_is_free(sessions):
    number = one_case(sessions)
    late = START + timedelta(days=30)
    assert sweep.tick(sessions, late).rungs == 6
    with sessions.begin() as session:
        session.get_one(Incident, number).sweep_at = START
    assert sweep.tick(sessions, late) == sweep.Ticked(cases=1)
