"""What is sent about a case and what comes back, beyond the case itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field, field_validator

from gridsvc.api.answers import Answer, CaseAnswer, Step
from gridsvc.api.questions import Cursor, PlaceQuestion, Question
from gridsvc.geo.datum import Datum
from gridsvc.incidents.rules import Kind, Outcome, Provenance, Urgency
from gridsvc.incidents.rules.life import MOST_EXTRA_DAYS, Action

#: Characters; a sentence or two. Longer accounts belong into the office's files.
TEXT_LIMIT = 2000
_ANSWERS_BYTES = 10_000


def _storable(text: str) -> str:
    """Refuse what PostgreSQL keeps in no text: NUL, and halves of surrogate pairs."""
    if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("holds a character that is no text")
    return text


# A phone that lost its battery begins in 1970; what a calendar cannot hold is no instant.
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
Words = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(_storable)]
Key = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
Position = tuple[
    Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
    Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
]
Code = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable)]


class ReportForm(Question):
    """A report; only category, lon and lat are needed."""

    category: Code
    lon: float = Field(allow_inf_nan=False, description="Degrees in datum.")
    lat: float = Field(allow_inf_nan=False, description="Degrees in datum.")
    client_report_id: Key | None = Field(None, description="Made by the sender, once a report.")
    description: Words | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: float | None = Field(None, ge=0, allow_inf_nan=False)
    provenance: Provenance = Provenance.MAP
    kind: Kind | None = Field(None, description="Needed where kinds share a category's code.")
    occurred_at: Instant | None = Field(None, description="When it was seen.")
    device_at: Instant | None = Field(None, description="The phone's clock at sending.")
    grid_code: str | None = Field(None, pattern=r"^[0-9]{15}$", description="Chosen by hand.")
    answers: dict[Code, Any] = Field(default_factory=dict, max_length=50)

    @field_validator("answers")
    @classmethod
    def _small_and_storable(cls, answers: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(answers, ensure_ascii=False, allow_nan=False)
        if len(text) > _ANSWERS_BYTES:
            raise ValueError(f"holds more than {_ANSWERS_BYTES} characters")
        _storable(text)
        if "\\u0000" in text:
            raise ValueError("holds a character that is no text")
        return answers


class TransitionForm(Question):
    """A step and what it needs."""

    action: Action
    note: Words | None = None
    outcome: Outcome | None = None
    team: Code | None = Field(None, description="Code of the team to send to, or acted for.")
    working_days: int | None = Field(None, ge=1, le=MOST_EXTRA_DAYS)
    into: Cursor | None = Field(None, description="The case to merge into.")
    rating: int | None = Field(None, ge=1, le=3)
    urgency: Urgency | None = None
    place: Position | None = Field(None, description="lon, lat in degrees, EPSG:4326.")
    client_step_id: Key | None = Field(
        None, description="Made by the sender, once a step: a repeat gets the first answer."
    )


class JoinForm(Question):
    """“It is this one”: no second form."""

    client_report_id: Key | None = None
    note: Words | None = None


class RatingForm(Question):
    """One tap by whoever holds the tracking code."""

    tracking_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{14}$")]
    rating: int = Field(ge=1, le=3)


class RouteQuestion(PlaceQuestion):
    """Who would get a report? Numbers in the wrong order are answered as a report's are."""

    lon: float = Field(allow_inf_nan=False, description="Degrees in datum.")
    lat: float = Field(allow_inf_nan=False, description="Degrees in datum.")
    category: Code
    kind: Kind | None = None
    accuracy_m: float | None = Field(None, ge=0, allow_inf_nan=False)


class DuplicatesQuestion(PlaceQuestion):
    """Which open cases might it repeat?"""

    category: Code
    kind: Kind | None = None


class NearGrid(Answer):
    """A grid within the accuracy of a place; ``distance_m`` is 0 for the one that holds it."""

    grid_code: str
    name: str
    distance_m: float


class ReadingAnswer(Answer):
    """Where a place in no grid may have been meant, and what makes it likely."""

    why: str = Field(description="place_swapped, datum_doubtful")
    lon: float
    lat: float
    grid_code: str


class RouteAnswer(Answer):
    """Who gets a report at a place, and why; outside every grid a division's supervisor does."""

    lon: float
    lat: float
    on: date
    category: str
    category_retired: bool
    grid_code: str | None
    grid_name: str | None
    edge_m: float | None
    candidates: list[NearGrid]
    division_code: str | None
    supervisor_name: str | None = Field(description="Outside every grid: the division's name.")
    supervised_because: str | None = Field(
        description="Outside every grid: outline (its outline holds the place), reading (the place "
        "was probably meant there), reporter (the caller's own area), office (the highest)."
    )
    level: str
    readings: list[ReadingAnswer]
    team: str | None
    team_name: str | None
    duty_phone: str | None
    branch: str | None
    lead_post: str | None
    specialists: list[str]
    specialist_names: list[str]
    emergency_phone: str | None
    limit_kind: str
    limit_count: int | None
    due_at: datetime
    due_uncertain: bool


class ReportAnswer(CaseAnswer):
    """The case of a report. ``tracking_code`` is told to its reporter alone."""

    tracking_code: str | None
    warnings: list[str] = Field(description="personal_number: the words name a person.")


class LikelyAnswer(Answer):
    """An open case near the place; outside the caller's area only what the caller reported."""

    id: int
    own: bool = Field(description="The caller reported it.")
    distance_m: float
    status: str | None
    description: str | None
    reported_at: datetime
    households_affected: int | None


class LikelyCases(Answer):
    """Open cases of the category near the place, nearest first, at most five."""

    items: list[LikelyAnswer]


class FullStep(Step):
    """A step with who took it, for which team, and its hash in hexadecimal."""

    username: str | None
    team: str | None
    detail: dict[str, Any]
    hash: str


class History(Answer):
    """Every step of a case; ``verified`` tells that each hash is that of its content."""

    id: int
    verified: bool
    items: list[FullStep]


class FullHistory(History):
    """A case's history, and beside it those of the cases that were merged into it."""

    merged: list[History]


class RatingAnswer(Answer):
    """What was rated."""

    id: int
    rating: int
