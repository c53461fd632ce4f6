"""The words for acts, and the recent acts on an object for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.base.database import db
from osm.integrators.rules import ACT_WORDS
from osm.models import Event, EventNote, User
from osm.regulation.blacklist import BanTerm
from osm.retention.rules import RETENTION_WORDS

# --- Acts on an object
SHOWN = 10  # acts on the page of an object; the log has all

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
_PAGE_WORDS = {
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
    **_PAGE_WORDS,
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


@dataclass(frozen=True, slots=True)
class Edit:
    """An act. `version`: version of the object after it, None if the act did not change it."""

    at: datetime
    actor: str
    words: str
    version: int | None


def edits_of(object_kind: str, object_id: int) -> list[Edit]:
    """The latest acts on an object, newest first."""
    rows = db.session.execute(
        select(Event.at, Event.action, Event.changes, User.name, EventNote.text)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .where(Event.object_kind == object_kind, Event.object_id == object_id, Event.action.in_(EDIT_LABELS))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(SHOWN)
    )
    return [
        Edit(at, name or _nobody(object_kind, action), _edit_words(action, changes, note or ""),
             (changes.get("version") or (None, None))[1])
        for at, action, changes, name, note in rows
    ]  # fmt: skip


def _nobody(object_kind: str, action: str) -> str:
    """Who acts where no person does."""
    if action in {*BLACKLIST_WORDS, *PLAN_WORDS, *_PAGE_WORDS}:
        return "система"
    return "каталогом или командой" if object_kind == "user" else "командой"


def _edit_words(action: str, changes: Mapping[str, Any], note: str) -> str:
    """The act in words; for the black list also the old and new term and the reason."""
    words = EDIT_LABELS[action]
    if action not in {*BLACKLIST_WORDS, "edit_office_settings"}:
        return words
    old, new = changes.get("term") or (None, None)
    if old and new:
        words += f": {BanTerm(old).label} → {BanTerm(new).label}"
    return f"{words}. {note}" if note else words


def since(edits: Sequence[Edit], version: int) -> list[Edit]:
    """Acts after this version of the object, oldest first."""
    return [edit for edit in reversed(edits) if edit.version is not None and edit.version > version]
