"""How the text of a variable becomes a value, or a `BadInput` whose sentence names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridsvc.errors import BadInput


def external_url(url: str) -> str:
    """Return the SQLAlchemy address of a database of the office's own."""
    match = re.fullmatch(r"(?:postgres|postgresql|postgresql\+psycopg2)://(.+)", url.strip())
    if not match:
        raise BadInput(
            "GRIDSVC_DATABASE_URL must look like postgresql://user:password@host:5432/database.",
            ["GRIDSVC_DATABASE_URL"],
        )
    return f"postgresql+psycopg2://{match[1]}"


def whole_number(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Return a whole number within its bounds."""
    text = given.get(name, str(default)).strip()
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise BadInput(f"{name} must be a whole number from {low} to {high}, not {text!r}.", [name])
    return int(text)


def one_of(given: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of the words that a variable may hold."""
    value = given.get(name, default).strip().lower()
    if value not in choices:
        raise BadInput(f"{name} must be one of {', '.join(choices)}, not {value!r}.", [name])
    return value


def switch(given: Mapping[str, str], name: str, default: bool) -> bool:
    """Return whether something is on."""
    value = one_of(given, name, "on" if default else "off", ("on", "off", "1", "0"))
    return value in ("on", "1")


def findings(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return how grave which kinds of finding are."""
    pairs = given.get("GRIDSVC_FINDINGS", "").replace(" ", "").split(",")
    found = [re.fullmatch(r"([a-z_]+)=(blocking|warning|off)", one) for one in pairs if one]
    if not all(found):
        raise BadInput(
            "GRIDSVC_FINDINGS must look like narrow_neck=blocking,building_cut=off.",
            ["GRIDSVC_FINDINGS"],
        )
    return tuple((one[1], one[2]) for one in found if one)


def base_map(given: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return address and owner of the tiles below the maps, or neither."""
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


def mail(given: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the mail server and the sender, or neither."""
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


def public_url(given: Mapping[str, str]) -> str | None:
    """Return the address that browsers use."""
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


def time_zone(given: Mapping[str, str]) -> str:
    """Return the name of the office's zone."""
    name = given.get("GRIDSVC_TIME_ZONE", "Asia/Shanghai").strip()
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise BadInput(
            f"GRIDSVC_TIME_ZONE must be a zone such as Asia/Shanghai, not {name!r}.",
            ["GRIDSVC_TIME_ZONE"],
        ) from error
