"""The file of a message, section by section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from osm.complaints.queries import of_message as complaints_of
from osm.dossier import acts
from osm.dossier.acts import LogExtract
from osm.files.acts.files import stored_path
from osm.files.acts.pictures import drawn_small
from osm.imports.queries.editions import editions_of, texts_of
from osm.log.queries.page import LogFilter, log_rows
from osm.messages.queries.parts import Card, CardClosure, CardReply, Version
from osm.models import Attachment, User
from osm.neighbours.queries import of_message as questions_of
from osm.people.queries.people import office
from osm.regulation.words import (
    DeadlineState,
    Role,
    clause_words,
)
from osm.retention.rules import TERMS
from osm.shell.filters import in_full, local, network_label
from osm.shortcomings.queries.shortcomings import of_message as shortcomings_of
from osm.talk.queries import of_message as notes_of

if TYPE_CHECKING:
    from osm.documents.pdf import Pdf

MOST_PICTURES = 20  # in the file; the others are in the list of files
_SIDE, _QUALITY = 1200, 78


def dossier(card: Card, log: LogExtract, person: User, now: datetime) -> bytes:
    """The PDF. A person who reads without names gets no pictures: there are names on screenshots."""
    from osm.documents.pdf import Pdf  # its library takes memory, and most processes never make one

    pdf = Pdf(f"Дело сообщения № {card.number}", f"Дело сообщения № {card.number}. Собрано {_when(now)}")
    with_pictures = not person.has(Role.AUDITOR)
    pdf.heading(f"Дело сообщения № {card.number}", 0)
    pdf.small(f"{office().name or 'Администрация'}. Собрано {_when(now)}, {person.name}.")
    for section in (_head, _destroyed, _message, _terms, _decisions):
        section(pdf, card)
    _answers(pdf, card)
    _outside(pdf, card, with_words=with_pictures)
    _control(pdf, card, person)
    _notes(pdf, card, person)
    _log(pdf, card, log)
    _files(pdf, card, with_pictures=with_pictures)
    pdf.new_page()
    pdf.heading("Как проверить")
    for words in _HOW.format(number=card.number).split("\n\n"):
        pdf.text(" ".join(words.split()))
    return pdf.made()


def _when(instant: datetime | None) -> str:
    return f"{local(instant):%d.%m.%Y %H:%M}" if instant else ""


def _joined(*words: str) -> str:
    return ", ".join(filter(None, words))


def _head(pdf: Pdf, card: Card) -> None:
    received = "Поступило в ИМ" if card.origin == "incident" else "Внесено"
    pdf.facts([
        ("Состояние", card.status.label),
        ("Важность", card.importance.label + (", повторное" if card.is_repeat else "")),
        ("Источник", network_label(card.network)),
        ("Ссылка", card.url),
        ("Автор", card.author_name or "неизвестен"),
        ("Профиль автора", card.author_url),
        ("Опубликовано", _when(card.published_at)),
        (received, _joined(_when(card.received_at), card.entered_by)),
        ("Важность выявлена", _when(card.detected_at)),
        ("Отобрано", _when(card.selected_at)),
        ("Закрыто", _when(card.closed_at)),
        ("Место", card.place),
        ("Тема", card.topic or card.source_topic),
        ("Статус в ИМ", card.source_status),
    ])  # fmt: skip


def _destroyed(pdf: Pdf, card: Card) -> None:
    rows = acts.destroyed(card.id)
    if not rows:
        return
    pdf.heading("Что уничтожено")
    for row in rows:
        act = f"акт № {row.run_id}" if row.run_id else "повторно после восстановления из копии"
        pdf.text(f"{_when(row.at)}, {act}: {TERMS[row.kept].categories}. Запись журнала № {row.event_id}.")
    pdf.text("Уничтоженного в деле нет. Номера, сроки и записи журнала сохранены.")


def _message(pdf: Pdf, card: Card) -> None:
    if card.purged_at is not None:
        return
    pdf.heading("Сообщение")
    texts = texts_of(card.text, card.stored_at, editions_of(card.id))
    for number, one in enumerate(texts, 1):
        if len(texts) > 1:
            pdf.heading(f"Редакция {number}: {_joined(_when(one['at']), one['loaded_by'])}", 2)
        pdf.quote(one["text"])
    for followup in card.followups:
        when = _joined(_when(followup.written_at or followup.entered_at), f"внесено: {followup.entered_by}")
        pdf.heading(f"Автор написал ещё: {when}", 2)
        pdf.quote(followup.text)
        pdf.facts([("Ссылка", followup.url)])


_STATES = {
    DeadlineState.OPEN: "идёт", DeadlineState.MET: "выполнено", DeadlineState.CLOSED: "снят",
    DeadlineState.REPLACED: "заменён",
}  # fmt: skip


def _terms(pdf: Pdf, card: Card) -> None:
    if not card.every_clock:
        return
    pdf.heading("Сроки")
    for clock, worker in sorted(card.every_clock, key=lambda pair: (pair[0].started_at, pair[0].id)):
        whose = f", {worker.named}" if worker else ""
        pdf.heading(f"{clock.label}{whose} ({clause_words(clock.clause)})", 2)
        late = "но не по вине исполнителя: важность повышена позже" if clock.blameless else ""
        pdf.facts([
            ("Начат", _when(clock.started_at)),
            ("Истекает", _when(clock.due_at) or "неизвестно: календаря на эти дни нет"),
            ("Итог", _joined(_STATES[clock.state], _when(clock.ended_at))),
            ("Нарушен", _joined(_when(clock.breached_at), late) if clock.breached_at else ""),
            ("Расчёт", clock.explanation),
        ])  # fmt: skip


def _decisions(pdf: Pdf, card: Card) -> None:
    if card.workers:
        pdf.heading("Исполнители")
    for worker in card.workers:
        pdf.heading(worker.named, 2)
        pdf.facts([
            ("Направлено", _when(worker.assigned_at)), ("Открыто", _when(worker.opened_at)),
            ("Снято", _when(worker.ended_at)), ("Задание", worker.task),
        ])  # fmt: skip
        for part in reversed(worker.parts):
            pdf.facts([(f"Информация {part.number}", _joined(part.author, _when(part.submitted_at), part.received_by))])
            pdf.quote(part.text)
            if part.returned_at:
                pdf.facts([("Возвращена", f"{_when(part.returned_at)}, {part.returned_by}: {part.remarks}")])
    for closure in card.closures:
        _closure(pdf, closure)


def _closure(pdf: Pdf, closure: CardClosure) -> None:
    pdf.heading(closure.status.label)
    restored = f"{_when(closure.restored_at)}, {closure.restored_by}: {closure.restore_reason}"
    pdf.facts([
        ("Когда и кто", _joined(_when(closure.closed_at), closure.closed_by)),
        ("Основание", f"{closure.ground.label} (п. 17)" if closure.ground else ""),
        ("Кому передано", closure.recipient),
        ("Почему", closure.reason),
        ("Возвращено", restored if closure.restored_at else ""),
    ])  # fmt: skip
    if evidence := closure.evidence:
        pdf.heading(f"Доказательство: сообщение, каким оно было {_when(evidence.taken_at)}", 2)
        pdf.quote(evidence.text)
        whose = _joined(evidence.author_name, evidence.author_url)
        pdf.facts([("Автор", whose), ("Ссылка", evidence.url), ("SHA-256", evidence.sha256)])


def _answers(pdf: Pdf, card: Card) -> None:
    for reply in card.replies:
        if not reply.versions and reply.published_at is None:
            continue
        pdf.heading(reply.kind.label)
        for version in reversed(reply.versions):
            _version(pdf, version)
        _published(pdf, reply)
    for promise in acts.promises_of(card.id):
        pdf.heading(f"Обещание к {promise.due_on:%d.%m.%Y}: {promise.state.label}", 2)
        pdf.facts([("Слова ответа", promise.words), ("Результат", promise.result), ("Почему", promise.reason)])


def _version(pdf: Pdf, version: Version) -> None:
    pdf.heading(f"Версия {version.number}: {version.state.label}", 2)
    entered = f"внёс {version.submitted_by} {version.received_by}" if version.submitted_by != version.author else ""
    pdf.facts([
        ("Кто и когда", _joined(version.author, _when(version.submitted_at), entered)),
        ("Правка", "версия куратора" if version.is_correction else ""),
        ("Решение", _joined(version.decided_by, _when(version.decided_at))),
        ("Замечания", version.remarks),
    ])  # fmt: skip
    if version.exception:
        pdf.facts([("Согласовано, хотя", version.exception.text)])
    pdf.quote(version.text)


def _published(pdf: Pdf, reply: CardReply) -> None:
    approved = reply.approved
    rows = [
        ("Опубликован", _joined(_when(reply.published_at), reply.published_by) or "не опубликован"),
        ("Версия", str(approved.number) if approved and reply.published_at else ""),
        ("Ссылка", reply.published_url),
        ("Внесён в ИМ", _joined(_when(reply.entered_in_source_at), reply.entered_by)),
    ]
    pdf.facts(rows)


def _outside(pdf: Pdf, card: Card, *, with_words: bool) -> None:
    """What bodies outside were asked and said; who reads without names learns that it was, and when."""
    asked = any(one.action == "neighbour_asked" for one in card.log)
    for row in questions_of(card.id) if asked else ():
        pdf.heading(f"Вопрос организации № {row.id}: {row.state.label}", 2)
        pdf.facts([
            ("Организация", row.body.name if with_words else ""),
            ("Спросил", _joined(_when(row.asked_at), row.asked_by.name)),
            ("Отправил", _joined(_when(row.sent_at), row.sent_by.name) if row.sent_by else ""),
            ("Ответ получен", _when(row.answered_at)),
            ("Фото, SHA-256", ", ".join(photo.sha256 for photo in row.photos)),
        ])  # fmt: skip
        for words in (row.text, row.answer) if with_words else ():
            if words:
                pdf.quote(words)


def _control(pdf: Pdf, card: Card, person: User) -> None:
    for row in shortcomings_of(card.id, person):
        pdf.heading(f"Недостаток: {row.what} ({clause_words(row.clause)})", 2)
        pdf.facts([
            ("Когда", _when(row.occurred_at)),
            ("Кто", row.person_words),
            ("Состояние", row.state_words),
            ("Что не так", row.words),
            ("Причина", row.cause_said),
            ("Возражение", row.objection),
            (
                "Решение",
                _joined(row.decided_by.name if row.decided_by else "", _when(row.decided_at), row.waiver_said),
            ),
        ])  # fmt: skip
    for complaint in complaints_of(card.id):
        pdf.heading(f"Жалоба № {complaint.id}", 2)
        outcome = complaint.outcome.label if complaint.outcome else "рассматривается"
        who = complaint.reviewed_by.name if complaint.reviewed_by else ""
        pdf.facts([
            ("Записана", _joined(_when(complaint.entered_at), complaint.entered_by.name)),
            ("Итог", _joined(outcome, who, _when(complaint.reviewed_at))),
            ("Почему", complaint.reason),
        ])  # fmt: skip
    for listed in acts.proposals_of(card.id):
        pdf.heading(f"Чёрный список: запись № {listed.id}", 2)
        decided = _joined(listed.decided_by, _when(listed.decided_at), listed.decision_reason)
        lifted = _joined(listed.lifted_by, _when(listed.lifted_at), listed.lift_reason)
        pdf.facts([
            ("Автор", _joined(listed.author_name, listed.author_url)),
            ("Предложено", _joined(listed.proposed_by, _when(listed.proposed_at), listed.note)),
            ("Состояние", listed.state.label),
            ("Решение", decided),
            ("Снято", lifted),
        ])  # fmt: skip


def _notes(pdf: Pdf, card: Card, person: User) -> None:
    """The talk on the card; an administrator does not see it there."""
    notes = [] if person.roles <= {Role.ADMIN} else notes_of(card.id)
    if notes:
        pdf.heading("Заметки")
    for note in notes:
        pdf.heading(f"{_when(note.written_at)} {note.author}{f' → {note.to}' if note.to else ''}", 2)
        (pdf.quote if note.text else pdf.small)(note.text or "Отозвана или уничтожена.")


def _log(pdf: Pdf, card: Card, log: LogExtract) -> None:
    pdf.heading("Выписка из журнала")
    rows = [row for row in log_rows(LogFilter(number=card.number), in_full) if row.message_id == card.id]
    for row in sorted(rows, key=lambda row: row.id):
        note = "примечание уничтожено" if row.note is None else row.note
        words = "; ".join(filter(None, (row.sentence, *row.changes, note)))
        clause = f" ({clause_words(row.clause)})" if row.clause else ""
        pdf.facts([(f"№ {row.id} {_when(row.at)}", f"{row.actor}: {words}{clause}")])
    pdf.heading("Печати журнала", 2)
    pdf.facts([("Записей", f"{log.count}, с № {log.first_id} по № {log.last_id}"), ("SHA-256 записей", log.digest)])
    for seal in log.seals:
        covered = f"записи {seal.first_id}–{seal.last_id}, {_when(seal.sealed_at)}, ключ {seal.key_id}: {seal.mac}"
        pdf.facts([(f"Печать № {seal.number}", covered)])
    if not log.seals:
        pdf.small("Записи ещё не запечатаны: программа делает это раз в несколько секунд.")


def _files(pdf: Pdf, card: Card, *, with_pictures: bool) -> None:
    files = list(_attached(card))
    if not files:
        return
    pdf.heading("Приложенные файлы")
    for what, file in files:
        size = max(file.size // 1024, 1)
        pdf.facts([(what, f"{file.filename}, {size} КБ, {_when(file.uploaded_at)}"), ("SHA-256", file.sha256)])
    if not with_pictures:
        pdf.small("Изображения не показаны: на снимках экрана видны имена авторов.")
        return
    for what, file in files[:MOST_PICTURES]:
        path = stored_path(file.sha256)
        drawn = drawn_small(path, _SIDE, _QUALITY) if path.is_file() else None
        if drawn:
            pdf.picture(drawn, f"{what}: {file.filename}. Уменьшено; SHA-256 файла {file.sha256}")
        else:
            pdf.small(f"{what}: {file.filename}. Файла нет на диске, или его не показать.")
    if len(files) > MOST_PICTURES:
        pdf.small(f"Показаны первые {MOST_PICTURES} изображений, остальные есть в списке.")


def _attached(card: Card) -> Iterator[tuple[str, Attachment]]:
    groups: Iterable[tuple[str, Iterable[Attachment]]] = (
        ("Фото сообщения", card.photos),
        *(("Снимок экрана", closure.screenshots) for closure in card.closures),
        *(("Фото ответа", reply.photos) for reply in card.replies),
    )
    for what, files in groups:
        yield from ((what, file) for file in files)


_HOW = """
Это дело собрано программой ОСМ из того, что хранится о сообщении № {number}. Программа записала в свой журнал отпечаток
(SHA-256) этого файла, и журнал запечатан: подделать файл незаметно нельзя.

1. Не изменён ли файл. Администратор кладёт его на сервер и вызывает: osm dossier-check ФАЙЛ. Программа
скажет, кто и когда собрал это дело. Если в файле изменён хотя бы один знак, она его не узнает.

2. Не изменён ли журнал. Та же команда сравнит записи о сообщении с теми, что вошли в дело. Весь журнал проверяет
команда osm audit-verify: она найдёт изменённую, вставленную и удалённую запись.

3. Не подменены ли печати. Последняя печать из раздела «Печати журнала» должна стоять в файле печатей, который лежит вне
базы, и в более поздних резервных копиях, с тем же значением.

4. Те ли файлы приложены. Отпечаток полученного файла считает любая программа, например sha256sum; он должен совпасть с
указанным в деле.

Знак □ стоит вместо знака, которого нет в шрифте, чаще всего это рисунок из набора эмодзи.
"""
