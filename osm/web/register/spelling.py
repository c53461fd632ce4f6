"""What was likely meant by a search for which nothing or very little is found."""

from __future__ import annotations

from dataclasses import dataclass

from osm.services.reading import near_words
from osm.store.queries.register.filter import Reader
from osm.store.queries.register.register import RegisterPage, read_page
from osm.web.register.address import Address


@dataclass(frozen=True, slots=True)
class Spelling:
    """What was typed and what was likely meant, with the addresses that ask for exactly the one and the other.

    `is_shown`: the page shows what was meant.
    """

    typed: str
    meant: str
    as_typed: str
    as_meant: str
    is_shown: bool


def with_likely_meant(
    address: Address, page: RegisterPage, reader: Reader
) -> tuple[Address, RegisterPage, Spelling | None]:
    """The page of what was meant where nothing is found for what was typed; where little is found it is offered."""
    if not address.may_be_mistyped or page.total > near_words.FEW:
        return address, page, None
    typed = address.values["q"]
    meant = near_words.likely_meant(typed)
    if not meant:
        return address, page, None
    other = address.searching(meant)
    found = read_page(other.wanted, reader, other.sort)
    if found.total <= page.total:
        return address, page, None  # the index has words of messages that this person may not know of
    spelling = Spelling(typed, meant, address.with_value("exact", "yes"), other.query, is_shown=not page.total)
    return (other, found, spelling) if spelling.is_shown else (address, page, spelling)
