"""Paper as a PDF with its fonts inside; nothing is fetched, from this host or another."""

from __future__ import annotations

import io
from typing import Any

from gridsvc.errors import NotReady

# PDF measures in points: so many are an inch.
_POINTS = 72


def paper(html: str) -> bytes:
    """Set a page of ours as a PDF.

    Parameters
    ----------
    html : str
        Complete, with its style and drawings in it; ``@page`` says the size.

    Raises
    ------
    NotReady
        The system's Pango, which sets the type, is not installed.
    """
    return bytes(typeset(html).write_pdf())


def typeset(html: str) -> Any:
    """Set a page of ours, as `paper` does, but leave the pages unwritten, to be counted first.

    Raises
    ------
    NotReady
        The system's Pango, which sets the type, is not installed.
    """
    # Loading it takes half a second and 40 MB: only a process that prints pays for it.
    try:
        from weasyprint import HTML
    except OSError as fault:
        raise NotReady(
            "PDF needs the system's Pango: install libpangoft2-1.0-0, or take the workbook."
        ) from fault
    return HTML(string=html, url_fetcher=_nothing).render()


def picture(document: bytes, dpi: int) -> bytes:
    """Draw the first page of a PDF as a PNG of so many dots per inch, its size written into it.

    Not to be called by two threads at once: the library is not made for them.
    """
    import pypdfium2

    packed = io.BytesIO()
    with pypdfium2.PdfDocument(document) as opened:
        drawn = opened[0].render(scale=dpi / _POINTS).to_pil().convert("RGB")
        drawn.save(packed, "PNG", dpi=(dpi, dpi))
    return packed.getvalue()


def _nothing(url: str, *_args: Any, **_more: Any) -> Any:
    raise ValueError(f"a printed page holds all that it shows: {url[:40]}")
