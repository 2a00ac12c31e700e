"""A town in which every text that people write is a payload."""

from __future__ import annotations

from datetime import UTC, datetime

import toy_town
from sqlalchemy import Engine, select, text

from gridsvc.accounts.models import UserAccount
from gridsvc.db import session_factory
from gridsvc.plans import comments, drafts, locks, log
from gridsvc.plans.log import Asked
from gridsvc.plans.rules import EditKind, PlanState
from hostile.columns import WRITTEN
from hostile.rows import ROWS

#: What ran in one template engine or browser context or another; 7 * 191 is 1337.
PAYLOADS = (
    "<script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=1>",
    '"><svg onload=window.__pwned=1>',
    "' autofocus onfocus=window.__pwned=1 x='",
    "</script><script>window.__pwned=1</script>",
    "</title></textarea></style><script>window.__pwned=1</script>",
    "{{7*191}}{% raise x %}{# ",
    "${window.__pwned=1}`;window.__pwned=1;//",
    "';window.__pwned=1;//\";window.__pwned=1;//",
    "C:\\2019\\u0022",
    "<!--<script>",
    "\u2028window.__pwned=1\u2029]]>",
    "%(name)s %s {0} &lt;b&gt;",
)


def draft(engine: Engine) -> None:
    """Begin draft 1, with an edit, a remark and a lock in it, for the poison to fall on."""
    now = datetime.now(UTC)
    with session_factory(engine).begin() as session:
        user = session.scalars(select(UserAccount).filter_by(username="planner")).one()
        scope = toy_town.SUBDISTRICT
        plan = drafts.begin(session, user, name="x", scope=scope, now=now, today=now.date())
        drafts.fill(session, plan)
        plan.state = PlanState.DRAFT
        first, second = toy_town.code(1, 1), toy_town.code(1, 2)
        merge = Asked(EditKind.MERGE, {"into": first, "others": [second]}, 0, why="x")
        log.edit(session, plan, user, merge, now)
        comments.say(session, plan, user, toy_town.WEST, toy_town.SOUTH, "x", now)
        locks.lock(session, plan, user, toy_town.code(2, 1), "x", now)


def poison(engine: Engine) -> None:
    joined = " ".join(PAYLOADS)
    with engine.begin() as connection:
        for row in ROWS:
            connection.execute(text(row), {"payload": joined})
        for table, columns in WRITTEN.items():
            # What was reported cannot be changed; here the guards are put aside on purpose.
            connection.execute(text(f"alter table gridsvc.{table} disable trigger user"))
            for column in columns:
                unique = " || id" if column == "source_ref" else ""
                connection.execute(
                    text(f"update gridsvc.{table} set {column} = :payload{unique}"),
                    {"payload": joined},
                )
