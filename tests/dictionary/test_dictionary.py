"""The office's words: the worker's checks use them; they can be previewed, undone, imported; they never act alone."""

from __future__ import annotations

import pytest

from moderation import Moderator, OwnWord
from osm.base.database import db
from osm.base.errors import NotFound, ServiceError
from osm.base.transaction import transaction
from osm.check.acts import dictionary, due, rules
from osm.check.acts.verdicts import digest
from osm.jobs.running import run_due
from osm.messages.acts import closing
from osm.models import Comment, Decision, DictionaryChange, Event, Message, MessageVerdict, OwnEntry, VerdictChange
from osm.regulation.blacklist import CommentState
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from tests.office import at

NOW = at("20.03 12:00")
POTHOLE = "На Калининской яма, машины объезжают по тротуару"


def word(text: str = "прыгалка", **given) -> OwnWord:
    return dictionary.own_word({"kind": "lemma", "text": text, "category": "insult", "severity": "medium", **given})


def add(office, own: OwnWord, **given) -> int:
    return dictionary.add(own, actor=office.anna, now=NOW, **given).id


def comment(text: str, number: int = 1) -> int:
    with transaction() as session:
        row = Comment(network="vk", external_id=str(number), text=text, text_digest=digest(text), stored_at=NOW)
        session.add(row)
        session.flush()
        due.enqueue_comments([row.id], due.ON_COMMENT)
        return row.id


def in_force() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(db.select(OwnEntry.text).where(OwnEntry.removed_id.is_(None)).order_by(OwnEntry.id)))


def changes() -> list[tuple[int | None, int | None, Decision, Decision]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(VerdictChange).order_by(VerdictChange.id)).all()
    return [(row.message_id, row.comment_id, row.before, row.after) for row in rows]


def decision(message: Message) -> Decision:
    db.session.rollback()
    return db.session.get_one(MessageVerdict, message.id, populate_existing=True).decision


def test_a_word_reaches_the_running_worker_and_what_changed_is_listed(office):
    message, comment_id = office.incident("20.03 10:00", text="Прыгалки вы"), comment("Одни прыгалки кругом")
    run_due(NOW)
    assert decision(message) is Decision.PASS
    assert changes() == []
    add(office, word(severity="high"))
    run_due(NOW)
    assert decision(message) is Decision.EXCLUDE
    assert changes() == [
        (None, comment_id, Decision.PASS, Decision.EXCLUDE),
        (message.id, None, Decision.PASS, Decision.EXCLUDE),
    ]
    # The comment is listed, and no act follows.
    db.session.rollback()
    assert db.session.get_one(Message, message.id).status is Status.NEW
    assert db.session.get_one(Comment, comment_id).state is CommentState.WAITING


def test_judged_again_the_same_changes_nothing_and_queues_nothing(office):
    office.incident("20.03 10:00", text=POTHOLE)
    run_due(NOW)
    add(office, word())
    assert run_due(NOW)["rules"] == 1
    assert run_due(NOW)["rules"] == 0
    assert changes() == []


def test_an_exception_takes_marks_away(office):
    message = office.incident("20.03 10:00", text="Вы там все сволочи")
    run_due(NOW)
    add(office, word("сволочь", exception="да"))
    run_due(NOW)
    assert changes() == [(message.id, None, Decision.EXCLUDE, Decision.PASS)]


def test_closed_messages_keep_their_judgement_until_they_are_reopened(office):
    message = office.incident("20.03 10:00", text="Прыгалки вы")
    run_due(NOW)
    closing.dismiss_message(message.id, 1, reason="Благодарность", actor=office.anna, now=NOW)
    add(office, word())
    run_due(NOW)
    assert decision(message) is Decision.PASS
    closing.restore_message(message.id, 2, reason="Ошиблись", actor=office.anna, now=NOW)
    run_due(NOW)
    assert decision(message) is Decision.REVIEW


