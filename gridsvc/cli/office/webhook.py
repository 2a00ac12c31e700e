"""``gridsvc webhook`` and ``gridsvc mailbox``: where notices leave the house."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from gridsvc.accounts.queries import find_user
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import NotFound
from gridsvc.notices import queries, receivers
from gridsvc.notices.models import WebhookFormat
from gridsvc.notices.rules import TOPICS
from gridsvc.settings import Settings

_since = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Also what was delivered since then (UTC); without it only what was given up.",
)


def _aware(since: datetime | None) -> datetime | None:
    return since.replace(tzinfo=UTC) if since else None


@click.group()
def webhook() -> None:
    """Add, list, disable and replay the addresses that are called with notices."""


@webhook.command()
@click.argument("url")
@click.option("--prefix", default="", help="Division or grid code; only cases below it.")
@click.option(
    "--format",
    "form",
    default="plain",
    show_default=True,
    type=click.Choice([one.value for one in WebhookFormat]),
)
@click.option(
    "--topic", "topics", multiple=True, type=click.Choice(TOPICS), help="Repeat; all without it."
)
@click.option(
    "--secret-stdin",
    is_flag=True,
    help="Read the secret from the first line of the input: DingTalk makes its own, “SEC…”.",
)
@output.with_settings
def add(
    settings: Settings,
    url: str,
    prefix: str,
    form: str,
    topics: tuple[str, ...],
    secret_stdin: bool,
) -> None:
    """Call URL with every notice of an area. Prints the secret that signs the calls."""
    secret = sys.stdin.readline().strip() if secret_stdin else None
    with session_factory(make_engine(settings)).begin() as session:
        hook = receivers.add_webhook(
            session,
            url=url,
            prefix=prefix,
            format=WebhookFormat(form),
            topics=list(topics or TOPICS),
            secret=secret,
        )
    told = "" if secret else f" Its secret, shown this once: {hook.secret}"
    made = {} if secret else {"secret": hook.secret}
    output.answer(f"Added webhook {hook.id}.{told}", {"id": hook.id, **made})


@webhook.command(name="list")
@output.with_settings
def list_all(settings: Settings) -> None:
    """List the webhooks with what waits, what was given up and the last answer."""
    with session_factory(make_engine(settings)).begin() as session:
        found = queries.webhooks(session)
    lines = [
        f"{one.hook.id:>4}  {one.hook.prefix or 'all':<15} {one.hook.format.value:<8}"
        f" {one.waiting} waiting, {one.given_up} given up, last: {one.last or 'never called'}"
        f"{'  (disabled)' if one.hook.disabled_at else ''}"
        for one in found
    ]
    rows = [
        {
            "id": one.hook.id,
            "prefix": one.hook.prefix,
            "format": one.hook.format.value,
            "topics": one.hook.topics,
            "waiting": one.waiting,
            "given_up": one.given_up,
            "last": one.last,
            "disabled_at": one.hook.disabled_at,
        }
        for one in found
    ]
    output.answer("\n".join(lines) or "There is no webhook yet.", {"webhooks": rows})


@webhook.command()
@click.argument("number", type=int)
@output.with_settings
def disable(settings: Settings, number: int) -> None:
    """Stop calling a webhook; what waits for it is given up."""
    with session_factory(make_engine(settings)).begin() as session:
        receivers.disable_webhook(session, number, datetime.now(UTC))
    output.answer(f"Disabled webhook {number}.", {"id": number})


@webhook.command()
@click.argument("number", type=int)
@_since
@output.with_settings
def replay(settings: Settings, number: int, since: datetime | None) -> None:
    """Send a webhook's notices once more; the next tick carries them."""
    now = datetime.now(UTC)
    with session_factory(make_engine(settings)).begin() as session:
        count = receivers.replay(session, now, webhook_id=number, since=_aware(since))
    output.answer(f"{count} notices wait again.", {"id": number, "waiting": count})


@click.group()
def mailbox() -> None:
    """Say where an account's notices are mailed to, and send given-up mails again."""


@mailbox.command(name="set")
@click.argument("username")
@click.argument("address", required=False)
@output.with_settings
def set_address(settings: Settings, username: str, address: str | None) -> None:
    """Mail the notices of USERNAME to ADDRESS; without one, to nowhere."""
    with session_factory(make_engine(settings)).begin() as session:
        user = find_user(session, username)
        if user is None:
            raise NotFound(f"There is no account {username}.", [username])
        receivers.set_mailbox(session, user.id, address)
    told = f"Mailing {username} at {address}." if address else f"Mailing {username} no longer."
    output.answer(told, {"username": username, "address": address})


@mailbox.command(name="replay")
@_since
@output.with_settings
def replay_mail(settings: Settings, since: datetime | None) -> None:
    """Send mails that were given up once more; the next tick carries them."""
    now = datetime.now(UTC)
    with session_factory(make_engine(settings)).begin() as session:
        count = receivers.replay(session, now, webhook_id=None, since=_aware(since))
    output.answer(f"{count} mails wait again.", {"waiting": count})
