from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
import toy_town
from geoalchemy2.shape import to_shape
from sqlalchemy import func, select, text

from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.geo.datum import Datum, from_wgs84
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.report import RowNote
from gridsvc.grids.intake.rows import Rows
from gridsvc.incidents import clock
from gridsvc.incidents.escalation import ladder
from gridsvc.incidents.intake.case_order import CaseOrder
from gridsvc.incidents.intake.case_rows import CaseFile
from gridsvc.incidents.intake.past_cases import import_cases
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.staffing.models import Team, TeamAssignment

NEW_YEAR, JULY = date(2026, 1, 1), date(2026, 7, 1)
HEADER = "source_ref,reported_at,closed_at,category,lon,lat,description"


@pytest.fixture
def town(session):
    take_in(session, toy_town.grids(), NEW_YEAR)
    return session


def take_in(session, grids: gpd.GeoDataFrame, since: date) -> None:
    rows = grids.rename(columns={"household_count": "households"}).assign(
        name_en=None, parent=None, dwellings=None
    )
    rows.index = rows.index.set_names("row")
    order = Order(Target.GRID, since, "520302", create_parents=True)
    import_boundaries(session, Rows("toy town", rows, [], True), order)


def load(session, tmp_path, *lines, columns=None, header=HEADER, encoding="utf-8", **order):
    path = tmp_path / "cases.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding=encoding)
    file = CaseFile(path, columns or {}, ZoneInfo("Asia/Shanghai"))
    order = {"source": "12345", "standard": "local", "new_categories": True, **order}
    return import_cases(session, file, CaseOrder(**order))


def refused(session, tmp_path, *lines, error=BadInput, **kwargs) -> str:
    with pytest.raises(error) as refusal, session.begin_nested():
        load(session, tmp_path, *lines, **kwargs)
    assert session.scalar(select(func.count()).select_from(Incident)) == 0
    return refusal.value.message


def the_case(session) -> Incident:
    return session.scalars(select(Incident)).one()


def test_a_case_gets_its_grid_and_its_local_time_becomes_utc(town, tmp_path):
    load(town, tmp_path, "A1,2026-03-09 16:30,,路灯,108.0015,27.7015,一盏灯灭了")
    case = the_case(town)
    assert case.grid_code == toy_town.code(1, 5)
    assert case.reported_at == datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
    assert (case.status, case.level, case.provenance) == ("reported", "grid", "import")
    assert town.get(Category, case.category_id).name == "路灯"


def test_a_case_reported_in_the_future_is_skipped(town, tmp_path):
    lines = ("A1,2026-03-09 16:30,,路灯,,,", "A2,2026-03-09 16:31,,路灯,,,")
    report = load(town, tmp_path, *lines, now=datetime(2026, 3, 9, 8, 30, tzinfo=UTC))
    assert (report.inserted, report.skipped) == (
        1,
        [RowNote(2, "reported or closed in the future")],
    )


def test_a_case_keeps_the_grid_of_the_day_it_was_reported_on(town, tmp_path):
    eastern = toy_town.grids()
    eastern.loc[0, "geometry"] = toy_town.cell(0, 2, wide=0.5)
    eastern.loc[1, "geometry"] = toy_town.cell(0.5, 2, wide=1.5)
    take_in(town, eastern, JULY)
    place = "lamp,108.0008,27.7025,"
    # 23:59 and 00:01 of the office's zone are one UTC day.
    load(town, tmp_path, f"A1,2026-06-30 23:59,,{place}", f"A2,2026-07-01 00:01,,{place}")
    grids = dict(town.execute(select(Incident.source_ref, Incident.grid_code)).all())
    assert grids == {"A1": toy_town.code(1, 1), "A2": toy_town.code(1, 2)}


def test_a_case_gets_the_team_of_its_day(town, tmp_path):
    code = toy_town.code(1, 5)
    for n, (since, until) in enumerate([(NEW_YEAR, JULY), (JULY, None)]):
        team = Team(
            code=f"T{n}", name="队", kind="grid", division_code=code[:12], valid_from=NEW_YEAR
        )
        town.add(team)
        town.flush()
        town.add(TeamAssignment(grid_code=code, team_id=team.id, valid_from=since, valid_to=until))
    place = "lamp,108.0015,27.7015,"
    load(town, tmp_path, f"A1,2026-06-30 12:00,,{place}", f"A2,2026-07-01 12:00,,{place}")
    teams = town.execute(
        select(Incident.source_ref, Team.code).join(Team, Team.id == Incident.team_id)
    )
    assert dict(teams.all()) == {"A1": "T0", "A2": "T1"}


