"""Which authors count as one: surely by the address, likely by the name."""

from __future__ import annotations

import pytest

from osm.networks.addresses import AuthorKey, Sameness, name_key, sameness


def author(number: int, name: str, *, address: bool = False, network: str = "vk") -> AuthorKey:
    return AuthorKey(number, network, name_key(name), address)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (author(1, "Лидия", address=True), author(1, "Лидия", address=True), Sameness.PROFILE),
        (author(1, ""), author(1, ""), Sameness.PROFILE),
        (author(1, "Пётр Ильин"), author(2, "петр  ильин"), Sameness.NAME),
        (author(1, "Пётр Ильин", address=True), author(2, "Пётр Ильин"), Sameness.NAME),
        (author(1, "Пётр Ильин", address=True), author(2, "Пётр Ильин", address=True), None),
        (author(1, "Пётр Ильин"), author(2, "Пётр Ильин", network="ok"), None),
        (author(1, "Пётр Ильин"), author(2, "Павел Ильин"), None),
        (author(1, "Аноним"), author(2, "Аноним"), None),
        (author(1, "—"), author(2, "—"), None),
        (author(1, ""), author(2, ""), None),
        (author(1, "Пётр Ильин"), None, None),
        (None, None, None),
    ],
)
def test_who_is_the_same(one, other, same):
    assert sameness(one, other) is sameness(other, one) is same
