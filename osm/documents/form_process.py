"""Entry of the child process that opens templates of forms: `look` or `fill`, the rest by standard input and output."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from typing import Any

from osm.child_process import bind
from osm.documents import forms


def main(what: str) -> None:
    """The first line of the input is JSON, behind it lies the template; of the output «done» or «refused …»."""
    bind(forms.LIMITS)
    said, _, template = sys.stdin.buffer.read().partition(b"\n")
    given = json.loads(said)
    out = sys.stdout.buffer
    try:
        book = forms.opened(BytesIO(template))
        found = forms.fields_in(book)
        content = (
            json.dumps(found, ensure_ascii=False).encode()
            if what == "look"
            else forms.filled(book, given["fields"], given["lists"], _appendix(given))
        )
    except forms.FormRefused as error:
        out.write(f"refused {error}\n".encode())
        return
    out.write(b"done\n" + content)


def _appendix(given: dict[str, Any]) -> forms.Appendix | None:
    return forms.Appendix(*given["appendix"]) if "appendix" in given else None


if __name__ == "__main__":
    main(sys.argv[1])
