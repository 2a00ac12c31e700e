"""What a request to the interface may ask; anything else is refused with the field's path."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from gridsvc import edge
from gridsvc.geo.datum import Datum
from gridsvc.incidents.rules import Level, Status

#: Rows of one answer at most; the next page begins after ``next``.
PAGE_LIMIT = 1000

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Prefix = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
Cursor = Annotated[int, Field(ge=1, lt=2**63)]
# A year and its window must stay within the calendar that Python and PostgreSQL share.
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]


class Question(BaseModel):
    """Unknown fields are refused: a slip of the pen must not widen an answer."""

    model_config = ConfigDict(extra="forbid", validate_by_name=False, validate_by_alias=True)


class Dated(Question):
    """As of a day, today when none is given."""

    on: Day | None = Field(
        None,
        description="Date whose state is asked for; today by default. Names and ranges are "
        "today's.",
    )

    @property
    def day(self) -> date:
        """The day asked for, in the office's zone."""
        return self.on or edge.today()


class Known(Dated):
    """As of a day, and as it was known at an instant: what was recorded later is not seen."""

    as_of: AwareDatetime | None = Field(
        None,
        description="Instant with its offset, whose knowledge is asked for; now by default. "
        "Before the first grid was recorded: what was known a day after.",
    )


class Within(Question):
    """Below a division or grid."""

    within: Prefix | None = Field(None, alias="in", description="Code prefix to narrow to.")


class Credentials(Question):
    """A name and a password; no text of the database can hold NUL."""

    username: str = Field(min_length=1, max_length=100, pattern=r"^[^\u0000]*$")
    password: str = Field(min_length=1, max_length=1000)


class GridsQuestion(Known, Within):
    """A page of grids."""

    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: str | None = Field(None, pattern=r"^[0-9]{15}$", description="Last code seen.")
    bbox: str | None = Field(None, description="west,south,east,north in degrees, EPSG:4326.")

    @field_validator("bbox")
    @classmethod
    def _four_degrees(cls, text: str | None) -> str | None:
        if text is not None:
            box(text)
        return text


def box(text: str) -> tuple[float, float, float, float]:
    """Read ``west,south,east,north`` in degrees.

    Raises
    ------
    ValueError
        It is not four numbers on earth, west to east and south to north.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError("give west,south,east,north in degrees") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("west must not exceed east, nor south north, and all lie on earth")
    return west, south, east, north


class PlaceQuestion(Dated):
    """Which grid holds a place."""

    lon: Longitude
    lat: Latitude
    datum: Datum = Datum.WGS84


class DivisionsQuestion(Dated, Within):
    """Divisions below a code."""


class PartiesQuestion(Dated, Within):
    """A page of teams or branches."""

    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    after: str = Field("", max_length=200, description="Last code seen.")


class AssignmentsQuestion(Within):
    """Who looked after grids, on a day or ever."""

    on: Day | None = Field(None, description="Only what held on this date; all time without.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT, description="Grids, not rows, of a page.")
    after: str = Field("", pattern=r"^([0-9]{15})?$", description="Last grid code seen.")


class VisitsQuestion(Within):
    """A page of visits, newest record first."""

    since: Day | None = None
    until: Day | None = None
    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


class IncidentsQuestion(Dated, Within):
    """A page of cases, newest first; of a past day those open that evening, as they were then."""

    category: str | None = Field(None, max_length=100)
    level: Level | None = None
    status: Status | None = None
    open: bool = Field(False, description="Only cases that are still open.")
    odd: bool = Field(False, description="Only reports whose oddity nobody has looked at yet.")
    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
