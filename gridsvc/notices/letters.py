"""A notice put into the form that its receiver understands, signed where it is a webhook."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import quote_plus

from gridsvc.notices.models import Notice, Webhook, WebhookFormat
from gridsvc.notices.wording import sentence, translator


@dataclass(frozen=True)
class Call:
    """An HTTP POST, ready to send."""

    url: str
    headers: dict[str, str]
    body: bytes


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a body and the time of its sending: HMAC-SHA256 over ``timestamp + "." + body``.

    The time is part of it, so that a receiver can refuse an old call that somebody sends again.
    """
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def call(
    notice: Notice, hook: Webhook, language: str, public_url: str | None, now: datetime
) -> Call:
    """Put a notice into a webhook's format."""
    text = _text(notice, language, public_url)
    if hook.format is WebhookFormat.PLAIN:
        content = _plain(notice, text, public_url)
    else:
        # The robots of both chats take the same body for plain text.
        content = {"msgtype": "text", "text": {"content": text}}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    seconds = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "gridsvc",
        "X-Gridsvc-Notice": str(notice.id),
        "X-Gridsvc-Timestamp": seconds,
        "X-Gridsvc-Signature": signature(hook.secret, seconds, body),
    }
    url = hook.url
    if hook.format is WebhookFormat.DINGTALK:
        url = _dingtalk_url(url, hook.secret, now)
    return Call(url, headers, body)


def mail(
    notice: Notice, sender: str, language: str, public_url: str | None, now: datetime
) -> EmailMessage:
    """Put a notice into a mail; its id is the notice's, so that a mailbox can drop a repeat."""
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = notice.address
    letter["Subject"] = _line(notice, language)
    letter["Date"] = now
    letter["Message-ID"] = f"<notice-{notice.id}@{sender.rpartition('@')[2].rstrip('> ')}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
    letter.set_content(_text(notice, language, public_url))
    return letter


def _line(notice: Notice, language: str) -> str:
    words = translator(language)
    return sentence(notice.topic, notice.params, notice.incident_id, language, words)


def _text(notice: Notice, language: str, public_url: str | None) -> str:
    link = _link(notice, public_url)
    return "\n".join([_line(notice, language), *([link] if link else [])])


def _link(notice: Notice, public_url: str | None) -> str | None:
    if public_url is None or notice.incident_id is None:
        return None
    return f"{public_url}/work/{notice.incident_id}"


def _plain(notice: Notice, text: str, public_url: str | None) -> dict[str, object]:
    return {
        "id": notice.id,
        "topic": notice.topic,
        "incident_id": notice.incident_id,
        "at": notice.created_at.astimezone(UTC).isoformat(),
        "params": notice.params,
        "text": text,
        "url": _link(notice, public_url),
    }


def _dingtalk_url(url: str, secret: str, now: datetime) -> str:
    # DingTalk's robot signs "milliseconds, newline, secret" with the secret and wants the
    # result in the address; the clocks may differ by an hour.
    millis = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{millis}\n{secret}".encode(), hashlib.sha256).digest()
    sign = quote_plus(base64.b64encode(digest))
    return f"{url}{'&' if '?' in url else '?'}timestamp={millis}&sign={sign}"
