"""/api/v1/zones: contact zones of any day, made and given contacts by the office."""

from __future__ import annotations

from datetime import date

from apiflask import APIBlueprint
from pydantic import Field

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.api.answers import Answer
from gridsvc.api.questions import PAGE_LIMIT, Cursor, Dated, Within
from gridsvc.errors import NotFound
from gridsvc.staffing.rules import Post, Source
from gridsvc.zones import contacts, services
from gridsvc.zones.models import ContactZone
from gridsvc.zones.queries import PartLine, ZoneLine, parts_of, zones_on
from gridsvc.zones.rules import ContactState, ZoneFault

blueprint = APIBlueprint("api_zones", __name__, url_prefix="/api/v1", tag="contact zones")


class ZonesQuestion(Dated, Within):
    """A page of zones."""

    broken: bool = Field(False, description="Only those of too few or too many households.")
    without_contact: bool = Field(False, description="Only those with nobody to turn to.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: str = Field("", pattern=r"^([0-9]{15}-[0-9]{2,5})?$", description="Last code seen.")


class Part(Answer):
    """The doors of a building in a zone, first and last included."""

    building: str
    name: str | None
    first: int
    last: int
    households: int
    whole: bool


class ZoneAnswer(Answer):
    """A zone; ``fault`` says why it has too few or too many households."""

    id: int
    code: str
    grid_code: str
    number: int
    households: int
    dwellings: int
    fault: ZoneFault | None
    state: ContactState
    post_id: int | None
    post: Post | None
    source: Source | None
    team_name: str | None
    valid_from: date
    parts: list[Part]


class Zones(Answer):
    """A page of zones in order of grid and number; ``next`` is the code to ask ``after`` for."""

    items: list[ZoneAnswer]
    next: str | None


class RenewedAnswer(Answer):
    """What making the zones of a grid came to."""

    grid_code: str
    households: int
    kept: int
    made: int
    ended: int
    given: int = Field(description="Zones that got a contact.")


class MakeForm(Dated):
    """From which day on, and whether zones without a contact get one."""

    contacts: bool = Field(True, description="Share zones without contact among held posts.")


class ContactForm(Dated):
    """The post that the zone turns to, from a day on."""

    post_id: Cursor = Field(description="A post of the team that looks after the grid.", lt=2**31)


@blueprint.get("/zones")
@requires(Permission.VIEW_MAPS)
@blueprint.input(ZonesQuestion, location="query", arg_name="asked")
@blueprint.output(Zones)
def zones(asked: ZonesQuestion) -> Zones:
    """List the contact zones of the caller's scope on a day."""
    found = zones_on(
        edge.session(),
        edge.sight().full.narrowed(asked.within or ""),
        asked.day,
        broken=asked.broken,
        without=asked.without_contact,
        after=asked.after,
        limit=asked.limit + 1,
    )
    page = found[: asked.limit]
    parts = parts_of(edge.session(), [one.id for one in page])
    further = page[-1].code if len(found) > len(page) else None
    return Zones(items=[_said(one, parts[one.id]) for one in page], next=further)


@blueprint.post("/grids/<grid_code>/zones")
@requires(Permission.KEEP_STAFF)
@blueprint.input(MakeForm, arg_name="given")
@blueprint.output(RenewedAnswer)
@blueprint.doc(responses={404: "No such grid", 422: "No buildings known, or a day that is over"})
def make(grid_code: str, given: MakeForm) -> RenewedAnswer:
    """Make the zones of a grid; those that are still right stay. Calling twice changes nothing."""
    db, user = edge.session(), _keeper(grid_code)
    done = services.renew(db, grid_code, given.day, by=user, now=edge.now(), today=edge.today())
    shared = 0
    if given.contacts:
        shared = contacts.share_out(db, grid_code, given.day, by=user, now=edge.now())
    record(db, user, "zones.made", grid_code)
    db.commit()
    return RenewedAnswer(
        grid_code=grid_code,
        households=done.households,
        kept=done.kept,
        made=done.made,
        ended=done.ended,
        given=shared,
    )


@blueprint.put("/zones/<int(max=2147483647):number>/contact")
@requires(Permission.KEEP_STAFF)
@blueprint.input(ContactForm, arg_name="given")
@blueprint.output(ZoneAnswer)
@blueprint.doc(responses={404: "No such zone", 422: "The post is not of the grid's team"})
def give_contact(number: int, given: ContactForm) -> ZoneAnswer:
    """Let the households of a zone turn to a post from a day on."""
    db = edge.session()
    zone = db.get(ContactZone, number)
    if zone is None:
        raise NotFound(f"There is no contact zone {number} here.", [number])
    user = _keeper(zone.grid_code)
    contacts.assign(db, zone, given.post_id, given.day, by=user, now=edge.now(), today=edge.today())
    record(db, user, "zones.contact", f"{zone.grid_code}-{zone.number:02d}")
    db.commit()
    scope = edge.sight().full.narrowed(zone.grid_code)
    line = next(one for one in zones_on(db, scope, given.day) if one.id == number)
    return _said(line, parts_of(db, [number])[number])


def _keeper(grid_code: str) -> UserAccount:
    """Return the account, where it answers for the grid."""
    user = edge.user()
    assert user is not None  # noqa: S101 - the gate let nobody else in
    if not user.scope.covers(grid_code):
        raise NotFound(f"There is no grid {grid_code} that you answer for.", [grid_code])
    return user


def _said(line: ZoneLine, parts: list[PartLine]) -> ZoneAnswer:
    own = {name: getattr(line, name) for name in ZoneAnswer.model_fields if name != "parts"}
    return ZoneAnswer(**own, parts=[Part(**vars(part)) for part in parts])
