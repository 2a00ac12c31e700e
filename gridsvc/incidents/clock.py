"""The clock of a case: started, paused, given more time, stopped; every step a line, with why.

The case must be locked by the caller's transaction (``select … for update``), so that two steps
never read the same ledger. A case that came without a clock is left without: pause, resume and
stop then write nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.errors import Conflict
from gridsvc.incidents.models import Category, CategoryLimit, ClockEntry, Incident
from gridsvc.incidents.rules import ClockEntryKind, LimitKind, Urgency
from gridsvc.incidents.rules.clock import (
    DEFAULT_LIMIT,
    URGENT_LIMITS,
    Due,
    due,
    extended,
    measure,
    resumed,
    share_used,
)
from gridsvc.incidents.rules.clock_ledger import Run, recounted, run_of
from gridsvc.incidents.rules.reasons import because

Limit = tuple[LimitKind, int | None]

CALENDAR_PUBLISHED = "The holidays up to the due date have been published."
"""Why the sweep counts a clock anew; shown by the pages in the reader's language."""


def limit_of(category: Category) -> Limit:
    """Return a category's limit, or five working days; two hours where an emergency line is named.

    The phone's form stops at such a category; a program's report of one must not wait for days.
    """
    if category.limit_kind is not None:
        return category.limit_kind, category.limit_count
    return URGENT_LIMITS[Urgency.IMMEDIATE] if category.emergency_phone else DEFAULT_LIMIT


def urgent_limit(session: Session, category: Category, urgency: Urgency) -> Limit:
    """Return the limit of a category's cases of an urgency."""
    if urgency is Urgency.ORDINARY:
        return limit_of(category)
    own = session.get(CategoryLimit, (category.id, urgency))
    return (own.limit_kind, own.limit_count) if own else URGENT_LIMITS[urgency]


def ledger(session: Session, incident_id: int) -> list[ClockEntry]:
    """Return the lines of a case's clock, oldest first, by the unique (incident, seq)."""
    query = select(ClockEntry).where(ClockEntry.incident_id == incident_id).order_by(ClockEntry.seq)
    return list(session.scalars(query))


def ledgers(session: Session, numbers: Sequence[int]) -> dict[int, list[ClockEntry]]:
    """Return the lines of several cases' clocks, each oldest first, in one statement."""
    query = select(ClockEntry).where(ClockEntry.incident_id.in_(numbers))
    found: dict[int, list[ClockEntry]] = {number: [] for number in numbers}
    for line in session.scalars(query.order_by(ClockEntry.incident_id, ClockEntry.seq)):
        found[line.incident_id].append(line)
    return found


def expected(session: Session, category: Category, code: str | None, now: datetime) -> Due:
    """Return when a case of a category at a place would be due if it were reported now."""
    kind, count = limit_of(category)
    return due(kind, count, now, calendar_for(session, code, now), office_zone(session))


def share(session: Session, incident: Incident, now: datetime) -> float | None:
    """Return the share of the limit that a case has used, measured as the ladder does.

    ``None`` without a clock. While it is paused, the share at the pause.
    """
    run = run_of(ledger(session, incident.id))
    if run is None:
        return None
    calendar = calendar_for(session, _place(incident), now)
    by = measure(run.limit_kind, calendar, office_zone(session))
    return share_used(run.started_at, run.due_at, run.pauses, run.paused_at or now, by)


def start(
    session: Session,
    incident: Incident,
    now: datetime,
    user: UserAccount | None,
    *,
    reason: str | None = None,
    limit: Limit | None = None,
) -> ClockEntry:
    """Start a case's clock, or start it anew when the case comes back to life.

    The limit is that of category and urgency unless one is given; the ladder is climbed from its
    foot again.
    """
    kind, count = limit or _own_limit(session, incident)
    calendar = calendar_for(session, _place(incident), now)
    at = due(kind, count, now, calendar, office_zone(session))
    return _append(
        session, incident, ClockEntryKind.START, now, user, reason, due=at, limit=(kind, count)
    )


def hasten(
    session: Session, incident: Incident, now: datetime, user: UserAccount | None, reason: str
) -> ClockEntry | None:
    """Start the clock anew with the limit of the case's urgency, where that ends sooner."""
    run = run_of(ledger(session, incident.id))
    kind, count = _own_limit(session, incident)
    calendar = calendar_for(session, _place(incident), now)
    sooner = due(kind, count, now, calendar, office_zone(session)).due_at
    if run is not None and run.due_at <= sooner:
        return None
    return start(session, incident, now, user, reason=reason)


def pause(
    session: Session, incident: Incident, now: datetime, user: UserAccount | None, reason: str
) -> ClockEntry | None:
    """Let the clock stand still; a clock that stands already is left as it is."""
    run = run_of(ledger(session, incident.id))
    if run is None or not run.running:
        return None
    return _append(session, incident, ClockEntryKind.PAUSE, now, user, reason)