@pytest.mark.words
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "Слово не указано"),
        ({"text": "два слова"}, "выберите вид «выражение»"),
        ({"text": "я"}, "почти каждый текст"),
        ({"kind": "phrase", "text": "одно"}, "выберите вид «слово»"),
        ({"kind": "domain", "text": "https://a.ru/b"}, "не похоже на адрес сайта"),
        ({"kind": "regex"}, "Вид «regex» неизвестен: бывает «слово», «выражение», «адрес сайта»"),
        ({"category": "rude"}, "бывает «нецензурное», «оскорбление», «угроза», «спам», «реклама»"),
        ({"text": "а" * 201}, "длиннее 200"),
    ],
)
def test_a_broken_entry_is_refused_in_words_that_people_use(app, given, said):
    with pytest.raises(MissingInput) as refused:
        word(**{"text": "слово", **given})
    assert said in str(refused.value)
    assert "lemma" not in str(refused.value)
    assert "phrase" not in str(refused.value)


def test_a_stored_entry_that_the_library_refuses_disables_no_other(office):
    entry = add(office, word())
    add(office, word("скакалка"))
    with transaction() as session:
        session.get_one(OwnEntry, entry).text = "два слова"
    assert [one.text for one in dictionary.words_in_force()] == ["скакалка"]


def test_the_same_entry_twice_is_refused(office):
    add(office, word())
    with pytest.raises(MissingInput, match="уже есть"):
        add(office, word("Прыгалка"))
    assert in_force() == ["прыгалка"]


def test_replaced_removed_and_undone(office):
    entry = add(office, word())
    other = add(office, word("скакалка"), replaces=entry)
    with pytest.raises(NotFound):
        add(office, word("верёвка"), replaces=entry)
    dictionary.remove(other, actor=office.anna, now=NOW)
    with pytest.raises(NotFound):
        dictionary.remove(other, actor=office.vera, now=NOW)
    assert in_force() == []
    last = db.session.scalars(db.select(db.func.max(DictionaryChange.id))).one()
    assert dictionary.undo(last, actor=office.anna, now=NOW) == 1
    assert in_force() == ["скакалка"]
    with pytest.raises(ServiceError, match="уже отменено"):
        dictionary.undo(last, actor=office.anna, now=NOW)


def test_undoing_a_replacement_brings_the_old_entry_back(office):
    entry = add(office, word())
    add(office, word("скакалка"), replaces=entry)
    assert dictionary.undo(2, actor=office.anna, now=NOW) == 2
    assert in_force() == ["прыгалка"]
    # The undoing is a change itself and can be undone.
    assert dictionary.undo(3, actor=office.anna, now=NOW) == 2
    assert in_force() == ["скакалка"]


def test_there_is_nothing_more_to_undo(office):
    entry = add(office, word())
    dictionary.remove(entry, actor=office.anna, now=NOW)
    with pytest.raises(ServiceError, match="Отменять нечего"):
        dictionary.undo(1, actor=office.anna, now=NOW)


def test_out_as_a_file_and_in_again(office):
    add(office, word())
    add(office, word("займы без отказа", kind="phrase", category="spam", severity="high"))
    add(office, word("lesozavodsk.ru", kind="domain", category="ad", exception="да"))
    text = dictionary.text_of(dictionary.words_in_force())
    assert dictionary.read_file(text.encode()).known == 3
    for number in (1, 2, 3):
        dictionary.undo(number, actor=office.anna, now=NOW)
    read = dictionary.read_file(("\ufeff" + text).encode())
    assert dictionary.import_words(read.new, actor=office.anna, now=NOW) == 3
    assert dictionary.text_of(dictionary.words_in_force()) == text


def test_good_rows_of_a_file_enter_and_bad_ones_are_named(office):
    lines = (
        "kind\ttext\tcategory\tseverity\texception",
        "lemma\tпрыгалка\tinsult\tmedium\tнет",
        "lemma\tдва слова\tad\t\t",
    )
    read = dictionary.read_file("\n".join(lines).encode("cp1251"))
    assert [one.text for one in read.new] == ["прыгалка"]
    assert [(one.number, one.text) for one in read.refused] == [(3, "два слова")]
    with pytest.raises(MissingInput):
        dictionary.read_file(b"PK\x03\x04\x00")


