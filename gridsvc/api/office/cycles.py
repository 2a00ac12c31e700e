"""/api/v1/cycles: the periods that offices close, and the packs of figures put away then."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import url_for
from pydantic import Field, field_validator

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import Cursor, Day, Question, Within
from gridsvc.errors import Conflict, NotFound
from gridsvc.reports import cycles
from gridsvc.reports.models import ReportPack
from gridsvc.reports.rules.closing import CLOSED
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.reports.rules.rates import RateKind

blueprint = APIBlueprint("api_cycles", __name__, url_prefix="/api/v1", tag="reports")

Office = Field(pattern=r"^[0-9]{9}$", description="Code of the office's subdistrict, 9 digits.")


class CyclesQuestion(Within):
    """A page of closed periods."""

    kind: PeriodKind | None = None
    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(100, ge=1, le=1000)


class OfficeQuestion(Question):
    """An office."""

    office: str = Office


class CloseForm(Question):
    """The period of an office that begins on a day."""

    office: str = Office
    kind: PeriodKind
    starts_on: Day

    @field_validator("kind")
    @classmethod
    def _is_closed(cls, kind: PeriodKind) -> PeriodKind:
        if kind not in CLOSED:
            raise ValueError("only cycles, quarters, half-years and years are closed")
        return kind


class ComingPeriod(Answer):
    """What an office closes next; ``open`` once its last day has come."""

    kind: PeriodKind
    starts_on: date
    last_day: date
    open: bool


class Coming(Answer):
    """What an office closes next, of each kind for which anything was ever recorded."""

    office: str
    items: list[ComingPeriod]


class File(Answer):
    """Where a pack is taken; the log notes who did, hence no GET."""

    method: Literal["POST"] = "POST"
    href: str


class PackAnswer(Answer):
    """A closed period; its figures count what was recorded up to ``as_of``."""

    id: int
    office: str
    kind: PeriodKind
    starts_on: date
    last_day: date
    as_of: datetime
    closed_at: datetime
    by_hand: bool = Field(description="Closed by an account, not when it was due.")
    files: dict[Literal["xlsx", "pdf"], File]


class Packs(Answer):
    """A page of closed periods, the last closed first."""

    items: list[PackAnswer]
    next: int | None


class Share(Answer):
    """A rate by its parts."""

    numerator: int
    denominator: int


class PlaceFigures(Answer):
    """What was counted at a place: rolled in, collected, … by name, and the rates."""

    code: str
    name: str
    name_en: str | None
    counts: dict[str, int]
    rates: dict[RateKind, Share]


class PackWhole(PackAnswer):
    """A closed period with its figures: the office first, then its communities."""

    places: list[PlaceFigures]


@blueprint.get("/cycles")
@requires(Permission.VIEW_REPORTS)
@blueprint.input(CyclesQuestion, location="query", arg_name="asked")
@blueprint.output(Packs)
def listed(asked: CyclesQuestion) -> dict[str, Any]:
    """List the periods that the offices of the caller's scope closed."""
    scope = edge.sight().full.narrowed(asked.within or "")
    found = cycles.packs_in(
        edge.session(), scope, asked.kind, before=asked.before, limit=asked.limit + 1
    )
    page = found[: asked.limit]
    further = page[-1].id if len(found) > len(page) else None
    return {"items": [_head(one) for one in page], "next": further}


@blueprint.get("/cycles/coming")
@requires(Permission.VIEW_REPORTS)
@blueprint.input(OfficeQuestion, location="query", arg_name="asked")
@blueprint.output(Coming)
@blueprint.doc(responses={404: "No office of the caller's scope"})
def coming(asked: OfficeQuestion) -> dict[str, Any]:
    """Tell what an office closes next, and whether it may now."""
    code = _office(asked.office)
    found = {kind: cycles.next_of(edge.session(), code, kind, edge.now()) for kind in CLOSED}
    items = [
        {
            "kind": kind,
            "starts_on": one.period.start,
            "last_day": one.period.last_day,
            "open": one.open,
        }
        for kind, one in found.items()
        if one is not None
    ]
    return {"office": code, "items": items}


@blueprint.get("/cycles/<int(max=2147483647):number>")
@requires(Permission.VIEW_REPORTS)
@blueprint.output(PackWhole)
@blueprint.doc(responses={404: "No such period of the caller's scope"})
def one(number: int) -> dict[str, Any]:
    """Answer a closed period with its figures as they were put away."""
    return _whole(cycles.pack(edge.session(), number, edge.sight().full))


_CLOSED: dict[int | str, Any] = {
    200: {
        "description": "The same account closed it before: its pack",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PackWhole"}}},
    },
    404: {"description": "No office of the caller's scope"},
    409: {"description": "Somebody else was first; ids name the pack"},
    422: {"description": "Not the next period, or its last day has not come"},
}


@blueprint.post("/cycles")
@requires(Permission.CLOSE_PERIODS)
@blueprint.input(CloseForm, arg_name="given")
@blueprint.output(PackWhole, status_code=201)
@blueprint.doc(responses=_CLOSED)
def close(given: CloseForm) -> tuple[dict[str, Any], int]:
    """Close a period of an office; what is open rolls over into the next one."""
    db, user, code = edge.session(), edge.user(), _office(given.office)
    assert user is not None  # noqa: S101 - the gate let nobody else in
    try:
        made = cycles.close(db, code, given.kind, given.starts_on, user, edge.now())
    except Conflict as refusal:
        return _whole(_own(int(refusal.ids[0]), user, refusal)), 200
    db.commit()
    return _whole(made), 201


def _own(number: int, user: UserAccount, refusal: Conflict) -> ReportPack:
    """Return the pack where its closer only asks again."""
    closed = cycles.pack(edge.session(), number, edge.sight().full)
    if closed.closed_by != user.id:
        raise refusal
    return closed


def _office(code: str) -> str:
    known = cycles.offices(edge.session(), edge.sight().full.narrowed(code))
    if code not in {one.code for one in known}:
        raise NotFound(f"There is no office {code} that you answer for.", [code])
    return code


def _head(pack: ReportPack) -> dict[str, Any]:
    address = {form: url_for("packs.download", number=pack.id, form=form) for form in _FORMS}
    return {
        "id": pack.id,
        "office": pack.division_code,
        "kind": pack.kind,
        "starts_on": pack.starts_on,
        "last_day": Period(pack.kind, pack.starts_on, pack.ends_on).last_day,
        "as_of": pack.as_of,
        "closed_at": pack.closed_at,
        "by_hand": pack.closed_by is not None,
        "files": {form: {"href": href} for form, href in address.items()},
    }


_FORMS = ("xlsx", "pdf")


def _whole(pack: ReportPack) -> dict[str, Any]:
    figures = cycles.read(pack)["places"]
    return {
        **_head(pack),
        "places": [
            {
                "code": code,
                "name": pack.names[code][0] or code,
                "name_en": pack.names[code][1],
                "counts": {name: n for name, n in figures[code].items() if name != "rates"},
                "rates": {
                    kind: {"numerator": n, "denominator": d}
                    for kind, (n, d) in figures[code]["rates"].items()
                },
            }
            for code in sorted(figures, key=lambda code: (len(code), code))
        ],
    }
