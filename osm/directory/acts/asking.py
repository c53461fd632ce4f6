"""What the worker does: ask the directory and the provider about those who may log in (П.3)."""

from __future__ import annotations

import logging
from datetime import datetime

from osm.directory.acts import people
from osm.directory.acts.found import DirectoryAway, Found
from osm.directory.acts.ldap import directory
from osm.extensions import current_settings
from osm.reminders.acts.mailing import end_trouble, note_trouble
from osm.services.pace import Pace
from osm.settings.directory import LdapSettings
from osm.store.models import Source
from osm.store.transaction import put_away

log = logging.getLogger(__name__)

SERVER = "directory server"
"""The name of the trouble; the job itself does not fail."""
SECONDS = 300.0
"""Between two rounds of questions."""
_FEWEST = 3
"""If a directory has lost so many people and knows nobody any more, its settings are wrong and not the people gone."""


def run(now: datetime, pace: Pace) -> int:
    """The number of people about whom something changed. Without an answer nobody is blocked."""
    ldap = current_settings().directory.ldap
    if ldap is None:
        end_trouble(SERVER)
        return 0
    try:
        answers = _ask(ldap, now, pace)
    except DirectoryAway as error:
        put_away()
        log.warning("the directory does not answer", extra={"reason": error.why})
        note_trouble(SERVER, now, error.why)
        return 0
    end_trouble(SERVER)
    return sum(people.follow(user_id, found, now) for user_id, found in answers.items())


def _ask(ldap: LdapSettings, now: datetime, pace: Pace) -> dict[int, Found | None]:
    """Everybody of the directory, as far as the time allows. No transaction is held meanwhile."""
    known = people.people_of(Source.LDAP)
    put_away()
    answers: dict[int, Found | None] = {}
    with directory(ldap, now, patiently=True) as asked:
        for user_id, external_id in known:
            if not pace.may_continue():
                break
            answers[user_id] = asked.by_id(external_id)
    if len(answers) >= _FEWEST and not any(answers.values()):
        raise DirectoryAway("в нём нет никого из наших сотрудников, проверьте OSM_LDAP_FILTER и права")
    return answers
