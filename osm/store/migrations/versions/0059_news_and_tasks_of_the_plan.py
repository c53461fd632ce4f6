"""News of departments, tasks of the krai, photos of publications (Пр.1.2.4, 2.3)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _text(name: str, longest: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest) if longest else sa.Text(), nullable=False)


def _key(table: str, name: str, target: str, ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}_{target}"), ondelete=ondelete
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    states = sa.Enum(
        "offered", "taken", "declined", name="news_state_known", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "department_news",
        *(_number(name) for name in ("id", "version")),
        _text("what"),
        _text("when_words", 200),
        _text("place", 300),
        _number("author_id"),
        _time("offered_at"),
        sa.Column("state", states, nullable=False),
        _text("answer"),
        _time("decided_at", nullable=True),
        *(_number(name, nullable=True) for name in ("decided_by_id", "publication_id")),
        _check("department_news", "version_positive", "version >= 1"),
        _check("department_news", "says_something", "what <> ''"),
        _check("department_news", "decided_has_time", "(state = 'offered') = (decided_at IS NULL)"),
        _check("department_news", "declined_has_words", "state <> 'declined' OR answer <> ''"),
        *(_key("department_news", name, "user_account") for name in ("author_id", "decided_by_id")),
        _key("department_news", "publication_id", "publication", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_news")),
    )
    op.create_index("ix_department_news_state", "department_news", ["state", "id"])
    for name in ("author_id", "publication_id"):
        op.create_index(op.f(f"ix_department_news_{name}"), "department_news", [name])
    op.create_table(
        "krai_task",
        *(_number(name) for name in ("id", "version")),
        _text("given_by", 200),
        _time("due_at"),
        *(_number(name) for name in ("publication_id", "entered_by_id")),
        _time("entered_at"),
        _text("report"),
        _time("reported_at", nullable=True),
        _number("reported_by_id", nullable=True),
        _check("krai_task", "version_positive", "version >= 1"),
        _check("krai_task", "reported_by_somebody", "(reported_at IS NULL) = (reported_by_id IS NULL)"),
        _key("krai_task", "publication_id", "publication"),
        *(_key("krai_task", name, "user_account") for name in ("entered_by_id", "reported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_krai_task")),
    )
    op.create_index("ix_krai_task_due", "krai_task", ["reported_at", "due_at"])
    op.create_index(op.f("ix_krai_task_publication_id"), "krai_task", ["publication_id"])
    op.create_table(
        "plan_photo",
        _number("id"),
        *(_number(name, nullable=True) for name in ("publication_id", "news_id")),
        _text("filename", 200),
        _number("size"),
        _text("sha256", 64),
        _text("alt", 300),
        _time("looked_at", nullable=True),
        _number("uploaded_by_id"),
        _time("uploaded_at"),
        _check("plan_photo", "of_one_owner", "(publication_id IS NULL) <> (news_id IS NULL)"),
        _check("plan_photo", "size_positive", "size > 0"),
        _key("plan_photo", "publication_id", "publication", "CASCADE"),
        _key("plan_photo", "news_id", "department_news", "CASCADE"),
        _key("plan_photo", "uploaded_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_photo")),
    )
    for name in ("publication_id", "news_id", "sha256"):
        op.create_index(op.f(f"ix_plan_photo_{name}"), "plan_photo", [name])


def downgrade() -> None:
    for table in ("plan_photo", "krai_task", "department_news"):
        op.drop_table(table)
