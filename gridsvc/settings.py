"""What the service is told from outside; the only place that reads the environment."""

from __future__ import annotations

import difflib
import hashlib
import os
import pwd
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridsvc.errors import BadInput, NotReady

VARIABLES = (
    "PORT",
    "GRIDSVC_CONTACT_DAYS",
    "GRIDSVC_FINDINGS",
    "GRIDSVC_DATABASE_URL",
    "GRIDSVC_DEMO_PASSWORD",
    "GRIDSVC_FSYNC",
    "GRIDSVC_HOME",
    "GRIDSVC_HOST",
    "GRIDSVC_HTTPS",
    "GRIDSVC_LANGUAGE",
    "GRIDSVC_LOG_LEVEL",
    "GRIDSVC_MAIL_FROM",
    "GRIDSVC_MASK_THRESHOLD",
    "GRIDSVC_PROXIES",
    "GRIDSVC_PUBLIC_URL",
    "GRIDSVC_PUBLISH_DAYS_BACK",
    "GRIDSVC_ROLLBACK_ALONE",
    "GRIDSVC_SECRET_KEY",
    "GRIDSVC_SMTP_URL",
    "GRIDSVC_THREADS",
    "GRIDSVC_TILE_ATTRIBUTION",
    "GRIDSVC_TILE_URL",
    "GRIDSVC_TIME_ZONE",
    "GRIDSVC_WORKERS",
)
"""Every variable that is read; docs/operations.md explains each."""

SHORTEST_SECRET = 32
"""Bytes: 256 bits, the strength of the HMAC that signs sessions."""


