"""Every published figure once more, from the raw tables with plain pandas.

Nothing of the service is called here: who reads this file can check each rule against
docs/figures.md with a spreadsheet beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

#: Tables that figures are made of, and what is read of them instead of raw geometry.
TABLES = {
    "incident": "*", "incident_event": "*", "clock_entry": "*", "category": "*", "visit": "*",
    "visit_building": "*", "grid": "*", "grid_boundary": "*, st_asbinary(geom) as wkb",
    "building": "*, st_asbinary(anchor) as wkb", "division": "*", "territory_finding": "*",
    "team": "*", "team_post": "*", "post_holding": "*", "team_assignment": "*",
    "branch_assignment": "*", "sorted_wish": "*", "appraisal_tally": "*", "point_entry": "*",
    "panel_tally": "*", "appraisal_scheme": "*",
}  # fmt: skip
_DONE = ("resolved", "verified", "closed")


class Raw(dict[str, pd.DataFrame]):
    """The tables as they are, by name."""


def raw(connection: Connection) -> Raw:
    """Read every table whole."""
    return Raw(
        {
            name: pd.read_sql(text(f"select {what} from gridsvc.{name}"), connection)
            for name, what in TABLES.items()
        }
    )


@dataclass(frozen=True)
class Span:
    """From an instant up to another one, which is not in it, as known at a third."""

    since: datetime
    until: datetime
    as_of: datetime

    def holds(self, at: pd.Series) -> pd.Series:
        """Tell which instants lie in it."""
        return (at >= self.since) & (at < self.until)


def cases(tables: Raw, as_of: datetime) -> pd.DataFrame:
    """Give one row a case, as the records up to an instant tell it."""
    told = tables["incident_event"].sort_values("seq")
    told = told[told["at"] <= as_of]
    detail = pd.json_normalize(told["detail"].tolist()).set_index(told.index)
    told = told.join(detail[["outcome", "rating", "to_level"]])

    def of(*actions: str) -> pd.DataFrame:
        return told[told["action"].isin(actions)]

    def last(rows: pd.DataFrame, column: str = "at") -> pd.Series:
        return rows.groupby("incident_id")[column].last()

    shut = told[(told["to_status"] == "closed") & (told["from_status"] != "closed")]
    clock = tables["clock_entry"].sort_values("seq")
    clock = clock[(clock["at"] <= as_of) & clock["due_at"].notna()]
    frame = tables["incident"].set_index("id")
    frame = frame[frame["received_at"] <= as_of]
    frame = frame.assign(
        code=frame["grid_code"].fillna(frame["division_code"]),
        now=last(told, "to_status"),
        taken=of("claim", "accept", "resolve", "close").groupby("incident_id")["at"].first(),
        solved=last(of("resolve")),
        shut=last(shut),
        answered=last(of("feed_back")),
        tapped=last(of("rate")),
        tap=pd.to_numeric(last(of("rate"), "rating")),
        ending=last(of("resolve", "close"), "outcome"),
        risen=last(told.dropna(subset="to_level"), "to_level"),
        due=last(clock, "due_at"),
        **{
            name: told[told["action"] == action].groupby("incident_id").size()
            for name, action in (
                ("longer", "grant_extension"), ("back", "return"), ("again", "rework"),
            )
        },
    )  # fmt: skip
    frame = frame[frame["now"] != "merged"]
    frame["ended"] = frame["solved"].fillna(frame["shut"]).where(frame["now"].isin(_DONE))
    frame["shut"] = frame["shut"].where(frame["now"] == "closed")
    return frame


def rates(found: pd.DataFrame, span: Span) -> dict[str, tuple[int, int]]:
    """Count each rate: those it reached, of those it counts."""
    reported, due = span.holds(found["reported_at"]), span.holds(found["due"])
    done = found["now"].isin(_DONE)
    shut, ended = span.holds(found["shut"]), span.holds(found["ended"])
    tapped = span.holds(found["tapped"])
    pairs = {
        "response": (found["taken"].notna(), reported),
        "resolution": (done, reported),
        "on_time": (found["ended"] <= found["due"], due),
        "at_grid": (found["risen"].fillna("grid") == "grid", shut),
        "rework": (found["again"] > 0, ended),
        "extension": (found["longer"] > 0, due),
        "return": (found["back"] > 0, reported),
        "satisfaction": (found["tap"] >= 2, tapped),
    }
    return {name: (int((hit & of).sum()), int(of.sum())) for name, (hit, of) in pairs.items()}


def request_sums(found: pd.DataFrame, span: Span) -> tuple[int, int, int]:
    """Count the ledger of requests: reported, ended, late."""
    rows = found[span.holds(found["reported_at"])]
    late = rows["ended"].fillna(span.as_of) > rows["due"]
    return len(rows), int(rows["ended"].notna().sum()), int(late.sum())


def feedback_sums(found: pd.DataFrame, span: Span) -> tuple[int, ...]:
    """Count the ledger of feedback: answered, three outcomes, rated, satisfied.

    A rating counts when it was tapped, as in the rates.
    """
    rows, tapped = found[span.holds(found["answered"])], found[span.holds(found["tapped"])]
    ends = [int((rows["ending"] == one).sum()) for one in ("solved", "referred", "explained")]
    return (len(rows), *ends, len(tapped), int((tapped["tap"] >= 2).sum()))


def rounds(tables: Raw, first: date, last: date, as_of: datetime) -> pd.DataFrame:
    """Give the rounds of some days, both included, that were written up by an instant."""
    rows = tables["visit"]
    return rows[rows["visited_on"].between(first, last) & (rows["recorded_at"] <= as_of)]


def visit_sums(rows: pd.DataFrame) -> tuple[int, int, int]:
    """Count the ledger of visits: rounds, dwellings, those for the first time."""
    return len(rows), int(rows["dwellings_visited"].sum()), int(rows["first_time_dwellings"].sum())


def on(table: pd.DataFrame, day: date) -> pd.DataFrame:
    """Keep the rows that hold on a day."""
    later = table["valid_to"].isna() | (table["valid_to"].fillna(date.max) > day)
    return table[(table["valid_from"] <= day) & later]


def visited(tables: Raw, first: date, last: date, as_of: datetime) -> pd.DataFrame:
    """Give each grid of the last day: its dwellings, and the distinct ones called on."""
    grids = on(tables["grid_boundary"], last).sort_values("grid_code")
    homes = tables["building"]
    house, place = shapely.STRtree(shapely.from_wkb(grids["wkb"].map(bytes))).query(
        shapely.from_wkb(homes["wkb"].map(bytes)), predicate="intersects"
    )
    # On a shared edge the lowest code has it.
    home = pd.DataFrame({"house": homes["id"].to_numpy()[house], "place": place})
    home = home.groupby("house")["place"].min().map(lambda n: grids["grid_code"].iat[n])
    walked = rounds(tables, first, last, as_of)
    doors = tables["visit_building"][tables["visit_building"]["visit_id"].isin(walked["id"])]
    doors = doors.explode("dwelling_numbers")
    doors = doors.drop_duplicates(["building_id", "dwelling_numbers"])
    named = doors["building_id"].map(home).value_counts()
    blank = walked[~walked["id"].isin(tables["visit_building"]["visit_id"])]
    unnamed = blank.groupby("grid_code")["first_time_dwellings"].sum()
    frame = pd.DataFrame({"dwellings": grids.set_index("grid_code")["dwelling_count"]})
    total = named.add(unnamed, fill_value=0).reindex(frame.index).fillna(0)
    return frame.assign(
        visited=total.clip(upper=frame["dwellings"]), over=total > frame["dwellings"]
    )


def staffed(tables: Raw, day: date) -> pd.DataFrame:
    """Give each grid of a day: posts, those held, and whether nobody and nothing is missing."""
    codes = on(tables["grid_boundary"], day)["grid_code"].sort_values()
    held = on(tables["post_holding"], day)["post_id"]
    posts = on(tables["team_post"], day).assign(held=lambda rows: rows["id"].isin(held))
    led = posts[posts["held"] & (posts["post"] == "leader")]["team_id"]
    team = on(tables["team_assignment"], day).set_index("grid_code")["team_id"].reindex(codes)
    branch = codes.isin(on(tables["branch_assignment"], day)["grid_code"]).to_numpy()
    size = posts.groupby("team_id")["held"].agg(["size", "sum"])
    full = team.map(size["size"]).fillna(0).clip(lower=7)
    there = team.map(size["sum"]).fillna(0)
    whole = team.notna() & branch & team.isin(led) & (there >= full)
    return pd.DataFrame({"posts": full, "held": there, "staffed": whole, "has_team": team.notna()})


def vacant(tables: Raw, day: date) -> dict[str, int]:
    """Give each place, a team's first grid or else its division, the posts that nobody holds."""
    teams = on(tables["team"], day).set_index("id")
    first = on(tables["team_assignment"], day).groupby("team_id")["grid_code"].min()
    place = first.reindex(teams.index).fillna(teams["division_code"])
    held = on(tables["post_holding"], day)["post_id"]
    posts = on(tables["team_post"], day)
    own = posts["team_id"].value_counts().reindex(teams.index).fillna(0)
    there = posts[posts["id"].isin(held)]["team_id"].value_counts().reindex(teams.index).fillna(0)
    full = own.clip(lower=7).where(teams["kind"] == "grid", own)
    return (full - there).astype(int).groupby(place).sum().to_dict()


