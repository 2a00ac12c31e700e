"""What every page has: where one can go, the as-of line, and the words that templates use."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request
from flask_babel import format_decimal, gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.queries import list_users
from gridsvc.accounts.rules import Role
from gridsvc.incidents.rules.free_text import masked
from gridsvc.notices import wording
from gridsvc.notices.models import Notice
from gridsvc.web import inbox, languages, looking_back, terms, times
from gridsvc.web.languages import ROLES
from gridsvc.web.places import areas

#: The demo's accounts, one a role (the contract's names).
DEMO_NAMES = frozenset(
    {"leader", "member", "community", "street", "planner", "district", "auditor", "admin"}
)


def demo_accounts() -> list[UserAccount]:
    """Return the demo's accounts when this service runs the demo, else nothing."""
    settings = edge.settings()
    if settings.demo_password is None and not (settings.home / "secrets/demo_password").exists():
        return []
    users = [one for one in list_users(edge.session()) if one.username in DEMO_NAMES]
    return sorted((u for u in users if not u.disabled_at), key=lambda u: list(Role).index(u.role))


def _words(app: Flask) -> dict[str, Any]:
    """Give every template its frame; run when a template is rendered."""
    settings = edge.settings()
    query = request.query_string.decode("ascii", "replace")
    safe = request.method in ("GET", "HEAD")
    return {
        "areas": list(areas(app)) if request.endpoint else [],
        "roles": ROLES,
        "terms": terms,
        "now": edge.now(),
        "today": edge.today(),
        "tomorrow": times.end_of_today(),
        "attribution": settings.tile_attribution or gettext("Map: the office's own data"),
        "this_address": f"{request.path}?{query}".rstrip("?") if safe else request.path,
        "version": version("gridsvc"),
        "build": _build(app),
        "demo_accounts": demo_accounts,
        "here_with": here_with,
        "unread": inbox.unread(),
        "told": told,
        "looking_back": looking_back,
    }


def told(notice: Notice) -> str:
    """Say a notice in the language of the page."""
    language = languages.current()
    return wording.sentence(
        notice.topic, notice.params, notice.incident_id, language, wording.translator(language)
    )


def here_with(**changes: object) -> str:
    """Return the address of this page with some of its questions changed; ``None`` drops one."""
    asked = {**request.args.to_dict(), **changes}
    kept = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


@cache
def _build(app: Flask) -> str:
    """Return a mark that changes with our sheet and script, so that no stale one is shown."""
    folder = Path(app.static_folder or "")
    joined = b"".join((folder / name).read_bytes() for name in ("css/app.css", "js/app.js"))
    return hashlib.sha256(joined).hexdigest()[:8]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _decimal(value: float, digits: int) -> str:
    return format_decimal(value, format=f"#,##0.{'0' * digits}")


def share(value: float | None) -> str:
    """Write a share in [0, 1] as per cent, a dash where there was nothing to count."""
    return "–" if value is None else f"{100 * value:.1f} %"


def _instant(value: Any) -> str:
    """Write a time of a frame of figures; it may be missing."""
    return "–" if value is None or value != value else times.exact(value)


def dialled(number: str) -> str:
    """Return a phone number as a telephone dials it."""
    return re.sub(r"[^0-9+]", "", number)


def register(app: Flask) -> None:
    """Hang the frame into an application's templates."""
    app.context_processor(lambda: _words(app))
    app.add_template_filter(times.said, "said_time")
    app.add_template_filter(times.said_date, "said_date")
    app.add_template_filter(times.exact, "exact_time")
    app.add_template_filter(dialled, "dialled")
    app.add_template_filter(masked, "masked")
    app.add_template_filter(lambda value: format_decimal(value), "number")
    app.add_template_filter(_percent, "percent")
    app.add_template_filter(share, "share")
    app.add_template_filter(_instant, "instant")
    app.add_template_filter(_decimal, "decimal")