@dataclass(frozen=True)
class Settings:
    """One running service; docs/operations.md says what each is for."""

    home: Path
    database_url: str = field(repr=False)
    embedded: bool
    secret_key: bytes = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    https: bool = False
    proxies: int = 0
    log_level: str = "info"
    demo_password: str | None = field(default=None, repr=False)
    contact_days: int = 30
    mask_threshold: int = 5
    findings: tuple[tuple[str, str], ...] = ()
    publish_days_back: int = 0
    rollback_alone: bool = False
    tile_url: str | None = None
    tile_attribution: str | None = None
    language: str = "zh"
    time_zone: str = "Asia/Shanghai"
    fsync: bool = True
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    public_url: str | None = None

    @property
    def socket_dir(self) -> Path:
        """Folder of the embedded server's socket: short and stable, whatever the home's path."""
        return _socket_dir(self.home)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, and make the secret key when this home has none yet.

    Parameters
    ----------
    environ : mapping of str to str, optional
        The variables; the process's own when not given. Empty counts as not set.

    Returns
    -------
    Settings

    Raises
    ------
    BadInput
        A variable is unknown or holds a value that cannot be used; the sentence names it.
    NotReady
        The secret key can neither be read nor made.
    """
    source = os.environ if environ is None else environ
    given = {name: value for name, value in source.items() if value.strip()}
    _refuse_unknown(given)
    home = Path(given.get("GRIDSVC_HOME", _default_home())).expanduser().absolute()
    url = given.get("GRIDSVC_DATABASE_URL")
    tile_url, tile_attribution = _base_map(given)
    smtp_url, mail_from = _mail(given)
    return Settings(
        home=home,
        database_url=_external_url(url) if url else embedded_url(home, "gridsvc"),
        embedded=url is None,
        secret_key=_secret_key(given.get("GRIDSVC_SECRET_KEY"), home),
        host=given.get("GRIDSVC_HOST", "127.0.0.1"),
        port=_whole_number(given, "PORT", 8000, 1, 65535),
        workers=_whole_number(given, "GRIDSVC_WORKERS", 2, 1, 64),
        threads=_whole_number(given, "GRIDSVC_THREADS", 4, 1, 64),
        https=_switch(given, "GRIDSVC_HTTPS", False),
        proxies=_whole_number(given, "GRIDSVC_PROXIES", 0, 0, 5),
        log_level=_one_of(
            given, "GRIDSVC_LOG_LEVEL", "info", ("debug", "info", "warning", "error")
        ),
        demo_password=given.get("GRIDSVC_DEMO_PASSWORD"),
        contact_days=_whole_number(given, "GRIDSVC_CONTACT_DAYS", 30, 1, 180),
        mask_threshold=_whole_number(given, "GRIDSVC_MASK_THRESHOLD", 5, 1, 100),
        findings=_findings(given),
        publish_days_back=_whole_number(given, "GRIDSVC_PUBLISH_DAYS_BACK", 0, 0, 366),
        rollback_alone=_switch(given, "GRIDSVC_ROLLBACK_ALONE", False),
        tile_url=tile_url,
        tile_attribution=tile_attribution,
        language=_one_of(given, "GRIDSVC_LANGUAGE", "zh", ("zh", "en")),
        time_zone=_time_zone(given),
        fsync=_switch(given, "GRIDSVC_FSYNC", True),
        smtp_url=smtp_url,
        mail_from=mail_from,
        public_url=_public_url(given),
    )


def embedded_url(home: Path, database: str) -> str:
    """Return the SQLAlchemy address of a database in the embedded cluster of `home`."""
    folder = quote(str(_socket_dir(home)))
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


def _default_home() -> Path:
    checkout = Path(__file__).resolve().parents[1]
    return (checkout if (checkout / "setup.cfg").exists() else Path.cwd()) / "var"


def _socket_dir(home: Path) -> Path:
    # A socket's path may have 107 bytes, a home's path may be longer. Nobody but root can
    # write below /run; in /tmp the cluster checks the owner before it uses the folder.
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    user = os.geteuid()
    return Path("/run/gridsvc", digest) if user == 0 else Path(f"/tmp/gridsvc-{user}-{digest}")  # noqa: S108


def _server_account() -> str:
    # Before the cluster runs anybody could put a server of his own at a socket in /tmp.
    user = os.geteuid()
    return "postgres" if user == 0 else pwd.getpwuid(user).pw_name


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name in sorted(given):
        if name.startswith("GRIDSVC_") and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1)
            hint = f"did you mean {near[0]}?" if near else "docs/operations.md lists all."
            raise BadInput(f"{name} is not a setting of this service: {hint}", [name])


def _external_url(url: str) -> str:
    match = re.fullmatch(r"(?:postgres|postgresql|postgresql\+psycopg2)://(.+)", url.strip())
    if not match:
        raise BadInput(
            "GRIDSVC_DATABASE_URL must look like postgresql://user:password@host:5432/database.",
            ["GRIDSVC_DATABASE_URL"],
        )
    return f"postgresql+psycopg2://{match[1]}"


def _secret_key(given: str | None, home: Path) -> bytes:
    if given is None:
        return keep_secret(home, "secret_key", lambda: secrets.token_bytes(SHORTEST_SECRET))
    if len(given.encode()) < SHORTEST_SECRET:
        raise BadInput(
            f"GRIDSVC_SECRET_KEY is too short: give at least {SHORTEST_SECRET} random characters.",
            ["GRIDSVC_SECRET_KEY"],
        )
    return given.encode()


def _whole_number(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = given.get(name, str(default)).strip()
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise BadInput(f"{name} must be a whole number from {low} to {high}, not {text!r}.", [name])
    return int(text)


def _one_of(given: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = given.get(name, default).strip().lower()
    if value not in choices:
        raise BadInput(f"{name} must be one of {', '.join(choices)}, not {value!r}.", [name])
    return value


def _switch(given: Mapping[str, str], name: str, default: bool) -> bool:
    value = _one_of(given, name, "on" if default else "off", ("on", "off", "1", "0"))
    return value in ("on", "1")


def _findings(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    pairs = given.get("GRIDSVC_FINDINGS", "").replace(" ", "").split(",")
    found = [re.fullmatch(r"([a-z_]+)=(blocking|warning|off)", one) for one in pairs if one]
    if not all(found):
        raise BadInput(
            "GRIDSVC_FINDINGS must look like narrow_neck=blocking,building_cut=off.",
            ["GRIDSVC_FINDINGS"],
        )
    return tuple((one[1], one[2]) for one in found if one)


def _base_map(given: Mapping[str, str]) -> tuple[str | None, str | None]:
    url, owner = given.get("GRIDSVC_TILE_URL"), given.get("GRIDSVC_TILE_ATTRIBUTION")
    if url is None:
        return None, None
    if not all(part in url for part in ("{z}", "{x}", "{y}")):
        raise BadInput(
            "GRIDSVC_TILE_URL must hold {z}, {x} and {y}, for example "
            "https://tiles.example.org/{z}/{x}/{y}.png.",
            ["GRIDSVC_TILE_URL"],
        )
    if owner is None:
        # A map shown without its source and review number breaks the map regulations.
        raise BadInput(
            "GRIDSVC_TILE_ATTRIBUTION must name the base map's owner and review number when "
            "GRIDSVC_TILE_URL is set.",
            ["GRIDSVC_TILE_ATTRIBUTION"],
        )
    return url, owner


def _mail(given: Mapping[str, str]) -> tuple[str | None, str | None]:
    url, sender = given.get("GRIDSVC_SMTP_URL"), given.get("GRIDSVC_MAIL_FROM")
    if url is None:
        return None, None
    if not re.fullmatch(r"smtps?://([^@/\s]+:[^@/\s]*@)?[\w.-]+(:[0-9]{1,5})?/?", url.strip()):
        raise BadInput(
            "GRIDSVC_SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465.",
            ["GRIDSVC_SMTP_URL"],
        )
    if sender is None or not re.fullmatch(r"[\w.+-]+@[\w.-]+", sender.strip(), re.ASCII):
        raise BadInput(
            "GRIDSVC_MAIL_FROM must be the address that mails come from, such as "
            "grids@example.org, when GRIDSVC_SMTP_URL is set.",
            ["GRIDSVC_MAIL_FROM"],
        )
    return url.strip().rstrip("/"), sender.strip()


def _public_url(given: Mapping[str, str]) -> str | None:
    url = given.get("GRIDSVC_PUBLIC_URL")
    if url is None:
        return None
    if not re.fullmatch(r"https?://[\w.-]+(:[0-9]{1,5})?(/[\w./-]*)?", url.strip()):
        raise BadInput(
            "GRIDSVC_PUBLIC_URL must be the address that browsers use, such as "
            f"https://grids.example.org, not {url!r}.",
            ["GRIDSVC_PUBLIC_URL"],
        )
    return url.strip().rstrip("/")


def _time_zone(given: Mapping[str, str]) -> str:
    name = given.get("GRIDSVC_TIME_ZONE", "Asia/Shanghai").strip()
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise BadInput(
            f"GRIDSVC_TIME_ZONE must be a zone such as Asia/Shanghai, not {name!r}.",
            ["GRIDSVC_TIME_ZONE"],
        ) from error
