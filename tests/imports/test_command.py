"""`osm import`: its JSON is stable (design §9), its exit status says what happened, people read standard error."""

from __future__ import annotations

import json

import pytest

from osm.base.database import db
from osm.models import Deadline, Event, ImportRun, ImportSource, ImportState, Message, PortalMessage
from tests.connectors.files import HEADER, incident

from .desk import export, rows

KEYS = {"created", "updated", "unchanged", "duplicates", "held", "rejected", "warnings"}


@pytest.fixture
def run(app, folder, reader_inside, tmp_path):
    """Call the command with these bytes (None: without a file)."""

    def call(content: bytes | None, *options: str):
        path = tmp_path / "выгрузка.xlsx"
        if content is not None:
            path.write_bytes(content)
        return app.test_cli_runner().invoke(
            args=["osm", "import", *([str(path)] if content is not None else []), *options]
        )

    return call


def count(app, table) -> int:
    with app.app_context():
        return db.session.query(table).count()


TABLE = [
    incident(501),
    incident(502, Важность="чрезвычайная"),
    incident(502),
    incident(503, Текст=""),
]


def test_the_report_as_json(run):
    done = run(export(*TABLE), "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 1,
        "held": [],
        "rejected": [{"row": 5, "reason": "Нет текста сообщения."}],
        "warnings": [{"row": 3, "reason": "Важность: незнакомое слово «чрезвычайная», принято как «обычная»."}],
    }
    assert done.stderr == ""


def test_again_and_with_changes(run):
    run(export(*TABLE), "--json")
    again = json.loads(run(export(*TABLE), "--json").stdout)
    assert (again["created"], again["updated"], again["unchanged"], again["duplicates"]) == (0, 0, 2, 1)
    changed = json.loads(run(export(incident(501, Статус="В работе"), incident(601)), "--json").stdout)
    assert (changed["created"], changed["updated"], changed["unchanged"]) == (1, 1, 0)


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_row_under_the_number_of_another_message_is_held(app, run, options):
    run(export(incident(501)))
    other = incident(501, Ссылка="https://vk.com/wall-77_900?reply=3", Автор="Пётр Ильин")
    report = json.loads(run(export(other), "--json", *options).stdout)
    reason = "Под номером 501 уже есть другое сообщение: автор и ссылка другие. Решите, что это."
    assert report["held"] == [{"row": 2, "reason": reason}]
    assert (report["created"], report["updated"], count(app, Message)) == (0, 0, 1)


@pytest.mark.words
def test_a_check_says_what_would_change(run):
    run(export(incident(501), incident(502)))
    changed = export(incident(501, Текст="Совсем другое."), incident(502, **{"Дата публикации": "02.11.2026 09:15"}))
    told = run(changed, "--dry-run").stdout
    assert "В прежних сообщениях изменится текст: 1, время публикации: 1." in told
    assert "изменится" not in run(changed).stdout


def test_a_message_is_reported_with_all_its_texts(app, run):
    run(export(incident(501, Текст="Застрял лифт, внутри ребёнок")))
    run(export(incident(501, Текст="Застрял лифт, уже починили")))
    told = json.loads(app.test_cli_runner().invoke(args=["osm", "message", "501", "--json"]).stdout)
    assert (told["version"], told["text"]) == (2, "Застрял лифт, уже починили")
    assert [one["text"] for one in told["editions"]] == ["Застрял лифт, внутри ребёнок", "Застрял лифт, уже починили"]


@pytest.mark.words
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_for_people_in_words(run, options):
    told = run(export(*TABLE), *options).stdout
    assert told.startswith("Проверка, ничего не записано." if options else "Загружено.")
    assert "Новых 2, обновлено 0, без изменений 0, повторов в файле 1, не принято 1." in told
    assert "строка 5: не принята: Нет текста сообщения." in told
    assert "строка 4: Повтор строки 3: то же сообщение." in told


def test_a_dry_run_reports_and_leaves_nothing_at_all(app, run, folder):
    run(export(incident(501)))
    tables = (Message, Deadline, Event, ImportRun, ImportSource)
    before, files = [count(app, table) for table in tables], sorted(folder.iterdir())
    done = run(export(*TABLE), "--dry-run", "--json", "--source", "Пробный")
    report = json.loads(done.stdout)
    assert report.keys() == KEYS
    assert (report["created"], report["unchanged"], len(report["rejected"])) == (1, 1, 1)
    assert [count(app, table) for table in tables] == before
    assert sorted(folder.iterdir()) == files


