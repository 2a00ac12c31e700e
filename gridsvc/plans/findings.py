"""What is wrong with a draft, which warnings a planner answers for, and what that says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.geo.findings import SEVERITIES, UNITS, Fix, Kind, Severity, findings
from gridsvc.plans import atoms as store
from gridsvc.plans.models import Plan, PlanEdit, PlanMisfit, PlanWaiver
from gridsvc.plans.rules import COMMUNITY_DIGITS, EditKind
from gridsvc.plans.surroundings import ground

MISFIT = "misfit"
"""An edit that a rebase could not bring along; as kind of a finding, beside those of geometry."""

Severities = Mapping[Kind, Severity | None]

#: They break the tiling or lose households: no setting makes them less than blocking.
_ALWAYS_BLOCKING = frozenset({Kind.GAP, Kind.OVERLAP, Kind.HOUSEHOLD_COUNT_DIFFERS})


def severities_by(setting: Iterable[tuple[str, str]]) -> Severities:
    """Work out how grave each kind of finding is, from what `GRIDSVC_FINDINGS` says.

    Raises
    ------
    BadInput
        It names a kind that does not exist, or loosens one that must block.
    """
    found = dict(SEVERITIES)
    for name, word in setting:
        if name not in set(Kind) or Kind(name) in _ALWAYS_BLOCKING:
            raise BadInput(f"GRIDSVC_FINDINGS cannot set {name}.", [name])
        found[Kind(name)] = None if word == "off" else Severity(word)
    return found


@dataclass(frozen=True)
class Finding:
    """Something wrong with a draft, and what has been said about it.

    Attributes
    ----------
    kind, severity : str
        `gridsvc.geo.findings.Kind` or ``misfit``; ``blocking`` or ``warning``.
    grids : tuple of str
        The one at fault first.
    figure, unit : float, str
        How much of what; of a misfit the number of its line.
    lon, lat : float or None
        Where to look, EPSG:4326.
    geometry : shapely geometry or None
        The piece, line or point.
    fixes : tuple of Fix
        Edits that would mend it.
    waiver : PlanWaiver or None
        Why this warning is passed, while its figure is the one that the reason was given for.
    detail : str or None
        Of a misfit why it does not fit.
    """

    kind: str
    severity: str
    grids: tuple[str, ...]
    community: str
    figure: float
    unit: str
    lon: float | None
    lat: float | None
    geometry: Any = None
    fixes: tuple[Fix, ...] = ()
    waiver: PlanWaiver | None = None
    detail: str | None = None

    @property
    def blocking(self) -> bool:
        """Whether nobody can publish over it."""
        return self.severity == Severity.BLOCKING

    @property
    def open(self) -> bool:
        """Whether it stands in the way of a submission: it blocks, or nobody answers for it."""
        return self.blocking or self.waiver is None


def findings_of(
    session: Session,
    plan: Plan,
    severities: Severities = SEVERITIES,
    atoms: gpd.GeoDataFrame | None = None,
    *,
    mending: bool = True,
) -> list[Finding]:
    """List everything that is wrong with a draft, what blocks first.

    Parameters
    ----------
    severities : mapping
        How grave each kind is here.
    atoms : GeoDataFrame, optional
        Judge these instead, of whole communities: an edit that is not made yet. Misfits are left
        out then.
    mending : bool
        Look for edits that would mend what is found, which is most of the work.
    """
    judged = store.load(session, plan.id) if atoms is None else atoms
    communities = sorted(set(judged["grid"].str[:COMMUNITY_DIGITS]))
    against = ground(session, plan, communities)
    frame = findings(judged, against, severities=severities, mending=mending)
    waivers = _waivers(session, plan.id)
    # One line may cut three buildings between the same grids: one reason answers for all of them.
    whole = frame.groupby(["kind", "grids"])["figure"].sum()
    found = [
        Finding(
            row.kind,
            row.severity,
            row.grids,
            row.community,
            float(row.figure),
            UNITS[Kind(row.kind)],
            float(row.lon),
            float(row.lat),
            row.geometry,
            row.fixes,
            _holding(waivers.get((row.kind, row.grids)), whole[row.kind, row.grids]),
        )
        for row in frame.itertuples()
    ]
    return [*(_misfits(session, plan) if atoms is None else ()), *found]


def open_findings(
    session: Session, plan: Plan, severities: Severities = SEVERITIES
) -> tuple[list[Finding], list[Finding]]:
    """Give what stands in the way of a submission: what blocks, and warnings without a reason."""
    found = [one for one in findings_of(session, plan, severities) if one.open]
    return [one for one in found if one.blocking], [one for one in found if not one.blocking]


def waive(
    session: Session,
    plan: Plan,
    user: UserAccount,
    kind: str,
    grids: Collection[str],
    why: str | None,
    now: datetime,
    severities: Severities = SEVERITIES,
) -> None:
    """Answer for a warning with a reason, or take that back (``why`` None).

    Raises
    ------
    NotFound
        The draft has no such finding.
    RuleViolation
        It blocks: no reason passes it.
    """
    key = (kind, tuple(grids))
    held = session.get(PlanWaiver, (plan.id, kind, tuple(grids)))
    if why is None:
        if held is None:
            raise NotFound("Nobody has given a reason for this finding.", [kind])
        session.delete(held)
        record(session, user, "plan.unwaive", f"{plan.id}/{kind}")
        return
    communities = {code[:COMMUNITY_DIGITS] for code in grids}
    atoms = store.load(session, plan.id, communities) if communities else None
    found = findings_of(session, plan, severities, atoms)
    about = [one for one in found if (one.kind, one.grids) == key]
    if not about:
        raise NotFound(f"Draft {plan.id} has no such finding (any more).", [kind])
    if any(one.blocking for one in about):
        raise RuleViolation("What blocks is mended, not explained.", [kind])
    if held is None:
        held = PlanWaiver(plan_id=plan.id, kind=kind, grids=tuple(grids))
        session.add(held)
    held.figure = sum(one.figure for one in about)
    held.why, held.by, held.at = why, user, now
    record(session, user, "plan.waive", f"{plan.id}/{kind}")


def as_edit(fix: Fix) -> dict[str, Any]:
    """Give a fix as an edit that can be asked for as it is; ``propose`` asks for proposals."""
    households = dict(fix.households)
    params: dict[str, Any] = {"communities": sorted({one[:COMMUNITY_DIGITS] for one in fix.grids})}
    if fix.action == EditKind.RELABEL:
        params = {"to": fix.to, "atoms": list(fix.atoms)}
    elif fix.action == EditKind.MERGE:
        params = {"into": fix.to, "others": list(fix.grids)}
    elif fix.action == EditKind.RENUMBER:
        params = {"codes": dict(fix.codes)}
    return {"kind": fix.action, "params": params, "households": households}


def _waivers(session: Session, plan_id: int) -> dict[tuple[str, tuple[str, ...]], PlanWaiver]:
    rows = session.scalars(select(PlanWaiver).where(PlanWaiver.plan_id == plan_id))
    return {(one.kind, one.grids): one for one in rows}


def _holding(waiver: PlanWaiver | None, figure: float) -> PlanWaiver | None:
    # Half a household, a metre, a square metre: what was seen is what is there.
    return waiver if waiver is not None and abs(waiver.figure - figure) < 0.5 else None


def _misfits(session: Session, plan: Plan) -> list[Finding]:
    rows = session.execute(
        select(PlanMisfit, PlanEdit.grids)
        .join(
            PlanEdit,
            (PlanEdit.plan_id == PlanMisfit.plan_id) & (PlanEdit.seq == PlanMisfit.seq),
        )
        .where(PlanMisfit.plan_id == plan.id, PlanMisfit.decision.is_(None))
        .order_by(PlanMisfit.seq)
    )
    return [
        Finding(
            MISFIT,
            Severity.BLOCKING.value,
            tuple(grids),
            grids[0][:COMMUNITY_DIGITS] if grids else plan.scope_code,
            float(one.seq),
            "line",
            one.lon,
            one.lat,
            detail=one.why,
        )
        for one, grids in rows
    ]
