"""Propose an area project, move it a stage, and say from which cases it came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, Conflict, GridsvcError, NotAllowed, NotFound, RuleViolation
from gridsvc.grids.queries import grids_on
from gridsvc.incidents.cases import case as find_case
from gridsvc.projects import queries, services
from gridsvc.projects.rules import Move, Stage
from gridsvc.projects.services import LONGEST_TITLE, LONGEST_WORK, Proposal
from gridsvc.web import asked
from gridsvc.web.atlas.map_objects import grids_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.cases import refusal_words, steps
from gridsvc.web.languages import in_language
from gridsvc.web.projects.project_pages import NUMBER, account, project_page

blueprint = Blueprint("project_forms", __name__)

LONGEST_NOTE = 2000
_COMMUNITY_DIGITS = 12
_STATUS = {Conflict: 409, RuleViolation: 422, BadInput: 400, NotFound: 404, NotAllowed: 403}


@blueprint.get("/projects/new")
@requires(Permission.KEEP_PROJECTS)
def new() -> Response:
    """Show the form, filled from a case where one is named; a case leads to one project."""
    number = asked.whole_number("case", 0, 0, 999_999_999)
    known = queries.project_of(edge.session(), number) if number else None
    if known is not None:
        return make_response(redirect(url_for("projects.project", number=known), 303))
    return make_response(_form(request.args.to_dict(), number or None))


@blueprint.post("/projects")
@requires(Permission.KEEP_PROJECTS)
def propose() -> Response:
    """Enter a project at its first stage."""
    sent, number = request.form, steps.number("case")
    try:
        place = (_degrees("lon"), _degrees("lat")) if sent.get("lon") else None
        proposal = Proposal(
            division_code=sent.get("in", ""),
            title=sent.get("title", "")[: LONGEST_TITLE + 1],
            work=sent.get("work", "")[: LONGEST_WORK + 1],
            place=place,
            grid_codes=sent.getlist("grid")[:1000],
            cases=[number] if number else [],
        )
        made = services.propose(edge.session(), proposal, account(), edge.sight(), edge.today())
    except GridsvcError as refusal:
        edge.session().rollback()
        page = _form(sent.to_dict(), number, refusal_words.said(refusal))
        return make_response(page, _STATUS[type(refusal)])
    return make_response(redirect(url_for("projects.project", number=made.id), 303))


@blueprint.post(f"{NUMBER}/steps")
@requires(Permission.KEEP_PROJECTS)
def move(number: int) -> Response:
    """Move a project a stage; whoever comes second is told."""
    return _done(number, lambda: _move(number))


@blueprint.post(f"{NUMBER}/cases")
@requires(Permission.KEEP_PROJECTS)
def link(number: int) -> Response:
    """Say that a project came from a case, or with ``remove`` that it did not."""
    act = services.unlink if request.form.get("remove") else services.link
    case = steps.number("case") or 0
    return _done(number, lambda: act(edge.session(), number, case, account(), edge.sight()))


def _move(number: int) -> None:
    sent = request.form
    to = sent.get("to", "")
    if to not in list(Stage):
        raise BadInput(gettext("Choose what to do."), ["to"])
    span = (_day("planned_from"), _day("planned_until")) if to == Stage.PLANNED else None
    wanted = Move(Stage(to), _day("reached_on"), span, sent.get("note", "")[:LONGEST_NOTE])
    seen = steps.number("seen") or 0
    services.move(edge.session(), number, seen, wanted, account(), edge.today())


def _done(number: int, act: Callable[[], Any]) -> Response:
    try:
        act()
    except (Conflict, RuleViolation, BadInput) as refusal:
        edge.session().rollback()
        page = project_page(number, refusal_words.said(refusal))
        return make_response(page, _STATUS[type(refusal)])
    return make_response(redirect(url_for("projects.project", number=number), 303))


def _form(given: dict[str, str], number: int | None, fault: str = "") -> str:
    """Write the form with what was given so far; a case gives its place and its community."""
    case = find_case(edge.session(), edge.sight(), number) if number else None
    if case is not None and not given.get("in"):
        code = case.incident.grid_code or case.incident.division_code or ""
        given = {**given, "in": code[:_COMMUNITY_DIGITS]}
        if case.lon is not None and case.incident.grid_code:
            given |= {"lon": f"{case.lon:.7f}", "lat": f"{case.lat:.7f}"}
    mine = [one for one in asked.divisions() if account().scope.covers(one.code)]
    within = given.get("in", "") or (mine[0].code if mine else "")
    drawn = grids_page_map(edge.today(), within)
    return render_template(
        "projects/project_form.html",
        given=given,
        within=within,
        divisions=mine,
        grids=_grids(within),
        chosen=request.form.getlist("grid"),
        case=case,
        longest={"title": LONGEST_TITLE, "work": LONGEST_WORK},
        fault=fault,
        map=drawn_parts(drawn),
    )


def _grids(community: str) -> list[tuple[str, str]]:
    """Return code and name of the grids of a community that the account answers for."""
    if len(community) != _COMMUNITY_DIGITS:
        return []
    found = grids_on(edge.session(), account().scope.narrowed(community), edge.today())
    named = found[["name", "name_en"]].itertuples()
    return [(code, in_language(name, name_en)) for code, name, name_en in named]


def _degrees(name: str) -> float:
    try:
        return float(request.form.get(name, ""))
    except ValueError:
        raise BadInput(gettext("Give a place or grids."), [name]) from None


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise BadInput(gettext("Give the day as 2026-11-22."), [name]) from None
