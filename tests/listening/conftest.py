"""The emulated networks."""

from tests.connections.conftest import connect, group, instagram, ok, vk  # noqa: F401
