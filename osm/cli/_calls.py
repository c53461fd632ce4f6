"""What is said of a call that cannot be understood: one Russian sentence, and where to read how it is written."""

from pathlib import Path
from typing import Any

import click


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