def test_a_point_outside_every_grid_is_kept_for_the_supervisor(town, tmp_path):
    report = load(town, tmp_path, "A1,2026-03-09 16:30,,lamp,109,28,", division_code="520302001")
    case = the_case(town)
    assert (report.inserted, report.outside_every_grid) == (1, 1)
    assert (case.grid_code, case.division_code, case.level) == (None, "520302001", "subdistrict")


def test_a_case_without_a_place_is_kept_without_one(town, tmp_path):
    report = load(town, tmp_path, "A1,2026-03-09 16:30,,lamp,,,")
    case = the_case(town)
    assert (report.without_place, case.geom, case.provenance) == (1, None, "none")


def test_open_cases_get_the_due_date_of_their_day_and_old_ones_climb_from_today(town, tmp_path):
    lines = (
        "A1,2026-03-09 16:30,,lamp,108.0015,27.7015,call 13800138000",
        "A2,2026-03-09 09:30,2026-03-10 09:00,lamp,108.0015,27.7015,",
        "A3,2026-03-09 09:30,,lamp,108.0015,27.7015,",
    )
    report = load(town, tmp_path, *lines)
    assert (report.clocks, report.overdue, report.personal_numbers) == (2, 2, 1)
    cases = {one.source_ref: one for one in town.scalars(select(Incident))}
    case = cases["A1"]
    # Five working days after Monday the 9th, the day itself not counted; the end of work there.
    assert case.due_at == cases["A3"].due_at == datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
    assert cases["A2"].due_at is None
    assert [line.kind.value for line in clock.ledger(town, case.id)] == ["start"]
    assert clock.ledger(town, cases["A2"].id) == []
    around = ladder.surroundings(town)
    day = timedelta(days=1)
    first = ladder.climb(town, [case, cases["A3"]], case.received_at, around)
    assert (first.rungs, case.level) == (0, "grid")
    climbed = [
        ladder.climb(town, [case], case.received_at + n * day, around).rungs for n in range(1, 40)
    ]
    assert sum(climbed) == 6 and max(climbed) == 2, "more than one share of the limit in a day"
    assert case.level == "district"


def test_a_resolved_case_of_another_system_waits_for_its_check_without_a_clock(town, tmp_path):
    header = f"{HEADER},status"
    load(town, tmp_path, "A1,2026-03-09 16:30,,lamp,108.0015,27.7015,,resolved", header=header)
    case = the_case(town)
    assert (case.due_at, case.sweep_at) == (None, None)
    assert [line.kind.value for line in clock.ledger(town, case.id)] == ["start", "pause"]


def test_a_closed_case_has_both_steps_in_its_history(town, tmp_path):
    load(town, tmp_path, "A1,2026-03-09 16:30,2026-03-10 09:00,lamp,108.0015,27.7015,")
    steps = town.execute(
        select(IncidentEvent.seq, IncidentEvent.action, IncidentEvent.to_status).order_by("seq")
    ).all()
    assert steps == [(1, "report", "reported"), (2, "close", "closed")]


def test_a_case_closed_before_it_was_reported_is_skipped_with_the_reason(town, tmp_path):
    report = load(town, tmp_path, "A1,2026-03-09 16:30,2026-03-08 09:00,lamp,,,")
    assert (report.inserted, report.skipped) == (0, [RowNote(1, "closed before it was reported")])


def test_a_line_break_within_quotes_is_part_of_the_text(town, tmp_path):
    load(town, tmp_path, 'A1,2026-03-09 16:30,,lamp,,,"one\ntwo\tthree \\n"')
    assert the_case(town).description == "one\ntwo\tthree \\n"


