"""The catalogue from CSV: editions side by side, retired entries, successors, bad rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from gridsvc.errors import BadInput
from gridsvc.incidents import catalogue, clock
from gridsvc.incidents.intake.categories import import_categories
from gridsvc.incidents.models import Category, CategoryCrosswalk, CategoryQuestion
from gridsvc.incidents.rules import LimitKind, Urgency
from gridsvc.incidents.rules.questions import Question, checked

EXAMPLE = Path(__file__).parents[2] / "data" / "catalogue"
HEAD = "standard,kind,code,name,valid_from,valid_to,becomes,becomes_from\n"


def entry(session, code: str, since: date | None = None) -> Category:
    chosen = select(Category).filter_by(code=code).order_by(Category.valid_from.desc())
    return session.scalars(chosen).first()


def codes(found: list[Category]) -> list[str]:
    return [one.code for one in found]


def loaded(session, tmp_path: Path, rows: str, head: str = HEAD):
    file = tmp_path / "categories.csv"
    file.write_text(head + rows, encoding="utf-8")
    return import_categories(session, file)


def test_the_example_is_loaded_once_and_changes_nothing_again(session) -> None:
    files = EXAMPLE / "categories.csv", EXAMPLE / "questions.csv"
    first = import_categories(session, *files)
    assert (first.added, first.changed, first.questions) == (17, 0, 5)
    again = import_categories(session, *files)
    assert (again.added, again.changed, again.unchanged, again.questions) == (0, 0, 17, 5)
    assert session.query(CategoryCrosswalk).count() == again.successions == 7
    assert session.query(CategoryQuestion).count() == 5


def test_a_retired_entry_stays_readable_and_leads_to_what_it_has_become(session) -> None:
    import_categories(session, EXAMPLE / "categories.csv")
    old, fire = entry(session, "A01"), entry(session, "A04")
    assert codes(catalogue.successors(session, old.id, date(2025, 12, 31))) == ["A01"]
    assert codes(catalogue.successors(session, old.id, date(2026, 1, 1))) == ["rubbish", "stall"]
    assert codes(catalogue.successors(session, fire.id, date(2026, 6, 30))) == ["A04"]
    assert codes(catalogue.successors(session, fire.id, date(2026, 7, 1))) == ["fire_passage"]
    assert session.get(Category, old.id).name == "市容环境"


def test_succession_goes_through_several_editions_and_ends_in_a_ring(session, tmp_path) -> None:
    loaded(
        session, tmp_path,
        "s,incident,a,甲,2020-01-01,2021-01-01,s/b,\n"
        "s,incident,b,乙,2021-01-01,2022-01-01,s/c,\n"
        "s,incident,c,丙,2022-01-01,,,\n",
    )  # fmt: skip
    first = entry(session, "a")
    assert codes(catalogue.successors(session, first.id, date(2021, 5, 1))) == ["b"]
    assert codes(catalogue.successors(session, first.id, date(2022, 5, 1))) == ["c"]
    ring = CategoryCrosswalk(
        from_id=entry(session, "b").id, to_id=first.id, valid_from=date(2021, 1, 1)
    )
    session.add(ring)
    session.flush()
    assert codes(catalogue.successors(session, first.id, date(2022, 5, 1))) == ["c"]


def test_one_code_can_have_a_new_edition_after_the_old_one_ended(session, tmp_path) -> None:
    loaded(session, tmp_path, "s,incident,a,旧,2020-01-01,,,\n")
    old = entry(session, "a")
    both = "s,incident,a,旧,2020-01-01,2021-01-01,s/a,\ns,incident,a,新,2021-01-01,,,\n"
    report = loaded(session, tmp_path, both)
    assert (report.added, report.changed) == (1, 1)
    heirs = catalogue.successors(session, old.id, date(2021, 1, 1))
    assert [one.name for one in heirs] == ["新"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("s,incident,a,甲,2020-01-01,2019-01-01,,\n", "row 1: valid_to must lie after"),
        ("s,event,a,甲,2020-01-01,,,\n", "row 1, field kind is 'event'"),
        ("s,incident,a b,甲,2020-01-01,,,\n", "row 1, field code is 'a b'"),
        ("s,incident,a,甲,01.02.2020,,,\n", "row 1, field valid_from is '01.02.2020'"),
        ("s,incident,a,,2020-01-01,,,\n", "row 1, field name"),
        ("s,incident,a,甲,2020-01-01,2021-01-01,s/z,\n", "there is no s/z"),
        ("s,incident,a,甲,2020-01-01,2021-01-01,z,\n", "expected standard/code"),
        ("s,incident,a,甲,2020-01-01,,s/a,\n", "becomes needs becomes_from"),
        ("s,incident,a,甲,2020-01-01,,,\ns,incident,a,乙,2021-01-01,,,\n", "give it a valid_to"),
        ("s,incident,a,甲\n", "more or fewer values"),
    ],
)
def test_a_bad_row_is_named_with_its_field(session, tmp_path, rows: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        loaded(session, tmp_path, rows)


def test_a_column_that_nobody_knows_is_refused(session, tmp_path) -> None:
    head = "standard,kind,code,name,valid_from,colour\n"
    with pytest.raises(BadInput, match="field colour"):
        loaded(session, tmp_path, "s,incident,a,甲,2020-01-01,red\n", head)


def test_what_a_file_has_no_column_for_stays_as_it_is(session, tmp_path) -> None:
    head, row = "standard,kind,code,valid_from,name", "s,incident,a,2020-01-01"
    loaded(session, tmp_path, f"{row},火,true,119\n", f"{head},sensitive,emergency_phone\n")
    assert loaded(session, tmp_path, f"{row},火情\n", f"{head}\n").changed == 1
    kept = entry(session, "a")
    assert (kept.name, kept.sensitive, kept.emergency_phone) == ("火情", True, "119")
    with pytest.raises(BadInput, match="sensitive and public"):
        loaded(session, tmp_path, f"{row},火情,true\n", f"{head},public\n")


def test_sensitive_matters_are_never_public(session, tmp_path) -> None:
    head = "standard,kind,code,name,valid_from,sensitive,public\n"
    with pytest.raises(BadInput, match="sensitive and public"):
        loaded(session, tmp_path, "s,incident,a,甲,2020-01-01,true,true\n", head)


QUESTIONS = [
    Question("depth", "number"),
    Question("fault", "singlevaluelist", True, frozenset({"dark", "day"})),
    Question("where", "multivaluelist", False, frozenset({"road", "path"})),
    Question("since", "datetime"),
    Question("note", "text"),
]


def test_answers_are_kept_as_their_type() -> None:
    given = {
        "depth": " 12 ", "fault": ["dark"], "where": ["path", "road", "path"], "note": "",
        "since": "2026-03-09T16:30:00+08:00",
    }  # fmt: skip
    assert checked(QUESTIONS, given) == {
        "depth": 12.0, "fault": "dark", "where": ["path", "road"],
        "since": "2026-03-09T16:30:00+08:00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "fault was not provided"),
        ({"fault": ""}, "fault was not provided"),
        ({"fault": "blue"}, "expected one of dark, day"),
        ({"fault": ["dark", "day"]}, "takes one answer"),
        ({"fault": "dark", "where": ["sea"]}, "expected one of path, road"),
        ({"fault": "dark", "depth": "deep"}, "expected a number"),
        ({"fault": "dark", "depth": "nan"}, "expected a number"),
        ({"fault": "dark", "since": "yesterday"}, "expected 2026"),
        ({"fault": "dark", "colour": "red"}, "colour is no question"),
        ({"fault": "dark", "note": "x" * 2001}, "longer than 2000"),
    ],
)
def test_an_answer_that_is_none_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        checked(QUESTIONS, given)


def test_urgent_cases_of_an_entry_have_the_limits_of_the_file(session, tmp_path) -> None:
    head = "standard,kind,code,name,valid_from,urgent_limit_kind,urgent_limit_count\n"
    row = "s,incident,a,甲,2020-01-01,working_hours,4\n"
    assert loaded(session, tmp_path, row, head).added == 1
    assert loaded(session, tmp_path, row, head).unchanged == 1
    about = entry(session, "a")
    urgent = clock.urgent_limit(session, about, Urgency.URGENT)
    assert urgent == (LimitKind.WORKING_HOURS, 4)
    assert clock.urgent_limit(session, about, Urgency.IMMEDIATE) == (LimitKind.IMMEDIATE, 2)
    assert loaded(session, tmp_path, row.replace("working_hours,4", ","), head).changed == 1
    assert clock.urgent_limit(session, about, Urgency.URGENT) == (LimitKind.SAME_DAY, None)
