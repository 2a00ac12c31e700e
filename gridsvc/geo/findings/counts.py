"""Are the households all there, and in grids of the right size and code?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.findings.draft import Draft
from gridsvc.geo.findings.kinds import Fix, Found, Kind
from gridsvc.geo.findings.remedies import range_fixes
from gridsvc.geo.numbering import next_codes, reading_order


def range_findings(draft: Draft) -> Iterator[Found]:
    """Find the grids with too few households (figure below 0) or too many (above 0)."""
    for code, households in draft.households.items():
        low, high = draft.range_of(str(code))
        beyond = min(int(households) - low, 0) or max(int(households) - high, 0)
        if beyond:
            fixes = range_fixes(draft, str(code), low, high) if draft.mending else ()
            yield _of_grid(draft, Kind.OUT_OF_RANGE, str(code), beyond, fixes)


def total_findings(draft: Draft) -> Iterator[Found]:
    """Find the communities that have other households than must be there: lost ones below 0."""
    due = draft.ground.households
    if due is None:
        return
    there = draft.households.groupby(draft.households.index.str[:COMMUNITY_DIGITS]).sum()
    frames = draft.ground.communities.set_index("code").geometry
    for community, difference in (there.reindex(due.index, fill_value=0) - due).items():
        if difference:
            place = frames[community].representative_point()
            kind = Kind.HOUSEHOLD_COUNT_DIFFERS
            yield Found(kind, (), str(community), float(difference), place)


def code_findings(draft: Draft) -> Iterator[Found]:
    """Find new grids with a code that was given before, and new codes that are out of order.

    Codes that the base version has are kept whatever their order: people know their grid by them.
    """
    ground = draft.ground
    new = draft.grids[~draft.grids.index.isin(list(ground.base))]
    known = {*ground.used, *ground.base, *draft.grids.index}
    for community, own in new.groupby(new.index.str[:COMMUNITY_DIGITS]):
        reused = [str(code) for code in own.index if code in ground.used]
        free = next_codes(str(community), len(reused), known) if reused else []
        for code, better in zip(reused, free, strict=True):
            fix = Fix("renumber", codes=((code, better),))
            yield _of_grid(draft, Kind.CODE_REUSED, code, 1, (fix,))
        ordered = own.index[reading_order(own)]
        wrong = ordered != np.sort(own.index)
        if wrong.any():
            pairs = zip(ordered[wrong], np.sort(own.index)[wrong], strict=True)
            fix = Fix("renumber", codes=tuple((str(old), str(new)) for old, new in pairs))
            codes = tuple(str(code) for code in ordered[wrong])
            place = shapely.multipoints(own[list(codes)].representative_point().to_numpy())
            kind = Kind.CODE_OUT_OF_ORDER
            yield Found(kind, codes, str(community), float(wrong.sum()), place, (fix,))


def _of_grid(draft: Draft, kind: Kind, code: str, figure: float, fixes: tuple[Fix, ...]) -> Found:
    place = draft.grids[code].representative_point()
    return Found(kind, (code,), code[:COMMUNITY_DIGITS], float(figure), place, fixes)
