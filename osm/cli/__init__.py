"""`flask osm …`: the commands, and in which module of this package each is."""

import importlib
from typing import Any

import click
from flask import current_app
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from osm.base.errors import ServiceError
from osm.base.supervised import NO_ROOM
from osm.base.transaction import is_no_room
from osm.cli._calls import bad_call
from osm.regulation.errors import RegulationError
from osm.settings import SettingsError
from osm.version import VERSION

MODULES = {
    "audit-verify": "keeping",
    "backup": "keeping",
    "bursts": "figures",
    "check-answer": "check_answer",
    "connect-page": "networks",
    "copy-database": "keeping",
    "create-user": "people",
    "deadlines": "deadlines",
    "demo": "demo",
    "directory": "people",
    "doctor": "doctor",
    "dossier-check": "message",
    "export-answers": "exports",
    "export-site": "exports",
    "figures": "figures",
    "import": "imports",
    "import-comments": "imports",
    "message": "message",
    "openapi": "exports",
    "outbox": "networks",
    "purge": "keeping",
    "repeats": "figures",
    "reset-second-factor": "people",
    "restore": "keeping",
    "tick": "worker",
    "worker": "worker",
}

#: What a command refuses becomes one line on standard error and exit status 1; so does a bad call, with status 2.
REFUSALS = (RegulationError, ServiceError, SettingsError)


class Commands(click.Group):
    """Imports the module of the command that was called, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        loaded = vars(importlib.import_module(f"{__name__}.{MODULES[cmd_name]}")).values()
        return next(one for one in loaded if isinstance(one, click.Command) and one.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Whole sentences: click would cut them at 45 characters and at «п.»."""
        named = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Команды"):
            formatter.write_dl([(name, command.help or "") for name, command in named if command])

    def invoke(self, ctx: click.Context) -> Any:
        if not current_app:
            ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
        try:
            return super().invoke(ctx)
        except REFUSALS as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except (DBAPIError, OSError) as error:
            if not is_no_room(error):
                raise
            click.echo(NO_ROOM, err=True)
            ctx.exit(1)
        except click.UsageError as error:
            click.echo(bad_call(error), err=True)
            ctx.exit(error.exit_code)


osm = click.version_option(VERSION, message="ОСМ %(version)s", help="Показать версию программы.")(
    Commands("osm", help="Команды ОСМ: загрузка выгрузок, сроки, учётные записи, фоновая работа.")
)
