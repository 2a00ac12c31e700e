"""The shipped table of festivals, against the sky and against the holidays of the State Council.

GB/T 33661-2017: a lunar month begins on the day of the new moon in Beijing, and a solar term is
the day on which the sun's longitude reaches it. New moons and longitudes by J. Meeus, Astronomical
Algorithms (1998), chapters 49 and 25; within two minutes of the tables, and no new moon of these
years lies nearer to midnight than that. Node's ICU 78 was asked too: it agrees but for the new
moons of 6 February 2027, 23:56, and 3 February 2030, 00:07, which it puts a day off.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import radians, sin

import pytest
from chinese_calendar.constants import holidays

from gridsvc.calendars.festivals import _national

BEIJING = timedelta(hours=8)
DELTA_T = timedelta(seconds=72)
EPOCH = datetime(2000, 1, 1, 12)
#: Festival → its day of the lunar month.
LUNAR = {"春节": 1, "元宵节": 15, "端午节": 5, "中秋节": 15, "重阳节": 9, "腊八节": 8}
SOLAR = {"清明节": 15, "冬至": 270}
OFFICIAL = {"元旦": "New Year's Day", "春节": "Spring Festival", "清明节": "Tomb-sweeping Day",
            "劳动节": "Labour Day", "端午节": "Dragon Boat Festival",
            "中秋节": "Mid-autumn Festival", "国庆节": "National Day"}  # fmt: skip


def new_moon(k: int) -> datetime:
    """The k-th new moon since 2000 (Meeus 49), Beijing time."""
    t = k / 1236.85
    sun, moon, node = (
        radians(part)
        for part in (
            2.5534 + 29.10535670 * k,
            201.5643 + 385.81693528 * k + 0.0107582 * t * t,
            160.7108 + 390.67050284 * k - 0.0016118 * t * t,
        )
    )
    days = 2451550.09766 - 2451545 + 29.530588861 * k + 0.00015437 * t * t
    for size, s, m, f in (
        (-0.40720, 0, 1, 0), (0.17241, 1, 0, 0), (0.01608, 0, 2, 0), (0.01039, 0, 0, 2),
        (0.00739, -1, 1, 0), (-0.00514, 1, 1, 0), (0.00208, 2, 0, 0), (-0.00111, 0, 1, -2),
        (-0.00057, 0, 1, 2), (0.00056, 1, 2, 0), (-0.00042, 0, 3, 0), (0.00042, 1, 0, 2),
        (0.00038, 1, 0, -2), (-0.00024, -1, 2, 0),
    ):  # fmt: skip
        days += size * sin(s * sun + m * moon + f * node)
    days -= 0.00017 * sin(radians(124.7746 - 1.56375588 * k))
    days += 0.000325 * sin(radians(299.77 + 0.107408 * k - 0.009173 * t * t))
    return EPOCH + timedelta(days=days) - DELTA_T + BEIJING


def longitude(at: datetime) -> float:
    """The sun's apparent longitude in degrees at a time of Beijing (Meeus 25)."""
    t = (at - BEIJING + DELTA_T - EPOCH) / timedelta(days=36525)
    m = radians(357.52911 + 35999.05029 * t)
    centre = 1.914602 * sin(m) + 0.019993 * sin(2 * m) + 0.000289 * sin(3 * m)
    mean = 280.46646 + 36000.76983 * t
    return (mean + centre - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360


def days_of(name: str) -> list[date]:
    found = [one.day for one in _national() if one.name == name]
    assert [one.year for one in found] == list(range(2024, 2031))
    return found


@pytest.mark.parametrize(("name", "number"), LUNAR.items())
def test_a_lunar_festival_lies_so_many_days_after_the_new_moon_of_beijing(name, number) -> None:
    moons = {new_moon(k).date() for k in range(290, 390)}
    for day in days_of(name):
        assert day - timedelta(number - 1) in moons, day


def test_the_year_begins_with_the_second_new_moon_after_the_winter_solstice() -> None:
    # Not in a year after a leap eleventh or twelfth month, of which there is none until 2033.
    moons = sorted(new_moon(k).date() for k in range(290, 390))
    for spring, eve, solstice in zip(
        days_of("春节")[1:], days_of("除夕")[1:], days_of("冬至"), strict=False
    ):
        assert spring == [one for one in moons if one > solstice][1]
        assert eve == spring - timedelta(1)


@pytest.mark.parametrize(("name", "degrees"), SOLAR.items())
def test_a_solar_term_is_the_day_on_which_the_sun_comes_there(name, degrees) -> None:
    for day in days_of(name):
        midnight = datetime(day.year, day.month, day.day)
        before, after = longitude(midnight), longitude(midnight + timedelta(1))
        assert before < degrees <= after, day


@pytest.mark.parametrize(("name", "official"), OFFICIAL.items())
def test_every_festival_with_days_off_is_one_of_them_as_far_as_they_are_published(
    name, official
) -> None:
    told = [day for day in days_of(name) if day.year <= max(holidays).year]
    assert {holidays[day] for day in told} == {official}
    assert len(told) >= 3
