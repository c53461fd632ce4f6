"""Why a file was refused, as a code that travels from the child process to its parent."""

from __future__ import annotations


class Refusal(Exception):
    """`code` is a key of `errors.REFUSALS`, `details` fill the gaps of its sentence."""

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
