"""Every missed term asks for its cause (П.19). What was missed before is asked about no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

KINDS = ("breach", "false_facts", "ignored_request", "bad_answer")
STATES = ("asked", "explained", "objected", "confirmed", "waived")
CLOCKS = ("route", "answer", "draft", "approve", "rework", "part", "final")
SIDES = ("curator", "executor")
CAUSES = ("no_answer", "workload", "late_input", "noticed_late", "not_ours", "away", "failure", "other")
WAIVERS = ("calendar", "source_time", "objection", "other")


def _code(name: str, codes: tuple[str, ...], nullable: bool = False) -> sa.Column[str]:
    known = sa.Enum(*codes, name=f"shortcoming_{name}_known", native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, known, nullable=nullable)


def _number(name: str, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _at(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _key(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=op.f(f"fk_shortcoming_{column}_{table}"), ondelete=ondelete
    )


def _check(condition: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_shortcoming_{name}"))


def upgrade() -> None:
    op.create_table(
        "shortcoming",
        _number("id", nullable=False),
        _number("version", nullable=False),
        _code("kind", KINDS),
        _code("state", STATES),
        _number("message_id", nullable=False),
        _number("deadline_id"),
        _code("clock", CLOCKS, nullable=True),
        sa.Column("clause", sa.String(20), nullable=False),
        _at("occurred_at", nullable=False),
        _at("noted_at", nullable=False),
        _number("entered_by_id"),
        _words("words"),
        _code("side", SIDES),
        _number("person_id"),
        _number("for_id"),
        _number("department_id"),
        _number("root_id"),
        _code("cause", CAUSES, nullable=True),
        _words("cause_words"),
        _words("objection"),
        _at("answered_at"),
        _at("decided_at"),
        _number("decided_by_id"),
        _code("waiver", WAIVERS, nullable=True),
        _words("reason"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortcoming")),
        _check("version >= 1", "version_positive"),
        _check("(kind = 'breach') = (deadline_id IS NOT NULL)", "breach_has_deadline"),
        _check("(kind = 'breach') = (clock IS NOT NULL)", "breach_has_clock"),
        _check("kind = 'breach' OR words <> ''", "entered_has_words"),
        _check("(state IN ('confirmed', 'waived')) = (decided_at IS NOT NULL)", "decided_has_time"),
        _check("(state = 'waived') = (waiver IS NOT NULL)", "waived_has_reason"),
        _check("state <> 'explained' OR cause IS NOT NULL", "explained_has_cause"),
        _check("state <> 'objected' OR objection <> ''", "objected_has_words"),
        _check("decided_by_id IS NULL OR decided_by_id <> person_id", "nobody_decides_his_own"),
        _key("message_id", "message", "CASCADE"),
        _key("deadline_id", "deadline", "CASCADE"),
        _key("entered_by_id", "user_account", "RESTRICT"),
        _key("person_id", "user_account", "RESTRICT"),
        _key("for_id", "user_account", "RESTRICT"),
        _key("department_id", "department", "RESTRICT"),
        _key("root_id", "shortcoming", "SET NULL"),
        _key("decided_by_id", "user_account", "RESTRICT"),
        sa.UniqueConstraint("deadline_id", name=op.f("uq_shortcoming_deadline_id")),
    )
    op.create_index(op.f("ix_shortcoming_message_id"), "shortcoming", ["message_id"])
    op.create_index(op.f("ix_shortcoming_root_id"), "shortcoming", ["root_id"])
    op.create_index("ix_shortcoming_state", "shortcoming", ["state", "side", "id"])
    op.create_index("ix_shortcoming_person", "shortcoming", ["person_id", "state"])
    op.create_index("ix_shortcoming_occurred", "shortcoming", ["occurred_at", "id"])


def downgrade() -> None:
    op.drop_table("shortcoming")
