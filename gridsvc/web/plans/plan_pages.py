"""The list of drafts, and the desk of one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_wtf.csrf import generate_csrf

from dashboards.base_map import script_json
from dashboards.scales import FUNCTIONAL, OUT_OF_RANGE
from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.errors import NotSignedIn
from gridsvc.grids.models import Division
from gridsvc.grids.queries import covered
from gridsvc.plans import queries
from gridsvc.plans.models import Plan
from gridsvc.plans.rules import COMMUNITY_DIGITS, ENDED
from gridsvc.web import asked
from gridsvc.web.atlas import figures
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.plans import desk_names
from gridsvc.web.plans.desk_map import desk_map
from gridsvc.web.plans.desk_words import DRAWING, PLAN_STATES
from gridsvc.web.plans.judged_words import JUDGING
from gridsvc.web.plans.refused_words import REFUSALS
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.plan_prints import plan_print

blueprint = Blueprint("plan_pages", __name__)

#: Drafts on the list, and drafts that one can be compared with.
LISTED, COMPARED = 200, 20

#: Tool, its key; their words are in DRAWING.
TOOLS = {
    "split": "s", "merge": "m", "transfer": "t", "relabel": "b", "reshape": "r", "drag": "v",
    "create": "n", "retire": "x", "renumber": "u", "lock": "l", "comment": "c",
}  # fmt: skip
#: Part of the desk → its tab, and whether a number stands in it.
TABS = {
    "grids": (lazy_gettext("Grids"), False),
    "findings": (lazy_gettext("Findings"), True),
    "proposals": (lazy_gettext("Proposals"), False),
    "compare": (lazy_gettext("Compare"), False),
    "comments": (lazy_gettext("Remarks"), True),
    "review": (lazy_gettext("Approval"), False),
}
#: Keys that belong to no tool.
KEYS = {
    "Enter": lazy_gettext("end the line, confirm what the card shows"),
    "Esc": lazy_gettext("put the tool or the card away"),
    "⌫": lazy_gettext("take the last point back"),
    "Ctrl Z": lazy_gettext("Undo"),
    "Ctrl Shift Z": lazy_gettext("Redo"),
    "Shift": lazy_gettext("with a click: choose more than one"),
    "D": lazy_gettext("as it was before, and back"),
    "G F P": lazy_gettext("grids, findings, proposals"),
    "?": lazy_gettext("these keys"),
}


@blueprint.get("/plans")
@requires(Permission.VIEW_PLANS)
def plans() -> str:
    """Show the drafts of the viewer's area, and where a new one is wanted."""
    db, scope, viewer = edge.session(), edge.sight().full, _viewer()
    found = queries.plans(db, scope, limit=LISTED)
    may_draw = allows(viewer.role, Permission.EDIT_PLANS)
    return render_template(
        "plans/plans.html",
        plans=found,
        under_way=[one for one in found if one.state not in ENDED],
        sizes=queries.sizes(db, [one.id for one in found]),
        states=PLAN_STATES,
        may_draw=may_draw,
        divisions=[one for one in asked.divisions() if scope.covers(one.code)] if may_draw else [],
        wanted=_outside_their_range() if may_draw else [],
        chosen=asked.within("scope"),
        api=_api(),
        csrf=generate_csrf(),
    )


@blueprint.get("/plans/<int(max=2147483647):number>")
@requires(Permission.VIEW_PLANS)
def desk(number: int) -> str | Response:
    """Show the redrawing desk of one draft; as a print, the draft beside its base."""
    db, scope = edge.session(), edge.sight().full
    plan = queries.plan_for(db, number, scope)
    if print_ := prints.wanted():
        return plan_print(plan, print_)
    may = _may(_viewer())
    # Who reads alone is offered the remark and no tool that would stay grey.
    tools = TOOLS if may["edit"] else {"comment": TOOLS["comment"]}
    others = [one for one in queries.plans(db, scope, limit=COMPARED) if one.id != plan.id]
    return render_template(
        "plans/plan.html",
        plan=plan,
        others=[one for one in others if one.scope_code == plan.scope_code],
        map=drawn_parts(desk_map(plan)),
        may=may,
        tabs=[(name, *told) for name, told in TABS.items()],
        tools=[(name, DRAWING[f"tool.{name}"], key) for name, key in tools.items()],
        keys=[(key.upper(), DRAWING.get(f"kind.{name}") or DRAWING[f"tool.{name}"])
              for name, key in TOOLS.items()] + list(KEYS.items()),
        config=script_json(_config(plan, may)),
    )  # fmt: skip


@blueprint.get("/plans/<int(max=2147483647):number>/names")
@requires(Permission.VIEW_PLANS)
def names(number: int) -> Response:
    """Answer what the codes on the desk are called."""
    db = edge.session()
    plan = queries.plan_for(db, number, edge.sight().full)
    answer = jsonify(desk_names.names(db, plan.scope_code))
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _viewer() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer


def _may(viewer: UserAccount) -> dict[str, bool]:
    return {
        "edit": allows(viewer.role, Permission.EDIT_PLANS),
        "comment": allows(viewer.role, Permission.VIEW_PLANS),
        "approve": allows(viewer.role, Permission.APPROVE_PLANS),
    }


def _api() -> str:
    return f"{quote(request.script_root)}/api/v1/plans"


def _config(plan: Plan, may: dict[str, bool]) -> dict[str, Any]:
    """Say what the scripts need to know, words included."""
    today = edge.today()
    return {
        "api": f"{_api()}/{plan.id}",
        "names": url_for("plan_pages.names", number=plan.id),
        "csrf_token": generate_csrf(),
        "username": _viewer().username,
        "may": may,
        "today": today.isoformat(),
        "next_month": _next_month(today).isoformat(),
        "time_zone": edge.settings().time_zone,
        "case_page": url_for("work.case", number=0),
        "grid_map": url_for("map_pages.grids"),
        # The sentence as the service says it, and as the reader does.
        "refusals": [[one._args[0], str(one)] for one in REFUSALS],
        "texts": {key: str(text) for key, text in (DRAWING | JUDGING).items()},
    }


def _next_month(today: date) -> date:
    """Return the first of next month: boundaries usually change with a month."""
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _outside_their_range() -> list[tuple[Division, int]]:
    """Return the communities with grids outside their range, those with most first."""
    grids = figures.coverage("households", edge.today()).grids
    flags = grids["flags"]
    outside = (flags & OUT_OF_RANGE > 0) & (flags & FUNCTIONAL == 0)
    outside &= covered(grids.index, edge.sight().full)
    counts = grids.index[outside].str[:COMMUNITY_DIGITS].value_counts()
    found = [(edge.session().get(Division, code), int(n)) for code, n in counts.items()]
    return [(division, n) for division, n in found if division is not None]
