"""`osm audit-verify`: whether the log still says what it said when it was sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from osm.cli._calls import GivenFile
from osm.clock import current_now
from osm.extensions import current_settings
from osm.keeping.acts.backup import readable
from osm.log.acts.audit import verify_log
from osm.log.acts.contents import NothingToCompare, kept_seals, seals_of
from osm.log.acts.sealing import Report, log_check
from osm.settings import Settings
from osm.store.age import BadKey, NotDecrypted
from osm.store.manifest import BadArchive


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
    report = verify_log(now, _seals(kept, identity) if kept else ())
    for line in in_words(report, current_settings()):
        click.echo(line)
    try:
        log_check(report, None, now)
    except SQLAlchemyError:  # a database that can only be read is checked all the same
        click.echo("Итог проверки не записан в журнал: база занята или доступна только для чтения.", err=True)
    if report.faults:
        click.get_current_context().exit(1)


def _seals(kept: Path, identity: Path | None) -> list[dict[str, Any]]:
    if identity is None:
        return kept_seals(kept)
    try:
        with readable(kept, identity) as archive:
            return sorted(seals_of(archive), key=lambda seal: seal["number"])
    except (BadArchive, BadKey, NotDecrypted) as error:
        raise NothingToCompare(f"{error} Журнал не сверен.") from error


def in_words(report: Report, settings: Settings) -> list[str]:
    """The report for a person, line by line."""
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


def _verdict(report: Report) -> str:
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


COMMANDS = [audit_verify]
