"""Names of acts, by what they are done to, and their groups on the screen of the log."""

from osm.calendar.queries import CALENDAR_WORDS
from osm.integrators.rules import ACT_WORDS, DELIVERY_WORDS
from osm.log.models import FAULT, SEALED_LATE, VERIFIED
from osm.log.queries.words import WORDS
from osm.retention.rules import RETENTION_WORDS

BLACKLIST_WORDS: dict[str, str] = {
    "propose_blacklist": "автор предложен в чёрный список",
    "reconsider_blacklist": "предложение в чёрный список пересмотрено",
    "approve_blacklist": "внесение в чёрный список утверждено",
    "reject_blacklist": "предложение в чёрный список отклонено",
    "change_blacklist_term": "срок в чёрном списке изменён",
    "blacklist_applied": "автор заблокирован в сети",
    "blacklist_not_applied": "отметка о блокировке в сети снята",
    "blacklist_expired": "срок в чёрном списке истёк",
    "lift_blacklist": "автор снят с чёрного списка",
    "blacklist_heard": "автора заблокировали в самой соцсети",
    "blacklist_lifted_there": "блокировку сняли в самой соцсети",
}
"""On proposals for the black list."""

PLAN_WORDS: dict[str, str] = {
    "plan_idea": "идея записана",
    "plan_copy": "создано копией",
    "plan_write": "черновик сохранён",
    "plan_submit": "отправлено на согласование",
    "plan_take_back": "отозвано с согласования",
    "plan_approve": "согласовано",
    "plan_return": "возвращено с замечаниями",
    "plan_correct": "исправлено",
    "plan_move": "перенесено",
    "plan_schedule": "запланировано",
    "plan_unschedule": "снято с времени",
    "plan_place": "размещено",
    "plan_fail": "не вышло",
    "plan_hold": "придержано: режим ЧС",
    "plan_late": "выходит с опозданием: программа была выключена",
    "plan_by_hand": "пора размещать руками",
    "plan_try_again": "программа попробует ещё раз",
    "news_offered": "отдел предложил новость",
    "news_taken": "из новости отдела сделана публикация",
    "news_declined": "новость отдела отклонена",
    "krai_task_entered": "записано задание края",
    "krai_task_reported": "о задании края доложено",
    "plan_cancel": "отменено",
    "plan_restore": "возвращено в план",
    "plan_found": "запись найдена на странице: размещена мимо плана",
    "plan_join": "найденная на странице запись оказалась этой публикацией",
    "plan_gone": "записи на странице больше нет",
    "heading_added": "рубрика недели записана",
    "heading_changed": "рубрика недели изменена",
    "heading_removed": "рубрика недели убрана",
    "memorable_added": "памятная дата записана",
    "memorable_changed": "памятная дата изменена",
    "memorable_removed": "памятная дата убрана",
    "campaign_added": "кампания выборов записана",
    "campaign_changed": "кампания выборов изменена",
    "campaign_removed": "кампания выборов убрана",
    "plan_feed_made": "получен адрес плана для календаря",
    "plan_feed_off": "адрес плана для календаря отключён",
}
"""On publications of the plan and its lists."""

EMERGENCY_WORDS: dict[str, str] = {
    "emergency_prepared": "подготовлен режим ЧС",
    "emergency_begun": "введён режим ЧС",
    "emergency_ended": "режим ЧС снят",
    "emergency_released": "режим ЧС больше не держит публикацию",
}
COMPLAINT_WORDS: dict[str, str] = {"complaint_entered": "жалоба внесена", "complaint_reviewed": "жалоба рассмотрена"}
"""On complaints about a deletion or a ban (П.17, Пр.2.6)."""
PORTAL_WORDS: dict[str, str] = {
    "portal_assigned": "сообщение ПОС передано отделу",
    "portal_closed": "ответ внесён в ПОС",
    "portal_reopened": "сообщение ПОС возвращено в работу",
}
NEIGHBOUR_WORDS: dict[str, str] = {
    "neighbour_asked": "записан вопрос организации",
    "neighbour_sent": "вопрос отправлен в организацию",
    "neighbour_returned": "вопрос организации возвращён исполнителю",
    "neighbour_withdrawn": "вопрос организации отозван",
    "neighbour_opened": "организация открыла вопрос",
    "neighbour_answered": "получены сведения организации",
    "neighbour_ended": "вопрос организации закрыт без ответа",
    "neighbour_closed": "вопрос организации закрыт: сообщение не в работе",
    "neighbour_taken": "сведения организации взяты в проект",
}
PAGE_WORDS = {
    "page_stopped": "страница остановлена: соцсеть не принимает ключ",
    "key_refused": "соцсеть больше не даёт ключу права",
    "keys_renewed": "ключ продлён программой",
    "page_strangers": "соцсеть назвала незаписанных администраторов",
}
"""By the worker, on connected pages."""

