"""What the office plans, counts and prints: campaigns, projects, wishes, cards, figures."""

from __future__ import annotations

from peopled_town import TOWN

from gridsvc.accounts.rules import Role
from who_may.roles import MAP_READERS, OFFICE, PACK_READERS, PUBLIC_GRID, REPORT_READERS, VISITING

PROJECT = "/projects/<int(max=2147483647):number>"
WISH = "/wishes/<int(max=9223372036854775807):number>"
CAMPAIGN = "/campaigns/<int(max=2147483647):number>"

#: Rule → an address of it, and who gets an answer.
READING = {
    "/rates": ("/rates", REPORT_READERS),
    "/rates/cases": ("/rates/cases", REPORT_READERS),
    "/ledgers": ("/ledgers", REPORT_READERS),
    "/targets": ("/targets", REPORT_READERS),
    "/campaigns": ("/campaigns", OFFICE | {Role.ADMIN}),
    "/campaigns/new": ("/campaigns/new", PACK_READERS),
    CAMPAIGN: ("/campaigns/7", OFFICE | {Role.ADMIN}),
    f"{CAMPAIGN}/change": ("/campaigns/7/change", PACK_READERS),
    f"{CAMPAIGN}/grids/<code>": (f"/campaigns/7/grids/{PUBLIC_GRID}", OFFICE | {Role.ADMIN}),
    "/festivals": ("/festivals", OFFICE | {Role.ADMIN}),
    "/api/v1/campaigns": ("/api/v1/campaigns", OFFICE | {Role.ADMIN}),
    f"/api/v1{CAMPAIGN}": ("/api/v1/campaigns/7", OFFICE | {Role.ADMIN}),
    "/coverage": ("/coverage", REPORT_READERS),
    "/coverage/grids": ("/coverage/grids", REPORT_READERS),
    "/staff": ("/staff", REPORT_READERS),
    "/cycles": ("/cycles", REPORT_READERS),
    "/cycles/<int(max=2147483647):number>": ("/cycles/{pack}", REPORT_READERS),
    "/pledges": ("/pledges", PACK_READERS),
    "/cards": ("/cards", REPORT_READERS),
    "/cards/orders/<int(max=2147483647):number>": ("/cards/orders/{order}", REPORT_READERS),
    "/cards/orders/<int(max=2147483647):number>.zip": (
        "/cards/orders/{order}.zip",
        REPORT_READERS,
    ),
    "/cards/<code>/<any(contact, service, poster):kind>.pdf": (
        f"/cards/{PUBLIC_GRID}/contact.pdf",
        VISITING | {Role.DISTRICT},
    ),
    "/wishes": ("/wishes", OFFICE),
    "/projects": ("/projects", MAP_READERS),
    "/projects/new": ("/projects/new", REPORT_READERS),
    PROJECT: ("/projects/7", MAP_READERS),
    "/api/v1/projects": ("/api/v1/projects", MAP_READERS),
    f"/api/v1{PROJECT}": ("/api/v1/projects/7", MAP_READERS),
    "/api/v1/cycles": ("/api/v1/cycles", REPORT_READERS),
    "/api/v1/cycles/coming": (f"/api/v1/cycles/coming?office={TOWN}", REPORT_READERS),
    "/api/v1/cycles/<int(max=2147483647):number>": ("/api/v1/cycles/{pack}", REPORT_READERS),
    "/api/v1/rates": ("/api/v1/rates", REPORT_READERS),
}

#: Rule → an address of it, and who may send to it.
WRITING = {
    "/ledgers/<any(visits, requests, feedback):name>.xlsx": (
        "/ledgers/visits.xlsx",
        REPORT_READERS,
    ),
    "/targets": ("/targets", PACK_READERS),
    "/campaigns": ("/campaigns", PACK_READERS),
    CAMPAIGN: ("/campaigns/7", PACK_READERS),
    f"{CAMPAIGN}/end": ("/campaigns/7/end", PACK_READERS),
    "/festivals": ("/festivals", PACK_READERS),
    "/festivals/<int(max=2147483647):number>/remove": ("/festivals/1/remove", PACK_READERS),
    "/cycles": ("/cycles", PACK_READERS),
    "/api/v1/cycles": ("/api/v1/cycles", PACK_READERS),
    "/cycles/days": ("/cycles/days", PACK_READERS),
    "/cycles/<int(max=2147483647):number>/pack.<any(xlsx, pdf):form>": (
        "/cycles/1/pack.pdf",
        REPORT_READERS,
    ),
    "/pledges": ("/pledges", PACK_READERS),
    "/pledges/<int(max=2147483647):number>/end": ("/pledges/1/end", PACK_READERS),
    "/cards": ("/cards", REPORT_READERS),
    "/cards/orders": ("/cards/orders", REPORT_READERS),
    "/cards/orders/<int(max=2147483647):number>/cancel": (
        "/cards/orders/1/cancel",
        REPORT_READERS,
    ),
    "/cards/orders/<int(max=2147483647):number>/book": ("/cards/orders/1/book", REPORT_READERS),
    "/projects": ("/projects", REPORT_READERS),
    f"{PROJECT}/steps": ("/projects/7/steps", REPORT_READERS),
    f"{PROJECT}/cases": ("/projects/7/cases", REPORT_READERS),
    "/api/v1/projects": ("/api/v1/projects", REPORT_READERS),
    f"/api/v1{PROJECT}/steps": ("/api/v1/projects/7/steps", REPORT_READERS),
    f"/api/v1{PROJECT}/cases": ("/api/v1/projects/7/cases", REPORT_READERS),
    f"/api/v1{PROJECT}/cases/<int(max=9223372036854775807):case>": (
        "/api/v1/projects/7/cases/1",
        REPORT_READERS,
    ),
    f"{WISH}/claim": ("/wishes/1/claim", OFFICE),
    f"{WISH}/topic": ("/wishes/1/topic", REPORT_READERS),
    "/wishes/topics": ("/wishes/topics", REPORT_READERS),
    "/wishes/services": ("/wishes/services", REPORT_READERS),
    "/wishes/services/<int(max=2147483647):number>/end": (
        "/wishes/services/1/end",
        REPORT_READERS,
    ),
}

#: They are sent otherwise than by POST.
HOW = {
    f"/api/v1{PROJECT}/cases/<int(max=9223372036854775807):case>": "DELETE",
}
