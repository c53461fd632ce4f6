"""Publications of the content plan, their versions, and the pages on which they stand (Пр.1.2.4)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

STATES = ("idea", "draft", "submitted", "approved", "scheduled", "published", "failed", "cancelled")
FORMATS = ("text", "photo", "video", "card", "poll", "live", "contest", "action")


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _code(name: str, codes: tuple[str, ...], rule: str, nullable: bool = False) -> sa.Column[str]:
    known = sa.Enum(*codes, name=rule, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, known, nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _key(table: str, name: str, target: str, ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}_{target}"), ondelete=ondelete
    )


def upgrade() -> None:
    op.create_table(
        "publication",
        _number("id"),
        _number("version"),
        _code("state", STATES, "publication_state_known"),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _time("at", nullable=True),
        _code("format", FORMATS, "publication_format_known"),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("heading", sa.String(80), nullable=False),
        sa.Column("ground", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("late_minutes", sa.Integer(), server_default="60", nullable=False),
        _number("author_id"),
        _time("created_at"),
        _number("approver_id", nullable=True),
        *(_time(name, nullable=True) for name in ("approved_at", "published_at", "cancelled_at")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_publication_version_positive")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_publication_has_title")),
        sa.CheckConstraint("state <> 'scheduled' OR at IS NOT NULL", name=op.f("ck_publication_scheduled_has_time")),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name=op.f("ck_publication_published_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_publication_cancelled_has_time")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'scheduled', 'published') OR approved_at IS NOT NULL",
            name=op.f("ck_publication_approved_has_time"),
        ),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approver_id IS NULL)", name=op.f("ck_publication_approved_by_somebody")
        ),
        *(_key("publication", name, "user_account") for name in ("author_id", "approver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index("ix_publication_day", "publication", ["day", "at", "id"])
    op.create_index("ix_publication_state", "publication", ["state", "at"])
    op.create_table(
        "placement",
        _number("id"),
        _number("publication_id"),
        _number("account_id"),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("url", sa.String(1000), nullable=False),
        _time("placed_at", nullable=True),
        _number("placed_by_id", nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("placed_at IS NOT NULL OR url = ''", name=op.f("ck_placement_link_of_what_stands")),
        _key("placement", "publication_id", "publication", "CASCADE"),
        _key("placement", "account_id", "account"),
        _key("placement", "placed_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("publication_id", "account_id", name="uq_placement_page"),
    )
    op.create_index(op.f("ix_placement_account_id"), "placement", ["account_id"])
    op.create_index("ix_placement_stands", "placement", ["placed_at", "account_id"])
    op.create_table(
        "publication_version",
        _number("id"),
        _number("publication_id"),
        _number("number"),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("page_texts", sa.JSON(), nullable=False),
        _time("made_at"),
        _number("made_by_id"),
        _code("decision", ("approved", "returned"), "version_decision_known", nullable=True),
        _time("decided_at", nullable=True),
        _number("decided_by_id", nullable=True),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_publication_version_decided_has_time")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_publication_version_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "COALESCE(decision, '') <> 'returned' OR remarks <> ''",
            name=op.f("ck_publication_version_returned_has_remarks"),
        ),
        _key("publication_version", "publication_id", "publication", "CASCADE"),
        *(_key("publication_version", name, "user_account") for name in ("made_by_id", "decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_version")),
        sa.UniqueConstraint("publication_id", "number", name="uq_publication_version_number"),
    )


def downgrade() -> None:
    for table in ("publication_version", "placement", "publication"):
        op.drop_table(table)
