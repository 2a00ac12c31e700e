"""One case: what it is, what happened, how its clock ran, and what this viewer can do next."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, GridsvcError, NotFound, NotSignedIn
from gridsvc.grids.models import Division, Grid
from gridsvc.incidents import clock
from gridsvc.incidents.cases import Case, history
from gridsvc.incidents.cases import case as find_case
from gridsvc.incidents.escalation.slips import may_supervise, slips_of
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.handling import life, placing, undo
from gridsvc.incidents.models import (
    ClockEntry,
    ExtensionRequest,
    Incident,
    IncidentEvent,
    ReporterContact,
)
from gridsvc.incidents.rules import Outcome, Urgency
from gridsvc.incidents.rules.free_text import screen
from gridsvc.incidents.rules.life import TRANSITIONS, Action
from gridsvc.staffing.models import Team
from gridsvc.staffing.queries import teams
from gridsvc.web.atlas.map_objects import grids_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.cases import own_reports, refusal_words, steps
from gridsvc.web.languages import in_language

blueprint = Blueprint("case_pages", __name__)

#: Teams that a list offers: a street office has some tens.
TEAMS = 500
#: Bytes of a step's form: a photo of the work done comes with it.
BODY_LIMIT = 12 * 2**20


@blueprint.url_value_preprocessor
def take_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a step's photo be larger than other forms, before anything reads the body."""
    if endpoint == f"{blueprint.name}.{step.__name__}":
        request.max_content_length = BODY_LIMIT


@blueprint.post("/work/<int(max=9223372036854775807):number>/steps")
@requires(Permission.VIEW_CASES)
def step(number: int) -> Response:
    """Take one step with a case; a refusal shows the case again, with what was written."""
    viewer, sight, now = account(), edge.sight(), edge.now()
    action = steps.action()
    found = own_reports.find(number) if action in own_reports.STEPS else None
    found = found or find_case(edge.session(), sight, number)
    trial = edge.session().begin_nested()
    try:
        pixels = steps.photo()
        if pixels and "photo" in steps.FIELDS[action]:
            photos.take(edge.session(), number, pixels, None, "resolve", viewer, now)
        life.act(edge.session(), number, action, steps.given(), viewer, sight, now)
    except NotFound:
        raise
    except GridsvcError as refusal:
        trial.rollback()
        edge.session().refresh(found.incident)
        fault = refusal_words.said(refusal)
        status = 400 if isinstance(refusal, BadInput) else 409
        return make_response(shown(number, fault=fault), status)
    trial.commit()
    warned = 1 if screen(request.form.get("note", "")) else None
    return make_response(redirect(url_for("work.case", number=number, warned=warned), 303))


def shown(number: int, fault: str = "") -> str:
    """Render a case of the viewer's area, or one elsewhere as far as its reporter may know it."""
    try:
        return page(number, fault=fault)
    except NotFound:
        found = own_reports.find(number)
        if found is None:
            raise
        return own_reports.page(found, fault)


def page(
    number: int, fault: str = "", contact: ReporterContact | None = None, words: bool = False
) -> str:
    """Render one case of the viewer's area.

    ``fault`` says why a step was refused; ``contact`` is shown to who has just said why, and the
    ``words`` as they were written to whose look has just been noted.
    """
    db, now = edge.session(), edge.now()
    found = find_case(db, edge.sight(), number)
    incident, events, entries = found.incident, history(db, number), clock.ledger(db, number)
    extensions, slips = _extensions(number), slips_of(db, number)
    written = [
        incident.description,
        *(one.note for one in events),
        *(one.reason for one in entries),
    ]
    written += [text for one in slips for text in (one.reason, one.answer)]
    written += [one.reason for one in extensions]
    actions = _actions(found, events, any(one.granted is None for one in extensions))
    return render_template(
        "cases/case.html",
        case=found,
        fault=fault,
        events=events,
        entries=entries,
        share=clock.share(db, incident, now),
        extensions=extensions,
        slips=slips,
        may_supervise=may_supervise(account(), incident),
        photos=photos.of_case(db, number),
        contact=contact,
        as_written=words,
        has_numbers=any(screen(text) for text in written if text),
        may_look=contacts.may_look(account().role, account().scope, incident),
        key=secrets.token_hex(12),
        may_ask_contact=_may_ask_contact(incident),
        may_answer=may_answer(incident),
        names=_names(events, entries, extensions),
        team_names=_team_names(events),
        grid=db.get(Grid, incident.grid_code) if incident.grid_code else None,
        division=db.get(Division, incident.division_code) if incident.division_code else None,
        map=_map(found),
        **actions,
        **_meant(found, actions["options"]),
    )


