"""Every address that can be read takes ``on=DATE``, or stands here with the reason why not."""

from __future__ import annotations

import re

from peopled_town import TOWN
from test_permissions import READING, VISITOR, House
from test_permissions import house as house

from gridsvc.accounts.rules import Role

#: Before the grids of the town began; a day that no calendar has.
BEFORE, NO_DAY = "2025-06-01", "2025-06-31"

_PLAN = "a draft is of no day: its log tells its past, line by line"
_CASE = "one case: its history tells every day of it"
_NEXT = "it is asked for what is done next, and nothing is done in the past"
_STANDARD = "the standard has its own words for time"
_WHOLE = "it lists all of time, each line with its day"
_PROGRAM = "it tells of the program, not of the territory"
#: Rule, or what it begins with → why no day is asked for.
NOT_DATED = {
    "/favicon.ico": _PROGRAM,
    "/static/": _PROGRAM,
    "/report_worker.js": _PROGRAM,
    "/health/": _PROGRAM,
    "/sign-in": _PROGRAM,
    "/api/v1/openapi.json": _PROGRAM,
    "/api/v1/docs": _PROGRAM,
    "/users": _PROGRAM,
    "/audit": _WHOLE,
    "/ladder": _WHOLE,
    "/notices/undelivered": _WHOLE,
    "/inbox": _WHOLE,
    "/appraisals": _WHOLE,
    "/cycles": _WHOLE,
    "/api/v1/appraisals": _WHOLE,
    "/api/v1/cycles": _WHOLE,
    "/api/v1/staffing/sheets": _WHOLE,
    "/zones/orders/": _NEXT,
    "/plans/versions": _WHOLE,
    "/api/v1/publications": _WHOLE,
    "/api/v1/grids/versions": _WHOLE,
    "/api/v1/grids/history": _WHOLE,
    "/api/v1/grids/<code>/lineage": _WHOLE,
    "/campaigns/": "a campaign is of its own days, and is asked for by the evening as_of",
    "/api/v1/campaigns/": "a campaign is of its own days, and is asked for by the evening as_of",
    "/cards/": _NEXT,
    "/api/v1/rates": "figures of a period: the day that it lies around is called day",
    "/api/v1/visits": "rounds between two days: since and until",
    "/plans": _PLAN,
    "/api/v1/plans": _PLAN,
    "/work/<": _CASE,
    "/api/v1/incidents/<": _CASE,
    "/api/v1/incidents/duplicates": _NEXT,
    "/api/v1/route": _NEXT,
    "/report": _NEXT,
    "/staff/hand-over": _NEXT,
    "/staff/sheet": _NEXT,
    "/staff/offers": _NEXT,
    "/wishes": _NEXT,
    "/self-rating": _NEXT,
    "/projects/new": _NEXT,
    "/ogc/": _STANDARD,
    "/open311/": _STANDARD,
    "/tiles/base/": "water and streets below the grids; drawn, never counted",
}


def _is_dated(rule: str) -> bool:
    begins = (one for one in NOT_DATED if one[-1] in "/<" or rule.startswith(f"{one}/"))
    return rule not in NOT_DATED and not any(rule.startswith(one) for one in begins)


def _dated(house: House) -> list[str]:
    rules = {
        rule.rule
        for rule in house.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint != "untagged"
    }
    # One that is not in the table of the permissions fails there.
    return sorted(one for one in rules & READING.keys() if _is_dated(one))


def _reader(house: House, rule: str):
    """Somebody who may read an address, and the address."""
    address, readers = READING[rule]
    role = next(one for one in (Role.STREET_STAFF, *Role, VISITOR) if one in readers)
    return house.viewers[role], house.address(address)


def _asked(house: House, rule: str, on: str):
    viewer, address = _reader(house, rule)
    address = re.sub(r"(?<=[?&])on=[^&]*", "", address)
    return viewer.get(f"{address}{'&' if '?' in address else '?'}on={on}")


def test_every_readable_address_takes_a_day_or_says_why_not(house):
    wrong = {}
    for rule in _dated(house):
        refused, past = _asked(house, rule, NO_DAY), _asked(house, rule, BEFORE)
        own, body = READING[rule][0], past.get_data().decode("latin-1")
        codes = set(re.findall(rf"{TOWN}\d{{6}}", body)) - set(re.findall(r"\d{15}", own))
        # Where there is nothing to draw that is said, and not that the question is wrong.
        answered = past.status_code < 400 or past.json["detail"] != refused.json["detail"]
        if refused.status_code != 400 or not answered or codes:
            wrong[rule] = (refused.status_code, past.status_code, sorted(codes))
    assert wrong == {}


def test_no_reason_is_given_for_an_address_that_is_gone(house):
    known = [rule.rule for rule in house.app.url_map.iter_rules()]
    assert not [one for one in NOT_DATED if not any(rule.startswith(one) for rule in known)]
