"""Numbers in free text that name a person: identity cards and mobile phones."""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

#: What stands in lists, exports and for the public in place of such a number.
MASK = "***"

#: Signs and what they are read as, one for one, so that places in the text hold.
SIGNS = ("０１２３４５６７８９Ｘｘ－—–　＋", "0123456789Xx---" + " +")
_PLAIN = str.maketrans(*SIGNS)

# 18 digits, the last one a check digit or X: region 6, birth 8, order 3, check 1 (GB 11643).
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}[ -]?(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?"
    r"\d{3}[\dXx](?!\d)"
)
# Not the decimals of a coordinate, and not a part of a longer number: a grid's code has 15 digits.
_MOBILE = re.compile(
    r"(?<!\d)(?<!\d\.)(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}[ -]?\d{4}|\d[ -]\d{3}[ -]\d{4})"
    r"(?!\d)"
)
#: What a number may look like, in the words that Python and PostgreSQL read alike. An identity
#: number counts whatever its check digit, which no pattern can work out.
LOOKS = f"{_IDENTITY.pattern}|{_MOBILE.pattern}"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class Found(enum.StrEnum):
    """What a number is taken for."""

    IDENTITY = "identity"
    MOBILE = "mobile"


class Span(NamedTuple):
    """Where such a number stands: ``text[start:end]``."""

    start: int
    end: int
    kind: Found


def screen(text: str) -> list[Span]:
    """Find identity numbers and mobile numbers, in order of place.

    Full-width digits, spaces and hyphens between the usual groups are read too; numbers written
    in words are not. The report is never held up: the writer is warned, and lists show `masked`.

    Examples
    --------
    >>> screen("请打13812345678")
    [Span(start=2, end=13, kind=<Found.MOBILE: 'mobile'>)]
    >>> screen("网格520302001001001，电表号201403150022")
    []
    """
    read = plain(text)
    found = [
        Span(*hit.span(), Found.IDENTITY)
        for hit in _IDENTITY.finditer(read)
        if _check_digit_holds(hit[0])
    ]
    found += [Span(*hit.span(), Found.MOBILE) for hit in _MOBILE.finditer(read)]
    return sorted(found)


def masked(text: str) -> str:
    """Return the text with `MASK` in place of each such number.

    Examples
    --------
    >>> masked("请打13812345678，谢谢")
    '请打***，谢谢'
    """
    kept, place = [], 0
    for span in screen(text):
        if span.start >= place:
            kept += [text[place : span.start], MASK]
        place = max(place, span.end)
    return "".join([*kept, text[place:]])


def plain(text: str) -> str:
    """Return the text as `screen` reads it: full-width digits and hyphens as plain ones.

    Examples
    --------
    >>> plain("１３８－２")
    '138-2'
    """
    return text.translate(_PLAIN)


def _check_digit_holds(number: str) -> bool:
    """ISO 7064 MOD 11-2, as GB 11643 prescribes."""
    digits = number.replace(" ", "").replace("-", "").upper()
    total = sum(weight * int(sign) for weight, sign in zip(_WEIGHTS, digits, strict=False))
    return _CHECKS[total % 11] == digits[17]
