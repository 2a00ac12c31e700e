"""Pages for people: HTML, in two languages, that work without another host."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from gridsvc.web import health, languages, maps, pages, sign_in

#: Where templates, static files and translations lie.
FOLDER = Path(__file__).parent


def register(app: Flask) -> None:
    """Hang the pages into an application."""
    for part in (health, sign_in, pages, maps):
        app.register_blueprint(part.blueprint)
    languages.register(app)
