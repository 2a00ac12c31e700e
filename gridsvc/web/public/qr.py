"""An address as a QR code, drawn as one path."""

from __future__ import annotations

import re
from dataclasses import dataclass

import segno


@dataclass(frozen=True)
class Code:
    """A QR code: modules a side, the quiet zone of four included, and the dark ones as a path."""

    side: int
    path: str


def code_of(address: str) -> Code:
    """Write an address as a QR code that stands a smudge of 15 % (level M).

    Parameters
    ----------
    address : str
        As short as it can be: every further sign makes the modules smaller.
    """
    quiet = 4  # ISO/IEC 18004: readers look for that much light around it
    rows = segno.make_qr(address, error="m").matrix
    runs = [
        f"M{run.start() + quiet} {line + quiet}h{len(run[0])}v1h-{len(run[0])}z"
        for line, row in enumerate(rows)
        for run in re.finditer(b"\x01+", bytes(row))
    ]
    return Code(len(rows) + 2 * quiet, "".join(runs))
