"""Reads of campaigns: which there are, which grids take part, and what was reached so far."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from importlib.resources import files

import pandas as pd
from sqlalchemy import BigInteger, Date, Text, cast, false, func, or_, select, text, true
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.calendars.queries import office_zone
from gridsvc.campaigns.models import Campaign, CampaignArea
from gridsvc.campaigns.rules import Frame, successors
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import GRID_DIGITS, below, framed, grids_on
from gridsvc.grids.rules import GridKind
from gridsvc.plans.publishing.models import GridLineage, Publication
from gridsvc.visits.models import Visit

_COUNTED = text(files(__package__).joinpath("counted.sql").read_text("utf-8"))


def campaigns(
    session: Session,
    scope: Scope,
    *,
    on: date | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> list[Campaign]:
    """Return the campaigns that concern a scope, the newest first, below an id when given.

    ``on`` leaves those that run on a day.
    """
    concerned = [
        or_(CampaignArea.prefix.startswith(prefix), func.starts_with(prefix, CampaignArea.prefix))
        for prefix in scope.prefixes
    ]
    query = select(Campaign).where(Campaign.areas.any(or_(false(), *concerned)))
    if on is not None:
        ended = cast(func.timezone(str(office_zone(session)), Campaign.ended_at), Date)
        query = query.where(
            Campaign.starts_on <= on,
            Campaign.ends_on >= on,
            # One that was called off before it began keeps its first day, and runs on none.
            func.coalesce(ended >= Campaign.starts_on, true()),
        )
    if after is not None:
        query = query.where(Campaign.id < after)
    return list(session.scalars(query.order_by(Campaign.id.desc()).limit(limit)))


def frame_of(session: Session, campaign: Campaign) -> Frame:
    """Return what a round must meet to count.

    A round counts under the grid of its day. Where grids that a campaign names one by one were
    redrawn while it ran, those that got ground from them take part as well.
    """
    named = [code for code in campaign.prefixes if len(code) == GRID_DIGITS]
    gave: list[tuple[str, str]] = []
    if named:
        rows = session.execute(
            select(GridLineage.from_code, GridLineage.to_code)
            .join(Publication, Publication.id == GridLineage.publication_id)
            .where(
                Publication.effective_on > campaign.starts_on,
                Publication.effective_on <= campaign.ends_on,
                GridLineage.from_code != GridLineage.to_code,
            )
            .order_by(Publication.effective_on, Publication.id)
        )
        gave = [(giver, taker) for giver, taker in rows]
    more = successors(named, gave).difference(named)
    prefixes = (*campaign.prefixes, *sorted(more))
    return Frame(prefixes, campaign.starts_on, campaign.ends_on, campaign.topic)


def reached(session: Session, frame: Frame, as_of: datetime) -> pd.DataFrame:
    """Count what counts for a campaign, by grid and day, as recorded up to an instant.

    Columns ``code`` (str), ``day`` (date), ``rounds``, ``reached`` (int; distinct dwellings, each
    where and when it was reached first). ``counted.sql`` names the indexes.
    """
    codes = list(
        session.scalars(select(Grid.code).where(below(Grid.code, Scope(frame.prefixes), 15)))
    )
    bound = _COUNTED.bindparams(
        first=frame.first, last=frame.last, topic=frame.topic, codes=codes, as_of=as_of
    )
    columns = bound.columns(code=Text, day=Date, rounds=BigInteger, reached=BigInteger)
    return framed(session, columns).astype({"rounds": int, "reached": int})


def by_grid(session: Session, frame: Frame, rows: pd.DataFrame, on: date) -> pd.DataFrame:
    """Add the counts of `reached` up for each grid that takes part.

    A functional grid, where nobody lives, is left out unless a round named it. Index ``code``, in
    order; columns ``name``, ``name_en`` (str, may be NULL), ``dwellings``
    (float, NaN: never counted, or the grid is not there on the day), ``there`` (bool), ``rounds``,
    ``reached`` (int).
    """
    grids = grids_on(session, Scope(frame.prefixes), on)
    sums = rows.groupby("code")[["rounds", "reached"]].sum()
    lived_in = (grids["kind"] == GridKind.RESIDENTIAL) | grids.index.isin(sums.index)
    found = grids.loc[lived_in, ["name", "name_en", "dwellings"]].assign(there=True)
    gone = sums.index.difference(found.index)
    missing = pd.DataFrame(
        {"name": None, "name_en": None, "dwellings": float("nan"), "there": False}, index=gone
    )
    parts = [found, missing] if len(gone) else [found]
    joined = pd.concat(parts).join(sums).fillna({"rounds": 0, "reached": 0})
    return joined.astype({"rounds": int, "reached": int}).sort_index().rename_axis("code")


def dwellings_of(session: Session, prefixes: Collection[str], on: date) -> int:
    """Count the dwellings of some divisions and grids on a day."""
    return int(grids_on(session, Scope(tuple(prefixes)), on)["dwellings"].sum())


def rounds_of(
    session: Session, frame: Frame, code: str, as_of: datetime, *, limit: int, offset: int = 0
) -> list[Visit]:
    """Return rounds of a grid on the days of a campaign, the newest day first.

    Those in which the topic never came up are among them: `gridsvc.campaigns.rules.counts_for`
    tells them apart. Served by ``ix_visit_grid_code_visited_on``.
    """
    query = (
        select(Visit)
        .where(
            Visit.grid_code == code,
            Visit.visited_on.between(frame.first, frame.last),
            Visit.recorded_at <= as_of,
        )
        .order_by(Visit.visited_on.desc(), Visit.id.desc())
    )
    return list(session.scalars(query.limit(limit).offset(offset)))
