"""Commands of an installation: people who log in, the demonstration, the worker, the networks and their pages."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from osm.base.application import current_now, current_settings, local_zone
from osm.base.database import db
from osm.base.errors import must_exist
from osm.connectors.contract import Act
from osm.directory.acts.entering import check
from osm.flow.acts.clocks import in_force
from osm.jobs.running import run, run_due
from osm.login.acts import passwords
from osm.models import OutboxAction, User
from osm.outbox.queries import every
from osm.pages.acts.connecting import connect_page as connect
from osm.people.acts import users
from osm.people.acts.users import create_user as create
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import GIVEN_ROLES, Role

if TYPE_CHECKING:
    from osm.demo.office import SeedReport

_ROLES = [role.value for role in GIVEN_ROLES]


@click.command("create-user", help="Создать учётную запись.")
@click.argument("login")
@click.option("--name", required=True, help="Имя и фамилия, как их увидят другие.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(_ROLES), help="Можно несколько.")
@click.option("--department", default=None, help="Подразделение; новое будет создано.")
@click.option("--position", default="", help="Должность.")
@click.option("--phone", default="", help="Телефон для карточки сообщения.")
@click.option("--password-stdin", is_flag=True, help="Прочитать пароль из стандартного ввода (первая строка).")
@click.option("--must-change", is_flag=True, help="Пароль только на первый вход: при нём задают свой.")
def create_user(
    login: str, name: str, roles: tuple[str, ...], department: str | None, position: str, phone: str,
    password_stdin: bool, must_change: bool,
) -> None:  # fmt: skip
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Пароль", hide_input=True, confirmation_prompt="Пароль ещё раз")
    same = [one.login for one in users.namesakes(name)]
    user = create(
        login, name, [Role(role) for role in roles], password, now=current_now(), department=department,
        position=position, phone=phone, must_change_password=must_change,
    )  # fmt: skip
    click.echo(f"Учётная запись «{user.login}» создана.", err=True)
    if same:
        click.echo(f"Такое же имя уже есть у «{'», «'.join(same)}»: проверьте, что это другой человек.", err=True)


@click.command("reset-second-factor", help="Сбросить второй фактор тому, кто потерял и телефон, и коды на бумаге.")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    user = must_exist(
        db.session.scalar(select(User).where(User.login == passwords.normal_login(login))), "Учётная запись"
    )
    users.reset_second_factor(user.id, user.version, actor=None, now=current_now())
    click.echo(f"Второй фактор «{user.login}» сброшен: вход по одному паролю, сеансы завершены.", err=True)


# --- `osm directory`: does the directory answer, and what does it say of a person?
@click.command(
    "directory", help="Проверить вход через каталог и единый вход; с LOGIN — что каталог говорит о человеке."
)
@click.argument("login", default="")
@click.option("--json", "as_json", is_flag=True, help="Строки {ok, what, say}.")
@click.pass_context
def directory(ctx: click.Context, login: str, as_json: bool) -> None:
    lines = check(current_settings().directory, login, current_now())
    for line in lines:
        mark = "есть" if line.ok else "НЕТ "
        click.echo(json.dumps(asdict(line), ensure_ascii=False) if as_json else f"{mark} {line.what}: {line.say}")
    ctx.exit(0 if all(line.ok for line in lines) else 1)


# --- `osm demo`: fill an empty database with the demonstration, and print who can log in
@click.command("demo", help="Заполнить пустую базу демонстрационными данными и показать учётные записи.")
@with_appcontext
def demo() -> None:
    fill()


def fill() -> None:
    from osm.demo.office import seed  # the worker has no use for the demonstration
    from osm.demo.story import FILENAME, write_export

    now = current_now()
    report = seed(now)
    path = current_settings().data_dir / FILENAME
    rows = write_export(path, now, in_force().calendar)
    click.echo(in_words(report))
    click.echo(f"\nФайл для пробной загрузки из «Инцидент Менеджмента»: {path} (строк: {rows})")


def in_words(report: SeedReport) -> str:
    lines = [f"Демонстрационные данные: сообщений {sum(report.messages.values())}, событий в журнале {report.events}."]
    lines += [f"  {status.label}: {count}" for status, count in report.messages.items()]
    lines += ["", "Учётные записи (логин, пароль, кто это):"]
    lines += [
        f"  {user.login:<7} {user.password:<12} {user.name}, " + ", ".join(filter(None, (user.roles, user.department)))
        for user in report.users
    ]
    return "\n".join(lines)


# --- `osm worker`: the process that does what is due, round after round; `osm tick`: one round at a given instant
@click.command("worker", help="Фоновый процесс: загружает выгрузки и делает всё, чему пришёл срок.")
@with_appcontext
def worker() -> None:
    """The process alone; a second one waits while this one works."""
    run(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("tick", help="Один круг фоновой работы на заданный момент.")
@click.option("--at", "at", required=True, metavar="ISO", help="Момент с поясом, например 2026-04-30T10:00+10:00.")
@with_appcontext
def tick(at: str) -> None:
    """Do one round of all jobs as if it were this instant, and print what was done."""
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter("нужен момент вида 2026-04-30T10:00+10:00", param_hint="--at") from None
    if instant.tzinfo is None:
        raise click.BadParameter("нет часового пояса, пример: 2026-04-30T10:00+10:00", param_hint="--at")
    try:
        click.echo(json.dumps(run_due(instant), ensure_ascii=False))
    except Exception as error:
        # Its words may quote what people have written.
        click.echo(f"Круг не закончен: {type(error).__name__}. Где ошибка, сказано строкой выше.", err=True)
        sys.exit(1)


# --- `osm outbox`: what waits to be done in the networks; `osm connect-page`: a page with its keys from standard input
@click.command("outbox", help="Показать, что ждёт выполнения в соцсетях: удаления, блокировки.")
@click.option("--json", "as_json", is_flag=True, help="Список в JSON, действие в строке.")
@click.option("--all", "all_", is_flag=True, help="И то, что выполнено, отменено или не удалось.")
@with_appcontext
def outbox(as_json: bool, all_: bool) -> None:
    states = tuple(OutboxState) if all_ else (OutboxState.PENDING,)
    if not as_json:
        for row in every(states):
            click.echo(_in_words(row))
        return
    click.echo("[", nl=False)
    for place, row in enumerate(every(states)):
        click.echo((",\n" if place else "\n") + json.dumps(_as_dict(row), ensure_ascii=False), nl=False)
    click.echo("\n]")


def _as_dict(row: OutboxAction) -> dict[str, object]:
    return {
        "id": row.id, "kind": row.kind, "network": row.network, "state": row.state, "url": row.address,
        "comment": row.comment_id, "author": row.author_id,
        "ban_until": row.ban_until.isoformat() if row.ban_until else None, "not_before": row.not_before.isoformat(),
        "created_at": row.created_at.isoformat(), "message": row.message_id, "attempts": row.attempts,
        "for_person": row.for_person, "error": row.error,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
    }  # fmt: skip


def _in_words(row: OutboxAction) -> str:
    since = row.created_at.astimezone(local_zone())
    return f"{row.id}: {row.kind.label}, {row.address or row.author_name}, с {since:%d.%m %H:%M}"


_TEXTS = ("network", "id", "title", "publish", "moderate", "has_read", "ground")


@click.command("connect-page", help="Подключить страницу в соцсети: JSON с ключами из стандартного ввода.")
@click.option("--json", "as_json", is_flag=True, help="Ответ в JSON.")
@with_appcontext
def connect_page(as_json: bool) -> None:
    given = _given(sys.stdin.read())
    ways = {name: given[name] for name in ("publish", "moderate", "title", "ground") if name in given}
    has_read = given.get("has_read") == "True"
    done = connect(
        given["network"], given["id"], given["keys"], **ways, has_read=has_read, actor=None, now=current_now()
    )
    report = done.report
    if as_json:
        cannot = [{"what": _ACT_WORDS.get(one.what, one.what), "why": one.why} for one in report.cannot]
        found = {"account": done.account_id, "can": [str(act) for act in report.can], "cannot": cannot}
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    said = "Страница подключена" if report.can else "Ключи не подошли, страница записана и остановлена"
    click.echo(f"{said}, № {done.account_id}.")
    for why in dict.fromkeys(one.why for one in report.cannot):
        what = ", ".join(_ACT_WORDS.get(one.what, one.what) for one in report.cannot if one.why == why)
        click.echo(f"Не может: {what}. {why}", err=True)


_ACT_WORDS: dict[str, str] = {
    Act.READ: "читать новое",
    Act.REPLY: "отвечать",
    Act.EDIT: "исправлять ответ",
    Act.DELETE: "удалять",
    Act.RESTORE: "восстанавливать",
    Act.BAN: "блокировать",
    Act.UNBAN: "снимать блокировку",
    Act.POST: "публиковать записи",
    Act.LOOK_UP: "проверять, выполнено ли",
}
"""A report also names keys; those are in words already."""


def _given(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise click.UsageError("на входе нужен JSON: network, id, keys") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise click.UsageError("на входе нужен объект JSON с network, id и keys (имя ключа — ключ)")
    given = {name: str(found[name]) for name in _TEXTS if found.get(name) is not None}
    if missing := [name for name in ("network", "id") if name not in given]:
        raise click.UsageError(f"на входе нет {missing[0]}")
    return {**given, "keys": keys}
