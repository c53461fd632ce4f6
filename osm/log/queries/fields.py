"""Words for the fields and codes of the log."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.log.models import ON_BEHALF_OF
from osm.models import Assignment, Closure, Department, Draft, Echo, Reply, User
from osm.networks.catalogue import NETWORKS
from osm.plan.rules import PublicationState
from osm.register.queries.filter import FILTER_LABELS
from osm.regulation import blacklist, control, executors, own_pages, words
from osm.retention.rules import TERMS, HoldGround

# --- Fields and codes
FIELDS: dict[str, str] = {
    "status": "статус",
    "version": "версия",
    "way": "способ",
    "source": "пароль проверяет",
    "rule": "правило",
    "outcome": "строка",
    "page_state": "состояние",
    "importance": "важность",
    "selected_at": "отобрано",
    "restarted_at": "сроки заново с",
    "interim_reason": "почему промежуточный",
    "interim_grounds": "причина нужна",
    "group_state": "общий ответ",
    "promise_state": "обещание",
    "promised_on": "контрольная дата",
    "shortcoming_state": "недостаток",
    "shortcoming_kind": "что нарушено",
    "cause": "причина нарушения",
    "waiver": "почему снято",
    "instruction_state": "поручение",
    "publication_state": "публикация",
    "plan_day": "день",
    "plan_at": "время выхода",
    "account_id": "страница",
    "reached": "отметка",
    "reached_at": "когда",
    "reached_as": "доведено",
    "begins_at": "с",
    "ends_at": "до",
    "reached_id": "кому",
    "burst_id": "всплеск",
    "body_id": "организация",
    "members": "сообщений",
    "pictures_kept": "изображений сохранено",
    "published_at": "опубликовано",
    "detected_at": "важность выявлена",
    "closed_at": "закрыто",
    "entered_in_source_at": "внесено в ИМ",
    "breached_at": "срок был",
    "due_at": "срок",
    "kind": "вид срока",
    "ground": "основание",
    "url": "ссылка",
    "text": "текст",
    "place": "место",
    "network": "соцсеть",
    "is_repeat": "повторное",
    "number": "номер",
    "source_status": "статус в ИМ",
    "source_topic": "тема в ИМ",
    "source_deadline": "срок ИМ",
    "source_raw": "прочие столбцы",
    "name": "имя",
    "position": "должность",
    "phone": "телефон",
    "department_id": "отдел",
    "topic_id": "тема",
    "executor_id": "исполнитель",
    "executors": "исполнителей",
    "assignment_id": "направлено",
    "roles": "роли",
    "person_id": "сотрудник",
    "reason": "причина",
    "first_day": "первый день",
    "last_day": "последний день",
    "substitute_id": "замещает",
    "acting_id": "и. о.",
    "act": "распоряжение",
    "stands_for_id": "за кого",
    "ended_at": "завершено",
    "fields": "изменено",
    "sessions": "сеансов",
    "attempts": "неудачных попыток",
    "address": "адрес",
    "short_name": "короткое название",
    "other_phones": "другие телефоны",
    "words": "слова",
    "duty_officer_id": "дежурный",
    "deputy_ids": "заместители",
    "supervisor_id": "курирует",
    "key_names": "ключи",
    "network_ground": "на каком основании",
    "replaced": "заменены",
    "publish": "ответ выходит",
    "publishing_networks": "исполнители размещают ответы",
    "load_minutes": "минут без выгрузки до напоминания",
    "answer_marked": "верно отмеченному отвечаем",
    "no_others_at": "других страниц нет",
    "facts_state": "сведения отделу",
    "posts_held": "придержано публикаций",
    "posts_released": "снова в плане",
    "publication_id": "публикация",
    "complaint_outcome": "решение по жалобе",
    "echo": "после ответа",
    "moderate": "удаляет и блокирует",
    "answers": "ответ автора",
    "connection_state": "подключение",
    "hearing": "события",
    "second_factor": "второй фактор",
    "password_changed_on": "пароль сменён",
    "recovery": "контакты для восстановления",
    "applications": "приложения",
    "profile": "профиль",
    "user_id": "сотрудник",
    "page_right": "право на странице",
    "strangers": "незаписанных",
    "title": "название",
    "topics": "темы",
    "found_bad": "замечаний",
    "next_check_at": "следующая проверка",
    "gone_by": "кем удалено в соцсети",
    "post": "должность по постановлению",
    "inn": "ИНН",
    "letterhead": "шапка документов",
    "site": "адрес сайта",
    "responsible": "ответственное лицо",
    "phones": "телефоны",
    "duty_phones": "дежурные телефоны",
    "archived_at": "убрано из списка",
    "is_active": "вход разрешён",
    "must_change_password": "сменить пароль при входе",
    "created": "новых",
    "updated": "обновлено",
    "unchanged": "без изменений",
    "duplicate": "повторов",
    "rejected": "не принято",
    "held": "ждут решения",
    "staged": "ждут",
    "rows": "строк",
    "page": "страница",
    "read_at": "прочитано",
    "row": "строка",
    "import_run_id": "загрузка",
    "own_word_id": "запись словаря",
    "to_id": "кому",
    "proposal_id": "запись чёрного списка",
    "comment_id": "комментарий",
    "from": "с",
    "to": "по",
    "entered_too": "вместе с внесёнными",
    "edition": "редакция календаря",
    "kept": "что хранится",
    "days": "дней",
    "hold_ground": "почему запрещено",
    "request": "запрос №",
    "waiting": "ещё без печати",
    "sealed": "запечатано записей",
    "faults": "нарушений",
    "found": "найдено",
    "late": "запечатано с опозданием",
    "is_unsealed": "есть записи без печати",
    "filters": "отбор",
    "other_key": "другой ключ",
    "presidential": "указы Президента",
    "times": "время в файлах",
    "columns": "столбцы",
    "form": "поля формы",
    **{f"{kind}_due": "срок" for kind in words.ClockKind},
    "link_state": "связь",
    "other_message_id": "с сообщением",
    "reply": "ответ на пометку",
    "unmet": "не хватало",
    "in_spite": "почему согласовано так",
    "comment_state": "комментарий",
    "comment_ground": "основание",
    "message_id": "сообщение",
    "sha256": "SHA-256",
    "content_type": "вид файла",
    "outbox_state": "действие в соцсети",
    "under_changed": "ответ уходит под изменённый комментарий",
    "elsewhere": "отвечает в чужих сообществах",
    "administrators": "говорят от имени страницы",
    "done_at": "выполнено",
    "single_keys": "клавиши включены",
    "mail_mode": "письма",
    "sound": "звук",
    "week_letter": "итоги недели письмом",
    "campaign_reason": "почему выходит во время выборов",
    "email": "почта",
    "term": "на сколько",
    "list_state": "в чёрном списке",
    "applied_at": "блокировка с",
}

LABELS: dict[str, Mapping[Any, str]] = {
    "promise_state": {
        "open": "ждём",
        "reported": "результат внесён",
        "done": "выполнено",
        "moved": "перенесено",
        "not_kept": "не выполнено",
        "dropped": "контроль снят",
    },
    "connection_state": {"working": "работает", "failing": "не отвечает", "stopped": "остановлено", "off": "выключено"},
    "instruction_state": {"open": "на контроле", "reported": "доложено", "accepted": "выполнено", "dropped": "снято"},
    "publication_state": PublicationState.labels(),
    "way": {"local": "пароль программы", "ldap": "пароль каталога", "oidc": "единый вход", "proxy": "имя от прокси"},
    "page_state": own_pages.PageState.labels(),
    "outcome": {"created": "новое сообщение", "updated": "сообщение изменено"},
    "reached": {"read": "прочитано", "phone": "по телефону"},
    "reached_as": {"head": "до главы", "acting": "до и. о. главы"},
    "comment_state": blacklist.CommentState.labels(),
    "comment_ground": blacklist.CommentGround.labels(),
    "outbox_state": blacklist.OutboxState.labels(),
    "link_state": {"proposed": "предложена", "confirmed": "подтверждена", "rejected": "отклонена"},
    "reply": {"excluded": "исключено", "answered": "верно, но отвечаем", "wrong": "отметка ошибочна"},
    "term": blacklist.BanTerm.labels(),
    "list_state": blacklist.ListState.labels(),
    "shortcoming_state": control.ShortcomingState.labels(),
    "shortcoming_kind": control.ShortcomingKind.labels(),
    "cause": control.Cause.labels(),
    "waiver": control.Waiver.labels(),
    "group_state": {"draft": "готовится", "submitted": "на согласовании", "approved": "согласован"},
    "interim_reason": words.InterimReason.labels(),
    "status": words.Status.labels(),
    "importance": words.Importance.labels(),
    "ground": blacklist.CommentGround.labels() | words.Ground.labels(),
    "kept": {kept: term.label for kept, term in TERMS.items()},
    "hold_ground": HoldGround.labels(),
    "reason": executors.AbsenceReason.labels(),
    "times": {"local": "местное", "moscow": "московское"},
    "presidential": {"on": "выходные", "off": "обычные дни"},
    "kind": words.ClockKind.labels(),
    "publish": {"auto": "сразу", "ask": "по кнопке", "hand": "руками"},
    "complaint_outcome": blacklist.ComplaintOutcome.labels(),
    "echo": {one: one.label for one in Echo},
    "facts_state": {"open": "переданы", "done": "сделано", "withdrawn": "отозваны"},
    "answers": {"ask": "предложить", "auto": "внести сразу"},
    "moderate": {"auto": "программа", "hand": "руками"},
    "hearing": {"ask": "спрашиваем сами", "callback": "присылает соцсеть"},
    "gone_by": {"author": "автор", "page": "модератор страницы", "office": "мы", "unknown": "неизвестно кто"},
    "second_factor": own_pages.SecondFactor.labels(),
    "page_right": own_pages.Right.labels(),
    "post": words.Post.labels(),
    "source": {"local": "программа", "ldap": "каталог", "oidc": "единый вход"},
    "mail_mode": control.MailMode.labels(),
}
"""Fields with codes."""


def _day(day: str) -> str:
    return f"{date.fromisoformat(day):%d.%m.%Y}"


VALUES: dict[str, Callable[[Any], str]] = {
    **{name: labels.__getitem__ for name, labels in LABELS.items()},
    **dict.fromkeys(("promised_on", "first_day", "last_day", "password_changed_on"), _day),
    "interim_grounds": lambda codes: ", ".join(words.InterimGround(code).label for code in codes.split(",")),
    "publishing_networks": lambda codes: ", ".join(NETWORKS[c].label if c in NETWORKS else c for c in codes) or "нигде",
    "roles": lambda codes: ", ".join(words.Role(code).label for code in codes) or "нет",
    "filters": lambda names: ", ".join(FILTER_LABELS.get(name, name) for name in names) or "нет",
    "fields": lambda names: ", ".join(FIELDS.get(name, name) for name in names) or "ничего",
}
"""Fields with codes or days, in words."""


# --- Names for the words of the log
def absent_names(changes: Iterable[Mapping[str, Sequence[Any]]]) -> dict[int, str]:
    """Id → name of the absent colleagues for whom these events were done (П.3); no query if there are none."""
    ids = {pair[1] for changed in changes if (pair := changed.get(ON_BEHALF_OF))}
    if not ids:
        return {}
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())


def actor_words(name: str | None, changes: Mapping[str, Sequence[Any]], absent: Mapping[int, str]) -> str:
    """The actor and, if he acted for an absent colleague, that colleague; empty for the program."""
    pair = changes.get(ON_BEHALF_OF)
    return executors.acting_words(name or "", absent.get(pair[1], "") if pair else "")


def executors_named(condition: ColumnElement[bool]) -> dict[int, str]:
    """Assignment id → «Борис Ежов (ЖКХ), замещает: Алла Ким»; `condition`: a condition on Assignment."""
    absent = aliased(User)
    found = db.session.execute(
        select(Assignment.id, User.name, Department.short_name, absent.name)
        .join(User, User.id == Assignment.executor_id)
        .outerjoin(absent, absent.id == Assignment.for_id)
        .outerjoin(Department, Department.id == Assignment.department_id)
        .where(condition)
    )
    return {i: executor_words(name, short, absent_name) for i, name, short, absent_name in found}


def executor_words(name: str, department: str | None, absent: str | None) -> str:
    """«Борис Ежов (ЖКХ), замещает: Алла Ким»."""
    return name + (f" ({department})" if department else "") + (f", замещает: {absent}" if absent else "")


def draft_numbers(condition: ColumnElement[bool]) -> dict[int, int]:
    """Draft id → its number; `condition`: a condition on Draft and its Reply."""
    found = db.session.execute(select(Draft.id, Draft.number).join(Reply, Reply.id == Draft.reply_id).where(condition))
    return dict(found.all())


def recipients_of(message_ids: Collection[int]) -> dict[tuple[int | None, datetime], str]:
    """(Message id, time of closing) → the recipient to which it was handed over."""
    found = db.session.execute(
        select(Closure.message_id, Closure.closed_at, Closure.recipient).where(Closure.message_id.in_(message_ids))
    )
    return {(message_id, at): recipient for message_id, at, recipient in found}
