"""The Friday peak: everybody signs in, looks around, records visits and reports, in one hour.

3,507 people bring about 4,700 visit records on a Friday (domain), and 1,000 reports beside them.
Here they all come within one hour, in the shape of a bell; a tenth of what is sent is sent twice.
The load is open: a request that is late counts from when it was due. Loopback alone, and no
longer than the hour.

Against a service that runs (``make run``) over a city that ``gridsvc simulate`` made:

    GRIDSVC_HOME=/srv/try gridsvc bench friday
"""

from __future__ import annotations

import heapq
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import friday_city
from benchmarks.friday_people import Answered, Person, ask
from gridsvc.db import make_engine
from gridsvc.errors import NotReady
from gridsvc.settings import Settings, from_environment

HOUR_S = 3600.0
#: Without ``--slow`` the hour passes in so many seconds: every rate is then twice as high.
COMPRESSED_S = 1800.0
REPEATED = 0.1
THINKING_S = 25.0
SEED = 1
#: Waiting connections at most; the generator must never be what is waited for.
CONNECTIONS = 96
EMPTY_EVERY_S = 1.0


@dataclass(frozen=True)
class Load:
    """How many come and what they bring, within how many seconds."""

    people: int = 3507
    visits: int = 4700
    reports: int = 1000
    length_s: float = HOUR_S


@dataclass(frozen=True)
class Step:
    """What a person does at an instant, in seconds from the start."""

    at: float
    person: Person
    what: str
    number: int = 0


def run(_data: Path | None, slow: bool, tell: Callable[[str], None]) -> pd.DataFrame:
    """Play the hour and tell how long each kind of request took.

    Parameters
    ----------
    slow : bool
        The hour lasts an hour.
    tell : callable
        Hears what is being done.

    Returns
    -------
    DataFrame
        A row a kind of request, ``what``: ``requests``, ``errors``, ``p50_ms``, ``p95_ms``,
        ``p99_ms``, and ``times_empty``, the median over that of an empty answer of the same run.

    Raises
    ------
    NotReady
        No service answers, it is not on loopback, or its city is not a made one.
    """
    load = Load(length_s=HOUR_S if slow else COMPRESSED_S)
    return table(hour(from_environment(os.environ), load, tell))


def hour(settings: Settings, load: Load, tell: Callable[[str], None]) -> list[Answered]:
    """Play an hour against the service of some settings; return every answer.

    Raises
    ------
    NotReady
        As `run`, and when something that was sent is not stored, or more than once.
    """
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        raise NotReady(f"The load goes to loopback alone, not to {settings.host}.")
    if ask(settings.port, "GET", "/health/ready").status != 200:
        raise NotReady(f"No service answers on port {settings.port}: start it with `make run`.")
    engine = make_engine(settings)
    places = friday_city.prepare(engine, load.people, SEED)
    tell(f"{load.people} people, {load.visits} visits, {load.reports} reports; {load.length_s:g} s")
    name = f"friday-{time.time_ns()}"
    people = [Person(settings.port, place, name) for place in places]
    answered = play(plan(people, load), settings, tell)
    friday_city.require_each_once(engine, name, load.visits, load.reports)
    engine.dispose()
    return answered


def plan(people: list[Person], load: Load) -> list[Step]:
    """Deal visits and reports to people who come in the shape of a bell, highest in the middle."""
    random = np.random.default_rng(SEED)
    sent = [("visit", n) for n in range(load.visits)] + [("report", n) for n in range(load.reports)]
    times = 1 + (random.random(len(sent)) < REPEATED)
    by_person: dict[int, list[tuple[str, int]]] = defaultdict(list)
    whose = random.integers(0, len(people), len(sent))
    for one, who, often in zip(sent, whose, times, strict=True):
        by_person[int(who)] += [one] * int(often)
    # The density is 1 - cos: twice the mean in the middle of the hour, nothing at its ends.
    grid = np.linspace(0, 1, 10_001)
    share = grid - np.sin(2 * np.pi * grid) / (2 * np.pi)
    arrivals = np.interp(random.random(len(people)), share, grid) * load.length_s
    thinking = THINKING_S * load.length_s / HOUR_S
    steps = []
    for number, (person, at) in enumerate(zip(people, arrivals, strict=True)):
        looks = [(what, 0) for what in ("sign_in", "home", "work", "grid", "figures")]
        for what, which in [*looks, *by_person[number]]:
            steps.append(Step(float(at), person, what, which))
            at += random.exponential(thinking)
    return steps


def play(steps: list[Step], settings: Settings, tell: Callable[[str], None]) -> list[Answered]:
    """Take every step when it is due, a person's steps one after the other."""
    answered: list[Answered] = []
    guard = threading.Lock()
    start = time.monotonic() + 1

    def take(step: Step) -> None:
        with step.person.busy:
            found = step.person.take(step.what, step.number, start + step.at)
        with guard:
            answered.extend(found)

    last = max(step.at for step in steps)
    empties = [(n * EMPTY_EVERY_S, n) for n in range(int(last / EMPTY_EVERY_S))]
    queue: list[tuple[float, int, Step | None]] = [(s.at, i, s) for i, s in enumerate(steps)]
    queue += [(at, len(steps) + n, None) for at, n in empties]
    heapq.heapify(queue)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        waiting = []
        told = start
        while queue:
            at, _, step = heapq.heappop(queue)
            time.sleep(max(0.0, start + at - time.monotonic()))
            if step is not None:
                waiting.append(pool.submit(take, step))
            else:
                waiting.append(pool.submit(_empty, settings.port, start + at, answered, guard))
            if time.monotonic() - told > 60:
                told = time.monotonic()
                tell(f"{len(answered)} answers after {told - start:.0f} s")
        for one in waiting:
            one.result()
    return answered


def _empty(port: int, due: float, answered: list[Answered], guard: threading.Lock) -> None:
    one = ask(port, "GET", "/health/live")
    with guard:
        answered.append(Answered("empty", one.status == 200, time.monotonic() - due))


def table(answered: list[Answered]) -> pd.DataFrame:
    """Sum up what was answered, kind by kind, and everything but the empty answers together."""
    frame = pd.DataFrame(answered)
    real = frame[frame["what"] != "empty"].assign(what="all")
    ms = pd.concat([frame, real]).assign(ms=lambda one: one["seconds"] * 1000).groupby("what")
    found = pd.DataFrame(
        {
            "requests": ms.size(),
            "errors": ms["good"].apply(lambda good: int((~good).sum())),
            **{f"p{q}_ms": ms["ms"].quantile(q / 100).round(1) for q in (50, 95, 99)},
        }
    )
    found["times_empty"] = (found["p50_ms"] / found.loc["empty", "p50_ms"]).round(1)
    return found.reset_index().sort_values("p95_ms", ascending=False)
