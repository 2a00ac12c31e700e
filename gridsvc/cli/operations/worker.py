"""``gridsvc worker``: sweeps every half minute, for as long as it is let; two do no harm."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
import structlog
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.cards.orders import waiting
from gridsvc.cli import output
from gridsvc.cli.operations.tick import all_due, told
from gridsvc.db import make_engine, session_factory
from gridsvc.plans.jobs import work_one
from gridsvc.reports import cycles
from gridsvc.settings import Settings
from gridsvc.zones.orders import work_grid

EVERY_S = 30
JITTER = 0.2
"""Share by which a wait varies, so that two workers do not keep step."""

RESTART_S = 5
"""A worker that was killed is begun again no sooner than this after its beginning."""

GRACE_S = 15
"""A sweep under way may finish its batch, and a delivery its call."""

_START = "from gridsvc.cli import main; main(prog_name='gridsvc')"

log = structlog.get_logger(__name__)


@click.command()
@click.option("--every", type=click.FloatRange(0.1, 3600), default=EVERY_S, help="Seconds.")
@click.option("--child-of", type=int, hidden=True, help="End when this process has ended.")
def worker(every: float, child_of: int | None) -> None:
    """Do what falls due, every 30 seconds, until Ctrl+C; survives a restart of the database."""
    _worker(every, child_of)


@output.with_settings
def _worker(settings: Settings, every: float, child_of: int | None) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    sessions = session_factory(make_engine(settings))
    printing = _Printing(sessions)
    if child_of is None:
        output.note(f"Looking every {every:g} seconds for what is due.  (Ctrl+C ends it)")
    while True:
        try:
            now = datetime.now(UTC)
            done, handed_over = all_due(sessions, now, settings)
            closed = cycles.close_due(sessions, now)
            busy = (done.cases, done.delivered, done.erased, done.failed, handed_over, closed)
            if any(busy):
                log.info("swept", done=told(done, handed_over, closed))
        # Whatever it is, the next round may find it mended: a database that starts again, mostly.
        except Exception as fault:
            log.warning("sweep_interrupted", fault=" ".join(str(fault).split())[:300])
        seconds = every * random.uniform(1 - JITTER, 1 + JITTER)
        if _rests(ended, seconds, child_of, sessions, printing):
            printing.end()
            return


def _draw(sessions: sessionmaker[Session]) -> None:
    """Open drafts and make proposals: looked for every second, since a planner waits for them."""
    try:
        work_one(sessions, datetime.now(UTC))
    except Exception as fault:
        log.warning("drawing_interrupted", fault=" ".join(str(fault).split())[:300])


def _zone(sessions: sessionmaker[Session]) -> bool:
    """Make the zones of the grids that wait, for about a second; tell whether more may wait."""
    until = time.monotonic() + 1
    try:
        while work_grid(sessions, datetime.now(UTC)):
            if time.monotonic() > until:
                return True
    except Exception as fault:
        log.warning("zoning_interrupted", fault=" ".join(str(fault).split())[:300])
    return False


class _Printing:
    """Cards are set in a process of their own: it is slow, and its memory comes back at its end."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._child: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Begin where a printing waits and nobody prints; called once a second."""
        if self._child is not None and self._child.poll() is None:
            return
        try:
            with self._sessions() as session:
                wanted = waiting(session, datetime.now(UTC))
        except Exception as fault:
            log.warning("printing_interrupted", fault=" ".join(str(fault).split())[:300])
            return
        command = [sys.executable, "-c", _START, "print-orders", "--child-of", str(os.getpid())]
        self._child = subprocess.Popen(command) if wanted else None  # noqa: S603

    def end(self) -> None:
        """Break off what is being printed; another worker takes the part up again."""
        if self._child is not None:
            self._child.terminate()
            self._child.wait()


def _rests(
    ended: threading.Event,
    seconds: float,
    child_of: int | None,
    sessions: sessionmaker[Session],
    printing: _Printing,
) -> bool:
    """Wait; return early, and True, when told to end or left alone by the parent."""
    while seconds > 0:
        _draw(sessions)
        printing.keep()
        # A second of zones is the wait.
        if ended.wait(0 if _zone(sessions) else min(seconds, 1)):
            return True
        if child_of is not None and os.getppid() != child_of:
            return True
        seconds -= 1
    return False


class Beside:
    """A worker beside this process: begun again when it has ended, and ending with us.

    A process and not a thread: gunicorn forks, and a fork copies a thread's locks but not the
    thread.
    """

    def __init__(self) -> None:
        self._begun = -float("inf")
        self._child = self._begin()

    def keep(self) -> None:
        """Begin another worker where the last one has ended; called once a second."""
        # One that ends at once would be begun in every second: no sooner than a sweep's wait.
        if self._child.poll() is not None and time.monotonic() - self._begun > RESTART_S:
            log.warning("worker_begun_again")
            self._child = self._begin()

    def end(self) -> None:
        """Let the sweep under way finish, for so long as it may."""
        self._child.terminate()
        try:
            self._child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _begin(self) -> subprocess.Popen[bytes]:
        self._begun = time.monotonic()
        command = [sys.executable, "-c", _START, "worker", "--child-of", str(os.getpid())]
        # A session of its own: Ctrl+C is for the parent, which ends it when the pages have ended.
        return subprocess.Popen(command, start_new_session=True)  # noqa: S603


@contextmanager
def running() -> Iterator[Beside]:
    """Keep a worker beside this process; it ends with it, also after ``kill -9``."""
    beside = Beside()
    try:
        yield beside
    finally:
        beside.end()
