"""`osm create-user`: somebody who logs in; the password comes on standard input, never on the command line.
`osm reset-second-factor`: for the last administrator, who has nobody to ask.
"""

import json
import sys

import click
from sqlalchemy import select

from osm.base.application import current_now, current_settings
from osm.base.database import db
from osm.base.errors import must_exist
from osm.directory.acts.entering import check
from osm.login.acts import passwords
from osm.models import User
from osm.people.acts import editing
from osm.people.acts.users import create_user as create
from osm.regulation.words import GIVEN_ROLES, Role

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
    user = create(
        login, name, [Role(role) for role in roles], password, now=current_now(), department=department,
        position=position, phone=phone, must_change_password=must_change,
    )  # fmt: skip
    click.echo(f"Учётная запись «{user.login}» создана.", err=True)


@click.command("reset-second-factor", help="Сбросить второй фактор тому, кто потерял и телефон, и коды на бумаге.")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    user = must_exist(
        db.session.scalar(select(User).where(User.login == passwords.normal_login(login))), "Учётная запись"
    )
    editing.reset_second_factor(user.id, user.version, actor=None, now=current_now())
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
        told = {"ok": line.ok, "what": line.what, "say": line.say}
        mark = "есть" if line.ok else "НЕТ "
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{mark} {line.what}: {line.say}")
    ctx.exit(0 if all(line.ok for line in lines) else 1)
