"""What does not work as it should: each trouble in words, with the page where the administrator sees to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, render_template, url_for
from markupsafe import Markup

from osm.accounts.acts.keys import this_installation
from osm.accounts.queries import pages, troubled
from osm.extensions import current_settings
from osm.imports.queries.runs import failed_since
from osm.jobs.beats import late_lanes
from osm.jobs.lanes import CLOCKS, FILES, MAIL, NETWORKS, READING
from osm.keeping.acts import nightly
from osm.log.queries.page import fault_at
from osm.people.acts.attempts import throttled_people
from osm.web.filters import time_tag

STILL_NEWS = timedelta(days=7)
"""A load that failed longer ago has been seen or given up."""

_LANES = {
    CLOCKS.name: "сроки не отмечаются",
    FILES.name: "файлы не загружаются, копии не делаются",
    READING.name: "тексты не проверяются",
    MAIL.name: "письма с напоминаниями не уходят",
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
    if not current_app.extensions["osm_disk"].takes_something():
        yield Trouble("На диске сервера нет места: ничего не сохраняется. Освободите место или проверьте диск.")


def _worker(now: datetime) -> Iterator[Trouble]:
    if late := late_lanes(now):
        stands = "; ".join(_LANES[name] for name in late)
        yield Trouble(f"Фоновая программа не отвечает: {stands}. Запустите её снова (раздел 6 docs/install.md).")


def _log(_now: datetime) -> Iterator[Trouble]:
    if at := fault_at():
        found = Markup("Журнал изменён в обход программы, найдено {}.").format(time_tag(at))
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
        words = Markup("Файл «{}» не загрузился {}.").format(run.filename, time_tag(run.created_at))
        yield Trouble(words, url_for("imports.show", run_id=run.id), "Почему")


def _pages(_now: datetime) -> Iterator[Trouble]:
    for page in troubled(this_installation()):
        why = "остановлена: база скопирована или восстановлена, подключение выключено."
        if page.needs_key:
            why = Markup(render_template("accounts/_needs_key.html", page=page))  # noqa: S704 (it escapes itself)
        words = Markup("Страница «{}»: {}").format(page.title, why)
        yield Trouble(words, url_for("pages.show", account_id=page.account.id), "Открыть")


def _keys(now: datetime) -> Iterator[Trouble]:
    for page in pages(this_installation()):
        for at in page.end_soon(now).values():
            words = Markup("Ключ страницы «{}» действует до {}.").format(page.title, time_tag(at))
            yield Trouble(words, url_for("pages.show", account_id=page.account.id), "Заменить")


def _log_ins(now: datetime) -> Iterator[Trouble]:
    if waiting := throttled_people(now):
        names = ", ".join(person.name for person in waiting)
        yield Trouble(f"После неверных паролей ждут: {names}.", url_for("throttled.throttled_index"), "Впустить")


_KINDS: tuple[Callable[[datetime], Iterator[Trouble]], ...] = (
    _disk,
    _worker,
    _log,
    _pages,
    _keys,
    _backups,
    _loads,
    _log_ins,
)
