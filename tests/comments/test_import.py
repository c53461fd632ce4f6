"""`osm import-comments`: what is imported once, what is refused with which reason, what the worker does with it."""

from __future__ import annotations

import io
import json
from itertools import count

import pytest

from moderation import verdict
from osm.base import database
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import verdicts
from osm.comments.acts.importing import GIVE_UP_AFTER, TOGETHER, import_comments
from osm.connectors.comments_file import MAX_LINE, lines_of
from osm.models import UNMARKED, Author, Comment, Decision, VerdictChange
from osm.regulation.blacklist import CommentGround, CommentKind, CommentState

from .conftest import CIVIL, NOW, RUDE, SPAM, THREAT, line, read, the

pytestmark = pytest.mark.usefixtures("office")

LIKE = "нужно вида 2026-11-25T09:40:00+10:00 (published_at)"


def check() -> int:
    return verdicts.read_due_comments(NOW)


def test_a_comment_is_stored_with_its_place_author_and_time():
    assert read(line(parent_id=1)).as_dict() == {
        "created": 1, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": []
    }  # fmt: skip
    row = the("-1_2")
    assert (row.kind, row.state, row.version) == (CommentKind.COMMENT, CommentState.WAITING, 1)
    assert (row.post_url, row.url) == ("https://vk.com/wall-1_1", "https://vk.com/wall-1_1?reply=2")
    assert (row.author.name, row.author.profile_url) == ("Пётр С.", "https://vk.com/id7")
    assert row.parent_external_id == "1"
    assert row.published_at.isoformat() == "2026-11-24T07:42:00+00:00"


def test_the_same_file_again_creates_nothing():
    lines = [line(id=number) for number in range(TOGETHER + 2)]
    assert read(*lines).created == TOGETHER + 2
    again = read(*lines, lines[0])
    assert (again.created, again.unchanged, again.duplicates) == (0, TOGETHER + 2, 1)
    assert db.session.query(Author).count() == 1


