"""Deliveries to real receivers on this machine: an HTTP server and a mail server."""

from __future__ import annotations

import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory
from gridsvc.notices import receivers
from gridsvc.notices.models import Notice, NoticeDelivery, WebhookFormat
from gridsvc.notices.rules import WAITS
from gridsvc.notices.services import deliver_due, tell
from gridsvc.settings import Settings

NOW = datetime(2026, 9, 16, 6, 30, tzinfo=UTC)
PARAMS = {"category": "噪声", "category_en": "Noise", "due_at": "2026-09-16T14:30+08:00"}


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent and answers as its server is told to."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, self.headers, body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_told: object) -> None: ...


class Letterbox(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one mail needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 box\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go\r\n")
                letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.calls.append(letter.decode())
            if line.upper().startswith(b"RCPT") and self.server.refuses in line:
                self.wfile.write(b"550 nobody here\r\n")
            elif not line.upper().startswith(b"QUIT"):  # a rude server: hangs up without a word
                self.wfile.write(b"250 ok\r\n")
            else:
                return


@contextmanager
def serving(server: socketserver.BaseServer, **told: object) -> Iterator[socketserver.BaseServer]:
    for name, value in {"calls": [], **told}.items():
        setattr(server, name, value)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Receiver), status=200, answer=b"") as one:
        yield one


@pytest.fixture
def own_engine(fresh_database: Settings) -> Iterator[Engine]:
    engine = make_engine(fresh_database)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(own_engine: Engine) -> sessionmaker[Session]:
    return session_factory(own_engine)


def hook(sessions, port: int, form: str = "plain", notices: int = 1) -> tuple[int, str]:
    with sessions.begin() as session:
        made = receivers.add_webhook(
            session,
            url=f"http://127.0.0.1:{port}/hook?key=1",
            prefix="",
            format=WebhookFormat(form),
            topics=["overdue"],
        )
        for n in range(notices):
            tell(session, dedupe_key=f"k{n}", topic="overdue", params=PARAMS, incident_id=7,
                 code="520302", now=NOW)  # fmt: skip
    return made.id, made.secret


def notice(sessions) -> Notice:
    with sessions() as session:
        return session.scalars(select(Notice).order_by(Notice.id)).first()


def tries(sessions) -> list[tuple[bool, str]]:
    with sessions() as session:
        rows = session.execute(select(NoticeDelivery.ok, NoticeDelivery.detail))
        return [tuple(row) for row in rows]


def test_a_call_carries_an_id_and_a_signature_that_the_receiver_can_check(
    sessions, database, receiver
):
    _, secret = hook(sessions, receiver.server_port)
    assert deliver_due(sessions, replace(database, public_url="https://g.test"), NOW) == 1
    path, headers, body = receiver.calls[0]
    signed = headers["X-Gridsvc-Timestamp"].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["X-Gridsvc-Signature"], f"v1={expected}")
    told = json.loads(body)
    assert path == "/hook?key=1"
    assert headers["X-Gridsvc-Notice"] == str(told["id"]) == str(notice(sessions).id)
    assert "噪声" in told["text"] and told["url"] == "https://g.test/work/7"
    assert deliver_due(sessions, database, NOW + timedelta(days=9)) == 0


def test_a_refused_call_is_tried_after_1_5_25_minutes_2_and_12_hours_then_given_up(
    sessions, database, receiver
):
    number, _ = hook(sessions, receiver.server_port)
    receiver.status, now = 503, NOW
    for wait in (*WAITS, None):
        assert deliver_due(sessions, database, now) == 0
        if wait is not None:
            assert notice(sessions).next_try_at == now + wait
            deliver_due(sessions, database, now + wait - timedelta(seconds=1))
            now += wait
    assert notice(sessions).given_up_at == now
    assert tries(sessions) == [(False, "HTTP 503")] * 6
    receiver.status = 204
    with sessions.begin() as session:
        assert receivers.replay(session, now, webhook_id=number, since=None) == 1
    assert deliver_due(sessions, database, now) == 1
    assert len(receiver.calls) == 7


def test_a_redirect_is_not_followed(sessions, database, receiver):
    receiver.status = 302
    hook(sessions, receiver.server_port)
    assert deliver_due(sessions, database, NOW) == 0
    assert [call[0] for call in receiver.calls] == ["/hook?key=1"]
    assert tries(sessions) == [(False, "HTTP 302")]


