"""The command line: ``gridsvc COMMAND``. A new command is one line in `COMMANDS`."""

from __future__ import annotations

import importlib
from typing import Any

import click

from gridsvc.cli import output

COMMANDS = {
    "api-key": "gridsvc.cli.office.api_keys:api_key",
    "backup": "gridsvc.cli.operations.backup:backup",
    "bench": "gridsvc.cli.trials.bench:bench",
    "calendar": "gridsvc.cli.office.calendar:calendar",
    "cards": "gridsvc.cli.office.cards:cards",
    "check": "gridsvc.cli.operations.check:check",
    "db": "gridsvc.cli.operations.db:db",
    "demo": "gridsvc.cli.trials.demo:demo",
    "division": "gridsvc.cli.office.division:division",
    "explain-route": "gridsvc.cli.explain_route:explain_route",
    "export": "gridsvc.cli.export:export",
    "import-boundaries": "gridsvc.cli.intake.boundaries:boundaries",
    "import-categories": "gridsvc.cli.intake.categories:categories",
    "import-incidents": "gridsvc.cli.intake.incidents:incidents",
    "import-plan": "gridsvc.cli.intake.plan:import_plan",
    "import-public-services": "gridsvc.cli.intake.public_services:public_services",
    "import-service-points": "gridsvc.cli.intake.service_points:service_points",
    "mailbox": "gridsvc.cli.office.webhook:mailbox",
    "migrate": "gridsvc.cli.operations.migrate:migrate",
    "print-orders": "gridsvc.cli.office.cards:print_orders",
    "restore": "gridsvc.cli.operations.backup:restore",
    "run": "gridsvc.cli.operations.run:run",
    "serve": "gridsvc.cli.operations.serve:serve",
    "simulate": "gridsvc.cli.trials.simulate:simulate",
    "stop": "gridsvc.cli.operations.run:stop",
    "tick": "gridsvc.cli.operations.tick:tick",
    "tls": "gridsvc.cli.operations.tls:tls",
    "user": "gridsvc.cli.office.user:user",
    "webhook": "gridsvc.cli.office.webhook:webhook",
    "worker": "gridsvc.cli.operations.worker:worker",
    "zones": "gridsvc.cli.office.zones:zones",
}
"""Name of the command, and where it is written. Loaded when asked for: the help stays quick."""


class Commands(click.Group):
    """The group of all commands; each gets ``--json`` and one way to report what went wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the alphabet."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return output.with_json_option(command)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal becomes one sentence and exit 2, Ctrl+C exit 130."""
        with output.refusals(ctx):
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gridsvc")
def main() -> None:
    """Grid management of a district: who answers for every household, and where work is open."""
