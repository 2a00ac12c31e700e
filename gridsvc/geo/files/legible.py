"""Text that was read in the wrong encoding, recognised before it is stored."""

from __future__ import annotations

import codecs
import re

import pandas as pd

from gridsvc.errors import BadInput

# Honest layers have some tens. A table has every field in every row, so that rows with a field of
# their own each would take the square of their number.
MOST_FIELDS = 1000

# Control characters (but tab and line ends), halves of surrogate pairs, which JSON can hold and
# UTF-8 cannot, and U+FFFD are never meant. Four Latin-1 letters
# beyond ASCII in a row are two Chinese characters of GBK; no European word has four.
_GARBLED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]|[\xa0-\xff]{4}")


def known_encoding(encoding: str | None) -> str | None:
    """Let the name of an encoding pass, or raise `BadInput` where there is none of that name."""
    try:
        return encoding and codecs.lookup(encoding).name
    except LookupError as fault:
        raise BadInput(f"There is no encoding {encoding!r}: try gb18030 or utf-8.") from fault


def require_few_fields(count: int, name: str) -> None:
    """Refuse, with `BadInput`, a file of more than `MOST_FIELDS` fields before a table is made."""
    if count > MOST_FIELDS:
        raise BadInput(f"{name} has {count} fields, of {MOST_FIELDS} at most: leave some out.")


def require_legible(frame: pd.DataFrame, name: str) -> None:
    """Refuse a table whose field names or texts show signs of the wrong encoding.

    Parameters
    ----------
    frame : DataFrame
        Any table; only columns of text are looked at.
    name : str
        The file, for the message.

    Raises
    ------
    BadInput
        The first garbled text, its row and field, and what to do.
    """
    for field in frame.columns:
        if _GARBLED.search(str(field)):
            raise BadInput(f"{name}: a field is called {field!r}; {_REMEDY}")
        if not pd.api.types.is_string_dtype(frame[field].dtype):
            continue
        texts = frame[field].dropna()
        garbled = texts.astype(str).str.contains(_GARBLED).astype(bool)
        if garbled.any():
            row = garbled.idxmax()
            raise BadInput(f"{name}: row {row}, field {field} reads {texts[row]!r}; {_REMEDY}")


_REMEDY = (
    "the text is in another encoding: give it with --encoding (gb18030 is usual in China, "
    "utf-8 elsewhere)."
)
