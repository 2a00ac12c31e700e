"""Photos and the reporter's contact of a case in the caller's scope."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, from_a_phone, requires
from gridsvc.api.answers import Answer
from gridsvc.api.questions import Question
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.incidents import cases
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.models import Photo
from gridsvc.incidents.rules.reasons import because

blueprint = APIBlueprint("api_photos", __name__, url_prefix="/api/v1", tag="incidents")

#: Bytes of a request with a photo; a phone's largest JPEG has about ten million.
BODY_LIMIT = 12 * 2**20
_CASE = "/incidents/<int(max=9223372036854775807):number>"
_PHOTO = f"{_CASE}/photos/<int(max=9223372036854775807):photo>"


class PhotoAnswer(Answer):
    """A photo without its pixels; ``covers`` are [x, y, width, height] in pixels."""

    id: int
    purpose: str
    width: int
    height: int
    covers: list[list[int]]
    published: bool


class PhotoList(Answer):
    """The photos of a case, oldest first."""

    items: list[PhotoAnswer]


class Covers(Question):
    """What to hide in a photo, and whether it may be seen by the public then."""

    covers: list[tuple[int, int, int, int]] = Field(max_length=50)
    publish: bool = False


class Look(Question):
    """Why somebody needs the contact; it is written down."""

    reason: str = Field(min_length=1, max_length=200)


class ContactAnswer(Answer):
    """What the reporter left."""

    name: str | None
    phone: str | None
    email: str | None


@blueprint.url_value_preprocessor
def take_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a photo be larger than a report, before anything reads the body."""
    if endpoint == f"{blueprint.name}.{add.__name__}":
        request.max_content_length = BODY_LIMIT


@blueprint.post(f"{_CASE}/photos")
@requires(Permission.VIEW_CASES)
@from_a_phone
@blueprint.output(PhotoAnswer, status_code=201)
@blueprint.doc(
    description="multipart/form-data with the file `photo` (JPEG, PNG, WebP or HEIC, at most 12 MB "
    "and 25 million pixels), `purpose` (report or resolve; report by default) and "
    "`client_photo_id`, with which a repeat gives the first answer.",
    responses={409: "client_photo_id came before with another photo"},
)
def add(number: int) -> dict[str, Any]:
    """Add a photo to a case; nothing but its pixels is kept."""
    user, purpose = edge.user(), request.form.get("purpose", "report")
    own = user is not None and photos.reported_by(edge.session(), number, user)
    if edge.by_pass() and not (own and purpose == "report"):
        raise because(NotAllowed, "pass_own_photos")
    if not own:
        user = _worker(number)
    sent = request.files.get("photo")
    if sent is None:
        raise because(BadInput, "photo_missing", ["photo"])
    with sent.stream as data:
        claimed = data.read()
    kept = photos.take(
        edge.session(),
        number,
        claimed,
        request.form.get("client_photo_id") or None,
        purpose,
        user,
        edge.now(),
    )
    return _told(kept)


@blueprint.get(f"{_CASE}/photos")
@requires(Permission.VIEW_CASES)
@blueprint.output(PhotoList)
def listed(number: int) -> dict[str, Any]:
    """List the photos of a case."""
    cases.case(edge.session(), edge.sight(), number)
    return {"items": [_told(one) for one in photos.of_case(edge.session(), number)]}


@blueprint.get(f"{_PHOTO}.jpg")
@requires(Permission.VIEW_CASES)
@blueprint.doc(responses={200: "The JPEG"})
def pixels(number: int, photo: int) -> Response:
    """Give a photo as a JPEG, without covers."""
    cases.case(edge.session(), edge.sight(), number)
    return jpeg(photos.photo(edge.session(), number, photo).jpeg, photo)


@blueprint.put(f"{_PHOTO}/covers")
@requires(Permission.VIEW_CASES)
@blueprint.input(Covers, arg_name="given")
@blueprint.output(PhotoAnswer)
def cover(number: int, photo: int, given: Covers) -> dict[str, Any]:
    """Cover faces and number plates, and publish the covered photo or take it back."""
    user = _worker(number)
    shown = photos.photo(edge.session(), number, photo)
    covers = [list(one) for one in given.covers]
    return _told(photos.cover(edge.session(), shown, covers, given.publish, user, edge.now()))


@blueprint.post(f"{_CASE}/contact")
@requires(Permission.VIEW_CASES)
@blueprint.input(Look, arg_name="given")
@blueprint.output(ContactAnswer)
def contact(number: int, given: Look) -> Any:
    """Look at the reporter's contact; who, when and why is written down."""
    cases.case(edge.session(), edge.sight(), number)
    user = edge.user()
    if user is None:
        raise because(NotAllowed, "look_not_yours", [number], case=number)
    return contacts.look(edge.session(), number, user, given.reason, edge.now())


def jpeg(data: bytes, number: int) -> Response:
    """Answer pixels that a browser takes for a JPEG and for nothing else."""
    answer = Response(data, mimetype="image/jpeg")
    answer.headers["Content-Disposition"] = f'inline; filename="photo-{number}.jpg"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _worker(number: int) -> UserAccount:
    """Return the caller, who must see the case and be one who works on cases."""
    cases.case(edge.session(), edge.sight(), number)
    user = edge.user()
    if user is None or user.role not in photos.WORKING_ROLES:
        raise because(NotAllowed, "photo_not_yours", [number])
    return user


def _told(photo: Photo) -> dict[str, Any]:
    own = ("id", "purpose", "width", "height", "covers")
    return {name: getattr(photo, name) for name in own} | {
        "published": photo.published_at is not None
    }
