"""/api/v1/visits: rounds through a grid, recorded once and read back; they name no resident."""

from __future__ import annotations

from typing import Annotated, Any, Self

from apiflask import APIBlueprint
from flask import request
from pydantic import AwareDatetime, Field, model_validator

from gridsvc import edge
from gridsvc.accounts.rules import Permission, from_a_phone, requires
from gridsvc.api import answers
from gridsvc.api.cases.forms import Key
from gridsvc.api.open311.keys import repeat_key
from gridsvc.api.questions import Day, Question, VisitsQuestion
from gridsvc.visits.queries import visits as list_visits
from gridsvc.visits.rules import Counts
from gridsvc.visits.services import Round, record_visit

blueprint = APIBlueprint("api_visits", __name__, url_prefix="/api/v1", tag="visits")

Doors = Annotated[list[Annotated[int, Field(ge=1, le=9999)]], Field(min_length=1, max_length=2000)]
Topic = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
Count = Annotated[int, Field(ge=1, le=100_000)]


class VisitForm(Question):
    """A round: the dwellings of each building, or their counts where buildings are not known."""

    grid_code: str = Field(pattern=r"^[0-9]{15}$")
    visited_on: Day
    dwellings: dict[Annotated[str, Field(min_length=1, max_length=100)], Doors] = Field(
        default_factory=dict, max_length=200, description="Numbers by the building's code."
    )
    dwellings_visited: Count | None = Field(None, description="Instead of dwellings.")
    first_time_dwellings: int | None = Field(None, ge=0, le=100_000)
    topics: dict[Topic, Count] = Field(default_factory=dict, max_length=50)
    ended_at: AwareDatetime | None = Field(
        None, description="When the round ended by the phone's clock; tells the half-day."
    )
    client_visit_id: Key | None = Field(None, description="Made by the sender, once a round.")

    @model_validator(mode="after")
    def _one_way_of_counting(self) -> Self:
        given = (self.dwellings_visited, self.first_time_dwellings)
        if self.dwellings and given != (None, None):
            raise ValueError("give dwellings or their counts, not both")
        if not self.dwellings and None in given:
            raise ValueError("give dwellings, or dwellings_visited and first_time_dwellings")
        return self

    def read(self, key: str | None) -> Round:
        """Return the round that is meant, under the sender's id."""
        visited, first = self.dwellings_visited, self.first_time_dwellings
        counts = Counts(visited, first) if visited is not None and first is not None else None
        doors = {code: sorted(numbers) for code, numbers in self.dwellings.items()}
        return Round(
            self.grid_code, self.visited_on, doors, counts, self.topics, key, self.ended_at
        )


@blueprint.get("/visits")
@requires(Permission.VIEW_MAPS)
@blueprint.input(VisitsQuestion, location="query", arg_name="asked")
@blueprint.output(answers.Visits)
def visits(asked: VisitsQuestion) -> dict[str, Any]:
    """List visits in the caller's scope, newest record first."""
    found = list_visits(
        edge.session(),
        edge.sight().full.narrowed(asked.within or ""),
        since=asked.since,
        until=asked.until,
        before=asked.before,
        limit=asked.limit + 1,
    )
    page = found[: asked.limit]
    return {"items": page, "next": page[-1].id if len(found) > asked.limit else None}


@blueprint.post("/visits")
@requires(Permission.RECORD_VISITS)
@from_a_phone
@blueprint.input(VisitForm, arg_name="given")
@blueprint.output(answers.VisitAnswer, status_code=201)
@blueprint.doc(
    responses={
        200: "The same visit came before: its first record",
        409: "The same id came before with other content: names the first record",
        422: "More dwellings than there are, or a day to come",
    }
)
def record(given: VisitForm) -> tuple[answers.VisitAnswer, int]:
    """Record a round through a grid; answered only after it is stored for good."""
    db, user = edge.session(), edge.user()
    assert user is not None  # noqa: S101 - the gate let nobody else in
    key = repeat_key(request.headers, given.client_visit_id, "client_visit_id")
    visit, created = record_visit(db, given.read(key), user, edge.sight().full, edge.now())
    answer = answers.VisitAnswer.model_validate(visit)
    # A commit that fails must not leave behind an answer that says otherwise.
    db.commit()
    return answer, 201 if created else 200
