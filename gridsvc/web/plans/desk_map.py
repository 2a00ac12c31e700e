"""The folium map of a desk: the extent of the draft, streets and buildings, and no grid."""

from __future__ import annotations

from urllib.parse import quote

import folium
from flask import request
from flask_babel import gettext

from dashboards.planner import planner_map
from dashboards.texts import TEXTS
from gridsvc import edge
from gridsvc.accounts.rules import Scope
from gridsvc.grids.opening import bounds
from gridsvc.grids.queries import version
from gridsvc.plans.models import Plan
from gridsvc.web.languages import current

# A draft whose territory is gone meanwhile opens on the country, rounded outwards.
_COUNTRY = (73.0, 18.0, 136.0, 54.0)


def desk_map(plan: Plan) -> folium.Map:
    """Make the map of a draft's desk."""
    db = edge.session()
    return planner_map(
        f"{quote(request.script_root)}/tiles/base/{{z}}/{{x}}/{{y}}.mvt?v={version(db, 'base')}",
        bounds(db, Scope((plan.scope_code,)), plan.base_on) or _COUNTRY,
        language=current(),
        texts={key: gettext(text) for key, text in TEXTS.items()},
    )