def test_gcj02_positions_are_shifted_and_the_given_ones_kept(town, tmp_path):
    lon, lat = from_wgs84([108.0015], [27.7015], "gcj02")
    line = f"A1,2026-03-09 16:30,,lamp,{lon[0]!s},{lat[0]!s},"
    load(town, tmp_path, line, datum=Datum.GCJ02)
    case = the_case(town)
    assert case.grid_code == toy_town.code(1, 5)
    assert to_shape(case.geom).x == pytest.approx(108.0015, abs=1e-7)
    assert case.original_lon == pytest.approx(lon[0])


def test_the_same_file_again_adds_nothing(town, tmp_path):
    lines = ["A1,2026-03-09 16:30,,lamp,108.0015,27.7015,", "A2,2026-03-09 17:30,,lamp,,,"]
    load(town, tmp_path, *lines)
    again = load(town, tmp_path, *lines)
    assert again.inserted == 0
    assert again.skipped == [RowNote(1, "already there"), RowNote(2, "already there")]


def test_the_same_file_again_adds_nothing_even_without_numbers_of_its_own(town, tmp_path):
    header, line = "reported_at,category", "2026-03-09 16:30,lamp"
    load(town, tmp_path, line, header=header)
    assert load(town, tmp_path, line, header=header).inserted == 0


def test_a_known_case_with_other_content_is_a_conflict(town, tmp_path):
    load(town, tmp_path, "A1,2026-03-09 16:30,,lamp,,,")
    with pytest.raises(Conflict, match="row 1, case A1 of 12345 is there already with other"):
        load(town, tmp_path, "A1,2026-03-09 16:30,,lamp,,,another text")


def test_the_imported_history_passes_the_guard_at_commit(town, tmp_path):
    load(town, tmp_path, "A1,2026-03-09 16:30,2026-03-10 09:00,lamp,108.0015,27.7015,")
    town.execute(text("set constraints all immediate"))


GOOD = "A1,2026-03-09 16:30,,lamp,108.0015,27.7015,"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A2,last week,,lamp,,,", "row 2, field reported_at is 'last week': expected a time"),
        ("A2,,,lamp,,,", "row 2, field reported_at is empty"),
        ("A2,2026-03-09,,,,,", "row 2, field category is empty"),
        ("A2,2026-03-09,,lamp,east,27,", "row 2, field lon is 'east': expected a number from -180"),
        ("A2,2026-03-09,,lamp,27,108,", "row 2, field lat is '108': expected a number from -90"),
        ("A2,2026-03-09,,lamp,nan,27,", "row 2, field lon is 'nan': expected a number"),
        ("A2,2026-03-09,,lamp,108,,", "row 2, field lat is empty: expected both lon and lat"),
        ("A2,2026-03-09", "row 2 has 2 values, the header has 7"),
        ("A2,2026-03-09,,lamp,,,a\0b", "line 3 holds a NUL character"),
        ('A2,2026-03-09,,"lamp,,,', "is not CSV that can be read"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file(town, tmp_path, line, words):
    message = refused(town, tmp_path, GOOD, line)
    assert message.startswith("cases.csv: ")
    assert words in message


def test_a_column_in_map_that_is_not_there_is_answered_with_those_that_are(town, tmp_path):
    message = refused(town, tmp_path, GOOD, columns={"opened": "reported_at"})
    assert f"there is no column 'opened'; those are {HEADER.replace(',', ', ')}" in message


def test_a_field_in_map_that_does_not_exist(town, tmp_path):
    assert "'where' in --map is no field" in refused(town, tmp_path, GOOD, columns={"lon": "where"})


def test_a_file_without_times_is_told_which_map_to_give(town, tmp_path):
    message = refused(town, tmp_path, "x,lamp", header="when,category")
    assert "no column gives reported_at: pass --map COLUMN=reported_at" in message


def test_an_unknown_category_without_leave_to_make_it(town, tmp_path):
    message = refused(town, tmp_path, GOOD, new_categories=False)
    assert "row 1, field category is 'lamp'" in message
    assert "--new-categories" in message


def test_another_encoding(town, tmp_path):
    message = refused(town, tmp_path, "A1,2026-03-09 16:30,,路灯,,,", encoding="gb18030")
    assert "below row 0 it is not utf-8 text: give another --encoding" in message


def test_a_default_division_that_does_not_exist(town, tmp_path):
    message = refused(town, tmp_path, GOOD, error=NotFound, division_code="999999")
    assert message == "There is no division 999999."
