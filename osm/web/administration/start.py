"""«Управление»: what the administrator has to look at, and the rooms behind it."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.store.queries.inbox.first_steps import first_steps
from osm.web.access import allow
from osm.web.administration.troubles import troubles
from osm.web.nav import ADMIN

blueprint = Blueprint("administration", __name__, url_prefix=ADMIN)

#: Address of a room → what is done there.
ROOMS: dict[str, str] = {
    "/admin/users": "кто работает в программе, с какими ролями",
    "/admin/logins": "кому приходится ждать после неверных паролей",
    "/admin/departments": "телефоны, дежурные, заместители, кто курирует",
    "/admin/office": "название, шапка документов, телефоны; кто есть кто",
    "/admin/pages": "страницы в соцсетях: ключи, что программа делает сама",
    "/admin/security": "кто управляет страницами, второй фактор, проверки",
    "/admin/topics": "по теме сообщение приходит в свой отдел",
    "/admin/absences": "кто кого замещает и когда",
    "/admin/calendar": "рабочее время и праздники, по ним считаются сроки",
    "/admin/sources": "какой столбец выгрузки что значит",
    "/admin/regulation": "сроки постановления, по которым работает программа",
    "/admin/templates": "готовые тексты ответов",
    "/admin/dictionary": "слова, которые проверка отмечает или пропускает",
    "/admin/rules": "как часто правила проверки правы, чему научили решения",
    "/admin/forms": "формы отчётов для края",
    "/admin/log": "кто что сделал; цел ли сам журнал",
    "/admin/backups": "когда сделана копия и удалось ли её восстановить",
}


@blueprint.get("")
@allow(Role.ADMIN)
def show() -> ResponseReturnValue:
    now = current_now()
    return render_template("administration/start.html", troubles=troubles(now), missing=first_steps(), rooms=ROOMS)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
