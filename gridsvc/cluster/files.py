"""The embedded cluster on disk: which server, which folders, which configuration."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gridsvc.errors import NotReady
from gridsvc.settings import Settings

OLDEST = 15
"""The oldest PostgreSQL the service is tested on: Debian 12's."""

PROGRAMS = Path("/usr/lib/postgresql")
ELSEWHERE = Path("/var/lib/gridsvc")
LOG_LIMIT = 5_000_000


@dataclass(frozen=True)
class ClusterFiles:
    """Where one cluster lives, and the account that its server runs as."""

    account: str
    version: str
    data: Path
    log: Path
    socket_dir: Path

    @property
    def programs(self) -> Path:
        """Folder of this version's pg_ctl, psql and pg_dump."""
        return PROGRAMS / self.version / "bin"

    def run(self, *command: str | Path, text: str | None = None) -> str:
        """Run a command as the server's account and return what it printed.

        Raises
        ------
        NotReady
            It failed; the sentence carries its last line.
        """
        return _run_as(self.account, *command, text=text)


def exists(settings: Settings) -> bool:
    """Tell whether a cluster was made in this home."""
    try:
        return (data_folder(settings) / "PG_VERSION").exists()
    except PermissionError as error:
        raise _not_yours(settings) from error


def data_folder(settings: Settings) -> Path:
    """Return the folder of the data, links resolved: the server's processes stand in it."""
    return (settings.home / "postgres").resolve() / "data"


def locate(settings: Settings) -> ClusterFiles:
    """Find the existing cluster of this home.

    Raises
    ------
    NotReady
        It belongs to another account, or needs a PostgreSQL that is not installed.
    """
    data, account = data_folder(settings), _account()
    if data.stat().st_uid != pwd.getpwnam(account).pw_uid:
        raise _not_yours(settings)
    version = _as_text(data / "PG_VERSION")
    if not _has_postgis(version):
        raise NotReady(
            f"{data} was made by PostgreSQL {version}, which is not installed with PostGIS: "
            f"install postgresql-{version}-postgis-3, or move the folder away to start empty."
        )
    return ClusterFiles(account, version, data, data.parent / "server.log", settings.socket_dir)


def prepare(settings: Settings) -> ClusterFiles:
    """Make the cluster if there is none, and write its configuration anew."""
    if not exists(settings):
        _make(settings)
    files = locate(settings)
    _own_socket_folder(settings.socket_dir, files.account)
    for name, text in _configuration(settings, files.account).items():
        # Written by the server's account: root writing into its folder would follow its links.
        files.run("tee", files.data / name, text=text)
    if files.log.exists() and files.log.stat().st_size > LOG_LIMIT:
        files.run("mv", files.log, files.log.with_suffix(".log.1"))
    return files


def _account() -> str:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise _not_installed() from error


def _make(settings: Settings) -> None:
    account = _account()
    versions = [path.name for path in PROGRAMS.glob("*") if _has_postgis(path.name)]
    if not versions:
        raise _not_installed()
    folder = _own_data_folder(settings.home, account)
    version = max(versions, key=int)
    draft = folder / "data.new"
    _run_as(account, "rm", "-rf", draft)
    _run_as(
        account,
        PROGRAMS / version / "bin/initdb",
        *("--pgdata", draft, "--username=postgres", "--auth=peer", "--data-checksums"),
        *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
    )
    _run_as(
        account, "tee", "-a", draft / "postgresql.conf", text="include_if_exists 'gridsvc.conf'\n"
    )
    # Renamed last: an initdb cut short never looks like a cluster.
    _run_as(account, "mv", "-T", draft, folder / "data")


def _own_data_folder(home: Path, account: str) -> Path:
    """Make ``home/postgres`` for the account, or a link where the account cannot go."""
    folder = home / "postgres"
    if folder.is_symlink() and not folder.exists():
        folder.unlink()
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    folder = folder.resolve()
    if os.geteuid() != 0:
        return folder
    shutil.chown(folder, account, account)
    if _reaches(account, folder):
        return folder
    folder.rmdir()
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    elsewhere = ELSEWHERE / digest
    elsewhere.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.chown(elsewhere, account, account)
    (home / "postgres").symlink_to(elsewhere)
    return elsewhere


