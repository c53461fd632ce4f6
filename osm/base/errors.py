"""What a service refuses apart from the regulation itself; the web and the commands turn these into answers."""

from collections.abc import Sequence
from typing import Any, TypeVar


class ServiceError(Exception):
    """Base class: nothing was changed; `str(error)` is a text for the person, in Russian. `words`: what a kind of error
    always says."""

    words = ""

    def __init__(self, words: str = "") -> None:
        super().__init__(words or self.words)

    @classmethod
    def when(cls, refused: object, words: str) -> None:
        """Raise it if `refused` holds."""
        if refused:
            raise cls(words)


_FOUND = {
    **dict.fromkeys((
        "Шаблон", "Ответ", "Проект ответа", "Согласованный ответ", "Отдел", "Комментарий", "Файл", "Пакет", "Акт",
        "Год", "Источник", "Общий ответ", "Недостаток", "Срочный доклад",
    ), "не найден"),
    **dict.fromkeys((
        "Загрузка", "Группа копий", "Строка", "Запись", "Запись словаря", "Учётная запись", "Тема", "Страница",
        "Задача", "Страница помощи", "Заметка", "Дата", "Рубрика", "Служебная записка", "Остановка",
    ), "не найдена"),
    **dict.fromkeys(("Обещание", "Поручение"), "не найдено"),
    **dict.fromkeys(("Сведения",), "не найдены"),
}  # fmt: skip
"""Names that are not neuter."""


class NotFound(ServiceError):
    """There is no such object, or this person may not know of it."""

    def __init__(self, what: str = "Сообщение") -> None:
        given_away = "его передали другому или " if what == "Сообщение" else ""
        super().__init__(f"{what} {_FOUND.get(what, 'не найдено')}. Возможно, {given_away}ссылка устарела.")


Row = TypeVar("Row")


def must_exist(row: Row | None, what: str = "Сообщение") -> Row:
    """The row itself; raises NotFound if there is none."""
    if row is None:
        raise NotFound(what)
    return row


class Recalled(NotFound):
    def __init__(self) -> None:
        words = "Загрузка, из которой пришло это сообщение, отозвана: его больше нет. В журнале действий всё осталось."
        ServiceError.__init__(self, words)


class WordsDestroyed(ServiceError):
    """The words of the message were destroyed (152-ФЗ): there is nothing left to work on."""

    words = (
        "Текст, автор и ответы этого сообщения уничтожены (152-ФЗ): работать с ним больше нельзя. Если человек "
        "написал снова, внесите новое сообщение. Ничего не изменено."
    )


class NotYours(ServiceError):
    """The role would be enough, but the work belongs to another person."""


class AnsweredTogether(ServiceError):
    """The message belongs to a common answer: its text is decided there, for all its messages."""

    def __init__(self, group_id: int) -> None:
        self.group_id = group_id
        super().__init__(
            f"Сообщение входит в общий ответ № {group_id}: текст готовят и согласуют там, один раз для всех. "
            "Чтобы ответить отдельно, выведите сообщение из общего ответа. Ничего не изменено."
        )


class TextChangedElsewhere(ServiceError):
    """The text being typed was saved from another window since this one was opened."""

    def __init__(self, saved: str) -> None:
        self.saved = saved
        super().__init__(
            "Текст уже сохранён из другого окна. Ваш текст остался на экране, поверх ничего не записано: "
            "сравните и решите, какой оставить."
        )


class BulkRefused(ServiceError):
    """No message was changed, because some cannot be; `refusals` says which and why."""

    def __init__(self, refusals: Sequence[Any]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("Ничего не сделано: не все отмеченные сообщения можно изменить.")


class TooMany(ServiceError):
    """No message was chosen, or more than may be chosen."""
