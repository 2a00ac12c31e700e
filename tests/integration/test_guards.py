"""The database itself refuses what must not be, whoever writes: every constraint and trigger."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pytest
import toy_town
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.rows import Rows

CODE = toy_town.code(1, 1)


@pytest.fixture
def town(session):
    grids: gpd.GeoDataFrame = toy_town.grids().rename(columns={"household_count": "households"})
    grids = grids.assign(name_en=None, parent=None, dwellings=None)
    grids.index = grids.index.set_names("row")
    order = Order(Target.GRID, date(2026, 1, 1), "520302", create_parents=True)
    import_boundaries(session, Rows("toy town", grids, [], True), order)
    session.execute(text(_PEOPLE))
    session.execute(text("set constraints all immediate"))
    return session


# One account, category, case with its event, team, branch, building and visit.
_PEOPLE = f"""
    insert into gridsvc.user_account (username, title, role, password_hash)
    values ('street', '', 'street_staff', 'x');
    insert into gridsvc.audit_log (action, subject, detail) values ('look', 'case 1', '{{}}');
    insert into gridsvc.category (standard, kind, code, name, valid_from)
    values ('local', 'incident', '1', 'lamp', '2020-01-01');
    insert into gridsvc.incident (kind, category_id, status, level, geom, datum, provenance,
        reported_at, grid_code, grid_boundary_id, source, source_ref)
    select 'incident', c.id, 'reported', 'grid', st_setsrid(st_point(108.0005, 27.7025), 4326),
        'wgs84', 'map', '2026-02-01', b.grid_code, b.id, 'phone', '1'
    from gridsvc.category c, gridsvc.grid_boundary b where b.grid_code = '{CODE}';
    insert into gridsvc.incident_event (incident_id, seq, at, action, to_status, detail)
    select id, 1, now(), 'report', 'reported', '{{}}' from gridsvc.incident;
    insert into gridsvc.team (code, name, kind, division_code, valid_from)
    values ('T1', '队', 'grid', '520302001001', '2026-01-01'),
           ('T2', '队', 'grid', '520302001001', '2026-01-01');
    insert into gridsvc.branch (code, name, kind, division_code, member_count, valid_from)
    values ('B1', '支部', 'branch', '520302001001', 12, '2026-01-01');
    insert into gridsvc.team_assignment (grid_code, team_id, valid_from)
    select '{CODE}', id, '2026-01-01' from gridsvc.team where code = 'T1';
    insert into gridsvc.branch_assignment (grid_code, branch_id, valid_from)
    select '{CODE}', id, '2026-01-01' from gridsvc.branch;
    insert into gridsvc.team_post (team_id, post, source, valid_from)
    select id, 'leader', 'volunteer', '2026-01-01' from gridsvc.team where code = 'T1';
    insert into gridsvc.post_holding (post_id, valid_from)
    select id, '2026-01-01' from gridsvc.team_post;
    insert into gridsvc.building (code, geom, anchor, household_count, dwelling_count, valid_from)
    select 'A', st_multi(geom), st_pointonsurface(geom), 8, 10, '2026-01-01'
    from gridsvc.grid_boundary where grid_code = '{CODE}';
    insert into gridsvc.visit (grid_code, visited_on, dwellings_visited, first_time_dwellings,
        topics, recorded_at)
    values ('{CODE}', '2026-02-06', 3, 1, '{{}}', '2026-02-06 12:00+00');