def test_history_opens_no_clocks(app, run):
    assert json.loads(run(export(*TABLE), "--history", "--json").stdout)["created"] == 2
    assert count(app, Deadline) == 0


def test_moscow_s_time(app, run):
    run(export(incident(501)), "--times", "moscow")
    with app.app_context():
        assert f"{db.session.query(Message).one().received_at:%d.%m %H:%M}" == "02.11 07:40"


def test_the_mapping_and_times_of_a_source_are_remembered_by_name(app, run):
    run(export(incident(501)), "--source", "Портал", "--times", "moscow")
    run(export(incident(502)), "--source", "Портал")
    with app.app_context():
        assert [(run.source.name, run.times) for run in db.session.query(ImportRun)] == [("Портал", "moscow")] * 2


UNREADABLE = {
    "no table": (b"\x89PNG\r\n\x1a\n", "Это не таблица"),
    "empty": (b"", "Файл пуст"),
    "no columns": (
        export(["Фонарь во дворе на Тестовой не горит."], header=["Текст"]),
        "Не найдена строка с названиями",
    ),
    "no number and no link": (export(["Лидия", "Фонарь не горит."], header=["Автор", "Текст"]), "номер или ссылка"),
}


@pytest.mark.words
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_gives_status_1_and_a_sentence_only(app, run, folder, name):
    content, words = UNREADABLE[name]
    done = run(content, "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert [count(app, table) for table in (ImportRun, ImportSource, Message, Event)] == [0, 0, 0, 0]
    assert list(folder.iterdir()) == []


@pytest.mark.words
@pytest.mark.parametrize("options", [["--times", "utc"], ["--no-such-option"], ["--source"]])
def test_a_bad_call_is_status_2(app, run, options):
    done = run(export(*rows(1)), *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert count(app, ImportRun) == 0


def test_no_file_is_a_bad_call(app, run, tmp_path):
    assert run(None).exit_code == 2
    assert app.test_cli_runner().invoke(args=["osm", "import", str(tmp_path / "нет.xlsx")]).exit_code == 2
    assert app.test_cli_runner().invoke(args=["osm", "import", str(tmp_path)]).exit_code == 2


def test_only_refused_rows_are_no_failure_of_the_command(run):
    done = run(export(incident(501, Текст="")), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["rejected"] == [{"row": 2, "reason": "Нет текста сообщения."}]


def test_the_list_of_the_page_has_the_commands_run(app, run, anna):
    run(export(*rows(2)))
    page = anna.get("/imports").text
    assert "выгрузка.xlsx" in page
    assert "командой" in page
    with app.app_context():
        assert db.session.query(ImportRun).one().state is ImportState.DONE


def test_columns_in_another_order_and_unknown_ones(app, run):
    header = [*reversed(HEADER), "Примечание оператора"]
    assert (
        json.loads(run(export([*reversed(incident(501)), "позвонить"], header=header), "--json").stdout)["created"] == 1
    )
    with app.app_context():
        assert db.session.query(Message).one().source_raw == {"Примечание оператора": "позвонить"}


PORTAL = ["Номер", "Дата поступления", "Текст", "ФИО заявителя"], ["88001", "25.11.2026 09:00", "Фонарь", "Марфа"]


def test_a_table_of_pos_is_loaded_as_such_and_never_as_messages_unsaid(run, app):
    unsaid = run(export(*PORTAL[1:], header=PORTAL[0]), "--dry-run", "--json")
    assert (unsaid.exit_code, json.loads(unsaid.stdout)["created"]) == (0, 1)
    assert "--kind portal" in unsaid.stderr  # it has neither networks nor links
    done = run(export(*PORTAL[1:], header=PORTAL[0]), "--source", "ПОС", "--kind", "portal", "--json")
    assert (done.exit_code, done.stderr, json.loads(done.stdout)["created"]) == (0, "", 1)
    assert run(export(*PORTAL[1:], header=PORTAL[0]), "--source", "ПОС").exit_code == 0  # its kind is known now
    forgotten = run(export(*PORTAL[1:], header=PORTAL[0]))
    assert (forgotten.exit_code, "--source «ПОС»" in forgotten.stderr) == (1, True)
    wrong = run(export(*PORTAL[1:], header=PORTAL[0]), "--source", "ПОС", "--kind", "networks")
    assert (wrong.exit_code, "уже загружали" in wrong.stderr) == (1, True)
    assert (count(app, PortalMessage), count(app, Message), count(app, ImportRun)) == (1, 0, 2)
