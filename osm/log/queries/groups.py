"""Names and groups of acts on the screen of the log."""

from osm.calendar.queries import CALENDAR_WORDS
from osm.integrators.rules import DELIVERY_WORDS
from osm.log.models import FAULT, SEALED_LATE, VERIFIED
from osm.log.queries.edits import (
    BLACKLIST_WORDS,
    COMPLAINT_WORDS,
    EDIT_LABELS,
    EMERGENCY_WORDS,
    NEIGHBOUR_WORDS,
    PLAN_WORDS,
    PORTAL_WORDS,
)
from osm.log.queries.words import WORDS

READ_WORDS: dict[str, str] = {
    "card": "открыта карточка",
    "card_print": "открыта карточка для печати",
    "journal": "открыт журнал учёта сообщений",
    "journal_export": "выгружен журнал учёта сообщений",
    "register_export": "выгружен реестр сообщений",
    "answers_export": "выгружены ответы для ИМ",
    "log": "открыт журнал действий",
    "log_export": "выгружен журнал действий",
    "blacklist": "открыт чёрный список",
    "blacklist_export": "выгружен чёрный список",
    "police_file": "собран пакет для полиции",
    "urgent_report": "выгружен срочный доклад",
    "subject_request": "открыты данные человека по его запросу",
    "dossier": "выгружено дело сообщения",
    "audit": "открыто проверяющим",
    "portal": "открыто сообщение ПОС",
    "control_journal": "открыт журнал контроля (недостатки, записки, доклады, поручения)",
}
"""What was read → the words."""

COMMENT_WORDS: dict[str, str] = {
    "comments_import": "загружены комментарии",
    "comment_edited": "автор изменил комментарий, он ждёт снова",
    "comment_keep": "комментарий оставлен",
    "comment_delete": "комментарий решено удалить",
    "comment_take": "комментарий взят в работу",
    "comment_undo": "решение по комментарию отменено",
    "attach_screenshot": "к комментарию приложен снимок экрана",
    "outbox_by_hand": "действие в соцсети выполнено вручную",
    "outbox_done": "выполнено в соцсети программой",
    "outbox_failed": "соцсеть отказала",
    "outbox_waits": "действие в соцсети ждёт человека",
    "publication_failed": "соцсеть не приняла ответ",
    "post_done": "публикация вышла",
    "post_failed": "соцсеть не приняла публикацию",
    "post_waits": "размещение публикации ждёт человека",
    "publication_waits": "размещение ответа ждёт человека",
    "let_out": "действие отправлено, хотя публикации остановлены",
    "outbox_again": "действие в соцсети повторяется",
    "pictures_not_kept": "изображения удаляемого комментария сохранить не вышло",
    "comment_gone": "комментарий исчез в соцсети",
    "outbox_reopen": "отметка «выполнено вручную» снята",
    "single_keys": "клавиши списков",
}
"""On comments and their actions in the networks (Пр.2.6)."""
GROUP_WORDS: dict[str, str] = {
    "group_created": "создан общий ответ",
    "group_submitted": "общий ответ отправлен на согласование",
    "group_approved": "общий ответ согласован",
    "group_returned": "общий ответ возвращён",
    "group_corrected": "общий ответ исправлен и согласован",
    "group_withdrawn": "общий ответ отозван до решения",
    "group_joined": "к общему ответу присоединены сообщения",
    "group_final_begun": "начат общий окончательный ответ",
    "group_ordered": "общий ответ размещает программа",
    "group_stopped": "размещение общего ответа остановлено",
    "group_left": "сообщение выведено из общего ответа",
}
"""On common answers; acts on their messages are in the histories of the messages."""
SHIFT_WORDS: dict[str, str] = {
    "duty_entered": "дежурство внесено в график",
    "duty_removed": "дежурство убрано из графика",
    "shift_given": "смена сдана",
    "shift_taken": "смена принята",
    "shift_withdrawn": "сдача смены отменена",
}
"""On the duty roster."""
MEMO_WORDS: dict[str, str] = {
    "memo_prepared": "подготовлена служебная записка о недостатках",
    "memo_edited": "служебная записка изменена",
    "memo_sent": "служебная записка отправлена",
    "memo_seen": "служебная записка прочитана",
    "memo_discarded": "черновик служебной записки удалён",
    "memo_template_put": "загружен шаблон служебной записки",
    "memo_template_removed": "возвращён шаблон служебной записки",
}
"""On memos of shortcomings (П.19)."""
BURST_WORDS: dict[str, str] = {
    "burst_found": "замечен всплеск сообщений",
    "burst_doubled": "всплеск удвоился",
    "burst_settled": "доклад о всплеске не нужен",
}
"""Findings of the program and the curator's decisions on them (П.20)."""
DICTIONARY_WORDS: dict[str, str] = {
    "add_own_word": "запись словаря добавлена или изменена",
    "remove_own_word": "запись словаря убрана",
    "import_own_words": "словарь загружен из файла",
    "undo_own_words": "изменение словаря отменено",
    "switch_rule_off": "правило проверки выключено",
    "switch_rule_on": "правило проверки включено",
    "take_lesson": "проверка поправлена по решениям",
    "take_lesson_back": "поправка проверки отменена",
}

