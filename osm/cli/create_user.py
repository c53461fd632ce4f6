"""`osm create-user`: somebody who logs in; the password comes on standard input, never on the command line."""

from __future__ import annotations

import sys

import click

from osm.clock import current_now
from osm.people.acts.users import create_user as create
from osm.regulation.words import Role

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
