"""What messages say of place and matter, and which belong together (П.15); what is stored is owed its reading."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    places = sa.Enum("street", "settlement", name="place_kind_known", native_enum=False, length=32)
    kinds = sa.Enum("repeat", "same_matter", name="link_kind_known", native_enum=False, length=32)
    states = sa.Enum("proposed", "confirmed", "rejected", name="link_state_known", native_enum=False, length=32)
    op.create_table(
        "known_place",
        sa.Column("kind", places, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("kind IN ('street', 'settlement')", name=op.f("ck_known_place_place_kind_known")),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_known_place")),
    )
    op.create_table(
        "message_traits",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("traits", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_traits_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_traits")),
    )
    op.create_table(
        "trait_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_trait_key_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "day", "message_id", name=op.f("pk_trait_key")),
    )
    op.create_index("ix_trait_key_message", "trait_key", ["message_id"], unique=False)
    op.create_table(
        "message_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("later_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('repeat', 'same_matter')", name=op.f("ck_message_link_link_kind_known")),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'rejected')", name=op.f("ck_message_link_link_state_known")
        ),
        sa.CheckConstraint("later_id <> earlier_id", name=op.f("ck_message_link_link_of_two")),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_message_link_decided_has_time")
        ),
        sa.ForeignKeyConstraint(
            ["later_id"], ["message.id"], name=op.f("fk_message_link_later_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["earlier_id"], ["message.id"], name=op.f("fk_message_link_earlier_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_message_link_decided_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_link")),
        sa.UniqueConstraint("later_id", "earlier_id", name="uq_message_link_pair"),
    )
    op.create_index(op.f("ix_message_link_earlier_id"), "message_link", ["earlier_id"], unique=False)
    op.execute(
        "INSERT INTO due_readings (kind, message_id, generation, attempts) SELECT 'repeats', id, 1, 0 FROM message"
    )


def downgrade() -> None:
    op.execute("DELETE FROM due_readings WHERE kind = 'repeats'")
    op.drop_table("message_link")
    op.drop_table("trait_key")
    op.drop_table("message_traits")
    op.drop_table("known_place")
