"""The folder of one service: its secrets, and the socket of its database."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from gridsvc.errors import NotReady


def embedded_url(home: Path, database: str) -> str:
    """Return the SQLAlchemy address of a database in the embedded cluster of `home`."""
    folder = quote(str(socket_dir(home)))
    return (
        f"postgresql+psycopg2://gridsvc@/{database}?host={folder}&requirepeer={_server_account()}"
    )


def keep_secret(home: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """Return the secret of this home, made and stored on first use.

    Safe to call from several processes at once: all get the same bytes. The file is
    ``home/secrets/<name>``, readable by its owner alone.

    Raises
    ------
    NotReady
        The file cannot be read or written.
    """
    path = home / "secrets" / name
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
            draft.touch(mode=0o600, exist_ok=False)
            with draft.open("wb") as out:
                out.write(make())
                out.flush()
                os.fsync(out.fileno())
            try:
                # A link never replaces: of two processes the first one's secret stays.
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_bytes()
    except OSError as error:
        raise NotReady(
            f"The secret {path} cannot be used ({error.strerror}): run as the account that owns "
            f"{home}, or set GRIDSVC_HOME to a folder of your own."
        ) from error


def default_home() -> Path:
    """Return ``var`` in the checkout, or where the process stands."""
    checkout = Path(__file__).resolve().parents[2]
    return (checkout if (checkout / "setup.cfg").exists() else Path.cwd()) / "var"


def socket_dir(home: Path) -> Path:
    """Return the folder of the embedded server's socket: short and stable."""
    # A socket's path may have 107 bytes, a home's path may be longer. Nobody but root can
    # write below /run; in /tmp the cluster checks the owner before it uses the folder.
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    user = os.geteuid()
    return Path("/run/gridsvc", digest) if user == 0 else Path(f"/tmp/gridsvc-{user}-{digest}")  # noqa: S108


def _server_account() -> str:
    # Before the cluster runs anybody could put a server of his own at a socket in /tmp.
    user = os.geteuid()
    return "postgres" if user == 0 else pwd.getpwuid(user).pw_name
