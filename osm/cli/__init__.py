"""`flask osm …`: the commands. Each is a module of this package whose name is the command's and that has `command`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import click

from osm.regulation.errors import RegulationError
from osm.services.errors import ServiceError
from osm.settings import SettingsError

#: What a command refuses becomes one line on standard error and exit status 1; a bad call is click's status 2.
REFUSALS = (RegulationError, ServiceError, SettingsError)


class Commands(click.Group):
    """Imports a command only when it is called, so that each of them starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        found = (name for _, name, _ in pkgutil.iter_modules(__path__) if not name.startswith("_"))
        return sorted(name.replace("_", "-") for name in found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except REFUSALS as error:
            click.echo(str(error), err=True)
            ctx.exit(1)


osm = Commands("osm", help="Команды ОСМ: загрузка выгрузок, сроки, учётные записи, фоновая работа.")