def spread(grids: pd.DataFrame) -> float | None:
    """Give half the mean difference between two dwellings' grids' coverage, by its mean."""
    rows = grids[grids["dwellings"] > 0]
    if len(rows) < 2 or not rows["visited"].sum():
        return None
    weight = rows["dwellings"].to_numpy(float)
    rate = rows["visited"].to_numpy(float) / weight
    apart = np.abs(rate[:, None] - rate[None, :]) * weight[:, None] * weight[None, :]
    mean = rows["visited"].sum() / weight.sum()
    return round(float(apart.sum() / weight.sum() ** 2 / 2 / mean), 4)


def broken(tables: Raw, day: date, as_of: datetime) -> set[str]:
    """Give the communities with a gap or an overlap on a day, unless the records took it back."""
    found = on(tables["territory_finding"], day)
    told = found["superseded_at"].isna() | (found["superseded_at"] > as_of)
    return set(found[told]["community_code"])


def open_at(tables: Raw, at: datetime) -> pd.DataFrame:
    """Give the cases that were open at an instant, with when they were due then."""
    told = tables["incident_event"].sort_values("seq")
    clock = tables["clock_entry"].sort_values("seq")
    now = told[told["at"] <= at].groupby("incident_id")["to_status"].last()
    # By `tail`, not by `last`: the newest line without a time says that the clock stands still.
    line = clock[clock["at"] <= at].groupby("incident_id").tail(1).set_index("incident_id")
    frame = tables["incident"].set_index("id").assign(now=now, due=line["due_at"])
    frame["code"] = frame["grid_code"].fillna(frame["division_code"])
    seen = (frame["received_at"] <= at) & frame["now"].notna()
    return frame[seen & ~frame["now"].isin(["closed", "merged"])]


