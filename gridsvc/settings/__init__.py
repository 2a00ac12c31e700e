"""What the service is told from outside; the only place that reads the environment."""

from __future__ import annotations

import difflib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gridsvc.errors import BadInput
from gridsvc.settings import values
from gridsvc.settings.home import default_home, embedded_url, keep_secret, socket_dir

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
        return socket_dir(self.home)


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
    home = Path(given.get("GRIDSVC_HOME", default_home())).expanduser().absolute()
    url = given.get("GRIDSVC_DATABASE_URL")
    tile_url, tile_attribution = values.base_map(given)
    smtp_url, mail_from = values.mail(given)
    return Settings(
        home=home,
        database_url=values.external_url(url) if url else embedded_url(home, "gridsvc"),
        embedded=url is None,
        secret_key=_secret_key(given.get("GRIDSVC_SECRET_KEY"), home),
        host=given.get("GRIDSVC_HOST", "127.0.0.1"),
        port=values.whole_number(given, "PORT", 8000, 1, 65535),
        workers=values.whole_number(given, "GRIDSVC_WORKERS", 2, 1, 64),
        threads=values.whole_number(given, "GRIDSVC_THREADS", 4, 1, 64),
        https=values.switch(given, "GRIDSVC_HTTPS", False),
        proxies=values.whole_number(given, "GRIDSVC_PROXIES", 0, 0, 5),
        log_level=values.one_of(
            given, "GRIDSVC_LOG_LEVEL", "info", ("debug", "info", "warning", "error")
        ),
        demo_password=given.get("GRIDSVC_DEMO_PASSWORD"),
        contact_days=values.whole_number(given, "GRIDSVC_CONTACT_DAYS", 30, 1, 180),
        mask_threshold=values.whole_number(given, "GRIDSVC_MASK_THRESHOLD", 5, 1, 100),
        findings=values.findings(given),
        publish_days_back=values.whole_number(given, "GRIDSVC_PUBLISH_DAYS_BACK", 0, 0, 366),
        rollback_alone=values.switch(given, "GRIDSVC_ROLLBACK_ALONE", False),
        tile_url=tile_url,
        tile_attribution=tile_attribution,
        language=values.one_of(given, "GRIDSVC_LANGUAGE", "zh", ("zh", "en")),
        time_zone=values.time_zone(given),
        fsync=values.switch(given, "GRIDSVC_FSYNC", True),
        smtp_url=smtp_url,
        mail_from=mail_from,
        public_url=values.public_url(given),
    )


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name in sorted(given):
        if name.startswith("GRIDSVC_") and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1)
            hint = f"did you mean {near[0]}?" if near else "docs/operations.md lists all."
            raise BadInput(f"{name} is not a setting of this service: {hint}", [name])


def _secret_key(given: str | None, home: Path) -> bytes:
    if given is None:
        return keep_secret(home, "secret_key", lambda: secrets.token_bytes(SHORTEST_SECRET))
    if len(given.encode()) < SHORTEST_SECRET:
        raise BadInput(
            f"GRIDSVC_SECRET_KEY is too short: give at least {SHORTEST_SECRET} random characters.",
            ["GRIDSVC_SECRET_KEY"],
        )
    return given.encode()
