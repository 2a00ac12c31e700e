"""Where one can go: the areas of the bar, and the pages of the area below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, request
from flask_babel import lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, allows

#: Area → its pages by endpoint, in the order of the bar. Who may see a page, its view says itself.
AREAS = (
    (lazy_gettext("Report"), {"report.form": lazy_gettext("Report")}),
    (
        lazy_gettext("Maps"),
        {
            "map_pages.coverage": lazy_gettext("Coverage"),
            "map_pages.open_issues": lazy_gettext("Open work"),
            "map_pages.grids": lazy_gettext("Grids"),
            "hot_spots.page": lazy_gettext("Hot spots"),
            "zones.page": lazy_gettext("Contact zones"),
            "service_points.page": lazy_gettext("Service points"),
        },
    ),
    (
        lazy_gettext("Work"),
        {
            "work.cases": lazy_gettext("Work list"),
            "wishes.page": lazy_gettext("Micro-wishes"),
            "projects.page": lazy_gettext("Area projects"),
            "staff_offers.page": lazy_gettext("Posts on offer"),
        },
    ),
    (
        lazy_gettext("Visits"),
        {
            "visit_sheet.page": lazy_gettext("Record a round"),
            "campaigns.page": lazy_gettext("Campaigns"),
            "quotas.page": lazy_gettext("Half-days"),
            "festivals.page": lazy_gettext("Festivals"),
        },
    ),
    (
        lazy_gettext("Figures"),
        {
            "rates.page": lazy_gettext("Rates"),
            "coverage.page": lazy_gettext("Coverage"),
            "ledgers.page": lazy_gettext("Ledgers"),
            "cycles.page": lazy_gettext("Report packs"),
            "appraisals.page": lazy_gettext("Appraisal"),
            "self_rating.page": lazy_gettext("Our own marks"),
        },
    ),
    (
        lazy_gettext("Staff"),
        {
            "staff.page": lazy_gettext("Who is missing"),
            "staff_handover.page": lazy_gettext("Team hand-over"),
            "staff_sheet.page": lazy_gettext("From a spreadsheet"),
            "staff_teams.page": lazy_gettext("Teams across grids"),
            "staff_pairings.page": lazy_gettext("Organisations"),
            "staff_rules.page": lazy_gettext("Rules"),
        },
    ),
    (
        lazy_gettext("For residents"),
        {
            "public.find": lazy_gettext("Find a grid"),
            "public.services": lazy_gettext("What you can ask for"),
            "cards.page": lazy_gettext("Cards"),
            "pledges.page": lazy_gettext("Pledges"),
        },
    ),
    (
        lazy_gettext("Redraw"),
        {
            "plan_pages.plans": lazy_gettext("Drafts"),
            "plan_versions.page": lazy_gettext("Versions"),
        },
    ),
    (
        lazy_gettext("Administration"),
        {
            "ladder.page": lazy_gettext("Escalation ladder"),
            "undelivered.page": lazy_gettext("Undelivered notices"),
            "records.audit": lazy_gettext("Log"),
            "records.users": lazy_gettext("Accounts"),
        },
    ),
)
#: Blueprint of a page that stands in no bar → the page that led to it.
_BELOW = {
    "agent_rounds": "service_points.page",
    "appraised": "appraisals.page",
    "campaign_forms": "campaigns.page",
    "card_orders": "cards.page",
    "grid_pages": "map_pages.grids",
    "grid_zones": "zones.page",
    "packs": "cycles.page",
    "plan_compare": "plan_versions.page",
    "plan_file": "plan_pages.plans",
    "project_forms": "projects.page",
    "targets": "quotas.page",
    "zone_orders": "zones.page",
}


@dataclass(frozen=True)
class Place:
    """One entry of a bar."""

    href: str
    label: str
    here: bool


@dataclass(frozen=True)
class Area(Place):
    """An entry of the upper bar; ``pages`` is empty where it is a single page."""

    pages: tuple[Place, ...]


def areas(app: Flask) -> Iterator[Area]:
    """Yield the areas that this viewer can go to; nobody is led to a refusal.

    An area of which only one page is the viewer's is called by that page's name.
    """
    here = _here()
    for label, pages in AREAS:
        found = tuple(
            Place(app.url_for(endpoint), str(name), endpoint == here)
            for endpoint, name in pages.items()
            if _may_see(app, endpoint)
        )
        if found:
            inside = here in pages
            alone = len(found) == 1
            name = found[0].label if alone else str(label)
            yield Area(found[0].href, name, inside, () if alone else found)


def _may_see(app: Flask, endpoint: str) -> bool:
    viewer = edge.user()
    permission: Permission = vars(app.view_functions[endpoint])["permission"]
    needs_area = permission is Permission.VIEW_PUBLIC_MAP and not edge.sight().prefixes
    return allows(viewer.role if viewer else None, permission) and not needs_area


def _here() -> str | None:
    """Return the page of the bars that this address is, or lies below."""
    endpoints = [endpoint for _, pages in AREAS for endpoint in pages]
    if request.endpoint in endpoints:
        return request.endpoint
    blueprint = request.blueprint or ""
    if blueprint in _BELOW:
        return _BELOW[blueprint]
    return next((one for one in endpoints if one.partition(".")[0] == blueprint), None)
