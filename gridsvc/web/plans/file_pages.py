"""A layer drawn in QGIS or CAD, laid over a draft: first what it would change, then the step."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import shapely
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.utils import secure_filename

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, GridsvcError, NotSignedIn
from gridsvc.geo.crs import STORAGE, to_storage
from gridsvc.geo.datum import Datum, shift
from gridsvc.geo.redrawing.cad import read_dxf
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.plans import queries
from gridsvc.plans.intake import Laid, drawing, lay_over
from gridsvc.plans.models import Plan
from gridsvc.web.languages import listed
from gridsvc.web.plans import desk_names
from gridsvc.web.plans.refused_words import in_words

blueprint = Blueprint("plan_file", __name__)

#: A street's grids as a shapefile have a tenth of it.
FILE_LIMIT = 12 * 2**20
KINDS = {".gpkg", ".geojson", ".json", ".zip", ".dxf"}
DATUMS = {
    Datum.CGCS2000: "CGCS2000", Datum.WGS84: "WGS 84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09",
}  # fmt: skip
STATUSES = {
    "changed": lazy_gettext("changed"),
    "new": lazy_gettext("newly made"),
    "retired": lazy_gettext("ends"),
}
_ADDRESS = "/plans/<int(max=2147483647):number>/file"


@blueprint.get(_ADDRESS)
@requires(Permission.EDIT_PLANS)
def page(number: int) -> str:
    """Ask for a file; of one that a newer map displaced show what it changes now."""
    plan, again = _plan(number), request.args.get("again", 0, type=int)
    if not again:
        return _page(plan)
    try:
        name, drawn = drawing(edge.session(), plan, again)
        laid = lay_over(edge.session(), plan, _viewer(), drawn, name, edge.now(), dry_run=True)
    except GridsvcError as refusal:
        return _page(plan, fault=refusal)
    return _page(plan, laid=laid, kept=_as_text(name, drawn), again=again)


@blueprint.post(_ADDRESS)
@requires(Permission.EDIT_PLANS)
def take(number: int) -> Response:
    """Show what a file would change; with ``sure`` make it a step of the draft."""
    request.max_content_length = request.max_form_memory_size = FILE_LIMIT
    plan, sure = _plan(number, lock=True), "sure" in request.form
    seen = request.form.get("seen", plan.log_number, type=int)
    again = request.form.get("again", type=int)
    try:
        name, drawn = _kept() if sure else _sent()
        laid = lay_over(
            edge.session(), plan, _viewer(), drawn, name, edge.now(), seen=seen, redoes=again,
            dry_run=not sure,
        )  # fmt: skip
    except GridsvcError as refusal:
        edge.session().rollback()
        return make_response(_page(_plan(number), fault=refusal), 400)
    if not sure:
        return make_response(_page(plan, laid=laid, kept=_as_text(name, drawn)))
    edge.session().commit()
    return make_response(redirect(url_for("plan_pages.desk", number=number), 303))


def _page(
    plan: Plan,
    *,
    laid: Laid | None = None,
    kept: str = "",
    fault: GridsvcError | None = None,
    again: int = 0,
) -> str:
    changes = laid.report.changes if laid else None
    return render_template(
        "plans/plan_file.html",
        plan=plan,
        datums=DATUMS,
        kinds=sorted(KINDS),
        laid=laid,
        kept=kept,
        again=again,
        rows=[] if changes is None else changes[changes["status"] != "same"].reset_index(),
        statuses=STATUSES,
        names=desk_names.names(edge.session(), plan.scope_code)["grids"] if laid else {},
        fault=in_words(fault.message) if fault else "",
        place=fault.place if fault else None,
    )


def _sent() -> tuple[str, gpd.GeoDataFrame]:
    """Read the file that was sent, in EPSG:4326."""
    sent, asked = request.files.get("file"), request.form
    name = secure_filename(sent.filename or "") if sent else ""
    suffix = Path(name).suffix.lower() or f".{name.lower()}"
    if sent is None or suffix not in KINDS:
        kinds = listed(sorted(KINDS))
        raise BadInput(gettext("Choose a file of one of these kinds: %(kinds)s.", kinds=kinds))
    datum = Datum(asked.get("datum", "")) if asked.get("datum", "") in set(Datum) else Datum.WGS84
    layer = asked.get("layer", "").strip() or None
    with TemporaryDirectory() as folder:
        path = Path(folder) / (name if Path(name).suffix else f"drawn{suffix}")
        sent.save(path)
        if suffix != ".dxf":
            fields = Fields(code=asked.get("code_field", "").strip() or None)
            return sent.filename or name, read_rows(path, fields, datum=datum, layer=layer).frame
        crs = asked.get("crs", "").strip()
        if not crs:
            raise BadInput(gettext("A DXF file does not say its projection: write it down."))
        return sent.filename or name, shift(to_storage(read_dxf(path, crs, layer)), datum)


def _as_text(name: str, drawn: gpd.GeoDataFrame) -> str:
    """Give a drawing as text, exactly: what was looked at is what is laid."""
    codes = drawn["code"].astype(object).where(drawn["code"].notna(), None)
    rows = [list(row) for row in zip(codes, shapely.to_wkb(drawn.geometry, hex=True), strict=True)]
    return json.dumps({"name": name, "rows": rows}, ensure_ascii=False)


def _kept() -> tuple[str, gpd.GeoDataFrame]:
    try:
        kept = json.loads(request.form.get("kept", ""))
        codes, shapes = zip(*kept["rows"], strict=True)
        geometry = shapely.from_wkb(list(shapes))
        frame = gpd.GeoDataFrame({"code": list(codes)}, geometry=geometry, crs=STORAGE)
        return str(kept["name"])[:200], frame.set_axis(range(1, len(frame) + 1)).rename_axis("row")
    except (ValueError, TypeError, KeyError, shapely.errors.ShapelyError):
        raise BadInput(gettext("The drawing was lost on the way: send the file again.")) from None


def _plan(number: int, *, lock: bool = False) -> Plan:
    return queries.plan_for(edge.session(), number, edge.sight().full, lock=lock)


def _viewer() -> UserAccount:
    viewer: Any = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
