"""``gridsvc cards``: cards and posters of a whole division; and the worker's printing."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gridsvc.accounts.rules import Scope
from gridsvc.cards.orders import Print, work_part
from gridsvc.cards.rules import MOST_COPIES, CardKind, Paper, pages, parts
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput
from gridsvc.grids.queries import grids_on
from gridsvc.grids.rules import GridKind
from gridsvc.settings import Settings


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--in", "within", required=True, help="Code of a division or a grid.")
@click.option("--kind", type=click.Choice([one.value for one in CardKind]), default="contact")
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default="a4")
@click.option("--copies", type=click.IntRange(1, MOST_COPIES), default=1, help="Of each grid.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="The office's, if not given.")
@output.with_settings
def cards(
    settings: Settings,
    out: Path,
    within: str,
    kind: str,
    paper: str,
    copies: int,
    language: str | None,
) -> None:
    """Print cards or posters to OUT: a .zip with a PDF a community, or one .pdf of few grids.

    Ctrl+C leaves nothing behind.
    """
    if out.suffix not in (".pdf", ".zip"):
        raise BadInput(f"{out.name} must end in .pdf or .zip.", [out.name])
    if settings.public_url is None:
        output.note(
            "The cards have no code to scan: set GRIDSVC_PUBLIC_URL to the address at which phones"
            " reach this service."
        )
    wanted = Print(
        CardKind(kind),
        Paper(paper),
        copies,
        settings.public_url or "",
        language or settings.language,
    )
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        grids, files = _print(settings, wanted, within, draft, single=out.suffix == ".pdf")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    output.answer(
        f"Cards of {grids} grids in {files} PDF: {out}.", {"grids": grids, "files": files}
    )


def _print(
    settings: Settings, wanted: Print, within: str, draft: Path, *, single: bool
) -> tuple[int, int]:
    # The pages' templates and Pango: no other command needs them.
    from gridsvc.app import create_app
    from gridsvc.web.cards.printing import print_pdf

    engine = make_engine(settings)
    on = datetime.now(ZoneInfo(settings.time_zone)).date()
    with create_app(settings, engine).app_context(), session_factory(engine)() as session:
        frame = grids_on(session, Scope((within,)), on)
        codes = list(frame.index[frame["kind"] == GridKind.RESIDENTIAL])
        lots = parts(codes, pages(wanted.kind, wanted.copies))
        if not lots:
            raise BadInput(f"There is no grid in force under {within}.", [within])
        if single and len(lots) > 1:
            raise BadInput(f"{len(codes)} grids are too many for one PDF: name a .zip.", [within])
        if single:
            draft.write_bytes(print_pdf(session, wanted, lots[0], on))
            return len(codes), 1
        with zipfile.ZipFile(draft, "w") as packed, output.progress() as bar:
            task = bar.add_task("Printing grids", total=len(codes))
            for lot in lots:
                name = f"{lot[0][:12]}-{lot[0][12:]}-{lot[-1][12:]}.pdf"
                packed.writestr(name, print_pdf(session, wanted, lot, on))
                session.expunge_all()
                bar.advance(task, len(lot))
    return len(codes), len(lots)


@click.command("print-orders", hidden=True)
@click.option("--child-of", type=int, help="End when this process has ended.")
def print_orders(child_of: int | None) -> None:
    """Do the printings that wait, then end; a worker begins it, and gets its memory back."""
    _print_orders(child_of)


@output.with_settings
def _print_orders(settings: Settings, child_of: int | None) -> None:
    begun = time.monotonic()
    done = print_waiting(settings, lambda: child_of is None or os.getppid() == child_of)
    output.answer(f"{done} parts in {time.monotonic() - begun:.1f} s.", {"parts": done})


def print_waiting(settings: Settings, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Do the printings that wait, for as long as it may; return how many parts were set."""
    from gridsvc.app import create_app
    from gridsvc.web.cards.printing import setter

    engine = make_engine(settings)
    done = 0
    with create_app(settings, engine).app_context():
        while goes_on() and work_part(session_factory(engine), setter(settings), datetime.now(UTC)):
            done += 1
    engine.dispose()
    return done
