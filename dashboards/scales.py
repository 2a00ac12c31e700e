"""Classes with fixed bounds, so that two days, two maps and two languages can be compared."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

Reading = Literal[
    "attention",
    "households",
    "staffing",
    "visits",
    "per_100_households",
    "hot_spots",
    "zones",
]

NO_DATA, MASKED = -1, -2
OUT_OF_RANGE, FUNCTIONAL = 1, 2  # flags, added up

#: Open cases per 100 households from which work is said to pile up.
PILE = 4

# One hue a scale, evenly spaced in lightness so that black-and-white prints keep the order;
# at night the order turns: the more, the brighter.
_TEAL = ("#e2efec", "#b4d8d1", "#7dbab2", "#43938e", "#0f6b6b")
_TEAL_NIGHT = ("#1b3133", "#22494a", "#2f6d6b", "#4f9c96", "#8fd3cb")
_ORANGE = ("#f6f0e8", "#fad9b8", "#f2b077", "#dc7f33", "#a04a08")
_ORANGE_NIGHT = ("#25221f", "#4f3821", "#865728", "#c47e33", "#f6ba74")


@dataclass(frozen=True)
class Step:
    """One class.

    Attributes
    ----------
    label : str
        Bounds in figures, or the key of a text.
    colour, night : str
        Fill by day and in dark mode.
    crossed : bool
        Drawn with a cross-hatch too: for what must be seen without colour.
    """

    label: str
    colour: str
    night: str
    crossed: bool = False


@dataclass(frozen=True)
class Scale:
    """How one reading is cut into classes.

    Attributes
    ----------
    reading : str
        Key of the title among the texts.
    bounds : tuple of float
        Lower bounds of the second class and those after it; a value on a bound is in the upper
        class.
    steps : tuple of Step
        One more than bounds.
    target : int, optional
        The class from which a target is met; the legend marks its lower bound.
    """

    reading: Reading
    bounds: tuple[float, ...]
    steps: tuple[Step, ...]
    target: int | None = None

    def classify(self, value: float | None, *, masked: bool = False) -> int:
        """Give the class of a value.

        Parameters
        ----------
        value : float or None
            In the reading's unit (docs/maps.md); None or NaN is no data.
        masked : bool
            The value may not be shown.

        Returns
        -------
        int
            Index into ``steps``, or ``NO_DATA``, ``MASKED``.
        """
        if masked:
            return MASKED
        if value is None or math.isnan(value):
            return NO_DATA
        return bisect_right(self.bounds, value)


def _steps(
    labels: tuple[str, ...], day: tuple[str, ...], night: tuple[str, ...]
) -> tuple[Step, ...]:
    return tuple(Step(*three) for three in zip(labels, day, night, strict=True))


SCALES: dict[str, Scale] = {
    # A grid is meant to hold 100 to 300 households; where a subdistrict has another range the
    # outline, not the class, says that the grid is outside it. 301: the upper end is still in.
    "households": Scale(
        "households",
        (100, 150, 200, 301),
        _steps(("< 100", "100–149", "150–199", "200–300", "> 300"), _TEAL, _TEAL_NIGHT),
    ),
    "staffing": Scale(
        "staffing",
        (1, 2, 3),
        (
            Step("staffing.0", "#b3261e", "#e0655d", crossed=True),
            Step("staffing.1", "#d9942e", "#d19a45"),
            Step("staffing.2", "#ecd08f", "#6b5b34"),
            Step("staffing.3", "#d3e6e2", "#23403f"),
        ),
    ),
    # The start page's map: each grid shows the most urgent of its wants alone. Work keeps the
    # orange of open cases, absence is grey, and red stays for nobody in charge.
    "attention": Scale(
        "attention",
        (1, 2, 3),
        (
            Step("attention.0", "#b3261e", "#ef7d74", crossed=True),
            Step("attention.1", "#dc7f33", "#c47e33"),
            Step("attention.2", "#aab6c1", "#67798a"),
            Step("attention.3", "#e9eee7", "#20302f"),
        ),
    ),
    # 0.8 is the target of the visit campaign.
    "visits": Scale(
        "visits",
        (0.2, 0.4, 0.6, 0.8),
        _steps(("0–19 %", "20–39 %", "40–59 %", "60–79 %", "80–100 %"), _TEAL, _TEAL_NIGHT),
        target=4,
    ),
    # Half of the households is where the work of finding contacts is under way; all is the aim.
    "zones": Scale(
        "zones",
        (1e-9, 0.5, 0.8, 1.0),
        _steps(("0 %", "1–49 %", "50–79 %", "80–99 %", "100 %"), _TEAL, _TEAL_NIGHT),
    ),
    # In a quiet district about one case is open per 100 households; 4 is a pile.
    "per_100_households": Scale(
        "per_100_households",
        (1e-9, 1, 2, PILE),
        _steps(("0", "< 1", "1–2", "2–4", "≥ 4"), _ORANGE, _ORANGE_NIGHT),
    ),
    # The orange of open work: what is hot now is dark and outlined, what has cooled pale.
    "hot_spots": Scale(
        "hot_spots",
        (1, 2, 3),
        _steps(
            tuple(f"hot_spots.{step}" for step in range(4)),
            (_ORANGE[0], _ORANGE[1], _ORANGE[3], _ORANGE[4]),
            (_ORANGE_NIGHT[0], _ORANGE_NIGHT[1], _ORANGE_NIGHT[3], _ORANGE_NIGHT[4]),
        ),
    ),
}
