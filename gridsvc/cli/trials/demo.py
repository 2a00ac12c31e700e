"""``gridsvc demo``: the demo subdistrict and its eight accounts, once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from gridsvc.accounts import queries, services
from gridsvc.accounts.rules import Role
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.demo.draft import begin_draft
from gridsvc.demo.load import ZONE, load_demo
from gridsvc.demo.staff_desk import offer_and_hand_over
from gridsvc.demo.town.names import DISTRICT, SUBDISTRICT
from gridsvc.settings import Settings
from gridsvc.settings.home import keep_secret

_STREET = SUBDISTRICT[0]
#: Name, role, scope and post of the demo's accounts.
ACCOUNTS = (
    ("leader", Role.LEADER, tuple(f"{_STREET}00300{n}" for n in (1, 2, 3)), "网格长 Grid leader"),
    ("member", Role.TEAM_MEMBER, (f"{_STREET}003001",), "网格员 Team member"),
    ("community", Role.COMMUNITY_STAFF, (f"{_STREET}003",), "社区值班 Community desk"),
    ("street", Role.STREET_STAFF, (_STREET,), "街道办值班 Street office desk"),
    ("planner", Role.PLANNER, (_STREET,), "规划岗 Planning desk"),
    ("district", Role.DISTRICT, (DISTRICT[0],), "区级值班 District desk"),
    ("auditor", Role.AUDITOR, ("",), "审计 Auditor"),
    ("admin", Role.ADMIN, ("",), "管理员 Administrator"),
)


@click.command()
@output.with_settings
def demo(settings: Settings) -> None:
    """Load the demo subdistrict on the first call; tell its accounts on every call."""
    password = settings.demo_password or _made_once(settings)
    with output.progress() as bar, session_factory(make_engine(settings)).begin() as session:
        task = bar.add_task("Loading the demo", total=None)
        loaded = load_demo(
            session, now=datetime.now(UTC), step=lambda what: bar.update(task, description=what)
        )
        fresh = _accounts(session, password)
        if loaded.grids:
            bar.update(task, description="drawing a draft")
            _draft(session)
            _staff_desk(session)
    told = f"password {password}" if fresh else f"password as printed at first start ({password})"
    if settings.demo_password and not fresh:
        told = "password as it was when they were made"
    names = [username for username, *_ in ACCOUNTS]
    if loaded.grids:
        output.note(
            f"Loaded the demo: {loaded.grids} grids, {loaded.buildings} buildings,"
            f" {loaded.teams} teams, {loaded.visits} visits, {loaded.cases} cases."
        )
    output.answer(
        f"Demo accounts: {', '.join(names)}; {told}.",
        {"accounts": names, "password": password if fresh else None, "loaded": vars(loaded)},
    )


def _draft(session: Session) -> None:
    planner, street = (queries.find_user(session, name) for name in ("planner", "street"))
    if planner and street:
        begin_draft(session, planner, street, f"{_STREET}003", datetime.now(UTC))


def _staff_desk(session: Session) -> None:
    street, leader = (queries.find_user(session, name) for name in ("street", "leader"))
    if street and leader:
        now = datetime.now(UTC)
        offer_and_hand_over(session, street, leader, now, now.astimezone(ZONE).date())


def _made_once(settings: Settings) -> str:
    return keep_secret(
        settings.home, "demo_password", lambda: secrets.token_urlsafe(12).encode()
    ).decode()


def _accounts(session: Session, password: str) -> bool:
    """Make the accounts that are missing; tell whether any was."""
    missing = [one for one in ACCOUNTS if queries.find_user(session, one[0]) is None]
    for username, role, prefixes, title in missing:
        services.add_user(
            session,
            username=username,
            role=role,
            password=password,
            prefixes=prefixes,
            title=title,
        )
    return bool(missing)