@pytest.mark.words
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{not json", "не JSON"),
        (b'"text"', "не объект JSON: нужны поля id, network, text"),
        (b"\xff\xfe", "не UTF-8"),
        (b"[" * 50_000, "не JSON"),
        (line(id=None), "нет номера комментария (id)"),
        (line(text=" \n "), "нет текста (text)"),
        (line(text="я" * 16_001), "текст длиннее 16000 знаков"),
        (line(text=["список"]), "поле text: нужен текст"),
        (line(network="myspace"), "неизвестная соцсеть «myspace»"),
        (line(network=None), "нет соцсети (network)"),
        (line(kind="poem"), "неизвестный вид «poem» (kind)"),
        (line(post_url="javascript:alert(1)"), "поле post_url: это не ссылка"),
        (line(published_at="вчера"), f"время не разобрано: {LIKE}"),
        (line(published_at="2026-11-24T17:42:00"), f"время без пояса: {LIKE}"),
        (line(published_at="0001-01-01T00:00:00+10:00"), "год 1 не подходит (published_at)"),
        (line(id="9" * 201), "поле id длиннее 200 знаков"),
        (b'{"id": "' + b"1" * MAX_LINE + b'"}', "строка длиннее 256 КБ"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason_and_others_enter(bad, reason):
    report = read(line(id=1), b"", bad, line(id=3))
    assert report.created == 2
    assert [(one.row, one.reason) for one in report.rejected] == [(3, reason)]


def test_a_line_without_end_costs_no_memory():
    stream = io.BytesIO(line(id=1) + b"\n" + b"x" * (3 * MAX_LINE) + b"\n" + line(id=2))
    assert [len(one) <= MAX_LINE + 1 for one in lines_of(stream)] == [True] * 3
    stream.seek(0)
    report = read(*lines_of(stream))
    assert (report.created, report.rejected[0].row) == (2, 2)


@pytest.mark.parametrize("text", ["ноль\0вой", "полу\ud83dпара", "﷽" * 300, "<script>alert(1)</script>"])
def test_any_text_is_stored(text):
    assert read(line(text=text)).created == 1
    assert the("-1_2").text


def test_the_worker_checks_and_the_worst_comes_first():
    read(*(line(id=place, text=text) for place, text in enumerate((CIVIL, SPAM, RUDE, THREAT))))
    assert db.session.query(Comment).filter(Comment.rules == "").count() == 4
    assert check() == 4
    queue = db.session.scalars(db.select(Comment).order_by(Comment.rank, Comment.id)).all()
    assert [row.category for row in queue] == ["threat", "insult", "spam", None]
    assert (queue[-1].rank, queue[-1].decision) == (UNMARKED, Decision.PASS)
    assert all(row.text[one["start"] : one["end"]] for row in queue for one in row.findings)
    assert check() == 0


def test_after_many_comments_postgresql_looks_at_its_tables(monkeypatch):
    asked = []
    monkeypatch.setattr(database, "analyze", asked.append)
    read(*(line(id=place) for place in range(3)))
    read(line(id=2), line(id=3))
    assert asked == [3, 1], "by what is new"


def test_what_is_checked_twice_is_listed_once(monkeypatch):
    """A lease ended or a process died: another one checks the same comments again."""
    read(line(text=RUDE))
    check()
    library = verdicts.moderator()
    monkeypatch.setattr(type(library), "rules_version", "other", raising=False)
    monkeypatch.setattr(library.library, "judge", lambda text: verdict.PASS, raising=False)
    slow = verdicts.reader_of_comments([the("-1_2").id], now=NOW)
    verdicts.enqueue_outdated_comments()
    assert check() == 1
    with transaction():
        slow()
    assert the("-1_2").decision is Decision.PASS
    assert db.session.query(VerdictChange).count() == 1


def test_a_text_that_is_edited_while_it_is_checked_is_checked_again():
    read(line())
    slow = verdicts.reader_of_comments([the("-1_2").id], now=NOW)
    read(line(text=RUDE))
    with transaction():
        slow()
    assert (the("-1_2").rules, the("-1_2").category) == ("", None)
    assert check() == 1
    assert the("-1_2").category == "insult"


def test_other_rules_judge_again_what_waits(monkeypatch):
    read(line(text=RUDE))
    check()
    monkeypatch.setattr(type(verdicts.moderator()), "rules_version", "other", raising=False)
    assert verdicts.enqueue_outdated_comments() == 1
    assert the("-1_2").category == "insult"  # it keeps its finding until it is checked
    assert check() == 1
    assert the("-1_2").rules == "other"


def test_an_edited_comment_waits_and_is_checked_again():
    read(line())
    check()
    with transaction():
        row = the("-1_2")
        row.state, row.decided_at = CommentState.KEPT, NOW
    assert read(line(text=RUDE)).updated == 1
    row = the("-1_2")
    assert (row.state, row.text, row.version, row.rules) == (CommentState.WAITING, RUDE, 2, "")


def test_a_deleted_comment_stays_as_it_was():
    read(line(text=RUDE))
    with transaction():
        row = the("-1_2")
        row.state, row.decided_at, row.ground = CommentState.DELETED, NOW, CommentGround.INSULT
        row.evidence_sha256 = "0" * 64
    assert read(line(text="Извините, погорячился")).unchanged == 1
    assert the("-1_2").text == RUDE


def test_the_command_prints_the_stable_form(app, tmp_path):
    file = tmp_path / "комментарии.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + line(id=1) + b"\r\n\n" + line(id=2) + b"\n{\n")
    done = app.test_cli_runner().invoke(args=["osm", "import-comments", str(file), "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        {"created": 2, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": [{"row": 4, "reason": "не JSON"}]},
    )
    told = app.test_cli_runner().invoke(args=["osm", "import-comments", str(file)])
    assert "Новых 0, изменено 0, без изменений 2" in told.stdout
    assert "строка 4: не принята: не JSON" in told.stdout


def test_a_file_of_something_else_is_not_read_to_its_end():
    """A log or a picture has millions of lines, and each would be kept with a reason."""
    read = count()
    report = import_comments((b"x\n" for _ in iter(lambda: next(read), 50_000)), actor=None, now=NOW)
    assert len(report.rejected) == GIVE_UP_AFTER + 1
    assert (report.rejected[-1].row, report.created) == (GIVE_UP_AFTER + 1, 0)
    assert "не прочитаны" in report.rejected[-1].reason
    assert next(read) < 2 * GIVE_UP_AFTER


def test_bad_lines_after_a_good_one_are_all_reported():
    lines = [line(id="-1_1", text="Спасибо"), *[b"x\n"] * (GIVE_UP_AFTER + 10), line(id="-1_2", text="Ждём")]
    report = import_comments(lines, actor=None, now=NOW)
    assert (report.created, len(report.rejected)) == (2, GIVE_UP_AFTER + 10)
