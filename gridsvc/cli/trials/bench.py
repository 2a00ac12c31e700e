"""``gridsvc bench``: measure beside others, from a source checkout."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from gridsvc.cli import output
from gridsvc.errors import NotReady

CHECKOUT = Path(__file__).parents[3]
BENCHMARKS = ("propose", "friday", "edits")


@click.command()
@click.argument("name", type=click.Choice(BENCHMARKS), default="propose")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the cities' files; only made streets without it.",
)
@click.option("--slow", is_flag=True, help="Also the methods that take minutes.")
def bench(name: str, data: Path | None, slow: bool) -> None:
    """Measure a part of the service beside other programs that do the same."""
    if not (CHECKOUT / "benchmarks" / f"{name}.py").exists():
        raise NotReady("Benchmarks come with the source, not with the package: use a checkout.")
    sys.path.insert(0, str(CHECKOUT))
    table = importlib.import_module(f"benchmarks.{name}").run(data, slow, output.note)
    output.answer(table.to_string(index=False), {"rows": table.to_dict("records")})
