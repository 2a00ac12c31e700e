"""The circles of roles in which the rows of the table speak, and the place that they look at."""

from __future__ import annotations

import toy_town

from gridsvc.accounts.rules import Role

VISITOR = None
OFFICE = frozenset(
    {
        Role.LEADER,
        Role.TEAM_MEMBER,
        Role.COMMUNITY_STAFF,
        Role.STREET_STAFF,
        Role.PLANNER,
        Role.DISTRICT,
    }
)
PLANNERS = {Role.PLANNER}
#: Who goes from door to door, or records for those who do.
VISITING = OFFICE - {Role.PLANNER, Role.DISTRICT}
SIGNED_IN = frozenset(Role)
EVERYBODY = SIGNED_IN | {VISITOR}
#: Who is asked for figures, and answers for them.
REPORT_READERS = {Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.DISTRICT}
#: Who closes the office's periods.
PACK_READERS = {Role.STREET_STAFF, Role.DISTRICT}
#: Who reads drafts and versions of the map; of them the planner draws and the street approves.
PLAN_READERS = {Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.PLANNER, Role.DISTRICT}
#: Whoever is signed in never sees less of the public's pages than a visitor.
MAP_READERS = EVERYBODY

#: The grid of the toy town that the public's map shows.
PUBLIC_GRID = toy_town.code(2, 1)
#: The tile around it, on the day of the town.
TILE = "15/26214/13745.mvt?on=2026-09-16&v=0"
