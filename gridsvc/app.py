"""``create_app(settings)``: the only place where the parts of the service meet."""

from __future__ import annotations

from datetime import date
from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from gridsvc import api, edge, refusals, web
from gridsvc.accounts.rules import Permission, allows
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, NotAllowed, NotSignedIn
from gridsvc.incidents.rules.reasons import because
from gridsvc.plans.findings import severities_by
from gridsvc.settings import Settings

#: A report with its words is a few kB; photos and files have their own, larger limits.
BODY_LIMIT = 2 * 2**20

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The framework's own endpoints, which cannot carry a tag.
_OPEN_ENDPOINTS = frozenset({"static", "openapi.spec"})

_COMPRESSED = [
    "application/json",
    "application/geo+json",
    "application/vnd.mapbox-vector-tile",
    "text/css",
    "text/javascript",
    "image/svg+xml",
]

csrf = CSRFProtect()


class _Json(DefaultJSONProvider):
    """Dates as ISO 8601 has them; JSON that is nested too deep is a wrong body, as any other."""

    @staticmethod
    def default(o: Any) -> Any:
        """Write what JSON does not know; Flask's own would write dates as in a mail's head."""
        return o.isoformat() if isinstance(o, date) else DefaultJSONProvider.default(o)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deep") from None


def create_app(settings: Settings, engine: Engine | None = None) -> APIFlask:
    """Build the application.

    Parameters
    ----------
    settings : Settings
        How it runs; nothing else is read from the environment.
    engine : Engine, optional
        The database to use instead of the one that ``settings`` names; tests hand theirs in.
    """
    app = APIFlask(
        "gridsvc",
        title="gridsvc",
        version="1",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
        static_folder="web/static",
        template_folder="web/templates",
        root_path=str(web.FOLDER.parent),
    )
    _configure(app, settings)
    severities_by(settings.findings)  # a slip in it is told now, not at the first draft
    app.json = _Json(app)
    if n := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.extensions["gridsvc.settings"] = settings
    app.extensions["gridsvc.sessions"] = session_factory(engine or make_engine(settings))
    csrf.init_app(app)
    Babel(app, locale_selector=web.languages.chosen, default_locale="zh_Hans_CN")
    Compress(app)
    app.before_request(_gate)
    app.after_request(_commit)
    app.after_request(_protect)
    app.teardown_request(_end)
    api.register(app)
    web.register(app)
    refusals.register(app)
    return app


def _configure(app: APIFlask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        SESSION_COOKIE_NAME="__Host-gridsvc" if settings.https else "gridsvc",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        BABEL_TRANSLATION_DIRECTORIES="web/translations",
        # The gate checks it, because a bearer token is proof enough against forgery.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.https,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        # Never HTML: it carries the token against forgery beside text that others chose, and the
        # length of the two compressed together would betray it.
        COMPRESS_MIMETYPES=_COMPRESSED,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_MIN_SIZE=1400,
    )


def _gate() -> None:
    """Let a request pass that its view's tag allows; deny everything else."""
    if request.endpoint is None:
        edge.user()  # asked here, a lost database is told; the page about the address could not
        return
    if request.endpoint in _OPEN_ENDPOINTS:
        return
    _refuse_nul()
    view = _tagged(request.endpoint)
    permission: Permission | None = getattr(view, "permission", None)
    if request.method not in _SAFE_METHODS and edge.bearer() is None and not _sets_no_cookie():
        # A program without a token, or a phone whose session has just ended: no page to reload.
        if request.path.startswith("/api/") and edge.user() is None:
            raise NotSignedIn("sign in first")
        csrf.protect()
    if permission is None:
        raise NotAllowed(f"{request.path} is open to nobody")
    if permission is Permission.OPEN:
        return
    user = edge.user()
    if not allows(user.role if user else None, permission):
        if user is None:
            raise NotSignedIn("sign in first")
        raise because(NotAllowed, "role_not_enough", role=user.role, path=request.path)


def _refuse_nul() -> None:
    """Refuse the one character that no text of the database can hold."""
    # Where no cookie is trusted, the body is JSON; read as a form it would be lost.
    given = request.args if _sets_no_cookie() else request.values
    texts = (text for pair in given.items(multi=True) for text in pair)
    if "\0" in request.path or any("\0" in text for text in texts):
        raise BadInput("an address or a form cannot hold the character NUL: take it out")


def _tagged(endpoint: str) -> object:
    """Return what carries the tag of an endpoint: a method of a view class, or the function."""
    view = current_app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, request.method.lower(), view) if view_class else view


def _sets_no_cookie() -> bool:
    """Tell whether the view trusts no cookie, so that nothing can be forged with one."""
    view = _tagged(request.endpoint or "")
    return getattr(view, "trusts_no_cookie", False)


def _commit(answer: Response) -> Response:
    if "db" in g and request.method not in _SAFE_METHODS and answer.status_code < 400:
        edge.session().commit()
    return answer


def _protect(answer: Response) -> Response:
    """Set the headers that hold a browser to what we meant."""
    nonce = edge.nonce()
    answer.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}';"
        f" style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:;"
        " worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'",
    )
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
    if edge.settings().https:
        # Over plain http browsers ignore it, with a warning on every page.
        answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Request-Id"] = edge.request_id()
    return answer


def _end(_fault: BaseException | None) -> None:
    db = g.pop("db", None)
    if db is not None:
        db.close()
