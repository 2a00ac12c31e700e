"""The commands as a person types them: what they print, their exit code, what they leave."""

from __future__ import annotations

import json

import pytest
import toy_town
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from gridsvc.cli import main
from gridsvc.cli.intake import boundaries as command


@pytest.fixture
def gridsvc(fresh_database, tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", fresh_database.database_url)
    monkeypatch.setenv("GRIDSVC_HOME", str(tmp_path / "home"))
    (tmp_path / "town.geojson").write_text(toy_town.grids().to_json())
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words))


@pytest.fixture
def grids(fresh_database):
    engine = create_engine(fresh_database.database_url)

    def count() -> int:
        with engine.connect() as connection:
            return connection.scalar(text("select count(*) from gridsvc.grid"))

    yield count
    engine.dispose()


TOWN = (
    "import-boundaries", "town.geojson", "--level", "grid", "--datum", "wgs84", "--code-field",
    "code", "--households-field", "household_count", "--parent-code", "520302",
    "--create-parents",
)  # fmt: skip


def test_an_import_says_what_it_did_and_keeps_it(gridsvc, grids):
    result = gridsvc(*TOWN)
    assert result.exit_code == 0
    assert result.stdout.startswith("9 new, 0 replaced (grid, from ")
    assert result.stdout.endswith("Loaded.\n")
    assert grids() == 9


def test_a_dry_run_says_so_and_keeps_nothing(gridsvc, grids):
    result = gridsvc(*TOWN, "--dry-run")
    assert result.exit_code == 0
    assert "Dry run: nothing was kept." in result.stdout
    assert grids() == 0


def test_a_refusal_is_one_sentence_and_exit_2(gridsvc, grids):
    result = gridsvc(*TOWN[:-3], "--households-field", "people")
    assert (result.exit_code, grids()) == (2, 0)
    assert result.output.count("\n") == 1


def test_grids_that_nobody_may_look_at_come_with_the_two_ways_to_change_that(gridsvc):
    hint = "gridsvc division set 520302 --public"
    assert hint in gridsvc(*TOWN).stdout
    gridsvc("division", "set", "520302001", "--public")
    assert hint not in gridsvc(*TOWN).stdout


def test_json_tells_every_row(gridsvc):
    gridsvc(*TOWN)
    told = json.loads(gridsvc(*TOWN, "--json").stdout)
    assert (told["inserted"], len(told["skipped"])) == (0, 9)


def test_an_interrupted_import_leaves_nothing(gridsvc, grids, monkeypatch):
    real = command.import_boundaries

    def interrupted(*args, **kwargs):
        real(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "import_boundaries", interrupted)
    assert gridsvc(*TOWN).exit_code == 130
    assert grids() == 0


def test_cases_come_in_and_the_check_exits_1_on_what_blocks(gridsvc, tmp_path):
    gridsvc(*TOWN)
    (tmp_path / "cases.csv").write_text(
        "id,when,category,lon,lat\n7,2026-03-09 16:30,lamp,108.0015,27.7015\n"
    )
    cases = gridsvc(
        "import-incidents", "cases.csv", "--map", "id=source_ref", "--map", "when=reported_at",
        "--new-categories", "--division", "520302", "--json",
    )  # fmt: skip
    assert cases.exit_code == 0
    assert json.loads(cases.stdout)["inserted"] == 1
    check = gridsvc("check", "--json")
    assert check.exit_code == 1
    assert json.loads(check.stdout)["counts"]["no_team"] == 9


def test_a_division_is_made_public_and_given_its_range(gridsvc):
    gridsvc(*TOWN)
    words = ("division", "set", "520302001", "--public", "--household-min", "50")
    assert gridsvc(*words).exit_code == 2
    assert gridsvc(*words, "--household-max", "400").exit_code == 0
    told = json.loads(gridsvc("division", "list", "--in", "520302001", "--json").stdout)
    assert told["divisions"][0]["public_map"] is True
    assert told["divisions"][0]["household_max"] == 400
