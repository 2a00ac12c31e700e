"""The office's work by the interface: sheets, periods and appraisals, as the pages do them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import case_town
import peopled_town
import pytest
import toy_town
from case_town import TOWN
from peopled_town import NOW, TODAY, Viewer

from gridsvc.accounts.rules import Role
from gridsvc.staffing.queries import team_of

#: The quarter that ended on 25 September is over, and so is the cycle of the 28th.
AFTER = datetime(2026, 9, 29, 0, 30, tzinfo=UTC)
FIRST, SECOND = toy_town.code(1, 1), toy_town.code(1, 2)


class Program(Viewer):
    """A program that signed in for somebody."""

    def send(self, path: str, how: str = "POST", *, tag: str = "", **sent: Any):
        headers = {**self._headers, **({"If-Match": tag} if tag else {})}
        return self._client.open(f"/api/v1{path}", method=how, headers=headers, **sent)


@pytest.fixture
def programs(session, database, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: AFTER)
    case_town.build(session)
    case_town.report(session, case_town.cast(session).reporter)
    app = peopled_town.app_in(session, database)
    areas = {Role.STREET_STAFF: TOWN, Role.DISTRICT: TOWN, Role.LEADER: FIRST}
    return {role: Program(app, session, role, area) for role, area in areas.items()}


def sheet(*rows: str) -> dict[str, Any]:
    data = "\n".join(("Grid code,Team code,From,Name", *rows)).encode()
    return {"data": {"file": (io.BytesIO(data), "a.csv"), "on": TODAY.isoformat()}}


def test_a_sheet_is_tried_out_and_loaded_only_as_it_was_looked_at(
    session, database, monkeypatch
) -> None:
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    peopled_town.build(session)
    app = peopled_town.app_in(session, database)
    office = Program(app, session, Role.STREET_STAFF, TOWN)
    bad = f"{FIRST},T9,2026-10-01,x", f"{SECOND},T1,03/04/2026,x"
    told = office.send("/staffing/sheets", **sheet(*bad))
    assert (told.status_code, told.json["to_change"]) == (200, 2)
    assert [row["faults"][0]["reason"] for row in told.json["rows"]] == [
        "unknown_team",
        "unsure_date",
    ]
    assert told.json["columns_of_persons"] == ["Name"]
    refused = office.send("/staffing/sheets", tag=told.headers["ETag"], **sheet(*bad))
    assert (refused.status_code, refused.json["ids"]) == (422, ["2", "3"])
    good = f"{FIRST},T2,{TODAY},"
    tag = office.send("/staffing/sheets", **sheet(good)).headers["ETag"]
    assert office.send("/staffing/sheets", tag="*", **sheet(good)).status_code == 409
    done = office.send("/staffing/sheets", tag=tag, **sheet(good))
    assert (done.status_code, done.json["handed_over"]) == (201, 1)
    assert team_of(session, FIRST, TODAY).code == "T2"
    assert office.send("/staffing/sheets", tag=tag, **sheet(good)).status_code == 409
    (load,) = office.get("/api/v1/staffing/sheets").json["items"]
    assert (load["rows"], load["begin"]) == (1, TODAY.isoformat())
    nothing = office.send("/staffing/sheets", data={"on": "soon"})
    assert nothing.status_code == 400 and "2026-11-22" in nothing.json["detail"]


def test_a_period_is_closed_once_and_only_its_closer_may_ask_again(programs) -> None:
    street, district = programs[Role.STREET_STAFF], programs[Role.DISTRICT]
    coming = street.get(f"/api/v1/cycles/coming?office={TOWN}").json["items"]
    cycle = next(one for one in coming if one["kind"] == "cycle")
    wanted = {"office": TOWN, "kind": "cycle", "starts_on": cycle["starts_on"]}
    early = street.send("/cycles", json=wanted | {"starts_on": "2026-12-01"})
    assert early.status_code == 422
    made = street.send("/cycles", json=wanted)
    assert made.status_code == 201 and cycle["open"]
    again = street.send("/cycles", json=wanted)
    assert (again.status_code, again.json) == (200, made.json)
    second = district.send("/cycles", json=wanted)
    assert (second.status_code, second.json["ids"]) == (409, [str(made.json["id"])])
    (head,) = district.get("/api/v1/cycles?kind=cycle").json["items"]
    whole = district.get(f"/api/v1/cycles/{head['id']}").json
    assert whole == made.json and whole["places"][0]["code"] == TOWN
    taken = district._client.post(head["files"]["xlsx"]["href"], headers=district._headers)
    assert taken.status_code == 200 and taken.data.startswith(b"PK")
    assert street.send("/cycles", json=wanted | {"kind": "month"}).status_code == 400
    assert street.get("/api/v1/cycles/coming?office=520399001").status_code == 404


def test_a_quarter_is_opened_rated_and_locked_and_its_marks_stand(programs) -> None:
    street, district = programs[Role.STREET_STAFF], programs[Role.DISTRICT]
    opened = street.send("/appraisals", json={"office": TOWN, "day": "2026-09-01"}).json
    assert street.send("/appraisals", json={"office": TOWN, "day": "2026-09-01"}).json == opened
    whole = f"/api/v1/appraisals/{opened['id']}"
    team = street.get(whole).json["teams"][0]["team_id"]
    rating = f"/appraisals/{opened['id']}/teams/{team}/ratings"
    good = {"asked": 5, "reached": 5, "answered": 4, "points": 340}
    assert street.send(f"{rating}/units", "PUT", json=good).json["marks"]["public"] == 85.0
    assert street.send(f"{rating}/team", "PUT", json=good).status_code == 403
    own = programs[Role.LEADER].send(
        rating.replace("ratings", "self-rating"), "PUT", json={"mark": 85}
    )
    assert own.json["marks"]["self"] == 85.0 and "tallies" not in own.json
    many = street.send(f"{rating}/units", "PUT", json=good | {"answered": 9})
    assert many.status_code == 400 and "reached" in many.json["detail"]
    locked = street.send(f"/appraisals/{opened['id']}/lock")
    assert locked.json["locked_at"] and locked.json["teams"][0]["total"] == 85.0
    assert street.send(f"/appraisals/{opened['id']}/lock").json == locked.json
    assert district.send(f"/appraisals/{opened['id']}/lock").status_code == 409
    assert street.send(f"{rating}/units", "PUT", json=good).status_code == 409
    assert district.get("/api/v1/appraisals?day=2026-09-25").json["items"][0] == {
        name: value for name, value in locked.json.items() if name not in ("teams", "satisfaction")
    }
    detail = district.get(f"{whole}/teams/{team}").json
    assert detail["tallies"]["units"]["mean"] == 85.0 and len(detail["points"]) == 3
    assert district.get(f"{whole}/teams/999").status_code == 404
