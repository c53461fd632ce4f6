"""terms of keeping, legal holds, runs of the purge"""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None

_KEPT = (
    "messages", "comments", "evidence", "blacklist", "notes", "files", "drafts", "loads", "logins", "backups",
)  # fmt: skip
_GROUNDS = ("police", "court", "prosecutor", "complaint", "other")


def upgrade() -> None:
    op.create_table(
        "keeping_term",
        sa.Column("kept", _code(_KEPT, "kept_known"), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("days >= 1", name=op.f("ck_keeping_term_days_positive")),
        _user("keeping_term", "changed_by_id"),
        sa.PrimaryKeyConstraint("kept", name=op.f("pk_keeping_term")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("ground", _code(_GROUNDS, "hold_ground_known"), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("document <> ''", name=op.f("ck_legal_hold_names_document")),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL)", name=op.f("ck_legal_hold_lifted_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["author.id"], name=op.f("fk_legal_hold_author_id_author"), ondelete="SET NULL"
        ),
        _user("legal_hold", "set_by_id"),
        _user("legal_hold", "lifted_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_legal_hold_author_id"), "legal_hold", ["author_id"])
    _index_where("ix_legal_hold_open", "legal_hold", ["subject", "object_id"], "lifted_at IS NULL")
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asks", _code(("access", "delete"), "asked_known"), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("profile", sa.String(length=500), server_default="", nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity", sa.String(length=300), server_default="", nullable=False),
        sa.Column("outcome", _code(("answered", "destroyed", "refused"), "request_outcome_known"), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (closed_at IS NULL)", name=op.f("ck_subject_request_closed_has_outcome")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'refused' OR identity <> ''",
            name=op.f("ck_subject_request_answered_is_identified"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'refused' OR reason <> ''",
            name=op.f("ck_subject_request_refused_says_why"),
        ),
        _user("subject_request", "entered_by_id"),
        _user("subject_request", "closed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "purge_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _user("purge_run", "ordered_by_id"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["subject_request.id"],
            name=op.f("fk_purge_run_request_id_subject_request"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("request_id", name=op.f("uq_purge_run_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_run")),
        sqlite_autoincrement=True,
    )
    _index_where("ix_purge_run_open", "purge_run", ["began_at"], "ended_at IS NULL")
    op.create_table(
        "purged",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("kept", _code(_KEPT, "purged_kept_known"), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["purge_run.id"], name=op.f("fk_purged_run_id_purge_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_purged_event_id_event"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purged")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_purged_run_id"), "purged", ["run_id"])
    op.create_index("ix_purged_object", "purged", ["subject", "object_id"])
    for table in ("message", "comment"):
        op.add_column(table, sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in ("comment", "message"):
        op.drop_column(table, "purged_at")
    for table in ("purged", "purge_run", "subject_request", "legal_hold", "keeping_term"):
        op.drop_table(table)


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _user(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_user_account")
    return sa.ForeignKeyConstraint([column], ["user_account.id"], name=name, ondelete="RESTRICT")


def _index_where(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
