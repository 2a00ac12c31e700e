"""Who may do what, and where: decisions only, no session and no request."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar


class Role(enum.StrEnum):
    """The eight posts that an account can hold."""

    LEADER = "leader"
    TEAM_MEMBER = "team_member"
    COMMUNITY_STAFF = "community_staff"
    STREET_STAFF = "street_staff"
    PLANNER = "planner"
    DISTRICT = "district"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(enum.StrEnum):
    """What a route or a command can ask for."""

    OPEN = "open"
    VIEW_PUBLIC_MAP = "view_public_map"
    VIEW_MAPS = "view_maps"
    VIEW_CASES = "view_cases"
    VIEW_AUDIT = "view_audit"
    MANAGE_USERS = "manage_users"
    RECORD_VISITS = "record_visits"
    SIGN_OUT = "sign_out"
    VIEW_PLANS = "view_plans"
    EDIT_PLANS = "edit_plans"
    APPROVE_PLANS = "approve_plans"
    VIEW_REPORTS = "view_reports"
    VIEW_QUOTAS = "view_quotas"
    VIEW_STAFF = "view_staff"
    KEEP_STAFF = "keep_staff"
    VIEW_OFFERS = "view_offers"
    CLAIM_POSTS = "claim_posts"
    KEEP_LADDER = "keep_ladder"
    CLOSE_PERIODS = "close_periods"
    APPRAISE_TEAMS = "appraise_teams"
    RATE_OWN_TEAM = "rate_own_team"
    KEEP_WISHES = "keep_wishes"
    KEEP_PROJECTS = "keep_projects"
    PRINT_CARDS = "print_cards"
    KEEP_CARDS = "keep_cards"
    KEEP_PLEDGES = "keep_pledges"
    KEEP_TARGETS = "keep_targets"


_OFFICE = frozenset(
    {
        Permission.OPEN,
        Permission.VIEW_PUBLIC_MAP,
        Permission.VIEW_MAPS,
        Permission.VIEW_CASES,
        Permission.SIGN_OUT,
    }
)

_VISITING = _OFFICE | {Permission.RECORD_VISITS, Permission.PRINT_CARDS}
_CLAIMING = frozenset({Permission.VIEW_OFFERS, Permission.CLAIM_POSTS})
_REPORTS = frozenset({Permission.VIEW_REPORTS, Permission.VIEW_QUOTAS})
_STAFFING = frozenset({Permission.VIEW_STAFF, Permission.KEEP_STAFF, Permission.VIEW_OFFERS})
_CARDS = frozenset({Permission.PRINT_CARDS, Permission.KEEP_CARDS})

#: Deny by default: what is not in this table is refused, also for ``admin``.
PERMISSIONS: dict[Role | None, frozenset[Permission]] = {
    None: frozenset({Permission.OPEN, Permission.VIEW_PUBLIC_MAP}),
    Role.LEADER: _VISITING | _CLAIMING | {Permission.VIEW_QUOTAS, Permission.RATE_OWN_TEAM},
    Role.TEAM_MEMBER: _VISITING | _CLAIMING | {Permission.VIEW_QUOTAS},
    Role.COMMUNITY_STAFF: _VISITING
    | _STAFFING
    | _CARDS
    | _REPORTS
    | {Permission.VIEW_PLANS}
    | {Permission.APPRAISE_TEAMS, Permission.KEEP_WISHES, Permission.KEEP_PROJECTS},
    Role.STREET_STAFF: _VISITING
    | _STAFFING
    | _CARDS
    | _REPORTS
    | {Permission.VIEW_PLANS, Permission.APPROVE_PLANS}
    | {
        Permission.CLOSE_PERIODS,
        Permission.APPRAISE_TEAMS,
        Permission.KEEP_WISHES,
        Permission.KEEP_PROJECTS,
    }
    | {Permission.KEEP_TARGETS, Permission.KEEP_PLEDGES},
    Role.PLANNER: _OFFICE | {Permission.VIEW_PLANS, Permission.EDIT_PLANS},
    Role.DISTRICT: _OFFICE
    | _STAFFING
    | _CARDS
    | _REPORTS
    | {Permission.VIEW_PLANS, Permission.KEEP_LADDER}
    | {
        Permission.CLOSE_PERIODS,
        Permission.APPRAISE_TEAMS,
        Permission.KEEP_WISHES,
        Permission.KEEP_PROJECTS,
    }
    | {Permission.KEEP_TARGETS, Permission.KEEP_PLEDGES},
    Role.AUDITOR: frozenset(
        {
            Permission.OPEN,
            Permission.VIEW_PUBLIC_MAP,
            Permission.VIEW_AUDIT,
            Permission.SIGN_OUT,
        }
    ),
    Role.ADMIN: frozenset(
        {
            Permission.OPEN,
            Permission.VIEW_PUBLIC_MAP,
            Permission.VIEW_MAPS,
            Permission.MANAGE_USERS,
            Permission.KEEP_LADDER,
            Permission.SIGN_OUT,
        }
    ),
}

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)
API_TOKEN_LIMIT = timedelta(hours=12)
# A day's work without a network, and no longer than a phone that is lost is noticed.
PHONE_IDLE_LIMIT = timedelta(hours=12)
PHONE_LIMIT = timedelta(days=14)

# Ten tries in five minutes, as the large package index does; the eleventh waits.
SIGN_IN_TRIES = 10
SIGN_IN_WINDOW = timedelta(minutes=5)

PASSWORD_MIN_LENGTH = 12


def allows(role: Role | None, permission: Permission) -> bool:
    """Tell whether a role (``None``: a visitor without an account) holds a permission."""
    return permission in PERMISSIONS.get(role, frozenset())


_View = TypeVar("_View", bound=Callable[..., object])


def requires(permission: Permission) -> Callable[[_View], _View]:
    """Tag a view with what it asks for; a view without a tag is refused to everybody."""

    def tag(view: _View) -> _View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return tag


def trusts_no_cookie(view: _View) -> _View:
    """Mark a view that reads no cookie, so that a forged request gains nothing by calling it."""
    view.trusts_no_cookie = True  # type: ignore[attr-defined]
    return view


def from_a_phone(view: _View) -> _View:
    """Mark a view that also hears a phone's pass, which reaches no other view."""
    view.from_a_phone = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True)
