"""`osm backup`, `osm restore`: everything into one archive, and back."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.cli._calls import GivenFile
from osm.clock import SystemClock, current_now
from osm.extensions import current_settings
from osm.jobs.lease import is_gone
from osm.keeping.acts.backup import make_backup
from osm.keeping.acts.restore import restore as put_back


@click.command("backup", help="Записать резервную копию всего в один файл FILE; ОСМ при этом работает.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    report = make_backup(file, current_now())
    click.echo(
        f"Копия записана: {file} ({max(report.size // 1024, 1)} КБ). Строк {report.rows}, файлов {report.files}. "
        + (
            "Зашифрована: открыть её можно только закрытым ключом."
            if report.encrypted
            else "Храните её так же бережно, как базу: в ней персональные данные."
        )
    )
    if report.missing:
        click.echo(
            f"Внимание: файлов, которых нет на диске или которые на нём повреждены: {report.missing}. "
            "Остальное записано полностью.",
            err=True,
        )


@click.command("restore", help="Заменить базу и файлы содержимым резервной копии FILE. ОСМ должна быть остановлена.")
@click.argument("file", type=GivenFile())
@click.option("--force", is_flag=True, help="Заменить данные, которые уже есть.")
@click.option("--trust", is_flag=True, help="Принять копию без подписи этой установки: прежней версии или чужую.")
@click.option("--identity", type=GivenFile(), help="Файл с закрытым ключом age, если копия зашифрована.")
@with_appcontext
def restore(file: Path, force: bool, trust: bool, identity: Path | None) -> None:
    # Leases use the computer's clock, also with OSM_NOW.
    now = SystemClock().now()
    done = put_back(file, now, force=force, is_gone=is_gone, trust=trust, identity=identity)
    made_at = done.made_at.astimezone(current_settings().time_zone)
    click.echo(
        f"Восстановлено состояние на {made_at:%d.%m.%Y %H:%M}: строк {done.rows}, файлов {done.files}. "
        "Всем нужно войти заново. Проверьте журнал: osm audit-verify."
    )
    if not done.same_key:
        click.echo(
            "Внимание: копия сделана с другим ключом OSM_ENCRYPTION_KEY. Нынешним ключом не проверить печати журнала и "
            "не прочитать пароли подключений. Если прежний ключ сохранился, задайте его.",
            err=True,
        )
    if done.missing:
        click.echo(f"Внимание: {done.missing} файлов не было уже тогда, когда делалась копия.", err=True)


COMMANDS = [backup, restore]
