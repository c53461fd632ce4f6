"""`osm create-user`: somebody who logs in; the password comes on standard input, never on the command line.
`osm reset-second-factor`: for the last administrator, who has nobody to ask.
"""

import sys

import click
from sqlalchemy import select

from osm.clock import current_now
from osm.extensions import db
from osm.people.acts import logins, users
from osm.people.acts.users import create_user as create
from osm.regulation.words import Role
from osm.services.errors import must_exist
from osm.store.models import User

_ROLES = [role.value for role in Role if role is not Role.SYSTEM]


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
    login: str,
    name: str,
    roles: tuple[str, ...],
    department: str | None,
    position: str,
    phone: str,
    password_stdin: bool,
    must_change: bool,
) -> None:
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Пароль", hide_input=True, confirmation_prompt="Пароль ещё раз")
    user = create(
        login,
        name,
        [Role(role) for role in roles],
        password,
        now=current_now(),
        department=department,
        position=position,
        phone=phone,
        must_change_password=must_change,
    )
    click.echo(f"Учётная запись «{user.login}» создана.", err=True)


@click.command("reset-second-factor", help="Сбросить второй фактор тому, кто потерял и телефон, и коды на бумаге.")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    user = must_exist(db.session.scalar(select(User).where(User.login == users.normal_login(login))), "Учётная запись")
    logins.reset_second_factor(user.id, user.version, actor=None, now=current_now())
    click.echo(f"Второй фактор «{user.login}» сброшен: вход по одному паролю, сеансы завершены.", err=True)
