"""``gridsvc division``: what is said of a district, subdistrict or community."""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.errors import BadInput
from gridsvc.grids.models import Division
from gridsvc.grids.services import set_division
from gridsvc.settings import Settings


@click.group()
def division() -> None:
    """List divisions and change what is said of them."""


@division.command("list")
@click.option("--in", "within", default="", help="Only this division and what lies in it.")
@output.with_settings
def list_all(settings: Settings, within: str) -> None:
    """List divisions by code."""
    with Session(make_engine(settings)) as session:
        query = select(Division).where(Division.code.like(f"{within}%")).order_by(Division.code)
        found = [_facts(one) for one in session.scalars(query)]
    lines = [
        f"{one['code']:<12}  {one['name']}{'  (public map)' if one['public_map'] else ''}"
        for one in found
    ]
    output.answer("\n".join(lines) or "There is no division yet.", {"divisions": found})


@division.command("set")
@click.argument("code")
@click.option("--name", help="Its name.")
@click.option("--name-en", help="Its English name.")
@click.option("--public/--private", "public_map", default=None, help="Show its map to anybody.")
@click.option("--household-min", type=int, help="Fewest households of a grid in it.")
@click.option("--household-max", type=int, help="Most households of a grid in it.")
@output.with_settings
def change(
    settings: Settings,
    code: str,
    name: str | None,
    name_en: str | None,
    public_map: bool | None,
    household_min: int | None,
    household_max: int | None,
) -> None:
    """Change what is given of the division CODE; the rest stays."""
    bounds = None
    if household_min is not None and household_max is not None:
        bounds = (household_min, household_max)
    elif household_min is not None or household_max is not None:
        raise BadInput("A range has two ends: give --household-min and --household-max together.")
    with Session(make_engine(settings)) as session:
        changed = set_division(
            session,
            code,
            name=name,
            name_en=name_en,
            public_map=public_map,
            household_range=bounds,
        )
        facts = _facts(changed)
        session.commit()
    output.answer(f"{code} {facts['name']} is changed.", facts)


def _facts(one: Division) -> dict[str, object]:
    fields = (
        "code", "level", "parent_code", "name", "name_en", "source_code", "household_min",
        "household_max", "public_map",
    )  # fmt: skip
    return {field: getattr(one, field) for field in fields}
