"""The work desk as its people see it: pages that are read, and forms that are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import case_town
from apiflask import APIFlask
from case_town import TOWN
from peopled_town import Viewer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from gridsvc.accounts.rules import Role
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Status

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


class Browser(Viewer):
    """A viewer who reads English pages and sends forms."""

    def page(self, path: str) -> str:
        answer = self.get(path, **ENGLISH)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def send(self, path: str, **form: Any):
        headers = {**self._headers, **ENGLISH}
        if "photo" not in form:
            return self._client.post(path, data=form, headers=headers)
        # As it goes over the line: the test client would leave a file of its own open.
        photo = FileStorage(BytesIO(form["photo"]), filename="a.jpg")
        kind, body = encode_multipart({**form, "photo": photo})
        headers["Content-Type"] = f"multipart/form-data; boundary={kind}"
        return self._client.post(path, data=body, headers=headers)


@dataclass
class Desk:
    app: APIFlask
    session: Session
    people: case_town.Cast

    def viewer(self, role: Role, scope: str = TOWN) -> Browser:
        return Browser(self.app, self.session, role, scope)

    def cases(self, count: int, **more: Any) -> list[Incident]:
        return [
            case_town.report(self.session, self.people.reporter, **more).incident
            for _ in range(count)
        ]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1]))


def numbers(page: str) -> set[int]:
    return {int(one) for one in re.findall(r'name="case" value="(\d+)"', page)}


def status(desk: Desk, number: int) -> Status:
    return desk.session.scalars(select(Incident.status).where(Incident.id == number)).one()
