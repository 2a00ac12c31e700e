"""Who may use which route: the table by areas, written by hand."""

from __future__ import annotations

from who_may import cases, office, plans, public, service, staff

#: Rule → an address of it, and who gets an answer.
READING = (
    service.READING
    | public.READING
    | cases.READING
    | staff.READING
    | office.READING
    | plans.READING
)
#: Rule → an address of something that is not there: everybody is heard, and told so.
HEARD = cases.HEARD
#: Rule → an address of it, and who may send to it.
WRITING = service.WRITING | cases.WRITING | staff.WRITING | office.WRITING | plans.WRITING
#: They are sent otherwise than by POST.
HOW = cases.HOW | staff.HOW | office.HOW | plans.HOW
#: They take no cookie, so that there is nothing to forge.
WITHOUT_COOKIE = service.WITHOUT_COOKIE | cases.WITHOUT_COOKIE