def _reaches(account: str, folder: Path) -> bool:
    return subprocess.run(_as(account, "test", "-w", folder), cwd="/").returncode == 0  # noqa: S603


def _own_socket_folder(folder: Path, account: str) -> None:
    """Make the socket's folder, and refuse one that somebody else put there."""
    owner = pwd.getpwnam(account)
    folder.parent.mkdir(mode=0o755, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.pw_uid or found.st_mode & 0o077:
        raise NotReady(
            f"{folder} must be a folder that {account} alone may enter, and is not: find out who "
            "made it, then remove it."
        )


def _configuration(settings: Settings, account: str) -> dict[str, str]:
    people = {account, pwd.getpwuid(os.geteuid()).pw_name}
    ident = [
        f'gridsvc "{who}" {role}' for who in sorted(people) for role in ("gridsvc", "postgres")
    ]
    return {
        "gridsvc.conf": _server_settings(settings),
        "pg_hba.conf": "local all gridsvc,postgres peer map=gridsvc\n",
        "pg_ident.conf": "\n".join(ident) + "\n",
    }


def _server_settings(settings: Settings) -> str:
    values = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{settings.socket_dir}'",
        "unix_socket_permissions": "0700",
        # Two web workers hold about 20; the rest is for the command line, tests and backups.
        "max_connections": "60",
        "shared_buffers": f"{_shared_buffers_mb()}MB",
        "synchronous_commit": "on",
        "fsync": "on" if settings.fsync else "off",
        "full_page_writes": "on" if settings.fsync else "off",
        # Compiling costs more than our short questions take.
        "jit": "off",
        # A container's /dev/shm of 64 MB breaks parallel plans half way through.
        "max_parallel_workers_per_gather": "0",
        "timezone": "'UTC'",
        # Failing statements and their details carry people's words and telephone numbers.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    return "".join(f"{name} = {value}\n" for name, value in values.items())


def _shared_buffers_mb() -> int:
    """Return an eighth of the memory, 64 to 1024 MB: the machine also serves the pages."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no such limit, or the word "max"
        memory = min(memory, int(_as_text(Path("/sys/fs/cgroup/memory.max"))))
    return max(64, min(1024, memory // 8 // 2**20))


def _has_postgis(version: str) -> bool:
    if not re.fullmatch("[0-9]+", version) or int(version) < OLDEST:
        return False
    # Two packages: the functions' names may stay when the library is removed.
    names = Path("/usr/share/postgresql", version, "extension/postgis.control")
    library = PROGRAMS / version / "lib/postgis-3.so"
    return all(path.exists() for path in (names, library, PROGRAMS / version / "bin/initdb"))


def _as(account: str, *command: str | Path) -> list[str]:
    prefix = ["runuser", "-u", account, "--"] if os.geteuid() == 0 else []
    return [*prefix, *map(str, command)]


def _run_as(account: str, *command: str | Path, text: str | None = None) -> str:
    # In "/": the account may not be allowed to stand where the caller stands.
    done = subprocess.run(  # noqa: S603
        _as(account, *command), cwd="/", input=text or "", capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise NotReady(f"{Path(command[0]).name} failed as account {account}: {said}")
    return done.stdout


def _as_text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _not_installed() -> NotReady:
    return NotReady(
        f"PostgreSQL {OLDEST} or newer with PostGIS is not installed: run `make run`, which "
        "installs it, or set GRIDSVC_DATABASE_URL to a PostGIS that you have."
    )


def _not_yours(settings: Settings) -> NotReady:
    return NotReady(
        f"{settings.home / 'postgres'} belongs to another account: run as the account that made "
        "it, or set GRIDSVC_HOME to a folder of your own."
    )
