"""The desk of the tests of this folder: Wednesday, 11:00."""

from __future__ import annotations

from tests.web.curating.conftest import desk

__all__ = ["desk"]
