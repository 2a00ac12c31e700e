"""The start, the door and the health of the service."""

from __future__ import annotations

from gridsvc.accounts.rules import Role
from who_may.roles import EVERYBODY, SIGNED_IN

#: Rule → an address of it, and who gets an answer.
READING = {
    "/": ("/", EVERYBODY),
    "/favicon.ico": ("/favicon.ico", EVERYBODY),
    "/static/<path:filename>": ("/static/css/app.css", EVERYBODY),
    "/health/live": ("/health/live", EVERYBODY),
    "/health/ready": ("/health/ready", EVERYBODY),
    "/sign-in": ("/sign-in", EVERYBODY),
    "/audit": ("/audit", {Role.AUDITOR}),
    "/users": ("/users", {Role.ADMIN}),
    "/api/v1/openapi.json": ("/api/v1/openapi.json", EVERYBODY),
    "/api/v1/docs": ("/api/v1/docs", EVERYBODY),
}

#: Rule → an address of it, and who may send to it.
WRITING = {
    "/sign-in": ("/sign-in", EVERYBODY),
    "/sign-out": ("/sign-out", SIGNED_IN),
    "/language/<language>": ("/language/en", EVERYBODY),
    "/api/v1/tokens": ("/api/v1/tokens", EVERYBODY),
}

#: It takes no cookie, so that there is nothing to forge.
WITHOUT_COOKIE = {"/api/v1/tokens"}
