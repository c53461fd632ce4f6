"""What is kept for how long, and what a purge destroys: a table of terms and a table of columns (152-ФЗ).

Rows stay, so that numbers, terms and figures stay; their words go. Every column with words of the database is named
here (`tests/retention/test_columns.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from osm.regulation.words import Labelled


class Kept(StrEnum):
    MESSAGES = "messages"
    COMMENTS = "comments"
    EVIDENCE = "evidence"
    BLACKLIST = "blacklist"
    NOTES = "notes"
    FILES = "files"
    DRAFTS = "drafts"
    LOADS = "loads"
    LOGINS = "logins"
    BACKUPS = "backups"


@dataclass(frozen=True, slots=True)
class Term:
    """`days` by default; the office changes them. `why`: the ground of the default. `categories`: what data these are,
    for the act (приказ Роскомнадзора № 179, п. 3)."""

    label: str
    since: str
    days: int
    why: str
    categories: str


TERMS: dict[Kept, Term] = {
    Kept.MESSAGES: Term(
        "Сообщения, их авторы и ответы", "с закрытия сообщения", 1825,
        "как обращения граждан: 5 лет (приказ Росархива от 20.12.2019 № 236)",
        "имя и адрес профиля автора, текст и место сообщения, тексты ответов, причины и пояснения",
    ),
    Kept.COMMENTS: Term(
        "Комментарии на страницах", "с решения модератора", 365, "дольше для ответа и жалобы не нужны",
        "имя и адрес профиля автора, текст комментария и его правки",
    ),
    Kept.EVIDENCE: Term(
        "Доказательства исключений и удалений (п. 17)", "с закрытия сообщения или удаления комментария", 1095,
        "общий срок исковой давности: 3 года (ст. 196 ГК РФ)",
        "имя и адрес профиля автора, текст, снимки экрана",
    ),
    Kept.BLACKLIST: Term(
        "Чёрный список", "с окончания, снятия или отклонения", 1095,
        "общий срок исковой давности: 3 года (ст. 196 ГК РФ)",
        "имя и адрес профиля автора, тексты, пояснения",
    ),
    Kept.NOTES: Term(
        "Заметки к сообщениям и смены", "с закрытия сообщения, со сдачи смены", 365, "нужны для работы",
        "тексты заметок",
    ),
    Kept.FILES: Term(
        "Файлы сообщений и ответов", "с закрытия сообщения", 1095, "подтверждают сделанное",
        "приложенные файлы и их имена",
    ),
    Kept.DRAFTS: Term(
        "Набранный и не отправленный текст", "с закрытия сообщения", 90, "ответ уже дан",
        "набранный текст ответа",
    ),
    Kept.LOADS: Term(
        "Загруженные файлы и их строки; папки loaded и refused", "с окончания загрузки, с переноса в папку", 90,
        "всё нужное уже в сообщениях",
        "строки выгрузки: имя и адрес профиля автора, текст, место",
    ),
    Kept.LOGINS: Term(
        "Сеансы и адреса входа сотрудников", "с последнего входа", 365, "для разбора происшествий",
        "адреса и программы просмотра сотрудников",
    ),
    Kept.BACKUPS: Term(
        "Резервные копии", "с ночи копии", 30, "дольше в них жило бы уничтоженное",
        "копии базы и файлов",
    ),
}  # fmt: skip


class HoldGround(Labelled):
    POLICE = "police", "материал для полиции"
    COURT = "court", "дело в суде"
    PROSECUTOR = "prosecutor", "проверка прокуратуры"
    COMPLAINT = "complaint", "жалоба"
    OTHER = "other", "другое"


class Asked(Labelled):
    ACCESS = "access", "какие мои данные у вас есть"
    DELETE = "delete", "уничтожить мои данные"


class RequestOutcome(Labelled):
    ANSWERED = "answered", "ответ готов"
    DESTROYED = "destroyed", "данные уничтожены"
    REFUSED = "refused", "отказано"


REQUEST_DAYS = 10  # working days for the answer (152-ФЗ, ст. 20 ч. 1)

MARK = "[уничтожено]"  # in place of words that a constraint asks for

ROWS = "*"  # instead of columns: the rows go

Columns = Mapping[str, str]  # table → names of its columns, or ROWS

_COMMENT: Columns = {
    "comment": (
        "external_id post_url post_title url parent_external_id thread_key author_id text text_digest findings reason "
        "evidence_sha256 target pictures things"
    ),
    "comment_edit": ROWS,
    "comment_finding_answer": "lemma",
    "verdict_change": "findings_before findings_after",
    "copy_text": ROWS,
    "burst_mark": ROWS,
    "due_comment_readings": ROWS,
    "outbox_action": "target placed placed_name stands_text url error",
    "event_note": ROWS,
}
DESTROYED: dict[tuple[Kept, str], Columns] = {
    (Kept.DRAFTS, "message"): {"draft_text": ROWS, "part_text": ROWS},
    (Kept.NOTES, "message"): {"note": "text"},
    (Kept.FILES, "message"): {"attachment": ROWS, "neighbour_photo": ROWS},
    (Kept.EVIDENCE, "message"): {
        "evidence": "text url author_name author_url sha256",
        "attachment": ROWS,
    },
    (Kept.MESSAGES, "message"): {
        "message": "key url comment_name text place author_id source_fingerprint source_raw",
        "followup": "text url",
        "closure": "reason recipient restore_reason",
        "reply": "published_url",
        "draft": "text salt remarks",
        "interim_explanation": "text",
        "criteria_exception": "text",
        "promise": "words result reason",
        "assignment": "task",
        "part": "text remarks",
        "message_edition": "told before",
        "message_verdict": "text_digest findings",
        "finding_answer": "lemma",
        "verdict_change": "findings_before findings_after",
        "danger": "found",
        "held_row": "other_key payload",
        "import_row": "reason warning payload",
        "shortcoming": "words cause_words objection reason",
        "told_facts": "facts asked outcome",
        "instruction": "text report remarks reason",
        "urgent_report": "what place links workers done words",
        "complaint": "evidence reason",
        "outbox_action": "target placed placed_name stands_text url error",
        "event_note": ROWS,
        "message_search": ROWS,
        "message_traits": ROWS,
        "trait_key": ROWS,
        "copy_text": ROWS,
        "burst_mark": ROWS,
        "due_readings": ROWS,
        "reminder": ROWS,
        "neighbour_question": "text letter answer reason",
    },
    (Kept.MESSAGES, "portal_message"): {"portal_message": "text place rating answer", "event_note": ROWS},
    (Kept.MESSAGES, "urgent_report"): {"urgent_report": "what place links workers done words", "event_note": ROWS},
    (Kept.MESSAGES, "instruction"): {"instruction": "text report remarks reason", "event_note": ROWS},
    (Kept.MESSAGES, "memo"): {"memo": "proposals content", "event_note": ROWS},
    (Kept.MESSAGES, "answer_group"): {
        "answer_group": "name text interim_text in_spite_text remarks", "event_note": ROWS,
    },
    (Kept.COMMENTS, "comment"): _COMMENT,
    (Kept.COMMENTS, "own_comment"): {"own_comment": "external_id thread_key parent_external_id writer text url"},
    (Kept.COMMENTS, "office_lesson"): {"office_lesson": "learned"},
    (Kept.EVIDENCE, "comment"): _COMMENT,
    (Kept.EVIDENCE, "subject_request"): {"subject_request": "name profile identity reason", "event_note": ROWS},
    (Kept.BLACKLIST, "blacklist_proposal"): {
        "blacklist_proposal": "author_id author_name author_url note laid_by decision_reason lift_reason",
        "blacklist_evidence": "text url author_name author_url sha256",
        "complaint": "evidence reason",
        "outbox_action": "target placed placed_name stands_text url error",
        "event_note": ROWS,
    },
    (Kept.NOTES, "shift"): {"shift": "note", "event_note": ROWS},
    (Kept.LOADS, "import_run"): {
        "import_row": "reason warning payload", "held_row": "payload", "import_run": "forecast error",
    },
}  # fmt: skip
"""What outlives its term with a subject (the table of its rows). In this order, one transaction for each row."""

ENTERED: dict[str, str] = {
    "message": "stored_at",
    "comment": "stored_at",
    "own_comment": "heard_at",
    "blacklist_proposal": "proposed_at",
    "urgent_report": "sent_at",
    "instruction": "given_at",
    "memo": "prepared_at",
    "answer_group": "created_at",
    "shift": "given_at",
    "import_run": "created_at",
    "portal_message": "received_at",
    "office_lesson": "at",
    "subject_request": "entered_at",
}
"""Subject → when its row was made: with its id it names one row also in another copy of the database."""

SUBJECT_LABELS: dict[str, str] = {
    "message": "сообщение",
    "comment": "комментарий",
    "own_comment": "комментарий страницы",
    "blacklist_proposal": "запись чёрного списка",
    "urgent_report": "срочный доклад",
    "instruction": "поручение",
    "memo": "служебная записка",
    "answer_group": "общий ответ",
    "shift": "сдача смены",
    "import_run": "загрузка",
    "portal_message": "сообщение ПОС",
    "office_lesson": "урок проверки текста",
    "subject_request": "запрос о своих данных",
}

SWEPT: dict[str, str] = {
    "login_attempt": "at",
    "login_address": "at",
    "web_session": "expires_at",
    "remembered_browser": "expires_at",
}
"""Rows that go with LOGINS by their own age: table → since when it counts."""

WITH_AUTHOR: Columns = {"author": "name name_key profile_url number", "saved_filter": ROWS}
"""Goes when nothing names the author any more: his row, and saved filters with his name."""

_NO_WORDS = "коды, номера и отпечатки, по которым человека не узнать"
_OF_OFFICE = "служебные сведения о сотрудниках и устройстве администрации"
_PUBLIC = "публикации и тексты администрации для всех"
_DICTIONARY = "слова и правила проверки, места без людей"
_PROCESS = "работа самой программы"
LEFT: dict[str, Columns] = {
    _NO_WORDS: {
        "blacklist_proposal": "network", "burst": "key name also",
        "comment": "network rules hold_key gone_by", "comment_finding_answer": "rules rule",
        "criteria_exception": "criteria", "deadline": "clause unit explanation calendar_version",
        "draft": "received_by", "event": "action clause object_kind changes note_digest", "event_seal": "key_id mac",
        "finding_answer": "rules rule", "interim_explanation": "grounds",
        "message": "number network source_status source_topic", "message_verdict": "rules",
        "number_series": "name", "outbox_action": "network idempotency_key leased_by lease_token told",
        "api_request": "key_digest body_digest answer",
        "portal_message": "number source_topic source_status",
        "own_comment": "network", "part": "received_by", "answer_group": "received_by", "author": "network",
        "shift": "content", "shortcoming": "clause", "verdict_change": "rules_after", "danger": "told_ids",
        "neighbour_question": "mark token_digest", "neighbour_photo": "sha256",
        "urgent_report": "reached_act", "memo": "number", "memo_reader": "departments", "sent_form":
        "asked said corrected content", "import_arrival": "way sha256 reason",
        "import_run": "filename sha256 mapping times counts lease_owner",
        "network_outage": "network", "purge_run": "counts terms", "purged": "subject",
    },
    _OF_OFFICE: {
        "absence": "act", "account": "network external_id title url",
        "account_edition": "body body_inn title url unit email phone act act_number",
        "connection": "keys key_names whose expires can cannot page_name administrators installation cursor said "
        "acts_said callback_secret confirmation ground",
        "calendar_edition": "content digest action", "department": "name short_name phone other_phones",
        "document_template": "kind filename content", "duty_turn": "phone", "import_source": "name mapping times form",
        "office": "name inn letterhead site responsible phones duty_phones",
        "office_settings": "publishing_networks marked_act_number", "page_administrator": "name profile",
        "page_check": "answers remark", "page_guard": "recovery applications named look_said",
        "page_task": "name key_name reason", "plan_feed": "secret_hash",
        "profile_check": "marks note told photo_sha256 photo_type photo_name", "report_form": "filename sha256",
        "stop": "place reason", "user_account": "login name position phone password_hash email external_id",
        "second_factor": "salt secret",
        "paper_code": "code_hash",
        "audit_access": "ordered_by document",
        "neighbour_body": "name email phone",
        "legal_hold": "subject document", "integrator": "name token_hash webhook_url webhook_secret installation",
    },
    _PUBLIC: {
        "answer_template": "name text", "campaign": "title candidates",
        "department_news": "what when_words place answer", "emergency": "name answer",
        "help_edition": "title text", "help_page": "title text", "krai_task": "given_by report",
        "memorable_day": "title", "placement": "text url error", "plan_photo": "filename sha256 alt",
        "plan_text": "text", "publication": "title fields heading ground text reason campaign_reason",
        "publication_version": "title text page_texts salt remarks", "weekly_heading": "name pages",
    },
    _DICTIONARY: {
        "dictionary_change": "kind", "known_place": "key",
        "own_entry": "kind text severity", "rule_switch": "rule", "topic": "name words",
    },
    _PROCESS: {
        "lease": "name owner", "received_event": "event_id body", "turn": "key_digest", "worker_beat": "name detail",
    },
}  # fmt: skip
"""Why a purge leaves columns alone → which."""

RETENTION_WORDS: dict[str, str] = {
    "purge": "уничтожено по сроку хранения",
    "purge_begun": "начато уничтожение по срокам хранения",
    "purge_ended": "уничтожение по срокам хранения закончено",
    "keeping_term": "изменён срок хранения",
    "legal_hold_set": "наложен запрет уничтожать",
    "legal_hold_lifted": "снят запрет уничтожать",
    "subject_request_entered": "записан запрос человека о своих данных",
    "subject_request_closed": "на запрос человека о своих данных отвечено",
}
"""Acts of the log → words."""
