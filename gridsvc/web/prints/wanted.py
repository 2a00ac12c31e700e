"""Which print of a page its address asks for: ``format``, ``paper``, ``scale`` and ``dpi``."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

from flask import Response, request
from flask_babel import gettext, lazy_gettext

from gridsvc.errors import BadInput, NotReady
from gridsvc.web import asked, pdf


class Form(StrEnum):
    """What the print is written as; only charts are drawn as SVG."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


class Paper(StrEnum):
    """How large it is."""

    A4 = "a4"
    A3 = "a3"
    SLIDE = "slide"


#: Width and height in mm; a slide is the 16:9 of presentation programs, 13.333 by 7.5 inches.
SIZES_MM = {Paper.A4: (297.0, 210.0), Paper.A3: (420.0, 297.0), Paper.SLIDE: (338.67, 190.5)}
PAPERS = {
    Paper.A4: lazy_gettext("A4, landscape"),
    Paper.A3: lazy_gettext("A3, landscape"),
    Paper.SLIDE: lazy_gettext("slide, 16:9"),
}
#: Offered for a ruler; ``fit`` takes the largest round one at which everything is on the paper. The
#: last is the smallest that a sheet is laid out at: whatever fits at all has one of these.
OFFERED_SCALES = (1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 400_000)
_SCALES = (100, 10_000_000)
DPIS = (150, 300)
_ONE_AT_A_TIME, _PATIENCE_S = threading.Lock(), 15.0
_MIMETYPES = {Form.PDF: "application/pdf", Form.PNG: "image/png", Form.SVG: "image/svg+xml"}


@dataclass(frozen=True)
class Wanted:
    """A print that was asked for; ``scale`` is ``None`` for whatever fits."""

    form: Form
    paper: Paper
    scale: int | None
    dpi: int

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper."""
        return SIZES_MM[self.paper]


def wanted(*, svg: bool = False) -> Wanted | None:
    """Read from the address which print is asked for; ``None`` is the page on screen.

    Raises
    ------
    BadInput
        A word or number that is none of those offered.
    """
    form = asked.one_of("format", Form)
    if form is None:
        return None
    if form is Form.SVG and not svg:
        raise BadInput(gettext("A map is printed as pdf or png."), ["format"])
    dpi = asked.whole_number("dpi", DPIS[0], *DPIS)
    return Wanted(form, asked.one_of("paper", Paper) or Paper.A4, _scale(), dpi)


def answer(page: str, print_: Wanted, name: str) -> Response:
    """Answer a complete page of HTML as the PDF or picture that was asked for.

    ``name`` is the file's, without its ending, in letters that every system knows.

    Raises
    ------
    NotReady
        This process has been printing for others all the while.
    """
    # Else a few A3 at a time would hold every thread, and 150 MB each.
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE_S):
        raise NotReady(gettext("Others are printing just now: try again in a moment."))
    try:
        made = pdf.paper(page)
        if print_.form is Form.PNG:
            made = pdf.picture(made, print_.dpi)
    finally:
        _ONE_AT_A_TIME.release()
    return file(made, print_.form, name)


def file(body: bytes, form: Form, name: str) -> Response:
    """Answer a file under its name."""
    found = Response(body, mimetype=_MIMETYPES[form])
    found.headers["Content-Disposition"] = f'inline; filename="{name}.{form.value}"'
    return found


def kept() -> list[tuple[str, str]]:
    """Return what the address asks beside the print, for a form that asks for a print of it."""
    own = ("format", "paper", "scale", "dpi", "page", "chart")
    return [(name, text) for name, text in request.args.items() if name not in own]


def _scale() -> int | None:
    text = request.args.get("scale", "").strip()
    return None if text in ("", "fit") else asked.whole_number("scale", 0, *_SCALES)
