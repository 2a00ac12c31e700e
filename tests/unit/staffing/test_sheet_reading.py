"""Cells and headings of sheets as offices really send them."""

from __future__ import annotations

from datetime import date

import pytest

from gridsvc.errors import BadInput
from gridsvc.staffing.sheet import cells
from gridsvc.staffing.sheet.reading import table_of


def rows(*lines: list, merged: dict[int, list[int]] | None = None) -> list[dict]:
    return [
        {"number": n, "cells": line, "merged": (merged or {}).get(n, [])}
        for n, line in enumerate(lines, start=1)
    ]


@pytest.mark.parametrize("written", ["2026-03-01", "2026/3/1", "2026.03.01", "2026年3月1日",
                                     "20260301", " ２０２６-03-01 ", {"date": "2026-03-01"},
                                     46082, "2026-03-01 00:00:00"])  # fmt: skip
def test_a_date_is_read_in_every_way_that_is_certain(written) -> None:
    assert cells.day(written) == date(2026, 3, 1)


@pytest.mark.parametrize(("written", "reason"), [
    ("03/04/2026", "unsure_date"), ("1.3.26", "unsure_date"), ("2026-02-30", "bad_date"),
    ("soon", "bad_date"), (7, "bad_date"), ("0026-03-01", "bad_date"),
])  # fmt: skip
def test_a_date_that_may_be_another_is_not_guessed(written, reason) -> None:
    with pytest.raises(cells.Wrong) as wrong:
        cells.day(written)
    assert wrong.value.reason == reason


@pytest.mark.parametrize(("written", "reason"), [
    ("1.39E+10", "shortened"), (1.39e10, "shortened"), ("1.39e+10", "shortened"),
    (85128121001, "lost_zero"), ("see list", "bad_phone"), ("12", "bad_phone"),
])  # fmt: skip
def test_a_phone_number_that_excel_changed_is_refused(written, reason) -> None:
    with pytest.raises(cells.Wrong) as wrong:
        cells.phone(written)
    assert wrong.value.reason == reason


def test_a_phone_number_that_only_looks_changed_is_whole() -> None:
    assert cells.phone(13985201234.0) == "13985201234"


@pytest.mark.parametrize("written", ["5.20398E+14", 520398001003014 * 1.0, "52039800100301"])
def test_a_grid_code_is_fifteen_digits(written) -> None:
    if isinstance(written, float):
        assert cells.grid_code(written) == "520398001003014"
    else:
        with pytest.raises(cells.Wrong):
            cells.grid_code(written)


def test_a_heading_of_two_rows_is_put_together() -> None:
    table = table_of(rows(
        ["二七街道网格人员表", "二七街道网格人员表", None, None, None, None],
        ["网格编码", "服务团队", "服务团队", "党支部", "任期", "任期"],
        ["网格编码", "编码", "值班电话", "编码", "起始日期", "止"],
        ["520302001001001", "T1", "0851-1", "B1", "2026-01-01", "2028-12-31"],
    ))  # fmt: skip
    (row,) = table.rows
    assert row.number == 4
    assert list(row.values) == ["grid", "team", "phone", "branch", "valid_from", "valid_to"]


def test_names_of_persons_are_passed_over_and_said() -> None:
    table = table_of(rows(["Grid code", "Team code", "姓名", "Remark"], ["1", "T", "Zhang", "x"]))
    assert (table.persons, table.ignored) == (["姓名"], ["Remark"])
    assert "Zhang" not in str(table.rows)


def test_a_name_above_an_empty_second_row_is_passed_over_too() -> None:
    table = table_of(rows(["Grid", "Team", "姓名"], ["Code", "Code", None], ["1", "T", "Zhang"]))
    assert table.persons == ["姓名"] and "Zhang" not in str(table.rows)


def test_what_a_merged_cell_gave_is_noted() -> None:
    (first, second) = table_of(
        rows(["Grid code", "Team code"], ["1", "T"], ["2", "T"], merged={3: [1]})
    ).rows
    assert (first.merged, second.merged) == ((), ("team",))


@pytest.mark.parametrize(("lines", "reason"), [
    ([["a", "b"], ["c", "d"]], "no_heading"), ([], "no_heading"),
    ([["Grid code", "Team code"], [None, " "]], "no_rows"),
])  # fmt: skip
def test_a_sheet_without_heading_or_rows_is_refused(lines, reason) -> None:
    with pytest.raises(BadInput) as refusal:
        table_of(rows(*lines))
    assert refusal.value.reason == reason
