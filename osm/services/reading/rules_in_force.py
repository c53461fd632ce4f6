"""When the rules or the office's words change while the worker runs, open texts are owed their check anew."""

from __future__ import annotations

from flask import current_app

from osm.services.reading import comment_checks, verdicts
from osm.services.reading.office_rules import moderator

_KEY = "osm_rules_owed"


def follow() -> int:
    """Owe what other rules have judged, once for each set of words; how many texts.

    Asked every round: while nothing has changed it costs one small statement. What this process has not seen to an
    end (a crash) the next one owes when it starts.
    """
    rules = moderator().rules_version
    if current_app.extensions.get(_KEY) == rules:
        return 0
    owed = verdicts.owe_outdated() + comment_checks.owe_outdated()
    current_app.extensions[_KEY] = rules
    return owed