def _meant(found: Case, options: list[Action]) -> dict[str, Any]:
    """Offer whoever may set the place of a case where it may have been meant."""
    meant = placing.meant(edge.session(), found.incident) if Action.PLACE in options else ()
    grids = (edge.session().get_one(Grid, one.grid_code) for one in meant)
    return {
        "meant": meant,
        "meant_names": {one.code: in_language(one.name, one.name_en) for one in grids},
    }


def may_answer(incident: Incident) -> bool:
    """Tell whether the viewer acts for the team that has a case, and so answers its slips."""
    return incident.team_id in life.teams_of(edge.session(), account(), edge.today())


def account() -> UserAccount:
    """Return the account of this request, which the tag of a view has made sure of.

    Raises
    ------
    NotSignedIn
        There is none.
    """
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer


def teams_to_choose() -> list[Team]:
    """Return the teams of the viewer's area, in order of code."""
    db, scope = edge.session(), edge.sight().full
    return teams(db, scope, edge.today(), after="", limit=TEAMS)


def _may_ask_contact(incident: Incident) -> bool:
    viewer = account()
    kept = contacts.is_kept(edge.session(), incident.id)
    return kept and contacts.may_look(viewer.role, viewer.scope, incident)


def _actions(found: Case, events: list[IncidentEvent], time_asked: bool) -> dict[str, Any]:
    viewer, db, now = account(), edge.session(), edge.now()
    # The rules judge the person and the state; with no wish waiting there is nothing to decide.
    hidden = frozenset() if time_asked else {Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION}
    may = set(life.options(db, found.incident, viewer, now)) - hidden
    options = [one for one in steps.FIELDS if one in may]
    asked = {name for one in options for name in steps.FIELDS[one]}
    own = life.teams_of(db, viewer, edge.today()) if "own_team_id" in asked else frozenset()
    return {
        "options": options,
        "fields": steps.FIELDS,
        "needs": {one: TRANSITIONS[found.incident.kind][one].needs for one in options},
        "outcomes": list(Outcome),
        "urgencies": list(Urgency)[list(Urgency).index(found.incident.urgency) + 1 :],
        "teams": teams_to_choose() if "team_id" in asked else [],
        "own_teams": list(db.scalars(select(Team).where(Team.id.in_(own)))) if own else [],
        "undo": bool(events) and undo.undoable(events[-1], viewer, now),
    }


def _map(found: Case) -> Any:
    """Return the map of the case's grid, on which the page marks its place or takes one."""
    code = found.incident.grid_code or found.incident.division_code
    if code is None or (found.lon is None and found.incident.original_lon is None):
        return None
    return drawn_parts(grids_page_map(edge.today(), code))


def _extensions(number: int) -> list[ExtensionRequest]:
    query = select(ExtensionRequest).where(ExtensionRequest.incident_id == number)
    return list(edge.session().scalars(query.order_by(ExtensionRequest.id)))


def _names(
    events: list[IncidentEvent], entries: list[ClockEntry], extensions: list[ExtensionRequest]
) -> dict[int, str]:
    """Return the posts behind the accounts of a history: a title, or else the account's name."""
    ids = {one.user_id for one in events} | {one.user_id for one in entries}
    ids |= {who for one in extensions for who in (one.asked_by, one.decided_by)}
    query = select(UserAccount).where(UserAccount.id.in_(ids - {None}))
    return {one.id: one.title or one.username for one in edge.session().scalars(query)}


def _team_names(events: list[IncidentEvent]) -> dict[int, Team]:
    ids = {one.team_id for one in events} - {None}
    return {one.id: one for one in edge.session().scalars(select(Team).where(Team.id.in_(ids)))}
