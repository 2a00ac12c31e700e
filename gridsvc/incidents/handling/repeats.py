"""A step that is sent twice, by a thumb in the rain or a phone without an answer, is taken once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import Conflict
from gridsvc.incidents.handling.acts import Act
from gridsvc.incidents.models import IncidentEvent
from gridsvc.incidents.rules.life import Action
from gridsvc.incidents.rules.reasons import because


def take(session: Session, key: str) -> None:
    """Let nobody else use the same id until this transaction ends, for whichever case."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 1))))


def known(
    session: Session, incident_id: int, action: Action, given: Act, user: UserAccount
) -> bool:
    """Tell whether this very step was taken before, by ``uq_incident_event_client_step``.

    Raises
    ------
    Conflict
        The id came with another step, another content, or from another account.
    """
    key = given.client_step_id
    if key is None:
        return False
    detail = IncidentEvent.detail
    before = session.scalar(
        select(detail["said"].astext).where(
            detail.has_key("client_step_id"), detail["client_step_id"].astext == key
        )
    )
    if before is not None and before != _said(incident_id, action, given, user):
        raise because(Conflict, "repeated_otherwise")
    return before is not None


def _said(incident_id: int, action: Action, given: Act, user: UserAccount | None) -> str:
    whole = asdict(given) | {"case": incident_id, "action": action, "by": user.id if user else None}
    # As before there was such a field, so that a repeat is known across an upgrade.
    if given.place is None:
        del whole["place"]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def noted(incident_id: int, action: Action, given: Act, user: UserAccount | None) -> dict[str, Any]:
    """Return what the history keeps of a step's id: nothing where it has none."""
    if given.client_step_id is None:
        return {}
    digest = _said(incident_id, action, given, user)
    return {"client_step_id": given.client_step_id, "said": digest}
