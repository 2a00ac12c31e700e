"""POST /api/v1/tokens: a name and a password for a bearer token."""

from __future__ import annotations

from apiflask import APIBlueprint

from gridsvc import edge
from gridsvc.accounts import services
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.answers import Token
from gridsvc.api.questions import Credentials
from gridsvc.errors import NotSignedIn

blueprint = APIBlueprint("api_tokens", __name__, url_prefix="/api/v1", tag="tokens")


@blueprint.post("/tokens")
@requires(Permission.OPEN)
@blueprint.input(Credentials, arg_name="given")
@blueprint.output(Token, status_code=201)
@blueprint.doc(responses={401: "Name or password wrong", 429: "Too many tries"})
def issue(given: Credentials) -> Token:
    """Exchange a name and a password for a token of twelve hours."""
    db = edge.session()
    issued = services.issue_bearer(db, given.username, given.password, edge.address(), edge.now())
    if issued is None:
        # A failure that is rolled back with the refusal would not be counted.
        db.commit()
        raise NotSignedIn("The name or the password is wrong.")
    return Token(token=issued[0], expires_at=issued[1])


# The answer depends on the body alone, so that there is nothing to forge with a cookie.
issue.trusts_no_cookie = True  # type: ignore[attr-defined]
