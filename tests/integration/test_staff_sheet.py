"""A sheet of assignments: every bad row is told, and nothing is loaded while there is one."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import peopled_town
import pytest
import toy_town
from openpyxl import Workbook, load_workbook
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridsvc.accounts import services
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Scope
from gridsvc.db import make_engine
from gridsvc.errors import BadInput
from gridsvc.staffing import offers
from gridsvc.staffing.models import Team
from gridsvc.staffing.queries import branch_of, team_of
from gridsvc.staffing.sheet.judging import judge
from gridsvc.staffing.sheet.loading import load, wait_for_others
from gridsvc.staffing.sheet.reading import read

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
FIRST, SECOND, NOBODYS = toy_town.code(1, 1), toy_town.code(1, 2), toy_town.code(1, 5)
HEAD = ["Grid code", "Team code", "Team name", "Duty phone", "From", "Until"]


@pytest.fixture
def town(session):
    peopled_town.build(session)
    return session


class Sender(peopled_town.Viewer):
    """Somebody who sends sheets."""

    def send(self, data: bytes, name: str = "staff.xlsx"):
        return self.form({"file": (io.BytesIO(data), name), "on": TODAY.isoformat()})

    def form(self, sent: dict):
        return self._client.post("/staff/sheet", data=sent, headers={**self._headers, **PAGE})


@pytest.fixture
def street(town, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    return Sender(peopled_town.app_in(town, settings), town, Role.STREET_STAFF, TOWN)


def xlsx(*rows: list, merge: str | None = None) -> bytes:
    book, packed = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    book.save(packed)
    return packed.getvalue()


def told(town, *rows: list, head: list = HEAD, merge: str | None = None) -> dict[int, list[str]]:
    table = read(xlsx(head, *rows, merge=merge), "a.xlsx")
    judged = judge(town, table.rows, scope=Scope((TOWN,)), begin=TODAY, today=TODAY)
    return {line.number: [one.reason for one in line.faults] for line in judged.lines}


def written(town) -> dict[str, str]:
    row = "select md5(string_agg(t::text, '|' order by t::text)) from gridsvc.{} t"
    names = ("team", "branch", "team_assignment", "branch_assignment", "grid_handover")
    return {name: town.scalar(text(row.format(name))) for name in names}


def test_each_bad_row_says_what_to_change(town):
    unknown = toy_town.code(1, 9)
    faults = told(
        town,
        [FIRST, "T2", None, "1.39E+10", "03/04/2026", None],
        [unknown, "T2", None, None, "1.2.26", None],
        ["5.2E+14", "T2", None, None, None, None],
        [SECOND, "T1", None, None, None, None],
        [SECOND, "T3", None, None, None, None],
        ["999999001001001", "T1", None, None, None, None],
        [NOBODYS, "NEW", None, None, None, None],
        [toy_town.code(1, 3), "T1", None, None, "2026-10-01", "2026-09-30"],
        [toy_town.code(1, 4), "T1", None, None, "2026-02-01", None],
    )
    assert faults == {
        2: ["shortened", "unsure_date"],
        3: ["unsure_date", "unknown_grid_near"],
        4: ["shortened"],
        5: [],
        6: ["contradicts"],
        7: ["outside"],
        8: ["unknown_team"],
        9: ["ends_early"],
        10: ["past"],
    }


def test_dates_as_text_in_three_forms_and_a_merged_team_are_read(town):
    table = read(
        xlsx(
            HEAD,
            [FIRST, "T2", None, None, "2026/10/1", "2027年9月30日"],
            [SECOND, None, None, None, "20261001", "2027.9.30"],
            [SECOND, "T2", None, None, "20261001", "2027.9.30"],
            merge="B2:B3",
        ),
        "a.xlsx",
    )
    judged = judge(town, table.rows, scope=Scope((TOWN,)), begin=TODAY, today=TODAY)
    assert judged.faults == 0
    assert [one.repeats for one in judged.lines] == [False, False, True]
    assert len(judged.wishes("team")) == 2
    assert [one.reason for one in judged.lines[1].notes] == ["merged"]


def test_nothing_is_loaded_while_one_row_is_bad(street, town):
    before = written(town)
    answer = street.send(xlsx(HEAD, [FIRST, "T2"], ["x", "T2"]))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "1</b> <span" in page and 'name="load"' not in page
    kept = json.dumps([[2, {"grid": FIRST, "team": "T2"}], [3, {"grid": "x", "team": "T2"}]])
    assert street.form({"load": kept}).status_code == 400
    assert written(town) == before


def test_a_sheet_is_looked_over_then_loaded(street, town):
    before = written(town)
    new = [NOBODYS, "NEW", "新队", "0851-28120000", "2026-10-01", None]
    page = street.send(xlsx(HEAD, [FIRST, "T2"], [SECOND, "T2"], new)).get_data(as_text=True)
    assert written(town) == before and "is so already" in page and "makes the team NEW" in page
    kept = html.unescape(re.search(r'name="load" value="([^"]*)"', page)[1])
    answer = street.form({"load": kept, "on": TODAY.isoformat()})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert "rows=3&made=1&handed_over=2" in answer.headers["Location"]
    assert team_of(town, FIRST, TODAY).code == "T2"
    assert team_of(town, NOBODYS, TODAY) is None
    made = team_of(town, NOBODYS, TODAY + timedelta(30))
    assert (made.name, made.duty_phone) == ("新队", "0851-28120000")
    assert made.division_code == f"{TOWN}001"
    log = text("select detail from gridsvc.audit_log where action = 'staffing.sheet'")
    assert town.scalar(log)["handed_over"] == 2


def test_of_two_clerks_who_load_one_sheet_at_once_the_second_changes_nothing(fresh_database):
    engine = make_engine(fresh_database)
    rows = read(
        xlsx(HEAD, [FIRST, "NEW", "新队", "0851-28120000", "2026-10-01", None]), "s.xlsx"
    ).rows
    with Session(engine) as first:
        peopled_town.territory(first)
        peopled_town.staff(first)
        services.add_user(first, username="clerk", role=Role.STREET_STAFF,
                          password="correct horse", prefixes=[TOWN])  # fmt: skip
        first.commit()
    with Session(engine) as first, Session(engine) as second, ThreadPoolExecutor() as beside:

        def loaded(session):
            by = session.scalars(select(UserAccount)).one()
            wait_for_others(session)
            judged = judge(session, rows, scope=by.scope, begin=TODAY, today=TODAY)
            return load(session, judged, by, NOW, TODAY)

        assert loaded(first).made == 1
        waiting = beside.submit(loaded, second)
        waits = text(
            "select exists(select from pg_locks where not granted and database ="
            " (select oid from pg_database where datname = current_database()))"
        )
        while not first.scalar(waits):
            assert not waiting.done()
        first.commit()
        assert (waiting.result().made, waiting.result().handed_over) == (0, 0)
    engine.dispose()


def test_todays_sheet_sent_back_changes_nothing(street, town):
    before = written(town)
    taken = street._client.post("/staff/sheet.xlsx", headers={**street._headers, **PAGE})
    rows = load_workbook(io.BytesIO(taken.data)).active
    assert rows.max_row == 1 + 10
    nobodys = [row[0].row for row in rows.iter_rows(min_row=2) if not row[1].value]
    for row in reversed(nobodys):
        rows.delete_rows(row)
    packed = io.BytesIO()
    rows.parent.save(packed)
    page = street.send(packed.getvalue()).get_data(as_text=True)
    kept = html.unescape(re.search(r'name="load" value="([^"]*)"', page)[1])
    assert street.form({"load": kept}).status_code == 303
    assert written(town) == before


def test_a_branch_is_made_of_its_name_kind_and_members(town, street):
    head = ["网格编码", "党支部编码", "党支部名称", "支部类型", "党员数"]
    two, ten = [NOBODYS, "B9", "新支部", "党支部", 2], [NOBODYS, "B9", "新支部", "党支部", 10]
    assert told(town, two, head=head) == {2: ["small"]}
    page = street.send(xlsx(head, ten)).get_data(as_text=True)
    kept = html.unescape(re.search(r'name="load" value="([^"]*)"', page)[1])
    assert street.form({"load": kept}).status_code == 303
    assert branch_of(town, NOBODYS, TODAY).member_count == 10


def test_csv_of_windows_is_read(town):
    data = f"网格编码;团队编码\r\n{FIRST};T2\r\n".encode("gb18030")
    (row,) = read(data, "a.csv").rows
    assert row.values == {"grid": FIRST, "team": "T2"}


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(("data", "name", "reason"), [
    (b"PK no zip", "a.xlsx", "no_workbook"), (b"\xff\xfe\x00\x81", "a.csv", "no_text"),
    (b"x", "a.exe", "no_kind"), (bomb(), "a.xlsx", "too_large"),
    (b"a,b\n" * 4000, "a.csv", "too_many_rows"), (b"x" * 2**22, "a.csv", "too_large"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(data, name, reason):
    with pytest.raises(BadInput) as refusal:
        read(data, name)
    assert refusal.value.reason == reason


def test_a_team_of_another_area_is_not_taken(town):
    town.add(Team(code="FAR", name="远", kind="grid", division_code="520302", valid_from=TODAY))
    town.flush()
    judged = judge(
        town, read(xlsx(HEAD, [FIRST, "FAR"]), "a.xlsx").rows,
        scope=Scope((f"{TOWN}001",)), begin=TODAY, today=TODAY,
    )  # fmt: skip
    assert judged.faults == 0
    town.query(Team).filter_by(code="FAR").one().division_code = f"{TOWN}002"
    town.flush()
    judged = judge(
        town, read(xlsx(HEAD, [FIRST, "FAR"]), "a.xlsx").rows,
        scope=Scope((f"{TOWN}001",)), begin=TODAY, today=TODAY,
    )  # fmt: skip
    assert [one.reason for one in judged.lines[0].faults] == ["foreign"]


POST_HEAD = ["网格编码", "团队编码", "岗位", "来源", "岗位数", "是否认领"]


def test_posts_that_can_be_claimed_are_loaded_once_whatever_is_sent_twice(street, town):
    rows = [
        [FIRST, "T1", "成员", "志愿者", 7, "是"],
        [FIRST, "T1", "member", "resident unit", 2, "no"],
    ]
    for posts, offered in ((4, 2), (0, 0)):
        page = street.send(xlsx(POST_HEAD, *rows)).get_data(as_text=True)
        kept = html.unescape(re.search(r'name="load" value="([^"]*)"', page)[1])
        where = street.form({"load": kept, "on": TODAY.isoformat()}).headers["Location"]
        assert f"posts={posts}" in where and f"offered={offered}" in where
    assert town.scalar(text("select count(*) from gridsvc.grid_handover")) == 0
    assert len(offers.open_offers(town, Scope((TOWN,)), TODAY)) == 2


def test_a_row_about_posts_says_what_is_wrong_with_them(town):
    faults = told(
        town,
        [FIRST, "T1", "chief", "volunteer", 1, "yes"],
        [FIRST, "T1", "member", "army", 0, "maybe"],
        [FIRST, "T1", "leader", "community cadre", 1, "no"],
        [FIRST, "T1", "member", None, 1, "no"],
        [FIRST, "T1", "member", "volunteer", 2, "no"],
        [FIRST, "T1", "member", "volunteer", 3, "no"],
        head=POST_HEAD,
    )
    assert faults == {
        2: ["bad_post"],
        3: ["bad_source", "bad_posts", "bad_offered"],
        4: ["only_one"],
        5: ["post_incomplete"],
        6: [],
        7: ["post_differs"],
    }
