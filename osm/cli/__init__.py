"""`flask osm …`: the commands, and in which module of this package each is; what is said of a call that is wrong."""

import importlib
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from osm.base.errors import ServiceError
from osm.base.supervised import NO_ROOM
from osm.base.transaction import is_no_room
from osm.regulation.errors import RegulationError
from osm.settings import SettingsError
from osm.version import VERSION


class GivenFile(click.Path):
    """An existing file that can be read; without the right to look, the message does not say that it is missing."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(_why_not(Path(value)), param, ctx)


def bad_call(error: click.UsageError) -> str:
    """The sentence for standard error; the exit status stays click's."""
    words = error.ctx.command_path.split() if error.ctx else ["osm"]
    own = words[-1 - words[::-1].index("osm") :] if "osm" in words else words
    return f"{_sentence(error)} Как пишется команда: {' '.join(own)} --help"


def _why_not(path: Path) -> str:
    try:
        return f"{path} — каталог, а нужен файл." if path.is_dir() else _missing_or_closed(path)
    except OSError:
        return _missing_or_closed(path)


def _missing_or_closed(path: Path) -> str:
    try:
        path.stat()
    except FileNotFoundError:
        return f"файла {path} нет."
    except OSError:
        pass
    return (
        f"файл {path} не прочитать: у пользователя, от имени которого работает ОСМ, нет к нему доступа. "
        "Скопируйте файл туда, где доступ есть."
    )


def _sentence(error: click.UsageError) -> str:
    match error:
        case click.MissingParameter():
            return f"Не указано: {_named(error)}."
        case click.BadParameter():
            return f"{_named(error)}: {_value(error)}"
        case click.NoSuchOption():
            like = f" Похоже на {', '.join(error.possibilities)}." if error.possibilities else ""
            return f"Параметра {error.option_name} у команды нет.{like}"
        case click.BadOptionUsage():
            return f"Параметр {error.option_name} написан не так: проверьте, нужно ли ему значение."
    if error.message.startswith("No such command"):
        return "Такой команды нет."
    return "В команде лишние слова." if error.message.startswith("Got unexpected") else error.message


def _named(error: click.BadParameter) -> str:
    if isinstance(error.param_hint, str):
        return error.param_hint
    if error.param is None:
        return "значение"
    return error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name


def _value(error: click.BadParameter) -> str:
    """Our own words as they are, those of click's types in Russian."""
    kind = error.param.type if error.param else None
    if kind is None or isinstance(kind, GivenFile):
        return error.message.removesuffix(".") + "."
    if isinstance(kind, click.Choice):
        return f"можно только {', '.join(map(str, kind.choices))}."
    if isinstance(kind, click.DateTime):
        return "нужна дата, например 2026-11-25 или 25.11.2026."
    if isinstance(kind, click.Path):
        return "это каталог, а нужно имя файла."
    return "такое значение не подходит."


# --- `flask osm …`: the commands, and in which module of this package each is
_COMMANDS = {
    "doctor": "doctor",
    "exports": "bursts export-answers export-site figures openapi repeats",
    "imports": "import import-comments",
    "keeping": "audit-verify backup copy-database purge restore",
    "message": "dossier-check message",
    "office": "connect-page create-user demo directory outbox reset-second-factor tick worker",
    "questions": "check-answer deadlines",
}
MODULES = dict(sorted((name, module) for module, names in _COMMANDS.items() for name in names.split()))

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
