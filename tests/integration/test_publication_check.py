"""The check finds what does not fit together after a publication, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redrawn_town
from case_town import report
from peopled_town import TODAY
from redrawn_town import EAST, FAR_EAST, NEW, TOMORROW, merged, published, split
from sqlalchemy import text

from gridsvc.plans.publishing.consistency import faults


@pytest.fixture
def town(session):
    session.info["cast"] = redrawn_town.build(session)
    return session


def told(town, on=TOMORROW):
    return [(one.what, one.code) for one in faults(town, on)]


def test_a_publication_leaves_nothing_to_find(town):
    published(town, split(town, town.info["cast"][0]), *town.info["cast"], TOMORROW)
    assert told(town) == []


def test_a_team_that_was_promised_and_is_not_there_is_found(town):
    published(town, split(town, town.info["cast"][0]), *town.info["cast"], TOMORROW)
    town.execute(text(f"delete from gridsvc.team_assignment where grid_code = '{NEW}'"))
    assert told(town) == [("assignment", NEW)]


def test_a_grid_that_ended_and_still_has_a_team_is_found(town):
    published(town, merged(town, town.info["cast"][0]), *town.info["cast"], TOMORROW)
    still = f"update gridsvc.team_assignment set valid_to = null where grid_code = '{FAR_EAST}'"
    town.execute(text(still))
    assert told(town) == [("assignment", FAR_EAST)]


def test_cases_that_were_not_handed_over_on_their_day_are_found(town):
    published(town, split(town, town.info["cast"][0]), *town.info["cast"], TOMORROW)
    assert [what for what, _ in told(town, TOMORROW + timedelta(days=1))] == ["handover"]


def test_an_open_case_in_a_grid_that_ended_is_found(town):
    made = published(town, merged(town, town.info["cast"][0]), *town.info["cast"], TODAY)
    town.execute(text(f"insert into gridsvc.rehoming values ({made.id}, now(), 0, '{{}}')"))
    assert told(town) == []
    case = report(town, town.info["cast"][1], lon=108.0005, lat=27.7025).incident
    town.execute(
        text(f"update gridsvc.incident set handled_code = '{FAR_EAST}' where id = {case.id}")
    )
    assert told(town) == [("handover", FAR_EAST)]


def test_lineage_that_does_not_match_its_boundaries_is_found(town):
    published(town, merged(town, town.info["cast"][0]), *town.info["cast"], TOMORROW)
    for change in (
        "alter table gridsvc.grid_lineage disable trigger user",
        f"update gridsvc.grid_lineage set area_m2 = 1 where from_code = '{FAR_EAST}'",
    ):
        town.execute(text(change))
    assert told(town) == [("lineage", EAST)]
