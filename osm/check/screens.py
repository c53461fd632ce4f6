"""`/admin/dictionary` and `/admin/rules`: own words with a preview on the last texts; switches of rules."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from flask import Flask, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation import CATEGORIES as _CATEGORIES
from moderation import Moderator, OwnWord
from moderation.office import LEAST
from moderation.verdict import SEVERITIES as _LEVELS
from osm.base.errors import NotFound, ServiceError
from osm.check import queries
from osm.check.acts import copies, dictionary, rules, verdicts
from osm.check.acts.dictionary import CATEGORIES, KINDS, SEVERITIES
from osm.check.acts.rules import Preview, preview, try_on
from osm.check.acts.verdicts import LEARNING
from osm.files.views import uploads
from osm.models import Decision, OwnEntry
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell.access import Screens, me
from osm.shell.filters import counted
from osm.shell.form_values import Form, asked_id, number, text
from osm.shell.requests import is_htmx, render, see_other
from osm.shell.run_act import typed_form, who
from osm.shell.turns import costly

# --- Words for the screens, and texts cut into marked and plain pieces
DECISIONS = {Decision.PASS: "без пометок", Decision.REVIEW: "посмотреть", Decision.EXCLUDE: "исключить"}
CHANGES = {
    "add": "добавлено",
    "replace": "изменено",
    "remove": "убрано",
    "import": "загружено из файла",
    "undo": "отменено прежнее изменение",
}
_AROUND = 110  # characters around the marks of a long text


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `why` it is marked, may be empty."""

    text: str
    why: str


def cut(text: str, spans: Sequence[tuple[int, int, str]]) -> list[Piece]:
    """The text in pieces; a long text is cut around the marks. Spans must be sorted, without overlaps."""
    first = max(0, spans[0][0] - _AROUND) if spans else 0
    last = min(len(text), (spans[-1][1] if spans else 0) + _AROUND)
    pieces = [Piece("… " if first else "", "")]
    place = first
    for start, end, why in spans:
        pieces += [Piece(text[place:start], ""), Piece(text[start:end], why)]
        place = end
    pieces += [Piece(text[place:last], ""), Piece(" …" if last < len(text) else "", "")]
    return [piece for piece in pieces if piece.text]


def spans_of(findings: Iterable[dict[str, Any]]) -> list[tuple[int, int, str]]:
    """Spans of stored findings, sorted, without overlaps."""
    return rules.apart((one["start"], one["end"], one["why"]) for one in findings)


def stamp(words: Sequence[OwnWord], replaces: int | None = None) -> str:
    """Identifies the preview, so that a changed entry is previewed again."""
    return hashlib.sha256(repr((words, replaces)).encode()).hexdigest()[:16]


def ordinary_words(count: int) -> str:
    """«35 обычных жалоб»."""
    return counted(count, "обычная жалоба", "обычные жалобы", "обычных жалоб")


@cache
def rule_titles() -> dict[str, str]:
    """Rule → title, with those of own words."""
    library = Moderator([OwnWord("lemma", "слово", category, level) for category in _CATEGORIES for level in _LEVELS])
    titles = {report.rule: report.title for report in library.explain("")}
    ours = {copies.RULE: "Рассылка: почти одинаковые тексты", verdicts.LEARNED_RULE: "Слово, за которое здесь удаляют"}
    return {**titles, **ours}


def mark_words(name: str) -> str:
    """Words for a part of a lesson, «rule» or «rule lemma»."""
    rule, _, lemma = name.partition(" ")
    title = rule_titles().get(rule, rule)
    return f"«{lemma}» ({title})" if lemma else title


# --- `/admin/dictionary`
dictionary_blueprint = Screens("dictionary", __name__, url_prefix="/admin/dictionary")

LONGEST_SAMPLE = 4_000
_FIELDS = ("kind", "text", "category", "severity", "exception")
_EMPTY = {"kind": "lemma", "category": "insult", "severity": "medium"}


@dictionary_blueprint.get("", *PRESS_CENTRE)
def dictionary_index() -> ResponseReturnValue:
    return render_template("dictionary/index.html", entries=queries.entries(), changed=queries.changed_count())


@dictionary_blueprint.get("/new", *PRESS_CENTRE)
def new() -> ResponseReturnValue:
    """A new entry, or a replacement (`?entry=`)."""
    entry = queries.entry(asked_id("entry") or 0)
    return _form(Form(_stored(entry) | {"replaces": str(entry.id)} if entry else {**_EMPTY}))