OWN_WORDS: dict[str, str] = {
    "log_in": "вход в программу",
    "log_out": "выход из программы",
    "reminder_wishes": "сотрудник выбрал, как ему напоминать",
    "import_check": "запущена проверка файла",
    "import_start": "запущена загрузка",
    "import_publish": "запущена загрузка проверенного файла",
    "import_discard": "загрузка отменена",
    "import_mend": "непринятая строка исправлена",
    "import_recall": "загрузка отозвана",
    "arrival_waits": "пришедшая выгрузка ждёт человека",
    "arrival_refused": "пришедшая выгрузка не принята",
    "import_checked": "файл проверен",
    "import_done": "загрузка завершена",
    "import_failed": "загрузка не удалась",
    VERIFIED: "журнал сверен с печатями",
    FAULT: "печати журнала исчезли или подменены",
    SEALED_LATE: "записи журнала запечатаны с опозданием",
    **DELIVERY_WORDS,
    **DICTIONARY_WORDS,
    **CALENDAR_WORDS,
    **COMMENT_WORDS,
    **GROUP_WORDS,
    **MEMO_WORDS,
    **BURST_WORDS,
    **SHIFT_WORDS,
}
"""On objects without a card or a page of acts."""

_ACCESS = ("log_in", "log_out", "reminder_wishes")
_OF_TEXTS = tuple(edit for edit in EDIT_LABELS if edit.endswith(("_topic", "_template", "_help")))
_OF_FORMS = tuple(edit for edit in EDIT_LABELS if edit.endswith("_form"))
_OF_SOURCES = ("edit_source", "forget_columns")

_ELSEWHERE = frozenset({
    *_ACCESS, *_OF_TEXTS, *_OF_FORMS, *_OF_SOURCES, *BLACKLIST_WORDS, *PLAN_WORDS, *EMERGENCY_WORDS, *COMPLAINT_WORDS,
    *PORTAL_WORDS, *NEIGHBOUR_WORDS, *CALENDAR_WORDS, *DICTIONARY_WORDS, *COMMENT_WORDS, *GROUP_WORDS, *MEMO_WORDS,
    *BURST_WORDS, *SHIFT_WORDS,
})  # fmt: skip

GROUPS: dict[str, tuple[str, ...]] = {
    "Сообщения": tuple(action for action in WORDS if action not in {"propose_blacklist", "purge", *COMPLAINT_WORDS}),
    "Чёрный список": tuple(BLACKLIST_WORDS),
    "Общие ответы": tuple(GROUP_WORDS),
    "Служебные записки": tuple(MEMO_WORDS),
    "Жалобы на удаление и блокировку": tuple(COMPLAINT_WORDS),
    "ПОС": tuple(PORTAL_WORDS),
    "Вопросы организациям": tuple(NEIGHBOUR_WORDS),
    "План публикаций": tuple(PLAN_WORDS),
    "Режим ЧС": tuple(EMERGENCY_WORDS),
    "Доступ": (*(edit for edit in EDIT_LABELS if edit not in _ELSEWHERE), *_ACCESS),
    "Темы, шаблоны и справка": _OF_TEXTS,
    "Формы": _OF_FORMS,
    "Всплески": tuple(BURST_WORDS),
    "Смены и дежурства": tuple(SHIFT_WORDS),
    "Словарь": tuple(DICTIONARY_WORDS),
    "Календарь": tuple(CALENDAR_WORDS),
    "Комментарии": tuple(action for action in COMMENT_WORDS if action not in WORDS),
    "Загрузки и журнал": (*(action for action in OWN_WORDS if action not in _ELSEWHERE), *_OF_SOURCES),
}
"""Groups of acts in the filter."""


def action_words(action: str, object_kind: str) -> str:
    """The act in words, without details; an unknown code is returned unchanged."""
    if action == "read":
        return READ_WORDS.get(object_kind, f"прочитано: {object_kind}")
    if action in WORDS:
        return WORDS[action][0]
    return OWN_WORDS.get(action) or EDIT_LABELS.get(action) or action
