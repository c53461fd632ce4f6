"""What the worker does: ask the directory and the provider about those who may log in (П.3)."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from osm.base.transaction import Pace, put_away
from osm.directory.acts import people, provider
from osm.directory.acts.found import DirectoryAway, Found, ProviderAway
from osm.directory.acts.ldap import directory
from osm.models import Source
from osm.reminders.acts.mailing import end_trouble, note_trouble
from osm.settings.directory import DirectorySettings, LdapSettings, OidcSettings

log = logging.getLogger(__name__)

SERVER, PROVIDER = "directory server", "login provider"  # the names of the troubles; the job itself does not fail
SECONDS = 300.0  # between two rounds of questions
_MOST_IN_A_ROW = 3  # after so many sessions without an answer the provider is asked again in the next round
_FEWEST = 3  # if all of at least so many people are gone from the directory at once, its settings are wrong


def run(now: datetime, pace: Pace, of: DirectorySettings) -> int:
    """Return the number of changed people. Without an answer no person is blocked."""
    return _told(SERVER, of.ldap, _follow_ldap, now, pace) + _told(PROVIDER, of.oidc, _follow_oidc, now, pace)


def _told(name: str, of: Any, follow: Callable[..., int], now: datetime, pace: Pace) -> int:
    """What a source of people says; a lasting silence becomes an alarm."""
    try:
        changed = follow(of, now, pace) if of is not None else 0
    except DirectoryAway as error:
        put_away()
        log.warning("the directory does not answer", extra={"reason": error.why})
        note_trouble(name, now, error.why)
        return 0
    end_trouble(name)
    return changed


def _follow_oidc(of: OidcSettings, now: datetime, pace: Pace) -> int:
    """Each session is refreshed: the provider gives no new tokens to a person who is out."""
    changed, failed, in_a_row = 0, None, 0
    waiting = people.sessions_to_ask_about(now)
    put_away()
    for id_hash, user_id, stored in waiting:
        if not pace.may_continue() or in_a_row == _MOST_IN_A_ROW:
            break
        try:
            found = provider.Provider(of).refreshed(stored, partial(people.keep_tokens, id_hash))
        except provider.Ended as ended:
            changed += people.end_session(id_hash, now)
            if ended.is_gone:
                people.follow(user_id, None, now, Source.OIDC)
        except (ProviderAway, provider.NotProven) as error:  # the others are asked about all the same
            failed, in_a_row = error, in_a_row + 1
        else:
            in_a_row = 0
            changed += people.follow(user_id, found, now, Source.OIDC) if found else 0
        put_away()
    if failed is not None:
        raise failed if isinstance(failed, ProviderAway) else ProviderAway("ответ не подтверждён")
    return changed


def _follow_ldap(ldap: LdapSettings, now: datetime, pace: Pace) -> int:
    answers = _ask(ldap, now, pace)
    return sum(people.follow(user_id, found, now, Source.LDAP) for user_id, found in answers.items())


def _ask(ldap: LdapSettings, now: datetime, pace: Pace) -> dict[int, Found | None]:
    """Ask about all people of the directory, as far as the time allows. No transaction is open while it waits."""
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