class Scope:
    """The part of the territory that an account answers for.

    Attributes
    ----------
    prefixes : tuple of str
        Division or grid codes; each covers every code that begins with it. The empty string
        covers the whole installation, no prefix at all covers nothing.
    """

    prefixes: tuple[str, ...] = ()

    def covers(self, code: str | None) -> bool:
        """Tell whether a division or grid code lies in the scope; ``None`` lies in no part."""
        if code is None:
            return "" in self.prefixes
        return any(code.startswith(prefix) for prefix in self.prefixes)

    def touches(self, code: str) -> bool:
        """Tell whether the scope and the subtree of ``code`` have anything in common."""
        return self.covers(code) or any(prefix.startswith(code) for prefix in self.prefixes)

    def narrowed(self, code: str) -> Scope:
        """Return the part of this scope that lies below ``code``."""
        inside = [code] if self.covers(code) else []
        deeper = [p for p in self.prefixes if p.startswith(code) and p != code]
        return Scope(tuple(inside or deeper))


@dataclass(frozen=True)
class Sight:
    """What one viewer may see of the territory.

    Attributes
    ----------
    full : Scope
        Where every figure is shown: the account's scope.
    public : Scope
        Where anybody sees the map, with small counts masked.
    handles : Scope
        Where the viewer is on the handling team, and so sees sensitive kinds unmasked.
    """

    full: Scope = Scope()
    public: Scope = Scope()
    handles: Scope = Scope()

    def sees(self, code: str | None) -> bool:
        """Tell whether anything of a code may be shown."""
        return self.full.covers(code) or (code is not None and self.public.covers(code))

    def masks(self, code: str | None) -> bool:
        """Tell whether small counts of a code are hidden from this viewer."""
        return not self.full.covers(code)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Every prefix under which something may be shown, simplest first."""
        return simplest((*self.full.prefixes, *self.public.prefixes)).prefixes


#: The roles that work on cases in a grid, rather than chase or count them.
HANDLERS = frozenset({Role.LEADER, Role.TEAM_MEMBER})


def sight(role: Role | None, scope: Scope, public: Scope) -> Sight:
    """Work out what a viewer sees from the role, the account's scope and what is public."""
    full = scope if allows(role, Permission.VIEW_MAPS) else Scope()
    shown = public if allows(role, Permission.VIEW_PUBLIC_MAP) else Scope()
    return Sight(full, shown, scope if role in HANDLERS else Scope())


def simplest(prefixes: Iterable[str]) -> Scope:
    """Return a scope without prefixes that another one already covers, in code order."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not any(prefix.startswith(one) for one in kept):
            kept.append(prefix)
    return Scope(tuple(kept))


def session_alive(*, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Tell whether a browser session may go on: idle under 30 minutes, at most 12 hours old."""
    return now - seen_at <= IDLE_LIMIT and now - created_at <= ABSOLUTE_LIMIT


# The most frequent passwords of published lists that reach the minimum length, and our own name.
_COMMON = (
    "passwordpassword", "123456789012", "1234567890123", "qwertyuiop12", "111111111111",
    "000000000000", "gridsvcgridsvc", "administrator", "woaini1314520", "5201314520131",
)  # fmt: skip


def password_fault(password: str, username: str) -> str | None:
    """Say what is wrong with a password, or ``None``.

    Length counts, composition does not, and nothing expires (ASVS 5.0, 6.2.1 to 6.2.12); the
    stricter national profile is a later setting.
    """
    if len(password) < PASSWORD_MIN_LENGTH:
        return f"the password needs at least {PASSWORD_MIN_LENGTH} characters"
    if len(set(password)) < 5 or password.lower() in _COMMON:
        return "the password is one of the first that anybody would try"
    if username.lower() in password.lower():
        return "the password contains the user name"
    return None
