"""The words on a map, in English; the caller passes the reader's language by the same keys."""

from __future__ import annotations

from collections.abc import Mapping


def N_(text: str) -> str:  # noqa: N802 - the name by which translators' tools find texts
    """Mark a text for translation."""
    return text


TEXTS: dict[str, str] = {
    "attention": N_("What needs somebody"),
    "attention.0": N_("Nobody in charge"),
    "attention.1": N_("Work piles up: 4 or more open per 100 households"),
    "attention.2": N_("Nobody called on lately"),
    "attention.3": N_("Nothing out of the ordinary"),
    "households": N_("Households in each grid"),
    "households.outline": N_("Outside its range of households"),
    "staffing": N_("Who looks after each grid"),
    "staffing.0": N_("Nobody in charge"),
    "staffing.1": N_("No leader or no branch"),
    "staffing.2": N_("Vacancies"),
    "staffing.3": N_("Complete"),
    "visits": N_("Dwellings visited, of all dwellings"),
    "visits.target": N_("target 80 %"),
    "per_100_households": N_("Open cases per 100 households"),
    "hot_spots": N_("More open cases per household than chance would place there"),
    "hot_spots.0": N_("Not marked"),
    "hot_spots.1": N_("Has cooled: marked before, not now"),
    "hot_spots.2": N_("Lasting: marked then and now"),
    "hot_spots.3": N_("New: marked now, not before"),
    "hot_spots.outline": N_("Hot now"),
    "hot_spots.no_data": N_("Too few households, or no neighbour, to judge"),
    "density": N_("Where open cases lie close together"),
    "density.bandwidth": N_("Each case spreads over {metres} m"),
    "density.full": N_("Full colour: {cases} open cases at one place"),
    "density.hidden": N_("{count} left out: too few at one place to show"),
    "zones": N_("Households in a contact zone with somebody to turn to"),
    "zone_nobody": N_("From near: zone with nobody to turn to"),
    "zone_wrong": N_("From near: zone of too few or too many households"),
    "zone": N_("zone {zone}: {count} households"),
    "grids": N_("Grids"),
    "grids.outline": N_("Outside its range of households"),
    "no_data": N_("No data"),
    "masked": N_("Too few to show"),
    "functional": N_("Functional grid, over others"),
    "findings": N_("Gap or overlap between grids"),
    "chosen": N_("Chosen"),
    "as_of": N_("As of"),
    "north": N_("North"),
    "legend": N_("Legend"),
    "map": N_("Map; arrow keys move it, plus and minus zoom"),
    "zoom.in": N_("Zoom in"),
    "zoom.out": N_("Zoom out"),
    "loading": N_("Loading…"),
    "failed": N_("The figures could not be fetched; the last ones stay. Try again in a moment."),
    "failed.shapes": N_("Some shapes could not be fetched. Move the map to try again."),
    "close": N_("Close"),
}


def words(texts: Mapping[str, str] | None) -> dict[str, str]:
    """Fill what the caller left out with English.

    Raises
    ------
    ValueError
        A key that no map shows: most likely a slip of the pen.
    """
    unknown = sorted(set(texts or ()) - TEXTS.keys())
    if unknown:
        raise ValueError(f"No map shows these texts: {', '.join(unknown)}.")
    return {**TEXTS, **(texts or {})}
