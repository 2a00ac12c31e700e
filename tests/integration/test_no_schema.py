"""A database that nobody migrated: every command, page and the health check say what to do."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest
from click.testing import CliRunner

from gridsvc import cluster
from gridsvc.app import create_app
from gridsvc.cli import main


@pytest.fixture
def empty(settings, template):
    """A database without a schema; the template is there so that the cluster runs."""
    name = f"gridsvc_empty_{uuid.uuid4().hex[:8]}"
    yield replace(settings, database_url=cluster.create_database(settings, name))
    cluster.drop_database(settings, name)


@pytest.mark.parametrize(
    "words",
    [
        "check",
        "explain-route 106.9 27.7 --category noise",
        "simulate --grids 9 --incidents 9",
        "tick",
    ],
)
def test_every_command_says_that_the_schema_is_missing(empty, words) -> None:
    given = {"GRIDSVC_HOME": str(empty.home), "GRIDSVC_DATABASE_URL": empty.database_url}
    done = CliRunner().invoke(main, [*words.split(), "--json"], env=given)
    assert done.exit_code == 2, done.output
    told = json.loads(done.stdout)["error"]
    assert told["code"] == "not_ready"
    assert "gridsvc migrate" in told["message"]


def test_the_health_check_and_the_pages_say_so_too(empty) -> None:
    app = create_app(empty)
    client = app.test_client()
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json["reason"]) == (
        503,
        "the schema is not there yet: run `gridsvc migrate`",
    )
    page = client.get("/maps/grids", headers={"Accept-Language": "en"})
    assert page.status_code == 503
    assert "gridsvc migrate" in page.text
    app.extensions["gridsvc.sessions"].kw["bind"].dispose()
