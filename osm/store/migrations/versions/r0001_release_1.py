"""Everything that the database of version 1.0 is made of.

A line of a table names its columns in their order, then what holds for its rows, then its indexes. Names of constraints
and indexes that are not given follow from those of the columns (`NAMES`).
"""

from typing import Any

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
TABLES = MetaData(naming_convention=NAMES)

RESTRICT, CASCADE, SET_NULL = "RESTRICT", "CASCADE", "SET NULL"
"""What becomes of a row when the one that it refers to is deleted."""

STATUSES = (
    "new selected in_work on_approval rework approved awaiting_author awaiting_final answered dismissed redirected "
    "excluded withdrawn unanswerable"
)
WAITS = "published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source"
"""A published answer that is still to be entered in «Инцидент Менеджмент»."""


def upgrade() -> None:
    TABLES.create_all(op.get_bind(), checkfirst=False)
    index_words()
    refuse_changes()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TABLE message_fts")
    TABLES.drop_all(op.get_bind(), checkfirst=False)
    if not sqlite:
        op.execute("DROP FUNCTION refuse_change()")


def index_words() -> None:
    """Find messages by their words. Both databases split at spaces only."""
    if op.get_bind().dialect.name != "sqlite":
        # Stored, because a plan that looks at row after row would make them of the text again each time.
        op.execute(
            "ALTER TABLE message_search ADD COLUMN message_fts tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED"
        )
        op.execute("CREATE INDEX message_fts ON message_search USING gin (message_fts) WITH (fastupdate = off)")
        return
    # «ascii» takes every letter that is not Latin for a part of a word.
    op.execute(
        "CREATE VIRTUAL TABLE message_fts USING fts5(words, content='message_search', content_rowid='message_id', "
        "tokenize='ascii', detail=none, columnsize=0)"
    )
    gone = "INSERT INTO message_fts (message_fts, rowid, words) VALUES ('delete', OLD.message_id, OLD.words);"
    there = "INSERT INTO message_fts (rowid, words) VALUES (NEW.message_id, NEW.words);"
    op.execute(f"CREATE TRIGGER message_fts_insert AFTER INSERT ON message_search BEGIN {there} END")
    op.execute(f"CREATE TRIGGER message_fts_delete AFTER DELETE ON message_search BEGIN {gone} END")
    op.execute(f"CREATE TRIGGER message_fts_update AFTER UPDATE ON message_search BEGIN {gone} {there} END")


