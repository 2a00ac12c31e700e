"""``gridsvc user``: accounts, by whoever may log in to the machine."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from gridsvc.accounts import queries, services
from gridsvc.accounts.rules import Role
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.settings import Settings

_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of the input."
)


def _password(from_stdin: bool) -> str:
    """Ask for the password: never an argument, which other accounts of the machine can read."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


@click.group()
def user() -> None:
    """Add, list, disable accounts, and reset their passwords."""


@user.command()
@click.argument("username")
@click.option("--role", required=True, type=click.Choice([one.value for one in Role]))
@click.option(
    "--scope",
    "prefixes",
    multiple=True,
    help="A division or grid code; the account covers all below it. Repeat for several,"
    " “all” for the whole installation. Without it the account covers nothing.",
)
@click.option("--title", default="", help="The post, such as “street office, duty desk”.")
@_from_stdin
@output.with_settings
def add(
    settings: Settings,
    username: str,
    role: str,
    prefixes: tuple[str, ...],
    title: str,
    password_stdin: bool,
) -> None:
    """Make an account."""
    codes = ["" if one == "all" else one for one in prefixes]
    for code in codes:
        if not (code == "" or (code.isascii() and code.isdigit() and len(code) <= 15)):
            raise click.BadParameter(f"“{code}” is no division or grid code", param_hint="--scope")
    password = _password(password_stdin)
    with session_factory(make_engine(settings)).begin() as session:
        services.add_user(
            session,
            username=username,
            role=Role(role),
            password=password,
            prefixes=codes,
            title=title,
        )
    output.answer(
        f"Added {username}, {role}.", {"username": username, "role": role, "scope": codes}
    )


@user.command(name="list")
@output.with_settings
def list_all(settings: Settings) -> None:
    """List the accounts."""
    with session_factory(make_engine(settings)).begin() as session:
        users = [(one, one.scope.prefixes) for one in queries.list_users(session)]
    lines = [
        f"{one.username:<20} {one.role.value:<16}"
        f" {', '.join(code or 'all' for code in scope) or 'nothing'}"
        f"{'  (disabled)' if one.disabled_at else ''}"
        for one, scope in users
    ]
    rows = [
        {
            "username": one.username,
            "role": one.role.value,
            "scope": list(scope),
            "disabled_at": one.disabled_at,
        }
        for one, scope in users
    ]
    output.answer("\n".join(lines) or "There is no account yet.", {"users": rows})


@user.command()
@click.argument("username")
@output.with_settings
def disable(settings: Settings, username: str) -> None:
    """Close an account at once, with its sessions and tokens."""
    with session_factory(make_engine(settings)).begin() as session:
        services.disable_user(session, username=username, now=datetime.now(UTC))
    output.answer(f"Disabled {username}.", {"username": username})


@user.command()
@click.argument("username")
@_from_stdin
@output.with_settings
def reset(settings: Settings, username: str, password_stdin: bool) -> None:
    """Set a new password, and end the account's sessions and tokens."""
    password = _password(password_stdin)
    with session_factory(make_engine(settings)).begin() as session:
        services.reset_password(session, username=username, password=password)
    output.answer(f"{username} has a new password.", {"username": username})
