"""The steps of the card as a table: the fields of each form, the act it calls, the words after it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from osm.answers.acts import publication
from osm.approvals import acts as corrections
from osm.files.views import uploads
from osm.flow.acts.clocks import in_force
from osm.messages.acts import closing, executors, routing
from osm.messages.views.card import CardView
from osm.regulation.words import PRESS_CENTRE, Action, Importance, Role
from osm.shell.filters import moment as moment_words
from osm.shell.form_values import is_set, last_given, moment, number, pair, text

OfView = Callable[[CardView], Any]


class Kind(StrEnum):
    """How a field is drawn in messages/_fields.html, and how its value is read."""

    TEXT = "text"
    URL = "url"
    MOMENT = "datetime-local"
    EXECUTOR = "executor"
    DEPARTMENT = "department"
    TOPIC = "topic"
    GROUND = "ground"
    PHOTOS = "photos"
    REASON = "reason"  # free words, or one of the usual reasons as a button
    HIDDEN = "hidden"  # only the quick form of the list has it
    PAIR = "pair"  # only a row of the list has it: another message with the version of the pair
    SEEN = "seen"  # only a form that came back with a question has it: sent once more, it is the answer


READ: dict[Kind, Callable[[str], Any]] = {
    **dict.fromkeys((Kind.TEXT, Kind.URL, Kind.GROUND), text),
    **dict.fromkeys((Kind.EXECUTOR, Kind.DEPARTMENT, Kind.TOPIC, Kind.HIDDEN), number), Kind.PAIR: pair,
    Kind.SEEN: is_set, Kind.REASON: last_given, Kind.MOMENT: moment, Kind.PHOTOS: uploads,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `rows`: of a text area; `start`: its first value; `given_as`: its name as an argument of the act."""

    name: str
    label: str = ""
    kind: Kind = Kind.TEXT
    required: bool = False
    rows: int = 0
    help: str | OfView = ""
    start: OfView | None = None
    given_as: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """`notice`: words after it; `button`: its words, if not the name of the action; `path`: part of the address."""

    service: Callable[..., Any]
    notice: str
    fields: tuple[Field, ...] = ()
    button: str = ""
    help: str | OfView = ""
    path: str = ""
    roles: Collection[Role] = (Role.CURATOR,)

    @property
    def has_files(self) -> bool:
        return any(field.kind is Kind.PHOTOS for field in self.fields)

    def given(self) -> dict[str, Any]:
        return {field.given_as or field.name: READ[field.kind](field.name) for field in self.fields}


def _select_help(view: CardView) -> str:
    later = "Исполнителя можно назначить позже; при направлении отбор происходит сам."
    if view.card.importance is Importance.HIGH:
        return f"Срок ответа: {view.terms[Importance.HIGH]} с выявления важности (п. 9), он уже идёт. {later}"
    return f"Начнётся срок ответа: {view.terms[Importance.NORMAL]} (п. 8). {later}"


def _final_help(view: CardView) -> str:
    who = "Исполнитель сможет писать окончательный ответ."
    if view.card.is_shared:
        who = (
            "Те, кто ещё не прислал информацию, пришлют её; у остальных её можно попросить снова: "
            "«Вернуть на доработку». Сводный ответ пишет куратор (п. 14)."
        )
    return f"{who} Срок п. 13 идёт от промежуточного ответа и не меняется."


def _written_help(view: CardView) -> str:
    asked = f", {moment_words(view.card.published[0].published_at)}" if view.card.published else ""
    return f"Пусто — сейчас. От этого времени сроки пойдут заново. Не раньше публикации запроса{asked}."


def _answer_text(view: CardView) -> str:
    version = view.card.published[0].approved if view.card.published else None
    return version.text if version else ""


def _answered_at(view: CardView) -> str:
    at = view.card.published[0].published_at if view.card.published else None
    return f"{in_force().calendar.local(at):%Y-%m-%dT%H:%M}" if at else ""


_EXECUTOR = Field("executor_id", "Исполнитель", Kind.EXECUTOR, required=True)
_WHY = Field("reason", "Почему", required=True, rows=2)
_WROTE = (Field("text", "Что написал автор", required=True, rows=4), Field("url", "Ссылка", Kind.URL))

