"""`osm audit-verify`: whether the log still says what it said when it was sealed."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from osm.clock import current_now
from osm.services.log.audit import Report, log_check, verify_log
from osm.settings import Settings


@click.command("audit-verify", help="Проверить, что журнал не меняли: записи на месте, лишних нет, конец не отрезан.")
@with_appcontext
def audit_verify() -> None:
    """Exit status 0: whole, 1: not. The screen of the log shows the result: a timer may do it every night."""
    report = verify_log()
    for line in in_words(report, current_app.extensions["osm_settings"]):
        click.echo(line)
    try:
        log_check(report, None, current_now())
    except SQLAlchemyError:  # a database that can only be read is checked all the same
        click.echo("Итог проверки не записан в журнал: база занята или доступна только для чтения.", err=True)
    if report.faults:
        click.get_current_context().exit(1)


def in_words(report: Report, settings: Settings) -> list[str]:
    """The report for a person, line by line."""
    zone = settings.time_zone
    last = f", последняя {report.last_sealed_at.astimezone(zone):%d.%m.%Y %H:%M:%S}" if report.last_sealed_at else ""
    lines = [
        _verdict(report),
        f"Запечатано записей: {report.sealed} (печатей {report.seals}{last}). Ещё без печати: {report.waiting}.",
    ]
    lines += [fault.sentence for fault in report.faults]
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
    return "Журнал изменён." if report.faults else "Журнал цел."


COMMANDS = [audit_verify]