@dictionary_blueprint.post("", *PRESS_CENTRE)
def dictionary_save() -> ResponseReturnValue:
    """Show the preview first; save if exactly this was previewed."""
    try:
        word = dictionary.own_word(_given())
        if text("confirmed") != stamp([word], number("replaces")):
            return _form(_typed(), preview([word], without=_replaced()), word)
        dictionary.add(word, replaces=number("replaces"), **who())
    except (MissingInput, ServiceError) as error:
        return _form(Form(_EMPTY, typed_form("save", error)), status=422)
    notice = f"«{word.text}» в словаре. Открытые тексты проверяются заново."
    return see_other(url_for("dictionary.dictionary_index"), notice)


@dictionary_blueprint.post("/try", *PRESS_CENTRE)
def try_out() -> ResponseReturnValue:
    """Show what the typed entry marks in a text, without saving."""
    sample, form = text("sample")[:LONGEST_SAMPLE], _typed()
    try:
        spans = try_on(dictionary.own_word(_given()), sample) if sample.strip() and text("text").strip() else None
    except MissingInput as error:
        return _form(form, tried_wrong=str(error), fragment="dictionary/_tried.html")
    return _form(form, spans=spans, sample=sample, fragment="dictionary/_tried.html")


@dictionary_blueprint.post("/<int:entry_id>/remove", *PRESS_CENTRE)
def remove(entry_id: int) -> ResponseReturnValue:
    try:
        entry = dictionary.remove(entry_id, **who())
    except NotFound:
        return see_other(
            url_for("dictionary.dictionary_index"),
            "Этой записи уже нет: её убрали или изменили. Вот словарь, какой он сейчас.",
            "danger",
        )
    return see_other(url_for("dictionary.dictionary_index"), f"«{entry.text}» убрано. Вернуть можно в истории.")


@dictionary_blueprint.get("/history", *PRESS_CENTRE)
def history() -> ResponseReturnValue:
    return render_template("dictionary/history.html", changes=queries.changes())


@dictionary_blueprint.post("/history/<int:change_id>/undo", *PRESS_CENTRE)
def undo(change_id: int) -> ResponseReturnValue:
    try:
        dictionary.undo(change_id, **who())
        flash("Отменено. Открытые тексты проверяются заново.", "success")
    except (ServiceError, MissingInput) as error:
        flash(str(error), "danger")
    return see_other(url_for("dictionary.history"))


@dictionary_blueprint.get("/changes", *PRESS_CENTRE)
def changes() -> ResponseReturnValue:
    return render_template("dictionary/changes.html", rows=queries.changed_verdicts(), count=queries.changed_count())


def _given() -> dict[str, str]:
    return {name: text(name) for name in _FIELDS}


def _typed() -> Form:
    return Form(_EMPTY, typed_form("save"))


def _replaced() -> OwnWord | None:
    entry = queries.entry(number("replaces") or 0)
    return dictionary.own_word(_stored(entry)) if entry else None


def _stored(entry: OwnEntry) -> dict[str, str]:
    """Its fields as the form has them."""
    return {name: str(getattr(entry, name)) for name in _FIELDS} | {"exception": "да" if entry.exception else ""}


def _form(
    form: Form, shown: Preview | None = None, word: OwnWord | None = None, *, status: int = 200,
    fragment: str = "dictionary/_preview.html", tried_wrong: str = "",
    spans: tuple[tuple[int, int, str], ...] | None = None, sample: str = "",
) -> Response:  # fmt: skip
    values = {
        "form": form, "preview": shown, "word": word, "tried_wrong": tried_wrong, "spans": spans, "sample": sample,
        "kinds": tuple(KINDS.items()), "categories": tuple(CATEGORIES.items()), "severities": tuple(SEVERITIES.items()),
        "stamp": stamp([word], number("replaces")) if word else "",
    }  # fmt: skip
    if status == 200 or not is_htmx():
        return render("dictionary/word.html", fragment, status, **values)
    return make_response(render_template("dictionary/_preview.html", **values), status)


# --- The dictionary as a file
files_blueprint = Screens("dictionary_files", __name__, url_prefix="/admin/dictionary")

TSV = "text/tab-separated-values; charset=utf-8"


@files_blueprint.get("/export", *PRESS_CENTRE)
@costly
def export() -> ResponseReturnValue:
    entries = dictionary.text_of(dictionary.words_in_force())
    answer = make_response("\ufeff" + entries)  # spreadsheets need this mark to read Russian
    answer.headers["Content-Type"] = TSV
    answer.headers["Content-Disposition"] = 'attachment; filename="slovar.tsv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@files_blueprint.post("/import", *PRESS_CENTRE)
