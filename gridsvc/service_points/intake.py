"""Loading service points and the rounds of their agents from two CSV files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from geoalchemy2.shape import from_shape, to_shape
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from shapely import Point
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridsvc.accounts.services import record
from gridsvc.errors import BadInput
from gridsvc.geo.datum import Datum, to_wgs84
from gridsvc.grids.queries import locate
from gridsvc.grids.territory import bump
from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.rules import Opening, Tier, weekly
from gridsvc.service_points.tiles import LAYER

_PHONE = re.compile(r"\+?[0-9][0-9 -]{2,19}")
_TOLD = 20  # problems that one refusal names; the rest is counted
_HERE = ("code", "name", "name_en", "tier", "address", "phone", "services", "valid_to")


def _parted(text: Any) -> Any:
    return [one.strip() for one in str(text).split("|") if one.strip()]


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text):
        raise ValueError("write a number as 0851-2222, and its column as text: no 1.39E+10")
    return text


Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Hours = Annotated[tuple[Opening, ...], BeforeValidator(lambda text: weekly(str(text)))]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class PointRow(BaseModel):
    """A service point; ``services`` are parted by ``|``, hours as ``rules.weekly`` reads them."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    name: Words
    name_en: Words | None = None
    tier: Tier
    lon: Longitude
    lat: Latitude
    address: Words | None = None
    phone: Annotated[str, AfterValidator(_phone)] | None = None
    services: Annotated[list[Words], BeforeValidator(_parted)] = []
    hours: Hours = ()
    valid_from: date | None = None
    valid_to: date | None = None


class StopRow(BaseModel):
    """A stop of an agent's round; ``point`` is the code of the agent's own point."""

    model_config = ConfigDict(extra="forbid")

    point: str
    place: Words
    lon: Longitude
    lat: Latitude
    hours: Annotated[Hours, Field(min_length=1)]


@dataclass
class PointsReport:
    """What an import did, in numbers."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    stops: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the numbers by name."""
        return asdict(self)


@dataclass
class _Slips:
    """What is wrong with a file, row by row; told together, so that one look mends them all."""

    name: str
    told: list[tuple[int, str]] = field(default_factory=list)

    def add(self, row: int, problem: str) -> None:
        self.told.append((row, problem))

    def refuse(self) -> None:
        if self.told:
            named = " ".join(f"Row {row}: {problem}." for row, problem in self.told[:_TOLD])
            rest = f" And {len(self.told) - _TOLD} more." if len(self.told) > _TOLD else ""
            text = f"{self.name}: nothing was loaded. {named}{rest}"
            raise BadInput(text, [row for row, _ in self.told])


def import_points(
    session: Session,
    file: Path,
    rounds: Path | None = None,
    *,
    since: date,
    datum: Datum = Datum.WGS84,
) -> PointsReport:
    """Load service points; those that the file does not name stay as they are.

    A point is known by its code, and its hours are replaced; loading a file again changes nothing.
    ``rounds`` replaces the rounds of the points that it names. Flushed, not committed.

    Parameters
    ----------
    since : date
        ``valid_from`` of new points that name none; on this day each must lie in a grid.
    datum : Datum
        Of the positions of both files.

    Raises
    ------
    BadInput
        Something cannot be read, a code comes twice, a place lies outside every grid, or a round
        is that of no point: every row with what to change. The caller rolls back.
    """
    report, slips = PointsReport(), _Slips(file.name)
    known = {one.code: one for one in session.scalars(select(ServicePoint))}
    for number, row in _rows(file, PointRow, slips):
        at = _placed(row, datum)
        stored = known.get(row.code)
        first = row.valid_from or (stored.valid_from if stored else since)
        if locate(session, at.x, at.y, max(since, first)) is None:
            slips.add(number, f"{row.name} lies outside every grid: check lon, lat and datum")
        elif row.valid_to and row.valid_to <= first:
            slips.add(number, f"valid_to {row.valid_to} is not after its first day, {first}")
        else:
            _store(session, row, at, stored, first, report)
    slips.refuse()
    session.flush()
    if rounds is not None:
        _walk(session, rounds, datum, report)
    bump(session, LAYER)
    record(session, None, "service_points.import", file.name, report.as_dict())
    return report


