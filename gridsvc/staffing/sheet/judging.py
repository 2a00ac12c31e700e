"""What each row of a sheet would do, or what is to be changed in it. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below
from gridsvc.staffing.models import Branch, BranchAssignment, Team, TeamAssignment
from gridsvc.staffing.rules import BRANCH_GROUP_BELOW, BranchKind, TeamKind, term_end
from gridsvc.staffing.sheet import cells
from gridsvc.staffing.sheet.cells import Wrong
from gridsvc.staffing.sheet.judged import Judged, Line, Said
from gridsvc.staffing.sheet.posts import POST_FIELDS, judge_posts
from gridsvc.staffing.sheet.reading import RawRow, plain

_READERS: dict[str, Callable[[Any], Any]] = {
    "grid": cells.grid_code,
    "team": cells.code,
    "team_name": cells.text_of,
    "phone": cells.phone,
    "branch": cells.code,
    "branch_name": cells.text_of,
    "branch_kind": cells.text_of,
    "members": cells.count,
    "post": cells.post,
    "source": cells.source,
    "posts": cells.post_count,
    "offered": cells.yes,
    "valid_from": cells.day,
    "valid_to": cells.day,
}
_KINDS = {
    **{one.value: one for one in BranchKind},
    "党支部": BranchKind.BRANCH,
    "党小组": BranchKind.GROUP,
    "联合党支部": BranchKind.JOINT,
    "联合支部": BranchKind.JOINT,
    "功能型党支部": BranchKind.FUNCTIONAL,
    "临时党支部": BranchKind.TEMPORARY,
}


def judge(
    session: Session, rows: Sequence[RawRow], *, scope: Scope, begin: date, today: date
) -> Judged:
    """Judge the rows of a sheet.

    Parameters
    ----------
    rows : sequence of RawRow
        Of `gridsvc.staffing.sheet.reading.read`.
    scope : Scope
        Of whoever sends the sheet.
    begin : date
        The first day of rows that name none; a last day that is missing is three years later.
    today : date
        In the office's time zone.
    """
    lines = [_read(row, begin) for row in rows]
    judged = Judged(lines, _known(session, Team, lines), _known(session, Branch, lines))
    _repeated(lines)
    _grids(session, lines, scope, begin)
    _parties(judged, scope)
    _held(session, lines, today)
    judge_posts(judged, session, today)
    for line in lines:
        asks = line.values.keys() & POST_FIELDS
        if not asks and line.settled and line.settled == line.values.keys() & {"team", "branch"}:
            line.notes.append(Said("", "settled", {}))
    return judged


def _read(row: RawRow, begin: date) -> Line:
    line = Line(row.number, {}, dated=bool(row.values.keys() & {"valid_from", "valid_to"}))
    for name, raw in row.values.items():
        try:
            line.values[name] = _READERS[name](raw)
        except Wrong as wrong:
            line.wrong(name, wrong.reason, text=wrong.text)
    if "grid" not in row.values:
        line.wrong("grid", "bad_grid", text="")
    if not row.values.keys() & {"team", "branch"}:
        line.wrong("team", "no_party")
    if not any(one.field in ("valid_from", "valid_to") for one in line.faults):
        start = line.values.setdefault("valid_from", begin)
        if line.values.setdefault("valid_to", term_end(start)) <= start:
            line.wrong("valid_to", "ends_early", day=start)
    if row.merged:
        line.notes.append(Said("", "merged", {"fields": list(row.merged)}))
    return line


def _known(session: Session, party: Any, lines: list[Line]) -> dict[str, Any]:
    codes = {line.values.get(party.__tablename__) for line in lines}
    found = session.scalars(select(party).where(party.code.in_(codes - {None})))
    return {one.code: one for one in found}


def _repeated(lines: list[Line]) -> None:
    """Find rows that speak of one grid twice, alike or not."""
    first: dict[tuple[str, str], Line] = {}
    for line in lines:
        met = set()
        for kind in ("team", "branch"):
            if kind not in line.values or "grid" not in line.values:
                continue
            before = first.setdefault((line.values["grid"], kind), line)
            if before is line:
                met.add(False)
            elif _same(before, line):
                met.add(True)
                line.notes.append(Said(kind, "repeats", {"row": before.number}))
            else:
                line.wrong(kind, "contradicts", row=before.number)
        line.repeats = met == {True}


def _same(before: Line, line: Line) -> bool:
    """Tell whether a row says of a grid what another one said; of posts it may say more."""
    said = {name: value for name, value in line.values.items() if name not in POST_FIELDS}
    return all(before.values.get(name) == value for name, value in said.items())


def _grids(session: Session, lines: list[Line], scope: Scope, begin: date) -> None:
    wanted = {line.values["grid"] for line in lines if "grid" in line.values}
    shapes: dict[str, list[tuple[date, date]]] = {}
    query = select(GridBoundary.grid_code, GridBoundary.valid_from, GridBoundary.valid_to)
    for grid, since, until in session.execute(query.where(GridBoundary.grid_code.in_(wanted))):
        shapes.setdefault(grid, []).append((since, until or date.max))
    mine: list[str] | None = None
    for line in lines:
        code, day = line.values.get("grid"), line.values.get("valid_from", begin)
        if code is None:
            continue
        if not scope.covers(code):
            line.wrong("grid", "outside", text=code)
        elif not any(since <= day < until for since, until in shapes.get(code, [])):
            if mine is None:
                inside = below(GridBoundary.grid_code, scope, GRID_DIGITS)
                mine = sorted(set(session.scalars(select(GridBoundary.grid_code).where(inside))))
            near = get_close_matches(code, [one for one in mine if one != code], 1, 0.9)
            reason = "unknown_grid_near" if near else "unknown_grid"
            line.wrong("grid", reason, text=code, day=day, near=near[0] if near else "")


def _parties(judged: Judged, scope: Scope) -> None:
    described: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
    for line in judged.lines:
        for kind, about in (("team", ("team_name", "phone")),
                            ("branch", ("branch_name", "branch_kind", "members"))):  # fmt: skip
            code = line.values.get(kind)
            if code is None:
                continue
            told = {name: line.values[name] for name in about if name in line.values}
            row, before = described.setdefault((kind, code), (line.number, told))
            if any(before.setdefault(name, value) != value for name, value in told.items()):
                line.wrong(kind, "differs", text=code, row=row)
            known = (judged.teams if kind == "team" else judged.branches).get(code)
            if known is None or code in judged.made:
                _new(judged, line, kind, code)
            else:
                _existing(line, kind, known, scope)


def _existing(line: Line, kind: str, party: Any, scope: Scope) -> None:
    if not scope.touches(party.division_code):
        line.wrong(kind, "foreign", text=party.code)
    start, end = line.values.get("valid_from"), party.valid_to
    if start and not (party.valid_from <= start and (end is None or start < end)):
        line.wrong(kind, "not_in_service", text=party.code, day=start)


def _new(judged: Judged, line: Line, kind: str, code: str) -> None:
    values = line.values
    if code in judged.made:
        return
    name = values.get(f"{kind}_name")
    grid, start = values.get("grid"), values.get("valid_from")
    if not name or (kind == "branch" and not {"branch_kind", "members"} <= values.keys()):
        line.wrong(kind, f"unknown_{kind}", text=code)
        return
    if grid is None or start is None:
        return
    common = {"code": code, "name": name[:80], "division_code": grid[:12], "valid_from": start}
    if kind == "team":
        judged.teams[code] = Team(**common, kind=TeamKind.GRID, duty_phone=values.get("phone"))
    else:
        branch_kind = _KINDS.get(plain(values["branch_kind"]))
        if branch_kind is None:
            known = [one.value for one in BranchKind]
            line.wrong("branch_kind", "bad_kind", text=values["branch_kind"][:40], kinds=known)
            return
        small = values["members"] < BRANCH_GROUP_BELOW
        if small and branch_kind not in (BranchKind.GROUP, BranchKind.JOINT):
            line.wrong("members", "small")
        end = values.get("valid_to") if branch_kind is BranchKind.TEMPORARY else None
        judged.branches[code] = Branch(
            **common, kind=branch_kind, member_count=values["members"], valid_to=end
        )
    judged.made.add(code)
    line.notes.append(Said(kind, f"new_{kind}", {"text": f"{code} {name[:80]}"}))


def _held(session: Session, lines: list[Line], today: date) -> None:
    """Tell what is so already, and refuse to rewrite who looked after a grid on days that are over.

    A row without dates that names whoever is in charge changes nothing.
    """
    links: dict[str, Any] = {"team": TeamAssignment, "branch": BranchAssignment}
    for kind, link in links.items():
        party: Any = {"team": Team, "branch": Branch}[kind]
        mine = [one for one in lines if {"grid", kind, "valid_from"} <= one.values.keys()]
        query = select(link.grid_code, link.valid_from, link.valid_to, party.code).join(party)
        held: dict[str, list[Any]] = {}
        for row in session.execute(
            query.where(link.grid_code.in_({one.values["grid"] for one in mine}))
        ):
            held.setdefault(row[0], []).append(row[1:])
        for line in mine:
            _judge_held(line, kind, held.get(line.values["grid"], []), today)


def _judge_held(line: Line, kind: str, held: list[Any], today: date) -> None:
    start = line.values["valid_from"]
    # A row about posts names the team that looks after the grid, whenever the posts begin.
    if (not line.dated or line.values.keys() & POST_FIELDS) and any(
        code == line.values[kind] and since <= start and (until is None or until > start)
        for since, until, code in held
    ):
        line.settled.add(kind)
        return
    past = [
        since
        for since, until, _ in held
        if start < today and since < today and (until is None or until > start)
    ]
    if past:
        line.wrong("valid_from", "past", text=min(past))
