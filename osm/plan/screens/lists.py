"""Screens for photos, news of departments, tasks of the krai, headings and memorable dates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import NotFound, must_exist
from osm.base.numbers import all_whole
from osm.files.views import Stored, add_stored, uploads
from osm.models import DepartmentNews
from osm.plan.acts import news, planning, texts
from osm.plan.acts.news import CAMPAIGNS, DAYS, CampaignGiven, DayGiven, Words
from osm.plan.queries import card, week
from osm.plan.queries.card import photo as photo_of
from osm.plan.rules import between, known_days
from osm.plan.screens.publication import card_page
from osm.plan.screens.week import READERS, in_menu
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import filters
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, is_set, moment, number, text
from osm.shell.frame import nav
from osm.shell.requests import see_other
from osm.shell.run_act import PageActs

# --- Photos
photos_blueprint = Screens("photos_of_plan", __name__, url_prefix="/plan")


def _visible(photo_id: int) -> Stored:
    """A department sees only photos of its own news. Raises NotFound."""
    found, person = photo_of(photo_id), me()
    if found is None or (not person.has(*READERS) and found[1] != person.id):
        raise NotFound("Фото")
    return found[0].sha256, "image/jpeg", f"фото {photo_id}.jpg"


add_stored(photos_blueprint, "/photos/<int:photo_id>", Role.EXECUTOR, *READERS, found=_visible, what="Фото")

PHOTOS = PageActs(
    blueprint=photos_blueprint, rule="/<int:publication_id>/photos", page=card_page, kind="publication",
    there=lambda row_id: url_for("publications_of_plan.show", publication_id=row_id, _anchor="photos"),
)  # fmt: skip
PHOTOS.post(
    "", news.add, "Фото добавлены: уменьшены, место и камера из файлов убраны.", *PRESS_CENTRE, endpoint="add",
    photos=lambda _: news.reduced(uploads("files")),
)  # fmt: skip
PHOTOS.post(
    "/<int:photo_id>", news.change, "Сохранено.", *PRESS_CENTRE, endpoint="describe",
    words=lambda _: Words(text("alt"), is_set("looked")),
)  # fmt: skip
PHOTOS.post("/<int:photo_id>/remove", news.change, "Фото убрано.", *PRESS_CENTRE, words=lambda _: None)


# --- «Новости отделов»
news_blueprint = Screens("news_of_plan", __name__, url_prefix="/plan/news")

OFFERERS = (Role.EXECUTOR, *PRESS_CENTRE)


@news_blueprint.get("", *OFFERERS, endpoint="news_index")
def news_page(typed: Typed | None = None) -> str:
    person = me()
    is_press = person.has(*PRESS_CENTRE)
    rows = card.listed(None if is_press else person.id)
    return render_template("plan/news.html", rows=rows, is_press=is_press, typed=typed)


def _pages(name: str) -> list[int]:
    return all_whole(request.form.getlist(name))


def _taken(row: DepartmentNews) -> Response:
    here = url_for("publications_of_plan.show", publication_id=row.publication_id)
    return see_other(here, "Черновик готов: поправьте текст и назначьте день.")


NEWS = PageActs(blueprint=news_blueprint, page=news_page, there=lambda _: url_for("news_of_plan.news_index"))
NEWS.post(
    "", news.offer, "Отправлено в пресс-центр. Здесь появится ответ.", *OFFERERS, endpoint="offer",
    what=text, when=text, place=text, photos=lambda _: news.reduced(uploads("files")),
)  # fmt: skip
NEWS.post("/<int:news_id>/take", news.take, _taken, *PRESS_CENTRE)
NEWS.post("/<int:news_id>/decline", news.decline, "Отделу отправлен ответ.", *PRESS_CENTRE, answer=text)


# --- «Задания края»
tasks_blueprint = Screens("tasks_of_plan", __name__, url_prefix="/plan/tasks")


@tasks_blueprint.get("", *PRESS_CENTRE, endpoint="tasks_index")
def list_page(typed: Typed | None = None) -> str:
    return render_template("plan/tasks.html", rows=card.tasks(), pages=week.pages(), typed=typed, now=current_now())


@tasks_blueprint.get("/<int:task_id>", *PRESS_CENTRE, endpoint="show")
def task_page(task_id: int, typed: Typed | None = None) -> str:
    task = must_exist(card.task(task_id), "Задание")
    return render_template("plan/task.html", task=task, report=news.report_words(task), typed=typed, now=current_now())


TASK_PAGE = "tasks_of_plan.show"
TASKS = PageActs(blueprint=tasks_blueprint, page=list_page, there=lambda task: url_for(TASK_PAGE, task_id=task.id))
TASKS.post(
    "", news.enter, "Записано.", *PRESS_CENTRE, endpoint="enter", title=text, text=text, given_by=text, due_at=moment,
    pages=_pages,
)  # fmt: skip
TASK = PageActs(blueprint=tasks_blueprint, rule="/<int:task_id>", page=task_page)
TASK.post("/report", news.report, "Отмечено: доложено. Скопируйте отчёт и отправьте.", *PRESS_CENTRE)


# --- Forms of a list kept by the press centre
def keep_list(
    blueprint: Screens, kept: planning.KeptList[Any, Any], given: Callable[[], Any],
    page: Callable[..., ResponseReturnValue], added: str, removed: str,
) -> PageActs:  # fmt: skip
    """Add the three acts of a list. `given` reads the form; `page` shows it again after an error."""
    acts = PageActs(blueprint=blueprint, page=page)
    acts.post("", kept.add, added, *PRESS_CENTRE, endpoint="add", given=lambda _: given())
    acts.post("/<int:row_id>", kept.change, "Сохранено.", *PRESS_CENTRE, endpoint="change", given=lambda _: given())
    acts.post("/<int:row_id>/remove", kept.remove, removed, *PRESS_CENTRE)
    return acts


# --- «Рубрики»
headings_blueprint = Screens("headings_of_plan", __name__, url_prefix="/plan/headings")

WEEKDAYS = dict(enumerate(("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")))


@headings_blueprint.get("", *PRESS_CENTRE, endpoint="index")
def headings_page(typed: Typed | None = None) -> str:
    monday = planning.next_monday(current_now())
    return render_template(
        "plan/headings.html", rows=card.weekly(), made=card.made_of(monday), monday=monday, typed=typed,
        pages=week.pages(), weekdays=WEEKDAYS,
        hour=lambda minute: "" if minute is None else f"{minute // 60:02}:{minute % 60:02}",
    )  # fmt: skip


def _made(count: int) -> str:
    if not count:
        return "Все идеи следующей недели уже записаны."
    return f"На следующую неделю записано: {filters.counted(count, 'идея', 'идеи', 'идей')}."


HEADING = keep_list(
    headings_blueprint, planning.HEADINGS,
    lambda: planning.HeadingGiven(text("name"), number("weekday"), filters.hour_of(text("time")), _pages("pages")),
    headings_page, "Рубрика записана.", "Рубрика убрана. Записанные идеи остались.",
)  # fmt: skip
HEADING.post("/ideas", planning.make_ideas, _made, *PRESS_CENTRE)


# --- «Памятные даты»
memorable_blueprint = Screens("memorable_of_plan", __name__, url_prefix="/plan/dates")

YEAR = timedelta(days=364)


@memorable_blueprint.get("", *READERS, endpoint="index")
def dates_page(typed: Typed | None = None) -> str:
    today = current_now().astimezone(texts.zone()).date()
    return render_template(
        "plan/dates.html", rows=card.own(), known=sorted(between(today, today + YEAR, known_days())), typed=typed,
        may_write=me().has(*PRESS_CENTRE),
    )  # fmt: skip


keep_list(
    memorable_blueprint, DAYS,
    lambda: DayGiven(text("title"), filters.day_of(text("day")), every_year=is_set("every_year")),
    dates_page, "Дата записана: она видна в плане.", "Дата убрана.",
)  # fmt: skip


# --- «Выборы»
campaigns_blueprint = Screens("campaigns_of_plan", __name__, url_prefix="/plan/campaigns")


@campaigns_blueprint.get("", *READERS, endpoint="index")
def campaigns_page(typed: Typed | None = None) -> str:
    return render_template(
        "plan/campaigns.html", rows=card.campaigns_listed(), typed=typed, may_write=me().has(*PRESS_CENTRE)
    )


def _campaign_given() -> CampaignGiven:
    first, last, silent = (filters.day_of(text(name)) for name in ("first_day", "last_day", "silent_on"))
    return CampaignGiven(text("title"), first, last, silent, text("candidates"))


keep_list(campaigns_blueprint, CAMPAIGNS, _campaign_given, campaigns_page, "Кампания записана.", "Кампания убрана.")


def init_app(app: Flask) -> None:
    nav.count_at(app, "/plan/news", in_menu(card.NEWS))
    nav.count_at(app, "/plan/tasks", in_menu(card.TASKS))
