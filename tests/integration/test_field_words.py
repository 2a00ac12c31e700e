"""Programs are refused in the language that they ask for; code, reason and path stay the same."""

from __future__ import annotations

import re
from typing import Any

import case_town
import pytest
from case_town import GRID, HERE, NOW, Client
from peopled_town import app_in
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts.rules import Role

BODY = {"category": "noise", "lon": HERE[0], "lat": HERE[1]}
REPORT, STEPS, RATING = "/api/v1/incidents", "/api/v1/incidents/1/transitions", "/api/v1/ratings"
ENGLISH = re.compile(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", re.IGNORECASE)
CHINESE = re.compile("[一-鿿]")


@pytest.fixture
def leader(session: Session, database, monkeypatch) -> Client:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    case_town.build(session)
    return Client(app_in(session, database), session, Role.LEADER, GRID)


#: What is sent where, and a word of what the answer says in English.
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (REPORT, {}, "Field required"),
    (REPORT, {**BODY, "status": "closed"}, "Extra inputs"),
    (REPORT, {**BODY, "category": 7}, "valid string"),
    (REPORT, {**BODY, "category": ""}, "at least 1 character"),
    (REPORT, {**BODY, "lon": "east"}, "valid number"),
    (REPORT, {**BODY, "accuracy_m": -1}, "greater than or equal"),
    (REPORT, {**BODY, "datum": "mars"}, "'wgs84'"),
    (REPORT, {**BODY, "description": "x" * 2001}, "at most 2000 characters"),
    (REPORT, {**BODY, "description": "a\0b"}, "no text"),
    (REPORT, {**BODY, "occurred_at": "2026-09-16T12:00:00"}, "timezone info"),
    (REPORT, {**BODY, "occurred_at": "yesterday"}, "valid datetime"),
    (REPORT, {**BODY, "occurred_at": "1950-01-01T00:00:00Z"}, "greater than or equal"),
    (REPORT, {**BODY, "grid_code": "12"}, "match pattern"),
    (REPORT, {**BODY, "answers": []}, "valid dictionary"),
    (REPORT, {**BODY, "answers": {str(n): n for n in range(51)}}, "at most 50 items"),
    (REPORT, {**BODY, "answers": {"a": "x" * 10_001}}, "more than 10000"),
    (STEPS, {"action": "claim", "rating": 1.5}, "valid integer"),
    (STEPS, {"action": "place", "place": [1]}, "Field required"),
    (STEPS, {"action": "claim", "team": "nobody"}, "no team"),
    (RATING, {"tracking_code": "short", "rating": 9}, "pattern"),
    ("/api/v1/incidents/1/photos", {}, "multipart/form-data"),
    ("/api/v1/nothing", {}, "not found"),
]


@pytest.mark.parametrize(("path", "body", "word"), WRONG)
def test_a_refusal_is_said_in_the_language_that_is_asked_for(leader, path, body, word) -> None:
    if "/1/" in path:
        number = leader.post(REPORT, BODY).json["id"]
        path = path.replace("/1/", f"/{number}/")
    english, chinese, plain = (
        leader.post(path, body, **headers).json
        for headers in ({"Accept-Language": "en"}, {"Accept-Language": "zh-CN"}, {})
    )
    assert word in english["detail"]
    assert english["detail"] == plain["detail"]
    assert CHINESE.search(chinese["detail"]), chinese
    assert not ENGLISH.search(chinese["detail"]), chinese
    for name in ("code", "status", "ids"):
        assert english.get(name) == chinese.get(name)
    for one, other in zip(english.get("errors", []), chinese.get("errors", []), strict=True):
        assert one["path"] == other["path"]
        assert CHINESE.search(other["detail"]), other


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/api/v1/incidents?limit=5000", "less than or equal"),
        ("/api/v1/incidents?open=perhaps", "valid boolean"),
        ("/api/v1/grids?on=tomorrow", "valid date"),
        ("/api/v1/grids?bbox=1,2", "west,south,east,north"),
        (f"/api/v1/grids/{GRID[:-1]}9", "no grid"),
        ("/report/area?lon=500&lat=1", "degrees on earth"),
    ],
)
def test_a_question_is_refused_in_it_too(leader, path, word) -> None:
    assert word in leader.get(path, **{"Accept-Language": "en"}).json["detail"]
    told = leader.get(path, **{"Accept-Language": "zh"}).json["detail"]
    assert CHINESE.search(told), told
    assert not ENGLISH.search(told), told