def refuse_changes() -> None:
    """The database itself refuses to change or to remove what was logged.

    Named with each table is the row that an INSERT OR REPLACE would push out: SQLite calls no trigger for that one.
    """
    append_only = {
        "event": "id = NEW.id",
        "event_seal": "number = NEW.number OR first_id = NEW.first_id OR last_id = NEW.last_id",
    }
    if op.get_bind().dialect.name == "sqlite":
        for name, same in append_only.items():
            refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            op.execute(f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {refuse}")
            op.execute(f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}")
            replaced = f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608  names of this file
            op.execute(f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {replaced} {refuse}")
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END $$"
    )
    for name in append_only:
        op.execute(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def table(name: str, *parts: Any, **options: Any) -> None:
    Table(name, TABLES, *parts, **options)


def column(name: str, type_: Any, *refers_to: Any, null: bool = False, default: Any = None, **key: Any) -> Column[Any]:
    return Column(name, type_, *refers_to, nullable=null, server_default=default, **key)


def key() -> Column[Any]:
    return column("id", Integer(), primary_key=True)


def version(default: Any = None) -> Column[Any]:
    return column("version", Integer(), default=default)


def refers(name: str, to: str, gone: str, *, fk: str | None = None, **rest: Any) -> Column[Any]:
    """`fk` names the constraint of two tables that refer to each other: it is added when both are there."""
    return column(name, Integer(), ForeignKey(f"{to}.id", ondelete=gone, name=fk, use_alter=fk is not None), **rest)


def user(name: str, **rest: Any) -> Column[Any]:
    return refers(name, "user_account", RESTRICT, **rest)


def code(name: str, known: str, codes: str, **rest: Any) -> Column[Any]:
    """One of these codes; the constraint `known` refuses any other."""
    kind = Enum(*codes.split(), name=known, native_enum=False, create_constraint=True, length=32)
    return column(name, kind, **rest)


def words(name: str, longest: int | None = None, **rest: Any) -> Column[Any]:
    return column(name, String(longest) if longest else Text(), **rest)


def whole(name: str, **rest: Any) -> Column[Any]:
    return column(name, Integer(), **rest)


def flag(name: str, **rest: Any) -> Column[Any]:
    return column(name, Boolean(), **rest)


def when(name: str, **rest: Any) -> Column[Any]:
    return column(name, DateTime(timezone=True), **rest)


def day(name: str, **rest: Any) -> Column[Any]:
    return column(name, Date(), **rest)


def data(name: str, **rest: Any) -> Column[Any]:
    return column(name, JSON(), **rest)


def check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


def unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    return UniqueConstraint(*columns, name=name)


def index(
    *columns: str, name: str | None = None, where: str | None = None, postgresql: str | None = None, one: bool = False
) -> Index:
    """Of the rows `where` only, if it is given; `one`: no two of them are alike."""
    lite, post = (None if words is None else text(words) for words in (where, postgresql or where))
    return Index(name, *columns, unique=one, sqlite_where=lite, postgresql_where=post)


# fmt: off

# --- People: departments, posts, accounts, who is away, what the office has set

table("department",
    key(), words("name", 200), words("short_name", 60), words("phone", 60), words("other_phones", default=""),
    user("duty_officer_id", fk="fk_department_duty_officer", null=True), when("archived_at", null=True),
    version(default="1"), user("supervisor_id", fk="fk_department_supervisor", null=True),
    unique("name"),
)
table("login_attempt",
    key(), words("login", 60), words("address", 60), when("at"), words("browser", 60, default=""),
    index("address", "at"),
    index("login", "at"),
)
table("office",
    key(), words("name", 300, default=""), words("inn", 12, default=""), words("letterhead", default=""),
    words("site", 200, default=""), words("responsible", 200, default=""), words("phones", default=""),
    words("duty_phones", default=""), version(default="1"),
    check("only_one", "id = 1"),
)
table("topic",
    key(), words("name", 200), refers("department_id", "department", SET_NULL, null=True), words("words", default=""),
    when("archived_at", null=True), version(default="1"),
    unique("name"),
)
table("user_account",
    key(), words("login", 60), words("name", 200), words("position", 200), words("phone", 60),
    words("password_hash", 300), refers("department_id", "department", RESTRICT, null=True), flag("is_active"),
    flag("is_demo"), when("created_at"), flag("must_change_password", default=false()), version(default="1"),
    flag("single_keys", default=true()),
    code("post", "post_known", "head chief_of_staff deputy_head press_chief", null=True),
    words("email", 200, default=""), flag("sound", default=false()),
    code("mail_mode", "mail_mode_known", "at_once digest none", default="at_once"),
    unique("login"),
    check("post_is_held", "post IS NULL OR is_active"),
    index("post", name="uq_user_account_post", where="post <> 'deputy_head'", one=True),
)
table("absence",
    key(), user("person_id"), code("reason", "absence_reason_known", "illness leave trip study other"),
    day("first_day"), day("last_day"), user("substitute_id", null=True), user("entered_by_id", null=True),
    when("entered_at"), when("ended_at", null=True), version(default="1"), user("acting_id", null=True),
    words("act", 200, default=""),
    check("acting_has_act", "(acting_id IS NULL) = (act = '')"),
    check("acting_is_another", "acting_id IS NULL OR acting_id <> person_id"),
    check("days_in_order", "last_day >= first_day"),
    check("substitute_is_another", "substitute_id IS NULL OR substitute_id <> person_id"),
    index("acting_id"),
    index("last_day", "first_day", name="ix_absence_last_day"),
    index("person_id"),
    index("substitute_id"),
)
table("deputy",
    refers("department_id", "department", CASCADE, primary_key=True), user("user_id", primary_key=True),
    whole("place"),
    unique("department_id", "place", name="uq_deputy_place"),
    check("place_positive", "place >= 1"),
)
table("login_address",
    refers("user_id", "user_account", CASCADE, primary_key=True), words("address", 60, primary_key=True), when("at"),
)
table("office_settings",
    key(), data("publishing_networks"), flag("answer_marked", default=false()),
    words("marked_act_number", 50, default=""), day("marked_act_on", null=True), when("no_others_at", null=True),
    user("no_others_by_id", null=True), version(default="1"),
    check("act_has_number_and_day", "(marked_act_number = '') = (marked_act_on IS NULL)"),
    check("only_one", "id = 1"),
)
table("user_role",
    refers("user_id", "user_account", CASCADE, primary_key=True),
    code("role", "role_known", "curator executor moderator head admin system", primary_key=True),
)
table("web_session",
    words("id_hash", 64, primary_key=True), refers("user_id", "user_account", CASCADE, null=True), when("created_at"),
    when("expires_at"), words("address", 60, default=""), words("browser", 300, default=""),
    index("expires_at"),
    index("user_id"),
)

# --- Processes: who holds which work

table("lease",
    words("name", 60, primary_key=True), words("owner", 200), when("taken_at"), when("until"),
    check("ends_after_it_begins", "until >= taken_at"),
)
table("worker_beat",
    words("name", 60, primary_key=True), when("at"), words("detail"),
)

# --- The calendar and lists that somebody has saved

table("calendar_edition",
    whole("number", primary_key=True, autoincrement=False), data("content"), words("digest", 64), words("action", 60),
    when("created_at"), user("created_by_id", null=True),
    check("number_positive", "number >= 1"),
)
table("saved_filter",
    key(), refers("user_id", "user_account", CASCADE), words("name", 60), words("query"), when("saved_at"),
    unique("user_id", "name", name="uq_saved_filter_name"),
    check("has_name", "name <> ''"),
)

# --- Messages of citizens

table("author",
    key(), words("network", 32), words("profile_url", 500, null=True), words("name", 300),
    words("name_key", 300, default=""),
    unique("network", "profile_url", name="uq_author_profile"),
    index("network", "name_key", name="ix_author_name"),
)
table("number_series",
    words("name", 20, primary_key=True), whole("last"),
)
table("message",
    key(), words("number", 60), words("key", 80), code("origin", "origin_known", "incident manual"),
    code("status", "status_known", STATUSES), code("importance", "importance_known", "normal high"), version(),
    words("network", 32), words("url", 1000), words("text"), words("place", 500),
    refers("author_id", "author", SET_NULL, null=True), refers("topic_id", "topic", SET_NULL, null=True),
    flag("is_repeat"), when("published_at", null=True), when("received_at"), when("detected_at", null=True),
    when("selected_at", null=True), when("restarted_at", null=True), when("closed_at", null=True), when("stored_at"),
    user("entered_by_id", null=True), refers("source_id", "import_source", SET_NULL, null=True),
    words("source_fingerprint", 64), words("source_status", 100), words("source_topic", 300),
    when("source_deadline", null=True), data("source_raw"), when("recalled_at", null=True),
    words("comment_name", 200, default=""), flag("by_comment", default=false()),
    unique("key"),
    unique("number"),
    check("selected_has_time", "status = 'new' OR selected_at IS NOT NULL OR closed_at IS NOT NULL"),
    check("version_positive", "version >= 1"),
    index("author_id"),
    index("network", "comment_name", name="ix_message_comment_name", where="comment_name <> ''"),
    index("network", "received_at", name="ix_message_network_received"),
    index("received_at", "id", name="ix_message_received"),
    index("status", "received_at", "id", name="ix_message_status_received"),
    index("topic_id", "received_at", name="ix_message_topic_received"),
)
table("closure",
    key(), refers("message_id", "message", CASCADE), code("status", "closure_status_known", STATUSES),
    code("ground", "closure_ground_known", "profanity insult threat spam ad", null=True), words("reason"),
    words("recipient", 300), when("closed_at"), user("closed_by_id", null=True), when("restored_at", null=True),
    user("restored_by_id", null=True), words("restore_reason"),
    check("excluded_has_ground", "(status = 'excluded') = (ground IS NOT NULL)"),
    index("closed_at", name="ix_closure_closed"),
    index("message_id"),
    index("message_id", name="uq_closure_open", where="restored_at IS NULL", one=True),
)
table("followup",
    key(), refers("message_id", "message", CASCADE), words("text"), words("url", 1000), when("entered_at"),
    user("entered_by_id", null=True), when("written_at", null=True),
    index("message_id"),
)
table("told_facts",
    key(), refers("message_id", "message", CASCADE), refers("department_id", "department", RESTRICT), words("facts"),
    words("asked"), when("told_at"), user("told_by_id"), code("state", "facts_state_known", "open done withdrawn"),
    words("outcome", default=""), when("closed_at", null=True), user("closed_by_id", null=True), version(default="1"),
    check("closed_has_time", "(state = 'open') = (closed_at IS NULL)"),
    check("closed_says_how", "state = 'open' OR (outcome <> '' AND closed_by_id IS NOT NULL)"),
    check("says_something", "facts <> '' AND asked <> ''"),
    index("message_id", "id", name="ix_told_facts_message"),
    index("department_id", "message_id", name="ix_told_facts_open", where="state = 'open'", one=True),
)
table("evidence",
    key(), refers("closure_id", "closure", CASCADE), words("text"), words("url", 1000), words("author_name", 300),
    words("author_url", 500), when("published_at", null=True), when("taken_at"), words("sha256", 64),
    unique("closure_id"),
)

# --- The log: its rows stay (see refuse_changes)

table("event_seal",
    whole("number", primary_key=True, autoincrement=False), whole("first_id"), whole("last_id"), whole("count"),
    when("sealed_at"), words("key_id", 16), words("mac", 64),
    unique("first_id"),
    unique("last_id"),
    check("count_fits_range", "count >= 1 AND count <= last_id - first_id + 1"),
    check("range_in_order", "last_id >= first_id"),
)
table("event",
    key(), when("at"), user("actor_id", null=True), words("action", 60), words("clause", 20),
    refers("message_id", "message", RESTRICT, null=True), words("object_kind", 40), whole("object_id", null=True),
    data("changes"), words("note_digest", 64, null=True),
    index("action", "at", "id", name="ix_event_action"),
    index("actor_id", "at", "id", name="ix_event_actor"),
    index("at", "id", name="ix_event_at"),
    index("message_id", "id", name="ix_event_message"),
    index("object_kind", "object_id", "at", "id", name="ix_event_object"),
)
table("event_note",
    refers("event_id", "event", CASCADE, primary_key=True), words("text"), words("salt", 32),
)

# --- Terms of messages

table("deadline",
    key(), refers("message_id", "message", CASCADE), refers("assignment_id", "assignment", CASCADE, null=True),
    code("kind", "clock_kind_known", "route answer draft approve rework part final"), words("clause", 20),
    words("unit", 20), when("started_at"), when("due_at", null=True), words("explanation"),
    words("calendar_version", 80), code("state", "deadline_state_known", "open met closed replaced"),
    when("ended_at", null=True), when("breached_at", null=True), flag("blameless"),
    check("breach_has_term", "breached_at IS NULL OR due_at IS NOT NULL"),
    check("ended_has_time", "(state = 'open') = (ended_at IS NULL)"),
    index("breached_at", name="ix_deadline_breached", where="breached_at IS NOT NULL"),
    index("ended_at", name="ix_deadline_ended", where="ended_at IS NOT NULL"),
    index("message_id"),
    index("calendar_version", "id", name="ix_deadline_open_calendar", where="state = 'open'"),
    index("state", "due_at", "id", name="ix_deadline_open_due"),
    index("state", "due_at", name="ix_deadline_unbreached", where="breached_at IS NULL"),
    index("message_id", "kind", name="uq_deadline_open", where="state = 'open' AND assignment_id IS NULL", one=True),
    index("assignment_id", "kind", name="uq_deadline_open_part",
          where="state = 'open' AND assignment_id IS NOT NULL", one=True),
)

# --- Answers: who writes, what is written, what was published

table("assignment",
    key(), refers("message_id", "message", CASCADE), user("executor_id"),
    refers("department_id", "department", RESTRICT, null=True), whole("order_no"), words("task"), when("assigned_at"),
    user("assigned_by_id", null=True), when("opened_at", null=True), when("ended_at", null=True),
    user("for_id", null=True), when("kept_at", null=True),
    code("part_state", "part_state_known", "waiting asked sent returned", null=True),
    whole("part_minutes", null=True), version(default=text("1")),
    check("order_positive", "order_no >= 1"),
    check("part_minutes", "part_minutes IS NULL OR (part_minutes > 0 AND part_state IS NOT NULL)"),
    index("department_id", "ended_at", "message_id", name="ix_assignment_department_active"),
    index("executor_id", "ended_at", "message_id", name="ix_assignment_executor_active"),
    index("for_id", name="ix_assignment_for", where="for_id IS NOT NULL AND ended_at IS NULL"),
    index("message_id"),
    index("message_id", "executor_id", name="uq_assignment_active", where="ended_at IS NULL", one=True),
)
table("reply",
    key(), refers("message_id", "message", CASCADE), code("kind", "reply_kind_known", "clarification interim final"),
    when("opened_at"), refers("approved_draft_id", "draft", RESTRICT, fk="fk_reply_approved_draft", null=True),
    when("published_at", null=True), words("published_url", 1000), user("published_by_id", null=True),
    when("entered_in_source_at", null=True), user("entered_in_source_by_id", null=True),
    flag("for_source", default=false()), user("published_for_id", null=True),
    check("entered_has_time", "entered_in_source_by_id IS NULL OR entered_in_source_at IS NOT NULL"),
    check("entered_is_published", "entered_in_source_at IS NULL OR published_at IS NOT NULL"),
    check("published_is_approved", "published_at IS NULL OR (published_url <> '' AND approved_draft_id IS NOT NULL)"),
    index("entered_in_source_at", "id", name="ix_reply_entered_in_source", where="entered_in_source_at IS NOT NULL"),
    index("message_id"),
    index("message_id", name="ix_reply_message_not_in_source", where=f"{WAITS} = 1", postgresql=WAITS),
    index("published_at", "id", name="ix_reply_not_in_source", where=f"{WAITS} = 1", postgresql=WAITS),
    index("published_at", "id", name="ix_reply_published"),
    index("message_id", name="uq_reply_current", where="published_at IS NULL", one=True),
)
table("draft",
    key(), refers("reply_id", "reply", CASCADE), whole("number"), words("text"),
    code("state", "draft_state_known", "submitted withdrawn returned approved corrected revoked"),
    code("came_from", "draft_origin_known", STATUSES), user("author_id"), user("submitted_by_id"),
    when("submitted_at"), words("received_by", 200), flag("is_correction"), words("remarks"),
    when("decided_at", null=True), user("decided_by_id", null=True), user("author_for_id", null=True),
    user("decided_for_id", null=True), words("salt", 32, default=""),
    unique("reply_id", "number", name="uq_draft_number"),
    check("number_positive", "number >= 1"),
    check("return_has_remarks", "state <> 'returned' OR remarks <> ''"),
    index("decided_at", name="ix_draft_decided", where="decided_at IS NOT NULL"),
    index("reply_id"),
)
table("draft_text",
    key(), refers("reply_id", "reply", CASCADE), refers("user_id", "user_account", CASCADE), words("text"),
    when("saved_at"),
    unique("reply_id", "user_id", name="uq_draft_text_person"),
)
table("interim_explanation",
    refers("reply_id", "reply", CASCADE, primary_key=True), words("grounds", 60),
    code("reason", "interim_reason_known", "work_goes_on waiting_for_others weather_or_supply other"), words("text"),
    when("given_at"), user("given_by_id"),
    check("has_grounds", "grounds <> ''"),
    check("other_is_explained", "reason <> 'other' OR text <> ''"),
)

# --- Answers: templates, promises, criteria

table("answer_template",
    key(), words("name", 120), code("kind", "template_kind_known", "clarification interim final"),
    refers("topic_id", "topic", SET_NULL, null=True), words("text"), version(), when("created_at"),
    user("created_by_id"), when("archived_at", null=True),
    check("has_name", "name <> ''"),
    check("has_text", "text <> ''"),
    index("topic_id"),
    index("name", name="uq_answer_template_name", where="archived_at IS NULL", one=True),
)
table("promise",
    key(), version(), refers("message_id", "message", CASCADE), refers("reply_id", "reply", CASCADE), day("due_on"),
    words("words", 200), code("state", "promise_state_known", "open reported done moved not_kept dropped"),
    words("result"), when("reported_at", null=True), user("reported_by_id", null=True), words("reason"),
    when("decided_at", null=True), user("decided_by_id", null=True),
    refers("replaces_id", "promise", SET_NULL, null=True), when("created_at"), user("created_by_id"),
    unique("replaces_id"),
    check("ended_has_reason", "state NOT IN ('moved', 'not_kept', 'dropped') OR reason <> ''"),
    check("reported_has_result", "state NOT IN ('reported', 'done') OR result <> ''"),
    check("result_has_time", "(result <> '') = (reported_at IS NOT NULL)"),
    check("version_positive", "version >= 1"),
    index("message_id"),
    index("reply_id"),
    index("state", "due_on", "id", name="ix_promise_state_due"),
)
table("template_use",
    key(), refers("template_id", "answer_template", CASCADE), refers("reply_id", "reply", CASCADE), user("user_id"),
    when("used_at"),
    unique("template_id", "reply_id", name="uq_template_use_reply"),
    index("reply_id"),
)
table("criteria_exception",
    key(), refers("draft_id", "draft", CASCADE), words("criteria", 200),
    code("reason", "in_spite_reason_known", "is_there not_due not_known hurry other"), words("text"),
    when("decided_at"), user("decided_by_id"),
    unique("draft_id"),
    check("names_criteria", "criteria <> ''"),
    check("other_is_explained", "reason <> 'other' OR text <> ''"),
)
table("promise_photo",
    refers("promise_id", "promise", CASCADE, primary_key=True),
    refers("attachment_id", "attachment", CASCADE, primary_key=True),
)

# --- One answer to many messages, and parts of an answer

table("answer_group",
    key(), version(), words("name", 200), code("state", "group_state_known", "draft submitted approved"),
    code("kind", "group_kind_known", "clarification interim final"), words("text"), words("received_by", 200),
    code("interim_reason", "group_interim_reason_known",
         "work_goes_on waiting_for_others weather_or_supply other", null=True),
    words("interim_text"),
    code("in_spite", "group_in_spite_known", "is_there not_due not_known hurry other", null=True),
    words("in_spite_text"), words("remarks"), when("created_at"), user("created_by_id"),
    check("sent_has_text", "state = 'draft' OR text <> ''"),
    check("version_positive", "version >= 1"),
)
table("group_member",
    key(), refers("group_id", "answer_group", CASCADE), refers("message_id", "message", CASCADE),
    refers("reply_id", "reply", CASCADE), when("joined_at"), user("joined_by_id"), when("left_at", null=True),
    user("left_by_id", null=True),
    check("left_has_time", "left_by_id IS NULL OR left_at IS NOT NULL"),
    index("group_id"),
    index("message_id"),
    index("reply_id", name="uq_group_member_reply", where="left_at IS NULL", one=True),
)
table("part",
    key(), refers("assignment_id", "assignment", CASCADE), whole("number"), words("text"), user("author_id"),
    user("submitted_by_id"), when("submitted_at"), words("received_by", 200), words("remarks"),
    when("returned_at", null=True), user("returned_by_id", null=True),
    unique("assignment_id", "number", name="uq_part_number"),
    check("number_positive", "number >= 1"),
    check("return_has_person", "(returned_at IS NULL) = (returned_by_id IS NULL)"),
    check("return_has_remarks", "(returned_at IS NULL) = (remarks = '')"),
)
table("part_text",
    key(), refers("assignment_id", "assignment", CASCADE), refers("user_id", "user_account", CASCADE), words("text"),
    when("saved_at"),
    unique("assignment_id", "user_id", name="uq_part_text_person"),
)

# --- Files

table("attachment",
    key(), refers("message_id", "message", CASCADE), refers("reply_id", "reply", CASCADE, null=True),
    refers("evidence_id", "evidence", CASCADE, null=True), code("purpose", "purpose_known", "message reply evidence"),
    words("filename", 200), words("content_type", 60), whole("size"), words("sha256", 64), user("uploaded_by_id"),
    when("uploaded_at"),
    check("reply_photo_has_reply", "(purpose = 'reply') = (reply_id IS NOT NULL)"),
    check("screenshot_has_evidence", "(purpose = 'evidence') = (evidence_id IS NOT NULL)"),
    check("size_positive", "size > 0"),
    index("message_id"),
    index("reply_id"),
    index("sha256"),
)

# --- Notes on a message

table("note",
    key(), refers("message_id", "message", CASCADE), code("kind", "note_kind_known", "note question decline hurry"),
    user("author_id"), when("written_at"), words("text"), user("to_id", null=True),
    refers("department_id", "department", RESTRICT, null=True), when("read_at", null=True),
    user("read_by_id", null=True), when("withdrawn_at", null=True),
    check("curators_are_no_person", "kind NOT IN ('question', 'decline') OR to_id IS NULL"),
    check("department_is_proposed", "department_id IS NULL OR kind = 'decline'"),
    check("read_by_somebody", "(read_at IS NULL) = (read_by_id IS NULL)"),
    check("says_something", "text <> ''"),
    check("somebody_is_hurried", "kind <> 'hurry' OR to_id IS NOT NULL"),
    index("message_id", "id", name="ix_note_message"),
    index("to_id", "kind", "message_id", name="ix_note_waiting", where="read_at IS NULL AND withdrawn_at IS NULL"),
)

# --- Imports: files of «Инцидент Менеджмент», their rows, and what a later file has changed

table("import_source",
    key(), words("name", 200), data("mapping"), words("times", 10), version(default="1"),
    unique("name"),
    check("times_known", "times IN ('local', 'moscow')"),
)
table("import_run",
    key(), refers("source_id", "import_source", RESTRICT), words("filename", 300), words("sha256", 64),
    code("state", "import_state_known", "uploaded staging checked publishing done failed"), data("mapping"),
    words("times", 10), flag("history"), flag("dry_run"), data("counts"), words("error"), when("created_at"),
    user("created_by_id", null=True), when("finished_at", null=True), words("lease_owner", 120),
    when("lease_until", null=True), when("recalled_at", null=True), data("forecast", default=text("'{}'")),
    whole("attempts", default="0"),
    index("sha256"),
)
table("held_row",
    key(), refers("run_id", "import_run", CASCADE), whole("row_no"), refers("message_id", "message", CASCADE),
    words("other_key", 80), data("payload"), when("held_at"), when("received_at"), when("due_at", null=True),
    when("settled_at", null=True), user("settled_by_id", null=True),
    code("outcome", "held_outcome_known", "new replaced declined recalled", null=True),
    unique("message_id", "other_key", name="uq_held_row_other"),
    check("settled_has_outcome", "(settled_at IS NULL) = (outcome IS NULL)"),
    index("id", name="ix_held_row_open", where="settled_at IS NULL"),
    index("run_id"),
)
table("import_row",
    key(), refers("run_id", "import_run", CASCADE), whole("row_no"),
    code("outcome", "row_outcome_known", "staged created updated unchanged duplicate rejected held"), words("reason"),
    words("warning"), data("payload"), refers("message_id", "message", SET_NULL, null=True),
    unique("run_id", "row_no", name="uq_import_row"),
    index("run_id", "outcome", "row_no", name="ix_import_row_outcome"),
)
table("message_edition",
    key(), refers("message_id", "message", CASCADE), refers("run_id", "import_run", SET_NULL, null=True),
    when("made_at"), code("kind", "edition_kind_known", "data form change"), data("told"), data("before"), version(),
    whole("raised"), refers("holds_draft_id", "draft", SET_NULL, null=True), when("released_at", null=True),
    user("released_by_id", null=True), when("recalled_at", null=True),
    index("message_id", "id", name="ix_message_edition_change", where="kind = 'change' AND recalled_at IS NULL"),
    index("holds_draft_id", name="ix_message_edition_held", where="holds_draft_id IS NOT NULL"),
    index("message_id", "id", name="ix_message_edition_message"),
    index("run_id"),
)
table("edition_look",
    key(), refers("edition_id", "message_edition", CASCADE), refers("user_id", "user_account", CASCADE),
    when("seen_at"),
    unique("edition_id", "user_id", name="uq_edition_look_person"),
    index("user_id"),
)

# --- Pages in the networks: keys, what they say, stops and turns

table("account",
    key(), words("network", 32), words("external_id", 200), words("title", 200, default=""),
    words("url", 500, default=""), when("created_at"), version(default="1"),
    unique("network", "external_id", name="uq_account_page"),
    check("version_positive", "version >= 1"),
)
table("network_outage",
    key(), words("network", 32), when("began_at"), when("ended_at", null=True),
    check("times_in_order", "ended_at >= began_at"),
    index("network", "began_at", name="ix_network_outage_times"),
    index("network", name="uq_network_outage_open", where="ended_at IS NULL", one=True),
)
table("turn",
    words("key_digest", 64, primary_key=True), column("next_at", BigInteger()),
)
table("connection",
    key(), refers("account_id", "account", CASCADE), words("keys", default=""), data("key_names"), data("whose"),
    data("expires"), data("can"), data("cannot"), code("publish", "publishing_known", "auto ask hand"),
    code("moderate", "moderating_known", "auto hand"),
    code("state", "connection_state_known", "working failing stopped off"), words("installation", 64, default=""),
    when("switched_on_at"), when("checked_at", null=True), when("read_at", null=True), data("cursor"),
    when("gap_since", null=True), when("failed_at", null=True), words("said", default=""),
    when("rest_until", null=True), version(default="1"),
    code("answers", "answering_known", "ask auto", default="ask"), data("administrators", default="[]"),
    flag("elsewhere", default=false()), whole("acts_failed", default="0"), when("acts_rest_until", null=True),
    words("acts_said", default=""), when("renewal_tried_at", null=True),
    code("hearing", "hearing_known", "ask callback", default="ask"), words("callback_secret", default=""),
    words("confirmation", 100, default=""), when("told_at", null=True), when("posts_read_at", null=True),
    words("page_name", 200, default=""), when("refused_at", null=True),
    unique("account_id"),
    check("version_positive", "version >= 1"),
)
table("received_event",
    key(), refers("connection_id", "connection", CASCADE), words("event_id", 64), words("body"), when("received_at"),
    when("worked_at", null=True),
    unique("connection_id", "event_id", name="uq_received_event_event"),
    check("worked_off_is_empty", "(worked_at IS NULL) = (body <> '')"),
    index("connection_id", "id", name="ix_received_event_waiting", where="worked_at IS NULL"),
    index("worked_at"),
)
table("stop",
    key(), words("place", 30), refers("account_id", "account", CASCADE, null=True), words("reason"), when("since"),
    user("by_id"),
    unique("place"),
    check("place_is_of_page", "(account_id IS NULL) = (place = 'all')"),
    sqlite_autoincrement=True,
)

# --- Comments, and what is sent to the networks

table("comment",
    key(), words("network", 32), words("external_id", 200),
    code("kind", "comment_kind_known",
         "comment community_message suggested_post discussion photo_comment video_comment"),
    words("post_url", 500), words("url", 1000), words("parent_external_id", 200),
    refers("author_id", "author", SET_NULL, null=True), words("text"), words("text_digest", 64),
    when("published_at", null=True), when("stored_at"), words("rules", 80),
    code("decision", "comment_decision_known", "pass review exclude"), data("findings"),
    code("category", "comment_category_known", "profanity insult threat spam ad", null=True), whole("rank"),
    code("state", "comment_state_known", "waiting kept deleted taken"), version(), user("held_by_id", null=True),
    when("held_until", null=True), words("hold_key", 32), when("decided_at", null=True),
    user("decided_by_id", null=True),
    code("ground", "comment_ground_known", "profanity insult threat spam ad network_rules", null=True),
    words("reason"), words("evidence_sha256", 64, null=True), refers("message_id", "message", SET_NULL, null=True),
    when("waiting_since"), words("post_title", 81, default=""), refers("account_id", "account", SET_NULL, null=True),
    data("target", null=True), when("gone_at", null=True), words("gone_by", 20, default=""),
    words("thread_key", 200, default=""), data("pictures", default="[]"), when("pictures_until", null=True),
    data("things", default="[]"),
    unique("network", "external_id", name="uq_comment_external"),
    check("decided_has_time", "(state = 'waiting') = (decided_at IS NULL)"),
    check("deleted_has_evidence", "(state = 'deleted') = (evidence_sha256 IS NOT NULL)"),
    check("deleted_has_ground", "(state = 'deleted') = (ground IS NOT NULL)"),
    check("hold_has_end", "(held_by_id IS NULL) = (held_until IS NULL)"),
    check("version_positive", "version >= 1"),
    index("author_id", "published_at", name="ix_comment_author"),
    index("state", "category", "rank", "id", name="ix_comment_category"),
    index("decided_at", "id", name="ix_comment_decided"),
    index("held_by_id", "held_until", name="ix_comment_held"),
    index("state", "kind", "rank", "id", name="ix_comment_kind"),
    index("message_id"),
    index("state", "network", "rank", "id", name="ix_comment_network"),
    index("pictures_until", name="ix_comment_pictures", where="pictures_until IS NOT NULL"),
    index("state", "post_url", "rank", "id", name="ix_comment_post"),
    index("state", "rank", "id", name="ix_comment_queue"),
    index("network", "thread_key", name="ix_comment_thread", where="thread_key <> ''"),
    index("state", "waiting_since", name="ix_comment_waiting"),
)
table("outbox_action",
    key(), code("kind", "outbox_kind_known", "delete ban unban publish post edit restore"), words("network", 32),
    refers("comment_id", "comment", RESTRICT, null=True), refers("author_id", "author", RESTRICT, null=True),
    when("ban_until", null=True), code("state", "outbox_state_known", "pending done_by_hand done cancelled failed"),
    when("not_before"), when("created_at"), user("created_by_id", null=True), when("settled_at", null=True),
    user("settled_by_id", null=True), words("idempotency_key", 80), words("error"), version(),
    whole("attempts", default="0"), when("sent_at", null=True), when("leased_until", null=True),
    when("try_at", null=True), flag("for_person", default=false()),
    refers("message_id", "message", RESTRICT, null=True), refers("draft_id", "draft", RESTRICT, null=True),
    words("leased_by", 120, default=""), words("url", 1000, default=""),
    refers("account_id", "account", RESTRICT, null=True), data("target", null=True), data("placed", null=True),
    when("let_out_at", null=True), flag("in_spite", default=false()),
    refers("placement_id", "placement", RESTRICT, null=True), words("stands_text", null=True),
    words("placed_name", 500, null=True), refers("proposal_id", "blacklist_proposal", RESTRICT, null=True),
    words("lease_token", 32, default=""), whole("interrupted", default="0"),
    unique("idempotency_key"),
    unique("network", "placed_name", name="uq_outbox_action_placed"),
    check("ban_has_author", "kind NOT IN ('ban', 'unban') OR author_id IS NOT NULL"),
    check("delete_has_comment", "kind <> 'delete' OR comment_id IS NOT NULL"),
    check("has_target", "kind NOT IN ('publish', 'restore') OR comment_id IS NOT NULL OR target IS NOT NULL"),
    check("post_has_placement", "kind <> 'post' OR placement_id IS NOT NULL"),
    check("publish_has_answer", "kind NOT IN ('publish', 'edit') OR (message_id IS NOT NULL AND draft_id IS NOT NULL)"),
    check("settled_has_time", "(state = 'pending') = (settled_at IS NULL)"),
    check("version_positive", "version >= 1"),
    index("account_id"),
    index("author_id"),
    index("comment_id"),
    index("message_id"),
    index("placement_id"),
    index("proposal_id"),
    index("settled_at", "id", name="ix_outbox_action_settled"),
    index("state", "not_before", "id", name="ix_outbox_action_state"),
)

# --- Threads under posts

table("own_comment",
    key(), words("network", 32), words("external_id", 200), refers("account_id", "account", SET_NULL, null=True),
    words("thread_key", 200), words("parent_external_id", 200), words("writer", 300), words("text"),
    words("url", 1000), when("written_at"), when("heard_at"), when("gone_at", null=True),
    unique("network", "external_id", name="uq_own_comment_external"),
    index("account_id"),
    index("network", "thread_key", name="ix_own_comment_thread"),
)
table("comment_edit",
    key(), refers("comment_id", "comment", CASCADE), words("before"), words("after"), when("heard_at"),
    index("comment_id"),
)
table("thread_offer",
    key(), refers("message_id", "message", CASCADE), refers("own_id", "own_comment", CASCADE, null=True),
    refers("comment_id", "comment", CASCADE, null=True), when("heard_at"), when("settled_at", null=True),
    user("settled_by_id", null=True), code("outcome", "offer_outcome_known", "taken declined", null=True),
    check("of_one_comment", "(own_id IS NULL) <> (comment_id IS NULL)"),
    check("settled_has_outcome", "(settled_at IS NULL) = (outcome IS NULL)"),
    index("comment_id"),
    index("message_id", name="ix_thread_offer_open", where="settled_at IS NULL"),
    index("own_id"),
    index("message_id", "comment_id", name="uq_thread_offer_comment", one=True),
    index("message_id", "own_id", name="uq_thread_offer_own", one=True),
)

# --- The blacklist and complaints

table("blacklist_proposal",
    key(), code("state", "list_state_known", "pending approved rejected applied expired lifted"), version(),
    refers("author_id", "author", SET_NULL, null=True), words("network", 32), words("author_name", 300),
    words("author_url", 500), code("ground", "list_ground_known", "profanity insult threat spam ad network_rules"),
    words("note"), code("proposed_term", "proposed_term_known", "day three_days week month forever"),
    code("term", "term_known", "day three_days week month forever"), when("proposed_at"),
    user("proposed_by_id", null=True), flag("applied_at_once"), when("decided_at", null=True),
    user("decided_by_id", null=True), words("decision_reason"), when("applied_at", null=True),
    when("expires_at", null=True), when("lifted_at", null=True), user("lifted_by_id", null=True),
    words("lift_reason"), words("laid_by", 200, default=""),
    check("applied_has_time", "state <> 'applied' OR applied_at IS NOT NULL"),
    check("decided_has_time", "state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL"),
    check("lifted_has_reason", "state <> 'lifted' OR (lifted_at IS NOT NULL AND lift_reason <> '')"),
    check("rejected_has_reason", "state <> 'rejected' OR decision_reason <> ''"),
    check("somebody_began", "proposed_by_id IS NOT NULL OR laid_by <> ''"),
    check("version_positive", "version >= 1"),
    index("author_id", "id", name="ix_blacklist_proposal_author"),
    index("expires_at", name="ix_blacklist_proposal_ends", where="state = 'applied' AND expires_at IS NOT NULL"),
    index("state", "id", name="ix_blacklist_proposal_state"),
    index("author_id", name="uq_blacklist_proposal_pending", where="state = 'pending'", one=True),
)
table("blacklist_evidence",
    key(), refers("proposal_id", "blacklist_proposal", CASCADE), refers("closure_id", "closure", SET_NULL, null=True),
    refers("comment_id", "comment", SET_NULL, null=True),
    code("ground", "evidence_ground_known", "profanity insult threat spam ad network_rules"), words("text"),
    words("url", 1000), words("author_name", 300), words("author_url", 500), when("published_at", null=True),
    when("taken_at"), words("sha256", 64),
    check("of_one_thing", "closure_id IS NULL OR comment_id IS NULL"),
    index("closure_id"),
    index("comment_id"),
    index("proposal_id", "closure_id", name="uq_blacklist_evidence_closure", one=True),
    index("proposal_id", "comment_id", name="uq_blacklist_evidence_comment", one=True),
)
table("complaint",
    key(), version(default="1"), refers("comment_id", "comment", RESTRICT, null=True),
    refers("proposal_id", "blacklist_proposal", RESTRICT, null=True), refers("message_id", "message", RESTRICT),
    data("evidence"), user("decider_id", null=True), when("decided_at"), when("entered_at"), user("entered_by_id"),
    when("due_at", null=True),
    code("outcome", "complaint_outcome_known", "upheld restored admitted unbanned", null=True),
    flag("unbanned", default=false()), words("reason", default=""), when("reviewed_at", null=True),
    user("reviewed_by_id", null=True),
    check("about_one_decision", "(comment_id IS NULL) <> (proposal_id IS NULL)"),
    check("reviewed_by_another", "reviewed_by_id IS NULL OR reviewed_by_id <> decider_id"),
    check("reviewed_has_outcome", "(outcome IS NULL) = (reviewed_at IS NULL)"),
    check("reviewed_says_why", "outcome IS NULL OR (reason <> '' AND reviewed_by_id IS NOT NULL)"),
    check("version_positive", "version >= 1"),
    index("entered_at", "id", name="ix_complaint_entered"),
    index("message_id"),
    index("comment_id", name="uq_complaint_comment", where="outcome IS NULL", one=True),
    index("proposal_id", name="uq_complaint_proposal", where="outcome IS NULL", one=True),
)

# --- Readings: what is due, verdicts, lessons and the dictionary, bursts, words of the search

table("burst",
    key(), code("kind", "burst_kind_known", "topic place"), words("key", 200), words("name", 300), when("since"),
    when("until"), when("known_at"), whole("window"), whole("told"), whole("usual_hundredths"), whole("known_count"),
    when("doubled_at", null=True), words("also", 300, default=""), when("settled_at", null=True),
    unique("kind", "key", "since", name="uq_burst_since"),
    index("known_at", "id", name="ix_burst_known"),
    index("kind", "key", "until", name="ix_burst_until"),
)
table("dictionary_change",
    key(), when("at"), user("actor_id"), words("kind", 20),
    refers("undoes_id", "dictionary_change", RESTRICT, null=True),
    index("undoes_id"),
)
table("office_lesson",
    key(), when("at"), data("learned"), whole("decisions"), whole("judged_on"), whole("wrong_before"),
    whole("wrong_after"), whole("missed_before"), whole("missed_after"), when("taken_back_at", null=True),
    user("taken_back_by_id", null=True),
)
table("rule_switch",
    words("rule", 80, primary_key=True), when("off_at"), user("off_by_id"),
)
table("due_readings",
    code("kind", "reading_kind_known", "search repeats verdict copies bursts", primary_key=True),
    refers("message_id", "message", CASCADE, primary_key=True), whole("generation"), whole("attempts"),
    when("leased_until", null=True),
    check("attempts_not_negative", "attempts >= 0"),
    check("generation_positive", "generation >= 1"),
    index("message_id"),
)
table("finding_answer",
    key(), refers("message_id", "message", CASCADE), words("rules", 80), words("rule", 80),
    code("category", "finding_category_known", "profanity insult threat spam ad"), whole("start"), whole("end"),
    code("reply", "finding_reply_known", "excluded answered wrong"), when("replied_at"), user("replied_by_id"),
    words("lemma", 200, default=""),
    index("message_id"),
    index("rule"),
)
table("message_search",
    refers("message_id", "message", CASCADE, primary_key=True), words("words"),
)
table("message_verdict",
    refers("message_id", "message", CASCADE, primary_key=True), words("rules", 80), words("text_digest", 64),
    code("decision", "decision_known", "pass review exclude"), data("findings"), version(),
    code("reply", "verdict_reply_known", "excluded answered wrong", null=True), when("replied_at", null=True),
    user("replied_by_id", null=True),
    check("reply_has_time", "(reply IS NULL) = (replied_at IS NULL)"),
)
table("own_entry",
    key(), words("kind", 10), words("text", 200),
    code("category", "own_category_known", "profanity insult threat spam ad"), words("severity", 10),
    flag("exception"), refers("added_id", "dictionary_change", RESTRICT),
    refers("removed_id", "dictionary_change", RESTRICT, null=True),
    check("kind_known", "kind IN ('lemma', 'phrase', 'domain')"),
    check("severity_known", "severity IN ('medium', 'high')"),
    index("added_id"),
    index("removed_id"),
    index("kind", "text", "category", name="uq_own_entry_in_force", where="removed_id IS NULL", one=True),
)
table("burst_mark",
    key(), code("kind", "burst_mark_kind_known", "topic place"), words("key", 200), words("name", 300),
    refers("message_id", "message", CASCADE, null=True), refers("comment_id", "comment", CASCADE, null=True),
    when("at"), when("known_at"), when("judged_at", null=True), refers("burst_id", "burst", SET_NULL, null=True),
    check("of_one_kind", "(message_id IS NULL) <> (comment_id IS NULL)"),
    index("at"),
    index("burst_id"),
    index("comment_id"),
    index("message_id"),
    index("known_at", name="ix_burst_mark_new", where="judged_at IS NULL"),
    index("kind", "key", "at", name="ix_burst_mark_series"),
)
table("comment_finding_answer",
    key(), refers("comment_id", "comment", CASCADE), words("rules", 80), words("rule", 80),
    code("category", "comment_finding_category_known", "profanity insult threat spam ad"), whole("start"),
    whole("end"), code("reply", "comment_finding_reply_known", "excluded answered wrong"), when("replied_at"),
    user("replied_by_id"), words("lemma", 200, default=""),
    index("comment_id"),
    index("rule"),
)
table("due_comment_readings",
    code("kind", "comment_reading_kind_known", "search repeats verdict copies bursts", primary_key=True),
    refers("comment_id", "comment", CASCADE, primary_key=True), whole("generation"), whole("attempts"),
    when("leased_until", null=True),
    check("attempts_not_negative", "attempts >= 0"),
    check("generation_positive", "generation >= 1"),
    index("comment_id"),
)
table("verdict_change",
    key(), when("at"), refers("message_id", "message", CASCADE, null=True),
    refers("comment_id", "comment", CASCADE, null=True), words("rules_after", 80),
    code("before", "change_before_known", "pass review exclude"),
    code("after", "change_after_known", "pass review exclude"), data("findings_before"), data("findings_after"),
    check("of_one_text", "(message_id IS NULL) <> (comment_id IS NULL)"),
    index("comment_id"),
    index("message_id"),
)

# --- Copies and repeats

table("copy_group",
    key(), whole("size"), when("first_at"), when("last_at"), when("read_at"),
)
table("known_place",
    code("kind", "place_kind_known", "street settlement", primary_key=True), words("key", 120, primary_key=True),
)
table("message_link",
    key(), refers("later_id", "message", CASCADE), refers("earlier_id", "message", CASCADE),
    code("kind", "link_kind_known", "repeat same_matter"),
    code("state", "link_state_known", "proposed confirmed rejected"), whole("score"), version(), flag("marks"),
    when("decided_at", null=True), user("decided_by_id", null=True),
    unique("later_id", "earlier_id", name="uq_message_link_pair"),
    check("decided_has_time", "(state = 'proposed') = (decided_at IS NULL)"),
    check("link_of_two", "later_id <> earlier_id"),
    index("earlier_id"),
)
table("message_traits",
    refers("message_id", "message", CASCADE, primary_key=True), whole("rules"), data("traits"),
)
table("trait_key",
    column("key", BigInteger(), primary_key=True), whole("day", primary_key=True),
    refers("message_id", "message", CASCADE, primary_key=True),
    index("message_id", name="ix_trait_key_message"),
)
table("copy_text",
    key(), refers("message_id", "message", CASCADE, null=True), refers("comment_id", "comment", CASCADE, null=True),
    words("digest", 64), when("written_at"), when("read_at"), words("letters", null=True),
    refers("group_id", "copy_group", SET_NULL, null=True),
    unique("comment_id"),
    unique("message_id"),
    check("of_one_kind", "(message_id IS NULL) <> (comment_id IS NULL)"),
    index("group_id", "written_at", name="ix_copy_text_group"),
    index("read_at", name="ix_copy_text_indexed", where="letters IS NOT NULL"),
)
table("copy_key",
    column("key", BigInteger(), primary_key=True), refers("text_id", "copy_text", CASCADE, primary_key=True),
    index("text_id", name="ix_copy_key_text"),
    sqlite_with_rowid=False,
)

# --- Urgent reports, duty and shifts

table("duty_turn",
    key(), user("person_id"), when("begins_at"), when("ends_at"), words("phone", 120), when("entered_at"),
    user("entered_by_id"), flag("loads_exports", default=false()),
    check("times_in_order", "ends_at > begins_at"),
    index("person_id"),
    index("begins_at", "ends_at", name="ix_duty_turn_times"),
    sqlite_autoincrement=True,
)
table("shift",
    key(), version(), when("given_at"), user("given_by_id"), words("note"), data("content"),
    when("taken_at", null=True), user("taken_by_id", null=True), when("withdrawn_at", null=True),
    check("taken_by_another", "taken_by_id IS NULL OR taken_by_id <> given_by_id"),
    check("taken_by_somebody", "(taken_at IS NULL) = (taken_by_id IS NULL)"),
    check("taken_or_withdrawn", "taken_at IS NULL OR withdrawn_at IS NULL"),
    check("version_positive", "version >= 1"),
    index("given_at", name="ix_shift_waits", where="taken_at IS NULL AND withdrawn_at IS NULL"),
)
table("danger",
    refers("message_id", "message", CASCADE, primary_key=True), version(), data("found"), when("noted_at"),
    when("tell_at", null=True), data("told_ids"), when("seen_at", null=True), user("seen_by_id", null=True),
    code("reply", "danger_reply_known", "reported none", null=True), when("replied_at", null=True),
    user("replied_by_id", null=True),
    check("reply_has_time", "(reply IS NULL) = (replied_at IS NULL)"),
    check("seen_by_somebody", "(seen_at IS NULL) = (seen_by_id IS NULL)"),
    check("told_while_unseen", "tell_at IS NULL OR (reply IS NULL AND seen_at IS NULL)"),
    check("version_positive", "version >= 1"),
    index("tell_at", name="ix_danger_tell"),
)
table("urgent_report",
    key(), version(), refers("message_id", "message", RESTRICT, null=True), words("what"), words("place", 300),
    when("since_at", null=True), whole("how_many"), words("links"), words("workers"), words("done"),
    when("received_at", null=True), when("sent_at"), user("sent_by_id"), when("call_due_at"),
    when("call_told_at", null=True), code("reached", "reached_known", "read phone", null=True),
    when("reached_at", null=True), user("reached_id", null=True), user("noted_by_id", null=True), words("words"),
    refers("burst_id", "burst", RESTRICT, null=True), when("known_at", null=True),
    code("reached_as", "reached_as_known", "head acting", null=True), words("reached_act", 200, default=""),
    check("about_one_thing", "message_id IS NULL OR burst_id IS NULL"),
    check("acting_has_act", "(COALESCE(reached_as, '') = 'acting') = (reached_act <> '')"),
    check("at_least_one", "how_many >= 1"),
    check("call_is_noted", "(COALESCE(reached, '') = 'phone') = (noted_by_id IS NOT NULL)"),
    check("reached_as_is_reached", "reached_as IS NULL OR reached IS NOT NULL"),
    check("reached_has_time", "(reached IS NULL) = (reached_at IS NULL)"),
    check("reached_somebody", "(reached IS NULL) = (reached_id IS NULL)"),
    check("says_something", "what <> ''"),
    check("version_positive", "version >= 1"),
    index("burst_id"),
    index("call_due_at", name="ix_urgent_report_call", where="reached IS NULL"),
    index("message_id"),
    index("message_id", name="uq_urgent_report_unread", where="reached IS NULL", one=True),
    index("burst_id", name="uq_urgent_report_unread_burst", where="reached IS NULL", one=True),
)
table("instruction",
    key(), version(), code("kind", "instruction_kind_known", "task measure"), words("text"), user("to_id"),
    when("due_at"), user("given_by_id"), when("given_at"), user("entered_by_id", null=True),
    refers("urgent_report_id", "urgent_report", RESTRICT, null=True),
    refers("message_id", "message", RESTRICT, null=True),
    code("state", "instruction_state_known", "open reported accepted dropped"), words("report"),
    when("reported_at", null=True), user("reported_by_id", null=True), words("remarks"), words("reason"),
    when("closed_at", null=True), user("closed_by_id", null=True), refers("memo_id", "memo", RESTRICT, null=True),
    check("dropped_has_reason", "state <> 'dropped' OR reason <> ''"),
    check("ended_has_time", "(state IN ('accepted', 'dropped')) = (closed_at IS NOT NULL)"),
    check("report_has_time", "(report <> '') = (reported_at IS NOT NULL)"),
    check("reported_has_words", "state NOT IN ('reported', 'accepted') OR report <> ''"),
    check("says_something", "text <> ''"),
    check("version_positive", "version >= 1"),
    index("given_by_id", "state", "due_at", name="ix_instruction_given"),
    index("memo_id"),
    index("message_id"),
    index("state", "due_at", name="ix_instruction_state"),
    index("to_id", "state", "due_at", name="ix_instruction_to"),
    index("urgent_report_id"),
)
table("urgent_reading",
    refers("urgent_report_id", "urgent_report", CASCADE, primary_key=True), user("user_id", primary_key=True),
    when("read_at"),
)

# --- Reminders

table("reminder_mark",
    whole("id", primary_key=True, autoincrement=False), whole("event_id"),
    check("only_one", "id = 1"),
)
table("reminder",
    key(), user("recipient_id"), words("kind", 32), words("key", 160),
    refers("message_id", "message", CASCADE, null=True), whole("object_id", null=True), data("facts"), when("at"),
    when("shown_from"), when("seen_at", null=True),
    code("mail", "mail_state_known", "none waiting sending sent unclear failed"), flag("at_once"),
    words("letter", 60), when("mail_at", null=True), whole("attempts"),
    unique("key", "recipient_id", name="uq_reminder_key"),
    check("mailed_has_letter", "mail = 'none' OR mail = 'waiting' OR letter <> ''"),
    index("message_id"),
    index("recipient_id", "id", name="ix_reminder_recipient"),
    index("shown_from", name="ix_reminder_to_mail", where="mail IN ('waiting', 'sending')"),
    index("recipient_id", "shown_from", name="ix_reminder_unseen", where="seen_at IS NULL"),
)

# --- Shortcomings, memos and forms that were sent

table("document_template",
    words("kind", 20, primary_key=True), words("filename", 200), column("content", LargeBinary()), when("put_at"),
    user("put_by_id"),
)
table("memo",
    key(), version(), words("number", 20, null=True), day("first_day"), day("last_day"),
    code("state", "memo_state_known", "draft sent"), words("proposals"), when("prepared_at"),
    user("prepared_by_id", null=True), when("sent_at", null=True), user("sent_by_id", null=True),
    data("content", null=True),
    unique("last_day"),
    unique("number"),
    check("days_in_order", "last_day >= first_day"),
    check("sent_has_number", "(state = 'sent') = (number IS NOT NULL)"),
    check("sent_has_time", "(state = 'sent') = (sent_at IS NOT NULL)"),
    check("version_positive", "version >= 1"),
)
table("report_form",
    key(), code("kind", "form_kind_known", "daily weekly"), version(), words("filename", 200), words("sha256", 64),
    when("changed_at"), user("changed_by_id"),
    unique("kind"),
    check("file_has_name", "(sha256 = '') = (filename = '')"),
    check("version_positive", "version >= 1"),
)
table("sent_form",
    key(), code("kind", "form_kind_known", "daily weekly"), day("first_day"), day("last_day"), when("made_at"),
    when("sent_at"), user("sent_by_id"), data("asked"), data("said"), data("corrected"),
    column("content", LargeBinary()),
    unique("kind", "first_day", "last_day", name="uq_sent_form_days"),
    check("days_in_order", "last_day >= first_day"),
    check("sent_after_made", "sent_at >= made_at"),
)
table("memo_reader",
    refers("memo_id", "memo", CASCADE, primary_key=True), user("user_id", primary_key=True), whole("place"),
    code("post", "memo_reader_post_known", "head chief_of_staff deputy_head press_chief"),
    data("departments", null=True), when("seen_at", null=True),
)
table("shortcoming",
    key(), version(), code("kind", "shortcoming_kind_known", "breach false_facts ignored_request bad_answer"),
    code("state", "shortcoming_state_known", "asked explained objected confirmed waived"),
    refers("message_id", "message", CASCADE), refers("deadline_id", "deadline", CASCADE, null=True),
    code("clock", "shortcoming_clock_known", "route answer draft approve rework part final", null=True),
    words("clause", 20), when("occurred_at"), when("noted_at"), user("entered_by_id", null=True), words("words"),
    code("side", "shortcoming_side_known", "curator executor"), user("person_id", null=True),
    user("for_id", null=True), refers("department_id", "department", RESTRICT, null=True),
    refers("root_id", "shortcoming", SET_NULL, null=True),
    code("cause", "shortcoming_cause_known",
         "no_answer workload late_input noticed_late not_ours away failure other", null=True),
    words("cause_words"), words("objection"), when("answered_at", null=True), when("decided_at", null=True),
    user("decided_by_id", null=True),
    code("waiver", "shortcoming_waiver_known", "calendar source_time objection other", null=True), words("reason"),
    refers("memo_id", "memo", SET_NULL, null=True), refers("import_run_id", "import_run", SET_NULL, null=True),
    unique("deadline_id"),
    check("breach_has_clock", "(kind = 'breach') = (clock IS NOT NULL)"),
    check("breach_has_deadline", "(kind = 'breach') = (deadline_id IS NOT NULL)"),
    check("decided_has_time", "(state IN ('confirmed', 'waived')) = (decided_at IS NOT NULL)"),
    check("entered_has_words", "kind = 'breach' OR words <> ''"),
    check("explained_has_cause", "state <> 'explained' OR cause IS NOT NULL"),
    check("nobody_decides_his_own", "decided_by_id IS NULL OR decided_by_id <> person_id"),
    check("objected_has_words", "state <> 'objected' OR objection <> ''"),
    check("version_positive", "version >= 1"),
    check("waived_has_reason", "(state = 'waived') = (waiver IS NOT NULL)"),
    index("import_run_id"),
    index("memo_id"),
    index("message_id"),
    index("occurred_at", "id", name="ix_shortcoming_occurred"),
    index("person_id", "state", name="ix_shortcoming_person"),
    index("root_id"),
    index("state", "side", "id", name="ix_shortcoming_state"),
    index("occurred_at", name="ix_shortcoming_untold", where="memo_id IS NULL"),
)

# --- The plan of publications

table("memorable_day",
    key(), version(), words("title", 200), day("day"), flag("every_year"), user("made_by_id"), when("made_at"),
    check("has_title", "title <> ''"),
    check("version_positive", "version >= 1"),
    sqlite_autoincrement=True,
)
table("plan_feed",
    refers("user_id", "user_account", CASCADE, primary_key=True), version(), words("secret_hash", 64, null=True),
    when("made_at"),
    check("version_positive", "version >= 1"),
)
table("publication",
    key(), version(),
    code("state", "publication_state_known",
         "idea draft submitted approved scheduled published failed cancelled found"),
    words("title", 200), day("day"), when("at", null=True),
    code("format", "publication_format_known", "text photo video card poll live contest action"), data("fields"),
    words("heading", 80), words("ground", 300), words("text"), whole("late_minutes", default="60"),
    user("author_id", null=True), when("created_at"), user("approver_id", null=True), when("approved_at", null=True),
    when("published_at", null=True), when("cancelled_at", null=True), words("reason"), when("ordered_at", null=True),
    check("approved_by_somebody", "(approved_at IS NULL) = (approver_id IS NULL)"),
    check("approved_has_time", "state NOT IN ('approved', 'scheduled', 'published') OR approved_at IS NOT NULL"),
    check("cancelled_has_time", "(state = 'cancelled') = (cancelled_at IS NOT NULL)"),
    check("has_title", "title <> ''"),
    check("published_has_time", "(state = 'published') = (published_at IS NOT NULL)"),
    check("scheduled_has_time", "state <> 'scheduled' OR at IS NOT NULL"),
    check("version_positive", "version >= 1"),
    check("written_by_somebody", "(author_id IS NULL) = (state = 'found')"),
    index("day", "at", "id", name="ix_publication_day"),
    index("state", "at", name="ix_publication_state"),
    sqlite_autoincrement=True,
)
table("weekly_heading",
    key(), version(), words("name", 80), whole("weekday"), whole("minute", null=True), data("pages"),
    user("made_by_id"), when("made_at"),
    check("has_name", "name <> ''"),
    check("minute_of_the_day", "minute BETWEEN 0 AND 1439"),
    check("version_positive", "version >= 1"),
    check("weekday_known", "weekday BETWEEN 0 AND 6"),
    sqlite_autoincrement=True,
)
table("department_news",
    key(), version(), words("what"), words("when_words", 200), words("place", 300), user("author_id"),
    when("offered_at"), code("state", "news_state_known", "offered taken declined"), words("answer"),
    when("decided_at", null=True), user("decided_by_id", null=True),
    refers("publication_id", "publication", SET_NULL, null=True),
    check("decided_has_time", "(state = 'offered') = (decided_at IS NULL)"),
    check("declined_has_words", "state <> 'declined' OR answer <> ''"),
    check("says_something", "what <> ''"),
    check("version_positive", "version >= 1"),
    index("author_id"),
    index("publication_id"),
    index("state", "id", name="ix_department_news_state"),
)
table("heading_idea",
    refers("heading_id", "weekly_heading", CASCADE, primary_key=True), day("monday", primary_key=True),
    refers("publication_id", "publication", SET_NULL, null=True),
)
table("krai_task",
    key(), version(), words("given_by", 200), when("due_at"), refers("publication_id", "publication", RESTRICT),
    user("entered_by_id"), when("entered_at"), words("report"), when("reported_at", null=True),
    user("reported_by_id", null=True),
    check("reported_by_somebody", "(reported_at IS NULL) = (reported_by_id IS NULL)"),
    check("version_positive", "version >= 1"),
    index("reported_at", "due_at", name="ix_krai_task_due"),
    index("publication_id"),
)
table("placement",
    key(), refers("publication_id", "publication", CASCADE), refers("account_id", "account", RESTRICT),
    words("text", null=True), words("url", 1000), when("placed_at", null=True), user("placed_by_id", null=True),
    words("error"), when("told_at", null=True), when("left_out_at", null=True), when("posted_at", null=True),
    when("gone_at", null=True),
    unique("publication_id", "account_id", name="uq_placement_page"),
    check("link_of_what_stands", "placed_at IS NOT NULL OR url = ''"),
    check("stands_or_is_left_out", "placed_at IS NULL OR left_out_at IS NULL"),
    index("account_id"),
    index("placed_at", "account_id", name="ix_placement_stands"),
)
table("plan_text",
    key(), refers("publication_id", "publication", CASCADE), refers("user_id", "user_account", CASCADE),
    words("text"), when("saved_at"),
    unique("publication_id", "user_id", name="uq_plan_text_person"),
)
table("publication_version",
    key(), refers("publication_id", "publication", CASCADE), whole("number"), words("title", 200), words("text"),
    data("page_texts"), when("made_at"), user("made_by_id"),
    code("decision", "version_decision_known", "approved returned", null=True), when("decided_at", null=True),
    user("decided_by_id", null=True), words("remarks"), words("salt", 32, default=""),
    unique("publication_id", "number", name="uq_publication_version_number"),
    check("decided_by_somebody", "(decision IS NULL) = (decided_by_id IS NULL)"),
    check("decided_has_time", "(decision IS NULL) = (decided_at IS NULL)"),
    check("returned_has_remarks", "COALESCE(decision, '') <> 'returned' OR remarks <> ''"),
)
table("plan_photo",
    key(), refers("publication_id", "publication", CASCADE, null=True),
    refers("news_id", "department_news", CASCADE, null=True), words("filename", 200), whole("size"),
    words("sha256", 64), words("alt", 300), when("looked_at", null=True), user("uploaded_by_id"), when("uploaded_at"),
    check("of_one_owner", "(publication_id IS NULL) <> (news_id IS NULL)"),
    check("size_positive", "size > 0"),
    index("news_id"),
    index("publication_id"),
    index("sha256"),
)

# --- Emergencies

table("emergency",
    key(), version(default="1"), words("name", 200), refers("notice_id", "publication", RESTRICT), words("answer"),
    refers("group_id", "answer_group", RESTRICT, null=True), when("prepared_at"), user("prepared_by_id"),
    when("begun_at", null=True), user("begun_by_id", null=True), when("ended_at", null=True),
    user("ended_by_id", null=True),
    unique("notice_id"),
    check("begun_by_somebody", "(begun_at IS NULL) = (begun_by_id IS NULL)"),
    check("ended_by_somebody", "(ended_at IS NULL) = (ended_by_id IS NULL)"),
    check("version_positive", "version >= 1"),
    index("begun_at", "ended_at", name="ix_emergency_begun"),
)
table("emergency_hold",
    refers("publication_id", "publication", CASCADE, primary_key=True), refers("emergency_id", "emergency", CASCADE),
    index("emergency_id"),
)

# --- The public register of pages, and how pages are guarded

table("account_edition",
    key(), refers("account_id", "account", RESTRICT), whole("number"), when("since"), when("until", null=True),
    user("by_id", null=True), words("body", 300), words("body_inn", 12), words("title", 200), words("url", 500),
    code("state", "page_state_known", "active suspended closed"), day("state_on", null=True),
    day("opened_on", null=True), words("unit", 200), words("email", 200), words("phone", 200), words("act", 300),
    words("act_number", 50), day("act_on", null=True), flag("verified"), day("verified_on", null=True),
    flag("is_correction", default=false()),
    unique("account_id", "number", name="uq_account_edition_number"),
    check("has_its_name", "title <> '' AND url <> '' AND body <> ''"),
    check("mark_has_day", "verified OR verified_on IS NULL"),
    check("number_positive", "number >= 1"),
    check("times_in_order", "until IS NULL OR until >= since"),
    index("by_id"),
    index("account_id", name="ix_account_edition_in_force", where="until IS NULL", one=True),
    index("since", "id", name="ix_account_edition_since"),
)
table("profile_check",
    key(), refers("account_id", "account", RESTRICT), when("at"), user("by_id", null=True), data("marks"),
    words("note"), data("told", null=True), words("photo_sha256", 64), words("photo_type", 60),
    words("photo_name", 200),
    check("photo_has_type", "(photo_sha256 = '') = (photo_type = '')"),
    index("by_id"),
    index("account_id", "at", "id", name="ix_profile_check_of_page"),
)
table("page_guard",
    refers("id", "account", CASCADE, primary_key=True),
    code("second_factor", "page_second_factor_known", "on off unknown"), day("password_changed_on", null=True),
    words("recovery", default=""), words("applications", default=""), whole("months"), when("next_at", null=True),
    data("named"), when("named_at", null=True), version(default="1"), when("look_at", null=True),
    words("look_said", default=""), flag("lone_phone", default=false()),
    check("months_positive", "months >= 1"),
    check("version_positive", "version >= 1"),
    index("next_at"),
)
table("page_administrator",
    key(), refers("account_id", "account", CASCADE), user("user_id", null=True), words("name", 200, default=""),
    words("profile", 300, default=""),
    code("right", "page_right_known", "owner admin editor moderator advertiser other"), day("since", null=True),
    code("second_factor", "administrator_second_factor_known", "on off unknown"), when("entered_at"),
    when("ended_at", null=True),
    check("is_somebody", "user_id IS NOT NULL OR name <> ''"),
    index("account_id"),
    index("user_id"),
)
table("page_check",
    key(), refers("account_id", "account", CASCADE), when("at"), user("by_id", null=True), data("answers"),
    words("remark", default=""),
    index("account_id"),
)
table("page_task",
    key(), refers("account_id", "account", CASCADE), user("user_id", null=True), words("name", 200),
    refers("administrator_id", "page_administrator", CASCADE, null=True), words("key_name", 40, default=""),
    whole("entry_id"), when("opened_at"), user("opened_by_id", null=True), when("closed_at", null=True),
    user("closed_by_id", null=True), code("outcome", "page_task_outcome_known", "closed stays", null=True),
    words("reason", default=""), version(default="1"),
    check("closed_has_outcome", "(closed_at IS NULL) = (outcome IS NULL)"),
    check("page_or_key", "(key_name = '') = (administrator_id IS NOT NULL)"),
    check("stays_has_reason", "outcome IS NULL OR outcome <> 'stays' OR reason <> ''"),
    check("version_positive", "version >= 1"),
    index("closed_at"),
    index("user_id"),
    index("administrator_id", name="uq_page_task_administrator", where="closed_at IS NULL", one=True),
    index("account_id", "key_name", "name", name="uq_page_task_key",
          where="closed_at IS NULL AND key_name <> ''", one=True),
)

# --- Pages of help

table("help_page",
    key(), code("kind", "help_kind_known", "memo question"), words("title", 200), words("text"), when("written_at"),
    user("written_by_id", null=True), when("archived_at", null=True), version(default="1"),
    check("version_positive", "version >= 1"),
)
table("help_edition",
    key(), refers("page_id", "help_page", CASCADE), whole("number"), words("title", 200), words("text"), when("at"),
    user("by_id", null=True),
    unique("page_id", "number", name="uq_help_edition_number"),
)
table("help_topic",
    refers("page_id", "help_page", CASCADE, primary_key=True), refers("topic_id", "topic", CASCADE, primary_key=True),
    index("topic_id"),
)
