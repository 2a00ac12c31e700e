"""The source of holidays, day by day, against the notices of the State Council's General Office.

2025: 国办发明电〔2024〕12号 of 12 November 2024; 2026: the notice of 4 November 2025. Both typed
off as Xinhua published them (m.gmw.cn/2024-11/12/content_1303894933.htm,
politics.gmw.cn/2025-11/04/content_38391083.htm), not taken from the package.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gridsvc.calendars.queries import _national, known_until
from gridsvc.calendars.rules import Calendar

#: Year → (first, last) of every holiday as the notice has it, and the weekend days that are worked.
NOTICES = {
    2025: (
        [
            ((1, 1), (1, 1)), ((1, 28), (2, 4)), ((4, 4), (4, 6)), ((5, 1), (5, 5)),
            ((5, 31), (6, 2)), ((10, 1), (10, 8)),
        ],
        [(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
    ),
    2026: (
        [
            ((1, 1), (1, 3)), ((2, 15), (2, 23)), ((4, 4), (4, 6)), ((5, 1), (5, 5)),
            ((6, 19), (6, 21)), ((9, 25), (9, 27)), ((10, 1), (10, 7)),
        ],
        [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
    ),
}  # fmt: skip
#: Days off that the notices state: 1 + 8 + 3 + 5 + 3 + 8, and 3 + 9 + 3 + 5 + 3 + 3 + 7.
DAYS_OFF = {2025: 28, 2026: 33}


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_the_year_is_worked_or_not_as_the_notice_says(year: int) -> None:
    holidays, made_up = NOTICES[year]
    off: set[date] = set()
    for first, last in holidays:
        start, end = date(year, *first), date(year, *last)
        off |= {start + timedelta(n) for n in range((end - start).days + 1)}
    assert len(off) == DAYS_OFF[year]
    worked = {date(year, *day) for day in made_up}
    assert {day.weekday() for day in worked} <= {5, 6}
    calendar = Calendar(_national(), known_until())
    day = date(year, 1, 1)
    while day.year == year:
        expected = day in worked or (day not in off and day.weekday() < 5)
        assert calendar.is_worked(day) is expected, day
        day += timedelta(1)