@pytest.mark.parametrize("form", ["wecom", "dingtalk"])
def test_a_chat_robots_own_verdict_counts_not_its_status(sessions, database, receiver, form):
    receiver.answer = b'{"errcode": 310000, "errmsg": "sign not match"}'
    hook(sessions, receiver.server_port, form)
    assert deliver_due(sessions, database, NOW) == 0
    receiver.answer = b'{"errcode": 0, "errmsg": "ok"}'
    assert deliver_due(sessions, database, NOW + WAITS[0]) == 1
    path, _, body = receiver.calls[1]
    assert json.loads(body)["msgtype"] == "text"
    assert ("&sign=" in path) == (form == "dingtalk")


def test_one_dead_receiver_is_tried_once_a_round_and_holds_nobody_else_up(
    sessions, database, receiver
):
    hook(sessions, 1, notices=3)
    hook(sessions, receiver.server_port, notices=3)
    with sessions.begin() as session:
        tell(session, dedupe_key="later", topic="overdue", params={}, incident_id=8, now=NOW)
    assert deliver_due(sessions, database, NOW) == len(receiver.calls) == 4
    assert len([ok for ok, _ in tries(sessions) if not ok]) == 1


def test_two_workers_deliver_each_notice_once(sessions, database, receiver):
    hook(sessions, receiver.server_port, notices=40)
    done: list[int] = []
    work = lambda: done.append(deliver_due(sessions, database, NOW))  # noqa: E731
    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sum(done) == 40
    assert len({call[1]["X-Gridsvc-Notice"] for call in receiver.calls}) == 40
    assert len(receiver.calls) == 40


def test_a_notice_whose_worker_died_is_carried_after_its_wait(sessions, database, receiver):
    hook(sessions, receiver.server_port)
    with sessions.begin() as session:  # what is left when a worker dies between claim and call
        lost = session.scalars(select(Notice)).one()
        lost.tries, lost.next_try_at = 1, NOW + WAITS[0]
    assert deliver_due(sessions, database, NOW) == 0
    assert deliver_due(sessions, database, NOW + WAITS[0]) == 1


def test_a_mail_is_in_the_readers_language_and_a_bad_address_stops_no_other(sessions, database):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Letterbox)
    with serving(server, refuses=b"gone@"), sessions.begin() as session:
        for name, language in (("gone", "zh"), ("desk", "en")):
            user = UserAccount(
                username=name, role=Role.STREET_STAFF, password_hash="x", language=language
            )
            session.add(user)
            session.flush()
            receivers.set_mailbox(session, user.id, f"{name}@example.org")
            tell(session, dedupe_key=name, topic="overdue", params=PARAMS, incident_id=7,
                 user_ids=[user.id], now=NOW)  # fmt: skip
        session.commit()
        port = server.server_address[1]
        post = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "grids@example.org"}
        assert deliver_due(sessions, replace(database, **post), NOW) == 1
    assert len(server.calls) == 1
    assert "Subject: Case 7: a case is overdue" in server.calls[0]
    assert "@example.org>" in server.calls[0].split("Message-ID: <notice-")[1]


def test_without_a_mail_server_a_mail_waits_and_says_why(sessions, database):
    with sessions.begin() as session:
        user = UserAccount(username="desk", role=Role.STREET_STAFF, password_hash="x")
        session.add(user)
        session.flush()
        receivers.set_mailbox(session, user.id, "desk@example.org")
        tell(session, dedupe_key="k", topic="overdue", params={}, incident_id=7,
             user_ids=[user.id], now=NOW)  # fmt: skip
    assert deliver_due(sessions, database, NOW) == 0
    assert tries(sessions) == [(False, "GRIDSVC_SMTP_URL is not set")]


def test_what_waits_for_a_disabled_webhook_is_given_up(sessions, database, receiver):
    number, _ = hook(sessions, receiver.server_port, notices=2)
    with sessions.begin() as session:
        receivers.disable_webhook(session, number, NOW)
    assert deliver_due(sessions, database, NOW) == 0
    with sessions() as session:
        given_up = func.count().filter(Notice.given_up_at.is_not(None))
        assert session.scalar(select(given_up)) == 2
