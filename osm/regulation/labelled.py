"""Codes that have words: each member of an enumeration is its code and what people read."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """`NEW = "new", "Новое"`: the code is stored, the label is shown."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member