def pack(tables: Raw, span: Span, code: str) -> dict[str, object]:
    """Count a closed period of a place."""
    everything = tables["incident"].assign(
        code=lambda rows: rows["grid_code"].fillna(rows["division_code"])
    )
    own = everything[everything["code"].str.startswith(code)]
    late = span.holds(own["received_at"]) & own["reported_at"].between(
        span.since - timedelta(days=30), span.since, inclusive="left"
    )
    rose = tables["incident_event"]
    levels = rose["detail"].map(lambda one: one.get("to_level", "grid"))
    rose = rose[span.holds(rose["at"]) & (levels != "grid") & rose["incident_id"].isin(own["id"])]
    walked = tables["visit"][span.holds(tables["visit"]["recorded_at"])]
    walked = walked[walked["grid_code"].str.startswith(code)]
    found = cases(tables, span.as_of)
    found = found[found["code"].str.startswith(code)]
    after, before = (
        one[one["code"].str.startswith(code)]
        for one in (open_at(tables, span.until), open_at(tables, span.since))
    )
    tapped = found[span.holds(found["tapped"])]
    due = found[span.holds(found["due"])]
    count, dwellings, first = visit_sums(walked)
    return {
        "rolled_in": len(before), "collected": int(span.holds(found["reported_at"]).sum()),
        "late_arrivals": int(late.sum()), "raised": rose["incident_id"].nunique(),
        "handled": int(span.holds(found["ended"]).sum()),
        "fed_back": int(span.holds(found["answered"]).sum()), "due": len(due),
        "in_time": int((due["ended"] <= due["due"]).sum()), "rated": len(tapped),
        "satisfied": int((tapped["tap"] >= 2).sum()), "rolled_over": len(after),
        "overdue": int((after["due"] < span.until).sum()), "visits": count,
        "dwellings": dwellings, "first_time": first,
        "rates": {name: list(pair) for name, pair in rates(found, span).items()},
    }  # fmt: skip
