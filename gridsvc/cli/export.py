"""``gridsvc export``: a layer as a file for QGIS, a spreadsheet or a notebook."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from gridsvc.cli import output
from gridsvc.db import make_engine
from gridsvc.errors import BadInput
from gridsvc.geo.files.saving import save_layer
from gridsvc.reports.layers import Layer, layer_frame, plan_frame
from gridsvc.settings import Settings


@click.command()
@click.argument("layer", type=click.Choice([one.value for one in Layer]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="As of this day; default today.")
@click.option("--within", default="", help="Only this division or grid.")
@click.option("--plan", type=int, help="The grids of this draft instead of the published ones.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@output.with_settings
def export(
    settings: Settings,
    layer: str,
    file: Path,
    on: datetime | None,
    within: str,
    plan: int | None,
    overwrite: bool,
) -> None:
    """Write LAYER to FILE: .gpkg, .geojson, .shp, .csv, .xlsx or .parquet.

    The file is written whole or not at all. What anybody may read of cases is all that
    incidents hold.
    """
    if plan is not None and (layer != Layer.GRIDS or on or within):
        raise BadInput("--plan goes with the layer grids, without --on and --within.")
    day = (on or datetime.now(ZoneInfo(settings.time_zone))).date()
    with output.progress() as bar:
        task = bar.add_task(f"Reading {layer}", total=None)
        with Session(make_engine(settings)) as session:
            if plan is None:
                frame = layer_frame(session, Layer(layer), day, within)
            else:
                frame = plan_frame(session, plan)
        bar.update(task, description=f"Writing {len(frame):,} rows to {file.name}")
        save_layer(frame, file, layer, overwrite)
    facts = {"layer": layer, "file": str(file), "rows": len(frame), "plan": plan}
    facts |= {} if plan else {"on": day, "within": within}
    output.answer(f"{len(frame):,} {layer} written to {file}.", facts)