"""  # noqa: S608

_SQUARE = "st_makeenvelope(108, 27.7, 108.001, 27.701, 4326)"
_BOUNDARY = "insert into gridsvc.grid_boundary (grid_code, geom, valid_from, valid_to) values"
_BUILDING = (
    "insert into gridsvc.building"
    " (code, geom, anchor, household_count, dwelling_count, valid_from) values"
)
_INCIDENT = (
    "insert into gridsvc.incident"
    " (kind, category_id, status, level, datum, provenance, reported_at{0})"
    " select 'incident', id, 'reported', 'grid', 'wgs84', 'map', now(){1} from gridsvc.category"
)
_VISIT = (
    "insert into gridsvc.visit (grid_code, visited_on, dwellings_visited,"
    " first_time_dwellings, topics) values"
)
_NUMBERS = (
    "insert into gridsvc.visit_building (visit_id, building_id, dwelling_numbers)"
    " select v.id, b.id, '{%s}' from gridsvc.visit v, gridsvc.building b"
)

REFUSED = [
    # accounts
    ("insert into gridsvc.user_account (username, title, role, password_hash)"
     " values ('street', '', 'planner', 'x')", "uq_user_account_username"),
    ("update gridsvc.user_account set username = 'Street'", "ck_user_account_name"),
    ("update gridsvc.user_account set role = 'king'", "ck_user_account_role"),
    ("update gridsvc.user_account set language = 'fr'", "ck_user_account_language"),
    ("insert into gridsvc.user_scope select id, '12ab' from gridsvc.user_account",
     "ck_user_scope_prefix"),
    ("update gridsvc.audit_log set action = 'nothing'", "audit_log is append-only: UPDATE"),
    ("delete from gridsvc.audit_log", "audit_log is append-only: DELETE"),
    ("truncate gridsvc.audit_log", "audit_log is append-only: TRUNCATE"),
    # divisions and grids
    ("insert into gridsvc.division (code, level, name) values ('52030', 'district', '')",
     "fk_division_level"),
    ("insert into gridsvc.division (code, level, name) values ('52030x', 'district', '')",
     "ck_division_digits_only"),
    ("insert into gridsvc.division (code, level, parent_code, name)"
     " values ('520303001', 'subdistrict', '520302', '')", "ck_division_below_parent"),
    ("update gridsvc.division set household_min = 300, household_max = 100", "ck_division_range"),
    ("delete from gridsvc.division where code = '520302001'", "fk_division_parent_code"),
    (f"insert into gridsvc.division_boundary (division_code, geom, valid_from)"
     f" values ('520302', st_multi({_SQUARE}), '2026-02-01')", "one_outline_at_a_time"),
    ("insert into gridsvc.grid (code, community_code, kind, name)"
     " values ('52030200100101', '520302001001', 'residential', '')", "ck_grid_fifteen_digits"),
    ("insert into gridsvc.grid (code, community_code, kind, name)"
     " values ('520302001002901', '520302001001', 'residential', '')", "ck_grid_in_community"),
    ("update gridsvc.grid set kind = 'park'", "ck_grid_kind"),
    # boundaries: one valid polygon, one at a time, never rewritten
    (f"{_BOUNDARY} ('{CODE}', {_SQUARE}, '2026-02-01', null)", "one_boundary_at_a_time"),
    (f"{_BOUNDARY} ('{CODE}', {_SQUARE}, '2025-02-01', '2025-01-31')", "ck_grid_boundary_period"),
    (f"{_BOUNDARY} ('{CODE}', 'srid=4326;polygon empty', '2025-01-01', '2025-02-01')",
     "ck_grid_boundary_valid_shape"),
    (f"{_BOUNDARY} ('{CODE}', 'srid=4326;polygon((0 0, 1 1, 1 0, 0 1, 0 0))', '2025-01-01',"
     " '2025-02-01')", "ck_grid_boundary_valid_shape"),
    (f"{_BOUNDARY} ('{CODE}', 'srid=4326;polygon((998 0, 999 0, 999 1, 998 0))', '2025-01-01',"
     " '2025-02-01')", "ck_grid_boundary_on_earth"),
    (f"{_BOUNDARY} ('{CODE}', st_multi({_SQUARE}), '2025-01-01', '2025-02-01')",
     "Geometry type (MultiPolygon) does not match column type (Polygon)"),
    (f"{_BOUNDARY} ('{CODE}', st_transform({_SQUARE}, 3857), '2025-01-01', '2025-02-01')",
     "Geometry SRID (3857) does not match column SRID (4326)"),
    ("update gridsvc.grid_boundary set household_count = -1", "is history"),
    (f"update gridsvc.grid_boundary set geom = {_SQUARE}", "is history: publish a new one"),
    ("update gridsvc.grid_boundary set valid_from = '2025-01-01'", "is history"),
    ("update gridsvc.grid_boundary set household_count = null", "is history"),
    ("delete from gridsvc.grid_boundary", "fk_incident_grid_boundary_id"),
    (f"{_BUILDING} ('A', st_multi({_SQUARE}), st_point(108, 27.7, 4326), 1, 1, '2026-01-01')",
     "uq_building_code"),
    (f"{_BUILDING} ('B', st_multi({_SQUARE}), st_point(108, 27.7, 4326), -1, 1, '2026-01-01')",
     "ck_building_counts"),
    ("insert into gridsvc.base_feature (kind, geom) values ('rail', st_point(0, 0, 4326))",
     "ck_base_feature_kind"),
    ("insert into gridsvc.territory_finding (kind, grid_codes, area_m2, geom, valid_from)"
     " values ('hole', '{}', 1, st_point(0, 0, 4326), now())", "ck_territory_finding_kind"),
    # staffing: one of each at a time
    (f"insert into gridsvc.team_assignment (grid_code, team_id, valid_from)"
     f" select '{CODE}', id, '2026-03-01' from gridsvc.team where code = 'T2'",
     "one_team_at_a_time"),
    (f"insert into gridsvc.branch_assignment (grid_code, branch_id, valid_from)"
     f" select '{CODE}', id, '2026-03-01' from gridsvc.branch", "one_branch_at_a_time"),
    ("insert into gridsvc.team_post (team_id, post, source, valid_from)"
     " select team_id, 'leader', 'volunteer', '2026-03-01' from gridsvc.team_post",
     "one_leader_one_deputy"),
    ("insert into gridsvc.post_holding (post_id, valid_from)"
     " select post_id, '2026-03-01' from gridsvc.post_holding", "one_holder_at_a_time"),
    ("update gridsvc.branch set member_count = 2", "ck_branch_small_is_group"),
    ("update gridsvc.branch set member_count = -1", "ck_branch_"),
    ("update gridsvc.team set valid_to = valid_from", "ck_team_period"),
    # cases: what was reported never changes, what happened is appended
    ("update gridsvc.incident set geom = st_point(108, 27.7, 4326)", "never change"),
    ("update gridsvc.incident set reported_at = now()", "never change"),
    ("update gridsvc.incident set source_ref = '2'", "never change"),
    ("update gridsvc.incident set grid_code = null, grid_boundary_id = null", "never change"),
    ("delete from gridsvc.incident", "incident is append-only: DELETE"),
    ("truncate gridsvc.incident cascade", "is append-only: TRUNCATE"),
    ("update gridsvc.incident_event set note = 'x'", "incident_event is append-only: UPDATE"),
    ("delete from gridsvc.incident_event", "incident_event is append-only: DELETE"),
    ("truncate gridsvc.incident_event", "incident_event is append-only: TRUNCATE"),
    ("update gridsvc.incident set status = 'closed'", "ck_incident_ended"),
    ("update gridsvc.incident set status = 'closed', closed_at = '2020-01-01'",
     "ck_incident_closed_after_reported"),
    ("update gridsvc.incident set status = 'lost'", "ck_incident_status"),
    (_INCIDENT.format(", source, source_ref", ", 'phone', '1'"), "uq_incident_source"),
    (_INCIDENT.format(", accuracy_m", ", -1"), "ck_incident_accuracy"),
    (_INCIDENT.format(", grid_code", f", '{CODE}'"), "ck_incident_grid_"),
    (_INCIDENT.format(", geom", ", st_point(200, 0, 4326)"), "ck_incident_on_earth"),
    (_INCIDENT.format("", "") + "; set constraints all immediate", "has no history"),
    ("insert into gridsvc.incident_event (incident_id, seq, at, action, to_status, detail)"
     " select id, 1, now(), 'x', 'reported', '{}' from gridsvc.incident",
     "uq_incident_event_incident_id_seq"),
    ("insert into gridsvc.incident_event (incident_id, seq, at, action, to_status, detail)"
     " select id, 0, now(), 'x', 'reported', '{}' from gridsvc.incident",
     "ck_incident_event_seq"),
    # visits
    (f"{_VISIT} ('{CODE}', '2026-02-06', 0, 0, '{{}}')", "ck_visit_counts"),
    (f"{_VISIT} ('{CODE}', '2026-02-06', 2, 3, '{{}}')", "ck_visit_counts"),
    (f"{_VISIT} ('{CODE}', current_date + 9000, 1, 1, '{{}}')", "ck_visit_not_ahead"),
    (_NUMBERS % "11", "has dwellings 1 to 10"),
    (_NUMBERS % "0", "has dwellings 1 to 10"),
    (_NUMBERS % "2,2", "has dwellings 1 to 10, each counted once"),
    (_NUMBERS % "", "ck_visit_building_some_dwelling"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "guard"), REFUSED, ids=[s[:60] for s, _ in REFUSED])
def test_the_database_refuses(town, statement, guard):
    with pytest.raises(DBAPIError) as refusal, town.begin_nested():
        town.execute(text(statement.replace(":", "\\:")))
    assert guard in str(refusal.value.orig)


ALLOWED = [
    "update gridsvc.grid_boundary set valid_to = '2026-12-31'",
    "update gridsvc.grid_boundary set dwelling_count = 130",
    "update gridsvc.incident set status = 'closed', closed_at = now()",
    _NUMBERS % "1,10",
    _BOUNDARY + f" ('{CODE}', {_SQUARE}, '2025-01-01', '2026-01-01')",
]


@pytest.mark.parametrize("statement", ALLOWED, ids=[s[:60] for s in ALLOWED])
def test_the_database_allows_what_may_be(town, statement):
    assert town.execute(text(statement)).rowcount > 0


def test_a_case_without_a_grid_may_be_given_one_once(town):
    town.execute(text("set constraints all deferred"))
    town.execute(text(_INCIDENT.format(", geom", ", st_point(108.0015, 27.7025, 4326)")))
    give = text("""
        update gridsvc.incident i set grid_code = b.grid_code, grid_boundary_id = b.id
        from gridsvc.grid_boundary b
        where i.source is null and b.grid_code = :code
    """)
    town.execute(give, {"code": toy_town.code(1, 2)})
    with pytest.raises(DBAPIError, match="never change"), town.begin_nested():
        town.execute(give, {"code": toy_town.code(1, 3)})
