"""Cases from the report to the work desk, Open311, visits and what is told of them."""

from __future__ import annotations

from gridsvc.accounts.rules import Role
from who_may.roles import EVERYBODY, OFFICE, VISITING

AT = "lon=108.0005&lat=27.7005&category=noise"
CASE = "/api/v1/incidents/<int(max=9223372036854775807):number>"
PHOTO = f"{CASE}/photos/<int(max=9223372036854775807):photo>"
FORM = "<any(json, xml):form>"

#: Rule → an address of it, and who gets an answer.
READING = {
    "/work": ("/work", OFFICE),
    "/work/<int(max=9223372036854775807):number>": ("/work/{case}", OFFICE),
    "/work/<int(max=9223372036854775807):number>/photos/<int(max=9223372036854775807):photo>": (
        "/work/{case}/photos/{photo}",
        OFFICE,
    ),
    "/inbox": ("/inbox", OFFICE),
    "/ladder": ("/ladder", {Role.DISTRICT, Role.ADMIN}),
    "/notices/undelivered": ("/notices/undelivered", {Role.ADMIN}),
    "/report": ("/report", OFFICE),
    "/report/area": ("/report/area", OFFICE),
    "/report/places": ("/report/places?q=x", OFFICE),
    "/report/session": ("/report/session", OFFICE),
    "/report/visits": ("/report/visits", VISITING),
    "/report/rounds": ("/report/rounds", VISITING),
    "/report_worker.js": ("/report_worker.js", EVERYBODY),
    "/api/v1/visits": ("/api/v1/visits", OFFICE | {Role.ADMIN}),
    "/api/v1/incidents": ("/api/v1/incidents", OFFICE),
    "/api/v1/incidents/<int(max=9223372036854775807):number>": (
        "/api/v1/incidents/{case}",
        OFFICE,
    ),
    f"{CASE}/slips": ("/api/v1/incidents/{case}/slips", OFFICE),
    f"{CASE}/history": ("/api/v1/incidents/{case}/history", OFFICE),
    f"{CASE}/photos": ("/api/v1/incidents/{case}/photos", OFFICE),
    f"{PHOTO}.jpg": ("/api/v1/incidents/{case}/photos/{photo}.jpg", OFFICE),
    "/api/v1/incidents/duplicates": (f"/api/v1/incidents/duplicates?{AT}", OFFICE),
    "/api/v1/route": (f"/api/v1/route?{AT}", OFFICE),
    "/open311/v2/services": ("/open311/v2/services", EVERYBODY),
    "/open311/v2/requests": ("/open311/v2/requests", EVERYBODY),
    f"/open311/v2/services.{FORM}": ("/open311/v2/services.xml", EVERYBODY),
    f"/open311/v2/requests.{FORM}": ("/open311/v2/requests.xml", EVERYBODY),
    f"/open311/v2/discovery.{FORM}": ("/open311/v2/discovery.xml", EVERYBODY),
}

#: Rule → an address of something that is not there: everybody is heard, and told so.
HEARD = {
    "/open311/v2/photos/<int(max=9223372036854775807):number>.jpg": "/open311/v2/photos/9.jpg",
    "/open311/v2/requests/<number>": "/open311/v2/requests/no",
    f"/open311/v2/requests/<number>.{FORM}": "/open311/v2/requests/no.json",
    "/open311/v2/services/<code>": "/open311/v2/services/no",
    f"/open311/v2/services/<code>.{FORM}": "/open311/v2/services/no.json",
    "/open311/v2/tokens/<token>": "/open311/v2/tokens/no",
    f"/open311/v2/tokens/<token>.{FORM}": "/open311/v2/tokens/no.json",
}

#: Rule → an address of it, and who may send to it.
WRITING = {
    "/open311/v2/requests": ("/open311/v2/requests", EVERYBODY),
    f"/open311/v2/requests.{FORM}": ("/open311/v2/requests.json", EVERYBODY),
    "/ladder": ("/ladder", {Role.DISTRICT, Role.ADMIN}),
    "/notices/undelivered": ("/notices/undelivered", {Role.ADMIN}),
    "/inbox/read": ("/inbox/read", OFFICE),
    "/work/bulk": ("/work/bulk", OFFICE),
    "/work/undo": ("/work/undo", OFFICE),
    "/work/<int(max=9223372036854775807):number>/steps": ("/work/1/steps", OFFICE),
    "/work/<int(max=9223372036854775807):number>/contact": ("/work/1/contact", OFFICE),
    "/work/<int(max=9223372036854775807):number>/words": ("/work/1/words", OFFICE),
    "/work/<int(max=9223372036854775807):number>/slips": ("/work/1/slips", OFFICE),
    "/work/<int(max=9223372036854775807):number>/photos/<int(max=9223372036854775807):photo>": (
        "/work/1/photos/1",
        OFFICE,
    ),
    "/work/<int(max=9223372036854775807):number>/slips/<int(max=9223372036854775807):slip>/close": (
        "/work/1/slips/1/close",
        OFFICE,
    ),
    "/work/<int(max=9223372036854775807):number>/slips/<int(max=9223372036854775807):slip>": (
        "/work/1/slips/1",
        OFFICE,
    ),
    "/api/v1/incidents": ("/api/v1/incidents", OFFICE),
    "/api/v1/visits": ("/api/v1/visits", VISITING),
    "/report/pass": ("/report/pass", OFFICE),
    "/api/v1/ratings": ("/api/v1/ratings", EVERYBODY),
    f"{CASE}/contact": ("/api/v1/incidents/1/contact", OFFICE),
    f"{CASE}/words": ("/api/v1/incidents/1/words", OFFICE),
    f"{CASE}/slips": ("/api/v1/incidents/1/slips", OFFICE),
    f"{CASE}/slips/<int(max=9223372036854775807):slip>/answer": (
        "/api/v1/incidents/1/slips/1/answer",
        OFFICE,
    ),
    f"{CASE}/slips/<int(max=9223372036854775807):slip>/close": (
        "/api/v1/incidents/1/slips/1/close",
        OFFICE,
    ),
    f"{CASE}/join": ("/api/v1/incidents/1/join", OFFICE),
    f"{CASE}/photos": ("/api/v1/incidents/1/photos", OFFICE),
    f"{CASE}/transitions": ("/api/v1/incidents/1/transitions", OFFICE),
    f"{PHOTO}/covers": ("/api/v1/incidents/1/photos/1/covers", OFFICE),
}

#: They are sent otherwise than by POST.
HOW = {
    f"{PHOTO}/covers": "PUT",
}

#: It takes no cookie, so that there is nothing to forge.
WITHOUT_COOKIE = {"/open311/v2/requests", f"/open311/v2/requests.{FORM}"}
