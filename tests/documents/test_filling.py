"""Templates of the office: filled in a sandbox; one that does more than show fields is refused before it runs."""

from __future__ import annotations

import io
import resource
import zipfile
from dataclasses import replace

import docx
import pytest

from osm.documents import in_child
from osm.documents.filling_process import check, fill
from osm.documents.in_child import SHIPPED, TEMPLATES, ContentRefused
from osm.documents.sheet import FIELDS, SAMPLE

OWN = (SHIPPED / "memo.docx").read_bytes()


def template(*lines: str, header: str = "", title: str = "") -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.sections[0].header.paragraphs[0].text = header
    document.core_properties.title = title
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def text_of(file: bytes) -> str:
    document = docx.Document(io.BytesIO(file))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_programs_template_passes_its_own_check_and_shows_every_value():
    in_child.check(OWN, FIELDS, SAMPLE)
    text = text_of(in_child.fill(OWN, SAMPLE, FIELDS))
    for value in (
        "№ 1-2026",
        "Отдел: 1",
        "п. 10 — 1",
        "9000001",
        "Имя Фамилия",
        "Причина",
        "Возражение",
        "Предложение",
    ):
        assert value in text
    assert "{" not in text


def test_peoples_text_appears_letter_by_letter_and_is_no_template():
    nasty = "<w:p/> & {{ office.__class__ }} {% for x in rows %} ]]>"
    file = fill(template("{{ office }}"), {**SAMPLE, "office": nasty}, FIELDS)
    assert nasty in text_of(file)


RUNS_CODE = {
    "a call": "{{ office.upper() }}",
    "a class": "{{ office.__class__.__mro__ }}",
    "a hidden attribute": "{{ rows._x }}",
    "by its name": "{{ office['__class__'] }}",
    "a filter": "{{ rows | map('x') }}",
    "attr": "{{ office | attr('__class__') }}",
    "arithmetic": "{{ 'x' * 1000000000 }}",
    "a power": "{{ 9 ** 99999999 }}",
    "range": "{% for x in range(9) %}{% endfor %}",
    "an import": "{% import 'x' as y %}",
    "an include": "{% include 'x' %}",
    "a macro": "{% macro x() %}{% endmacro %}",
    "set": "{% set x = 1 %}",
    "a name of jinja": "{{ cycler }}",
    "self": "{{ self }}",
    "a field that there is none of": "{{ secret }}",
    "loops in loops": "{% for x in rows %}" * 4 + "{% endfor %}" * 4,
}


@pytest.mark.parametrize("code", RUNS_CODE.values(), ids=RUNS_CODE)
def test_a_template_that_runs_code_is_refused(code):
    for made in (template(code), template(f"{{% if not total %}}{code}{{% endif %}}"), template("", header=code)):
        with pytest.raises(ContentRefused):
            check(made, FIELDS, SAMPLE)


def test_code_in_the_properties_is_refused_too():
    with pytest.raises(ContentRefused):
        check(template("", title="{{ office.upper() }}"), FIELDS, SAMPLE)


def _bomb() -> bytes:
    packed = io.BytesIO(template(""))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as more:
        more.writestr("word/media/x.bin", b"\0" * (21 * 1024 * 1024))
    return packed.getvalue()


def _from_elsewhere() -> bytes:
    document = docx.Document()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    document.part.relate_to("https://example.org/x.dotm", kind, is_external=True)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


NO_TEMPLATE = {
    "empty": b"",
    "another file": b"%PDF-1.7",
    "large": b"x" * (2 * 1024 * 1024 + 1),
    "bomb": _bomb(),
    "external": _from_elsewhere(),
    "open braces": template("{{ office"),
    "open loop": template("{% for x in rows %}"),
}


@pytest.mark.parametrize("made", NO_TEMPLATE.values(), ids=NO_TEMPLATE)
def test_what_is_no_template_is_refused_in_words(made):
    with pytest.raises(ContentRefused) as refused:
        in_child.check(made, FIELDS, SAMPLE)
    assert str(refused.value)


def large(piece: bytes, size: int, part: str = "word/document.xml") -> bytes:
    """A template of a few KB that unpacks to so many bytes of text, or to another part of that size."""
    with zipfile.ZipFile(io.BytesIO(template("MARK"))) as source:
        parts = {one.filename: source.read(one) for one in source.infolist()}
    filled = piece * (size // len(piece))
    before, mark, after = parts["word/document.xml"].partition(b"<w:r><w:t>MARK</w:t></w:r>")
    assert mark
    parts |= {part: before + b"</w:p>" + filled + b"<w:p>" + after if part in parts else filled}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return packed.getvalue()


def test_a_small_file_with_endless_text_is_refused_before_reading():
    made = large(b"<w:p/>", 19 * 1024 * 1024)
    assert len(made) < 128 * 1024
    with pytest.raises(ContentRefused, match="Слишком большой документ"):
        in_child.check(made, FIELDS, SAMPLE)
    in_child.check(large(b"\xff\xd8", 5 * 1024 * 1024, "word/media/a.jpg"), FIELDS, SAMPLE)


def test_a_template_is_opened_in_a_child_process_with_limits(monkeypatch):
    monkeypatch.setattr(in_child, "TEMPLATES", replace(TEMPLATES, wall_seconds=0.01))
    with pytest.raises(ContentRefused, match="Слишком сложный документ"):
        in_child.check(OWN, FIELDS, SAMPLE)
    with pytest.raises(ContentRefused, match="Слишком сложный документ"):
        in_child.fill(OWN, SAMPLE, FIELDS)


def test_a_template_that_wants_all_memory_is_refused_without_harm_here():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ContentRefused, match=r"Слишком (большой|сложный) документ"):
        in_child.check(large(b"<w:p><w:r><w:t>{{office}}</w:t></w:r></w:p>", 3_300_000), FIELDS, SAMPLE)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