def read() -> ResponseReturnValue:
    """Show the content of the file and what it would mark, without saving."""
    chosen = uploads("file")
    if not chosen:
        return see_other(url_for("dictionary.dictionary_index"), "Выберите файл словаря.", "danger")
    try:
        reading = dictionary.read_file(chosen[0].content)
    except MissingInput as error:
        return see_other(url_for("dictionary.dictionary_index"), f"Файл не загружен. {error}", "danger")
    return _page(reading)


@files_blueprint.post("/import/save", *PRESS_CENTRE)
def files_save() -> ResponseReturnValue:
    try:
        reading = dictionary.read_rows(text("rows"))
        if text("confirmed") != stamp(reading.new):
            flash("Пока вы смотрели, словарь изменился: посмотрите ещё раз.", "danger")
            return _page(reading)
        count = dictionary.import_words(reading.new, **who())
    except MissingInput as error:
        flash(f"Не загружено. {error}", "danger")
    else:
        flash(f"Загружено записей: {count}. Открытые тексты проверяются заново.", "success")
    return see_other(url_for("dictionary.dictionary_index"))


def _page(reading: dictionary.Reading) -> Response:
    page = render_template(
        "dictionary/import.html", reading=reading, rows=dictionary.text_of(reading.new),
        preview=preview(reading.new) if reading.new else None, stamp=stamp(reading.new),
    )  # fmt: skip
    return make_response(page)


# --- `/admin/rules`
rules_blueprint = Screens("rules", __name__, url_prefix="/admin/rules")

SEE = (*PRESS_CENTRE, Role.ADMIN)
SWITCH = (Role.CURATOR, Role.ADMIN)


@rules_blueprint.get("", *SEE)
def rules_index() -> ResponseReturnValue:
    records = [one for one in queries.rule_records() if one.rule != LEARNING]
    return render_template("dictionary/rules.html", records=records)


@rules_blueprint.get("/off", *SWITCH)
def ask() -> ResponseReturnValue:
    """Show which of the last texts would lose their marks."""
    rule = _known(request.args.get("rule", ""))
    return render_template("dictionary/off.html", rule=rule, preview=rules.look(rule, actor=me()))


@rules_blueprint.post("/off", *SWITCH)
def switch_off() -> ResponseReturnValue:
    rule = _known(text("rule"))
    notice = "Выключено. Открытые тексты проверяются заново."
    return _done(partial(rules.switch_off, rule), notice, _page_of(rule))


@rules_blueprint.post("/on", *SWITCH)
def switch_on() -> ResponseReturnValue:
    rule = _known(text("rule"))
    notice = "Включено. Открытые тексты проверяются заново."
    return _done(partial(rules.switch_on, rule), notice, _page_of(rule))


@rules_blueprint.get("/lessons", *SEE)
def learned() -> ResponseReturnValue:
    values = {
        "lessons": queries.lessons(),
        "off": queries.switched_off().get(LEARNING),
        "last": rules.last_night(),
    }
    return render_template("dictionary/lessons.html", **values, learning=LEARNING, least=LEAST)


@rules_blueprint.post("/lessons/<int:lesson_id>/take-back", *SWITCH)
def take_back(lesson_id: int) -> ResponseReturnValue:
    notice = "Поправка отменена, новых не будет, пока вы не разрешите. Открытые тексты проверяются заново."
    return _done(partial(rules.take_back, lesson_id), notice, url_for("rules.learned"))


def _known(rule: str) -> str:
    """A rule of the check, or the switch of the learning. Raises NotFound."""
    if rule != LEARNING and rule not in rule_titles():
        raise NotFound("Правило")
    return rule


def _page_of(rule: str) -> str:
    return url_for("rules.learned" if rule == LEARNING else "rules.rules_index")


def _done(act: partial[None], notice: str, back: str) -> ResponseReturnValue:
    try:
        act(**who())
    except ServiceError as error:
        flash(str(error), "danger")
        return see_other(back)
    return see_other(back, notice)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        word_kind=lambda kind: dictionary.KINDS[kind], word_category=lambda category: dictionary.CATEGORIES[category],
        word_severity=lambda severity: dictionary.SEVERITIES[severity],
        decision_words=lambda decision: DECISIONS[decision], change_of_words=lambda kind: CHANGES.get(kind, kind),
        ordinary_words=ordinary_words, rule_title=lambda rule: rule_titles().get(rule, rule), mark_words=mark_words,
    )  # fmt: skip
    app.jinja_env.globals.update(cut_text=cut, spans_of=spans_of)
