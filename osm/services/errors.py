"""What a service refuses apart from the regulation itself; the web and the commands turn these into answers."""

from __future__ import annotations


class ServiceError(Exception):
    """Base: nothing was changed; `str(error)` is what to tell the person, in Russian."""


_FOUND = {
    "Шаблон": "не найден",
    "Загрузка": "не найдена",
    "Запись": "не найдена",
    "Ответ": "не найден",
    "Проект ответа": "не найден",
    "Согласованный ответ": "не найден",
    "Учётная запись": "не найдена",
    "Тема": "не найдена",
    "Отдел": "не найден",
    "Файл": "не найден",
    "Акт": "не найден",
    "Год": "не найден",
    "Источник": "не найден",
}
"""What is not neuter."""


class NotFound(ServiceError):
    """There is no such object, or this person may not know of it."""

    def __init__(self, what: str = "Сообщение") -> None:
        super().__init__(f"{what} {_FOUND.get(what, 'не найдено')}. Возможно, ссылка устарела.")


class NotYours(ServiceError):
    """The role would do, but the work is another person's."""


class TextChangedElsewhere(ServiceError):
    """The text being typed was saved from another window since this one was opened."""

    def __init__(self, saved: str) -> None:
        self.saved = saved
        super().__init__(
            "Этот ответ уже сохранён из другого окна. Ваш текст остался на экране, поверх ничего не записано: "
            "сравните и решите, какой оставить."
        )
