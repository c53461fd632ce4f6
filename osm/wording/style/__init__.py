"""Officialese and press-release style in an answer or a publication, with a better wording each (Пр.2.5)."""

from osm.wording.style.checking import StyleFinding, check_style

__all__ = ["StyleFinding", "check_style"]
