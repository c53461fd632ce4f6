"""The act of a run and its extract of the log (приказ Роскомнадзора от 28.10.2022 № 179), with numbers in place of
names."""

from collections.abc import Iterator

from osm.documents.sheet import add_table, as_bytes, new_sheet, plain
from osm.documents.tables import Cell, Column
from osm.models import BlacklistProposal, Comment, Message, Purged, PurgeRun, SubjectRequest
from osm.people.queries.people import office
from osm.retention.queries import destroyed_by, held_of, run_of, terms
from osm.retention.rules import SUBJECT_LABELS, TERMS, Kept, RequestOutcome
from osm.shell.filters import in_full

SYSTEM = "информационная система «ОСМ» (учёт сообщений из открытых источников)"
_REASON = (
    "достижение цели обработки, истёк срок хранения {days} дн. (ч. 7 ст. 5, ч. 4 ст. 21 Федерального закона № 152-ФЗ)"
)
_ON_REQUEST = "требование самого человека (ч. 1 ст. 14, ч. 3 ст. 20 Федерального закона № 152-ФЗ)"
_MANNER = (
    "стирание в базе данных, её указателях и файлах с освобождением места; номера, сроки и отметки журнала сохранены"
)
EXTRACT = (
    Column("Запись журнала", 16), Column("Когда", 20), Column("Чьи данные", 34), Column("Что уничтожено", 60),
    Column("Система", 34), Column("Причина", 60),
)  # fmt: skip


def act_file(run: PurgeRun) -> bytes:
    house, rows = office(), destroyed_by(run.id)
    ended_at = run.ended_at or run.began_at
    document = new_sheet("Акт об уничтожении персональных данных", made_by="ОСМ", made_at=ended_at)
    document.add_heading(f"Акт № {run.id} об уничтожении персональных данных", 1)
    person = run.ordered_by
    add_table(
        document,
        [
            ("Оператор", house.name or "название администрации не заполнено"),
            ("Адрес", " ".join(house.letterhead.splitlines()) or "шапка документов не заполнена"),
            ("По поручению", "обработка другому лицу не поручалась"),
            ("Уничтожил", f"{person.position} {person.name}".strip() if person else "программа, в ночном порядке"),
            ("Чьи данные", "авторы сообщений и комментариев по номерам ниже; имена уничтожены и сюда не внесены"),
            ("Система", SYSTEM),
            ("Способ", _MANNER),
            ("Дата", in_full(ended_at)),
            ("Файлов стёрто", str(run.counts.get("files", 0))),
        ],
    )
    for kept in Kept:
        found = [_named(row, number) for row, number in rows if row.kept is kept]
        if found:
            document.add_heading(f"{TERMS[kept].label}: {len(found)}", 2)
            document.add_paragraph(f"Категории: {TERMS[kept].categories}.")
            document.add_paragraph(f"Причина: {_reason(run, kept)}.")
            document.add_paragraph("; ".join(found) + ".")
    document.add_paragraph("Подпись ____________________ / ____________________ /")
    return as_bytes(document)


def extract_rows(run: PurgeRun) -> Iterator[tuple[Cell, ...]]:
    for row, number in destroyed_by(run.id):
        yield row.event_id, row.at, _named(row, number), TERMS[row.kept].categories, SYSTEM, _reason(run, row.kept)


def answer_file(request: SubjectRequest) -> bytes:
    """The answer to a person as DOCX (ст. 14 ч. 7); of a refusal with its ground (ст. 20 ч. 2)."""
    house = office()
    document = new_sheet("Ответ на запрос о персональных данных", made_by="ОСМ", made_at=request.entered_at)
    for line in house.letterhead.splitlines():
        document.add_paragraph(line)
    document.add_heading(f"Ответ на запрос № {request.id} от {in_full(request.entered_at)}", 1)
    document.add_paragraph(plain(f"{request.name}!"))
    for words in _said(request, house.name or "Администрация"):
        document.add_paragraph(plain(words))
    document.add_paragraph("Подпись ____________________ / ____________________ /")
    return as_bytes(document)


def _said(request: SubjectRequest, name: str) -> Iterator[str]:
    if request.outcome is RequestOutcome.REFUSED:
        yield f"{name} отказывает в просьбе «{request.asks.label}». Основание: {request.reason}."
        yield "Отказ можно обжаловать в Роскомнадзор или в суд (ст. 17 Федерального закона № 152-ФЗ)."
        return
    held = held_of(request)
    if request.outcome is RequestOutcome.DESTROYED:
        run = run_of(request.id)
        yield f"Ваши данные уничтожены, акт № {run.id if run else ''}. Номера и сроки обращений остались без имени."
        if not held.is_empty:
            yield "Осталось то, что ещё в работе или что хранить обязывает закон; оно будет уничтожено по его сроку."
    elif held.is_empty:
        yield f"{name} не обрабатывает Ваши персональные данные."
    else:
        yield (
            f"{name} обрабатывает Ваши персональные данные, чтобы отвечать на сообщения из открытых источников "
            "(Федеральный закон № 8-ФЗ, пп. 2 и 4 ч. 1 ст. 6 Федерального закона № 152-ФЗ). Способ: "
            "автоматизированный и смешанный. Другим лицам и за границу данные не передаются, решений без участия "
            "человека не принимается."
        )
    for author in held.authors:
        yield f"Профиль: {author.name or 'без имени'}, {author.profile_url or 'адрес не записан'}."
    for label, rows in (
        ("Сообщения", held.messages),
        ("Комментарии", held.comments),
        ("Чёрный список", held.proposals),
    ):
        if rows:
            yield f"{label}: {'; '.join(map(_one_of, rows))}."
    if not held.is_empty:
        days = terms()
        yield (
            f"Источник: открытые страницы социальных сетей. Сроки хранения в днях: сообщения {days[Kept.MESSAGES]} "
            f"с закрытия, комментарии {days[Kept.COMMENTS]} с решения, доказательства {days[Kept.EVIDENCE]}. "
            "Вы вправе требовать уточнить, заблокировать или уничтожить данные и обжаловать их обработку (ст. 14, 17)."
        )


def _one_of(row: Message | Comment | BlacklistProposal) -> str:
    if isinstance(row, Message):
        return f"№ {row.number} от {in_full(row.received_at)}, «{row.text}»"
    if isinstance(row, Comment):
        return f"от {in_full(row.published_at or row.stored_at)}, «{row.text}»"
    return f"запись № {row.id} от {in_full(row.proposed_at)}"


def _reason(run: PurgeRun, kept: Kept) -> str:
    return _ON_REQUEST if run.request_id else _REASON.format(days=run.terms[kept])


def _named(row: Purged, number: str) -> str:
    return f"{SUBJECT_LABELS[row.subject]} № {number or row.object_id}"
