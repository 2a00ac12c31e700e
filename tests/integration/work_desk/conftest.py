"""The work desk over the toy town, with people of every post at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import case_town
import peopled_town
import pytest
from case_town import NOW
from desk_browser import Desk
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.settings import Settings


@pytest.fixture
def desk(session: Session, database: Settings, monkeypatch) -> Iterator[Desk]:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    case_town.build(session)
    yield Desk(
        peopled_town.app_in(session, replace(database, language="en")),
        session,
        case_town.cast(session),
    )
