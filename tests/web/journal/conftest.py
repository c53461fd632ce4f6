"""The desk of the curators."""

from __future__ import annotations

from tests.web.curating.conftest import desk

__all__ = ["desk"]