EDIT_LABELS: dict[str, str] = {
    **BLACKLIST_WORDS,
    **PLAN_WORDS,
    **EMERGENCY_WORDS,
    **COMPLAINT_WORDS,
    **PORTAL_WORDS,
    **NEIGHBOUR_WORDS,
    **RETENTION_WORDS,
    **PAGE_WORDS,
    **ACT_WORDS,
    "audit_access": "дан доступ для проверки",
    "create_user": "учётная запись создана",
    "edit_user": "данные изменены",
    "block_user": "учётная запись заблокирована",
    "unblock_user": "учётная запись разблокирована",
    "link_user": "изменено, кто проверяет пароль: программа или каталог",
    "reset_password": "выдан новый пароль",
    "invite_user": "отправлено приглашение",
    "accept_invitation": "пароль задан по приглашению",
    "end_sessions": "сеансы завершены",
    "change_password": "пароль сменён самим сотрудником",
    "end_own_sessions": "сеансы завершены самим сотрудником",
    "second_factor_on": "второй фактор настроен самим сотрудником",
    "second_factor_off": "второй фактор выключен самим сотрудником",
    "second_factor_codes": "напечатаны новые коды на бумагу",
    "code_used_again": "введён уже использованный код второго фактора",
    "paper_code_used": "использован код с бумаги",
    "forget_browser": "запомненный браузер забыт",
    "reset_second_factor": "второй фактор сброшен",
    "lift_throttle": "снова разрешено входить после неудачных попыток",
    "enter_absence": "отсутствие внесено",
    "edit_absence": "отсутствие изменено",
    "end_absence": "отсутствие завершено",
    "create_neighbour": "организация добавлена",
    "edit_neighbour": "организация изменена",
    "archive_neighbour": "организация убрана из списка",
    "restore_neighbour": "организация возвращена в список",
    "create_department": "отдел добавлен",
    "edit_department": "отдел изменён",
    "archive_department": "отдел убран из списка",
    "restore_department": "отдел возвращён в список",
    "edit_office": "сведения об администрации изменены",
    "check_calendar": "календарь года сверен",
    "test_mail": "отправлено пробное письмо",
    "first_steps_done": "первые шаги сделаны",
    "without_mail": "решено работать без почты",
    "without_page": "решено размещать ответы вручную",
    "edit_office_settings": "изменено, как мы работаем по регламенту",
    "register_is_whole": "подтверждено: других страниц администрация не ведёт",
    "register_is_not_whole": "подтверждение, что других страниц нет, снято",
    "connect_page": "страница подключена",
    "check_page": "страница проверена",
    "replace_keys": "ключи заменены",
    "switch_connection": "подключение включено или выключено",
    "arrange_connection": "изменено, кто действует",
    "arrange_hearing": "изменено, как приходят события",
    "renew_callback_secret": "секрет для событий заменён",
    "page_speaker_out": "убран администратор страницы",
    "disconnect_page": "ключи удалены",
    "describe_page_guard": "записано, как входят на страницу",
    "add_page_administrator": "записан тот, кто управляет страницей",
    "edit_page_administrator": "изменено, кто и как управляет страницей",
    "remove_page_administrator": "больше не управляет страницей",
    "page_person_leaves": "уходит тот, кто управляет страницей",
    "page_access_to_close": "заведены задачи: закрыть доступ к странице и ключам",
    "page_access_closed": "доступ закрыт",
    "page_access_stays": "доступ оставлен",
    "look_at_page": "администраторы сверены с соцсетью",
    "check_page_guard": "защита страницы проверена",
    "enter_page": "страница внесена в реестр",
    "edit_page": "сведения реестра изменены",
    "close_page": "страница в реестре закрыта",
    "check_profile": "оформление страницы проверено",
    "stop_publications": "публикации остановлены",
    "release_publications": "публикации возобновлены",
    "write_help": "страница помощи написана",
    "edit_help": "страница помощи изменена",
    "archive_help": "страница помощи убрана",
    "restore_help": "страница помощи возвращена",
    "create_topic": "тема добавлена",
    "edit_topic": "тема изменена",
    "archive_topic": "тема убрана из списка",
    "restore_topic": "тема возвращена в список",
    "create_template": "шаблон добавлен",
    "edit_template": "шаблон изменён",
    "archive_template": "шаблон убран из списка",
    "restore_template": "шаблон возвращён в список",
    "replace_form": "шаблон формы заменён",
    "restore_form": "возвращён исходный шаблон формы",
    "send_form": "форма отправлена",
    "unsend_form": "отметка об отправке формы снята",
    "edit_source": "источник изменён",
    "forget_columns": "столбцы источника забыты",
}
"""Acts shown on the page of an object; logins are not."""

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
