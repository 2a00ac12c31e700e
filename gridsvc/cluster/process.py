"""The embedded server's processes: started, stopped, and cleaned up after a kill."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from gridsvc.cluster.files import ClusterFiles
from gridsvc.errors import NotReady

ORPHANS_LEAVE_WITHIN_S = 5
"""Idle children notice within a second that their postmaster died; busy ones may never."""


def postmaster(data: Path) -> int | None:
    """Return the process id of the server on this data folder, None when it does not run.

    The id in ``postmaster.pid`` alone proves nothing: after ``kill -9`` it may belong to a
    zombie or to a stranger. A living server stands in its data folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _stands_in(pid, data) else None


def start(files: ClusterFiles, within_s: int) -> bool:
    """Start the server unless it runs; True when this call started it.

    Raises
    ------
    NotReady
        It did not come up within the given seconds, or children of a killed server remain.
    """
    if postmaster(files.data):
        return False
    _end_orphans(files.data)
    # No process stands in the folder any more, so whatever the two files say is stale. PostgreSQL
    # would refuse them when a zombie or another program has the number now.
    socket_lock = files.socket_dir / ".s.PGSQL.5432.lock"
    files.run("rm", "-f", files.data / "postmaster.pid", socket_lock)
    try:
        files.run(
            *_pg_ctl(files), "start", "--log", files.log, "--wait", "--timeout", str(within_s)
        )
    except NotReady as error:
        raise NotReady(
            f"PostgreSQL did not start: {_last_words(files)}; read {files.log}."
        ) from error
    return True


def stop(files: ClusterFiles) -> bool:
    """Stop the server if it runs; True when it ran.

    Raises
    ------
    NotReady
        It is still running after a minute.
    """
    if not postmaster(files.data):
        return False
    files.run(*_pg_ctl(files), "stop", "--mode", "fast", "--wait", "--timeout", "60")
    return True


def _pg_ctl(files: ClusterFiles) -> tuple[str | Path, ...]:
    return (files.programs / "pg_ctl", "--silent", "--pgdata", files.data)


def _end_orphans(data: Path) -> None:
    """End what a killed postmaster left behind: a new server would refuse to start beside it."""
    for sign, wait_s in ((0, ORPHANS_LEAVE_WITHIN_S), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        give_up = time.monotonic() + wait_s
        for pid in _standing_in(data):
            _send(pid, sign)
        while _standing_in(data):
            if time.monotonic() > give_up:
                break
            time.sleep(0.05)
        else:
            return
    left = ", ".join(map(str, _standing_in(data)))
    raise NotReady(f"Processes of a killed server still use {data}: end them first: kill {left}.")


def _standing_in(data: Path) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _stands_in(pid, data)]


def _stands_in(pid: int, data: Path) -> bool:
    try:
        here = Path(f"/proc/{pid}/cwd").readlink() == data
        return here and Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres")
    except OSError:  # it ended, is a zombie, or belongs to another account
        return False


def _send(pid: int, sign: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def _last_words(files: ClusterFiles) -> str:
    try:
        lines = files.log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it left no log"
    telling = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
    return (telling or lines or ["its log is empty"])[-1]