def resume(
    session: Session,
    incident: Incident,
    now: datetime,
    user: UserAccount | None,
    reason: str | None = None,
) -> ClockEntry | None:
    """Let time pass again, with as much left as before the pause; safe to call twice."""
    run = run_of(ledger(session, incident.id))
    if run is None or run.stopped or run.paused_at is None:
        return None
    at = _after_pause(session, incident, run, now)
    return _append(session, incident, ClockEntryKind.RESUME, now, user, reason, due=at)


def extend(
    session: Session,
    incident: Incident,
    working_days: int,
    now: datetime,
    user: UserAccount | None,
    reason: str,
) -> ClockEntry:
    """Give a case more working days, counted from when it was due.

    Raises
    ------
    Conflict
        The clock stands still: there is no due date to move.
    """
    run = run_of(ledger(session, incident.id))
    if run is None or not run.running:
        raise because(Conflict, "clock_stands", [incident.id], case=incident.id)
    calendar = calendar_for(session, _place(incident), now)
    at = extended(run.due_at, working_days, calendar, office_zone(session))
    limit = (LimitKind.WORKING_DAYS, working_days)
    return _append(session, incident, ClockEntryKind.EXTEND, now, user, reason, due=at, limit=limit)


def stop(
    session: Session,
    incident: Incident,
    now: datetime,
    user: UserAccount | None,
    reason: str | None = None,
) -> ClockEntry | None:
    """End the clock with the case; safe to call twice.

    The case keeps the due date that it had, by which it counts as ended in time or not. Stopped
    in a pause, that is the one it would have had if work had gone on at that moment.
    """
    run = run_of(ledger(session, incident.id))
    if run is None or run.stopped:
        return None
    kept = run.due_at if run.running else _after_pause(session, incident, run, now).due_at
    line = _append(session, incident, ClockEntryKind.STOP, now, user, reason)
    incident.due_at = kept
    session.flush()
    return line


def restore(
    session: Session, incident: Incident, now: datetime, user: UserAccount | None, reason: str
) -> ClockEntry | None:
    """Take a stop back: the clock is what it was before, running or paused."""
    lines = ledger(session, incident.id)
    if not lines or lines[-1].kind is not ClockEntryKind.STOP:
        return None
    before = run_of(lines[:-1])
    at = Due(before.due_at, before.uncertain) if before and before.running else None
    return _append(session, incident, ClockEntryKind.RESTORE, now, user, reason, due=at)


def recount(session: Session, incident: Incident, now: datetime) -> ClockEntry | None:
    """Work an uncertain due date out again from the ledger, by the calendar known now."""
    lines = ledger(session, incident.id)
    run = run_of(lines)
    if run is None or not run.running or not run.uncertain:
        return None
    calendar = calendar_for(session, _place(incident), now)
    at = recounted(lines, calendar, office_zone(session))
    reason = CALENDAR_PUBLISHED
    return _append(session, incident, ClockEntryKind.RECOUNT, now, None, reason, due=at)


def _append(
    session: Session,
    incident: Incident,
    kind: ClockEntryKind,
    now: datetime,
    user: UserAccount | None,
    reason: str | None,
    *,
    due: Due | None = None,
    limit: Limit = (None, None),  # type: ignore[assignment]
) -> ClockEntry:
    last = select(func.max(ClockEntry.seq)).where(ClockEntry.incident_id == incident.id)
    line = ClockEntry(
        incident_id=incident.id,
        seq=(session.scalar(last) or 0) + 1,
        kind=kind,
        at=now,
        limit_kind=limit[0],
        limit_count=limit[1],
        due_at=due and due.due_at,
        uncertain=bool(due and due.uncertain),
        reason=reason,
        user_id=user and user.id,
    )
    session.add(line)
    incident.due_at = line.due_at
    # The ladder is the sweep's business: it looks at once, and then only when a rung is due.
    incident.sweep_at = now if due else None
    session.flush()
    return line


def _after_pause(session: Session, incident: Incident, run: Run, now: datetime) -> Due:
    assert run.paused_at is not None  # noqa: S101
    calendar, zone = calendar_for(session, _place(incident), now), office_zone(session)
    by = measure(run.limit_kind, calendar, zone)
    at = resumed(run.due_at, (run.paused_at, now), by)
    return Due(at, run.limit_kind is not LimitKind.IMMEDIATE and not calendar.knows(at, zone))


def _place(incident: Incident) -> str | None:
    return incident.grid_code or incident.division_code


def _own_limit(session: Session, incident: Incident) -> Limit:
    about = session.get_one(Category, incident.category_id)
    return urgent_limit(session, about, incident.urgency)
