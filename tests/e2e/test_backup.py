"""A backup comes back whole or is refused; every table is compared row by row with what was."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gridsvc.cli import main
from gridsvc.cluster import backup
from gridsvc.db import make_engine
from gridsvc.settings import Settings

BYTES_FLIPPED = 20


def call(monkeypatch, settings: Settings, *words: str) -> tuple[int, dict]:
    monkeypatch.setattr("gridsvc.cli.output.from_environment", lambda: settings)
    answer = CliRunner().invoke(main, [*words, "--json"])
    return answer.exit_code, json.loads(answer.output.strip().splitlines()[-1])


def held(settings: Settings, statement: str):
    engine = make_engine(settings)
    with engine.begin() as connection:
        found = connection.execute(text(statement))
        rows = found.all() if found.returns_rows else None
    engine.dispose()
    return rows


@pytest.fixture
def written(fresh_database: Settings, monkeypatch, tmp_path):
    call(monkeypatch, fresh_database, "simulate", "--grids", "60", "--incidents", "400")
    file = tmp_path / "evening.gridsvc"
    code, made = call(monkeypatch, fresh_database, "backup", str(file))
    assert code == 0 and made["tables"]["incident"]["rows"] == 400
    return fresh_database, file, made


def test_what_was_lost_comes_back_row_for_row(written, monkeypatch, tmp_path):
    settings, file, made = written
    held(settings, "drop table gridsvc.incident_event cascade")
    held(settings, "create table gridsvc.later (id int)")
    code, back = call(monkeypatch, settings, "restore", str(file), "--replace")
    assert code == 0 and back["restored"]
    assert held(settings, "select to_regclass('gridsvc.later')") == [(None,)]
    again = call(monkeypatch, settings, "backup", str(tmp_path / "again"))[1]
    assert again["tables"] == made["tables"]
    assert call(monkeypatch, settings, "check")[1]["findings"] is not None


def test_a_database_in_use_is_not_overwritten_unasked(written, monkeypatch):
    settings, file, _ = written
    code, said = call(monkeypatch, settings, "restore", str(file))
    assert code == 2 and "--replace" in said["error"]["message"]
    assert held(settings, "select count(*) from gridsvc.incident") == [(400,)]


def test_every_flipped_byte_is_found(written, monkeypatch, tmp_path):
    settings, file, made = written
    whole, chance = file.read_bytes(), random.Random(7)
    broken = tmp_path / "broken.gridsvc"
    for place in chance.sample(range(len(whole)), BYTES_FLIPPED):
        broken.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        code, said = call(monkeypatch, settings, "restore", str(broken), "--dry-run")
        # A byte of zip's own bookkeeping, a time say, may differ without touching what is kept.
        assert code == 2 or said["tables"] == made["tables"], place
    broken.write_bytes(whole[: len(whole) // 2])
    assert call(monkeypatch, settings, "restore", str(broken), "--dry-run")[0] == 2


def test_a_row_that_came_back_otherwise_undoes_the_whole_restore(written, monkeypatch):
    settings, file, _ = written
    real = backup.read

    def with_another_hash(file, folder):
        manifest, dump = real(file, folder)
        manifest["tables"]["incident"]["hash"] = "1"
        return manifest, dump

    monkeypatch.setattr(backup, "read", with_another_hash)
    code, said = call(monkeypatch, settings, "restore", str(file), "--replace")
    assert code == 2 and "other rows" in said["error"]["message"]
    assert held(settings, "select count(*) from gridsvc.incident") == [(400,)]


@pytest.mark.parametrize("name", ["nothing.gridsvc", "folder/none"])
def test_a_file_that_is_not_there_is_told_in_one_sentence(
    fresh_database, monkeypatch, tmp_path, name
):
    code, said = call(monkeypatch, fresh_database, "restore", str(tmp_path / name), "--replace")
    assert code == 2 and name in said["error"]["message"]
    code, said = call(monkeypatch, fresh_database, "backup", str(tmp_path / "gone" / "file"))
    assert code == 2 and "folder" in said["error"]["message"]
