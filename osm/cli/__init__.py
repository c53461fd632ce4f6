"""`flask osm …`: the commands. A module of this package has `command` (named as the module) or a list COMMANDS."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import click
from flask import current_app
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from osm.cli._calls import bad_call
from osm.failures import NO_ROOM
from osm.regulation.errors import RegulationError
from osm.services.errors import ServiceError
from osm.settings import SettingsError
from osm.store.passing import is_no_room
from osm.version import VERSION

#: What a command refuses becomes one line on standard error and exit status 1; so does a bad call, with status 2.
REFUSALS = (RegulationError, ServiceError, SettingsError)


class Commands(click.Group):
    """Finds a command in the module of its name, else among COMMANDS of the others; imports no more than it must."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(command.name or "" for name in _modules() for command in _commands(name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = cmd_name.replace("-", "_")
        for module in sorted(_modules(), key=lambda name: name != own):
            for command in _commands(module):
                if command.name == cmd_name:
                    return command
        return None

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


def _modules() -> list[str]:
    return [name for _, name, _ in pkgutil.iter_modules(__path__) if not name.startswith("_")]


def _commands(module: str) -> list[click.Command]:
    loaded = importlib.import_module(f"{__name__}.{module}")
    return list(getattr(loaded, "COMMANDS", None) or [loaded.command])


osm = click.version_option(VERSION, message="ОСМ %(version)s", help="Показать версию программы.")(
    Commands("osm", help="Команды ОСМ: загрузка выгрузок, сроки, учётные записи, фоновая работа.")
)