Row = TypeVar("Row", PointRow, StopRow)


def _rows(path: Path, kind: type[Row], slips: _Slips) -> Iterable[tuple[int, Row]]:
    """Read the good rows with their numbers; what is wrong with the others is noted."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    codes: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, texts in enumerate(csv.DictReader(lines, strict=True), start=1):
                row = _row(number, texts, kind, slips)
                if isinstance(row, PointRow) and row.code in codes:
                    slips.add(number, f"code {row.code} comes twice: give each point its own")
                elif row is not None:
                    codes.add(getattr(row, "code", ""))
                    yield number, row
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path.name} is not UTF-8 text: save it as that.") from fault
    except csv.Error as fault:
        raise BadInput(f"{path.name} is not CSV that can be read ({fault}).") from fault


def _row(number: int, texts: dict[str | Any, Any], kind: type[Row], slips: _Slips) -> Row | None:
    if None in texts or None in texts.values():
        slips.add(number, "more or fewer values than the header")
        return None
    given = {name.strip(): text.strip() for name, text in texts.items() if text.strip()}
    try:
        return kind.model_validate(given)
    except ValidationError as fault:
        for one in fault.errors(include_url=False):
            value = f" is {one['input']!r}" if isinstance(one["input"], str) else ""
            problem = one["msg"].removeprefix("Value error, ")
            slips.add(number, f"{'.'.join(map(str, one['loc']))}{value}: {problem}")
        return None


def _placed(row: PointRow | StopRow, datum: Datum) -> Point:
    lon, lat = to_wgs84(row.lon, row.lat, datum)
    # Seven decimals are the lattice of everything stored.
    return Point(round(float(lon), 7), round(float(lat), 7))


def _store(
    session: Session,
    row: PointRow,
    at: Point,
    stored: ServicePoint | None,
    first: date,
    report: PointsReport,
) -> None:
    given = {name: getattr(row, name) for name in _HERE} | {"valid_from": first}
    point = stored or ServicePoint()
    here = (ServiceHour.service_point_id == point.id, ServiceHour.place.is_(None))
    hours = list(session.scalars(select(ServiceHour).where(*here))) if stored else []
    if (
        stored is not None
        and {name: getattr(stored, name) for name in given} == given
        and to_shape(stored.geom).equals(at)
        and sorted(one.opening for one in hours) == list(row.hours)
    ):
        report.unchanged += 1
        return
    for name, value in given.items():
        setattr(point, name, value)
    point.geom = from_shape(at, 4326)
    session.add(point)
    for one in hours:
        session.delete(one)
    session.flush()
    session.add_all(_hours(point.id, row.hours))
    report.added += stored is None
    report.changed += stored is not None


def _hours(
    point: int, hours: Iterable[Opening], place: str | None = None, at: Point | None = None
) -> list[ServiceHour]:
    return [
        ServiceHour(
            service_point_id=point, place=place, geom=from_shape(at, 4326) if at else None,
            **asdict(one),
        )
        for one in hours
    ]  # fmt: skip


def _walk(session: Session, path: Path, datum: Datum, report: PointsReport) -> None:
    slips = _Slips(path.name)
    ids = {code: id for id, code in session.execute(select(ServicePoint.id, ServicePoint.code))}
    rows = list(_rows(path, StopRow, slips))
    for number, row in rows:
        if row.point not in ids:
            slips.add(number, f"there is no service point {row.point}")
    slips.refuse()
    named = {ids[row.point] for _, row in rows}
    session.execute(
        delete(ServiceHour).where(
            ServiceHour.service_point_id.in_(named), ServiceHour.place.is_not(None)
        )
    )
    for _, row in rows:
        session.add_all(_hours(ids[row.point], row.hours, row.place, _placed(row, datum)))
        report.stops += len(row.hours)
    session.flush()
