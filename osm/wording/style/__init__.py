"""Officialese and press-release style in an answer or a publication, with a better wording each (Пр.2.5)."""

from __future__ import annotations

from osm.wording.style.checking import StyleFinding, check_style
from osm.wording.style.mending import Mended, mend_all, mend_one

__all__ = ["Mended", "StyleFinding", "check_style", "mend_all", "mend_one"]
