"""The application for a WSGI server of your own: ``gunicorn gridsvc.wsgi:application``."""

from __future__ import annotations

from gridsvc.app import create_app
from gridsvc.settings import from_environment

application = create_app(from_environment())
