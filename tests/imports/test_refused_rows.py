"""Refused rows do not stop the good ones; each refusal has its sheet row and its reason; no row is ever lost."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts import publishing
from osm.models import Event, ImportState, Message, NumberSeries
from tests.connectors.files import HEADER, incident

from .desk import NOON, at, export, load, message, messages, rows

pytestmark = pytest.mark.usefixtures("office")

#: Cells of a row → the beginning of the reason.
BAD_ROWS = [
    ({"Текст": ""}, "Нет текста сообщения."),
    ({"Дата публикации": "31.02.2026 10:00"}, "Дата публикации: «31.02.2026 10:00» — такой даты"),
    ({"Соцсеть": "Марсограм", "Ссылка": ""}, "Неизвестная площадка «Марсограм»."),
    ({"Ссылка": "см. скриншот"}, "Ссылка: «см. скриншот» — не ссылка."),
]


@pytest.mark.parametrize(("cells", "reason"), BAD_ROWS)
def test_a_bad_row_is_refused_alone(cells, reason):
    done = load(export(incident(501), incident(502, **cells), incident(503)))
    assert done.counts == {"created": 2, "rejected": 1}
    assert list(done.reasons) == [3]
    assert done.reasons[3].startswith(reason)
    assert [row.number for row in messages()] == ["501", "503"]


def test_every_fault_of_a_row_is_named():
    done = load(export(incident(501), incident(502, Текст="", Ссылка="нет такой")))
    assert "Нет текста" in done.reasons[3]
    assert "не ссылка" in done.reasons[3]


def test_rows_are_counted_as_the_sheet_counts_them():
    """Titles above the header and blank rows count too, so the numbers are those of the spreadsheet program."""
    from tests.connectors.files import xlsx

    sheet = [
        ["Выгрузка за ноябрь"],
        [],
        HEADER,
        incident(501),
        [],
        incident(502, Текст=""),
        incident(502),
        incident(502),
    ]
    done = load(xlsx(sheet))
    assert done.counts == {"created": 2, "rejected": 1, "duplicate": 1}
    assert done.reasons == {6: "Нет текста сообщения.", 8: "Повтор строки 7: то же сообщение."}


def test_totals_below_the_table_are_neither():
    done = load(export(*rows(3), ["Итого: 3"], ["Сформировано 02.11.2026"]))
    assert done.counts == {"created": 3}


def test_a_row_that_cannot_be_stored_refuses_itself_alone():
    """The office gave this number itself: another message has it, with another key."""
    with transaction() as session:
        session.add(
            Message(
                number="Ж-9", key="manual", origin="manual", network="vk", text="…", received_at=NOON, stored_at=NOON
            )
        )
    done = load(export(*rows(5), incident("Ж-9"), *rows(5, first=601)))
    assert (done.run.state, done.counts) == (ImportState.DONE, {"created": 10, "rejected": 1})
    assert done.reasons == {7: "Номер Ж-9 уже занят другим сообщением."}
    assert db.session.query(Event).filter_by(action="enter").count() == 10


def test_our_own_fault_refuses_one_row_only_and_says_so(monkeypatch):
    new = publishing.values_of_new

    def spoilt(run, incoming, *more):
        if incoming.number == "503":
            raise ZeroDivisionError
        return new(run, incoming, *more)

    monkeypatch.setattr(publishing, "values_of_new", spoilt)
    done = load(export(*rows(5)))
    assert done.counts == {"created": 4, "rejected": 1}
    assert "ошибка программы" in done.reasons[4]


def test_a_taken_number_of_our_own_series_is_skipped(office):
    from osm.messages.acts import entry

    load(export(incident("ОСМ-1"), incident("ОСМ-2")))
    own = entry.enter_message(text="Яма", network="vk", actor=office.anna, now=NOON)
    assert own.number == "ОСМ-3"
    assert db.session.get_one(NumberSeries, "ОСМ").last == 3


def test_a_too_long_address_of_a_profile_costs_only_the_address():
    row = [*incident(501), "https://vk.com/" + "a" * 600]
    assert load(export(row, header=[*HEADER, "Профиль автора"])).counts == {"created": 1}
    assert message(501).author.profile_url is None
    assert message(501).author.name == "Лидия Пробная"


def test_signs_that_databases_dislike_cost_no_row():
    """A NUL as Excel writes it, control characters, an emoji, a separator of lines."""
    texts = [
        "ноль _x0000_ внутри слов",
        "знаки \x01\x02 внутри",
        "смайл 😀 и нулевая\u200bширина",
        "знак \u2028 строки",
    ]
    book = zipfile.ZipFile(io.BytesIO(export(*(incident(501 + i, Текст=text) for i, text in enumerate(texts)))))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name in book.namelist():
            # The writer escapes what looks like an escaped character; here it is one.
            archive.writestr(name, book.read(name).replace(b"_x005F_x0000_", b"_x0000_"))
    assert load(changed.getvalue()).counts == {"created": 4}
    assert "\0" not in messages()[0].text


cells = st.one_of(
    st.just(""),
    st.just("Итого"),
    st.text(max_size=12),
    st.integers(0, 99_999),
    st.dates().map(str),
    st.sampled_from(HEADER),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(501, 506), st.dictionaries(st.sampled_from(HEADER), cells)), max_size=8))
def test_no_row_is_ever_lost(table):
    """With any cells each row below the header is in the report, or was a total or a repeated header."""
    from osm.connectors.base import Skipped
    from tests.connectors.files import xlsx

    sheet = [HEADER, *(incident(number, **changes) for number, changes in table)]
    content = xlsx(sheet)
    done = load(content)
    seen = [row.row_no for row in done.rows]
    assert len(seen) == len(set(seen))
    assert done.run.counts["staged"] == 0
    skipped = {result.row for result in read_again(content, done) if isinstance(result, Skipped)}
    blank = {2 + i for i, row in enumerate(sheet[1:]) if not any(str(cell).strip() for cell in row)}
    assert set(seen) | skipped | blank == set(range(2, 2 + len(table)))


def read_again(content: bytes, done):
    from osm.connectors.incident_file import Mapping, parse_rows, read_file
    from osm.imports.acts.files import path_of

    mapping = Mapping.from_json(done.run.mapping)
    with read_file(path_of(done.run.sha256)) as book:
        return list(parse_rows(book.table(mapping.sheet), mapping, now=at("02.11 12:00")))
