"""Access for an audit: an account that reads until its day ends, on a named ground."""

from datetime import date, datetime, time, timedelta

from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.flow.acts.edits import one_line
from osm.flow.acts.terms import local_day
from osm.log.acts.record import record
from osm.models import AuditAccess, User
from osm.people.acts.users import create_user
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role

LONGEST_DAYS = 30  # a longer audit gets another account


def give_access(
    login: str,
    *,
    name: str,
    position: str,
    email: str,
    last_day: date | None,
    ordered_by: str,
    document: str,
    password: str,
    actor: User,
    now: datetime,
) -> User:
    """An account that reads to the end of this local day. Raises MissingInput; then nothing is stored."""
    today = local_day(now)
    if last_day is None or not today <= last_day <= today + timedelta(days=LONGEST_DAYS):
        longest = today + timedelta(days=LONGEST_DAYS)
        raise MissingInput("last_day", f"Укажите последний день доступа: с {today:%d.%m.%Y} по {longest:%d.%m.%Y}.")
    asked = "Укажите, кто поручил проверку: без этого доступа не дать."
    ordered_by = one_line("ordered_by", "Кто поручил", ordered_by, 300, missing=asked)
    document = one_line("document", "Документ", document, 300, missing="Укажите номер и дату документа о проверке.")
    until = datetime.combine(last_day + timedelta(days=1), time(), in_force().calendar.tz)
    with transaction() as session:
        user = create_user(
            login, name, {Role.AUDITOR}, password, now=now, position=position, email=email, without_mail=True,
            must_change_password=True, actor=actor,
        )  # fmt: skip
        session.add(
            AuditAccess(
                user_id=user.id, until=until, ordered_by=ordered_by, document=document, given_at=now,
                given_by_id=actor.id,
            )
        )  # fmt: skip
        record("audit_access", at=now, actor=actor, about=user, changes={"ends_at": (None, until)})
        return user
