"""What a report says: its fields, its place in degrees, and the hash that tells a repeat."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import BadInput
from gridsvc.geo.datum import Datum, to_wgs84
from gridsvc.incidents.rules import Kind, Provenance
from gridsvc.incidents.rules.reasons import because


@dataclass(frozen=True)
class Report:
    """What somebody reports.

    Attributes
    ----------
    category : str
        Code.
    lon, lat : float
        Degrees in ``datum``.
    client_report_id : str or None
        Made by the sender, once a report: a repeat with it is the same report.
    accuracy_m : float or None
        Radius of the circle that the place lies in.
    occurred_at, device_at : datetime or None
        Aware: when it was seen, and what the phone's clock said when sending.
    grid_code : str or None
        The grid that the reporter chose where the circle crosses an edge.
    answers : dict
        To the category's extra questions, by code.
    beside : dict
        What another system told beside them; kept with the answers, unchecked.
    source, source_ref : str or None
        The system it came through, and its number there.
    """

    category: str
    lon: float
    lat: float
    client_report_id: str | None = None
    description: str | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: float | None = None
    provenance: Provenance = Provenance.MAP
    kind: Kind | None = None
    occurred_at: datetime | None = None
    device_at: datetime | None = None
    grid_code: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    source_ref: str | None = None


def content_hash(report: Report, user: UserAccount | None) -> str:
    """Return the SHA-256 of what a report says and who says it.

    The phone's clock at sending is left out: it differs from one try to the next.
    """
    content = {name: value for name, value in asdict(report).items() if name != "device_at"}
    # As before there was such a field, so that a repeat is known across an upgrade.
    content["answers"] |= content.pop("beside")
    if report.occurred_at is not None:
        content["occurred_at"] = report.occurred_at.astimezone(UTC).isoformat()
    content["user"] = user.id if user else None
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def position(report: Report) -> tuple[float, float]:
    """Return a report's place as lon, lat in degrees, EPSG:4326.

    Where ``lat`` is no latitude but ``lon`` could be one, the numbers as they were sent: they
    look exchanged, and a person shall say so.

    Raises
    ------
    BadInput
        It is no number, or not on earth in either order.
    """
    lon, lat = report.lon, report.lat
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise because(BadInput, "place_not_finite", ["lon", "lat"])
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        return lon, lat
    if abs(lon) > 180 or abs(lat) > 90:
        raise because(BadInput, "place_off_earth", ["lon"], lon=f"{lon:g}", lat=f"{lat:g}")
    moved = to_wgs84(lon, lat, report.datum)
    return float(moved[0]), float(moved[1])
