"""One cell of a sheet as what it stands for, or why it cannot be that."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Any

from gridsvc.staffing.rules import Post, Source

_SHORTENED = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_CODE = re.compile(r"[\w-]{1,40}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,22}[0-9]")
#: Day 1 of Excel is 1 January 1900; it counts a 29 February 1900 that never was.
_EXCEL_BEGINS = date(1899, 12, 30)
_YEARS = range(1990, 2200)


class Wrong(Exception):
    """A cell is not what its column asks for; ``reason`` is a key of `words.FAULTS`."""

    def __init__(self, reason: str, text: Any) -> None:
        super().__init__(reason)
        self.reason, self.text = reason, str(text)[:40]


def text_of(value: Any) -> str:
    """Return a cell as text, full-width signs made narrow, a whole number without its point.

    Examples
    --------
    >>> text_of(520398001003014.0), text_of(" Ｔ１ ")
    ('520398001003014', 'T1')
    """
    if isinstance(value, dict):
        return str(value["date"])
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def grid_code(value: Any) -> str:
    """Return a cell as 15 digits."""
    text = text_of(value)
    if _SHORTENED.fullmatch(text):
        raise Wrong("shortened", text)
    if not re.fullmatch(r"[0-9]{15}", text):
        raise Wrong("bad_grid", text)
    return text


def code(value: Any) -> str:
    """Return a cell as the code of a team or branch."""
    text = text_of(value)
    if _SHORTENED.fullmatch(text):
        raise Wrong("shortened", text)
    if not _CODE.fullmatch(text):
        raise Wrong("bad_code", text)
    return text


def phone(value: Any) -> str:
    """Return a cell as a phone number.

    A number that ends in five zeros was typed again from “1.39E+10”; one that is no mobile number
    has lost the 0 of its area.

    Examples
    --------
    >>> phone("０８５１-28121001"), phone(13985201234)
    ('0851-28121001', '13985201234')
    """
    text = text_of(value)
    number = isinstance(value, int | float)
    if _SHORTENED.fullmatch(text) or (number and text.endswith("00000")):
        raise Wrong("shortened", f"{float(text):.2E}" if number else text)
    if number and not re.fullmatch(r"1[0-9]{10}", text):
        raise Wrong("lost_zero", text)
    if not _PHONE.fullmatch(text):
        raise Wrong("bad_phone", text)
    return text


def day(value: Any) -> date:
    """Return a cell as a date: a date, a day of Excel's, or text with the year first.

    Examples
    --------
    >>> [day(one).isoformat() for one in ("2026/3/1", "2026年3月1日", "20260301", 46082)]
    ['2026-03-01', '2026-03-01', '2026-03-01', '2026-03-01']
    """
    text = text_of(value)
    if isinstance(value, int | float) and 32874 <= value < 110_000:
        return _EXCEL_BEGINS + timedelta(int(value))
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}", text):
        raise Wrong("unsure_date", text)
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?( 00:00:00)?", text)
    parts = parts or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        found = date(*(int(one) for one in parts.groups()[:3])) if parts else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise Wrong("bad_date", text)
    return found


def count(value: Any) -> int:
    """Return a cell as a number of members."""
    text = text_of(value)
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise Wrong("bad_members", text)
    return int(text)


_POSTS = {
    **{one.value: one for one in Post},
    **dict.fromkeys(("组长", "队长", "负责人", "网格长"), Post.LEADER),
    **dict.fromkeys(("副组长", "副队长", "副网格长"), Post.DEPUTY),
    **dict.fromkeys(("成员", "组员", "队员"), Post.MEMBER),
}
_SOURCES = {
    **{one.value: one for one in Source},
    "街道干部": Source.SUBDISTRICT_CADRE,
    "社区干部": Source.COMMUNITY_CADRE,
    "社区民警": Source.COMMUNITY_POLICE,
    **dict.fromkeys(("村民组长", "村(居)民组长"), Source.VILLAGER_GROUP_HEAD),
    "志愿者": Source.VOLUNTEER,
    "驻区单位": Source.RESIDENT_UNIT,
}
_YES, _NO = frozenset(("是", "yes", "y", "1", "true")), frozenset(("否", "no", "n", "0", "false"))


def post(value: Any) -> Post:
    """Return a cell as a post."""
    text = text_of(value)
    if (found := _POSTS.get(text.lower())) is None:
        raise Wrong("bad_post", text)
    return found


def source(value: Any) -> Source:
    """Return a cell as where a holder is drawn from, by its name or as the page says it."""
    text = text_of(value)
    if (found := _SOURCES.get(re.sub("[ -]", "_", text.lower()))) is None:
        raise Wrong("bad_source", text)
    return found


def post_count(value: Any) -> int:
    """Return a cell as a number of posts."""
    text = text_of(value)
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 50:
        raise Wrong("bad_posts", text)
    return int(text)


def yes(value: Any) -> bool:
    """Return a cell as yes or no."""
    text = text_of(value).lower()
    if text not in _YES | _NO:
        raise Wrong("bad_offered", text)
    return text in _YES
