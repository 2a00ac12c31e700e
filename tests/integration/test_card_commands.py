"""Cards from the command line: a file or nothing, and what waits is printed by a tick too."""

from __future__ import annotations

import zipfile
from pathlib import Path

import peopled_town
import pytest
from click.testing import CliRunner
from peopled_town import TOWN
from sqlalchemy.orm import Session

from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.cards import orders
from gridsvc.cards.models import CardPart
from gridsvc.cards.orders import Print
from gridsvc.cards.rules import CardKind, OrderState, Paper
from gridsvc.cli import main
from gridsvc.db import make_engine


@pytest.fixture
def session(fresh_database):
    engine = make_engine(fresh_database)
    with Session(engine) as session:
        peopled_town.territory(session)
        peopled_town.staff(session)
        session.commit()
        yield session
    engine.dispose()


@pytest.fixture
def gridsvc(fresh_database, session, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", fresh_database.database_url)
    monkeypatch.setenv("GRIDSVC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRIDSVC_PUBLIC_URL", "https://grids.example.org")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words))


def test_cards_of_a_town_are_one_file_a_community_or_nothing(gridsvc, monkeypatch) -> None:
    done = gridsvc("cards", "town.zip", "--in", TOWN)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile("town.zip") as bag:
        assert bag.namelist() == [f"{TOWN}001-001-006.pdf", f"{TOWN}002-001-003.pdf"]
    for words, told in (
        (("town.pdf", "--in", TOWN), "name a .zip"),
        (("town.doc", "--in", TOWN), "must end in"),
        (("town.pdf", "--in", "990001"), "no grid"),
    ):
        refused = gridsvc("cards", *words)
        assert refused.exit_code == 2 and told in refused.output
    monkeypatch.delenv("GRIDSVC_PUBLIC_URL")
    assert "no code" in gridsvc("cards", "town.zip", "--in", TOWN).output
    assert [one.name for one in Path().iterdir() if one.suffix != ""] == ["town.zip"]


def test_a_tick_prints_what_waits(gridsvc, session: Session) -> None:
    user = services.add_user(
        session, username="street", role=Role.STREET_STAFF, password="correct horse",
        prefixes=[TOWN],
    )  # fmt: skip
    wanted = Print(CardKind.CONTACT, Paper.A4, 1, "https://grids.example.org", "en")
    order = orders.ask(session, wanted, scope=user.scope, within=f"{TOWN}002", by=user,
                       on=peopled_town.TODAY, now=peopled_town.NOW)  # fmt: skip
    session.commit()
    assert "parts of cards printed: 1" in gridsvc("tick").output
    session.refresh(order)
    assert order.state is OrderState.DONE
    assert session.get_one(CardPart, (order.id, 0)).pdf.startswith(b"%PDF")
