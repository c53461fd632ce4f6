"""«Управление»: what the administrator has to look at, and the rooms behind it."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.web.access import allow, me
from osm.web.administration.troubles import troubles
from osm.web.nav import ADMIN, admin_menu

blueprint = Blueprint("administration", __name__, url_prefix=ADMIN)

#: The rooms by subject: address → what is done there.
GROUPS: dict[str, dict[str, str]] = {
    "Люди": {
        "/admin/users": "кто работает в программе, с какими ролями",
        "/admin/logins": "кому приходится ждать после неверных паролей",
        "/admin/departments": "телефоны, дежурные, заместители, кто курирует",
        "/admin/absences": "кто кого замещает и когда",
        "/admin/office": "название, шапка документов, телефоны; кто есть кто",
        "/admin/mail": "уходят ли письма: напоминания и приглашения",
    },
    "Страницы в соцсетях": {
        "/admin/pages": "ключи, что программа делает сама",
        "/admin/security": "кто управляет страницами, второй фактор, проверки",
    },
    "Сообщения и ответы": {
        "/admin/topics": "по теме сообщение приходит в свой отдел",
        "/admin/templates": "готовые тексты ответов",
        "/admin/dictionary": "слова, которые проверка отмечает или пропускает",
        "/admin/rules": "как часто правила проверки правы, чему научили решения",
        "/admin/sources": "какой столбец выгрузки что значит",
        "/admin/forms": "формы отчётов для края",
    },
    "Сроки": {
        "/admin/calendar": "рабочее время и праздники, по ним считаются сроки",
        "/admin/regulation": "сроки постановления, по которым работает программа",
    },
    "Журнал и копии": {
        "/admin/log": "кто что сделал; цел ли сам журнал",
        "/admin/backups": "когда сделана копия и удалось ли её восстановить",
    },
}
ROOMS = {address: what for rooms in GROUPS.values() for address, what in rooms.items()}


@blueprint.get("")
@allow(Role.ADMIN)
def show() -> ResponseReturnValue:
    now = current_now()
    labels = {item.path: item.label for item in admin_menu(me())}
    groups = [
        (heading, [(address, labels[address], what) for address, what in rooms.items() if address in labels])
        for heading, rooms in GROUPS.items()
    ]
    return render_template("administration/start.html", troubles=troubles(now), groups=groups)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
