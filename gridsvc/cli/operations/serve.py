"""``gridsvc serve``: the web server, in this process."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from gridsvc.cli import output
from gridsvc.cli.operations.tls import server_pair
from gridsvc.errors import NotReady
from gridsvc.settings import Settings

GRACE_S = 30
"""Requests under way may finish within this after a stop: the slowest page takes seconds."""


class WebServer(BaseApplication):
    """gunicorn with threads, configured by our settings and by nothing else."""

    def __init__(self, settings: Settings, each_second: Callable[[], None]) -> None:
        self.settings = settings
        self.each_second = each_second
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        values = {
            "bind": address(self.settings).partition("://")[2],
            "worker_class": "gthread",
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "timeout": 60,
            "graceful_timeout": GRACE_S,
            "loglevel": self.settings.log_level,
            # It would lie in the account's own folder, the same for every service there.
            "control_socket_disable": True,
            # It would believe headers of anybody on this machine; GRIDSVC_PROXIES decides.
            "forwarded_allow_ips": "",
        }
        for name, value in values.items():
            self.cfg.set(name, value)
        pair = server_pair(self.settings)
        if pair is not None:
            for name, path in zip(("certfile", "keyfile"), pair, strict=True):
                self.cfg.set(name, str(path))

    def run(self) -> None:
        """Serve; gunicorn's own `run` would make a master that looks after nothing else."""
        _Watchful(self).run()

    def load(self) -> Any:
        """Make the application; called in each worker."""
        from gridsvc.app import create_app

        return create_app(self.settings)


@click.command()
@output.with_settings
def serve(settings: Settings) -> None:
    """Serve pages and interface until Ctrl+C."""
    require_free_port(settings)
    with marked(settings):
        serve_until_stopped(settings)


def serve_until_stopped(settings: Settings, each_second: Callable[[], None] = lambda: None) -> None:
    """Serve in this process, which is `marked`; never returns, ends by SystemExit.

    ``each_second`` is called about once a second, in this process and between its own work.
    """
    output.note(f"The service answers at {address(settings)}  (Ctrl+C or `make stop` ends it)")
    WebServer(settings, each_second).run()


class _Watchful(Arbiter):
    """gunicorn's master, which looks after its own workers once a second, and after ours."""

    def murder_workers(self) -> None:
        """Look after the web workers, then after whatever else was asked for."""
        super().murder_workers()
        self.app.each_second()


def address(settings: Settings) -> str:
    """Return where the service answers, as a browser wants it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if server_pair(settings) else "http"
    return f"{scheme}://{host}:{settings.port}"


def require_free_port(settings: Settings) -> None:
    """Raise NotReady, in a sentence, when the address cannot be used."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As gunicorn does: a port that only waits for late packets counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise NotReady(
            f"Port {settings.port} on {settings.host} {why}; choose another with PORT=8001 or "
            "GRIDSVC_HOST, or end the service of this folder with `make stop`."
        ) from error


def stop_servers(settings: Settings) -> list[int]:
    """End the web servers of this home; return their process ids.

    Raises
    ------
    NotReady
        One is still busy after its grace.
    """
    stopped = []
    for path in sorted(settings.home.glob("serve-*.pid")):
        with path.open("r+") as mark:
            if _lock(mark.fileno()):
                path.unlink()
                continue
            pid = int(mark.read() or 0)
            if pid:
                os.kill(pid, signal.SIGTERM)
            give_up = time.monotonic() + GRACE_S + 5
            while not _lock(mark.fileno()):
                if time.monotonic() > give_up:
                    raise NotReady(f"The web server, process {pid}, does not end: kill it.")
                time.sleep(0.1)
            stopped.append(pid)
            path.unlink(missing_ok=True)
    return stopped


@contextmanager
def marked(settings: Settings) -> Iterator[None]:
    """Keep a locked file with our process id, so that ``gridsvc stop`` finds us.

    The lock is what counts: after ``kill -9`` it is gone, whoever gets the number next. A service
    that is still ending is waited for: it may be about to stop the database that we would use.

    Raises
    ------
    NotReady
        The one before does not end within its grace.
    """
    path: Path = settings.home / f"serve-{settings.port}.pid"
    give_up = time.monotonic() + GRACE_S + 5
    with path.open("a+") as mark:
        while not _lock(mark.fileno()):
            if time.monotonic() > give_up:
                raise NotReady(f"A service of {settings.home} is still ending: try again.")
            time.sleep(0.1)
        mark.truncate(0)
        mark.write(str(os.getpid()))
        mark.flush()
        yield


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
