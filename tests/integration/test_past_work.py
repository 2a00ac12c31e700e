"""The work of a past day as it stood: its state, its team, its deadline, and nothing to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import case_town
import peopled_town
import pytest
import toy_town
from case_town import HERE, report, step, team_id
from peopled_town import TOWN, Viewer

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.incidents.rules import Outcome

#: Tuesday morning; a step a day follows.
DAY = datetime(2026, 9, 8, 2, tzinfo=UTC)


@pytest.fixture
def town(session):
    case_town.build(session)
    people = case_town.cast(session)
    case = report(session, people.reporter, DAY).incident
    first_due = case.due_at
    other = team_id(session, "T2")
    step(session, case, "dispatch", people.street, DAY + timedelta(days=1), team_id=other)
    step(session, case, "escalate", people.street, DAY + timedelta(days=2), note="slow")
    people_of_t2 = case_town.account(
        session, "leader2", Role.LEADER, toy_town.code(1, 2), case_town.GRID
    )
    step(session, case, "claim", people_of_t2, DAY + timedelta(days=3), team_id=other)
    step(
        session, case, "resolve", people_of_t2, DAY + timedelta(days=4), outcome=Outcome.SOLVED
    )  # fmt: skip
    for n, action in enumerate(("verify", "feed_back", "close"), 5):
        step(session, case, action, people.community, DAY + timedelta(days=n), note="told")
    session.commit()
    return case, first_due


def test_a_past_evening_shows_each_case_as_it_stood(town, session, database):
    case, due = town
    viewer = Viewer(peopled_town.app_in(session, database), session, Role.STREET_STAFF, TOWN)
    told = {
        day: [
            (one["status"], one["team"], one["level"], one["due_at"], one["outcome"])
            for one in viewer.get(f"/api/v1/incidents?on=2026-09-{day:02}").json["items"]
        ]
        for day in (7, 8, 9, 10, 12, 15)
    }
    at = due.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert told == {
        7: [],
        8: [("reported", "T1", "grid", at, None)],
        9: [("dispatched", "T2", "grid", at, None)],
        10: [("dispatched", "T2", "community", at, None)],
        # Its clock stands still while the work is checked.
        12: [("resolved", "T2", "community", None, None)],
        15: [],
    }


def test_pages_of_a_past_day_show_its_work_and_offer_no_step(town, session, database):
    case, _ = town
    app = peopled_town.app_in(session, database)
    street = Viewer(app, session, Role.STREET_STAFF, TOWN)
    leader = Viewer(app, session, Role.LEADER, case_town.GRID)
    for viewer, page in ((street, "/work"), (street, "/work?view=board"), (leader, "/")):
        sign = "&" if "?" in page else "?"
        past, empty, now = (
            viewer.get(f"{page}{sign}on={on}", Accept="text/html").text
            for on in ("2026-09-09", "2026-09-06", "")
        )
        assert f"/work/{case.id}" in past and "2026-09-09" in past
        assert f"/work/{case.id}" not in empty and f"/work/{case.id}" not in now
        assert "bulk" not in past and 'name="case"' not in past and 'class="button big"' not in past
    english = {"Accept": "text/html", "Accept-Language": "en"}
    paused = street.get("/work?on=2026-09-12", **english).text
    assert ">paused</span>" in paused and "no deadline" not in paused
    assert "<b>1</b>" in street.get("/?on=2026-09-09", Accept="text/html").text


def test_words_and_what_is_odd_narrow_a_past_day_as_they_do_today(town, session, database):
    case, _ = town
    reporter = session.get(UserAccount, case.reporter_user_id)
    odd = report(session, reporter, DAY, lon=HERE[1], lat=HERE[0], description="a lamp").incident
    odd.reviewed_at = DAY + timedelta(days=2)
    session.commit()
    viewer = Viewer(peopled_town.app_in(session, database), session, Role.STREET_STAFF, TOWN)

    def told(asked: str) -> set[str]:
        page = viewer.get(f"/work?{asked}", Accept="text/html").text
        return {str(one) for one in (case.id, odd.id) if f"/work/{one}" in page}

    due = odd.due_at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    after = due + timedelta(days=1)
    assert str(odd.id) in told(f"on={due}&only=today") & told(f"on={after}&only=overdue")
    assert str(odd.id) not in told(f"on={after}&only=today")
    assert told("on=2026-09-09&q=lamp") == {str(odd.id)}
    # The first one lies outside its reporter's area; the other was looked at on the 10th.
    assert told("on=2026-09-09&only=odd") == {str(case.id), str(odd.id)}
    assert told("on=2026-09-10&only=odd") == {str(case.id)}
    listed = viewer.get("/api/v1/incidents?on=2026-09-10&odd=true").json["items"]
    assert [one["id"] for one in listed] == [case.id]
