"""What one person does with a browser on a Friday, over real requests to loopback."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from benchmarks.friday_city import PASSWORD, Place

TIMEOUT_S = 60
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Answered(NamedTuple):
    """One request: of which kind, whether it was answered as it should, and after how long."""

    what: str
    good: bool
    seconds: float


@dataclass(frozen=True)
class Answer:
    """What came back; 0 where nobody answered."""

    status: int
    text: str = ""
    cookies: tuple[str, ...] = ()


def ask(
    port: int,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send one request over a connection of its own, as a phone does after a pause."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        cookies = tuple(answer.headers.get_all("Set-Cookie") or ())
        return Answer(answer.status, text, cookies)
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()


class Person:
    """Somebody with an account, a browser and a grid; one thing at a time."""

    def __init__(self, port: int, place: Place, name: str) -> None:
        self.port, self.place, self.name = port, place, name
        self.busy = threading.Lock()
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.found: list[Answered] = []

    def take(self, what: str, number: int, due: float) -> list[Answered]:
        """Do something that was due at an instant of the monotonic clock."""
        self.found, self.due = [], due
        getattr(self, what)(number)
        return self.found

    def sign_in(self, _number: int) -> None:
        form = self._get("sign-in form", "/sign-in")
        token = _TOKEN.search(form.text)
        given = {"username": self.place.username, "password": PASSWORD, "next": "/"}
        given["csrf_token"] = token[1] if token else ""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self._ask("sign-in", 303, "POST", "/sign-in", urlencode(given), kind)

    def home(self, _number: int) -> None:
        self._get("home", "/")

    def work(self, _number: int) -> None:
        self._get("work list", "/work")

    def grid(self, _number: int) -> None:
        self._get("grid page", f"/grids/{self.place.grid_code}")

    def figures(self, _number: int) -> None:
        self._get("map figures", "/maps/open-issues/figures")

    def visit(self, number: int) -> None:
        # From the number alone, so that a repeat says the same.
        first = 1 + number % 40
        body = {
            "grid_code": self.place.grid_code,
            "visited_on": self.place.today,
            "dwellings": {self.place.building: list(range(first, first + 1 + number % 9))},
            "topics": {"advice": 1 + number % 3},
            "client_visit_id": f"{self.name}-visit-{number}",
        }
        self._send("visit", "/api/v1/visits", body)

    def report(self, number: int) -> None:
        lon, lat = self.place.lon, self.place.lat
        body = {
            "category": "noise",
            "lon": lon,
            "lat": lat,
            "accuracy_m": 8.0,
            "provenance": "gps",
            "description": f"第{number}件",
            "client_report_id": f"{self.name}-report-{number}",
        }
        about = f"lon={lon}&lat={lat}&category=noise"
        self._get("duplicates", f"/api/v1/incidents/duplicates?{about}")
        self._get("route", f"/api/v1/route?{about}&accuracy_m=8")
        self._send("report", "/api/v1/incidents", body)

    def _send(self, what: str, path: str, body: dict[str, Any]) -> None:
        if not self.token:
            told = self._get("report session", "/report/session")
            self.token = json.loads(told.text)["csrf_token"] if told.status == 200 else ""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        self._ask(what, 201, "POST", path, json.dumps(body), headers)

    def _get(self, what: str, path: str) -> Answer:
        return self._ask(what, 200, "GET", path)

    def _ask(
        self,
        what: str,
        status: int,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Accept-Language": "zh-CN", **({"Cookie": jar} if jar else {}), **(headers or {})}
        answer = ask(self.port, method, path, body, given)
        done = time.monotonic()
        # A repeat of what was sent is answered 200 with the first answer.
        good = answer.status == status or (status == 201 and answer.status == 200)
        self.found.append(Answered(what, good, done - self.due))
        self.due = done  # what follows is asked for when this is here
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer
