"""What every part of Open311 begins with: its refusals, who asks, and of which division."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import request
from werkzeug.exceptions import HTTPException

from gridsvc import edge
from gridsvc.accounts import api_keys
from gridsvc.accounts.models import ApiKey
from gridsvc.api.open311.formats import refused
from gridsvc.errors import BadInput, GridsvcError, NotAllowed, NotFound
from gridsvc.grids.models import Division

FORM = "<any(json, xml):form>"
"""How the address of an answer ends."""


def part(name: str, module: str) -> APIBlueprint:
    """Make a blueprint that answers and refuses as the standard says."""
    made = APIBlueprint(name, module, url_prefix="/open311/v2", enable_openapi=False)
    made.register_error_handler(GridsvcError, refused)
    made.register_error_handler(HTTPException, refused)
    made.before_request(refuse_nul)
    return made


def refuse_nul() -> None:
    """Refuse a sign that no text of the database can hold."""
    if "\0" in request.path or any(
        "\0" in one for pair in request.values.items(multi=True) for one in pair
    ):
        raise BadInput("The request holds a NUL character.")


def key_of(given: str | None) -> ApiKey | None:
    """Recognise a key and count its use.

    Raises
    ------
    NotAllowed
        There is no such key.
    """
    if not given:
        return None
    key = api_keys.recognise(edge.session(), given)
    if key is None:
        raise NotAllowed("api_key is not known or was ended.")
    try:
        api_keys.spend(edge.session(), key, edge.now())
    finally:
        # A use counts whatever comes of the request, or a refused one would be free.
        edge.session().commit()
    return key


def source_of(key: ApiKey) -> str:
    """Return what cases that came with a key are marked with."""
    return f"open311:{key.name}"


def jurisdiction(given: str | None) -> str:
    """Return the code of a division, or of everything when none is named: there is one office."""
    if given and ("\0" in given or edge.session().get(Division, given) is None):
        raise NotFound(f"jurisdiction_id {given[:40]} was not found.")
    return given or ""
