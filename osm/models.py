"""All tables, so that one import makes them known to the database and to the migrations."""

import osm.base.transaction  # noqa: F401  its two tables
from osm.answers.models import *
from osm.blacklist.models import *
from osm.calendar.models import *
from osm.check.models import *
from osm.comments.models import *
from osm.complaints.models import *
from osm.emergency.models import *
from osm.files.models import *
from osm.flow.models import *
from osm.groups.models import *
from osm.guarding.models import *
from osm.help.models import *
from osm.imports.models import *
from osm.integrators.models import *
from osm.log.models import *
from osm.login.models import *
from osm.messages.models import *
from osm.neighbours.models import *
from osm.outbox.models import *
from osm.pages.models import *
from osm.people.models import *
from osm.plan.models import *
from osm.portal.models import *
from osm.register.models import *
from osm.reminders.models import *
from osm.retention.models import *
from osm.shortcomings.models import *
from osm.talk.models import *
from osm.threads.models import *
from osm.urgent.models import *
