"""«Управление»: what the administrator has to look at, and the rooms behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.base.application import current_now, current_settings
from osm.base.durable import DISK
from osm.imports.queries.runs import failed_since
from osm.integrators.queries import unheard
from osm.jobs.lanes import CLOCKS, DIRECTORY, FILES, MAIL, NETWORKS, READING, late_lanes
from osm.keeping.acts import nightly
from osm.log.queries.page import fault_at
from osm.login.acts.attempts import throttled_people
from osm.outbox.queries import pages
from osm.regulation.words import Role
from osm.shell import filters, frame
from osm.shell.access import Screens, me
from osm.shell.frame import nav

blueprint = Screens("administration", __name__, url_prefix=frame.ADMIN)

#: What is done in each room.
ROOMS = {
    "/admin/users": "кто работает в программе, с какими ролями",
    "/admin/auditors": "кому открыто чтение для проверки, до какого дня, что смотрели",
    "/admin/absences": "кто кого замещает и когда",
    "/admin/mail": "уходят ли письма: напоминания и приглашения",
    "/admin/logins": "кому приходится ждать после неверных паролей",
    "/admin/directory": "кто ещё проверяет пароли: каталог организации, единый вход",
    "/admin/calendar": "рабочее время и праздники, по ним считаются сроки",
    "/admin/regulation": "сроки постановления, по которым работает программа",
    "/admin/topics": "по теме сообщение приходит в свой отдел",
    "/admin/departments": "телефоны, дежурные, заместители, кто курирует",
    "/admin/office": "название, шапка документов, телефоны; кто есть кто",
    "/admin/sources": "какой столбец выгрузки что значит",
    "/admin/integrators": "системы, которые передают сообщения сами; их ключи",
    "/imports": "что загружено, что не загрузилось и почему",
    "/admin/pages": "ключи, что программа делает сама",
    "/admin/security": "кто управляет страницами, второй фактор, проверки",
    "/admin/pages/stops": "чтобы ничего не уходило в соцсети",
    "/accounts": "какие страницы ведёт администрация",
    "/admin/rules": "как часто правила проверки правы",
    "/admin/rules/lessons": "что запомнено из решений и можно забыть",
    "/admin/backups": "когда сделана копия и удалось ли её восстановить",
    "/admin/keeping": "сколько хранятся данные людей, что уничтожено",
    "/admin/keeping/requests": "человек спрашивает о своих данных или просит их уничтожить",
    "/admin/log": "кто что сделал; цел ли сам журнал",
}


@blueprint.get("", Role.ADMIN)
def show() -> ResponseReturnValue:
    now = current_now()
    groups = [
        (tab.label, [(address, label or tab.label, ROOMS[address]) for label, address in tab.screens])
        for tab in nav.rooms(me())
    ]
    return render_template("administration/start.html", troubles=troubles(now), groups=groups)


# --- Troubles
STILL_NEWS = timedelta(days=7)  # a load that failed longer ago has been seen or given up

_LANES = {
    CLOCKS.name: "сроки не отмечаются",
    FILES.name: "файлы не загружаются, копии не делаются",
    READING.name: "тексты не проверяются",
    MAIL.name: "письма с напоминаниями не уходят",
    DIRECTORY.name: "уволенных в каталоге программа не замечает",
    NETWORKS.name: "страницы не читаются, ничего не выходит в соцсети",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """`text`: what is wrong and what to do; `address` and `link`: where, empty where only the server helps."""

    text: str | Markup
    address: str = ""
    link: str = ""


def troubles(now: datetime) -> list[Trouble]:
    """All that there are, the most urgent first."""
    return [trouble for kind in _KINDS for trouble in kind(now)]


def _disk(_now: datetime) -> Iterator[Trouble]:
    if not DISK.get().takes_something():
        yield Trouble("На диске сервера нет места: ничего не сохраняется. Освободите место или проверьте диск.")


def _worker(now: datetime) -> Iterator[Trouble]:
    if late := late_lanes(now):
        stands = "; ".join(_LANES[lane.name] for lane in late)
        yield Trouble(f"Фоновая программа не отвечает: {stands}. Запустите её снова (раздел 6 docs/install.md).")


def _log(_now: datetime) -> Iterator[Trouble]:
    if at := fault_at():
        found = Markup("Журнал изменён в обход программы, найдено {}.").format(filters.time_tag(at))
        yield Trouble(found, url_for("log.index"), "Что найдено")


def _backups(now: datetime) -> Iterator[Trouble]:
    address, link = url_for("backups.index"), "Резервные копии"
    if current_settings().backup_dir is None:
        yield Trouble("Ночные резервные копии выключены: поломка диска уничтожит всё.", address, link)
        return
    state = nightly.state(now)
    if state.failure:
        yield Trouble("Резервная копия не получилась.", address, link)
    elif state.made_at and state.overdue:
        yield Trouble("Резервной копии нет больше суток.", address, link)
    if state.trial_failure:
        yield Trouble("Последнюю резервную копию восстановить не удалось.", address, link)


def _loads(now: datetime) -> Iterator[Trouble]:
    for run in failed_since(now - STILL_NEWS):
        words = Markup("Файл «{}» не загрузился {}.").format(run.filename, filters.time_tag(run.created_at))
        yield Trouble(words, url_for("imports.show", run_id=run.id), "Почему")


def _pages(now: datetime) -> Iterator[Trouble]:
    rows = pages()
    for page in (row for row in rows if row.is_troubled):
        why = "остановлена: база скопирована или восстановлена, подключение выключено."
        if page.needs_key:
            why = Markup(render_template("connections/_needs_key.html", page=page))  # noqa: S704 (it escapes itself)
        words = Markup("Страница «{}»: {}").format(page.title, why)
        yield Trouble(words, url_for("pages.show", account_id=page.account.id), "Открыть")
    for page in rows:
        for at in page.end_soon(now).values():
            words = Markup("Ключ страницы «{}» действует до {}.").format(page.title, filters.time_tag(at))
            yield Trouble(words, url_for("pages.show", account_id=page.account.id), "Заменить")


def _unheard(_now: datetime) -> Iterator[Trouble]:
    for row, count in unheard():
        events = filters.counted(count, "событие", "события", "событий")
        address = url_for("integrators.show", integrator_id=row.id)
        yield Trouble(f"Интегратору «{row.name}» не удалось сообщить: {events}.", address, "Повторить")


def _log_ins(now: datetime) -> Iterator[Trouble]:
    if waiting := throttled_people(now):
        names = ", ".join(person.name for person in waiting)
        yield Trouble(f"После неверных паролей ждут: {names}.", url_for("throttled.throttled_index"), "Впустить")


_KINDS: tuple[Callable[[datetime], Iterator[Trouble]], ...] = (
    _disk, _worker, _log, _pages, _backups, _loads, _unheard, _log_ins,
)  # fmt: skip
