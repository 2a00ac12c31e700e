"""Drafts of the map, and its versions."""

from __future__ import annotations

from peopled_town import TOWN

from gridsvc.accounts.rules import Role
from who_may.roles import PLAN_READERS, PLANNERS, PUBLIC_GRID

PLAN = "/api/v1/plans/<int(max=2147483647):number>"
ROLLBACK = "/api/v1/publications/rollbacks/<int(max=2147483647):number>"
JOB = f"{PLAN}/jobs/<int(max=2147483647):job>"

#: Rule → an address of it, and who gets an answer.
READING = {
    "/plans": ("/plans", PLAN_READERS),
    "/plans/versions": ("/plans/versions", PLAN_READERS),
    "/plans/compare": (f"/plans/compare?in={TOWN}&with=2026-09-16", PLAN_READERS),
    "/plans/<int(max=2147483647):number>/file": ("/plans/{plan}/file", PLANNERS),
    "/plans/<int(max=2147483647):number>": ("/plans/{plan}", PLAN_READERS),
    "/plans/<int(max=2147483647):number>/names": ("/plans/{plan}/names", PLAN_READERS),
    "/plans/<int(max=2147483647):number>/sheet": ("/plans/{plan}/sheet", PLAN_READERS),
    "/api/v1/publications": ("/api/v1/publications", PLAN_READERS),
    "/api/v1/publications/rollbacks": ("/api/v1/publications/rollbacks", PLAN_READERS),
    "/api/v1/plans": ("/api/v1/plans", PLAN_READERS),
    PLAN: ("/api/v1/plans/{plan}", PLAN_READERS),
    f"{PLAN}/grids": ("/api/v1/plans/{plan}/grids", PLAN_READERS),
    f"{PLAN}/base": ("/api/v1/plans/{plan}/base", PLAN_READERS),
    f"{PLAN}/atoms": (f"/api/v1/plans/{{plan}}/atoms?grids={PUBLIC_GRID}", PLAN_READERS),
    f"{PLAN}/edits": ("/api/v1/plans/{plan}/edits", PLAN_READERS),
    f"{PLAN}/findings": ("/api/v1/plans/{plan}/findings", PLAN_READERS),
    f"{PLAN}/compare": ("/api/v1/plans/{plan}/compare", PLAN_READERS),
    "/api/v1/compare": (f"/api/v1/compare?in={TOWN}&with=2026-09-16", PLAN_READERS),
    f"{PLAN}/comments": ("/api/v1/plans/{plan}/comments", PLAN_READERS),
    f"{PLAN}/locks": ("/api/v1/plans/{plan}/locks", PLAN_READERS),
    f"{PLAN}/misfits": ("/api/v1/plans/{plan}/misfits", PLAN_READERS),
    f"{PLAN}/jobs": ("/api/v1/plans/{plan}/jobs", PLAN_READERS),
    f"{PLAN}/handover": ("/api/v1/plans/{plan}/handover", PLAN_READERS),
    f"{PLAN}/reviews": ("/api/v1/plans/{plan}/reviews", PLAN_READERS),
    "/api/v1/publications/<int(max=2147483647):number>": (
        "/api/v1/publications/{version}",
        PLAN_READERS,
    ),
    JOB: ("/api/v1/plans/{plan}/jobs/{job}", PLAN_READERS),
    f"{JOB}/alternatives/<style>": (
        "/api/v1/plans/{plan}/jobs/{job}/alternatives/balanced",
        PLAN_READERS,
    ),
}

#: Rule → an address of it, and who may send to it.
WRITING = {
    "/plans/versions": ("/plans/versions", PLANNERS),
    "/plans/<int(max=2147483647):number>/file": ("/plans/1/file", PLANNERS),
    "/api/v1/plans": ("/api/v1/plans", PLANNERS),
    PLAN: ("/api/v1/plans/1", PLANNERS),
    f"{PLAN}/edits": ("/api/v1/plans/1/edits", PLANNERS),
    f"{PLAN}/undo": ("/api/v1/plans/1/undo", PLANNERS),
    f"{PLAN}/redo": ("/api/v1/plans/1/redo", PLANNERS),
    f"{PLAN}/findings/waive": ("/api/v1/plans/1/findings/waive", PLANNERS),
    f"{PLAN}/propose": ("/api/v1/plans/1/propose", PLANNERS),
    f"{JOB}/cancel": ("/api/v1/plans/1/jobs/1/cancel", PLANNERS),
    f"{JOB}/take": ("/api/v1/plans/1/jobs/1/take", PLANNERS),
    f"{PLAN}/comments": ("/api/v1/plans/1/comments", PLAN_READERS),
    f"{PLAN}/comments/<int(max=2147483647):comment>/close": (
        "/api/v1/plans/1/comments/1/close",
        PLAN_READERS,
    ),
    f"{PLAN}/locks": ("/api/v1/plans/1/locks", PLANNERS),
    f"{PLAN}/locks/<code>": (f"/api/v1/plans/1/locks/{PUBLIC_GRID}", PLANNERS),
    f"{PLAN}/rebase": ("/api/v1/plans/1/rebase", PLANNERS),
    f"{PLAN}/submit": ("/api/v1/plans/1/submit", PLANNERS),
    f"{PLAN}/recall": ("/api/v1/plans/1/recall", PLANNERS),
    f"{PLAN}/staffing": ("/api/v1/plans/1/staffing", PLANNERS),
    f"{PLAN}/publish": ("/api/v1/plans/1/publish", PLANNERS),
    f"{PLAN}/approve": ("/api/v1/plans/1/approve", {Role.STREET_STAFF}),
    f"{PLAN}/return": ("/api/v1/plans/1/return", {Role.STREET_STAFF}),
    "/api/v1/publications/rollback": ("/api/v1/publications/rollback", PLANNERS),
    f"{ROLLBACK}/approve": ("/api/v1/publications/rollbacks/1/approve", {Role.STREET_STAFF}),
    f"{ROLLBACK}/refuse": ("/api/v1/publications/rollbacks/1/refuse", {Role.STREET_STAFF}),
    f"{ROLLBACK}/withdraw": ("/api/v1/publications/rollbacks/1/withdraw", PLANNERS),
    "/plans/versions/<int(max=2147483647):number>/<any(approve, refuse):word>": (
        "/plans/versions/1/approve",
        {Role.STREET_STAFF},
    ),
    "/plans/versions/<int(max=2147483647):number>/withdraw": (
        "/plans/versions/1/withdraw",
        PLANNERS,
    ),
    f"{PLAN}/misfits/<int(max=2147483647):seq>/drop": (
        "/api/v1/plans/1/misfits/1/drop",
        PLANNERS,
    ),
}

#: They are sent otherwise than by POST.
HOW = {
    f"{PLAN}/staffing": "PUT",
    PLAN: "PATCH",
    f"{PLAN}/locks/<code>": "DELETE",
}
