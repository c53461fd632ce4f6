"""«Управление»: what the administrator has to look at, and the rooms behind it."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.web.access import allow, me
from osm.web.administration.troubles import troubles
from osm.web.nav import rooms
from osm.web.sections import ADMIN

blueprint = Blueprint("administration", __name__, url_prefix=ADMIN)

#: What is done in each room.
ROOMS = {
    "/admin/users": "кто работает в программе, с какими ролями",
    "/admin/absences": "кто кого замещает и когда",
    "/admin/mail": "уходят ли письма: напоминания и приглашения",
    "/admin/logins": "кому приходится ждать после неверных паролей",
    "/admin/calendar": "рабочее время и праздники, по ним считаются сроки",
    "/admin/regulation": "сроки постановления, по которым работает программа",
    "/admin/topics": "по теме сообщение приходит в свой отдел",
    "/admin/departments": "телефоны, дежурные, заместители, кто курирует",
    "/admin/office": "название, шапка документов, телефоны; кто есть кто",
    "/admin/sources": "какой столбец выгрузки что значит",
    "/imports": "что загружено, что не загрузилось и почему",
    "/admin/pages": "ключи, что программа делает сама",
    "/admin/security": "кто управляет страницами, второй фактор, проверки",
    "/admin/pages/stops": "чтобы ничего не уходило в соцсети",
    "/accounts": "какие страницы ведёт администрация",
    "/admin/rules": "как часто правила проверки правы",
    "/admin/rules/lessons": "что запомнено из решений и можно забыть",
    "/admin/backups": "когда сделана копия и удалось ли её восстановить",
    "/admin/log": "кто что сделал; цел ли сам журнал",
}


@blueprint.get("")
@allow(Role.ADMIN)
def show() -> ResponseReturnValue:
    now = current_now()
    groups = [
        (tab.label, [(address, label or tab.label, ROOMS[address]) for label, address in tab.screens])
        for tab in rooms(me())
    ]
    return render_template("administration/start.html", troubles=troubles(now), groups=groups)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
