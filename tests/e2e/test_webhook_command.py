"""Webhooks and mailboxes by the command line, in a database of their own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gridsvc.cli import main
from gridsvc.settings import Settings


@pytest.fixture
def run(fresh_database: Settings, monkeypatch):
    monkeypatch.setattr("gridsvc.cli.output.from_environment", lambda: fresh_database)

    def called(*words: str, **how):
        answer = CliRunner().invoke(main, [*words, "--json"], **how)
        lines = answer.output.strip().splitlines()
        return answer.exit_code, json.loads(lines[-1]) if lines else None

    return called


def test_a_webhook_is_added_listed_and_disabled(run):
    code, made = run("webhook", "add", "https://desk.example.org/hook", "--prefix", "520302")
    assert code == 0 and len(made["secret"]) == 64
    code, own = run("webhook", "add", "https://d.example.org/", "--secret-stdin", input="SEC1\n")
    assert code == 0 and "secret" not in own
    listed = run("webhook", "list")[1]["webhooks"]
    assert [one["prefix"] for one in listed] == ["520302", ""]
    assert "SEC1" not in json.dumps(listed) and made["secret"] not in json.dumps(listed)
    assert run("webhook", "disable", str(made["id"]))[0] == 0
    assert run("webhook", "replay", str(made["id"]))[0] == 2
    assert run("webhook", "disable", "99")[0] == 2


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://u:p@h/", "nonsense"])
def test_an_address_that_cannot_be_called_is_refused_in_one_sentence(run, url):
    assert run("webhook", "add", url)[0] == 2


def test_a_mailbox_wants_an_account_and_an_address(run):
    assert run("mailbox", "set", "nobody", "a@example.org")[0] == 2
    assert run("mailbox", "replay")[1] == {"waiting": 0}
