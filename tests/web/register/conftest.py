"""The desk of the curator's tests, for the register."""

from tests.web.curating.conftest import desk

__all__ = ["desk"]
