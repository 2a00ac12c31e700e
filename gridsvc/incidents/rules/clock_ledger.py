"""A case's clock read from its ledger: since when it runs, what paused it, when the case is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from gridsvc.calendars.rules import Calendar
from gridsvc.incidents.rules import ClockEntryKind, LimitKind
from gridsvc.incidents.rules.clock import Due, Pause, due, extended, measure, resumed


class Line(Protocol):
    """A line of the ledger, as the table keeps it."""

    seq: int
    kind: ClockEntryKind
    at: datetime
    limit_kind: LimitKind | None
    limit_count: int | None
    due_at: datetime | None
    uncertain: bool


@dataclass(frozen=True)
class Run:
    """A clock since it was last started.

    Attributes
    ----------
    seq : int
        Number of the line that started it.
    due_at : datetime or None
        The last due time that a line states: while paused, the one before the pause.
    paused_at : datetime or None
        Since when it stands still.
    """

    seq: int
    started_at: datetime
    limit_kind: LimitKind
    limit_count: int | None
    due_at: datetime
    uncertain: bool
    pauses: tuple[Pause, ...] = ()
    paused_at: datetime | None = None
    stopped: bool = False

    @property
    def running(self) -> bool:
        """Whether time is passing."""
        return not self.stopped and self.paused_at is None


def run_of(lines: Sequence[Line]) -> Run | None:
    """Read the newest run from a case's ledger, oldest line first; ``None`` without a start."""
    lines = _since_start(lines)
    if not lines:
        return None
    pauses: list[Pause] = []
    paused_at = None
    for line in lines:
        if line.kind is ClockEntryKind.PAUSE:
            paused_at = line.at
        elif line.kind is ClockEntryKind.RESUME and paused_at is not None:
            pauses.append((paused_at, line.at))
            paused_at = None
    first, last = lines[0], [line for line in lines if line.due_at is not None][-1]
    assert first.limit_kind is not None and last.due_at is not None  # noqa: S101
    return Run(
        first.seq,
        first.at,
        first.limit_kind,
        first.limit_count,
        last.due_at,
        last.uncertain,
        tuple(pauses),
        paused_at,
        lines[-1].kind is ClockEntryKind.STOP,
    )


def recounted(lines: Sequence[Line], calendar: Calendar, zone: ZoneInfo) -> Due | None:
    """Work a running clock out again from its ledger, by a calendar that knows more."""
    lines = _since_start(lines)
    kind = lines[0].limit_kind if lines else None
    if kind is None:
        return None
    by = measure(kind, calendar, zone)
    at = due(kind, lines[0].limit_count, lines[0].at, calendar, zone).due_at
    paused_at = None
    for line in lines:
        if line.kind is ClockEntryKind.PAUSE:
            paused_at = line.at
        elif line.kind is ClockEntryKind.RESUME and paused_at is not None:
            at, paused_at = resumed(at, (paused_at, line.at), by), None
        elif line.kind is ClockEntryKind.EXTEND and line.limit_count is not None:
            at = extended(at, line.limit_count, calendar, zone).due_at
    return Due(at, kind is not LimitKind.IMMEDIATE and not calendar.knows(at, zone))


def _since_start(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines of the newest run, without a stop that was taken back."""
    starts = [n for n, line in enumerate(lines) if line.kind is ClockEntryKind.START]
    kept: list[Line] = []
    for line in lines[starts[-1] :] if starts else []:
        if line.kind is ClockEntryKind.RESTORE:
            kept = [one for one in kept if one.kind is not ClockEntryKind.STOP]
        kept.append(line)
    return kept
