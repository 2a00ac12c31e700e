"""Which language a page speaks: the user's choice, else the browser's, else the office's."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Flask, Response, redirect, request
from flask import session as cookie
from flask_babel import get_locale, gettext, lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires

#: What the user chooses between, and what Babel calls it.
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}

blueprint = Blueprint("languages", __name__)


def chosen() -> str:
    """Return Babel's name of the language of this request."""
    language = cookie.get("language")
    if language not in LOCALES:
        user = edge.user()
        language = user.language if user else None
    if language not in LOCALES:
        language = request.accept_languages.best_match(
            ["zh-CN", "zh", "en"], default=edge.settings().language
        )
    return LOCALES[language[:2]]


def current() -> str:
    """Return ``zh`` or ``en``."""
    return str(get_locale())[:2]


def in_language(name: str, name_en: str | None) -> str:
    """Pick the name of a place or a team in the language of this request."""
    return name_en if name_en and current() == "en" else name


def listed(words: Iterable[object]) -> str:
    """Join what is listed in a sentence as the language of this request does."""
    return gettext(", ").join(map(str, words))


@blueprint.post("/language/<language>")
@requires(Permission.OPEN)
def choose(language: str) -> Response:
    """Keep the choice in the browser, and with the account when somebody is signed in."""
    if language in LOCALES:
        cookie["language"] = language
        user = edge.user()
        if user is not None:
            user.language = language
    return redirect(local_path(request.form.get("next")), 303)  # type: ignore[return-value]


def local_path(path: str | None) -> str:
    """Return a path on this host, or the home page for anything that could lead elsewhere."""
    safe = path is not None and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if safe and path is not None and path.isprintable() else "/"


def register(app: Flask) -> None:
    """Give templates the language and the names of places in it."""
    app.register_blueprint(blueprint)
    app.add_template_filter(listed, "listed")
    app.context_processor(
        lambda: {
            "language": current(),
            "in_language": in_language,
            "viewer": edge.user(),
            "nonce": edge.nonce,
        }
    )


#: Names of roles, for people.
ROLES = {
    "leader": lazy_gettext("Grid leader"),
    "team_member": lazy_gettext("Team member"),
    "community_staff": lazy_gettext("Community staff"),
    "street_staff": lazy_gettext("Street office"),
    "planner": lazy_gettext("Planner"),
    "district": lazy_gettext("District office"),
    "auditor": lazy_gettext("Auditor"),
    "admin": lazy_gettext("Administrator"),
}
