"""One photo of a case: looked at, its faces and plates covered, then shown to the public or not."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, NotAllowed, RuleViolation
from gridsvc.incidents.cases import case as find_case
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.rules.reasons import because
from gridsvc.web.cases import case_pages, refusal_words
from gridsvc.web.cases.case_matters import CASE

blueprint = Blueprint("photo_pages", __name__)

_PHOTO = f"{CASE}/photos/<int(max=9223372036854775807):photo>"


@blueprint.get(_PHOTO)
@requires(Permission.VIEW_CASES)
def photo(number: int, photo: int) -> str:
    """Show a photo, with what is covered in it for the public."""
    return _page(number, photo)


@blueprint.post(_PHOTO)
@requires(Permission.VIEW_CASES)
def cover(number: int, photo: int) -> Response:
    """Cover rectangles of a photo, and publish what is left or take it back."""
    db, viewer = edge.session(), case_pages.account()
    find_case(db, edge.sight(), number)
    if viewer.role not in photos.WORKING_ROLES:
        raise because(NotAllowed, "photo_not_yours", [number])
    shown, publish = photos.photo(db, number, photo), bool(request.form.get("publish"))
    try:
        photos.cover(db, shown, _covers(), publish, viewer, edge.now())
    except (BadInput, RuleViolation) as refusal:
        status = 400 if isinstance(refusal, BadInput) else 409
        page = _page(number, photo, refusal_words.said(refusal))
        return make_response(page, status)
    return make_response(redirect(url_for("photo_pages.photo", number=number, photo=photo), 303))


def _page(number: int, photo: int, fault: str = "") -> str:
    found = find_case(edge.session(), edge.sight(), number)
    shown = photos.photo(edge.session(), number, photo)
    covers = "\n".join(", ".join(map(str, one)) for one in shown.covers)
    return render_template(
        "cases/photo.html",
        case=found,
        photo=shown,
        covers=request.form.get("covers", covers),
        may_cover=case_pages.account().role in photos.WORKING_ROLES,
        fault=fault,
    )


def _covers() -> list[list[int]]:
    """Read the rectangles, one a line: x, y, width, height in pixels from the upper left corner."""
    found = []
    for line in request.form.get("covers", "").splitlines():
        parts = [one.strip() for one in line.split(",")]
        if parts == [""]:
            continue
        if len(parts) != 4 or not all(one.isascii() and one.isdigit() for one in parts):
            raise because(BadInput, "cover_not_numbers", ["covers"], line=line[:40])
        found.append([int(one[:9]) for one in parts])
    return found
