"""`osm backup`, `osm restore`, `osm copy-database`: everything at once; `osm audit-verify`: is the log as it was?"""

from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from osm.base.application import SystemClock, current_now, current_settings, local_zone
from osm.base.errors import ServiceError
from osm.cli import GivenFile
from osm.jobs.lease import is_gone
from osm.keeping.acts.backup import make_backup, readable
from osm.keeping.acts.nightly import copy_database as copy_everything
from osm.keeping.acts.restore import restore as put_back
from osm.log.acts import audit, contents, sealing
from osm.retention import queries
from osm.retention.rules import TERMS
from osm.settings import Settings
from osm.store import portable
from osm.store.archive import BadKey, NotDecrypted


@click.command("backup", help="Записать резервную копию всего в один файл FILE; ОСМ при этом работает.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    report = make_backup(file, current_now(), current_settings())
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
    made_at = done.made_at.astimezone(local_zone())
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


@click.command("copy-database", help="Перенести данные в другую базу: postgresql://имя@узел/osm или sqlite:////путь.")
@click.argument("address")
@click.option("--force", is_flag=True, help="Заменить данные, которые там уже есть.")
@with_appcontext
def copy_database(address: str, force: bool) -> None:
    # Leases use the computer's clock, also with OSM_NOW.
    done = copy_everything(address, SystemClock().now(), force=force, is_gone=is_gone)
    click.echo(
        f"Перенесено таблиц {done.tables}, строк {done.rows}; каждая строка сверена. Прежняя база осталась как была. "
        f"Чтобы работать с новой, задайте OSM_DATABASE_URL='{make_url(address).render_as_string()}' (с паролем, если "
        "он нужен) и запустите ОСМ. Файлы остаются в OSM_DATA_DIR."
    )


@click.command("audit-verify", help="Проверить, что журнал не меняли: записи на месте, лишних нет, конец не отрезан.")
@click.option(
    "--against",
    "kept",
    type=GivenFile(),
    metavar="BACKUP",
    help="Сверить и с печатями из резервной копии (или из сохранённого журнала службы).",
)
@click.option(
    "--identity", type=GivenFile(), metavar="KEYFILE", help="Файл с закрытым ключом age, если копия зашифрована."
)
@with_appcontext
def audit_verify(kept: Path | None, identity: Path | None) -> None:
    """Exit status 0: whole, 1: not. The screen of the log shows the result: a timer may do it every night."""
    now = current_now()
    report = audit.verify_log(now, _seals(kept, identity) if kept else ())
    for line in _in_words(report, current_settings()):
        click.echo(line)
    try:
        sealing.log_check(report, None, now, local_zone())
    except SQLAlchemyError:  # a database that can only be read is checked all the same
        click.echo("Итог проверки не записан в журнал: база занята или доступна только для чтения.", err=True)
    if report.faults:
        click.get_current_context().exit(1)


def _seals(kept: Path, identity: Path | None) -> list[dict[str, Any]]:
    if identity is None:
        return contents.kept_seals(kept)
    try:
        with readable(kept, identity) as archive:
            return sorted(contents.seals_of(archive), key=lambda seal: seal["number"])
    except (portable.BadArchive, BadKey, NotDecrypted) as error:
        raise contents.NothingToCompare(f"{error} Журнал не сверен.") from error


def _in_words(report: sealing.Report, settings: Settings) -> list[str]:
    zone = settings.time_zone
    last = f", последняя {report.last_sealed_at.astimezone(zone):%d.%m.%Y %H:%M:%S}" if report.last_sealed_at else ""
    lines = [
        _verdict(report),
        f"Запечатано записей: {report.sealed} (печатей {report.seals}{last}). Ещё без печати: {report.waiting}.",
    ]
    if report.compared:
        lines.append(f"Сверено с печатями из копии: {report.compared}.")
    lines += [fault.sentence for fault in report.faults]
    lines += [late.sentence(zone) for late in report.late]
    if report.late:
        lines.append(
            "Так бывает, когда фоновый процесс не работает. Если он работал, часть печатей удалили: сверьте журнал "
            "с резервной копией, сделанной раньше: osm audit-verify --against КОПИЯ."
        )
    lines += [
        f"{at.astimezone(zone):%d.%m.%Y %H:%M} база восстановлена из копии: "
        "записей, сделанных после той копии, в журнале нет."
        for at in report.restored_at
    ]
    return lines


def _verdict(report: sealing.Report) -> str:
    if report.is_other_key:
        return (
            "Журнал проверен не весь: часть записей запечатана другим ключом. Задайте прежний OSM_ENCRYPTION_KEY и "
            "повторите. Если ключ не меняли, журнал изменён в обход программы."
        )
    if report.is_unsealed:
        return (
            "Журнал проверен не весь: у части записей нет печати. Проверьте, работает ли фоновый процесс. Если он "
            "работал, печати удалены в обход программы."
        )
    return "Журнал изменён." if report.faults else "Журнал цел."


# --- `osm purge`: what has outlived its term of keeping (152-ФЗ)
_BY_A_PERSON = (
    "Уничтожает фоновая программа: первый раз по кнопке администратора («Управление» → «Сроки хранения»), потом каждую "
    "ночь. Посмотреть, что будет уничтожено: osm purge --dry-run. Ничего не изменено."
)


@click.command("purge", help="Показать, у чего истёк срок хранения (152-ФЗ). Уничтожает фоновая программа.")
@click.option("--dry-run", is_flag=True, help="Только показать.")
@with_appcontext
def purge(dry_run: bool) -> None:
    ServiceError.when(not dry_run, _BY_A_PERSON)
    counts = queries.due_counts(current_now())
    for kept, count in counts.items():
        click.echo(f"{TERMS[kept].label}: {count}")
    if not counts:
        click.echo("Сроки хранения ещё ни у чего не истекли.")
