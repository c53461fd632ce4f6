"""The child process that opens DOCX templates: `fill`, or `check` with a sample before they are kept.

Everything but showing a field, repeating a block and asking whether there is one is refused before anything runs: no
calls, no arithmetic, no foreign names.
"""

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import docx
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import LxmlError

from osm.base.child_process import MIB
from osm.documents.in_child import NO_DOCUMENT, TEMPLATES, TOO_LARGE_DOCUMENT, ContentRefused, answer

LARGEST_UNPACKED = 20 * MIB  # Bytes of a template, unpacked; …
LARGEST_TEXT = 4 * MIB
"""… of these in all parts but pictures: a memo has 100 KB. Of XML a byte takes fifty when it is read."""
_PICTURES = ("word/media/", "docProps/thumbnail")
DEEPEST = 3  # how many repeated blocks may be inside each other

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Name, nodes.Getattr, nodes.Const,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_OF_LOOP = frozenset({"index", "first", "last", "length"})


def fill(template: bytes, values: Mapping[str, Any], fields: Collection[str], annex: Sequence[str] = ()) -> bytes:
    """The document with these values; `fields`: the names at the top and in the rows of lists. ContentRefused."""
    try:
        document = DocxTemplate(io.BytesIO(template))
        # This environment parses all parts with fields: body, headers, footnotes, properties.
        document.render(dict(values), _Fields(fields), autoescape=True)
        for number, line in enumerate(annex):
            document.docx.add_paragraph().add_run(line).bold = number == 0
        filled = io.BytesIO()
        document.save(filled)
    except TemplateError as error:
        raise ContentRefused(f"В шаблоне ошибка: {error}. Проверьте скобки и названия полей.") from error
    except (LxmlError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ContentRefused("Шаблон не заполняется: повторы должны стоять в целых абзацах и строках.") from error
    return filled.getvalue()


def check(template: bytes, fields: Collection[str], sample: Mapping[str, Any]) -> None:
    """Refuse what is no template: another file, one that does more than show fields, one with unknown fields."""
    _check_file(template)
    fill(template, sample, fields)


def _check_file(template: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as packed:
            sizes = {one.filename: one.file_size for one in packed.infolist()}
        if sum(sizes.values()) > LARGEST_UNPACKED:
            raise ContentRefused("Файл слишком велик внутри. Уберите картинки.")
        if sum(size for name, size in sizes.items() if not name.startswith(_PICTURES)) > LARGEST_TEXT:
            raise ContentRefused(TOO_LARGE_DOCUMENT)
        document = docx.Document(io.BytesIO(template))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, LxmlError) as error:
        raise ContentRefused(NO_DOCUMENT) from error
    for part in document.part.package.iter_parts():
        if any(rel.is_external and not rel.reltype.endswith("/hyperlink") for rel in part.rels.values()):
            raise ContentRefused("Документ тянет что-то извне (шаблон или картинку по ссылке). Вставьте это в файл.")


def _check_tree(tree: nodes.Template, fields: Collection[str]) -> None:
    """Raises ContentRefused where the template does more than show fields."""

    def walk(node: nodes.Node, names: frozenset[str], depth: int) -> None:
        if not isinstance(node, _ALLOWED):
            raise ContentRefused(
                "Шаблон может показывать поля, повторять строки (for) и проверять, есть ли поле (if). Другие действия "
                f"запрещены: {type(node).__name__}."
            )
        if isinstance(node, nodes.Getattr):
            known = _OF_LOOP if isinstance(node.node, nodes.Name) and node.node.name == "loop" else fields
            if node.attr not in known:
                raise ContentRefused(f"Поля «{node.attr}» нет. Список полей — в справке.")
        if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in names:
            raise ContentRefused(f"Поля «{node.name}» нет. Список полей — в справке.")
        if isinstance(node, nodes.For):
            depth += 1
            if depth > DEEPEST or not isinstance(node.target, nodes.Name) or node.recursive:
                raise ContentRefused("Повторы (for) стоят друг в друге слишком глубоко.")
            walk(node.iter, names, depth)
            names = names | {node.target.name, "loop"}
            for child in [*node.body, *node.else_, *([node.test] if node.test else [])]:
                walk(child, names, depth)
            return
        for child in node.iter_child_nodes():
            walk(child, names, depth)

    walk(tree, frozenset(fields), 0)


class _Fields(ImmutableSandboxedEnvironment):
    """Checks every template that it parses, before anything of it is compiled."""

    def __init__(self, fields: Collection[str]) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self._fields = fields

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _check_tree(tree, self._fields)
        return tree


def work(what: str, given: dict[str, Any], template: bytes) -> bytes:
    if what == "check":
        check(template, given["fields"], given["values"])
        return b""
    return fill(template, given["values"], given["fields"], given["annex"])


if __name__ == "__main__":
    answer(work, TEMPLATES)
