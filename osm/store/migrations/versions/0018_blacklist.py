"""Proposals for the black list with their evidence (П.17, Пр.2.6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATES = ("pending", "approved", "rejected", "applied", "expired", "lifted")
GROUNDS = ("profanity", "insult", "threat", "spam", "ad", "network_rules")
TERMS = ("day", "three_days", "week", "month", "forever")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "blacklist_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", _code(STATES, "list_state_known"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("author_name", sa.String(length=300), nullable=False),
        sa.Column("author_url", sa.String(length=500), nullable=False),
        sa.Column("ground", _code(GROUNDS, "list_ground_known"), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_term", _code(TERMS, "proposed_term_known"), nullable=False),
        sa.Column("term", _code(TERMS, "term_known"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("applied_at_once", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state <> 'applied' OR applied_at IS NOT NULL", name=op.f("ck_blacklist_proposal_applied_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'lifted' OR (lifted_at IS NOT NULL AND lift_reason <> '')",
            name=op.f("ck_blacklist_proposal_lifted_has_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR decision_reason <> ''", name=op.f("ck_blacklist_proposal_rejected_has_reason")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL",
            name=op.f("ck_blacklist_proposal_decided_has_time"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_blacklist_proposal_version_positive")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["author.id"], name=op.f("fk_blacklist_proposal_author_id_author"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_blacklist_proposal_decided_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"],
            ["user_account.id"],
            name=op.f("fk_blacklist_proposal_lifted_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["user_account.id"],
            name=op.f("fk_blacklist_proposal_proposed_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blacklist_proposal")),
    )
    op.create_index("ix_blacklist_proposal_author", "blacklist_proposal", ["author_id", "id"], unique=False)
    op.create_index(
        "ix_blacklist_proposal_ends",
        "blacklist_proposal",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'applied' AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("state = 'applied' AND expires_at IS NOT NULL"),
    )
    op.create_index("ix_blacklist_proposal_state", "blacklist_proposal", ["state", "id"], unique=False)
    op.create_index(
        "uq_blacklist_proposal_pending",
        "blacklist_proposal",
        ["author_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )

    op.create_table(
        "blacklist_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("closure_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("ground", _code(GROUNDS, "evidence_ground_known"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("author_name", sa.String(length=300), nullable=False),
        sa.Column("author_url", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("closure_id IS NULL OR comment_id IS NULL", name=op.f("ck_blacklist_evidence_of_one_thing")),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closure.id"], name=op.f("fk_blacklist_evidence_closure_id_closure"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_blacklist_evidence_comment_id_comment"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["blacklist_proposal.id"],
            name=op.f("fk_blacklist_evidence_proposal_id_blacklist_proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blacklist_evidence")),
    )
    op.create_index(op.f("ix_blacklist_evidence_closure_id"), "blacklist_evidence", ["closure_id"], unique=False)
    op.create_index(op.f("ix_blacklist_evidence_comment_id"), "blacklist_evidence", ["comment_id"], unique=False)
    op.create_index("uq_blacklist_evidence_closure", "blacklist_evidence", ["proposal_id", "closure_id"], unique=True)
    op.create_index("uq_blacklist_evidence_comment", "blacklist_evidence", ["proposal_id", "comment_id"], unique=True)


def downgrade() -> None:
    op.drop_table("blacklist_evidence")
    op.drop_table("blacklist_proposal")
