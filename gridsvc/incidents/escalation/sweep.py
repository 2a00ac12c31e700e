"""What falls due by itself, done once: rungs of the ladder, new due dates, erasures, deliveries.

Any number of workers may sweep at once. Each locks the cases that it looks at and passes over
those that another holds; that a rung is climbed once is kept by the key of `Escalation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased, sessionmaker

from gridsvc.accounts import expiry
from gridsvc.calendars.queries import known_until, office_zone
from gridsvc.incidents import clock
from gridsvc.incidents.escalation.ladder import climb, surroundings
from gridsvc.incidents.evidence import contacts
from gridsvc.incidents.models import ClockEntry, Incident
from gridsvc.notices.services import deliver_due
from gridsvc.settings import Settings

BATCH = 100
"""Cases of one transaction: a lock on a case lasts well under a second."""

RETRY = timedelta(minutes=10)
"""A case that cannot be worked through is left for this long, so that it holds up no other."""

Work = Callable[[Session, Sequence[Incident]], Callable[[], None]]
"""Works through some cases and returns what counts them, for when it is done."""

log = structlog.get_logger(__name__)


@dataclass
class Ticked:
    """What one sweep did.

    Attributes
    ----------
    cases : int
        Cases looked at.
    rungs, raised, slips : int
        Rungs climbed, levels risen, supervision slips issued.
    notices, unheard : int
        Notices written; cases whose rung had nobody to tell.
    recounted : int
        Due dates worked out anew, because the holidays up to them were published.
    erased : int
        Reporters' contacts erased.
    forgotten : int
        Expired tokens, old failed sign-ins and counts of keys deleted.
    delivered : int
        Mails and calls that arrived.
    failed : int
        Cases that could not be worked through; the log says why.
    """

    cases: int = 0
    rungs: int = 0
    raised: int = 0
    slips: int = 0
    notices: int = 0
    unheard: int = 0
    recounted: int = 0
    erased: int = 0
    forgotten: int = 0
    delivered: int = 0
    failed: int = 0


def tick(
    session_factory: sessionmaker[Session], now: datetime, settings: Settings | None = None
) -> Ticked:
    """Do everything that is due, in transactions of its own; safe to repeat and to interrupt.

    Parameters
    ----------
    session_factory : sessionmaker
        Of the database.
    now : datetime
        Aware.
    settings : Settings, optional
        How mail is sent; without them nothing is delivered, only written.
    """
    done = Ticked()
    _recount(session_factory, now, done)
    _climb(session_factory, now, done)
    with session_factory.begin() as session:
        done.erased = contacts.erase_due(
            session, now, settings.contact_days if settings else contacts.ERASED_AFTER_DAYS
        )
    with session_factory.begin() as session:
        done.forgotten = expiry.forget(session, now)
    if settings is not None:
        done.delivered = deliver_due(session_factory, settings, now)
    return done


def _climb(session_factory: sessionmaker[Session], now: datetime, done: Ticked) -> None:
    with session_factory() as session:
        around = surroundings(session)
        session.expunge_all()

    def look(session: Session, incidents: Sequence[Incident]) -> Callable[[], None]:
        some = climb(session, incidents, now, around)

        def count() -> None:
            done.cases += len(incidents)
            done.rungs += some.rungs
            done.raised += some.raised
            done.slips += some.slips
            done.notices += some.notices
            done.unheard += some.unheard

        return count

    _each(session_factory, Incident.sweep_at <= now, look, now, done)


def _recount(session_factory: sessionmaker[Session], now: datetime, done: Ticked) -> None:
    with session_factory() as session:
        zone = office_zone(session)
    known = datetime.combine(known_until() + timedelta(days=1), time(), zone)
    later = aliased(ClockEntry)
    newest = ~exists().where(
        later.incident_id == ClockEntry.incident_id, later.seq > ClockEntry.seq
    )
    uncertain = exists().where(
        ClockEntry.incident_id == Incident.id,
        ClockEntry.uncertain,
        ClockEntry.due_at < known,
        newest,
    )

    def again(session: Session, incidents: Sequence[Incident]) -> Callable[[], None]:
        some = sum(clock.recount(session, one, now) is not None for one in incidents)

        def count() -> None:
            done.recounted += some

        return count

    _each(session_factory, uncertain, again, now, done)


def _each(
    session_factory: sessionmaker[Session],
    chosen: ColumnElement[bool],
    work: Work,
    now: datetime,
    done: Ticked,
) -> None:
    """Work through the open cases chosen, in batches, passing over those that another holds."""
    query = (
        select(Incident)
        .where(chosen, Incident.closed_at.is_(None))
        .order_by(Incident.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    last = 0
    while True:
        with session_factory.begin() as session:
            cases = session.scalars(query.where(Incident.id > last)).all()
            if not cases:
                return
            last = cases[-1].id
            _batch(session, cases, work, now, done)


def _batch(
    session: Session, cases: Sequence[Incident], work: Work, now: datetime, done: Ticked
) -> None:
    """Work through locked cases at once; where one cannot be, each for itself."""
    numbers = [one.id for one in cases]
    try:
        with session.begin_nested(), session.no_autoflush:
            # A case's row has many indexes: it is written once, with all that changed.
            count = work(session, cases)
        count()
    except Exception as fault:
        if isinstance(fault, DBAPIError) and fault.connection_invalidated:
            raise
        if len(numbers) > 1:
            for number in numbers:
                one = session.get_one(Incident, number, populate_existing=True)
                _batch(session, [one], work, now, done)
            return
        # Without a traceback: one that shows variables would write people's words into the log.
        told = f"{type(fault).__name__}: {' '.join(str(fault).split())}"
        log.error("sweep_failed", incident=numbers[0], fault=told[:300])
        done.failed += 1
        wait = update(Incident).where(Incident.id == numbers[0])
        session.execute(wait.values(sweep_at=now + RETRY))
