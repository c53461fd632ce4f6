"""How a clause of the act is printed for people. Code and log keep its code: «П.7», «Пр.2.6»."""

from __future__ import annotations

import re

_ORDER = re.compile(r"Пр\.([\d.]*\d)")


def clause_words(clause: str) -> str:
    """«п. 7» of «П.7», «п. 2.6 Порядка» of «Пр.2.6»; «внутренний срок» of a term of the office's own stays."""
    return _ORDER.sub(r"п. \1 Порядка", clause).replace("П.", "п. ")
