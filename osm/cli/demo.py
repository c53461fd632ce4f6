"""`osm demo`: fill an empty database with the demonstration, and print who can log in."""

import click
from flask.cli import with_appcontext

from osm.base.application import current_now, current_settings
from osm.demo.files import FILENAME, write_export
from osm.demo.seed import SeedReport, seed
from osm.flow.acts.clocks import in_force
from osm.regulation.words import STATUS_LABELS


@click.command("demo", help="Заполнить пустую базу демонстрационными данными и показать учётные записи.")
@with_appcontext
def demo() -> None:
    fill()


def fill() -> None:
    """Raises SeedRefused."""
    now = current_now()
    report = seed(now)
    path = current_settings().data_dir / FILENAME
    rows = write_export(path, now, in_force().calendar)
    click.echo(in_words(report))
    click.echo(f"\nФайл для пробной загрузки из «Инцидент Менеджмента»: {path} (строк: {rows})")


def in_words(report: SeedReport) -> str:
    """The report for the person who starts the demonstration."""
    lines = [f"Демонстрационные данные: сообщений {sum(report.messages.values())}, событий в журнале {report.events}."]
    lines += [f"  {STATUS_LABELS[status]}: {count}" for status, count in report.messages.items()]
    lines += ["", "Учётные записи (логин, пароль, кто это):"]
    lines += [
        f"  {user.login:<7} {user.password:<12} {user.name}, " + ", ".join(filter(None, (user.roles, user.department)))
        for user in report.users
    ]
    return "\n".join(lines)