STEPS: dict[Action, Step] = {
    Action.SELECT: Step(
        routing.select_message, "Отобрано, срок ответа идёт. Осталось назначить исполнителя.", help=_select_help),
    Action.ROUTE: Step(
        routing.route_message, "Направлено.", (
            replace(_EXECUTOR, start=lambda view: view.suggested),
            Field("topic_id", "Тема", Kind.TOPIC, start=lambda view: view.chosen_topic),
            Field("suggested_topic_id", kind=Kind.HIDDEN),
            Field("repeat", kind=Kind.PAIR),
            Field("marked_seen", kind=Kind.SEEN),
            Field("task", "Задание", rows=2,
                  help="Что именно нужно узнать или сделать. Исполнитель увидит это первым."))),
    Action.REROUTE: Step(
        routing.reroute_message, "Передано другому исполнителю. Сроки сообщения не изменились.", (
            _EXECUTOR,
            Field("task", "Задание", rows=2, help="Пусто — останется прежнее. Сроки сообщения не изменятся."))),
    Action.DISMISS: Step(
        closing.dismiss_message, "Отмечено: реагирование не требуется.", (replace(_WHY, kind=Kind.REASON),),
        "Закрыть: ответа не требует"),
    Action.REDIRECT: Step(
        closing.redirect_message, "Отмечено: передано по компетенции.", (
            Field("recipient", "Кому передано", required=True,
                  help="Орган или организация, в чьей компетенции вопрос."),
            Field("reason", "Пояснение", rows=2)),
        "Закрыть: передано"),
    Action.EXCLUDE: Step(
        closing.exclude_message, "Не подлежит ответу (п. 17). Текст сообщения сохранён как подтверждение.", (
            Field("ground", "Основание (п. 17)", Kind.GROUND, required=True),
            Field("note", "Какие слова решили", rows=2),
            Field("files", "Снимок экрана", Kind.PHOTOS, given_as="screenshots",
                  help="Текст сообщения сохранится сам, вместе с контрольной суммой.")),
        "Исключить", roles=PRESS_CENTRE),
    Action.MARK_WITHDRAWN: Step(
        closing.mark_withdrawn, "Отмечено: автор удалил сообщение.", (Field("note", "Примечание", rows=2),),
        "Закрыть: удалено автором", path="withdrawn"),
    Action.MARK_UNANSWERABLE: Step(
        closing.mark_unanswerable, "Отмечено: ответ разместить невозможно.", (_WHY,),
        "Закрыть: ответить невозможно", path="unanswerable"),
    Action.RESTORE: Step(
        closing.restore_message, "Возвращено в работу. Время, пока сообщение было закрыто, в срок не входит.", (_WHY,)),
    Action.AUTHOR_ANSWERED: Step(
        publication.author_answered, "Ответ автора внесён, срок считается заново. Сообщение снова у исполнителя.",
        (*_WROTE, Field("written_at", "Когда написано", Kind.MOMENT, help=_written_help)), "Внести ответ автора"),
    Action.CLOSE_WITHOUT_ANSWER: Step(
        closing.close_without_answer, "Закрыто: автор не ответил.", (_WHY,), "Закрыть без ответа автора"),
    Action.REOPEN: Step(
        publication.reopen_message, "Возобновлено, срок считается заново. Сообщение снова у исполнителя.", _WROTE,
        "Возобновить работу"),
    Action.PREPARE_FINAL: Step(
        publication.prepare_final, "Можно готовить окончательный ответ.", help=_final_help,
        roles=(Role.CURATOR, Role.EXECUTOR)),
    Action.CORRECT_PUBLICATION: Step(
        publication.correct_publication, "Исправлено. Прежняя ссылка и время остались в истории.", (
            Field("url", "Ссылка на ответ", Kind.URL, required=True,
                  start=lambda view: view.card.published[0].published_url if view.card.published else ""),
            Field("published_at", "Когда размещён", Kind.MOMENT, start=_answered_at,
                  help="Не раньше согласования. Срок ответа и срок окончательного пересчитаются; "
                       "отмеченное нарушение само не снимется."),
            _WHY,
            Field("elsewhere", given_as="confirmed")),
        "Исправить"),
    Action.CORRECT_ANSWER: Step(
        corrections.correct_answer, "Исправлено. Прежний текст остался в истории.", (
            Field("text", "Текст ответа", required=True, rows=8, start=_answer_text,
                  help="Прежний остаётся версией. Где программа не может исправить сама, появится задание "
                       "в «Сделать в соцсетях»."),
            _WHY),
        "Исправить ответ"),
    Action.RAISE_IMPORTANCE: Step(
        executors.raise_importance, "Важность повышена, сроки пересчитаны.", (
            Field("detected_at", "Когда выявлена", Kind.MOMENT, help=lambda view:
                  f"Пусто — сейчас. От этого времени на ответ {view.terms[Importance.HIGH]} (п. 9)."),
            Field("reason", "Почему", rows=2))),
    Action.LOWER_IMPORTANCE: Step(
        executors.lower_importance, "Важность снижена, сроки пересчитаны.",
        (Field("reason", "Почему", rows=2, help=lambda view:
               f"На ответ снова {view.terms[Importance.NORMAL]} от отбора (п. 8)."),)),
    Action.TELL_FACTS: Step(
        routing.tell_facts, "Сведения переданы отделу. Автору не отвечаем, сообщение остаётся исключённым.", (
            Field("department_id", "Отдел", Kind.DEPARTMENT, required=True),
            Field("facts", "Что случилось", required=True, rows=3, start=lambda view: view.card.place,
                  help="Своими словами, с адресом: самого сообщения отдел не увидит."),
            Field("asked", "Что сделать", required=True, rows=2)),
        "Передать отделу", roles=PRESS_CENTRE,
        help="Это не обработка: автору не отвечают, сроков п. 8 и 9 нет (п. 17). Отдел отметит, что сделано."),
}  # fmt: skip


def card_step(action: str) -> Step:
    return STEPS[Action(action)]


def step_button(action: Action) -> str:
    return STEPS[action].button or action.label


def of_view(words: str | OfView | None, view: CardView) -> Any:
    """The words of a help or the first value of a field, computed for this card if needed."""
    return words(view) if callable(words) else words or ""
