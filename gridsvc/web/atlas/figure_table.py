"""A reading of the territory as lines of a table, classed, and as the document of a map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboards.scales import MASKED, NO_DATA, OUT_OF_RANGE, SCALES

CoverageKind = Literal["households", "staffing", "visits"]
Reading = Literal[
    "attention",
    "households",
    "staffing",
    "visits",
    "per_100_households",
    "hot_spots",
    "zones",
]

_COLUMNS = ["code", "name", "class", "value", "num", "den", "flags"]


@dataclass(frozen=True)
class Row:
    """A line of the table beside a map.

    ``step`` is the class, negative for no data and masked; ``value``, ``num`` and ``den`` are as
    docs/maps.md has them, ``flags`` a sum of outside its range (1) and functional (2).
    """

    code: str
    name: str
    step: int
    value: float | None
    num: int | None
    den: int | None
    flags: int


@dataclass(frozen=True)
class Figures:
    """One reading of the territory of a day, as one viewer may see it.

    Attributes
    ----------
    grids, areas : DataFrame
        Index ``code``, sorted; columns ``name``, ``class``, ``value``, ``num``, ``den``,
        ``flags`` (NaN where the document has null).
    total : dict
        ``value``, ``num``, ``den`` of the heading.
    """

    reading: Reading
    on: date
    v: int
    as_of: datetime
    grids: pd.DataFrame
    areas: pd.DataFrame
    total: dict[str, float | None]

    def document(self) -> dict[str, Any]:
        """Give the answer that the browser fetches, without its instant."""
        return {
            "on": self.on.isoformat(),
            "v": self.v,
            "total": self.total,
            "grids": _columns(self.grids),
            "areas": _columns(self.areas),
        }

    def rows(self, limit: int | None = None) -> list[Row]:
        """Give the grids as lines of a table, those that most need a person first.

        Nobody in charge before vacancies, outside the range before inside, little visited before
        much, many open cases before few; what is not known or not shown comes last.
        """
        ordered = self.grids.assign(worst=_worst(self.reading, self.grids)).sort_values(
            ["worst", "code"], na_position="last"
        )
        return [_row(*line) for line in ordered[:limit][_COLUMNS[1:]].itertuples()]

    def row(self, code: str) -> Row | None:
        """Give the line of one grid or one area, or ``None``."""
        for frame in (self.grids, self.areas):
            if code in frame.index:
                return _row(code, *frame.loc[code, _COLUMNS[1:]])
        return None


def classed(reading: Reading, frame: pd.DataFrame) -> pd.DataFrame:
    """Put each line into its class of the map's scale; what is masked shows no figure."""
    masked = frame["masked"].to_numpy(bool)
    value = frame["value"].to_numpy(float)
    step = np.searchsorted(SCALES[reading].bounds, value, side="right")
    step[np.isnan(value)] = NO_DATA
    step[masked] = MASKED
    shown_frame = frame.assign(**{"class": step, "value": np.round(value, 4)})
    shown_frame.loc[masked, ["value", "num"]] = np.nan
    shown_frame.index.name = "code"
    return shown_frame[_COLUMNS[1:]]


def _worst(reading: Reading, grids: pd.DataFrame) -> NDArray[np.float64]:
    value = grids["value"].to_numpy(float)
    if reading == "households":
        return -(grids["flags"].to_numpy(int) & OUT_OF_RANGE) * 1e9 - value
    return -value if reading in ("per_100_households", "hot_spots") else value


def _row(code: str, name: str, step: int, value: float, num: float, den: float, flags: int) -> Row:
    whole = [None if pd.isna(n) else int(n) for n in (num, den)]
    return Row(code, name, int(step), number(value, 4), whole[0], whole[1], int(flags))


def number(value: float, digits: int = 0) -> float | None:
    """Return a figure as the document has it: whole, or rounded; ``None`` where there is none."""
    if pd.isna(value):
        return None
    return round(float(value), digits) if digits else int(value)


def _columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Give the seven parallel lists of the document; whole numbers are written whole."""
    columns: dict[str, list[Any]] = {"code": frame.index.tolist(), "name": frame["name"].tolist()}
    for name in _COLUMNS[2:]:
        numbers = frame[name].to_numpy(float)
        whole = name != "value" or bool(np.all(np.isnan(numbers) | (numbers % 1 == 0)))
        columns[name] = [
            None if n != n else int(n) if whole else n  # n != n: NaN
            for n in numbers.tolist()
        ]
    return columns