def test_any_line_ends_are_read_and_an_endless_heading_is_refused(office):
    text = "вид\tзапись\tкатегория\rслово\tпрыгалка\tоскорбление\r"
    assert [one.text for one in dictionary.read_file(text.encode()).new] == ["прыгалка"]
    with pytest.raises(MissingInput):
        dictionary.read_file(b"\t" + b"x" * 200_000)


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_a_file_is_written_and_read_in_the_words_of_the_screen(office, mark):
    add(office, word("балбес", exception="да"))
    assert dictionary.text_of(dictionary.words_in_force()).splitlines() == [
        "Вид\tЗапись\tКатегория\tЧто делать\tИсключение",
        "слово\tбалбес\tоскорбление\tсмотрит человек\tда",
    ]
    rows = (
        ("вид", "запись", "категория", "что делать", "исключение"),
        ("Выражение", "Займы без отказа", "Спам", "Предложить исключение", "нет"),
        ("Адрес сайта", "lohotron.example", "реклама", "", ""),
        ("лемма", "прыгалка", "оскорбление", "", ""),
    )
    read = dictionary.read_file("\n".join(mark.join(row) for row in rows).encode())
    assert [(one.kind, one.text, one.category, one.severity) for one in read.new] == [
        ("phrase", "займы без отказа", "spam", "high"),
        ("domain", "lohotron.example", "ad", "medium"),
    ]
    assert "бывает «слово»" in read.refused[0].reason


def test_the_preview_counts_ordinary_complaints(office):
    """35 of 37 marked texts are ordinary: 33 pass the rules, two were answered by people in spite of a mark."""
    for number in range(33):
        comment(f"Яма у дома {number}, когда засыпят", number)
    for number in (33, 34):
        row = comment(f"Яма опять, вы сволочи {number}", number)
        with transaction() as session:
            kept = session.get_one(Comment, row)
            kept.state, kept.decided_at = CommentState.KEPT, NOW
    for number in (35, 36):
        office.incident("20.03 10:00", text=f"Сволочи вы, яма {number}")
    for number in range(37, 60):
        comment(f"Спасибо за свет во дворе {number}", number)
    found = rules.preview([word("яма")])
    assert (found.looked, found.marked, found.ordinary) == (60, 37, 35)
    assert found.is_suspect
    assert all(
        text[start:end].lower() == "яма" for s in found.samples for text in [s.text] for start, end, _ in s.spans
    )
    assert db.session.scalars(db.select(OwnEntry)).all() == []


def test_a_word_that_marks_the_excluded_is_no_suspect(office):
    message = office.incident("20.03 10:00", text="Прыгалки вы все")
    closing.exclude_message(message.id, 1, ground="insult", note="", actor=office.anna, now=NOW)
    comment(POTHOLE)
    found = rules.preview([word()])
    assert (found.marked, found.ordinary, found.is_suspect) == (1, 0, False)


def test_an_exception_shows_which_authors_it_would_free(office):
    message = office.incident("20.03 10:00", text="Вы там все сволочи")
    closing.exclude_message(message.id, 1, ground="insult", note="", actor=office.anna, now=NOW)
    comment("Сволочи, когда дадут свет?")
    found = rules.preview([word("сволочь", exception="да")])
    assert (found.marked, found.freed, found.freed_right) == (0, 2, 1)
    assert found.frees_bad


def test_only_the_last_thousand_are_looked_at(office):
    with transaction() as session:
        session.add_all(
            Comment(network="vk", external_id=str(n), text=f"Яма {n}", text_digest="0" * 64, stored_at=NOW)
            for n in range(1010)
        )
    found = rules.preview([word("яма")])
    assert (found.looked, found.marked) == (1000, 1000)


def test_the_log_names_the_entry_and_not_the_word(office):
    add(office, word())
    event = db.session.scalars(db.select(Event).where(Event.object_kind == "dictionary")).unique().one()
    assert (event.action, event.changes) == ("add_own_word", {"own_word_id": [None, 1]})


@pytest.mark.parametrize(("given", "reads"), [({}, 30), ({"exception": "да"}, 30 + 2)])
def test_the_preview_reads_a_text_once_unless_the_words_need_more(office, monkeypatch, given, reads):
    """A person waits for it: a word needs one look at each text, an exception a second one at marked texts."""
    for number in range(30):
        comment("Вы сволочи" if number < 2 else f"Спасибо за двор {number}", number)
    looks = []
    judge = Moderator.judge
    monkeypatch.setattr(Moderator, "judge", lambda self, text: looks.append(text) or judge(self, text))
    rules.preview([word("бармалей", **given)])
    assert len(looks) == reads
