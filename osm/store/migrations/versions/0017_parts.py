"""Several executors, each with his part (П.14)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("waiting", "asked", "sent", "returned")


def upgrade() -> None:
    state = sa.Enum(*STATES, name="part_state_known", native_enum=False, length=32)
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part_state", state, nullable=True))
        batch_op.add_column(sa.Column("part_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_assignment_part_state_known"), f"part_state IN ({', '.join(map(repr, STATES))})"
        )
        batch_op.create_check_constraint(
            op.f("ck_assignment_part_minutes"), "part_minutes IS NULL OR (part_minutes > 0 AND part_state IS NOT NULL)"
        )
    op.create_table(
        "part_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_part_text_assignment_id_assignment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_part_text_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_text")),
        sa.UniqueConstraint("assignment_id", "user_id", name="uq_part_text_person"),
    )
    op.create_table(
        "part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_part_number_positive")),
        sa.CheckConstraint("(returned_at IS NULL) = (remarks = '')", name=op.f("ck_part_return_has_remarks")),
        sa.CheckConstraint("(returned_at IS NULL) = (returned_by_id IS NULL)", name=op.f("ck_part_return_has_person")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_part_assignment_id_assignment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_part_author_id_user_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"],
            ["user_account.id"],
            name=op.f("fk_part_submitted_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["returned_by_id"],
            ["user_account.id"],
            name=op.f("fk_part_returned_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part")),
        sa.UniqueConstraint("assignment_id", "number", name="uq_part_number"),
    )
    running = sa.text("state = 'open' AND assignment_id IS NOT NULL")
    op.create_index(
        "uq_deadline_open_part",
        "deadline",
        ["assignment_id", "kind"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )


def downgrade() -> None:
    op.drop_index("uq_deadline_open_part", table_name="deadline")
    op.drop_table("part")
    op.drop_table("part_text")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_assignment_part_minutes"), type_="check")
        batch_op.drop_constraint(op.f("ck_assignment_part_state_known"), type_="check")
        batch_op.drop_column("version")
        batch_op.drop_column("part_minutes")
        batch_op.drop_column("part_state")
