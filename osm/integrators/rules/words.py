"""Rights, events and their words; limits of requests."""

import re

from osm.regulation.words import Labelled


class Rights(Labelled):
    """What a token is good for."""

    WRITE = "write", "Передаёт сообщения"
    READ = "read", "Читает состояние сообщений"
    BOTH = "both", "Передаёт и читает"
    LOADS = "loads", "Передаёт выгрузки (файлы)"

    def covers(self, asked: "Rights") -> bool:
        return asked is self or (self is Rights.BOTH and asked is not Rights.LOADS)


class Told(Labelled):
    """Events that a webhook sends."""

    ANSWER = "answer.sent", "Отправлен ответ"
    BREACH = "term.breached", "Нарушен срок"
    URGENT = "urgent.reported", "Срочный доклад"
    TEST = "test", "Проверка связи"


EVENT_OF: dict[str, Told] = {
    "publish_clarification": Told.ANSWER,
    "publish_interim": Told.ANSWER,
    "publish_final": Told.ANSWER,
    "breach": Told.BREACH,
    "urgent_sent": Told.URGENT,
}
"""Act of the log → the event that it is for an integrator."""

ACT_WORDS: dict[str, str] = {
    "create_integrator": "интегратор добавлен",
    "edit_integrator": "интегратор изменён",
    "archive_integrator": "доступ интегратора прекращён",
    "restore_integrator": "интегратор возвращён в список",
    "issue_token": "выдан новый ключ",
    "end_token": "ключ прекращён",
    "webhook_on": "вебхук включён, выдан новый секрет",
    "webhook_off": "вебхук выключен",
    "tell_again": "программе велено снова сообщить обо всём, чего интегратор не принял",
}
"""Acts of the administrator → words."""
DELIVERY_WORDS: dict[str, str] = {
    "api_export": "интегратор передал выгрузку",
    "webhook_done": "интегратору сообщено о событии",
    "webhook_failed": "интегратор не принял событие",
    "webhook_waits": "событие для интегратора ждёт администратора",
}
"""What happens without a person → words."""

BINARY = "application/octet-stream"  # how a file is sent: its bytes are the body
LARGEST = 256 * 1024  # bytes of one request: a message of 32,767 letters, each written as \\uXXXX, has 196,602
KEY = re.compile(r"[\x21-\x7e]{1,200}")  # an `Idempotency-Key`: visible ASCII
KEY_DAYS = 7  # for so long a key is remembered
