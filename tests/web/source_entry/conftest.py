"""The desk of the curators, with replies that wait for their entry in «Инцидент Менеджмент»."""

from __future__ import annotations

from tests.web.curating.conftest import desk

__all__ = ["desk"]
