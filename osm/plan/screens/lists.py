"""Screens for photos, news of departments, tasks of the krai, headings and memorable dates."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import NotFound, must_exist
from osm.base.numbers import all_whole
from osm.files.acts.files import stored_path
from osm.files.views import guarded, small_picture, uploads
from osm.models import DepartmentNews, KraiTask, MemorableDay, Publication
from osm.plan.acts import news, planning, texts
from osm.plan.acts.news import CAMPAIGNS, DAYS, CampaignGiven, DayGiven, Words
from osm.plan.queries import card, week
from osm.plan.queries.card import photo as photo_of
from osm.plan.rules.week import between, known_days
from osm.plan.screens.publication import card_page
from osm.plan.screens.week import READERS, in_menu
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import days, filters
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, is_set, moment, number, seen_version, text
from osm.shell.frame import nav
from osm.shell.htmx import see_other
from osm.shell.run_act import EDIT_REFUSED, run_act, run_edit

# --- Photos
photos_blueprint = Screens("photos_of_plan", __name__, url_prefix="/plan")


@photos_blueprint.get("/photos/<int:photo_id>/small", Role.EXECUTOR, *READERS)
def small(photo_id: int) -> ResponseReturnValue:
    return small_picture(_visible(photo_id), "Фото")


@photos_blueprint.get("/photos/<int:photo_id>", Role.EXECUTOR, *READERS)
def whole(photo_id: int) -> ResponseReturnValue:
    path = stored_path(_visible(photo_id))
    if not path.is_file():
        raise NotFound("Фото")
    return guarded(send_file(path, mimetype="image/jpeg", as_attachment=True, download_name=f"фото {photo_id}.jpg"))


@photos_blueprint.post("/<int:publication_id>/photos", *PRESS_CENTRE)
def add(publication_id: int) -> ResponseReturnValue:
    def act(publication_id: int, version: int, **who: Any) -> Publication:
        return news.add(publication_id, version, news.reduced(uploads("files")), **who)

    return _run(publication_id, act, "Фото добавлены: уменьшены, место и камера из файлов убраны.")


@photos_blueprint.post("/<int:publication_id>/photos/<int:photo_id>", *PRESS_CENTRE)
def describe(publication_id: int, photo_id: int) -> ResponseReturnValue:
    act = partial(_change, photo_id=photo_id, words=Words(text("alt"), is_set("looked")))
    return _run(publication_id, act, "Сохранено.")


@photos_blueprint.post("/<int:publication_id>/photos/<int:photo_id>/remove", *PRESS_CENTRE)
def remove(publication_id: int, photo_id: int) -> ResponseReturnValue:
    return _run(publication_id, partial(_change, photo_id=photo_id, words=None), "Фото убрано.")


def _change(publication_id: int, version: int, *, photo_id: int, words: Words | None, **who: Any) -> Publication:
    return news.change(publication_id, version, photo_id, words, **who)


def _visible(photo_id: int) -> str:
    """Return the content of a photo. A department sees only photos of its own news. Raises NotFound."""
    found, person = photo_of(photo_id), me()
    if found is None or (not person.has(*READERS) and found[1] != person.id):
        raise NotFound("Фото")
    return found[0].sha256


def _run(publication_id: int, act: Any, said: str) -> ResponseReturnValue:
    here = url_for("publications_of_plan.show", publication_id=publication_id, _anchor="photos")
    return run_edit("publication", publication_id, act, card_page, lambda _: see_other(here, said), "photos")


# --- «Новости отделов»
news_blueprint = Screens("news_of_plan", __name__, url_prefix="/plan/news")

OFFERERS = (Role.EXECUTOR, *PRESS_CENTRE)


@news_blueprint.post("", *OFFERERS)
def offer() -> ResponseReturnValue:
    def act(**who: Any) -> DepartmentNews:
        return news.offer(text("what"), text("when"), text("place"), news.reduced(uploads("files")), **who)

    said = "Отправлено в пресс-центр. Здесь появится ответ."
    return run_act(act, news_page, lambda _: see_other(url_for("news_of_plan.news_index"), said), action="offer",
                   refused=EDIT_REFUSED)  # fmt: skip


@news_blueprint.post("/<int:news_id>/take", *PRESS_CENTRE)
def take(news_id: int) -> ResponseReturnValue:
    def done(row: DepartmentNews) -> ResponseReturnValue:
        here = url_for("publications_of_plan.show", publication_id=row.publication_id)
        return see_other(here, "Черновик готов: поправьте текст и назначьте день.")

    return run_act(
        partial(news.take, news_id, seen_version()), news_page, done, action=f"take-{news_id}", refused=EDIT_REFUSED
    )


@news_blueprint.post("/<int:news_id>/decline", *PRESS_CENTRE)
def decline(news_id: int) -> ResponseReturnValue:
    return run_act(
        partial(news.decline, news_id, seen_version(), answer=text("answer")),
        news_page,
        lambda _: see_other(url_for("news_of_plan.news_index"), "Отделу отправлен ответ."),
        action=f"decline-{news_id}",
        refused=EDIT_REFUSED,
    )


@news_blueprint.get("", *OFFERERS, endpoint="news_index")
def news_page(typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    person = me()
    is_press = person.has(*PRESS_CENTRE)
    rows = card.listed(None if is_press else person.id)
    return render_template("plan/news.html", rows=rows, is_press=is_press, typed=typed)


# --- «Задания края»
tasks_blueprint = Screens("tasks_of_plan", __name__, url_prefix="/plan/tasks")


@tasks_blueprint.post("", *PRESS_CENTRE)
def enter() -> ResponseReturnValue:
    def act(**who: Any) -> KraiTask:
        pages = all_whole(request.form.getlist("pages"))
        return news.enter(
            text("title"), text("text"), given_by=text("given_by"), due_at=moment("due_at"), pages=pages, **who
        )

    return run_act(act, list_page, lambda task: _to_task(task.id, "Записано."), action="enter", refused=EDIT_REFUSED)


@tasks_blueprint.post("/<int:task_id>/report", *PRESS_CENTRE)
def report(task_id: int) -> ResponseReturnValue:
    return run_act(
        partial(news.report, task_id, seen_version()),
        partial(task_page, task_id),
        lambda _: _to_task(task_id, "Отмечено: доложено. Скопируйте отчёт и отправьте."),
        action="report",
        refused=EDIT_REFUSED,
    )


@tasks_blueprint.get("", *PRESS_CENTRE, endpoint="tasks_index")
def list_page(typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    return render_template("plan/tasks.html", rows=card.tasks(), pages=week.pages(), typed=typed, now=current_now())


@tasks_blueprint.get("/<int:task_id>", *PRESS_CENTRE, endpoint="show")
def task_page(task_id: int, typed: Typed | None = None) -> str:
    task = must_exist(card.task(task_id), "Задание")
    return render_template("plan/task.html", task=task, report=news.report_words(task), typed=typed, now=current_now())


def _to_task(task_id: int, said: str) -> ResponseReturnValue:
    return see_other(url_for("tasks_of_plan.show", task_id=task_id), said)


# --- Forms of a list kept by the press centre
def keep_list(
    blueprint: Screens,
    kept: planning.KeptList[Any, Any],
    given: Callable[[], Any],
    page: Callable[[Typed], ResponseReturnValue],
    added: str,
    removed: str,
) -> None:
    """Add the three routes of a list. `given` reads the form; `page` shows it again after an error."""

    @blueprint.post("", *PRESS_CENTRE)
    def add() -> ResponseReturnValue:
        return run_list(blueprint, lambda **who: kept.add(given(), **who), page, added, "add")

    @blueprint.post("/<int:row_id>", *PRESS_CENTRE)
    def change(row_id: int) -> ResponseReturnValue:
        def act(**who: Any) -> object:
            return kept.change(row_id, seen_version(), given(), **who)

        return run_list(blueprint, act, page, "Сохранено.", f"change-{row_id}")

    @blueprint.post("/<int:row_id>/remove", *PRESS_CENTRE)
    def remove(row_id: int) -> ResponseReturnValue:
        act = partial(kept.remove, row_id, seen_version())
        return run_list(blueprint, act, page, removed, f"remove-{row_id}")


def run_list(
    blueprint: Screens,
    act: Callable[..., Any],
    page: Callable[[Typed], ResponseReturnValue],
    said: str | Callable[[Any], str],
    action: str,
) -> ResponseReturnValue:
    """Run the act; redirect to the list, or show the form again after an error."""

    def done(result: Any) -> ResponseReturnValue:
        return see_other(url_for(f"{blueprint.name}.index"), said if isinstance(said, str) else said(result))

    return run_act(act, page, done, action=action, refused=EDIT_REFUSED)


# --- «Рубрики»
headings_blueprint = Screens("headings_of_plan", __name__, url_prefix="/plan/headings")

WEEKDAYS = dict(enumerate(("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")))


@headings_blueprint.post("/ideas", *PRESS_CENTRE)
def ideas() -> ResponseReturnValue:
    return run_list(headings_blueprint, planning.make_ideas, headings_page, _made, "ideas")


@headings_blueprint.get("", *PRESS_CENTRE, endpoint="index")
def headings_page(typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    monday = planning.next_monday(current_now())
    return render_template(
        "plan/headings.html", rows=card.weekly(), made=card.made_of(monday), monday=monday, typed=typed,
        pages=week.pages(), weekdays=WEEKDAYS, hour=lambda minute: "" if minute is None else _words(minute),
    )  # fmt: skip


def _words(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _made(count: int) -> str:
    if not count:
        return "Все идеи следующей недели уже записаны."
    return f"На следующую неделю записано: {filters.counted(count, 'идея', 'идеи', 'идей')}."


def _headings_given() -> planning.HeadingGiven:
    pages = all_whole(request.form.getlist("pages"))
    return planning.HeadingGiven(text("name"), number("weekday"), days.hour_of(text("time")), pages)


keep_list(
    headings_blueprint, planning.HEADINGS, _headings_given, headings_page, "Рубрика записана.",
    "Рубрика убрана. Записанные идеи остались.",
)  # fmt: skip


# --- «Памятные даты»
memorable_blueprint = Screens("memorable_of_plan", __name__, url_prefix="/plan/dates")

YEAR = timedelta(days=364)


@memorable_blueprint.get("", *READERS, endpoint="index")
def dates_page(typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    today = current_now().astimezone(texts.zone()).date()
    rows: list[MemorableDay] = list(card.own())
    return render_template(
        "plan/dates.html", rows=rows, known=sorted(between(today, today + YEAR, known_days())), typed=typed,
        may_write=me().has(*PRESS_CENTRE),
    )  # fmt: skip


def _memorable_given() -> DayGiven:
    return DayGiven(text("title"), days.day_of(text("day")), every_year=is_set("every_year"))


keep_list(memorable_blueprint, DAYS, _memorable_given, dates_page, "Дата записана: она видна в плане.", "Дата убрана.")


# --- «Выборы»
campaigns_blueprint = Screens("campaigns_of_plan", __name__, url_prefix="/plan/campaigns")


@campaigns_blueprint.get("", *READERS, endpoint="index")
def campaigns_page(typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    return render_template(
        "plan/campaigns.html", rows=card.campaigns_listed(), typed=typed, may_write=me().has(*PRESS_CENTRE)
    )


def _campaign_given() -> CampaignGiven:
    first, last, silent = (days.day_of(text(name)) for name in ("first_day", "last_day", "silent_on"))
    return CampaignGiven(text("title"), first, last, silent, text("candidates"))


keep_list(campaigns_blueprint, CAMPAIGNS, _campaign_given, campaigns_page, "Кампания записана.", "Кампания убрана.")


def init_app(app: Flask) -> None:
    nav.count_at(app, "/plan/news", in_menu(card.NEWS))
    nav.count_at(app, "/plan/tasks", in_menu(card.TASKS))
