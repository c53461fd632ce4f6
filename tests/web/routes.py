"""The table of routes: who may call what. Written by hand, compared with the application in test_access."""

from __future__ import annotations

import re
from dataclasses import dataclass

from osm.regulation.words import Role
from osm.web.access import PUBLIC, SIGNED_IN

CURATOR, EXECUTOR, MODERATOR, HEAD, ADMIN = Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD, Role.ADMIN


@dataclass(frozen=True)
class Route:
    """One rule of the URL map with the methods that share a declaration."""

    rule: str
    methods: frozenset[str]
    access: frozenset[Role] | None


def get(rule: str, *roles: Role, access: frozenset[Role] | None = SIGNED_IN) -> Route:
    return Route(rule, frozenset({"GET"}), frozenset(roles) or access)


def post(rule: str, *roles: Role, access: frozenset[Role] | None = SIGNED_IN) -> Route:
    return Route(rule, frozenset({"POST"}), frozenset(roles) or access)


ROUTES: tuple[Route, ...] = (
    # Anybody
    get("/static/<path:filename>", access=PUBLIC),
    get("/healthz", access=PUBLIC),
    get("/readyz", access=PUBLIC),
    get("/login", access=PUBLIC),
    post("/login", access=PUBLIC),
    # Whoever is logged in
    post("/logout"),
    get("/password"),
    post("/password"),
    get("/nav/badges"),
)


def address(rule: str) -> str:
    """An address under the rule: numbers for converters of numbers, words for others."""
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "x", rule)
