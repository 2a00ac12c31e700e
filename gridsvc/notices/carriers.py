"""The two ways out of the house: a mail server, and an HTTP call that follows nobody."""

from __future__ import annotations

import http.client
import json
import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from gridsvc.notices.letters import Call
from gridsvc.notices.models import WebhookFormat

#: Seconds for each step of a conversation: a receiver that needs longer is not well.
PATIENCE_S = 10
#: Bytes of an answer that are read: enough for a robot's verdict, too few to fill the memory.
ANSWER_BYTES = 4096


class Undelivered(Exception):
    """A try failed; ``reached`` tells whether somebody was there to refuse it."""

    def __init__(self, detail: str, *, reached: bool) -> None:
        super().__init__(detail)
        self.reached = reached


def post(call: Call, format: WebhookFormat) -> str:
    """Send a call and return what was answered.

    A redirect counts as a refusal: it would lead to an address that no administrator chose.

    Raises
    ------
    Undelivered
        Nobody answered, the answer was not 2xx, or a chat's robot reported an error in it.
    """
    try:
        status, answer = _exchange(call)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undelivered(_said(error), reached=False) from error
    if not 200 <= status < 300:
        raise Undelivered(f"HTTP {status}", reached=True)
    if format is not WebhookFormat.PLAIN:
        _check_verdict(answer)
    return f"HTTP {status}"


def send(letter: EmailMessage, smtp_url: str) -> str:
    """Hand a mail to the server of an ``smtp://`` or ``smtps://`` address.

    A plain connection is turned into TLS wherever the server offers it, and must be before a
    password is said.

    Raises
    ------
    Undelivered
        The server is away, or refuses the mail or the password.
    """
    try:
        with closing(_server(smtp_url)) as server:
            server.send_message(letter)
            # It has the mail: what goes wrong in parting must not send the mail again.
            with suppress(OSError):
                server.quit()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        raise Undelivered(_said(error), reached=True) from error
    except OSError as error:
        raise Undelivered(_said(error), reached=False) from error
    return "accepted by the mail server"


def _exchange(call: Call) -> tuple[int, bytes]:
    parts = urlsplit(call.url)
    host, port = parts.hostname or "", parts.port
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        line = http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=context)
    else:
        line = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", target, call.body, call.headers)
        answer = line.getresponse()
        return answer.status, answer.read(ANSWER_BYTES)
    finally:
        line.close()


def _check_verdict(answer: bytes) -> None:
    # The robots of WeCom and DingTalk answer 200 to everything; the verdict is "errcode".
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise Undelivered("HTTP 200 without the robot's errcode", reached=True) from None
    if code != 0:
        raise Undelivered(f"HTTP 200 with errcode {str(code)[:20]}", reached=True)


def _server(smtp_url: str) -> smtplib.SMTP:
    parts = urlsplit(smtp_url)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=PATIENCE_S, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE_S)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme == "smtp" and parts.username:
            raise OSError("the mail server offers no TLS, so the password was not sent")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _said(error: BaseException) -> str:
    """Say an error in a line without the address, whose query may hold a key."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
