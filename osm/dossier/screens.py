"""«Дело сообщения» as a file; each one made is logged with its hash, by which it is recognised later."""

import hashlib
import io

from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.dossier.acts import extract_of
from osm.dossier.views import dossier
from osm.log.acts.record import Reading, record_reading
from osm.people.views import visible_card
from osm.regulation.words import Role
from osm.shell.access import Screens, me
from osm.shell.requests import PDF, sent_file
from osm.shell.turns import costly

blueprint = Screens("dossier", __name__, url_prefix="/messages")

READERS = (Role.CURATOR, Role.HEAD, Role.ADMIN, Role.AUDITOR)


@blueprint.get("/<int:message_id>/dossier.pdf", *READERS)
@costly
def file(message_id: int) -> ResponseReturnValue:
    person, now = me(), current_now()
    card = visible_card(message_id, person, also=Role.ADMIN)
    log = extract_of(message_id)
    made = dossier(card, log, person, now)
    details = {
        "sha256": hashlib.sha256(made).hexdigest(), "rows": log.count, "last_id": log.last_id, "digest": log.digest,
    }  # fmt: skip
    name = f"Дело {card.number}.pdf".replace("/", "-")
    record_reading(Reading.DOSSIER, actor=person, now=now, message_id=message_id, details=details)
    return sent_file(io.BytesIO(made), name, PDF)
